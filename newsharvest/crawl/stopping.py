"""An orderly stop in ten seconds, whatever servers and pages do: what is under way gets a moment, then it is given up.

Scrapy waits for every request under way: a hanging server costs its 30 s, a Crawl-delay its whole queue.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
from typing import Any, Self

from scrapy import signals
from scrapy.core.downloader import Downloader, Slot
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response
from twisted.internet.defer import Deferred

from newsharvest.crawl.faults import STOPPED, Refused
from newsharvest.crawl.parsers import Parsers
from newsharvest.crawl.politeness import Politeness

logger = logging.getLogger(__name__)

GRACE_SECONDS = 4.0
_LOOK_SECONDS = 0.2


class StoppableDownloader(Downloader):
    """Scrapy's downloader, whose requests can be given up."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._under_way: set[Deferred[Response | Request]] = set()
        self._given_up = False

    @functools.cached_property
    def _manners(self) -> Politeness | None:
        return self.crawler.get_extension(Politeness)

    def fetch(self, request: Request, *_: Any) -> Deferred[Response | Request]:  # noqa: ANN401
        """The answer to a request; its cancellation after `give_up`."""
        if self._given_up:
            raise Refused(STOPPED)
        fetched: Deferred[Response | Request] = super().fetch(request)
        self._under_way.add(fetched)

        def over(result: Any) -> Any:  # noqa: ANN401 - passed on as it is
            self._under_way.discard(fetched)
            if self._manners is not None:
                self._manners.over(request)
            return result

        return fetched.addBoth(over)

    async def _download(self, slot: Slot, request: Request) -> Response:
        """The answer, once every group that the request belongs to lets it go out."""
        manners = self._manners
        if manners is None:
            return await super()._download(slot, request)
        slot.transferring.add(request)  # it holds its host's place while it waits
        try:
            await manners.turn(request, lambda: self._given_up)
        except BaseException:
            slot.transferring.discard(request)
            self._process_queue(slot)
            raise
        return await super()._download(slot, request)

    def give_up(self) -> int:
        """Cancel what is under way, and what waits for its turn; how many requests that were."""
        self._given_up = True
        for slot in self.slots.values():
            slot.queue.clear()
        under_way = list(self._under_way)
        for fetched in under_way:
            fetched.cancel()
        return len(under_way)


class Stopping:
    """Looks whether the engine is being stopped, and sees to its end. SIGHUP means the same as SIGTERM."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For spiders that land."""
        if not getattr(crawler.spidercls, "lands", False):
            raise NotConfigured("the spider lands nothing")
        stopping = cls(crawler)
        crawler.signals.connect(stopping.spider_opened, signals.spider_opened)
        crawler.signals.connect(stopping.spider_closed, signals.spider_closed)
        return stopping

    def spider_opened(self) -> None:
        """Start looking. A hang-up that is ignored (nohup) stays ignored."""
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
        self._task = asyncio.ensure_future(self._look())

    def spider_closed(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        engine = self.crawler.engine
        if engine is None:
            raise RuntimeError("a spider was opened without an engine")
        await asyncio.sleep(_LOOK_SECONDS)  # the engine runs a moment after its spider is opened
        while engine.running:
            await asyncio.sleep(_LOOK_SECONDS)
        await asyncio.sleep(GRACE_SECONDS)
        parsers = self.crawler.get_extension(Parsers)
        if parsers is not None:
            parsers.give_up()
        downloader = engine.downloader
        given_up = downloader.give_up() if isinstance(downloader, StoppableDownloader) else 0
        logger.warning("stopping: %d requests under way were given up", given_up)
