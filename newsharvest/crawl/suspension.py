"""Outlets that are not asked any more, because their domain is somebody else's: remembered until an operator lifts it.

Their front pages are looked at once a week: a domain that looks like the paper again is told of, no more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from newsharvest.errors import RefusedError
from newsharvest.files import DataDir, write_replacing

FILE = "suspended.json"
LOOK_AFTER = timedelta(days=7)


class SuspensionError(RefusedError):
    """The list of suspended outlets cannot be read, or does not hold the outlet."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why an outlet is not asked."""

    outlet_id: str
    since: str
    signal: str
    evidence: str
    run_id: str
    looked: str | None = None
    """The day its front page was last looked at; null: not since."""
    own_since: str | None = None
    """The day from which on it looked like the outlet itself; null: it does not."""

    def is_to_be_looked_at(self, day: date) -> bool:
        """Whether a week has passed.

        >>> held = Suspension("a", "2026-03-02", "taken_over", "2 pages", "r")
        >>> held.is_to_be_looked_at(date(2026, 3, 8)), held.is_to_be_looked_at(date(2026, 3, 9))
        (False, True)
        """
        return day - date.fromisoformat(self.looked or self.since) >= LOOK_AFTER

    @property
    def told(self) -> str:
        """In one line, with what an operator can do."""
        back = (
            f"looks like itself again since {self.own_since}" if self.own_since else f"{self.signal} since {self.since}"
        )
        return f"{self.outlet_id} is suspended, not asked ({back}); newsharvest suspended --lift {self.outlet_id} asks it again"


def suspended(data: DataDir) -> dict[str, Suspension]:
    """Every suspended outlet. SuspensionError for a file that is damaged: whom not to ask must not be guessed."""
    path = data.state / FILE
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        return {each["outlet_id"]: Suspension(**each) for each in stated}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError) as error:
        raise SuspensionError(f"{path} is damaged ({error}): repair it, or delete it to ask everybody again") from error


def suspend(data: DataDir, found: Iterable[Suspension]) -> None:
    """Suspend outlets; one that is suspended already keeps its day."""
    held = suspended(data)
    _write(data, {each.outlet_id: each for each in found} | held)


def looked(data: DataDir, day: date, own: Mapping[str, bool | None]) -> list[Suspension]:
    """Keep what front pages looked like (null: could not be had); the outlets that look like themselves for the first time."""
    held, back = suspended(data), []
    for outlet_id in own.keys() & held.keys():
        before = held[outlet_id]
        now = replace(before, looked=day.isoformat())
        if own[outlet_id] is not None:
            now = replace(now, own_since=(before.own_since or day.isoformat()) if own[outlet_id] else None)
        held[outlet_id] = now
        back += [now] if now.own_since and not before.own_since else []
    _write(data, held)
    return sorted(back, key=lambda each: each.outlet_id)


def lift(data: DataDir, outlet_id: str) -> Suspension:
    """Ask an outlet again from the next run on. SuspensionError where it is not suspended."""
    held = suspended(data)
    if outlet_id not in held:
        known = ", ".join(held) or "none is"
        raise SuspensionError(f"{outlet_id} is not suspended; suspended: {known}")
    lifted = held.pop(outlet_id)
    _write(data, held)
    return lifted


def _write(data: DataDir, held: dict[str, Suspension]) -> None:
    path: Path = data.state / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps([asdict(held[name]) for name in sorted(held)], ensure_ascii=False, indent=1)
    write_replacing(path, content.encode("utf-8"), path.with_name(f"{FILE}.new"))
