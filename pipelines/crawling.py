"""What pipelines ask of a crawler; `newsharvest.chain` has a stand-in for where there is none."""

from __future__ import annotations

from typing import Protocol


class Stats(Protocol):
    """What a pipeline asks of the crawler's stats."""

    def inc_value(self, key: str, count: int = 1) -> None:
        """Add to a counter."""


class Crawler(Protocol):
    """What a pipeline asks of the crawler."""

    @property
    def stats(self) -> Stats:
        """The counters."""
