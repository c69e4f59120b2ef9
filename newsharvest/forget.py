"""Forgetting articles: out of every dataset, the crawl state and the archive, and kept out by a salted hash.

One commit takes the rows away, lands the hashes and notes which records are to go; then the records are overwritten in
place and the crawl state is freed. Killed anywhere, the same command, or ``newsharvest doctor --fix``, goes on.

A ticker on a forgotten page is facts, not the article: its readings stay. The page leaves the bulletin's ``pages``; a
bulletin that was read from it loses its URL, keeps the place of the record (where now stands that one was removed) and
carries the flag ``page_forgotten``, by which a rebuild takes it over from the datasets. One that was read from another page
was last seen when a page that is left showed it last.

Other pages that mention the article (list pages, feeds, pages that link to it) are not the article and stay.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsharvest.archive.reader import Raw, checked, target_of
from newsharvest.archive.removing import overwrite
from newsharvest.clock import now
from newsharvest.exports import NotFreeableError, free
from newsharvest.files import FORGETTING, TOMBSTONES, DataDir, Export, export_folders, fsync_folder
from newsharvest.items import Record
from newsharvest.last_seen import last_seen
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.staging import drop_rebuild
from newsharvest.store import Store
from newsharvest.tombstones import Tombstones, article_name, names_of_page

STATE = "crawl.sqlite3"
Place = tuple[str, int]
# Columns that name pages, by dataset; all others name none.
_NAMED_BY = {
    "articles": ("url",),
    "revisions": ("url",),
    "observations": ("url",),
    "bulletins": ("url", "pages"),
    "forecasts": ("url",),
    "rejects": ("url", "page_key"),
    "fetches": ("url",),
}


class NotAnArticleError(ValueError):
    """What is to be forgotten is no article's name."""


@dataclass(slots=True)
class Forgotten:
    """What was taken away."""

    articles: list[str] = field(default_factory=list)
    files: int = 0
    records: int = 0
    state_rows: int = 0
    exports: dict[str, int] = field(default_factory=dict)
    """Folder of an export or a snapshot → how many of its rows went or lost a page's address."""
    unreadable: list[str] = field(default_factory=list)
    """Damaged records of the archive, of which nobody can tell whose they are, and exports that could not be searched."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What `forget` would take away: rows by dataset, records of the archive, folders of exports that it would search."""

    articles: list[str]
    rows: dict[str, int]
    records: int
    exports: list[str]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What forgetting some articles means for a data dir."""

    articles: list[str]
    stones: Tombstones
    records: list[Record]
    unreadable: list[str]

    @property
    def change(self) -> _Change:
        return _Change(self.stones, {_place_of(record) for record in self.records})


def preview(store: Store, wanted: Iterable[str]) -> Preview:
    """What forgetting articles would do; nothing is changed. NotAnArticleError for what names none."""
    plan = _planned(store, wanted)
    counts: dict[str, int] = {}
    for dataset in DATASETS.values():
        for path, table in store.tables(dataset):
            if plan.change.concerns(dataset, path, table):
                rows = store.as_rows(dataset, path, table)
                counts[dataset.name] = counts.get(dataset.name, 0) + sum(
                    plan.change.of(dataset, row) is not row for row in rows
                )
    return Preview(plan.articles, counts, len(plan.records), [str(folder) for folder in export_folders(store.data)])


def forget(store: Store, wanted: Iterable[str]) -> Forgotten:
    """Forget articles, each a URL or ``outlet_id/article_id``; afterwards nothing of them is left but a salted hash.

    Hold the lock. NotAnArticleError, and nothing changed, for what is neither. An article never seen is kept out, too.
    """
    finish(store.data)
    drop_rebuild(store.data)  # it may hold rows of what is forgotten now
    return _carried_out(store, _planned(store, wanted))


def enforce(store: Store) -> Forgotten:
    """Forget again whatever was forgotten before: what came back by other ways (a file or a WARC copied in) goes.

    Hold the lock.
    """
    finish(store.data)
    drop_rebuild(store.data)
    records, unreadable = _records(store.data, lambda _, url: store.tombstones.hold_page(url))
    return _carried_out(store, _Plan([], store.tombstones, records, unreadable))


def _planned(store: Store, wanted: Iterable[str]) -> _Plan:
    names = {name for text in wanted for name in names_of(text)}
    articles = sorted(name for name in names if "://" not in name)
    rows = list(_rows_of(store, names))
    names |= {row["url"] for row in rows if row["url"] and not names & set(names_of_page(row["url"]))}
    places = {_place(row) for row in rows}
    records, unreadable = _records(
        store.data, lambda place, url: place in places or bool(url and names & set(names_of_page(url)))
    )
    return _Plan(articles, store.tombstones.with_names(names), records, unreadable)


def _carried_out(store: Store, plan: _Plan) -> Forgotten:
    report = Forgotten(plan.articles, unreadable=list(plan.unreadable))
    noted = [[*_place_of(r), r.warc_record_length] for r in plan.records]
    pending = {"at": now().isoformat(), "records": noted}
    more = {TOMBSTONES: plan.stones.as_bytes(), FORGETTING: json.dumps(pending).encode()}
    change = plan.change
    change.look(store)
    report.files = store.rewrite(change, more)
    store.tombstones = plan.stones
    done = finish(store.data)
    report.records, report.state_rows, report.exports = done.records, done.state_rows, done.exports
    report.unreadable += done.unreadable
    return report


def names_of(text: str) -> tuple[str, ...]:
    """The names under which an article is to be forgotten. NotAnArticleError for what names none.

    >>> names_of("demo_haeram/101"), names_of("http://www.a.kr/news/articleView.html?idxno=42")[1]
    (('demo_haeram/101',), 'a_kr/42')
    """
    text = text.strip()
    if text.startswith(("http://", "https://")):
        return names_of_page(text)
    outlet_id, slash, article_id = text.partition("/")
    if not (outlet_id and slash and article_id) or "://" in text:
        raise NotAnArticleError(f"{text!r} names no article: give its URL or outlet_id/article_id")
    return (article_name(outlet_id, article_id),)


def finish(data: DataDir) -> Forgotten:
    """Do what a killed `forget` left to do: overwrite the records it noted, free crawl state and exports."""
    path, report = data.datasets / FORGETTING, Forgotten()
    if not path.exists():
        return report
    noted = json.loads(path.read_text(encoding="utf-8"))
    by_file: dict[str, list[Record]] = {}
    for name, offset, length in noted["records"]:
        by_file.setdefault(name, []).append(Record(name, offset, length))
    for name, places in sorted(by_file.items()):
        overwrite(data.archive / name, places, datetime.fromisoformat(noted["at"]))
        report.records += len(places)
    stones = Tombstones.load(data)
    report.state_rows = _free_state(data.state / STATE, stones)
    for folder in export_folders(data):
        _free_export(folder, stones, report)
    path.unlink()
    fsync_folder(data.datasets)
    return report


def pending(data: DataDir) -> bool:
    """Whether a killed `forget` waits to be finished."""
    return (data.datasets / FORGETTING).exists()


def _rows_of(store: Store, names: set[str]) -> Iterator[Row]:
    """The articles' rows: they know URLs and records that the names do not tell."""
    for dataset in (DATASETS["articles"], DATASETS["revisions"]):
        columns = ["article_id", "url", "warc_filename", "warc_record_offset"]
        for path, table in store.tables(dataset, columns):
            outlet_id = path.partition("/")[0].partition("=")[2]
            ids = {name.partition("/")[2] for name in names if name.startswith(f"{outlet_id}/")}
            yield from (row for row in table.to_pylist() if row["article_id"] in ids) if ids else ()


def _free_export(folder: Path, stones: Tombstones, report: Forgotten) -> None:
    """An export that is no longer where it was written cannot be freed: the report says so."""
    try:
        report.exports[str(folder)] = free(Export.load(folder), stones)
    except (NotFreeableError, FileNotFoundError, ValueError) as error:
        report.unreadable.append(f"{folder}: {error}")


def _records(data: DataDir, wanted: Callable[[Place, str | None], bool]) -> tuple[list[Record], list[str]]:
    """The records of the whole archive that are wanted, by place and URL; and those that nobody can read."""
    found: list[Record] = []
    unreadable: list[str] = []
    for path in sorted(data.archive.glob("*.warc.gz")):
        for member, records in checked(path):
            place = (path.name, member.offset)
            if not member.whole:
                unreadable.append(f"{path.name}:{member.offset}")
            targets = {target_of(record) for record in records if isinstance(record, Raw)} or {None}
            if any(wanted(place, target) for target in targets):
                found.append(Record(*place, member.length))
    return found, unreadable


def _place_of(record: Record) -> Place:
    return record.warc_filename, record.warc_record_offset


def _place(row: Row) -> Place | None:
    return (row["warc_filename"], row["warc_record_offset"]) if row["warc_filename"] is not None else None


class _Change:
    """What forgetting does to rows."""

    def __init__(self, stones: Tombstones, places: set[Place]) -> None:
        self._stones, self._places = stones, places
        self._held = functools.lru_cache(maxsize=200_000)(stones.hold_page)
        self._seen: dict[str, datetime] = {}

    def look(self, store: Store) -> None:
        """Find out when bulletins that lose a page were last seen on the others."""
        self._seen = last_seen(store, self._held)

    def concerns(self, dataset: Dataset, path: str, group: pa.Table) -> bool:
        """Whether a row group names a forgotten article, page or record."""
        if dataset.name in {"articles", "revisions", "clusters"}:
            outlet_id = path.partition("/")[0].partition("=")[2]
            ids = group["article_id"].unique().to_pylist()
            if any(self._stones.hold(article_name(outlet_id, article_id)) for article_id in ids):
                return True
        named = _NAMED_BY.get(dataset.name, ())
        return any(self._held(page) for name in named for page in _values(group[name])) or self._at_place(group)

    def _at_place(self, group: pa.Table) -> bool:
        """Rejects are named by the place of a record that nobody could read."""
        if "page_key" not in group.column_names:
            return False
        return any(_place(row) in self._places for row in group.select(_PLACE).to_pylist())

    def of(self, dataset: Dataset, row: Row) -> Row | None:
        """The row without the article; null for the article's own."""
        if dataset.name == "rejects" and _place(row) in self._places:
            return None
        kept = next(iter(self._stones.kept(dataset.name, [row])), None)
        if kept is None or dataset.name != "bulletins" or row["bulletin_id"] not in self._seen:
            return kept
        return {**kept, "last_seen_at": self._seen[row["bulletin_id"]]}


_PLACE = ["warc_filename", "warc_record_offset"]


def _values(column: Any) -> Iterable[str | None]:  # noqa: ANN401 - a column of Arrow
    flat = column.combine_chunks().flatten() if pa.types.is_list(column.type) else column
    values: list[str | None] = flat.unique().to_pylist()
    return values


def _free_state(path: Path, stones: Tombstones) -> int:
    """Delete forgotten pages from the crawl state, the bytes of their rows included."""
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        with connection:
            pages = connection.execute("SELECT name, url FROM pages").fetchall()
            gone = [(name,) for name, url in pages if stones.hold(name) or stones.hold_page(url)]
            connection.executemany("DELETE FROM pages WHERE name = ?", gone)
            _free_walks(connection, stones)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(gone)


def _free_walks(connection: sqlite3.Connection, stones: Tombstones) -> None:
    """A list walk that was cut remembers what stood on its first page; a state of an older version knows of none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'walks'").fetchone():
        return
    for name, tops in connection.execute("SELECT name, tops FROM walks").fetchall():
        kept = " ".join(top for top in tops.split() if not stones.hold(top))
        if kept != tops:
            connection.execute("UPDATE walks SET tops = ? WHERE name = ?", (kept, name))


def left_in_rows(stones: Tombstones) -> Callable[[Dataset, str, pa.Table], bool]:
    """A test of row groups, for the doctor: whether one still names a forgotten article or page."""
    return _Change(stones, set()).concerns


def read_list(path: Path) -> Sequence[str]:
    """The articles a file lists, one a line; empty lines and those that begin with # are passed over."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
