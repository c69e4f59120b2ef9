"""The crawl states of several data dirs as one."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visited import PENDING_STATUS


def united(paths: Iterable[Path], place: Path) -> None:
    """Of a page the latest that any of several states knows. Those that are not there are passed over: they are caches."""
    best: dict[str, Known] = {}
    for path in paths:
        if path.exists():
            with closing(CrawlState.open(path)) as state:
                for known in filter(None, map(state.get, [name for name, _ in state.names()])):
                    held = best.get(known.name)
                    if held is None or _newer(known, held):
                        best[known.name] = known
    with closing(CrawlState.open(place)) as state:
        for known in best.values():
            state.put(known)


def _newer(known: Known, held: Known) -> bool:
    """An article that was fetched is known better than one that was only found."""
    return (known.status != PENDING_STATUS, known.fetched_at, repr(known)) > (
        held.status != PENDING_STATUS,
        held.fetched_at,
        repr(held),
    )
