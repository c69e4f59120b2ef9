"""The crawls that `benchmarks.crawl` compares, each in a process of its own: ``python -m benchmarks.crawlers NAME …``."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import HtmlResponse, Response

# The site is on loopback: nothing to be polite to. The same for both.
FAST = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "LOG_LEVEL": "WARNING",
}


class Listed(scrapy.Spider):
    """Fetches the addresses of a file."""

    def __init__(self, addresses: str, name: str | None = None) -> None:
        super().__init__(name)
        self.addresses = Path(addresses).read_text(encoding="utf-8").split()

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for address in self.addresses:
            yield scrapy.Request(address, callback=self.received)  # type: ignore[attr-defined]


class Bare(Listed):
    """Does nothing with the answers."""

    name = "bare"

    async def received(self, response: Response) -> None:
        """Nothing."""


class Selecting(Listed):
    """Reads title and text of every page with selectors, as a first spider does."""

    name = "selecting"

    async def received(self, response: Response) -> AsyncIterator[dict[str, object]]:
        """One item a page."""
        if isinstance(response, HtmlResponse):
            paragraphs = response.css("p::text").getall()
            yield {"url": response.url, "title": response.css("title::text").get(), "text": "\n".join(paragraphs)}


def bare(proxy: str, addresses: str) -> None:
    """A spider with Scrapy's own settings: robots.txt and compression on, as a project's template has it."""
    _crawl(Bare, proxy, addresses, {})


def bare_one_task(proxy: str, addresses: str) -> None:
    """The same with our setting of CONCURRENT_ITEMS: Scrapy makes so many tasks for every page, used or not."""
    _crawl(Bare, proxy, addresses, {"CONCURRENT_ITEMS": 1})


def selecting(proxy: str, addresses: str) -> None:
    """A spider that reads pages and writes JSON lines, with Scrapy's own settings."""
    _crawl(Selecting, proxy, addresses, {"FEEDS": {f"{addresses}.jsonl": {"format": "jsonlines", "overwrite": True}}})


def _crawl(spider: type[Listed], proxy: str, addresses: str, settings: dict[str, object]) -> None:
    process = AsyncCrawlerProcess({**FAST, "ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False, **settings})
    os.environ["http_proxy"] = proxy  # for robots.txt too
    process.crawl(spider, addresses=addresses)
    process.start()


def ours(proxy: str, data: str, outlets: str, limit: str) -> None:
    """All of a crawl: archive, parse workers, pipelines, Parquet."""
    from newsharvest.crawl.parsers import PARSER
    from newsharvest.crawl.running import run

    run(
        "outlets",
        {**FAST, "NEWSHARVEST_DATA": data, "NEWSHARVEST_DEMO_PROXY": proxy},
        {"outlet": outlets, "limit": limit},
    )
    for thread in threading.enumerate():
        if thread.name == PARSER:
            thread.join(60)  # else its process's CPU is counted nowhere


if __name__ == "__main__":
    {"bare": bare, "bare_one_task": bare_one_task, "selecting": selecting, "ours": ours}[sys.argv[1]](*sys.argv[2:])
