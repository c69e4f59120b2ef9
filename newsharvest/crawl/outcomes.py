"""Exactly one outcome for every request of a run, whatever becomes of it.

A request keeps its number through retries and redirects. What Scrapy drops without a callback (a redirect to a page
already asked for) is heard of by signal; what is still open when the spider closes was never made.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsharvest.archive import metadata_draft
from newsharvest.clock import now
from newsharvest.cms.keys import outlet_id_of
from newsharvest.crawl.faults import DUPLICATE, FAILED, FORGOTTEN, SKIPPED, STOPPED, STORED, UNCHANGED, outcome_of
from newsharvest.crawl.kinds import ARTICLE, FEED, LIST, ROBOTS, SITEMAP, WEATHER
from newsharvest.crawl.writing import ArchiveHolder
from newsharvest.items import Record
from newsharvest.kma_registry import kma_source_for
from newsharvest.schema import Row

logger = logging.getLogger(__name__)

__all__ = ["ARTICLE", "FEED", "KIND", "LIST", "ROBOTS", "SITEMAP", "TICKET", "Tally", "Ticket", "is_loop"]

KIND, TICKET = "newsharvest_kind", "newsharvest_ticket"
_URL_MAX = 2_083
_NOT_MODIFIED, _TOO_MANY = 304, 429


@dataclass(slots=True)
class Ticket:
    """A request's number and what is known of its latest answer; retries and redirects share it."""

    sequence: int
    kind: str
    url: str
    attempts: int = 0
    status: int | None = None
    fetched_at: datetime | None = None
    size: int | None = None
    duration_ms: float | None = None
    record: Record | None = None
    throttled: bool = False
    """One of its answers was 429: that stays so while it is asked again."""
    same: bool = False
    """Its bytes were those from before."""
    archiving: bool = False
    """An answer was handed to the archive: whoever gives the request up must leave it to the next run."""

    def begin(self) -> None:
        """One more attempt, of which nothing is known yet."""
        self.attempts += 1
        self.status = self.fetched_at = self.size = self.duration_ms = self.record = None

    def answered(self, status: int) -> None:
        """Note an answer's status."""
        self.status = status
        self.throttled |= status == _TOO_MANY


@dataclass(slots=True)
class Revisits:
    """Articles that were asked for again and are as they were."""

    number: int = 0
    bytes: int = 0
    """Their records in the archive."""

    def add(self, length: int) -> None:
        """Count one."""
        self.number, self.bytes = self.number + 1, self.bytes + length


def asked_of(url: str) -> str:
    """Whom a request was made to: a source of KMA by its id, else the outlet of the host.

    >>> asked_of("http://www.kma.test/wid/queryDFSRSS.jsp?zone=1"), asked_of("http://www.kma.test/robots.txt")
    ('demo_short', 'kma_test')
    """
    source = kma_source_for(url)
    return source.source_id if source else outlet_id_of(url)


class Tally:
    """The outcomes of a run's requests: counts for the summary, rows for the ``fetches`` dataset.

    ``counts`` is outcome → requests, ``pages`` the responses that were harvested, ``bytes`` their size as received,
    ``archived`` what their records take in the archive, ``revisits`` the unchanged articles by how the server answered (304;
    same, the bytes from before; whole), ``unparsed`` the archived answers that a stop left unread: the next run has to parse them.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.pages = 0
        self.bytes = 0
        self.made = 0
        self.unparsed = 0
        self.lost = 0
        self.archived = 0
        self.revisits: dict[str, Revisits] = {}
        self._open: dict[int, Ticket] = {}
        self._counted: Counter[tuple[str, str, str, str | None]] = Counter()
        self._rows = 0
        self._ready: list[Row] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to a spider whose class says ``lands``."""
        if not getattr(crawler.spidercls, "lands", False):
            raise NotConfigured("the spider lands nothing")
        tally = cls(crawler)
        crawler.signals.connect(tally.open, signals.request_scheduled)
        crawler.signals.connect(tally.dropped, signals.request_dropped)
        crawler.signals.connect(tally.spider_closed, signals.spider_closed)
        return tally

    @property
    def counts(self) -> dict[str, int]:
        """Outcome → number of requests; the outcomes that are there."""
        out: Counter[str] = Counter()
        for (_, _, outcome, _), number in self._counted.items():
            out[outcome] += number
        return dict(out)

    def outcomes(self) -> dict[tuple[str, str, str, str | None], int]:
        """(outlet_id or source of KMA, kind, outcome, reason) → number of requests."""
        return dict(self._counted)

    def by_outlet(self) -> dict[str, dict[str, int]]:
        """outlet_id or id of a source of KMA → outcome → number of its requests for articles or weather."""
        out: dict[str, dict[str, int]] = {}
        for (outlet_id, kind, outcome, _), number in self._counted.items():
            if kind in {ARTICLE, WEATHER}:
                counts = out.setdefault(outlet_id, {})
                counts[outcome] = counts.get(outcome, 0) + number
        return out

    def answered(self) -> set[str]:
        """The outlets of which at least one request of any kind was answered."""
        return {outlet_id for (outlet_id, _, outcome, _) in self._counted if outcome in {STORED, UNCHANGED}}

    def reasons(self) -> dict[str, int]:
        """``outcome: reason`` → number, for every request that was neither stored nor unchanged."""
        out: Counter[str] = Counter()
        for (_, _, outcome, reason), number in self._counted.items():
            if outcome not in {STORED, UNCHANGED}:
                out[f"{outcome}: {reason}"] += number
        return dict(out)

    def open(self, request: Request) -> Ticket:
        """Number a request; one that has a number (a retry, a redirect) keeps it."""
        held = request.meta.get(TICKET)
        if isinstance(held, Ticket):
            return held
        self.made += 1
        ticket = Ticket(self.made, request.meta[KIND], request.url[:_URL_MAX])
        request.meta[TICKET] = self._open[ticket.sequence] = ticket
        return ticket

    def dropped(self, request: Request) -> None:
        """Scrapy's filter dropped a request: the page was asked for before, if need be by its own redirects."""
        if is_loop(request):
            self.record(request, FAILED, "redirects")
        else:
            self.record(request, DUPLICATE, "already_requested")

    def failed(self, request: Request, error: BaseException) -> tuple[str, str]:
        """Give a request the outcome of its exception."""
        outcome, reason = outcome_of(error)
        self.record(request, outcome, reason)
        return outcome, reason

    def record(self, request: Request, outcome: str, reason: str | None = None) -> None:
        """Give a request its outcome. RuntimeError where it has one: the sums would no longer agree."""
        self._settle(self.open(request), outcome, reason)

    def _settle(self, ticket: Ticket, outcome: str, reason: str | None, *, archived: bool = True) -> None:
        if self._open.pop(ticket.sequence, None) is None:
            raise RuntimeError(f"request {ticket.sequence} ({ticket.url}) ends twice, the second time as {outcome}")
        outlet_id = asked_of(ticket.url)
        self._counted[outlet_id, ticket.kind, outcome, reason] += 1
        self.bytes += ticket.size or 0
        self._grown(ticket, outcome)
        self.unparsed += reason == STOPPED and ticket.archiving
        row: Row = {
            "sequence": ticket.sequence,
            "url": ticket.url,
            "outlet_id": outlet_id,
            "kind": ticket.kind,
            "outcome": outcome,
            "reason": reason,
            "status": ticket.status,
            "fetched_at": ticket.fetched_at,
            "bytes": ticket.size,
            "duration_ms": ticket.duration_ms,
            "attempts": ticket.attempts,
        }
        self._archived(row, ticket, self.crawler.get_extension(ArchiveHolder) if archived else None)

    def _grown(self, ticket: Ticket, outcome: str) -> None:
        """What the answer adds to the archive, and what asking for an unchanged article costs there."""
        length = ticket.record.warc_record_length if ticket.record is not None else 0
        self.archived += length
        if ticket.kind == ARTICLE and outcome == UNCHANGED:
            how = "304" if ticket.status == _NOT_MODIFIED else "same" if ticket.same else "whole"
            self.revisits.setdefault(how, Revisits()).add(length)

    def _archived(self, row: Row, ticket: Ticket, holder: ArchiveHolder | None) -> None:
        """Complete a row with its record: the response's, else one that is made for the outcome.

        None is made of a page that was forgotten: it would name the page again.
        """
        if ticket.record is not None or holder is None or row["reason"] == FORGOTTEN:
            self._row(row, ticket.record)
            return
        facts = {name: str(row[name]) for name in ("sequence", "kind", "outcome", "reason", "attempts")}
        future = holder.archive.submit(metadata_draft(ticket.url, facts, now()))
        future.add_done_callback(lambda done: self._row(row, _record_of(done)))

    def _row(self, row: Row, record: Record | None) -> None:
        self._rows += 1
        self._ready.append(row | _place(record))

    def drain(self) -> list[Row]:
        """The rows of requests that ended since the last call; those whose record is being written come later."""
        holder = self.crawler.get_extension(ArchiveHolder)
        if holder is None:
            raise RuntimeError("a run without archive has no rows")
        rows, self._ready = self._ready, []
        return [{"run_id": holder.archive.run_id, **row} for row in rows]

    @property
    def agrees(self) -> bool:
        """Whether every request had exactly one outcome, given to it while the run went on or by its stop, and has its row."""
        return not self.lost and sum(self._counted.values()) == self.made == self._rows

    def spider_closed(self, reason: str) -> None:
        """Settle what is open: not made where the run was stopped; an error of ours where it ended by itself."""
        for ticket in list(self._open.values()):
            if reason == "finished":
                logger.error("request %d (%s) ended without an outcome", ticket.sequence, ticket.url)
                self.lost += 1
                self._settle(ticket, FAILED, "no_outcome")
            else:  # there may be 50,000: their rows say enough, a record for each would hold up the stop
                self._settle(ticket, SKIPPED, STOPPED, archived=False)


def is_loop(request: Request) -> bool:
    """Whether redirects have led a request back to where it has been."""
    return request.url in request.meta.get("redirect_urls", ())


def _place(record: Record | None) -> Row:
    return {
        "warc_filename": record.warc_filename if record else None,
        "warc_record_offset": record.warc_record_offset if record else None,
        "warc_record_length": record.warc_record_length if record else None,
    }


def _record_of(done: asyncio.Future[Record]) -> Record | None:
    """The outcome's record; null where the archive failed, which ends the run with exit code 4 anyway."""
    return None if done.cancelled() or done.exception() is not None else done.result()
