"""Outlets that are not asked any more, because their domain is somebody else's: remembered until an operator lifts it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from newsharvest.errors import RefusedError
from newsharvest.files import DataDir, write_replacing

FILE = "suspended.json"


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
