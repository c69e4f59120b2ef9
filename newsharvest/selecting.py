"""The archived records that a condition on the datasets selects, as work for a re-parse: found by offset, not by reading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds

from newsharvest import saved
from newsharvest.files import DataDir, Manifest
from newsharvest.schema import DATASETS, Dataset
from newsharvest.shards import RECORDS, WARC, Shard
from newsharvest.where import Types, Where, check_columns, expression, parsed

_RECORDS_A_SHARD = 500
_FILES_A_SHARD = 50
_PLACE = ("warc_filename", "warc_record_offset", "source_file")
_LOGS = frozenset({"fetches"})
"""Asked only by name: a request's outcome is no row of its page."""


@dataclass(slots=True)
class Selection:
    """The records and saved files that rows came from."""

    records: dict[str, set[int]] = field(default_factory=dict)
    """Offsets by the name of a WARC file."""
    files: set[str] = field(default_factory=set)
    """Base names of saved pages."""
    rows: int = 0

    def __bool__(self) -> bool:
        return bool(self.records or self.files)


def select(data: DataDir, condition: str, datasets: Iterable[str] = ()) -> Selection:
    """What a condition selects over the named datasets, or over all of pages that have its columns.

    `newsharvest.where.WhereError` for a condition that cannot be understood or fits no dataset.

    >>> # select(DataDir(Path("data")), "outlet_id == 'demo_haeram'").records
    """
    where = parsed(condition)
    asked = tuple(datasets) or tuple(name for name in _kept_by_page() if name not in _LOGS)
    found, types = Selection(), {name: types_of(DATASETS[name]) for name in asked}
    for name in check_columns(where, types):
        for batch in _batches(data, DATASETS[name], where, types[name]):
            _add(found, batch)
    return found


def _kept_by_page() -> tuple[str, ...]:
    """The datasets whose rows name the record they came from."""
    return tuple(name for name, dataset in DATASETS.items() if "warc_filename" in dataset.schema.names)


SELECTABLE = _kept_by_page()


def types_of(dataset: Dataset) -> Types:
    """A dataset's columns with their types."""
    return {column.name: column.type for column in dataset.columns}


def _batches(data: DataDir, dataset: Dataset, where: Where, types: Types) -> Iterator[pa.RecordBatch]:
    folder = data.datasets / dataset.name
    if not folder.is_dir():
        return
    hive = pa.schema([pa.field(dataset.hive, pa.string())] if dataset.hive else [])
    partitioning = ds.partitioning(hive, flavor="hive") if dataset.hive else None
    schema = pa.schema([*dataset.schema, *hive])
    table = ds.dataset(folder, schema=schema, format="parquet", partitioning=partitioning)
    columns = [name for name in _PLACE if name in types]
    yield from table.to_batches(columns=columns, filter=expression(where, types), use_threads=False)


def _add(found: Selection, batch: pa.RecordBatch) -> None:
    found.rows += batch.num_rows
    plain = batch.to_pydict()
    nothing = [None] * batch.num_rows
    for name, offset, file in zip(*(plain.get(column, nothing) for column in _PLACE), strict=True):
        if name is not None:
            found.records.setdefault(name, set()).add(offset)
        elif file is not None:
            found.files.add(file)


@dataclass(slots=True)
class Plan:
    """The work of a selection, and the names of files that are not here any more."""

    shards: list[Shard] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def plan(data: DataDir, manifest: Manifest, found: Selection) -> Plan:
    """Where the selected records and files lie: in the archive, else at the paths that were re-parsed before."""
    outside = _outside(manifest)
    made = Plan()
    for name, offsets in sorted(found.records.items()):
        inside = data.archive / name
        paths = [inside] if inside.exists() else sorted(outside.get(name, {}))
        made.missing += [] if paths else [name]
        for path in paths:
            made.shards += _in_runs(path, sorted(offsets))
    by_time: dict[datetime | None, list[Path]] = {}
    for name in sorted(found.files):
        places = outside.get(name, {})
        made.missing += [] if places else [name]
        for path, stated in sorted(places.items()):
            by_time.setdefault(stated, []).append(path)
    for stated, files in by_time.items():
        chunks = [tuple(files[at : at + _FILES_A_SHARD]) for at in range(0, len(files), _FILES_A_SHARD)]
        made.shards += [Shard(chunk, "page", fetched_at=stated) for chunk in chunks]
    return made


def _in_runs(path: Path, offsets: list[int]) -> list[Shard]:
    runs = [tuple(offsets[at : at + _RECORDS_A_SHARD]) for at in range(0, len(offsets), _RECORDS_A_SHARD)]
    return [Shard((path,), RECORDS, offsets=run) for run in runs]


def _outside(manifest: Manifest) -> Mapping[str, dict[Path, datetime | None]]:
    """Every file re-parsed from outside the archive by its base name, with the time that was given for it."""
    found: dict[str, dict[Path, datetime | None]] = {}
    for source, facts in manifest.sources.items():
        stated = datetime.fromisoformat(facts["fetched_at"]) if facts["fetched_at"] else None
        for path in saved.left_of(Path(source)):
            given = None if saved.kind(path) == WARC else stated
            found.setdefault(path.name, {})[path] = given
    return found
