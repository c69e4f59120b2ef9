"""The extension that makes a crawl safe: takes the lock, recovers, archives, lands rows, commits, logs the run.

Named in the settings, so that ``scrapy crawl`` is as safe as the command line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from scrapy import signals
from scrapy.crawler import Crawler

from newsharvest.archive import ArchiveWriter
from newsharvest.chain import failed_in_pipeline
from newsharvest.clock import now, today
from newsharvest.crawl.configured import config_of
from newsharvest.crawl.extensions import extension_of
from newsharvest.crawl.faults import FAILED, REJECTED
from newsharvest.crawl.judging import JUDGED, Verdict, verdict
from newsharvest.crawl.landed import Judged
from newsharvest.crawl.memory import give_back_large_blocks, leave_imports_alone
from newsharvest.crawl.outcomes import Tally
from newsharvest.crawl.refining import Refined, plain
from newsharvest.crawl.remembering import LIMIT, remember_if_lost
from newsharvest.crawl.suspension import Suspension, looked, suspend
from newsharvest.crawl.timekeeping import BY_THE_CLOCK
from newsharvest.crawl.writing import ArchiveHolder, AsyncArchive
from newsharvest.files import DataDir, file_of
from newsharvest.items import Item
from newsharvest.kma_registry import KmaSource
from newsharvest.recover import recover
from newsharvest.reference import Outlet
from newsharvest.reparse import Report
from newsharvest.runlog import RunLog
from newsharvest.store import ROWS_WAITING_MAX, Batch, Collector, DamagedError, RunLock, Sink, Store

logger = logging.getLogger(__name__)

COMMIT_SECONDS = 30 * 60
BUG = 1
_LEFT_ALONE = "skipped: retry_after"  # a host asked for a pause that no run waits for: its pages are still to come
EXIT_OF = {"complete": 0, "incomplete": 3, "stopped": 143, "failed": 4}


class Landing(ArchiveHolder, Sink):
    """One run's lock, archive, waiting rows and log.

    After the crawl ``ended`` and ``exit_code`` tell how it went; ``failure`` holds the error of the disk that stopped it.
    """

    def __init__(self, crawler: Crawler, data: DataDir, command: str, arguments: str) -> None:
        data.create()
        self.crawler = crawler
        self.lock = RunLock(data, crawler.settings.getfloat("NEWSHARVEST_WAIT")).__enter__()
        self.store = Store(data)
        self.store.resume()
        self.recovered: Report = recover(self.store)
        if (count := remember_if_lost(self.store)) > 0:
            logger.warning("no crawl state: made anew from %d archived pages", count)
        limit = getattr(crawler.spider, "limit", None)
        self.log = RunLog(command, f"{arguments} {LIMIT}{limit}".strip() if limit else arguments)
        self.log.start(self.store)
        self.archive = AsyncArchive(ArchiveWriter(data.archive, self.log.run_id))
        self.collector = Collector()
        self.landed: dict[str, int] = {}
        self.failure: OSError | DamagedError | None = None
        self.verdict = Verdict()
        self.ended, self.exit_code = "running", 1
        self._touched: set[tuple[str, str]] = set()
        self._committed_at = time.monotonic()
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self | Idle:
        """Start landing for a spider whose class says ``lands``; idle for others (``scrapy shell``)."""
        if not getattr(crawler.spidercls, "lands", False):
            return Idle()
        options = crawler.settings
        data = DataDir(Path(options["NEWSHARVEST_DATA"]))
        give_back_large_blocks()
        landing = cls(crawler, data, options["NEWSHARVEST_COMMAND"], options["NEWSHARVEST_ARGUMENTS"])
        leave_imports_alone()
        crawler.signals.connect(landing.item_error, signals.item_error)
        crawler.signals.connect(landing.spider_closed, signals.spider_closed)
        return landing

    @property
    def tally(self) -> Tally:
        """The outcomes of this run's requests."""
        return extension_of(self.crawler, Tally)

    def put(self, item: Item) -> None:
        """Take an item; commit when enough rows wait or half an hour has passed."""
        super().put(item)
        waited = time.monotonic() - self._committed_at
        if self.failure is None and (self.collector.waiting >= ROWS_WAITING_MAX or waited > COMMIT_SECONDS):
            self._commit({})

    def item_error(self, item: Item | Refined, failure: Any) -> None:  # noqa: ANN401 - Twisted's Failure
        """A pipeline raised: the item becomes a reject, as it does in a re-parse."""
        self.put(failed_in_pipeline(plain(item), failure.value))

    def storage_failed(self, error: OSError | DamagedError) -> None:
        """Nothing more can be kept: remember the first error and end the run."""
        self.failure = self.failure or error
        engine = self.crawler.engine
        if self._closing is None and engine is not None and engine.spider is not None:
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason="storage"))

    async def spider_closed(self, reason: str) -> None:
        """Land what waits, advance the archive's offsets and write how the run ended."""
        try:
            await self.archive.close()
        except OSError as error:
            self.storage_failed(error)
        self.failure = self.failure or self.archive.error
        if self.failure is None:
            self._commit({})
        if self.failure is None:
            self._judge(reason)
        ended = self._ended(reason)
        code = EXIT_OF[ended] if self.tally.agrees else BUG
        if not self.tally.agrees:
            logger.error("%d requests, outcomes of %s: the sums do not agree", self.tally.made, self.tally.counts)
        if self.failure is None:
            last = self.log.rows(ended, code, reason, self._counts())
            for row in self.verdict.rows:
                last.setdefault(("outlet_runs", file_of("outlet_runs", row)), []).append(row)
            self._commit(last, offsets=self._committed_sizes())
        if self.failure is not None:
            ended, code = "failed", EXIT_OF["failed"]
            logger.error("storage failed: %s; what is archived lands with the next run", self.failure)
        self.ended, self.exit_code = ended, code  # until here: a bug
        self.lock.__exit__()

    def _judge(self, reason: str) -> None:
        """Hold what landed against what is expected of every outlet; suspend the ones whose domain is somebody else's."""
        spider = self.crawler.spider
        outlets: Sequence[Outlet] = getattr(spider, "outlets", ())
        bounded = getattr(spider, "limit", None) is not None or getattr(spider, "since", None) is not None
        killed = {row["run_id"]: row["started_at"] for row in self.log.killed}
        run = Judged(self.log.run_id, killed, self.log.started_at, now(), reason == "finished" and not bounded)
        sources: Sequence[KmaSource] = getattr(spider, "sources", ())
        config = config_of(self.crawler.settings)
        self.verdict = verdict(self.store.data, run, outlets, self.tally.outcomes(), self._touched, sources, config)
        looks: Mapping[str, bool | None] = getattr(spider, "looks", {})
        self.verdict.back(looked(self.store.data, today(), looks) if looks else [])
        if self.verdict.suspensions:
            suspend(self.store.data, self.verdict.suspensions)
        for line in self.verdict.lines:
            logger.warning("expectation not met: %s", line)

    def _committed_sizes(self) -> dict[str, int] | None:
        """How far this run's archive is in the datasets; null where a stop left pages unread: recovery will read it."""
        if self.tally.unparsed:
            logger.warning("%d archived answers were not read any more; the next run does", self.tally.unparsed)
            return None
        return {path.name: path.stat().st_size for path in self.store.data.archive.glob(f"{self.log.run_id}-*")}

    def _ended(self, reason: str) -> str:
        if self.failure is not None:
            return "failed"
        if reason == "shutdown":
            return "stopped"
        silent = self._asked() - self.tally.answered()
        over = reason == "finished" or (
            reason in BY_THE_CLOCK and getattr(self.crawler.spider, "only_leftovers", False)
        )
        met = not self.verdict.violations
        left = self.tally.reasons().get(_LEFT_ALONE)
        clean = met and over and not (silent or left or self._bad() or self._is_short())
        return "complete" if clean else "incomplete"

    def _bad(self) -> int:
        """Requests that failed or were rejected, but for those to suspended outlets: nobody waits for these."""
        return sum(
            count
            for (outlet_id, _, outcome, _), count in self.tally.outcomes().items()
            if outcome in {FAILED, REJECTED} and outlet_id not in self.suspended
        )

    @property
    def suspended(self) -> Mapping[str, Suspension]:
        """The outlets that were asked for and are not asked any more."""
        found: Mapping[str, Suspension] = getattr(self.crawler.spider, "aside", {})
        return found

    def _is_short(self) -> bool:
        """Whether a suspended outlet was asked for by its name, or nothing else was there to ask."""
        return bool(self.suspended) and (getattr(self.crawler.spider, "named", False) or not self._asked())

    def _asked(self) -> set[str]:
        """The outlets and sources that the spider was to crawl: one that gave nothing at all is no success."""
        outlets: Iterable[Outlet] = getattr(self.crawler.spider, "outlets", ())
        sources: Iterable[KmaSource] = getattr(self.crawler.spider, "sources", ())
        return {outlet.outlet_id for outlet in outlets} | {source.source_id for source in sources}

    def _counts(self) -> Mapping[str, Any]:
        rows, outcomes = self.collector_counts(), self.tally.counts
        return {
            "requests": sum(outcomes.values()),
            **{
                name: outcomes.get(name, 0)
                for name in ("stored", "unchanged", "duplicate", "skipped", "rejected", "failed")
            },
            "pages": self.tally.pages,
            "expectations_met": not self.verdict.violations if self.verdict.rows else None,
            "violations": self.verdict.lines,
            **{name: rows.get(name, 0) for name in ("articles", "observations", "rejects")},
        }

    def collector_counts(self) -> dict[str, int]:
        """Rows that were given to the join, by dataset."""
        return self.collector.counts

    def _commit(self, more: Batch, offsets: Mapping[str, int] | None = None) -> None:
        batch = self.collector.take() | more
        self._touched |= {key for key in batch if key[0] in JUDGED}
        for row in self.tally.drain():
            batch.setdefault(("fetches", file_of("fetches", row)), []).append(row)
        try:
            self.store.commit(batch, offsets=offsets)
        except (OSError, DamagedError) as error:
            self.storage_failed(error)
        self._committed_at = time.monotonic()


class Idle(Sink):
    """The sink of spiders that are none of ours: holds what is put into it and lands nothing."""

    def __init__(self) -> None:
        self.collector = Collector()
