"""A list page before its skin: which articles it holds and which pages it links to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsharvest.demo import furniture
from newsharvest.demo.drafts import Draft, draft
from newsharvest.demo.editions import live
from newsharvest.demo.furniture import attr
from newsharvest.demo.papers import PER_LIST_PAGE, Paper, at


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list, newest first; page 0 is the front page. ``section`` None means all articles."""

    paper: Paper
    day: int
    number: int
    section: str | None
    drafts: Sequence[Draft]
    total: int

    @property
    def title(self) -> str:
        """The list's heading."""
        return self.section or "전체기사"

    @property
    def head_title(self) -> str:
        """The text of the title element."""
        return self.paper.name if self.number == 0 else f"{self.title} - {self.paper.name}"

    @property
    def updated(self) -> datetime:
        """When the site was last changed: half past six in the evening of its day."""
        return at(self.day, 18, 30)

    @property
    def extra(self) -> str:
        """The box of the e-paper, closed to crawlers, on the front page and the first page of all articles."""
        return furniture.epaper(self.paper) if self.number in {0, 1} and self.section is None else ""

    def links(self, form: str) -> str:
        """Links to every page of the list in a form with ``{q}`` (the quoted address) and ``{n}``."""
        last = _pages(self.total)
        return "".join(form.format(q=f'"{attr(self._path(n))}"', n=n) for n in range(1, last + 1))

    def _path(self, page: int) -> str:
        return self.paper.section_path(self.section, page) if self.section else self.paper.list_path(page)


def listing(paper: Paper, day: int, number: int, section: str | None = None) -> Listing:
    """The articles of one page of a list. A page past the end is empty, as real ones are."""
    drafts = [draft(paper, entry) for entry in live(paper, day)]
    chosen = [d for d in drafts if section in {None, d.section}]
    begin = max(0, number - 1) * PER_LIST_PAGE
    return Listing(paper, day, number, section, chosen[begin : begin + PER_LIST_PAGE], len(chosen))


def page_count(paper: Paper, day: int) -> int:
    """How many pages the list of all articles has."""
    return _pages(len(live(paper, day)))


def _pages(total: int) -> int:
    return max(1, math.ceil(total / PER_LIST_PAGE))
