"""The bracket rule: nameless entries of a ticker are named by their neighbours, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from newsharvest.reference import asos_ids, stations

BRACKET, AMBIGUOUS, UNKNOWN = "bracket", "ambiguous", "unknown"
_LONG_FORM = 60


@dataclass(frozen=True, slots=True)
class Resolved:
    """Whose reading it is. ``stn_id`` is null unless ``match`` is named, alias or bracket; it is never a guess."""

    stn_id: int | None
    match: str
    candidates: tuple[int, ...] = ()


def fill_gaps(found: list[Resolved], nameless: Sequence[bool], day: date | None) -> None:
    """Name every run of k nameless entries whose neighbours leave exactly k ASOS stations of that day, none used elsewhere.

    The neighbours are named ones, or a table's end in the long form (60 entries and more), which holds every station. A run
    that leaves another number keeps the stations of its gap as candidates. The rule holds as long as entries stand in the
    order of their ids: k entries out of exactly k stations are these stations, whatever rows the page lacks elsewhere.

    >>> found = [Resolved(238, "named"), Resolved(None, "unknown"), Resolved(243, "named")]
    >>> fill_gaps(found, [False, True, False], date(2024, 4, 30)); found[1].stn_id, found[1].match
    (239, 'bracket')
    """
    used = {resolved.stn_id for resolved in found if resolved.stn_id is not None}
    for first, last in _runs(nameless):
        low = found[first - 1].stn_id if first else _end(found, 0)
        high = found[last].stn_id if last < len(found) else _end(found, 1_000)
        if low is None or high is None or low >= high:
            continue
        gap = tuple(i for i in asos_ids() if low < i < high and stations()[i].operates_on(day))
        exact = len(gap) == last - first and not used.intersection(gap)
        found[first:last] = (
            [Resolved(i, BRACKET, (i,)) for i in gap] if exact else [Resolved(None, UNKNOWN, gap)] * (last - first)
        )


def _end(found: Sequence[Resolved], bound: int) -> int | None:
    return bound if len(found) >= _LONG_FORM else None


def _runs(nameless: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First place, and place behind the last, of every run of entries without a name."""
    first: int | None = None
    for place, without in enumerate([*nameless, False]):
        if without and first is None:
            first = place
        elif not without and first is not None:
            yield first, place
            first = None
