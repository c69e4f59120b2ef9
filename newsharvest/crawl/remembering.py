"""The crawl state made anew from the archive: what a crawl would have remembered of what it received.

Validators stand in the archived answers, lastmods in the archived sitemaps. A sitemap, feed or list is asked on condition
again only where the run that read it ended by itself, failed at nothing of the outlet, and every article named there is
known: what a validator would hide must be here.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Self
from urllib.parse import urljoin

import pyarrow as pa
import pyarrow.compute as pc

from newsharvest.archive import Damaged, pages
from newsharvest.clock import KST, today
from newsharvest.cms.keys import article_key
from newsharvest.config import load
from newsharvest.crawl.discovery import Entry
from newsharvest.crawl.faults import FAILED, PASSING, REJECTED, SKIPPED
from newsharvest.crawl.kinds import ARTICLE, FEED, LIST, SITEMAP
from newsharvest.crawl.reading import Contents, read
from newsharvest.crawl.state import FILE, CrawlState, Known, article_name
from newsharvest.crawl.visited import GONE, REJECTED_STATUS, Seen, fetched_at, remembered
from newsharvest.crawl.walking import Walk, remember_walk
from newsharvest.files import DataDir
from newsharvest.items import Record
from newsharvest.kma_registry import kma_source_for
from newsharvest.page import Page
from newsharvest.parsing import ParseFailedError, Worker
from newsharvest.reference import Outlet, outlet_for
from newsharvest.schedule import next_due
from newsharvest.schema import DATASETS
from newsharvest.settings import NEWSHARVEST_PARSE_SECONDS
from newsharvest.store import Store, is_companion
from newsharvest.tombstones import names_of_page

LIMIT = "--limit="
"""In a run's arguments: it did not fetch all that it found."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED, _OK = 304, 200


def remember_if_lost(store: Store) -> int:
    """Make the crawl state anew where there is none, or it is damaged; how many pages of the archive it was made from."""
    CrawlState.bring_up_to_date(store.data.state / FILE)
    if not any(store.data.archive.glob("*.warc.gz")) or is_sound(store.data):
        return 0
    return remember(store)


def is_sound(data: DataDir) -> bool:
    """Whether there is a crawl state that can be read."""
    path = data.state / FILE
    try:
        if path.exists():
            CrawlState.reading(path).close()
        return path.exists()
    except sqlite3.DatabaseError:
        return False


def remember(store: Store) -> int:
    """Make the crawl state anew in place of whatever is there; how many pages it was made from. Hold the lock.

    Killed on the way, it leaves the old one.
    """
    path = store.data.state / FILE
    fresh = path.with_name(f"{FILE}.new")
    _remove(fresh)
    with closing(CrawlState.open(fresh)) as state, closing(Worker(NEWSHARVEST_PARSE_SECONDS)) as worker:
        replay = _Replay(store, state, worker, _Runs.of(store), load(store.data.root).revisit.after)
        for file in sorted(store.data.archive.glob("*.warc.gz")):
            replay.file(file)
        replay.hold()
        _set_aside_rejected(store, state)
        _note_edits(store, state, replay.steps)
        state.set_hashes(_hashes(store))
        state.set_asked(today(), _asked_today(store))
    _remove(path)
    os.replace(fresh, path)
    return replay.pages


def unknown_articles(store: Store) -> list[str]:
    """Articles that the crawl state holds for fetched and that neither datasets nor fetches know.

    None where archived pages wait to be landed: they may be of those.
    """
    offsets = store.manifest.archive
    if any(f.stat().st_size > offsets.get(f.name, 0) for f in store.data.archive.glob("*.warc.gz")):
        return []
    with closing(CrawlState.reading(store.data.state / FILE)) as state:
        left = state.fetched_but(chain(_article_names(store), _rejected_names(store)))
    return sorted(left - {name for name in (_fetched_names(store) if left else ()) if name in left})


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Runs:
    """Which runs got all that they found, outlet by outlet."""

    finished: frozenset[str] = frozenset()
    failed: frozenset[tuple[str, str]] = frozenset()
    ended: Mapping[str, datetime | None] = field(default_factory=dict)
    """Run → when it ended."""

    @classmethod
    def of(cls, store: Store) -> Self:
        """From the runs and their fetches."""
        runs = list(store.rows("runs"))
        finished = frozenset(row["run_id"] for row in runs if _got_all(row["reason"], row["arguments"]))
        return cls(finished, frozenset(_failed(store)), {row["run_id"]: row["ended_at"] for row in runs})

    def complete(self, run_id: str, outlet_id: str) -> bool:
        """Whether a run failed at nothing of an outlet."""
        return run_id in self.finished and (run_id, outlet_id) not in self.failed


def _got_all(reason: str | None, arguments: str | None) -> bool:
    return reason == "finished" and LIMIT not in (arguments or "")


def _failed(store: Store) -> Iterator[tuple[str, str]]:
    columns = ["run_id", "outlet_id", "kind", "outcome", "reason"]
    for _, table in store.tables(DATASETS["fetches"], columns):
        bad = table.filter(pc.is_in(table["outcome"], value_set=pa.array([FAILED, REJECTED, SKIPPED])))
        for row in bad.group_by(columns).aggregate([]).to_pylist():
            of_page = row["outcome"] == REJECTED and row["kind"] == ARTICLE
            for_good = row["outcome"] == SKIPPED and row["reason"] not in PASSING
            if not of_page and not for_good:
                yield row["run_id"], row["outlet_id"]


@dataclass(slots=True)
class _Replay:
    """The archive's answers once more, in the order in which they came."""

    store: Store
    state: CrawlState
    worker: Worker
    runs: _Runs
    steps: tuple[timedelta, ...]
    pages: int = 0
    _run: str = ""
    _led: dict[str, str] = field(default_factory=dict)
    _lastmods: dict[str, str | None] = field(default_factory=dict)
    _unread: set[str] = field(default_factory=set)
    """Outlets whose sitemaps this run did not read whole: what they stated before still holds."""
    _kinds: dict[str, dict[str, str]] = field(default_factory=dict)
    _held: dict[str, tuple[Known, str, Record]] = field(default_factory=dict)

    def file(self, path: Path) -> None:
        """One file of the archive."""
        run_id = path.name.rsplit("-", 1)[0]
        if run_id != self._run:
            self._run = run_id
            self._led, self._lastmods, self._unread = {}, {}, set()
        for page in pages(path):
            if not isinstance(page, Damaged) and page.url and page.fetched_at:
                self.pages += 1
                self._page(page, self._led.get(page.url, page.url))

    def _page(self, page: Page, asked: str) -> None:
        """An answer to a request for ``asked``, be it by way of redirects."""
        if page.status in _REDIRECTS:
            if location := page.headers.get("location"):
                self._led[urljoin(page.url or "", location)] = asked
            return
        outlet = outlet_for(asked)
        key = article_key(asked, outlet) if outlet else None
        if outlet is None:
            self._weather(page, asked)
        elif key is not None and key.url is not None and key.outlet_id == outlet.outlet_id:
            self._article(page, key.url, article_name(key.outlet_id, key.article_id), outlet)
        elif page.status == _OK and asked in (kinds := self._kinds_of(outlet)):
            self._discovered(page, asked, outlet, kinds)
        elif self._kinds_of(outlet).get(asked) == SITEMAP:
            self._unread.add(outlet.outlet_id)

    def _weather(self, page: Page, asked: str) -> None:
        source = kma_source_for(asked)
        if source is not None and page.status == _OK:
            self.state.put(_known(page, asked, source.source_id))

    def _article(self, page: Page, url: str, name: str, outlet: Outlet) -> None:
        if page.status not in {_OK, _NOT_MODIFIED, *GONE} or self.store.tombstones.hold(name):
            return
        outlet_id, _, article_id = name.partition("/")
        before = self.state.get(name)
        held = before is not None and (not outlet.sitemaps or outlet_id in self._unread)
        lastmod = self._lastmods.get(name, before.lastmod if before and held else None)
        seen = Seen(url, outlet_id, article_id, page, page.status, lastmod)
        self.state.put(remembered(before, seen, self.steps))

    def _discovered(self, page: Page, asked: str, outlet: Outlet, kinds: dict[str, str]) -> None:
        is_index = False
        if kinds[asked] == SITEMAP:
            found = self._read(page, SITEMAP, outlet).sitemap
            self._unread |= set() if found else {outlet.outlet_id}
            children = found.children if found else ()
            kinds.update(dict.fromkeys(children, SITEMAP))
            self._lastmods.update(_stated(found.pages if found else (), outlet))
            is_index = bool(children) or found is None
        if not is_index and page.record and self.runs.complete(self._run, outlet.outlet_id):
            self._held[asked] = (_known(page, asked, outlet.outlet_id), kinds[asked], page.record)

    def _kinds_of(self, outlet: Outlet) -> dict[str, str]:
        """URL → kind of the pages that lead to an outlet's articles; children of sitemaps are added as they are found."""
        if outlet.outlet_id not in self._kinds:
            lists = [
                template.replace("{page}", "1") for template in (*outlet.list_pages, *outlet.list_pages_unverified)
            ]
            self._kinds[outlet.outlet_id] = {
                **dict.fromkeys([*lists, *([outlet.home] if outlet.home else [])], LIST),
                **dict.fromkeys([*outlet.feeds, *outlet.feeds_unverified], FEED),
                **dict.fromkeys(outlet.sitemaps, SITEMAP),
            }
        return self._kinds[outlet.outlet_id]

    def _read(self, page: Page, kind: str, outlet: Outlet) -> Contents:
        try:
            return self.worker.call(read, page, kind, outlet)
        except ParseFailedError as error:
            return Contents(unreadable=error.reason)

    def hold(self) -> None:
        """Remember the validators of pages that lead nowhere new."""
        for known, kind, record in self._held.values():
            path = self.store.data.archive / record.warc_filename
            page, outlet = next(pages(path, record.warc_record_offset)), outlet_for(known.url)
            if isinstance(page, Page) and outlet is not None and self._all_here(page, kind, outlet):
                self.state.put(known)
                if kind == LIST:
                    run_id = record.warc_filename.rsplit("-", 1)[0]
                    remember_walk(self.state, known.url, Walk(0, self.runs.ended.get(run_id)))

    def _all_here(self, page: Page, kind: str, outlet: Outlet) -> bool:
        contents = self._read(page, kind, outlet)
        if contents.unreadable is not None:
            return False
        listed = _stated(contents.sitemap.pages if contents.sitemap else contents.entries, outlet)
        for name, stated in listed.items():
            known = self.state.get(name)
            if self.store.tombstones.hold(name):
                continue
            if known is None or (kind == SITEMAP and known.lastmod != stated):
                return False
        return True


def _known(page: Page, url: str, outlet_id: str) -> Known:
    """What is known of a page that is no article."""
    etag, last_modified = page.headers.get("etag"), page.headers.get("last-modified")
    return Known(url, outlet_id, None, etag, last_modified, None, page.status, fetched_at(page))


def _stated(entries: Iterable[Entry], outlet: Outlet) -> dict[str, str | None]:
    """Name → lastmod of the outlet's own articles among entries."""
    keys = ((article_key(entry.url, outlet), entry.stated) for entry in entries)
    return {
        article_name(key.outlet_id, key.article_id): stated
        for key, stated in keys
        if key is not None and key.outlet_id == outlet.outlet_id
    }


def _set_aside_rejected(store: Store, state: CrawlState) -> None:
    """Pages that could not be read are asked for again wherever they are listed."""
    rejected = set(_rejected_names(store))
    rejected -= {name for name in _article_names(store) if name in rejected}
    for name in sorted(rejected):
        known = state.get(name)
        if known is not None and known.status == _OK and known.article_id is not None:
            state.put(replace(known, status=REJECTED_STATUS))


def _note_edits(store: Store, state: CrawlState, steps: Sequence[timedelta]) -> None:
    """An edit begins an article's schedule anew; the revisions tell when each was first seen."""
    columns = ["article_id", "first_seen_at"]
    for path, table in store.tables(DATASETS["revisions"], columns):
        if is_companion(path):  # readings of another design are no edits
            continue
        outlet_id = path.partition("/")[0].partition("=")[2]
        latest = table.select(columns).group_by("article_id").aggregate([("first_seen_at", "max")])
        for row in latest.to_pylist():
            known, at = state.get(article_name(outlet_id, row["article_id"])), row["first_seen_at_max"]
            if known is not None and at is not None and known.changed_at is not None and at > known.changed_at:
                state.put(replace(known, changed_at=at, due_at=next_due(at, known.fetched_at, steps)))


def _article_names(store: Store) -> Iterator[str]:
    for path, table in store.tables(DATASETS["articles"], ["article_id"]):
        outlet_id = path.partition("/")[0].partition("=")[2]
        yield from (article_name(outlet_id, article_id) for article_id in table["article_id"].to_pylist())


def _hashes(store: Store) -> Iterator[tuple[str, int, str]]:
    """Content hash, parser version and name of every article."""
    columns = ["article_id", "content_hash", "parser_version"]
    for path, table in store.tables(DATASETS["articles"], columns):
        if is_companion(path):
            continue
        outlet_id = path.partition("/")[0].partition("=")[2]
        for row in table.select(columns).to_pylist():
            if row["content_hash"] is not None:
                yield row["content_hash"], row["parser_version"], article_name(outlet_id, row["article_id"])


def _asked_today(store: Store) -> dict[str, int]:
    """Requests of today by outlet, tries counted: what the day's caps have left does not grow because a file was lost."""
    midnight = datetime.combine(today(), time(), KST)
    asked: dict[str, int] = {}
    for _, table in store.tables(DATASETS["fetches"], ["outlet_id", "fetched_at", "attempts"]):
        recent = table.filter(pc.greater_equal(table["fetched_at"], pa.scalar(midnight, table["fetched_at"].type)))
        for row in recent.to_pylist():
            asked[row["outlet_id"]] = asked.get(row["outlet_id"], 0) + (row["attempts"] or 0)
    return asked


def _rejected_names(store: Store) -> Iterator[str]:
    for _, table in store.tables(DATASETS["rejects"], ["page_key"]):
        yield from (name for page in table["page_key"].unique().to_pylist() for name in names_of_page(page))


def _fetched_names(store: Store) -> Iterator[str]:
    for _, table in store.tables(DATASETS["fetches"], ["url", "kind"]):
        urls = table.filter(pc.equal(table["kind"], ARTICLE))["url"].unique().to_pylist()
        yield from (name for url in urls if url for name in names_of_page(url))
