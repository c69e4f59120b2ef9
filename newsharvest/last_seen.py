"""When bulletins were last seen on the pages that are left after others are forgotten: those pages are read again.

A bulletin's row holds the names of its pages, but not when each showed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

from newsharvest import saved
from newsharvest.archive import Damaged, pages
from newsharvest.harvest import harvest
from newsharvest.items import WeatherBulletin
from newsharvest.page import Page
from newsharvest.parsing import ParseFailedError, Worker
from newsharvest.schema import DATASETS
from newsharvest.schema.rows import bulletin_id
from newsharvest.store import Store

_SECONDS = 10.0
_COLUMNS = ["bulletin_id", "url", "pages", "last_seen_at"]
Held = Callable[[str | None], bool]
"""Whether a page is forgotten."""


def last_seen(store: Store, held: Held) -> dict[str, datetime]:
    """Bulletin → when a page that is left showed it last, where that is earlier than its row says.

    Of bulletins that lose a page and keep the one they were read from: the others are carried over as they are.
    """
    told, left = _concerned(store, held)
    if not told:
        return {}
    found: dict[str, datetime] = {}
    wanted = frozenset().union(*left.values())
    with closing(Worker(_SECONDS)) as worker:
        _look(worker, _archived(store, wanted), found)
        if any(found.get(name) != moment for name, moment in told.items()):
            _look(worker, _outside(store, wanted), found)
    return {name: found[name] for name, moment in told.items() if name in found and found[name] < moment}


def _concerned(store: Store, held: Held) -> tuple[dict[str, datetime], dict[str, set[str]]]:
    """The bulletins with their last times, and the pages that are left of each."""
    told: dict[str, datetime] = {}
    left: dict[str, set[str]] = {}
    for _, table in store.tables(DATASETS["bulletins"], _COLUMNS):
        for row in table.to_pylist():
            kept = {page for page in row["pages"] if not held(page)}
            if len(kept) < len(row["pages"]) and row["last_seen_at"] is not None and not held(row["url"]):
                told[row["bulletin_id"]], left[row["bulletin_id"]] = row["last_seen_at"], kept
    return told, left


def _look(worker: Worker, read: Iterator[Page], found: dict[str, datetime]) -> None:
    for page in read:
        for name in _bulletins(worker, page):
            if page.fetched_at is not None:
                found[name] = max(found.get(name, page.fetched_at), page.fetched_at)


def _bulletins(worker: Worker, page: Page) -> list[str]:
    """The bulletins of a page; none of one that takes its process down: it gave no rows either."""
    try:
        return worker.call(bulletins_of, page)
    except ParseFailedError:
        return []


def bulletins_of(page: Page) -> list[str]:
    """The names of the bulletins that a page shows."""
    return [bulletin_id(item) for item in harvest(page) if isinstance(item, WeatherBulletin)]


def _archived(store: Store, wanted: frozenset[str]) -> Iterator[Page]:
    for path in sorted(store.data.archive.glob("*.warc.gz")):
        yield from _of_warc(path, wanted)


def _outside(store: Store, wanted: frozenset[str]) -> Iterator[Page]:
    """The pages of files re-parsed before, as far as they are still there."""
    for source, facts in store.manifest.sources.items():
        stated = datetime.fromisoformat(facts["fetched_at"]) if facts["fetched_at"] else None
        for path in saved.left_of(Path(source)):
            if saved.kind(path) == saved.WARC:
                yield from _of_warc(path, wanted)
            elif (page := saved.page_from_file(path, stated)).source.page_key in wanted:
                yield page


def _of_warc(path: Path, wanted: frozenset[str]) -> Iterator[Page]:
    return (page for page in pages(path, wanted=wanted.__contains__) if not isinstance(page, Damaged))
