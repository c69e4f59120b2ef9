"""Dataset files made anew from the archive, and a manifest from the files: all others stay as they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsharvest import staging
from newsharvest.doctor.tables import HIDDEN
from newsharvest.files import MANIFEST, DataDir, Manifest, file_of, parquet_files, sha256_of, write_replacing
from newsharvest.gathering import Waiting
from newsharvest.merging import DamagedError, open_file, same_columns
from newsharvest.reparse import everything
from newsharvest.runlog import reference_tables
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.shards import parts
from newsharvest.store import ROWS_WAITING_MAX, Batch, Store
from newsharvest.tombstones import PAGE_FORGOTTEN

UNKNOWN_SOURCES = "(files re-parsed before the manifest was lost)"
"""In a manifest made anew: a rebuild refuses to lose the rows of files that nobody knows any more."""
_UNREADABLE = (DamagedError, OSError, pa.ArrowInvalid)


def restore(store: Store, targets: Iterable[str], jobs: int = 1) -> None:
    """Make files (paths below the datasets) anew from the archive and the files re-parsed before, in one commit.

    Hold the lock. Of the logs, and of readings whose page was forgotten, what can be read of the old file is kept: the
    archive does not give it.
    """
    damaged = frozenset(targets)
    wanted = damaged | {_twin(path) for path in damaged if _has_twin(path)}
    staging.resume(store.data)
    built = Store(DataDir(store.data.staging / "restored"), store.tombstones)
    built.data.create()
    lost = _salvage(store, built, damaged)
    _keep(store, built, wanted - damaged)
    built.commit(_only(reference_tables(), wanted))
    _parse(store, built, wanted, jobs)
    store.adopt(built, within=wanted, lost=lost)
    staging.resume(store.data)


def _parse(store: Store, built: Store, wanted: frozenset[str], jobs: int) -> None:
    work, _ = everything(store, forget_missing=True)
    waiting = Waiting()
    from_pages = any(DATASETS[path.partition("/")[0]].join not in {"log", "table"} for path in wanted)
    for part in parts(work, jobs) if from_pages else ():
        for more in part.gathered:
            waiting.add(more)
        if waiting.rows >= ROWS_WAITING_MAX:
            built.commit(_only(waiting.take(), wanted))
    built.commit(_only(waiting.take(), wanted))


def _only(batch: Batch, wanted: frozenset[str]) -> Batch:
    """The part of a batch that belongs into these files."""
    return {(name, path): rows for (name, path), rows in batch.items() if f"{name}/{path}" in wanted}


def _has_twin(path: str) -> bool:
    return any(column.name == "content_hash" for column in DATASETS[path.partition("/")[0]].columns)


def _twin(path: str) -> str:
    """The hidden companion of a visible file, and the other way round: a commit joins both."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.removeprefix(HIDDEN) if name.startswith(HIDDEN) else HIDDEN + name}"


def _keep(store: Store, built: Store, sound: frozenset[str]) -> None:
    """Carry over the rows of files that are as they should be."""
    for target in sorted(sound & store.manifest.files.keys()):
        name, _, path = target.partition("/")
        for at, table in store.tables(DATASETS[name]):
            if at == path:
                built.commit({(name, path.replace(HIDDEN, "")): store.as_rows(DATASETS[name], path, table)})


def _salvage(store: Store, built: Store, damaged: frozenset[str]) -> dict[str, int]:
    """Land what can be read of damaged logs and of forgotten pages' readings; run → fetches that are lost."""
    fetched: Counter[str] = Counter()
    forgotten = _forgotten_bulletins(store)
    for target in sorted(damaged):
        name, _, path = target.partition("/")
        full = store.data.datasets / target
        rows = [] if not full.exists() else _kept(DATASETS[name], full, path, forgotten)
        built.commit({(name, path): rows} if rows else {})
        if name == "fetches":
            fetched.update(row["run_id"] for row in rows)
    paths = {path.removeprefix("fetches/") for path in damaged if path.startswith("fetches/")}
    return _missing(store, paths, fetched) if paths else {}


def _kept(dataset: Dataset, full: Path, path: str, forgotten: frozenset[str]) -> list[Row]:
    hive = {dataset.hive: path.partition("/")[0].partition("=")[2]} if dataset.hive else {}
    if dataset.join == "log":
        return [{**row, **hive} for table, _ in readable(dataset, full) for row in table.to_pylist()]
    if dataset.join != "bulletin":
        return []
    whole = (table for table, complete in readable(dataset, full) if complete)
    return [row for table in whole for row in table.to_pylist() if row["bulletin_id"] in forgotten]


def readable(dataset: Dataset, full: Path) -> Iterator[tuple[pa.Table, bool]]:
    """Row groups of a damaged file whose key can be read, other unreadable columns null; whether all could be read."""
    try:
        parquet = open_file(full)
    except _UNREADABLE:
        return
    with parquet:
        for index in range(parquet.num_row_groups):
            columns = {f.name: _column(parquet, index, f.name) for f in dataset.schema}
            if any(columns[name] is None for name in dataset.key if name != dataset.hive):
                continue
            rows = parquet.metadata.row_group(index).num_rows
            arrays = [_filled(columns[f.name], f.type, rows) for f in dataset.schema]
            yield pa.table(arrays, schema=dataset.schema), None not in columns.values()


def _column(parquet: Any, index: int, name: str) -> pa.ChunkedArray | None:  # noqa: ANN401 - a ParquetFile
    try:
        return parquet.read_row_group(index, columns=[name], use_threads=False)[name]
    except (*_UNREADABLE, KeyError):
        return None


def _filled(column: pa.ChunkedArray | None, wanted: pa.DataType, rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.nulls(rows, wanted)]) if column is None else column.cast(wanted)


def _forgotten_bulletins(store: Store) -> frozenset[str]:
    """The bulletins that a rebuild would take over, of every file that can be read."""
    if not store.tombstones:
        return frozenset()
    folder = store.data.datasets / "bulletins"
    tables = (
        table for path in parquet_files(folder) for table, whole in readable(DATASETS["bulletins"], path) if whole
    )
    rows = (row for table in tables for row in table.select(["bulletin_id", "flags"]).to_pylist())
    return frozenset(row["bulletin_id"] for row in rows if PAGE_FORGOTTEN in row["flags"])


def _missing(store: Store, paths: set[str], fetched: Mapping[str, int]) -> dict[str, int]:
    """Run → fetches that its row counts and that could not be read; nothing where the runs cannot be read either."""
    try:
        runs = store.rows("runs")
    except _UNREADABLE:
        return {}
    here = [row for row in runs if row["requests"] and file_of("fetches", row) in paths]
    return {r["run_id"]: gone for r in here if (gone := r["requests"] - fetched.get(r["run_id"], 0)) > 0}


def reindex(data: DataDir) -> Manifest:
    """Write a manifest of the files that can be read. The whole archive is landed again by the next `recover`: a join.

    Rows of files that were re-parsed from outside the archive are protected: see UNKNOWN_SOURCES.
    """
    manifest, outside = Manifest(), set[str]()
    for dataset in DATASETS.values():
        folder = data.datasets / dataset.name
        for path in parquet_files(folder):
            try:
                with open_file(path) as parquet:
                    rows, known = parquet.metadata.num_rows, same_columns(parquet.schema_arrow, dataset.schema)
            except _UNREADABLE:
                continue
            manifest.files[f"{dataset.name}/{path.relative_to(folder).as_posix()}"] = {
                "sha256": sha256_of(path),
                "rows": rows,
            }
            if known:
                manifest.schemas[dataset.name] = dataset.fingerprint
                outside |= _from_outside(data, dataset, path)
    if outside:
        manifest.sources[UNKNOWN_SOURCES] = {"fetched_at": None, "files": len(outside)}
    data.staging.mkdir(parents=True, exist_ok=True)
    write_replacing(data.datasets / MANIFEST, manifest.as_bytes(), data.staging / "_manifest.tmp")
    return manifest


def _from_outside(data: DataDir, dataset: Dataset, path: Path) -> set[str]:
    """The files that are not in the archive and that the rows of a file were read from."""
    if "source_file" not in dataset.schema.names:
        return set()
    found: set[str] = set()
    for table, _ in readable(dataset, path):
        found |= {name for name in table["source_file"].unique().to_pylist() if name is not None}
        named = {name for name in table["warc_filename"].unique().to_pylist() if name is not None}
        found |= {name for name in named if not (data.archive / name).exists()}
    return found
