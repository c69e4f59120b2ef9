"""What the doctor finds: a code, how bad it is, where, in words, and what ``--fix`` does about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """Damage breaks a promise of the data dir; a note is worth knowing and costs nothing."""

    DAMAGE = "damage"
    NOTE = "note"


class Repair(StrEnum):
    """What ``--fix`` does, in the order in which it does it."""

    REINDEX = "manifest made anew from the files"
    RESUME = "commit of a killed run finished, its leftovers removed"
    FORGET = "forgetting finished"
    TRUNCATE = "torn tail cut off"
    QUARANTINE = "moved out of the datasets"
    RESTORE = "file made anew from the archive"
    REWIND = "archive read again from the last whole record"
    RECOVER = "archived pages landed"
    CLOSE_RUN = "run marked as killed"
    ENFORCE = "forgotten again"
    REMEMBER = "crawl state made anew from the archive"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong, or worth knowing."""

    code: str
    severity: Severity
    place: str
    """A path below the data dir, with ``@`` and a byte offset for a record; or a run."""
    text: str
    repair: Repair | None = None
    """Null where nothing can be done without risk: the text says what a person can do."""

    def as_json(self) -> dict[str, Any]:
        """Plain values; ``repair`` by its name."""
        return {**asdict(self), "repair": self.repair.name.lower() if self.repair else None}


def damage(code: str, place: str, text: str, repair: Repair | None = None) -> Finding:
    """A finding that breaks a promise."""
    return Finding(code, Severity.DAMAGE, place, text, repair)


def note(code: str, place: str, text: str, repair: Repair | None = None) -> Finding:
    """A finding that breaks none."""
    return Finding(code, Severity.NOTE, place, text, repair)
