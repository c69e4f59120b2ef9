"""Filling gaps by article number: numbers below the newest known one that no feed and no list names.

Off unless asked for (``-a gapfill=N``): newest first, at most N requests an outlet and day, over after a run of misses.
Only for outlets that count their articles one by one; a number with a date or a time in it leaves nothing to guess.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from newsharvest.cms.keys import article_key
from newsharvest.crawl.state import CrawlState, article_name
from newsharvest.registry import Outlet

MISSES_MAX = 20
BATCH = 5
_COUNTER = re.compile(r"[0-9]{1,9}")


@dataclass(slots=True)
class GapFill:
    """One outlet's gaps in one run: ask for a `batch`, tell each answer, ask for the next."""

    outlet: Outlet
    state: CrawlState
    allowance: int
    """How many numbers may be asked for."""
    asked: int = 0
    misses: int = 0
    """The run of misses at the current end."""
    _next: int | None = None
    _url: str = ""
    _newest: str = ""
    _open: dict[str, bool | None] = field(default_factory=dict)
    _known_below: bool = False

    def batch(self, asked: Container[str] = (), most: int = BATCH) -> list[tuple[str, str]]:
        """URL and name of the next articles to ask for, without those that were ``asked`` for in this run.

        None while answers are missing, or when the filling is over.
        """
        if self._next is None:
            self._begin()
        if None in self._open.values():
            return []
        self._count_misses()
        found: list[tuple[str, str]] = []
        while self._next and len(found) < most and self.asked < self.allowance and self.misses < MISSES_MAX:
            number, self._next = self._next, self._next - 1
            name = article_name(self.outlet.outlet_id, str(number))
            known = self.state.get(name)
            if known is None and name not in asked and (url := self._url_of(number)):
                found.append((url, name))
                self._open[name] = None
                self.asked += 1
            elif known is not None and known.status == 200:
                self._known_below = bool(found)
                self.misses = 0
                if found:
                    break  # what lies below a known article is another gap: its misses are counted anew
        return found

    def answered(self, name: str, *, found: bool) -> None:
        """What was asked for is an article, or is none."""
        self._open[name] = found

    def _begin(self) -> None:
        """The newest article that is known tells where to begin, and the form of the URLs."""
        numbers = [(int(a), u) for a, u in self.state.articles(self.outlet.outlet_id) if _COUNTER.fullmatch(a)]
        newest, self._url = max(numbers, default=(0, ""))
        self._newest, self._next = str(newest), max(newest - 1, 0)

    def _url_of(self, number: int) -> str | None:
        """The newest article's URL with another number; null where that is not the URL of this number."""
        at = self._url.rfind(self._newest)
        url = f"{self._url[:at]}{number}{self._url[at + len(self._newest) :]}"
        key = article_key(url, self.outlet)
        return url if key is not None and key.article_id == str(number) else None

    def _count_misses(self) -> None:
        for found in self._open.values():
            self.misses = 0 if found else self.misses + 1
        if self._known_below:
            self.misses, self._known_below = 0, False
        self._open.clear()


def asked_on(path: Path, day: date) -> dict[str, int]:
    """How many numbers were asked for on a day, by outlet; nothing where the file is of another day or is damaged."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): int(v) for k, v in stated["asked"].items()} if stated["day"] == day.isoformat() else {}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):  # a cache like the crawl state: damaged, it is begun anew
        return {}


def remember(path: Path, day: date, asked: dict[str, int]) -> None:
    """Keep what was asked for on a day."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(json.dumps({"day": day.isoformat(), "asked": asked}, sort_keys=True), encoding="utf-8")
    os.replace(fresh, path)
