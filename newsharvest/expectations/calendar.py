"""Days on which Korean papers publish less: weekends and public holidays."""

from __future__ import annotations

import csv
import functools
from datetime import date
from pathlib import Path

SUNDAY = 6
_FIXED = frozenset({(1, 1), (3, 1), (5, 5), (6, 6), (8, 15), (10, 3), (10, 9), (12, 25)})


@functools.cache
def holidays() -> dict[date, str]:
    """Every public holiday of the table, with its name."""
    with (Path(__file__).parent / "holidays.csv").open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {date.fromisoformat(row["date"]): row["name"] for row in rows}


def is_holiday(on: date) -> bool:
    """Whether a day is a public holiday; past the table's last year only those that have a fixed date are known.

    >>> is_holiday(date(2026, 9, 25)), is_holiday(date(2026, 10, 5)), is_holiday(date(2026, 9, 23))
    (True, True, False)
    """
    if on.year > max(holidays()).year:
        return (on.month, on.day) in _FIXED
    return on in holidays()


def weekday_kind(on: date) -> int:
    """0 (Monday) to 6 (Sunday); a public holiday is a Sunday.

    >>> weekday_kind(date(2026, 9, 24)), weekday_kind(date(2026, 9, 17))
    (6, 3)
    """
    return SUNDAY if is_holiday(on) else on.weekday()
