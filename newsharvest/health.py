"""Whether a complete crawl is young enough: for a second cron, or a monitor from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsharvest.schema import Row

CRAWLS = frozenset({"crawl", "scrapy", "demo"})


@dataclass(frozen=True, slots=True)
class Health:
    """The answer, with what it rests on."""

    healthy: bool
    told: str
    complete_at: datetime | None
    run_id: str | None


def last_complete(runs: Sequence[Row]) -> Row | None:
    """The latest crawl that ended complete, with exit code 0; re-parses and rebuilds fetch nothing and do not count."""
    crawls = [row for row in runs if row["command"] in CRAWLS and row["ended"] == "complete" and row["exit_code"] == 0]
    return max(crawls, key=lambda row: row["ended_at"], default=None)


def health(runs: Sequence[Row], now: datetime, max_age: timedelta) -> Health:
    """Whether the last complete crawl ended within ``max_age``; what came after it is told too."""
    last = last_complete(runs)
    if last is None:
        return Health(False, f"no complete crawl yet{_since(runs)}", None, None)
    age = now - last["ended_at"]
    told = f"last complete crawl {last['run_id']} ended {_hours(age)} ago"
    if age <= max_age:
        return Health(True, told, last["ended_at"], last["run_id"])
    return Health(False, f"{told}, more than {_hours(max_age)}{_since(runs)}", last["ended_at"], last["run_id"])


def _since(runs: Sequence[Row]) -> str:
    newest = max((row for row in runs if row["command"] in CRAWLS), key=lambda row: row["run_id"], default=None)
    return f"; the newest, {newest['run_id']}, {_end(newest)}" if newest else ""


def _end(row: Row) -> str:
    return f"is {row['ended']}" if row["exit_code"] is None else f"ended {row['ended']} ({row['exit_code']})"


def _hours(span: timedelta) -> str:
    hours = span / timedelta(hours=1)
    return f"{hours:.1f} h" if hours < 72 else f"{hours / 24:.1f} d"
