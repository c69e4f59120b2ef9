"""Hours of the day within which, or outside of which, a run may ask anybody for anything. Pure: the moment is an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsharvest.clock import KST

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of the day from ``start`` up to ``end``; one whose end is not after its start runs over midnight."""

    start: int
    end: int

    def holds(self, minute: int) -> bool:
        """Whether a minute of the day lies in the span.

        >>> span("22:00-06:00").holds(23 * 60), span("22:00-06:00").holds(6 * 60)
        (True, False)
        """
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def span(text: str) -> Span:
    """A written span, ``HH:MM-HH:MM`` in Korean time. ValueError for anything else, and for one without length."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no span of hours: write 22:00-06:00")
    hours = [int(part) for part in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if start == end or end > _DAY:
        raise ValueError(f"{text!r} is no span of hours: it has no length, or ends after 24:00")
    return Span(start, end)


@dataclass(frozen=True, slots=True)
class Hours:
    """When asking is allowed: in one of ``within`` (always where there is none) and in none of ``outside``."""

    within: tuple[Span, ...] = ()
    outside: tuple[Span, ...] = ()

    def open_at(self, moment: datetime) -> bool:
        """Whether asking is allowed at a moment."""
        local = moment.astimezone(KST)
        minute = local.hour * 60 + local.minute
        inside = not self.within or any(each.holds(minute) for each in self.within)
        return inside and not any(each.holds(minute) for each in self.outside)

    def changes_at(self, moment: datetime) -> datetime | None:
        """The next full minute at which asking becomes allowed or forbidden; null where it never does.

        >>> Hours((span("22:00-06:00"),)).changes_at(datetime(2026, 3, 2, 23, 30, tzinfo=KST)).isoformat()
        '2026-03-03T06:00:00+09:00'
        """
        if not self.within and not self.outside:
            return None
        local = moment.astimezone(KST).replace(second=0, microsecond=0)
        state = self.open_at(moment)
        later = (local + timedelta(minutes=ahead) for ahead in range(1, _DAY + 1))
        return next((minute for minute in later if self.open_at(minute) != state), None)
