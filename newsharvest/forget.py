"""Forgetting articles: out of every dataset, the crawl state and the archive, and kept out by a salted hash.

One commit takes the rows away, lands the hashes and notes which records are to go; then the records are overwritten in
place and the crawl state is freed. Killed anywhere, the same command, or ``newsharvest doctor --fix``, goes on.

A ticker on a forgotten page is facts, not the article: its readings stay. The page leaves the bulletin's ``pages``; a
bulletin that was read from it loses its URL, keeps the place of the record (where now stands that one was removed) and
carries the flag ``page_forgotten``, by which a rebuild takes it over from the datasets.

Other pages that mention the article (list pages, feeds, pages that link to it) are not the article and stay.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsharvest.archive.reader import Raw, checked, target_of
from newsharvest.archive.removing import overwrite
from newsharvest.clock import now
from newsharvest.files import DataDir, fsync_folder
from newsharvest.items import Record
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.store import Store
from newsharvest.tombstones import TOMBSTONES, Tombstones, article_name, names_of_page

PENDING = "_forgetting.json"
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
    unreadable: list[str] = field(default_factory=list)
    """Damaged records of the archive, of which nobody can tell whose they are."""


def forget(store: Store, wanted: Iterable[str]) -> Forgotten:
    """Forget articles, each a URL or ``outlet_id/article_id``; afterwards nothing of them is left but a salted hash.

    Hold the lock. NotAnArticleError, and nothing changed, for what is neither. An article never seen is kept out, too.
    """
    finish(store.data)
    names = {name for text in wanted for name in names_of(text)}
    report = Forgotten(articles=sorted(name for name in names if "://" not in name))
    rows = list(_rows_of(store, names))
    names |= {row["url"] for row in rows if row["url"] and not names & set(names_of_page(row["url"]))}
    stones = store.tombstones.with_names(names)
    records = _records(store.data, names, {_place(row) for row in rows}, report)
    change = _Change(stones, {(r.warc_filename, r.warc_record_offset) for r in records})
    pending = {"at": now().isoformat(), "records": [[*_place_of(r), r.warc_record_length] for r in records]}
    more = {TOMBSTONES: stones.as_bytes(), PENDING: json.dumps(pending).encode()}
    report.files = store.rewrite(change, more)
    store.tombstones = stones
    done = finish(store.data)
    report.records, report.state_rows = done.records, done.state_rows
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
    """Do what a killed `forget` left to do: overwrite the records it noted, free the crawl state."""
    path, report = data.datasets / PENDING, Forgotten()
    if not path.exists():
        return report
    noted = json.loads(path.read_text(encoding="utf-8"))
    by_file: dict[str, list[Record]] = {}
    for name, offset, length in noted["records"]:
        by_file.setdefault(name, []).append(Record(name, offset, length))
    for name, places in sorted(by_file.items()):
        overwrite(data.archive / name, places, datetime.fromisoformat(noted["at"]))
        report.records += len(places)
    report.state_rows = _free_state(data.state / STATE, Tombstones.load(data))
    path.unlink()
    fsync_folder(data.datasets)
    return report


def pending(data: DataDir) -> bool:
    """Whether a killed `forget` waits to be finished."""
    return (data.datasets / PENDING).exists()


def _rows_of(store: Store, names: set[str]) -> Iterator[Row]:
    """The articles' rows: they know URLs and records that the names do not tell."""
    for dataset in (DATASETS["articles"], DATASETS["revisions"]):
        columns = ["article_id", "url", "warc_filename", "warc_record_offset"]
        for path, table in store.tables(dataset, columns):
            outlet_id = path.partition("/")[0].partition("=")[2]
            ids = {name.partition("/")[2] for name in names if name.startswith(f"{outlet_id}/")}
            yield from (row for row in table.to_pylist() if row["article_id"] in ids) if ids else ()


def _records(data: DataDir, names: set[str], places: set[Place | None], report: Forgotten) -> list[Record]:
    """The records of pages of these names, or at these places, in the whole archive."""
    found: list[Record] = []
    for path in sorted(data.archive.glob("*.warc.gz")):
        for member, records in checked(path):
            if not member.whole:
                report.unreadable.append(f"{path.name}:{member.offset}")
            targets = {url for record in records if isinstance(record, Raw) and (url := target_of(record))}
            named = any(names & set(names_of_page(url)) for url in targets)
            if named or (path.name, member.offset) in places:
                found.append(Record(path.name, member.offset, member.length))
    return found


def _place_of(record: Record) -> Place:
    return record.warc_filename, record.warc_record_offset


def _place(row: Row) -> Place | None:
    return (row["warc_filename"], row["warc_record_offset"]) if row["warc_filename"] is not None else None


class _Change:
    """What forgetting does to rows."""

    def __init__(self, stones: Tombstones, places: set[Place]) -> None:
        self._stones, self._places = stones, places
        self._held = functools.lru_cache(maxsize=200_000)(stones.hold_page)

    def concerns(self, dataset: Dataset, path: str, group: pa.Table) -> bool:
        """Whether a row group names a forgotten article, page or record."""
        if dataset.name in {"articles", "revisions"}:
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
        return next(iter(self._stones.kept(dataset.name, [row])), None)


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
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(gone)


def leftovers(store: Store) -> list[str]:
    """Where forgotten articles are still to be found, for the doctor: none after a `forget` that ended."""
    if not store.tombstones:
        return []
    change = _Change(store.tombstones, set())
    found = [
        f"{dataset.name}/{path}"
        for dataset in DATASETS.values()
        for path, table in store.tables(dataset)
        if change.concerns(dataset, path, table)
    ]
    for path in sorted(store.data.archive.glob("*.warc.gz")):
        for member, records in checked(path):
            targets = [target_of(record) for record in records if isinstance(record, Raw)]
            found += [f"{path.name}:{member.offset}" for target in targets if store.tombstones.hold_page(target)]
    return found


def read_list(path: Path) -> Sequence[str]:
    """The articles a file lists, one a line; empty lines and those that begin with # are passed over."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
