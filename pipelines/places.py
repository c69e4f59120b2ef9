"""What a mention may mean: the working object of `pipelines.placing` and `pipelines.homonyms`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pipelines.placenames import Mention

NAME, QUALIFIER, ROW, CONTEXT, OUTLET = BASES = ("name", "qualifier", "row", "context", "outlet")
DATELINE = "dateline"
_SIDO_DIGITS = 2
Codes = tuple[str, ...]


@dataclass(slots=True)
class Place:
    """A mention and what it may mean: one candidate is an answer, several are ambiguous, an unproven one is no place."""

    mention: Mention
    candidates: list[Codes]
    """Each a region as valid codes: several codes where it was divided since or before."""
    proven: bool
    basis: str = NAME
    absorbed: bool = False
    """It only says where the next one lies (경남 of 경남 고성군)."""

    @property
    def sure(self) -> bool:
        """Whether it is a place and one only."""
        return self.proven and len(self.candidates) == 1

    @property
    def codes(self) -> Codes:
        """The codes it may mean, sorted."""
        return tuple(sorted({code for candidate in self.candidates for code in candidate}))

    def settle(self, candidates: Sequence[Codes], basis: str) -> bool:
        """Take these for the answer where they are one; whether they were."""
        if len(candidates) != 1:
            return False
        self.candidates, self.basis, self.proven = list(candidates), basis, True
        return True


@dataclass(frozen=True, slots=True)
class Ground:
    """What an article says apart from the mention: its day, its outlet's home, its whole text."""

    day: date | None
    home: str | None
    text: str = field(repr=False, default="")


def is_sido(code: str) -> bool:
    """Whether a code is that of a 시도."""
    return len(code) == _SIDO_DIGITS
