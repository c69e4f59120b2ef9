"""What befalls the papers in a month, drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from newsharvest.demo.month.cast import CAST, DAILY, FIRST_DAY, HOLIDAYS, WEEKLY, Part
from newsharvest.demo.papers import date_of
from newsharvest.demo.words import rng

REDESIGN, OUTAGE, THROTTLE, BAN, RENUMBER, TAKEOVER = "redesign", "outage", "throttle", "ban", "renumber", "takeover"
DOWN = frozenset({OUTAGE, THROTTLE, BAN})
KINDS = ("renamed", "wrapped", "retagged", "reordered", "relabelled")
"""The five kinds of redesign that every month has."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that befalls a paper on a day (a redesign and a takeover: from that day on)."""

    day: int
    outlet_id: str
    kind: str
    how: str = ""
    """The redesign's kind; of an outage whether the server hangs up or answers 503."""


@dataclass(frozen=True, slots=True)
class Script:
    """A month's days and events."""

    seed: int
    days: int
    events: tuple[Event, ...]

    @property
    def last_day(self) -> int:
        """The last day that something may befall; quiet days follow."""
        return FIRST_DAY + self.days - 1

    def on(self, day: int, outlet_id: str | None = None) -> tuple[Event, ...]:
        """What begins on a day."""
        return tuple(e for e in self.events if e.day == day and outlet_id in {None, e.outlet_id})

    def is_down(self, outlet_id: str, day: int) -> bool:
        """Whether a crawl of that day cannot get everything of a paper."""
        return any(e.kind in DOWN for e in self.on(day, outlet_id)) or self.is_lost(outlet_id, day)

    def is_lost(self, outlet_id: str, day: int) -> bool:
        """Whether the domain is somebody else's."""
        return any(e.kind == TAKEOVER and e.outlet_id == outlet_id and e.day <= day for e in self.events)

    def designs(self, outlet_id: str, day: int) -> tuple[str, ...]:
        """The redesigns so far, oldest first."""
        return tuple(e.how for e in self.events if e.kind == REDESIGN and e.outlet_id == outlet_id and e.day <= day)


def write_script(seed: int, days: int = 30, kinds: Sequence[str] = KINDS, warm_up: int = 8, settle: int = 2) -> Script:
    """A month's script: first ``warm_up`` quiet days, then events, two days of one paper at least apart, then ``settle`` quiet ones.

    >>> write_script(1) == write_script(1), {e.how for e in write_script(1).events if e.kind == "redesign"} >= set(KINDS)
    (True, True)
    """
    source = rng("month", seed)
    free = {part.paper.outlet_id: set(range(FIRST_DAY + warm_up, FIRST_DAY + days - settle)) for part in CAST}
    events = [event for kind, part, how in _wishes(source, kinds) if (event := _placed(source, free, part, kind, how))]
    return Script(seed, days, tuple(sorted(events, key=lambda e: (e.day, e.outlet_id))))


def _wishes(source: random.Random, kinds: Sequence[str]) -> Iterator[tuple[str, Part, str]]:
    """What is to happen to whom; redesigns first, because they need days on which many articles appear."""
    dailies = [part for part in CAST if part.rhythm == DAILY][:3]
    weekly = next(part for part in CAST if part.rhythm == WEEKLY)
    stages = [*source.sample(dailies, 3), weekly]
    for place, kind in enumerate(source.sample(list(kinds), len(kinds))):
        yield REDESIGN, stages[place % len(stages)], kind
    yield TAKEOVER, CAST[5], "casino"
    for kind, how in ((OUTAGE, "hang up"), (OUTAGE, "503"), (THROTTLE, ""), (BAN, ""), (RENUMBER, "")):
        yield kind, source.choice(dailies), how


def _placed(source: random.Random, free: dict[str, set[int]], part: Part, kind: str, how: str) -> Event | None:
    days = sorted(day for day in free[part.paper.outlet_id] if kind != REDESIGN or comes_out(part, date_of(day)))
    if not days:
        return None
    day = source.choice(days)
    free[part.paper.outlet_id] -= set(range(day - 2, day + 3))
    return Event(day, part.paper.outlet_id, kind, how)


def comes_out(part: Part, on: date) -> bool:
    """Whether a paper publishes as on an ordinary day of work."""
    if on in HOLIDAYS or on.weekday() > 4:
        return False
    return part.rhythm != WEEKLY or on.weekday() == part.weekday
