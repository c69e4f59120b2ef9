"""Running a crawl from the command line: Scrapy in this process, its end as an exit code."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.utils.project import get_project_settings

from newsharvest.clock import now
from newsharvest.crawl.landing import Landing
from newsharvest.stopping import EXIT_OF_SIGNAL, exit_on_signals


@dataclass(frozen=True, slots=True)
class CrawlResult:
    """How a crawl ended: its exit code, its counts per outlet and outcome, and rows by dataset."""

    exit_code: int
    ended: str
    run_id: str
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    """outlet_id → outcome → number of article requests."""
    outlets: tuple[str, ...] = ()
    """The outlets asked for."""
    rows: dict[str, int] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    """``outcome: reason`` → number, for what was not stored or unchanged."""
    bytes: int = 0
    violations: tuple[str, ...] = ()
    """Expectations that did not hold, in words."""
    archived: int = 0
    """Bytes of the records that the archive grew by."""
    revisits: dict[str, dict[str, int]] = field(default_factory=dict)
    """How an unchanged article was answered (304, whole) → number, and bytes in the archive."""
    requests: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    """outcome → number of requests of all kinds."""
    seconds: float = 0.0
    reason: str = ""
    suspended: tuple[str, ...] = ()
    """Outlets that were asked for and are suspended: a line each, with how to lift it."""
    recovered: int = 0
    """Pages of an earlier, killed run that this one landed first."""


class _Process(AsyncCrawlerProcess):
    """Scrapy's process, remembering which signal stopped it."""

    stopped_by: signal.Signals | None = None

    def _signal_shutdown(self, signum: int, frame: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        self.stopped_by = signal.Signals(signum)
        if any(crawler.engine is None for crawler in self.crawlers):  # recovering an earlier run: nothing is open yet
            raise SystemExit(EXIT_OF_SIGNAL[self.stopped_by])
        super()._signal_shutdown(signum, frame)


def run(spider: str, options: dict[str, Any], arguments: dict[str, str]) -> CrawlResult:
    """Run one spider to its end.

    Raises what its extension raised before the crawl began (`LockedError`, OSError of the data dir …).
    """
    exit_on_signals()
    settings = get_project_settings()
    settings.setmodule("newsharvest.settings", priority="project")
    settings.update({"LOG_LEVEL": "WARNING", **options}, priority="cmdline")
    process = _Process(settings)
    crawler = process.create_crawler(spider)
    task = process.crawl(crawler, **arguments)
    process.start()
    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
        raise error
    landing = crawler.get_extension(Landing)
    if landing is None:
        raise RuntimeError("the crawl ended without its landing extension")
    return _result(landing, process.stopped_by, tuple(arguments.get("outlet", "").split(",")))


def _result(landing: Landing, stopped_by: signal.Signals | None, outlets: tuple[str, ...]) -> CrawlResult:
    code = EXIT_OF_SIGNAL.get(stopped_by, landing.exit_code) if stopped_by else landing.exit_code
    tally = landing.tally
    return CrawlResult(
        exit_code=code,
        ended=landing.ended,
        run_id=landing.log.run_id,
        counts=tally.by_outlet(),
        outlets=outlets,
        rows=dict(landing.collector.counts),
        reasons=tally.reasons(),
        bytes=tally.bytes,
        violations=tuple(landing.verdict.lines),
        archived=tally.archived,
        revisits={how: {"number": each.number, "bytes": each.bytes} for how, each in tally.revisits.items()},
        requests=tally.made,
        outcomes=tally.counts,
        seconds=round((now() - landing.log.started_at).total_seconds(), 1),
        reason=landing.log.row["reason"] or "",
        suspended=tuple(each.told for each in landing.suspended.values()),
        recovered=landing.recovered.pages,
    )
