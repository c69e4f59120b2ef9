"""Where articles are found: feeds and sitemaps as plain values. Pure; list pages are read by `newsharvest.cms.links`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from lxml import etree

from newsharvest.coding import gunzip
from newsharvest.page import decode

KST = ZoneInfo("Asia/Seoul")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>]*\[|<!ENTITY", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GZIP = b"\x1f\x8b"


class NotADocumentError(ValueError):
    """A document that is no feed or sitemap, or that defines entities; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that a feed or a sitemap names, and the date it states: as printed, and as a time where it can be read."""

    url: str
    stated: str | None = None

    def __reduce__(self) -> tuple[type[Entry], tuple[object, ...]]:
        return Entry, (self.url, self.stated)  # what dataclasses do for frozen ones costs ten times as much

    @property
    def moment(self) -> datetime | None:
        """The stated date as a time."""
        return moment(self.stated) if self.stated else None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap's pages, or the sitemaps that an index names."""

    pages: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()


def moment(text: str) -> datetime | None:
    """A feed's or sitemap's date, aware; one without zone is Korean time; null for what is none.

    >>> moment("2026-03-02 19:17:53").isoformat(), moment("Mon, 02 Mar 2026 10:17:53 +0000").isoformat()
    ('2026-03-02T19:17:53+09:00', '2026-03-02T10:17:53+00:00')
    """
    stripped = text.strip()
    try:
        found = datetime.fromisoformat(stripped) if _DAY.match(stripped) else parsedate_to_datetime(stripped)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=KST)


def feed(body: bytes, content_type: str | None) -> tuple[Entry, ...]:
    """The entries of an RSS or Atom feed, in its order; some sites send a bare channel. NotADocumentError otherwise."""
    root = _root(body, content_type)
    if _local(root) not in {"rss", "RDF", "feed", "channel"}:
        raise NotADocumentError("not_feed")
    return tuple(entry for node in root.iter("{*}item", "{*}entry") if (entry := _feed_entry(node)) is not None)


def _feed_entry(node: etree._Element) -> Entry | None:
    link: str | None = None
    stated: str | None = None
    for child in node.iterchildren("*"):
        name = _local(child)
        if name == "link" and link is None and child.get("rel", "alternate") == "alternate":
            link = (child.text or "").strip() or child.get("href")
        elif name in {"pubDate", "published", "date", "updated"}:
            stated = stated or _text(child)
    return Entry(link, stated) if link else None


def sitemap(body: bytes, content_type: str | None) -> Sitemap:
    """A sitemap or a sitemap index, gzipped or not. NotADocumentError for everything else; CodingError for a cut gzip."""
    root = _root(gunzip(body) if body.startswith(_GZIP) else body, content_type)
    kind = _local(root)
    if kind == "urlset":
        return Sitemap(pages=tuple(_located(root, "url")))
    if kind == "sitemapindex":
        return Sitemap(children=tuple(entry.url for entry in _located(root, "sitemap")))
    raise NotADocumentError("not_sitemap")


def _located(root: etree._Element, name: str) -> Iterator[Entry]:
    for node in root.iterchildren(f"{{*}}{name}"):
        found = {_local(child): _text(child) for child in node.iterchildren("*")}
        if url := found.get("loc"):
            yield Entry(url, found.get("lastmod") or _news_date(node))


def _news_date(node: etree._Element) -> str | None:
    """A news sitemap states ``news:publication_date`` instead."""
    stated = next(node.iter("{*}publication_date"), None)
    return None if stated is None else _text(stated)


def _root(body: bytes, content_type: str | None) -> etree._Element:
    """The root of an XML document: entities are never resolved, a document that defines some is refused."""
    text = _DECLARATION.sub("", decode(body, content_type).text.lstrip("\ufeff"))
    if _DOCTYPE.search(text):
        raise NotADocumentError("entities")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root: etree._Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise NotADocumentError("not_xml") from error
    if root is None:
        raise NotADocumentError("not_xml")
    return root


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _text(node: etree._Element) -> str | None:
    return (node.text or "").strip() or None


def is_before(stated: datetime | None, day: datetime) -> bool:
    """Whether a page is known to be older than a day; one without a date may be of any day."""
    return stated is not None and stated.astimezone(UTC) < day.astimezone(UTC)
