"""The archive over the years: what is in it, whether it is whole, and which files nothing needs any more.

A file may go only if the datasets made without it would be the same: no row was taken from it, and whatever its pages say
of an article (seen then, gone then) is said by other pages too. That is proven by parsing the file, not by its age.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from newsharvest.archive.reader import all_right, checked
from newsharvest.files import DataDir, fsync_folder
from newsharvest.gathering import Waiting, as_rows
from newsharvest.merging import OldFile
from newsharvest.parsing import PARSE_CRASH, PARSE_TIMEOUT
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.shards import WARC, Part, Shard, parts
from newsharvest.store import LOGS, Store

_SECOND = "%Y%m%dT%H%M%S"
_UNREAD = frozenset({PARSE_TIMEOUT, PARSE_CRASH})
_WHOLE = 200


@dataclass(frozen=True, slots=True)
class Held:
    """One file of the archive."""

    name: str
    began: datetime
    """When its run began."""
    bytes: int
    committed: bool
    """Whether all of it is in the datasets."""
    rows: Mapping[str, int]
    """Dataset → rows that were taken from it; fetches, which refer to every record, are not counted."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What reading every record of a file against its digest gave."""

    name: str
    records: int
    damaged: tuple[int, ...]
    """Offsets of records that cannot be read or are not what their digest says."""
    torn: bool
    """Whether it ends within a record that was never accepted."""


@dataclass(slots=True)
class Pruning:
    """What may go, and what may not and why."""

    gone: list[Held] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    """File → the first reason found."""
    proofs: dict[str, str] = field(default_factory=dict)
    """File that may go → what was compared."""

    @property
    def bytes(self) -> int:
        """What the files that may go take."""
        return sum(held.bytes for held in self.gone)


def listed(store: Store) -> list[Held]:
    """Every file of the archive, oldest first."""
    rows = _references(store)
    return [
        Held(
            path.name, _began(path.name), path.stat().st_size,
            store.manifest.archive.get(path.name, 0) >= path.stat().st_size, rows.get(path.name, {}),
        )
        for path in _files(store.data)
    ]  # fmt: skip


def verified(data: DataDir) -> Iterator[Checked]:
    """Every file, read whole; none is changed."""
    for path in _files(data):
        records, damaged, torn = 0, [], False
        for member, found in checked(path):
            torn = torn or not member.whole
            records += len(found)
            if member.whole and not all_right(found):
                damaged.append(member.offset)
        yield Checked(path.name, records, tuple(damaged), torn)


def prunable(store: Store, older_than: timedelta, now: datetime) -> Pruning:
    """What may go of the files whose run began before ``now - older_than``. Changes nothing; hold the lock, recover first."""
    found = Pruning()
    for held in listed(store):
        reason, proof = _kept_unread(held, now - older_than), ""
        if reason is None:
            reason, proof = _needed(store, held, {each.name for each in found.gone})
        if reason is None:
            found.gone.append(held)
            found.proofs[held.name] = proof
        else:
            found.kept[held.name] = reason
    return found


def prune(store: Store, pruning: Pruning) -> None:
    """Remove what may go: from the manifest first, so that a kill in between leaves a file that the next run reads again."""
    names = [held.name for held in pruning.gone]
    store.drop_archive(names)
    for name in names:
        os.unlink(store.data.archive / name)
    fsync_folder(store.data.archive)


def _kept_unread(held: Held, before: datetime) -> str | None:
    """Why a file stays, as far as its contents need not be known."""
    if held.began >= before:
        return "younger than the retention"
    if not held.committed:
        return "not yet in the datasets"
    if held.rows:
        return "rows: " + ", ".join(f"{count:,} {name}" for name, count in sorted(held.rows.items()))
    return None


def _needed(store: Store, held: Held, gone: Container[str]) -> tuple[str | None, str]:
    """Why a file from which no row was taken is needed all the same; null where it is not, and what was compared.

    ``gone``: files that may go, too. A page that could not be read has its reject, which is a row like others; one that took
    too long to read has none.
    """
    whole, rows = _parsed([Shard((store.data.archive / held.name,), WARC)])
    if _UNREAD & whole.rejected.keys():
        return "holds pages that took too long to read", ""
    place, present = None, {}
    for (name, path), row in rows:
        if (name, path) != place:
            place, present = (name, path), _present(store, DATASETS[name], path)
        reason = _says_more(DATASETS[name], row, present)
        if reason is None and "pages" in row and not _shown_elsewhere(store, row, present, {held.name}, gone):
            reason = f"bulletins {row['bulletin_id']}: nothing else shows it on {row['pages'][0]}"
        if reason is not None:
            return reason, ""
    return None, f"{whole.pages:,} pages give {len(rows):,} rows, which files that stay give, too"


def _parsed(work: Sequence[Shard]) -> tuple[Part, list[tuple[tuple[str, str], Row]]]:
    """What records give: counts, and rows by dataset and file, in their order."""
    whole, waiting = Part(), Waiting()
    for part in parts(work, 1):
        whole.add(part)
    for more in whole.gathered:
        waiting.add(more)
    taken = sorted(waiting.take().items(), key=lambda entry: entry[0])
    return whole, [(place, row) for place, rows in taken for row in as_rows(DATASETS[place[0]], place[1], rows)]


def _shown_elsewhere(
    store: Store, row: Row, present: Mapping[tuple[Any, ...], Row], own: set[str], gone: Container[str]
) -> bool:
    """Whether records of files that stay show a ticker on every page on which this file shows it: they are parsed to prove it."""
    held = present[row["bulletin_id"],]
    wanted = set(row["pages"])
    for name, offsets in _fetched(store, wanted, held["first_seen_at"], held["last_seen_at"]).items():
        path = store.data.archive / name
        if name not in own and name not in gone and path.exists():
            _, rows = _parsed([Shard((path,), WARC, offsets=tuple(sorted(offsets)))])
            wanted -= {
                page
                for (dataset, _), other in rows
                if dataset == "bulletins" and other["bulletin_id"] == row["bulletin_id"]
                for page in other["pages"]
            }
        if not wanted:
            return True
    return False


def _fetched(store: Store, urls: set[str], first: datetime, last: datetime) -> dict[str, set[int]]:
    """Archive file → records of whole answers for these URLs between two moments."""
    found: dict[str, set[int]] = {}
    columns = ["url", "status", "fetched_at", "warc_filename", "warc_record_offset"]
    for _, table in store.tables(DATASETS["fetches"], columns):
        near = table.filter(pc.is_in(table["url"], value_set=pa.array(sorted(urls), pa.string())))
        for row in near.to_pylist():
            if row["status"] == _WHOLE and row["warc_filename"] and first <= row["fetched_at"] <= last:
                found.setdefault(row["warc_filename"], set()).add(row["warc_record_offset"])
    return found


def _present(store: Store, dataset: Dataset, path: str) -> dict[tuple[Any, ...], Row]:
    """The rows of one file of a dataset by their keys."""
    wanted = (*dataset.key, "first_seen_at", "last_seen_at", "gone_at")
    full, columns = store.data.datasets / dataset.name / path, [n for n in wanted if n in dataset.schema.names]
    if not full.exists():
        return {}
    with closing(OldFile(full, dataset)) as old:
        found = [row for group in old.groups(columns) for row in store.as_rows(dataset, path, group)]
    return {tuple(row[name] for name in dataset.key): row for row in found}


def _says_more(dataset: Dataset, row: Row, present: Mapping[tuple[Any, ...], Row]) -> str | None:
    """What the datasets would not know without this row; null where others say it as well."""
    key = tuple(row[name] for name in dataset.key)
    what = f"{dataset.name} {'/'.join(map(str, key))}"
    held = present.get(key)
    if held is None:
        return f"{what}: nothing else tells of it"
    for name in ("first_seen_at", "last_seen_at", "gone_at"):
        if row.get(name) is not None and row[name] == held.get(name):
            return f"{what}: its {name} is from here"
    return None


def _references(store: Store) -> dict[str, dict[str, int]]:
    """Archive file → dataset → rows taken from it."""
    found: dict[str, Counter[str]] = {}
    for name, dataset in DATASETS.items():
        if name in LOGS or "warc_filename" not in dataset.schema.names:
            continue
        for _, table in store.tables(dataset, ["warc_filename"]):
            for pair in pc.value_counts(table["warc_filename"]).to_pylist():
                if pair["values"] is not None:
                    found.setdefault(pair["values"], Counter())[name] += pair["counts"]
    return {file: dict(counts) for file, counts in found.items()}


def _files(data: DataDir) -> Sequence[Path]:
    return sorted(data.archive.glob("*.warc.gz"))


def _began(name: str) -> datetime:
    """The second in which the run of a file began: its name says so, with milliseconds or, before they were written, without.

    >>> _began("20260302T031207123Z-1a2b3c-00000.warc.gz") == _began("20260302T031207Z-1a2b3c-00000.warc.gz")
    True
    """
    return datetime.strptime(name[:15], _SECOND).replace(tzinfo=UTC)
