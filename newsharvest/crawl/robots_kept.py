"""robots.txt between runs: kept with its time and used for a day, then asked for on condition (RFC 9309, 2.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsharvest.crawl.state import CrawlState

DAY = timedelta(hours=24)
_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})")
_NOT_KEPT = re.compile(r"\bno-(?:cache|store)\b")


@dataclass(frozen=True, slots=True)
class Kept:
    """One origin's robots.txt: an answer that was had. None that says nothing (5xx, 429, no answer) is ever kept."""

    origin: str
    status: int
    body: bytes
    """Empty where the status says that there are no rules."""
    etag: str | None
    last_modified: str | None
    fetched_at: datetime
    fresh_until: datetime

    def is_fresh(self, now: datetime) -> bool:
        """Whether it may be used unasked; a clock that went back makes nothing fresh."""
        return self.fetched_at <= now < self.fresh_until

    def conditions(self) -> dict[str, str]:
        """The headers of a request that asks for it only if it has changed; none for an answer without rules."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified} if self.body else {}
        found = {name: value for name, value in named.items() if value}
        return {**found, "Cache-Control": "max-age=0"} if found else {}


def lifetime(headers: Mapping[str, str]) -> timedelta:
    """How long an answer may be used: a day, or less where it says so. ``headers``: by lower-case name.

    >>> lifetime({}), lifetime({"cache-control": "max-age=3600"}), lifetime({"cache-control": "max-age=900000"})
    (datetime.timedelta(days=1), datetime.timedelta(seconds=3600), datetime.timedelta(days=1))
    >>> lifetime({"cache-control": "no-cache, max-age=9"})
    datetime.timedelta(0)
    """
    stated = headers.get("cache-control", "").lower()
    if _NOT_KEPT.search(stated):
        return timedelta()
    age = _MAX_AGE.search(stated)
    return min(DAY, timedelta(seconds=int(age.group(1)))) if age else DAY


def kept(state: CrawlState, origin: str) -> Kept | None:
    """What is kept of an origin; null for nothing."""
    for _, status, body, etag, modified, at, until in state.rows("SELECT * FROM robots WHERE origin = ?", origin):
        return Kept(origin, status, body, etag, modified, datetime.fromisoformat(at), datetime.fromisoformat(until))
    return None


def keep(state: CrawlState, found: Kept) -> None:
    """Keep an origin's robots.txt in place of what was kept."""
    state.write(
        "INSERT OR REPLACE INTO robots VALUES (?, ?, ?, ?, ?, ?, ?)",
        found.origin, found.status, found.body, found.etag, found.last_modified,
        found.fetched_at.isoformat(), found.fresh_until.isoformat(),
    )  # fmt: skip
