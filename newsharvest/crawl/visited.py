"""What is known of an article after an answer: a pure function of what was known and of the archived answer.

So the crawl state can be made anew from the archive, answer by answer.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsharvest.crawl.state import Known
from newsharvest.items import Article, Item
from newsharvest.page import Page
from newsharvest.same_pages import READ_HEADERS
from newsharvest.schedule import next_due
from newsharvest.schema.rows import article_hash
from newsharvest.versions import parser_version

OK, NOT_MODIFIED = 200, 304
GONE = frozenset({404, 410})
REJECTED_STATUS = 0
"""In the state: an article whose page could not be read. It is asked for again wherever it is listed."""

PENDING_STATUS = -1
"""In the state: an article that a page named and that was not fetched yet. It is due until it is."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An answer to a request for an article."""

    url: str
    outlet_id: str
    article_id: str
    page: Page
    status: int
    """200 for an article, 304 for one that is as it was, 404 or 410 for one that is gone, else `REJECTED_STATUS`."""
    lastmod: str | None = None
    content_hash: str | None = None


def remembered(before: Known | None, seen: Seen, steps: Sequence[timedelta]) -> Known:
    """What is known of the article now.

    After a 304 its validators and hash are those from before. A change (an edit, a deletion, a return; not another
    parser's reading) begins its schedule anew.
    """
    at = fetched_at(seen.page)
    same = before if seen.status == NOT_MODIFIED else None
    headers = seen.page.headers
    read, whole = seen.content_hash is not None, seen.page.status == OK
    changed_at = at if before is None or _changed(before, seen) else before.changed_at or before.fetched_at
    return Known(
        url=seen.url,
        outlet_id=seen.outlet_id,
        article_id=seen.article_id,
        etag=headers.get("etag") or (same.etag if same else None),
        last_modified=headers.get("last-modified") or (same.last_modified if same else None),
        lastmod=seen.lastmod,
        status=200 if seen.status == NOT_MODIFIED else seen.status,
        fetched_at=at,
        content_hash=seen.content_hash if read or before is None else before.content_hash,
        parser_version=parser_version() if read or before is None else before.parser_version,
        first_at=at if before is None else before.first_at or before.fetched_at,
        changed_at=changed_at,
        due_at=next_due(changed_at, at, steps),
        payload=payload_of(seen.page.payload_digest, seen.page.headers)
        if whole
        else before.payload
        if before
        else None,
        payload_at=at if whole else before.payload_at if before else None,
    )


def content_hash(items: Iterable[Item]) -> str | None:
    """The hash of the article among a page's items, as it will stand in the datasets; null where there is none.

    The items have been through the pipelines that clean what is hashed.
    """
    return next((article_hash(item) for item in items if isinstance(item, Article)), None)


def payload_of(digest: str | None, headers: Mapping[str, str]) -> str | None:
    """What a page's bytes and the headers that a parser reads are known by; null where the digest is not known."""
    if digest is None:
        return None
    read = repr([headers.get(name) for name in READ_HEADERS])
    return f"{digest} {zlib.crc32(read.encode()):08x}"


def is_unchanged(before: Known | None, content_hash: str | None) -> bool:
    """Whether an article that came whole is the one from before, by its content: bytes differ at every fetch.

    Tickers, view counters and side boxes are not of the content.
    """
    return (
        before is not None
        and before.status == 200
        and content_hash is not None
        and (content_hash, parser_version()) == (before.content_hash, before.parser_version)
    )


def fetched_at(page: Page) -> datetime:
    """When a page was fetched. ValueError for a page that was not fetched."""
    if page.fetched_at is None:
        raise ValueError(f"a fetched page without a time: {page.url}")
    return page.fetched_at


def _changed(before: Known, seen: Seen) -> bool:
    if seen.status in {NOT_MODIFIED, REJECTED_STATUS}:
        return False
    if (seen.status in GONE) != (before.status in GONE):
        return True
    comparable = None not in {seen.content_hash, before.content_hash} and before.parser_version == parser_version()
    return comparable and seen.content_hash != before.content_hash
