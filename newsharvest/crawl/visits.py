"""A page to ask for, and what its answer means: what every plan of a crawl is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from newsharvest.crawl.kinds import ARTICLE

DISCOVERY, NEW, AGAIN, LEFTOVER = 10, 0, -5, -10
"""Priorities: what leads to others, what is new, what is due once more, what nobody waits for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to ask for, and what it is asked for."""

    url: str
    kind: str
    outlet_id: str
    name: str
    """The page's name in the crawl state."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The conditions under which the server may answer 304."""
    number: int = 1
    """Of a list page; of a sitemap, how deep it lies in the index."""
    template: str = ""
    """A list page's URL with ``{page}``."""
    guessed: bool = False
    """No page named it (a CMS's usual address, a number in a gap): that it is not there is no failure."""
    key: str | None = None
    """The environment variable whose value the request carries when it is sent."""
    again: bool = False
    """A known article that is due, listed or not."""
    payload: tuple[str, datetime] | None = None
    """Of a known article: what its bytes were known by, and when they came."""
    leftover: bool = False
    """Of the past (a list page behind the first, before a list was ever walked to its end): asked when nothing else waits."""

    @property
    def priority(self) -> int:
        """The greater, the earlier among the requests of a host."""
        if self.leftover or (self.guessed and self.kind == ARTICLE):
            return LEFTOVER
        return DISCOVERY if self.kind != ARTICLE else AGAIN if self.again else NEW


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer means: the request's outcome, and what to ask for next."""

    outcome: str
    reason: str | None = None
    follow: Sequence[Visit] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a run takes place, and what that means for articles that are known."""

    now: datetime | None = None
    """Articles due by then are asked for again; null: none is."""
    steps: tuple[timedelta, ...] = ()
    room: Callable[[], bool] = lambda: True
    """Whether the day's caps leave room for one more request."""
