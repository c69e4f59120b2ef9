"""Every response goes into the archive as it was received, before anything else sees it.

The body is decoded here too, by the very code that reads the archive: a re-parse sees what the crawl saw.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from http.client import responses as reason_phrases
from pathlib import Path
from typing import Self, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from newsharvest.archive import (
    PARTIAL,
    Damaged,
    Headers,
    RecordDraft,
    digest_of,
    response_draft,
    revisit_draft,
    same_payload_draft,
)
from newsharvest.clock import now
from newsharvest.coding import CodingError, decoded
from newsharvest.crawl.faults import StorageFailed, Undecodable
from newsharvest.crawl.outcomes import ARTICLE, KIND, TICKET, Ticket
from newsharvest.crawl.visited import payload_of
from newsharvest.crawl.writing import ArchiveHolder
from newsharvest.items import Record
from newsharvest.page import HTML, XML, Page, media_type

logger = logging.getLogger(__name__)

RECORD, FETCHED_AT, _HEADERS = "newsharvest_record", "newsharvest_fetched_at", "newsharvest_headers"
PAYLOAD, _DIGEST, _SAME = "newsharvest_payload", "newsharvest_digest", "newsharvest_same"
# What `coding` undoes: a server that sends another coding is not understood, and says so in its outcome.
_ACCEPT_ENCODING = "gzip, deflate, br"
_OK, _NOT_MODIFIED = 200, 304
_ENDS = {HTML: re.compile(rb"</html\s*>", re.IGNORECASE), XML: re.compile(rb"</[A-Za-z:]+\s*>\s*\Z")}
_END_MAX = 8_192
_LARGE = 1 << 20


class Archiving:
    """The downloader middleware nearest the network."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._one_large = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For every spider; one that lands nothing has its responses decoded only."""
        return cls(crawler)

    @functools.cached_property
    def _holder(self) -> ArchiveHolder | None:
        return self.crawler.get_extension(ArchiveHolder)

    def process_request(self, request: Request) -> None:
        """Ask for codings that can be undone, and count the attempt."""
        request.headers.setdefault("Accept-Encoding", _ACCEPT_ENCODING)
        ticket = request.meta.get(TICKET)
        if isinstance(ticket, Ticket):
            ticket.begin()

    async def process_response(self, request: Request, response: Response) -> Response:
        """The response, decoded, once its record is on the disk.

        Undecodable where its coding does not explain its body; StorageFailed, and the end of the run, where the archive
        cannot be written.
        """
        holder = self._holder
        if holder is None:
            return _decoded(response, None)
        fetched_at, ticket = now(), request.meta[TICKET]
        ticket.archiving = True  # if the request is given up from here on, its record is written all the same
        pairs = _pairs(response)
        request.meta[_HEADERS] = _folded(pairs)
        ticket.same = self._is_as_before(request, response)
        record = await self._archived(holder, request, response, pairs, fetched_at)
        request.meta[RECORD], request.meta[FETCHED_AT] = record, fetched_at
        ticket.answered(response.status)
        ticket.fetched_at, ticket.size, ticket.record = fetched_at, len(response.body), record
        latency = request.meta.get("download_latency")
        ticket.duration_ms = None if latency is None else round(latency * 1000, 3)
        return response if ticket.same else _decoded(response, record)

    def _is_as_before(self, request: Request, response: Response) -> bool:
        """Whether an article's bytes are those that the archive holds of the same URL. Notes their digest."""
        for name in (_DIGEST, _SAME):
            request.meta.pop(name, None)
        if (
            request.meta[KIND] != ARTICLE
            or response.status != _OK
            or request.meta.get("redirect_urls")
            or is_cut(response)
        ):
            return False
        request.meta[_DIGEST] = digest_of(response.body)
        before = request.meta.get(PAYLOAD)
        request.meta[_SAME] = before is not None and before[0] == payload_of(
            request.meta[_DIGEST], request.meta[_HEADERS]
        )
        return bool(request.meta[_SAME])

    async def _archived(
        self, holder: ArchiveHolder, request: Request, response: Response, pairs: Headers, at: datetime
    ) -> Record:
        """Put a response into the archive; large ones wait for each other, as each is copied on its way there."""
        async with self._one_large if len(response.body) > _LARGE else contextlib.nullcontext():
            try:
                return await holder.archive.put(draft_of(request, response, pairs, at))
            except OSError as error:
                logger.error("the archive cannot be written: %s", error)
                holder.storage_failed(error)
                raise StorageFailed(str(error)) from error


def draft_of(request: Request, response: Response, headers: Headers, fetched_at: datetime) -> RecordDraft:
    """A response as the record that keeps it: a 304 and known bytes as a revisit, everything else whole."""
    if response.status == _NOT_MODIFIED:
        return revisit_draft(response.url, headers, fetched_at)
    phrase = reason_phrases.get(response.status, "")  # HTTP/2 and unassigned codes have none
    digest: str | None = request.meta.get(_DIGEST)
    if digest is not None and request.meta.get(_SAME):
        earlier = request.meta[PAYLOAD][1]
        return same_payload_draft(response.url, response.status, phrase, headers, digest, fetched_at, earlier)
    return response_draft(
        response.url,
        response.status,
        phrase,
        headers,
        response.body,
        fetched_at,
        cut=is_cut(response),
        payload_digest=digest,
    )


def is_same(response: Response) -> bool:
    """Whether a page came whole, byte for byte as the archive holds it."""
    return bool(request_of(response).meta.get(_SAME))


def is_cut(response: Response) -> bool:
    """Whether the server hung up, never having said how long the body is, before the document's own end.

    Old servers send whole pages that way; a coded body has an end of its own, which decoding looks for.
    """
    if "partial" not in response.flags or response.headers.get(b"Content-Encoding"):
        return False
    media = media_type((response.headers.get(b"Content-Type") or b"").decode("latin-1"), response.body)
    end = _ENDS.get(media)
    return end is not None and end.search(response.body[-_END_MAX:]) is None


def page_of(response: Response) -> Page:
    """A response as the page that a re-parse reads from its record: a page with known bytes is as it was, like a 304."""
    request = request_of(response)
    headers: dict[str, str] = request.meta[_HEADERS]
    status = _NOT_MODIFIED if is_same(response) else response.status
    body = b"" if status == _NOT_MODIFIED else response.body
    media = media_type(headers.get("content-type"), body)
    record, fetched_at, digest = request.meta[RECORD], request.meta[FETCHED_AT], request.meta.get(_DIGEST)
    return Page(response.url, body, status, headers, fetched_at, record, None, media, digest)


def request_of(response: Response) -> Request:
    """The request that a response answers; Scrapy leaves it out only of responses made by hand."""
    if response.request is None:
        raise ValueError(f"a response without request: {response}")
    return response.request


def _pairs(response: Response) -> Headers:
    """The header lines as text."""
    # Scrapy's own way through them makes every name and value anew.
    lines = cast("Iterator[tuple[bytes, list[bytes]]]", dict.items(response.headers))
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, values in lines for value in values]


def _folded(pairs: Headers) -> dict[str, str]:
    """The headers of a page that is free of its coding, each in one line, by name in lower case."""
    headers: dict[str, str] = {}
    for name, value in ((name.lower(), value) for name, value in pairs):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    headers.pop("content-encoding", None)
    return headers


def _decoded(response: Response, record: Record | None) -> Response:
    """A response free of its content encoding."""
    if is_cut(response):
        raise Undecodable(_damaged(response, record, PARTIAL))
    coding = b", ".join(response.headers.getlist(b"Content-Encoding")).decode("latin-1")
    body, fault = _undone(response.body, coding)
    if fault is not None:
        raise Undecodable(_damaged(response, record, fault))
    if not coding:
        return response
    headers = response.headers  # nobody else has them: Scrapy copies them name by name, twice
    del headers[b"Content-Encoding"]
    kind = responsetypes.from_args(headers=headers, url=response.url, body=body)
    bare = response.replace(cls=kind, headers={}, body=body)
    bare.headers = headers
    return bare


def _undone(body: bytes, coding: str) -> tuple[bytes, str | None]:
    """A body without its coding, or what is wrong with it. The exception ends here: its frames hold all that was inflated."""
    try:
        return decoded(body, coding), None
    except CodingError as error:
        return b"", error.reason


def _damaged(response: Response, record: Record | None, reason: str) -> Damaged:
    place = record or Record("", 0, 0)
    return Damaged(Path(place.warc_filename), place.warc_record_offset, reason, response.url)
