"""The date line above a ticker: ``2024.04.30 (화)``. It is the day the page was rendered, never the hour observed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

INVALID, OTHER_WEEKDAY = "displayed_date_invalid", "displayed_weekday_differs"

_LINE = re.compile(
    r"(?P<year>(?:19|20)\d\d)\s*[.\-/년]\s*(?P<month>\d{1,2})\s*[.\-/월]\s*(?P<day>\d{1,2})\s*[.일]?"
    r"\s*(?:[(\[]?\s*(?P<weekday>[월화수목금토일])(?:요일)?\s*[)\]]?)?"
)
_LINE_MAX = 40
_CENTURIES = ("19", "20")


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date line: as printed, its day (null where there is no such day) and what is odd about it."""

    raw: str
    day: date | None
    flags: tuple[str, ...] = ()
    weekday: bool = False
    """Whether it names the weekday, as tickers do and the dates of articles seldom."""


def date_line(text: str) -> DateLine | None:
    """A line that is a date and nothing else, white space folded; None for any other line.

    >>> date_line("2024.04.30 (화)").day.isoformat(), date_line("2024.04.30 입력"), date_line("2024.02.31").flags
    ('2024-04-30', None, ('displayed_date_invalid',))
    """
    found = _LINE.fullmatch(text) if text[:2] in _CENTURIES and len(text) <= _LINE_MAX else None
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return DateLine(text, None, (INVALID,), found["weekday"] is not None)
    differs = found["weekday"] is not None and found["weekday"] != "월화수목금토일"[day.weekday()]
    return DateLine(text, day, (OTHER_WEEKDAY,) if differs else (), found["weekday"] is not None)
