"""Filters of the notebook API as Arrow expressions, which skip files and row groups that cannot match."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest.files import KST

When = str | date | datetime
_UNKNOWN = "unknown"


def moment(when: When) -> datetime:
    """A time in Korea: a date is its midnight, a naive time is taken as Korean.

    >>> moment("2026-03-01").isoformat()
    '2026-03-01T00:00:00+09:00'
    """
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    return when.replace(tzinfo=KST) if when.tzinfo is None else when.astimezone(KST)


def both(*masks: ds.Expression | None) -> ds.Expression | None:
    """All of the masks that are given; null where none is."""
    total: ds.Expression | None = None
    for mask in masks:
        if mask is not None:
            total = mask if total is None else total & mask
    return total


def among(column: str, values: list[str] | None) -> ds.Expression | None:
    """A column's values; null for all."""
    return None if values is None else ds.field(column).isin(pa.array(values, pa.string()))


def strings(values: str | Iterable[str] | None) -> list[str] | None:
    """One or several strings as a list."""
    if values is None:
        return None
    return [values] if isinstance(values, str) else list(values)


def of_stations(stations: int | str | Iterable[int | str] | None) -> ds.Expression | None:
    """Stations by KMA number or official name."""
    if stations is None:
        return None
    wanted = [stations] if isinstance(stations, int | str) else list(stations)
    numbers = [value for value in wanted if isinstance(value, int)]
    names = [value for value in wanted if isinstance(value, str)]
    return ds.field("stn_id").isin(pa.array(numbers, pa.int32())) | ds.field("station").isin(
        pa.array(names, pa.string())
    )


def between(column: str, since: When | None, until: When | None) -> ds.Expression | None:
    """``since`` ≤ the column < ``until``."""
    field = ds.field(column)
    low = None if since is None else field >= pa.scalar(moment(since), pa.timestamp("ms", "Asia/Seoul"))
    high = None if until is None else field < pa.scalar(moment(until), pa.timestamp("ms", "Asia/Seoul"))
    return both(low, high)


def observed(since: When | None, until: When | None) -> ds.Expression | None:
    """The hour of observation; of what states none, the displayed day."""
    hour = between("observed_at", since, until)
    if hour is None:
        return None
    day, untimed = ds.field("displayed_date"), ds.field("observed_at").is_null()
    low = None if since is None else day >= pa.scalar(moment(since).date())
    high = None if until is None else day < pa.scalar(moment(until).date())
    return hour | both(untimed, low, high)


def months(since: When | None, until: When | None) -> Callable[[str], bool] | None:
    """Which folders ``month=YYYY-MM`` may hold rows of a time; a row without a time is in none of them.

    >>> wanted = months("2026-03-01", None); wanted("2026-02"), wanted("2026-03"), wanted("unknown")
    (False, True, False)
    """
    if since is None and until is None:
        return None
    first = "" if since is None else f"{moment(since):%Y-%m}"
    last = "9999-99" if until is None else f"{moment(until):%Y-%m}"
    return lambda month: month != _UNKNOWN and first <= month <= last


def containing(columns: tuple[str, ...], text: str | None) -> ds.Expression | None:
    """Rows in which one of the columns contains a text."""
    if text is None:
        return None
    found = [pc.match_substring(ds.field(column), text) for column in columns]
    return found[0] | found[1]
