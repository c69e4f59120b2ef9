"""Articles that a page named and that were not fetched yet: remembered in the crawl state, for a run may be cut before it fetches them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visited import PENDING_STATUS
from newsharvest.crawl.visits import Schedule
from newsharvest.schedule import next_due


def is_pending(known: Known | None) -> bool:
    """Whether an article was found and not fetched."""
    return known is not None and known.status == PENDING_STATUS


def fetched(state: CrawlState, name: str) -> Known | None:
    """What is known of an article by its own page."""
    known = state.get(name)
    return None if is_pending(known) else known


def pend(state: CrawlState, url: str, name: str, found_at: datetime) -> bool:
    """Remember an article that was found; whether it was not known before."""
    if state.get(name) is not None:
        return False
    outlet_id, _, article_id = name.partition("/")
    state.put(Known(url, outlet_id, article_id, None, None, None, PENDING_STATUS, found_at, due_at=found_at))
    return True


def put_off(state: CrawlState, name: str, schedule: Schedule, *, for_good: bool = False) -> None:
    """An article that cannot be had is asked for again ever more seldom, as if it had been fetched when it was found."""
    known = state.get(name)
    if known is not None and is_pending(known):
        now = schedule.now or known.fetched_at
        state.put(replace(known, due_at=None if for_good else next_due(known.fetched_at, now, schedule.steps)))
