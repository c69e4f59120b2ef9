"""The end of a run by the clock: after its longest time, or when the hours in which it may ask are over."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsharvest.clock import KST, now
from newsharvest.config import Config
from newsharvest.crawl.configured import config_of
from newsharvest.crawl.stopping import GRACE_SECONDS, StoppableDownloader

logger = logging.getLogger(__name__)

MAX_TIME, HOURS_OVER = "max_time", "hours_over"
BY_THE_CLOCK = frozenset({MAX_TIME, HOURS_OVER})
"""Reasons of a run's end that are no failure where only leftovers were open."""


def end_of(config: Config, start: datetime) -> tuple[datetime, str] | None:
    """When a run that starts now must end, and why; null for no end. A start outside the hours ends at once."""
    ends = [(start + config.max_time, MAX_TIME)] if config.max_time else []
    hours = config.window.hours
    if not hours.open_at(start):
        return start, HOURS_OVER
    if (change := hours.changes_at(start)) is not None:
        ends.append((change, HOURS_OVER))
    return min(ends, default=None)


class Timekeeper:
    """Closes the spider at its time; what is under way gets a moment, then it is given up."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._task: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For spiders that land."""
        if not getattr(crawler.spidercls, "lands", False):
            raise NotConfigured("the spider lands nothing")
        keeper = cls(crawler)
        crawler.signals.connect(keeper.spider_opened, signals.spider_opened)
        crawler.signals.connect(keeper.spider_closed, signals.spider_closed)
        return keeper

    def spider_opened(self) -> None:
        """Set the time."""
        end = end_of(config_of(self.crawler.settings), now())
        if end is not None:
            self._task = asyncio.ensure_future(self._end(*end))

    def spider_closed(self) -> None:
        """The run is over."""
        if self._task is not None:
            self._task.cancel()

    async def _end(self, at: datetime, reason: str) -> None:
        await asyncio.sleep(max(0.0, (at - now()).total_seconds()))
        engine = self.crawler.engine
        if engine is None or engine.spider is None:
            return
        logger.warning("%s, %s: the run ends here", f"{at.astimezone(KST):%H:%M}", reason)
        self._closing = asyncio.ensure_future(engine.close_spider_async(reason=reason))
        await asyncio.sleep(GRACE_SECONDS)
        if isinstance(engine.downloader, StoppableDownloader):
            engine.downloader.give_up()
