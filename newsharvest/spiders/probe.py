"""The spider of ``newsharvest probe`` and ``fixture``: one page, and at most four more that tell what its site is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import scrapy
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from twisted.python.failure import Failure

from newsharvest.cms import links
from newsharvest.cms.keys import article_key
from newsharvest.crawl.archiving import page_of, request_of
from newsharvest.crawl.configured import config_of, need_contact
from newsharvest.crawl.extensions import extension_of
from newsharvest.crawl.faults import STORED
from newsharvest.crawl.outcomes import ARTICLE, FEED, KIND, LIST, SITEMAP, Tally
from newsharvest.markup import PageError, document
from newsharvest.page import HTML, Page
from newsharvest.probe import feeds_of
from newsharvest.registry import outlet_for

_FEEDS_MAX = 2


class ProbeSpider(scrapy.Spider):
    """Fetches ``url``; with ``further`` also its feeds, its sitemap and one article, robots.txt obeyed."""

    name = "probe"
    lands = True

    def __init__(self, url: str = "", further: str = "", **more: Any) -> None:  # noqa: ANN401
        super().__init__(**more)
        if not url:
            raise ValueError("name a page: -a url=http://…")
        self.url, self.further = url, bool(further)
        host = urlsplit(url).netloc.lower()
        bare = host.removeprefix("www.")
        known = outlet_for(url)
        self.allowed_hosts = frozenset({host, bare, f"www.{bare}", *(known.hosts if known else ())})

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401 - Scrapy's signature
        """Scrapy's way to make a spider."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        need_contact(config_of(crawler.settings), {urlsplit(spider.url).netloc}, Path("data"))
        return spider

    @property
    def tally(self) -> Tally:
        """The outcomes of this run's requests."""
        return extension_of(self.crawler, Tally)

    async def start(self) -> AsyncIterator[Request]:
        """The page itself."""
        kind = ARTICLE if article_key(self.url, outlet_for(self.url)) else LIST
        yield Request(self.url, callback=self.first, errback=self.lost, meta={KIND: kind})

    def first(self, response: Response) -> Iterator[Request]:
        """What the page names."""
        self.tally.record(request_of(response), STORED)
        if self.further and response.status == 200:
            page = page_of(response)
            if page.media == HTML:
                yield from self._named(page)

    def _named(self, page: Page) -> Iterator[Request]:
        try:
            doc = document(page)
        except PageError:
            return
        base = page.url or self.url
        wanted = [(url, FEED) for url in feeds_of(doc)[:_FEEDS_MAX]] + [(urljoin(base, "/sitemap.xml"), SITEMAP)]
        if article_key(base, outlet_for(base)) is None:
            wanted += [(url, ARTICLE) for url in links(doc, base, outlet_for(base))[:1]]
        for url, kind in wanted:
            yield Request(url, callback=self.more, errback=self.lost, meta={KIND: kind})

    def more(self, response: Response) -> None:
        """Archived, and that is all."""
        self.tally.record(request_of(response), STORED)

    def lost(self, failure: Failure) -> None:
        """A request that gave no page: its outcome says why."""
        request: Request = failure.request  # type: ignore[attr-defined]
        self.tally.failed(request, failure.value or RuntimeError("a failure without its exception"))
