"""What one answer holds: its items, and where it leads. Runs in a worker process; neither network nor crawl state is here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from newsharvest.cms import links
from newsharvest.cms.foreign import is_its_own
from newsharvest.coding import CodingError
from newsharvest.crawl.discovery import Entry, NotADocumentError, Sitemap, feed, sitemap
from newsharvest.crawl.kinds import CHECK, FEED, LIST, SITEMAP
from newsharvest.harvest import harvest
from newsharvest.items import Item, Reject
from newsharvest.markup import PageError, document
from newsharvest.page import HTML, Page
from newsharvest.reference import Outlet

_UNREADABLE = frozenset({"limits", "decode"})


@dataclass(slots=True)
class Contents:
    """A page's items; a feed's entries, a sitemap's, or the articles a list page links to; or why it is none of these."""

    items: tuple[Item, ...] = ()
    entries: tuple[Entry, ...] = ()
    sitemap: Sitemap | None = None
    unreadable: str | None = None
    content_hash: str | None = None
    """Of the article, as it will stand in the datasets (`newsharvest.crawl.refining`)."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the pipelines counted, by the name of the counter."""
    own: bool = False
    """Of a suspended outlet's front page: it carries the outlet's name, CMS and language."""


def read(page: Page, kind: str, outlet: Outlet | None, tickers: frozenset[bytes] = frozenset()) -> Contents:
    """The contents of a page that was asked for as ``kind``; ``tickers`` are known. Never raises for what a page holds."""
    items = tuple(harvest(page, tickers))
    if page.status != 200 or kind not in _READERS:
        return Contents(items)
    try:
        return _READERS[kind](page, items, outlet)
    except (NotADocumentError, CodingError, PageError) as error:
        return Contents(items, unreadable=error.reason)


def _feed(page: Page, items: tuple[Item, ...], _outlet: Outlet | None) -> Contents:
    return Contents(items, entries=feed(page.body, page.headers.get("content-type")))


def _sitemap(page: Page, items: tuple[Item, ...], _outlet: Outlet | None) -> Contents:
    return Contents(items, sitemap=sitemap(page.body, page.headers.get("content-type")))


def _list(page: Page, items: tuple[Item, ...], outlet: Outlet | None) -> Contents:
    if page.media != HTML:
        raise NotADocumentError("not_html")
    if unreadable := [item.reason for item in items if isinstance(item, Reject) and item.stage in _UNREADABLE]:
        raise NotADocumentError(unreadable[0])
    return Contents(items, entries=tuple(Entry(url) for url in links(document(page), page.url or "", outlet)))


def _check(page: Page, items: tuple[Item, ...], outlet: Outlet | None) -> Contents:
    return Contents(items, own=outlet is not None and page.media == HTML and is_its_own(document(page), outlet))


_READERS: dict[str, Callable[[Page, tuple[Item, ...], Outlet | None], Contents]] = {
    SITEMAP: _sitemap,
    FEED: _feed,
    LIST: _list,
    CHECK: _check,
}
