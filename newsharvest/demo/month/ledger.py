"""Which articles stand on a paper's site on a day of the month, and which versions of each a daily visitor could see."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace
from datetime import timedelta

from newsharvest.demo.editions import BODY, CORRECTION, TITLE, Edit, Entry
from newsharvest.demo.month.cast import DAILY, FIRST_DAY, HOLIDAYS, SPARSE, Part
from newsharvest.demo.month.script import RENUMBER, Script, comes_out
from newsharvest.demo.papers import Paper, at, date_of
from newsharvest.demo.words import rng

_DAYS_BEFORE = 14
_JUMP = 400
_SPARSE_AGES = (1, 1)
"""A paper without sitemap tells nobody of its edits: they fall where every schedule of revisits looks."""


@dataclass(frozen=True, eq=False)
class Ledger:
    """One paper's history in one script. ``paper`` is the cast's, with this history as its own."""

    part: Part
    script: Script

    @functools.cached_property
    def paper(self) -> Paper:
        """The paper whose articles are these."""
        return replace(self.part.paper, written=self.entries)

    def entries(self, day: int) -> tuple[Entry, ...]:
        """All articles ever published up to a day's evening, by rising number; deleted ones are kept and marked."""
        return _entries(self, min(day, self.script.last_day))

    @functools.cached_property
    def _last_seen(self) -> int:
        """The last evening on which the site was the paper's own."""
        lost = [day for day in range(FIRST_DAY, self.script.last_day + 1) if self.script.is_lost(self.outlet_id, day)]
        return min(lost, default=self.script.last_day + 1) - 1

    @property
    def outlet_id(self) -> str:
        """The paper's id."""
        return self.part.paper.outlet_id

    def seen(self, day: int) -> dict[int, list[Entry]]:
        """Number → the different states that daily visits up to a day could read, oldest first; without what was never up."""
        found: dict[int, list[Entry]] = {}
        for on in range(FIRST_DAY, min(day, self._last_seen) + 1):
            if self.script.is_down(self.outlet_id, on):
                continue
            for entry in self.entries(on):
                states = found.setdefault(entry.number, [])
                if entry.gone_at is None and (not states or states[-1] != entry):
                    states.append(entry)
        return {number: states for number, states in found.items() if states}

    def last(self, day: int) -> dict[int, Entry]:
        """Number → the state that the last visit up to a day could find, deletions included."""
        up = [
            on for on in range(FIRST_DAY, min(day, self._last_seen) + 1) if not self.script.is_down(self.outlet_id, on)
        ]
        return {entry.number: entry for entry in self.entries(up[-1])} if up else {}


@functools.cache
def _entries(ledger: Ledger, day: int) -> tuple[Entry, ...]:
    if day < FIRST_DAY:
        return _before(ledger)
    held = _entries(ledger, day - 1)
    source = rng("month", ledger.script.seed, ledger.outlet_id, day)
    down = any(ledger.script.is_down(ledger.outlet_id, on) for on in (day - 1, day))
    if not down and day > FIRST_DAY:
        held = _deleted(ledger, _edited(ledger, held, day, source), held, day, source)
    step = 0
    if any(event.kind == RENUMBER for event in ledger.script.on(day, ledger.outlet_id)):
        held, step = _renumbered(held, day, source), _JUMP
    return held + _new(ledger, day, held[-1].number + 1 + step, source)


def _before(ledger: Ledger) -> tuple[Entry, ...]:
    paper = ledger.part.paper
    begin = at(FIRST_DAY, 0) - timedelta(days=_DAYS_BEFORE)
    step = timedelta(days=_DAYS_BEFORE) / paper.day_one
    return tuple(
        Entry(paper.first_number + i, begin + timedelta(seconds=int(step.total_seconds() * i)))
        for i in range(paper.day_one)
    )


def _edited(ledger: Ledger, held: tuple[Entry, ...], day: int, source: random.Random) -> tuple[Entry, ...]:
    choice = [e.number for e in held if e.gone_at is None and _may_change(ledger, e, day)]
    chosen = source.sample(choice, min(len(choice), 1 if ledger.part.rhythm == SPARSE else 2))
    kinds = {number: source.choice((TITLE, BODY, CORRECTION)) for number in chosen}
    return tuple(
        replace(e, edits=(*e.edits, Edit(kinds[e.number], at(day, source.randint(9, 16), source.randint(0, 59)))))
        if e.number in kinds
        else e
        for e in held
    )


def _may_change(ledger: Ledger, entry: Entry, day: int) -> bool:
    age = (date_of(day) - entry.published_at.date()).days
    return age > 0 if ledger.part.sitemap else _SPARSE_AGES[0] <= age <= _SPARSE_AGES[1] and not entry.edits


def _deleted(
    ledger: Ledger, edited: tuple[Entry, ...], held: tuple[Entry, ...], day: int, source: random.Random
) -> tuple[Entry, ...]:
    """On every second day one article goes, of those that a visitor has seen and that were not edited today."""
    same = {e.number for e, old in zip(edited, held, strict=True) if e == old and e.gone_at is None}
    choice = sorted(e.number for e in edited if e.number in same and _may_change(ledger, e, day))
    if not choice or source.random() < 0.5:
        return edited
    gone, status = source.choice(choice), source.choice((404, 410))
    return tuple(replace(e, gone_at=at(day, 8, 30), gone_status=status) if e.number == gone else e for e in edited)


def _renumbered(held: tuple[Entry, ...], day: int, source: random.Random) -> tuple[Entry, ...]:
    """Two articles move to new numbers, and the counter jumps: the old addresses are gone, the texts stand again."""
    moved = source.sample([e for e in held if e.gone_at is None and not e.edits and e.origin is None], 2)
    numbers = {e.number for e in moved}
    first = held[-1].number + 1
    old = tuple(replace(e, gone_at=at(day, 7), gone_status=404) if e.number in numbers else e for e in held)
    return old + tuple(replace(e, number=first + i, origin=e.number) for i, e in enumerate(moved))


def _new(ledger: Ledger, day: int, first: int, source: random.Random) -> tuple[Entry, ...]:
    numbers, number = [], first
    for _ in range(_count(ledger.part, day, source)):
        number += 1 if source.random() < 0.1 else 0  # a draft or a photo took a number
        numbers.append(number)
        number += 1
    step = timedelta(hours=10) / max(1, len(numbers))
    return tuple(
        Entry(n, at(day, 7) + timedelta(seconds=int(step.total_seconds() * (i + 0.8 * source.random()))))
        for i, n in enumerate(numbers)
    )


def _count(part: Part, day: int, source: random.Random) -> int:
    on = date_of(day)
    if part.rhythm == SPARSE:
        return source.choice((0, 1, 1, 2, 3)) if on not in HOLIDAYS else source.choice((0, 0, 1))
    if comes_out(part, on):
        return source.randint(6, 10) if part.rhythm == DAILY else source.randint(10, 14)
    if part.rhythm == DAILY:
        return source.randint(0, 2) if on in HOLIDAYS or on.weekday() == 6 else source.randint(2, 4)
    return 0
