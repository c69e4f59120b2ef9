"""What pipelines ask of a crawler; `newsharvest.chain` has a stand-in for where there is none."""

from __future__ import annotations

from typing import Protocol, Self


class Stats(Protocol):
    """What a pipeline asks of the crawler's stats."""

    def inc_value(self, key: str, count: int = 1) -> None:
        """Add to a counter."""


class Crawler(Protocol):
    """What a pipeline asks of the crawler."""

    @property
    def stats(self) -> Stats:
        """The counters."""


class Counting:
    """A pipeline that counts what it does in the crawler's stats."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """With the crawler's counters."""
        return cls(crawler.stats)
