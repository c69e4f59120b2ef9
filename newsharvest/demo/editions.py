"""Which articles stand on a paper's site on a given day: published, edited and deleted, as a function of the day."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsharvest.demo.papers import BY_ID, Paper, at
from newsharvest.demo.words import rng

TITLE, BODY, CORRECTION = "title", "body", "correction"
_EDITS_A_DAY = 3
_DAYS_BEFORE = 14
_LAST_HOUR = timedelta(hours=17, minutes=30)


@dataclass(frozen=True, slots=True)
class Edit:
    """A later change of an article: its title, a paragraph, or a correction line at its end."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One article's state on a day. ``gone_status`` is 404 or 410 once it was deleted."""

    number: int
    published_at: datetime
    edits: tuple[Edit, ...] = ()
    gone_at: datetime | None = None
    gone_status: int | None = None
    origin: int | None = None
    """The number under which the article was written, where it was renumbered since."""

    @property
    def changed_at(self) -> datetime:
        """The last change, deletion included: the sitemap's lastmod."""
        if self.gone_at:
            return self.gone_at
        return self.edits[-1].at if self.edits else self.published_at


@functools.cache
def entries(paper: Paper, day: int) -> tuple[Entry, ...]:
    """All articles ever published up to a day, by rising number and time; deleted ones are kept and marked."""
    if paper.written is not None:
        return paper.written(day)
    if day == 1:
        return _first(paper)
    before = entries(paper, day - 1)
    source = rng(paper.outlet_id, "day", day)
    changed = _deleted(_edited(before, day, source), before, day, source)
    return changed + _new(day, before[-1].number + 1, source)


def live(paper: Paper, day: int) -> tuple[Entry, ...]:
    """The articles that can be read on a day, newest first."""
    return tuple(entry for entry in reversed(entries(paper, day)) if entry.gone_at is None)


@functools.cache
def by_number(outlet_id: str, day: int) -> dict[int, Entry]:
    """The entries of a day by their number."""
    return {entry.number: entry for entry in entries(BY_ID[outlet_id], day)}


def _first(paper: Paper) -> tuple[Entry, ...]:
    source = rng(paper.outlet_id, "day", 1)
    begin = at(1, 0) - timedelta(days=_DAYS_BEFORE)
    step = (timedelta(days=_DAYS_BEFORE) + _LAST_HOUR) / paper.day_one
    moments = [_moment(begin + step * i, step, source) for i in range(paper.day_one)]
    fresh = [Entry(paper.first_number + i, moment) for i, moment in enumerate(moments)]
    return tuple(_early_edit(entry, source) for entry in fresh)


def _moment(begin: datetime, step: timedelta, source: random.Random) -> datetime:
    """A whole second within a step's first nine tenths: numbers and times rise together."""
    return begin.replace(microsecond=0) + timedelta(seconds=int(step.total_seconds() * 0.9 * source.random()))


def _early_edit(entry: Entry, source: random.Random) -> Entry:
    """Every ninth article was changed within the hour after its publication."""
    if source.random() > 1 / 9:
        return entry
    moment = entry.published_at + timedelta(minutes=source.randint(4, 50), seconds=source.randint(0, 59))
    return replace(entry, edits=(Edit(BODY, moment),))


def _edited(before: tuple[Entry, ...], day: int, source: random.Random) -> tuple[Entry, ...]:
    chosen = source.sample([e.number for e in before if e.gone_at is None], _EDITS_A_DAY)
    kinds = dict(zip(chosen, source.sample((TITLE, BODY, CORRECTION), _EDITS_A_DAY), strict=True))
    return tuple(
        replace(e, edits=(*e.edits, Edit(kinds[e.number], at(day, source.randint(9, 16), source.randint(0, 59)))))
        if e.number in kinds
        else e
        for e in before
    )


def _deleted(
    entries_now: tuple[Entry, ...], before: tuple[Entry, ...], day: int, source: random.Random
) -> tuple[Entry, ...]:
    untouched = {e.number for e, old in zip(entries_now, before, strict=True) if e == old and e.gone_at is None}
    chosen = source.choice(sorted(untouched))
    moment, status = at(day, 8, source.randint(0, 59)), source.choice((404, 410))
    return tuple(replace(e, gone_at=moment, gone_status=status) if e.number == chosen else e for e in entries_now)


def _new(day: int, first: int, source: random.Random) -> tuple[Entry, ...]:
    count = source.randint(11, 13)
    begin, step = at(day, 6), timedelta(hours=11, minutes=30) / count
    return tuple(Entry(first + i, _moment(begin + step * i, step, source)) for i in range(count))
