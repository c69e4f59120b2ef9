"""The processes that a crawl's pages are parsed in, beside the event loop.

Every page goes through one, whatever it looks like: which page takes the parser minutes is known only afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler

from newsharvest.parsing import Worker

P = ParamSpec("P")
T = TypeVar("T")

# Two: one page that takes its whole time holds back no other.
_WORKERS = 2
PARSER = "parser"
"""The name of the threads that talk to them; each ends when its process has ended."""


class Parsers:
    """Runs functions in worker processes for one crawl, each under the time limit NEWSHARVEST_PARSE_SECONDS."""

    def __init__(self, seconds: float) -> None:
        self._workers = [Worker(seconds) for _ in range(_WORKERS)]
        self._work: queue.SimpleQueue[Callable[[Worker], None] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For every spider; the processes start with the first page."""
        parsers = cls(crawler.settings.getfloat("NEWSHARVEST_PARSE_SECONDS"))
        crawler.signals.connect(parsers.close, signals.spider_closed)
        return parsers

    async def run(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What the function returns there; raises what `Worker.call` raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def work(worker: Worker) -> None:
            try:
                value = worker.call(function, *arguments, **named)
            except BaseException as error:  # noqa: BLE001 - whatever it is, who waits must hear of it
                _tell(loop, future, future.set_exception, error)
            else:
                _tell(loop, future, future.set_result, value)

        self._start()
        self._work.put(work)
        return await future

    def give_up(self) -> None:
        """End the processes now: what waits for them is Abandoned."""
        for worker in self._workers:
            worker.give_up()

    def close(self) -> None:
        """No work is left: end threads and processes."""
        for _ in self._threads:
            self._work.put(None)

    def _start(self) -> None:
        # Daemons: a run that is stopped at once does not wait for them, and their processes end with it.
        if not self._threads:
            self._threads = [
                threading.Thread(target=self._serve, args=(w,), name=PARSER, daemon=True) for w in self._workers
            ]
            for thread in self._threads:
                thread.start()

    def _serve(self, worker: Worker) -> None:
        while (work := self._work.get()) is not None:
            work(worker)
        worker.close()


def _tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], how: Callable[[Any], None], what: object
) -> None:
    """Settle a future from another thread; nobody waits where the loop is closed or the future given up."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(lambda: None if future.done() else how(what))
