"""Printed Korean dates as times: deterministic, in Korean time, and never with a year taken from now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from newsharvest.cms.stamps import STAMP, Stamp, modified

KST = timezone(timedelta(hours=9), "KST")
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?:T?(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?"
)
_ENGLISH = re.compile(
    r"(?:\w{3,9},?\s+)?(?P<day>\d{1,2})\s+(?P<name>[A-Z][a-z]{2})[a-z]*\s+(?P<year>\d{4})"
    r"(?:\s+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?(?:\s*(?P<zone>GMT|UTC|Z|[+-]\d{2}:?\d{2}|KST))?"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABEL = re.compile(r"[가-힣A-Za-z ]{1,24}")
_UTC = frozenset({"Z", "GMT", "UTC"})
# Without a time of fetching, "70" is the first two-digit year of the last century: no outlet's pages are older.
_OLDEST_SHORT_YEAR = 70


@dataclass(frozen=True, slots=True)
class ParsedDate:
    """A time in KST, how exactly it was printed (second, minute, day), and its label's word or None."""

    value: datetime
    precision: str
    label: str | None


def parse_korean_date(text: str, fetched_at: datetime | None) -> ParsedDate | None:
    """The date that a printed text states; None where it states none or an impossible one.

    ``fetched_at`` gives the year where none is printed (the latest such day not after it) and the century of a year of two
    digits; without it a date without a year is None.

    >>> parse_korean_date("등록 2024.04.30 오전 9:05", None)
    ParsedDate(value=datetime.datetime(2024, 4, 30, 9, 5, tzinfo=...KST...), precision='minute', label='등록')
    """
    text = text.strip()
    if match := _COMPACT.fullmatch(text):
        return _parsed(match.groupdict(), None, fetched_at)
    if match := _ENGLISH.fullmatch(text):
        return _english(match, fetched_at)
    match = STAMP.search(text)
    if match is None or (match["year"] is None and match["sep"] != "월"):
        return None
    return _parsed(match.groupdict(), match["label"] or match["after"] or _word(text[: match.start()]), fetched_at)


def changed(found: Sequence[Stamp]) -> Stamp | None:
    """The stamp of a change: by its label; else, where no label says so, the second of two dates, if it is later.

    >>> changed([Stamp("펴낸때", "펴낸때 2026.09.14 10:24", known=False), Stamp("고친때", "고친때 2026.09.15 09:00", known=False)]).label
    '고친때'
    """
    told = modified(found)
    if told is not None or len(found) != 2 or any(stamp.known and stamp.label for stamp in found[1:]):
        return told
    first, second = (parse_korean_date(stamp.raw, None) for stamp in found)
    return found[1] if first is not None and second is not None and second.value > first.value else None


def _word(before: str) -> str | None:
    """The label of a raw date that no table knows (`stamps.labelled`)."""
    word = before.strip(" :.[(|ㅣ")
    return word if _LABEL.fullmatch(word) else None


def _english(match: re.Match[str], fetched_at: datetime | None) -> ParsedDate | None:
    parts: dict[str, str | None] = match.groupdict()
    name = parts.pop("name")
    if name not in _MONTHS:
        return None
    return _parsed({**parts, "month": str(_MONTHS.index(name) + 1)}, None, fetched_at)


def _parsed(parts: dict[str, str | None], label: str | None, fetched_at: datetime | None) -> ParsedDate | None:
    month, day = int(parts["month"] or 0), int(parts["day"] or 0)
    try:
        year = _year(parts["year"], month, day, fetched_at)
        if year is None:
            return None
        clock = _clock(parts)
        moment = datetime(year, month, day, *clock[0], tzinfo=_zone(parts.get("zone")))
    except ValueError:  # 2024-02-30, 25:61: printed, but no date
        return None
    return ParsedDate(moment.astimezone(KST), clock[1], label)


def _clock(parts: dict[str, str | None]) -> tuple[tuple[int, int, int], str]:
    """Hour, minute and second, and the precision; ValueError for an impossible hour."""
    if parts.get("hour") is None or parts.get("minute") is None:
        return (0, 0, 0), "day"
    hour, minute, second = int(parts["hour"] or 0), int(parts["minute"] or 0), parts.get("second")
    half = (parts.get("half") or parts.get("late") or "").lower().replace(".", "")
    if half in {"오후", "pm"} and hour < 12:
        hour += 12
    elif half in {"오전", "am"} and hour == 12:
        hour = 0
    return (hour, minute, int(second or 0)), "second" if second else "minute"


def _year(printed: str | None, month: int, day: int, fetched_at: datetime | None) -> int | None:
    if printed is None:
        return _latest_year(month, day, fetched_at.astimezone(KST)) if fetched_at else None
    if len(printed) == 4:
        return int(printed)
    short = int(printed)
    newest = fetched_at.astimezone(KST).year + 1 if fetched_at else 2000 + _OLDEST_SHORT_YEAR - 1
    return 2000 + short if 2000 + short <= newest else 1900 + short


def _latest_year(month: int, day: int, fetched: datetime) -> int:
    """The year of the last such day that is not after the page was fetched."""
    same = datetime(fetched.year, month, day, tzinfo=KST)
    return fetched.year if same <= fetched else fetched.year - 1


def _zone(printed: str | None) -> timezone:
    """The stated zone; KST where none is (RSS of ND소프트 states none)."""
    if printed is None or printed == "KST":
        return KST
    if printed in _UTC:
        return UTC
    hours, minutes = int(printed[1:3]), int(printed[-2:])
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if printed[0] == "-" else offset)
