"""What a crawl shows while it runs: one live line on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsharvest.crawl.landing import Landing

LIVE_SECONDS, QUIET_SECONDS = 0.25, 10.0


def line(seconds: float, pages: int, rows: dict[str, int], outcomes: dict[str, int]) -> str:
    """One line of progress.

    >>> line(2.0, 50, {"articles": 40}, {"stored": 40, "failed": 1})
    '50 pages, 25/s · 40 articles, 0 observations · failed 1'
    """
    rate = pages / seconds if seconds > 0 else 0.0
    trouble = " · ".join(f"{name} {outcomes[name]}" for name in ("rejected", "failed") if outcomes.get(name))
    landed = ", ".join(f"{rows.get(name, 0):,} {name}" for name in ("articles", "observations"))
    return f"{pages:,} pages, {rate:.0f}/s · {landed}" + (f" · {trouble}" if trouble else "")


class Progress:
    """Tells the run's counts as long as the spider is open."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.live = sys.stderr.isatty()
        self.began = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Begin and end with the spider."""
        if crawler.settings.getbool("NEWSHARVEST_QUIET"):
            raise NotConfigured("asked to be quiet")
        progress = cls(crawler)
        crawler.signals.connect(progress.spider_opened, signals.spider_opened)
        crawler.signals.connect(progress.spider_closed, signals.spider_closed)
        return progress

    def spider_opened(self) -> None:
        """Start telling, where there is something to tell of."""
        landing = self.crawler.get_extension(Landing)
        if landing is not None:
            self._task = asyncio.ensure_future(self._tell(landing))

    async def spider_closed(self) -> None:
        """Stop telling and clear the live line."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self.live:
            sys.stderr.write("\r\x1b[K")

    async def _tell(self, landing: Landing) -> None:
        while True:
            await asyncio.sleep(LIVE_SECONDS if self.live else QUIET_SECONDS)
            tally = landing.tally
            text = line(time.monotonic() - self.began, tally.pages, landing.collector.counts, tally.counts)
            sys.stderr.write(f"\r\x1b[K{text}" if self.live else f"{text}\n")
            sys.stderr.flush()
