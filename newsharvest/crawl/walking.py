"""How far a list is read, and whether the next page is asked for: so that a walk that was cut misses nothing behind its end.

A list shows the newest first. What a page names is remembered at once, to be fetched in this run or in a later one (see
`newsharvest.crawl.plan`), and so is how far the list was read. The next run reads from the first page to what the last one
saw, jumps to where that one was cut and goes on from there, until it meets what was known when the list was last read to
its end.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime

from newsharvest.crawl.state import CrawlState
from newsharvest.crawl.visited import PENDING_STATUS

PAGES_MAX = 2_000
_MOST = 0.8
"""Of the articles that stood on a first page: some may have been deleted since."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a list was read."""

    reached: int = 0
    """The page up to which a walk read that was cut, all that it named being remembered; 0: none was cut."""
    walked_at: datetime | None = None
    """When the last walk that met what was known before ended."""
    tops: frozenset[str] = frozenset()
    """The articles on the first page of the walk that was cut."""


def walk_of(state: CrawlState, name: str) -> Walk | None:
    """How far a list was read, by the URL of its first page; null where nothing is remembered of it."""
    for reached, at, tops in state.rows("SELECT reached, walked_at, tops FROM walks WHERE name = ?", name):
        return Walk(reached, datetime.fromisoformat(at) if at else None, frozenset(tops.split()))
    return None


def remember_walk(state: CrawlState, name: str, walk: Walk) -> None:
    """Remember how far a list was read, after what it named."""
    at = walk.walked_at.isoformat(timespec="milliseconds") if walk.walked_at else None
    state.write("INSERT OR REPLACE INTO walks VALUES (?, ?, ?, ?)", name, walk.reached, at, " ".join(sorted(walk.tops)))


@dataclass(slots=True)
class ListWalk:
    """One list in one run."""

    state: CrawlState
    name: str
    """The URL of its first page."""
    forgotten: Callable[[str], bool] = lambda _: False
    done: bool = False
    """Whether all that is new was read, as far as what an earlier run knew."""
    too_long: bool = False
    _before: Walk = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _tops: set[str] = field(default_factory=set)
    _jumped_from: int | None = None

    def __post_init__(self) -> None:
        self._before = walk_of(self.state, self.name) or Walk()

    @property
    def walked(self) -> bool:
        """Whether a run has been to the end of the list."""
        return self.state.get(self.name) is not None

    def following(self, number: int, names: Collection[str], new: Collection[str]) -> int | None:
        """The page to read after page ``number``, which names articles; null at the end. Ask before they are remembered.

        ``new``: articles that no run knew before this one.
        """
        fresh = set(names) - self._seen
        self._seen |= fresh
        self._tops = (
            fresh if number == 1 else self._tops - set(names)
        )  # what stands on every page is a box beside the list
        if not fresh or (self.walked and all(map(self._is_old, fresh))):
            self.done = True
            return None
        if number >= PAGES_MAX:
            self.too_long = True
            return None
        known = all(name not in new and self.state.get(name) is not None for name in fresh)
        if known and self._meets_earlier() and number < self._before.reached and self._jumped_from is None:
            self._jumped_from = number
            return self._before.reached
        return number + 1

    def read(self, number: int) -> None:
        """Remember that the list is known up to page ``number``, or up to where an earlier walk was cut, if it meets that here."""
        reached = self._before.reached if number == self._jumped_from else number
        remember_walk(self.state, self.name, Walk(reached, self._before.walked_at, frozenset(self._tops)))

    def missing(self, number: int) -> int | None:
        """There is no page ``number``: the end, but where a jump led there, for a list may have become shorter."""
        if not self._jumped_from or number != self._before.reached:
            self.done = True
            return None
        back, self._jumped_from = self._jumped_from + 1, 0
        return back

    def finish(self, at: datetime) -> None:
        """The walk is over: what is known by now is old from here on."""
        remember_walk(self.state, self.name, Walk(0, at))

    def _meets_earlier(self) -> bool:
        """Whether this walk has come to where the one began that was cut: it has seen what stood on its first page.

        That all of a page is known proves nothing: a feed may have named it.
        """
        tops = self._before.tops
        return bool(tops) and len(tops & self._seen) >= _MOST * len(tops)

    def _is_old(self, name: str) -> bool:
        """Whether an article was known when the list was last read to its end: what stands behind it was, too."""
        if self.forgotten(name):
            return True
        known, walked_at = self.state.get(name), self._before.walked_at
        if known is None or known.status == PENDING_STATUS:
            return False
        return walked_at is None or known.first_at is None or known.first_at <= walked_at
