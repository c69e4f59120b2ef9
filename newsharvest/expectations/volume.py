"""How many articles appeared in a day, against days of the same kind: weekday, public holiday, a weekly's day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from newsharvest.expectations.calendar import SUNDAY, is_holiday, weekday_kind
from newsharvest.expectations.tails import count_tail

ALPHA = 1e-4
DAYS = 56
WIDTHS = (7, 14)
_DAY = timedelta(days=1)
_SAME_LEAST, _GROUP_LEAST = 3, 4
_OTHERS_LEAST = 2


def windows(published: Mapping[str, int], at: datetime, since: datetime) -> list[int]:
    """New articles by hour of publication as days of 24 hours that end at ``at``, newest first, none before ``since``."""
    counts = [0] * min(DAYS, max(0, int((at - since) / _DAY)))
    for hour, count in published.items():
        moment = datetime.fromisoformat(f"{hour}:00").replace(tzinfo=at.tzinfo)
        place = int((at - moment) / _DAY)
        if 0 <= place < len(counts) and moment <= at:
            counts[place] += count
    return counts


def shortfall(counts: Sequence[int], at: datetime, blind: frozenset[int] = frozenset()) -> str | None:
    """Why the last day, or the last week, had too few articles; None where it had not. ``blind``: days that say nothing.

    >>> from datetime import UTC
    >>> shortfall([0] + [12, 11, 12, 13, 2, 4, 12] * 4, datetime(2026, 9, 17, 11, tzinfo=UTC))
    '0 articles in 24 hours, 12.0 on days like it'
    """
    found = _day(counts, at, blind)
    for width in WIDTHS:
        found = found or _days(counts, at, blind, width)
    return found


def _day(counts: Sequence[int], at: datetime, blind: frozenset[int]) -> str | None:
    if not counts:
        return None
    kinds = [_kind(at, place) for place in range(len(counts))]
    past = [place for place in range(1, len(counts)) if place not in blind]
    same = [counts[place] for place in past if kinds[place] == kinds[0]]
    group = [counts[place] for place in past if _group(kinds[place]) == _group(kinds[0])]
    history = same if len(same) >= _SAME_LEAST else group if len(group) >= _GROUP_LEAST else []
    mean = sum(history) / len(history) if history else 0.0
    if counts[0] < mean / 2 and count_tail(counts[0], history) < ALPHA:
        return f"{counts[0]} articles in 24 hours, {mean:.1f} on days like it"
    return None


def _days(counts: Sequence[int], at: datetime, blind: frozenset[int], width: int) -> str | None:
    """An outlet with few articles a day: its week or fortnight against those before. A week with a holiday is compared with none."""
    sums = []
    for begin in range(0, len(counts) - width + 1, width):
        days = range(begin, begin + width)
        if blind & set(days) or sum(is_holiday(_middle(at, place)) for place in days) > (width - 1) // 7:
            if begin == 0:
                return None
            continue
        sums.append(sum(counts[place] for place in days))
    if len(sums) <= _OTHERS_LEAST:
        return None
    mean = sum(sums[1:]) / (len(sums) - 1)
    if sums[0] < mean / 2 and count_tail(sums[0], sums[1:]) < ALPHA:
        return f"{sums[0]} articles in {width} days, {mean:.1f} in such times before"
    return None


def _middle(at: datetime, place: int) -> date:
    return (at - place * _DAY - _DAY / 2).date()


def _kind(at: datetime, place: int) -> int:
    return weekday_kind(_middle(at, place))


def _group(kind: int) -> int:
    """Days of work, Saturdays, Sundays and holidays."""
    return max(4, kind) if kind <= SUNDAY else kind
