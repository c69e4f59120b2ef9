"""The archive over the years: what is in it, whether it is whole, and which files nothing needs any more.

A file may go only if the datasets made without it would be the same: no row was taken from it, and whatever its pages say
of an article (seen then, gone then) is said by other pages too. That is proven by parsing the file, not by its age.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from newsharvest.archive.reader import all_right, checked
from newsharvest.files import DataDir, fsync_folder
from newsharvest.gathering import Waiting, as_rows
from newsharvest.merging import OldFile
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.shards import WARC, Part, Shard, parts
from newsharvest.store import LOGS, Store

_SECOND = "%Y%m%dT%H%M%S"


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
        reason = _kept_unread(held, now - older_than) or _needed(store, held)
        if reason is None:
            found.gone.append(held)
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


def _needed(store: Store, held: Held) -> str | None:
    """Why a file from which no row was taken is needed all the same; null where it is not."""
    whole = Part()
    for part in parts([Shard((store.data.archive / held.name,), WARC)], 1):
        whole.add(part)
    if whole.rejected or whole.torn:
        return "holds pages that could not be read"
    waiting = Waiting()
    for more in whole.gathered:
        waiting.add(more)
    for (name, path), rows in sorted(waiting.take().items(), key=lambda entry: entry[0]):
        present = _present(store, DATASETS[name], path)
        for row in as_rows(DATASETS[name], path, rows):
            if (reason := _says_more(DATASETS[name], row, present)) is not None:
                return reason
    return None


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
    if "pages" in row:
        return f"{what}: it shows a ticker"
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
