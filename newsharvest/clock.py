"""The present, as every run sees it: the system's, or one that is stated, so that a month can be simulated.

NEWSHARVEST_NOW (environment or setting) names the moment at which a process begins; from there its time goes on at the
usual pace. Only what crawls and logs asks for the time; parsers, pipelines and joins never do.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

KST = ZoneInfo("Asia/Seoul")
NOW = "NEWSHARVEST_NOW"
"""The environment variable that states when it is; ISO 8601, Korean time where it names no zone."""

_shift: timedelta | None = None


def now() -> datetime:
    """The present in UTC, cut to milliseconds as every stored time is. ValueError where NEWSHARVEST_NOW is no time."""
    global _shift  # noqa: PLW0603 - the process has one time
    if _shift is None:
        _shift = _shift_to(stated(os.environ[NOW])) if os.environ.get(NOW) else timedelta()
    return cut(datetime.now(UTC) + _shift)


def today() -> date:
    """The day in Korea."""
    return now().astimezone(KST).date()


def cut(moment: datetime) -> datetime:
    """A moment cut to milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stated(text: str) -> datetime:
    """A written moment, aware; without zone it is Korean time. ValueError where it is none.

    >>> stated("2026-03-02T10:00").isoformat()
    '2026-03-02T10:00:00+09:00'
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{NOW}={text!r} is no time: write 2026-03-02T10:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=KST)


def begin_at(moment: datetime | None) -> None:
    """From here on it is ``moment``, and time goes on; null: the system's time."""
    global _shift  # noqa: PLW0603 - the process has one time
    _shift = timedelta() if moment is None else _shift_to(moment)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Within the block it is ``moment``, and time goes on; after it, what it was.

    >>> from datetime import datetime, UTC
    >>> with at(datetime(2026, 3, 2, tzinfo=UTC)):
    ...     today().isoformat()
    '2026-03-02'
    """
    global _shift  # noqa: PLW0603 - the process has one time
    before, _shift = _shift, _shift_to(moment)
    try:
        yield
    finally:
        _shift = before


def _shift_to(moment: datetime) -> timedelta:
    return moment - datetime.fromtimestamp(time.time(), UTC)
