"""The files of the datasets: as the manifest says, readable to the last page, keys once and in the right file, sorted.

One row group is in memory at a time, but for the columns that name and sort the rows of one file. Every row's file is a
function of its key, so keys that are unique within their files are unique at all; only bulletins, whose file follows from
a date, are compared across files, by 64 bits of their id.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.records import Coordinates
from newsharvest.doctor.scene import Scene
from newsharvest.files import Manifest, file_of, parquet_files, sha256_of
from newsharvest.forget import left_in_rows
from newsharvest.merging import DamagedError, OldFile, open_file, order_of, same_columns
from newsharvest.schema import DATASETS, Dataset
from newsharvest.schema.carrying import READING

HIDDEN = "_sightings-"
_FILE_FROM = {
    "articles": ("article_id",), "revisions": ("article_id",), "clusters": ("article_id",), "forecasts": ("issued_at", "source", "location"),
    "observations": ("observed_at", "displayed_date", "bulletin_id"), "rejects": ("page_key", "stage"),
    "bulletins": ("observed_at", "displayed_date", "bulletin_id"), "fetches": ("run_id",),
}  # fmt: skip
"""The columns that tell a row's file; of other datasets the key does."""
_ACROSS = {"bulletins": "bulletin_id", "observations": "bulletin_id"}


@dataclass(slots=True)
class Tables:
    """One pass over the datasets' files."""

    scene: Scene
    coordinates: Coordinates
    versions: dict[str, Counter[int]] = field(default_factory=dict)
    _ids: dict[str, list[tuple[str, np.ndarray]]] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        """What is wrong, file by file; then what only shows across files."""
        if self.scene.manifest is None:
            return
        for name in sorted(DATASETS):
            for path in self._paths(self.scene.manifest, name):
                yield from self._file(self.scene.manifest, DATASETS[name], path)
            yield from self._in_two_files(name)
        yield from self._mixed_versions()

    def _paths(self, manifest: Manifest, name: str) -> list[str]:
        folder = self.scene.data.datasets / name
        there = {path.relative_to(folder).as_posix() for path in parquet_files(folder)}
        known = {path.removeprefix(f"{name}/") for path in manifest.files if path.startswith(f"{name}/")}
        return sorted(path for path in there | known if f"{name}/{path}" not in self.scene.under_way)

    def _file(self, manifest: Manifest, dataset: Dataset, path: str) -> Iterator[Finding]:
        place, full = f"datasets/{dataset.name}/{path}", self.scene.data.datasets / dataset.name / path
        facts = manifest.files.get(f"{dataset.name}/{path}")
        if not full.exists():
            yield damage("file_missing", place, f"{facts and facts['rows']} rows are gone", Repair.RESTORE)
            return
        self.scene.advance(full.stat().st_size)
        if facts is None:
            text = "no commit wrote it, or its record was lost; plain readers read it"
            yield damage("file_unlisted", place, text, Repair.RESTORE)
            return
        if sha256_of(full) != facts["sha256"]:
            yield _changed(dataset, place, full)
            return
        with open_file(full) as parquet:
            schema, rows = parquet.schema_arrow, parquet.metadata.num_rows
        if not same_columns(schema, dataset.schema):
            yield self._other_columns(manifest, dataset, place)
        elif rows != facts["rows"]:
            text = f"holds {rows} rows, its manifest says {facts['rows']}"
            yield damage("file_changed", place, text, Repair.RESTORE)
        else:
            yield from self._rows(dataset, path, place)

    @staticmethod
    def _other_columns(manifest: Manifest, dataset: Dataset, place: str) -> Finding:
        if manifest.schemas.get(dataset.name) != dataset.fingerprint:
            return note("older_schema", place, "of an older version: the next run migrates it")
        return damage("wrong_schema", place, f"does not have the columns of {dataset.name}", Repair.RESTORE)

    def _rows(self, dataset: Dataset, path: str, place: str) -> Iterator[Finding]:
        """What the rows say that are in a file whose bytes are right."""
        held = left_in_rows(self.scene.tombstones)
        names: list[pa.Table] = []
        misplaced = shown = forgotten = 0
        old = OldFile(self.scene.data.datasets / dataset.name / path, dataset)
        try:
            for group in old.groups():
                misplaced += _misplaced(dataset, path, group)
                shown += _wrongly_shown(path, group)
                forgotten += bool(self.scene.tombstones) and held(dataset, path, group)
                self._count(dataset, group)
                self.coordinates.add(dataset, place, group)
                names.append(group.select(order_of(dataset)))
        finally:
            old.close()
        if forgotten:
            yield damage("forgotten_left", place, "rows that name a forgotten page", Repair.ENFORCE)
        if misplaced:
            yield damage("rows_misplaced", place, f"{misplaced} rows whose key names another file", Repair.RESTORE)
        if shown:
            yield damage("sightings_mixed", place, f"{shown} rows without content among others", Repair.RESTORE)
        yield from self._order(dataset, path, place, pa.concat_tables(names) if names else None)

    def _order(self, dataset: Dataset, path: str, place: str, names: pa.Table | None) -> Iterator[Finding]:
        if names is None:
            return
        key = [name for name in dataset.key if name != dataset.hive]
        doubled = names.num_rows - names.group_by(key).aggregate([]).num_rows
        if doubled and HIDDEN not in path:  # of an article one reading a design waits
            yield damage("keys_doubled", place, f"{doubled} rows of keys that are there before", Repair.RESTORE)
        else:
            order = pc.sort_indices(names, sort_keys=[(name, "ascending") for name in order_of(dataset)])
            if not order.equals(pa.array(range(names.num_rows), pa.uint64())):
                yield damage("file_unsorted", place, "its rows are out of order", Repair.RESTORE)
        if dataset.name in _ACROSS:
            self._ids.setdefault(dataset.name, []).append((path, _hashes(names[_ACROSS[dataset.name]])))

    def _count(self, dataset: Dataset, group: pa.Table) -> None:
        if "parser_version" in group.column_names and dataset.join != "log":
            counted = self.versions.setdefault(dataset.name, Counter())
            for entry in group["parser_version"].value_counts().to_pylist():
                counted[entry["values"]] += entry["counts"]

    def _in_two_files(self, name: str) -> Iterator[Finding]:
        """Ids that are in several files of a dataset."""
        held = self._ids.pop(name, [])
        if len(held) < 2:
            return
        ids = np.concatenate([hashes for _, hashes in held])
        owners = np.concatenate([np.full(len(hashes), number) for number, (_, hashes) in enumerate(held)])
        order = np.argsort(ids, kind="stable")
        again = np.flatnonzero(ids[order][1:] == ids[order][:-1])
        for number in sorted({int(owners[order][at + side]) for at in again for side in (0, 1)}):
            text = f"bulletins of it are in another file of {name}, too"
            yield damage("key_in_two_files", f"datasets/{name}/{held[number][0]}", text, Repair.RESTORE)

    def _mixed_versions(self) -> Iterator[Finding]:
        for name, counted in sorted(self.versions.items()):
            if len(counted) > 1:
                told = ", ".join(f"{count:,} of version {version}" for version, count in sorted(counted.items()))
                text = f"rows of several parser versions: {told}; `newsharvest reparse` makes them alike"
                yield note("mixed_parser_versions", f"datasets/{name}", text)


def _changed(dataset: Dataset, place: str, full: Path) -> Finding:
    """A file that is not the one that was committed, and whether it can be read at all."""
    try:
        with open_file(full) as parquet:
            rows, same = parquet.metadata.num_rows, same_columns(parquet.schema_arrow, dataset.schema)
            for index in range(parquet.num_row_groups):
                parquet.read_row_group(index, use_threads=False)
    except (DamagedError, OSError, pa.ArrowInvalid) as error:
        why = str(error).partition(" cannot be read: ")[2].partition(". `newsharvest")[0] or str(error)
        return damage("file_unreadable", place, why, Repair.RESTORE)
    text = f"is not the file that was committed: {rows} rows, {'the same' if same else 'other'} columns"
    return damage("file_changed", place, text, Repair.RESTORE)


def _misplaced(dataset: Dataset, path: str, group: pa.Table) -> int:
    """How many different keys (as far as they tell the file) of a row group belong elsewhere."""
    columns = [name for name in _FILE_FROM.get(dataset.name, dataset.key) if name != dataset.hive]
    visible = path.replace(f"/{HIDDEN}", "/").removeprefix(HIDDEN)
    hive = {dataset.hive: path.partition("/")[0].partition("=")[2]} if dataset.hive else {}
    rows = group.select(columns).group_by(columns).aggregate([]).to_pylist()
    return sum(file_of(dataset.name, {**row, **hive}) != visible for row in rows)


def _wrongly_shown(path: str, group: pa.Table) -> int:
    """Rows that only serve the join wait in hidden files, all others are in visible ones."""
    if "content_hash" not in group.column_names:
        return 0
    waiting = int(group["content_hash"].null_count) + _readings(group)
    return group.num_rows - waiting if HIDDEN in path else waiting


def _readings(group: pa.Table) -> int:
    """How many rows are other designs' readings of an article."""
    if "flags" not in group.column_names or "extractors" not in group.column_names:
        return 0
    return sum(READING in (flags or ()) for flags in group["flags"].to_pylist())


def _hashes(column: pa.ChunkedArray) -> np.ndarray:
    """64 bits of each different id."""
    ids = column.unique().to_pylist()
    return np.array([int.from_bytes(hashlib.blake2b(i.encode(), digest_size=8).digest(), "big") for i in ids], "u8")
