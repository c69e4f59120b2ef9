"""Landing rows: a keyed upsert into Parquet files that plain readers find right at every instant.

A commit reads each touched file, joins the new rows in, writes beside it, fsyncs, verifies, replaces the same name and
only then advances the manifest. Killed anywhere, the archive's tail is parsed again and joins to the same rows.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsharvest.files import STAGING, DataDir, Manifest, file_of, fsync_folder, sha256_of, staged
from newsharvest.items import Item, WeatherBulletin
from newsharvest.schema import DATASETS, Dataset, Row, rows
from newsharvest.schema.joining import group_key, is_sighting, join, join_all, newer_block
from newsharvest.schema.rows import bulletin_id
from newsharvest.versions import parser_version

ROWS_WAITING_MAX = 20_000
_ROW_GROUP = {"observations": 20_000}
_HIDDEN = "_sightings-"  # readers pass over a leading underscore: news of articles whose content is not here yet
_SIGHTINGS_WAITING = 200  # joined together: the union of a ticker's pages is sorted once for so many
LOGS = frozenset({"fetches", "runs"})

Batch = dict[tuple[str, str], list[Row]]
"""Rows to land: (dataset, file below it) → rows."""


class LockedError(RuntimeError):
    """Another run holds the data dir."""


class DamagedError(RuntimeError):
    """A file of the data dir cannot be read; nothing was changed."""


class RunLock:
    """The data dir's lock: one writing run at a time; the kernel releases it when the holder dies."""

    def __init__(self, data: DataDir) -> None:
        self.path = data.state / "run.lock"
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 100).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise LockedError(f"another run holds {self.path} (process {holder})") from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Collector:
    """Rows of items, joined as they come: what waits is one group a key, however many pages showed it."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, tuple[Any, ...]], list[Row]] = {}
        self.waiting = 0
        self.counts: dict[str, int] = {}

    def add(self, item: Item) -> None:
        """Join an item's rows to those that wait."""
        if isinstance(item, WeatherBulletin) and self._seen_again(item):
            return
        blocks: dict[str, list[Row]] = {}
        for name, row in rows(item):
            blocks.setdefault(name, []).append(row)
        for name, block in blocks.items():
            self.add_group(name, block)

    def add_group(self, name: str, block: list[Row]) -> None:
        """Join one group's rows (all of one key or one bulletin) to those that wait."""
        dataset = DATASETS[name]
        self.counts[name] = self.counts.get(name, 0) + len(block)
        key = (name, group_key(dataset, block[0]))
        held = self._groups.get(key)
        joined = block if held is None else _joined(dataset, held, block)
        self.waiting += len(joined) - (len(held) if held else 0)
        self._groups[key] = joined

    def _seen_again(self, bulletin: WeatherBulletin) -> bool:
        """Note a ticker that waits already and was seen earlier: its readings cannot win, so no rows are made of them."""
        key = ("bulletins", (bulletin_id(bulletin),))
        held, at = self._groups.get(key), bulletin.source.fetched_at
        if held is None or at is None or bulletin.observed_at is not None:
            return False
        first = held[0]
        if first["fetched_at"] is None or at <= first["fetched_at"]:
            return False
        held.append({**first, "first_seen_at": at, "last_seen_at": at, "pages": [bulletin.source.page_key]})
        if len(held) > _SIGHTINGS_WAITING:
            self._groups[key] = join(DATASETS["bulletins"], held)
        self.counts["bulletins"] += 1
        return True

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """What waits, a group at a time."""
        for (name, _), block in self._groups.items():
            dataset = DATASETS[name]
            yield name, join(dataset, block) if len(block) > 1 and dataset.key == dataset.group else block

    def take(self) -> Batch:
        """What waits, by file; afterwards nothing waits."""
        batch: Batch = {}
        for name, block in self.groups():
            for row in block:
                batch.setdefault((name, file_of(name, row)), []).append(row)
        self._groups.clear()
        self.waiting = 0
        return batch


def _joined(dataset: Dataset, held: list[Row], block: list[Row]) -> list[Row]:
    """A bulletin's readings are compared as blocks: 97 readings cost one comparison."""
    if dataset.key != dataset.group:
        return newer_block(dataset, held, block)
    return join(dataset, held + block)


class Sink:
    """Where the last pipeline puts items; a crawl's extension and a re-parse are sinks."""

    collector: Collector

    def put(self, item: Item) -> None:
        """Take an item for landing."""
        self.collector.add(item)


@dataclass(slots=True)
class CommitReport:
    """What a commit wrote."""

    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)


class Store:
    """The datasets of one data dir, for writing. Hold the `RunLock` while using it."""

    def __init__(self, data: DataDir) -> None:
        self.data = data
        self.manifest = Manifest.load(data)

    def clear_staging(self) -> None:
        """Remove what a killed run left half-written."""
        if self.data.staging.exists():
            shutil.rmtree(self.data.staging)
        self.data.staging.mkdir(parents=True)

    def commit(
        self,
        batch: Batch,
        offsets: Mapping[str, int] | None = None,
        sources: Mapping[str, dict[str, Any]] | None = None,
    ) -> CommitReport:
        """Join a batch into its files and advance the manifest to the archive offsets it covers.

        Afterwards every touched file is replaced and durable. OSError (disk full …) leaves the files before it replaced,
        the others and the manifest as they were: the same batch, or the archive's tail, lands again.
        """
        self.migrate()
        report = CommitReport()
        for (name, path), new in sorted(batch.items(), key=lambda entry: entry[0]):
            self._merge(DATASETS[name], path, new)
            report.files += 1
            report.rows[name] = report.rows.get(name, 0) + len(new)
        self.manifest.archive.update(offsets or {})
        self.manifest.sources.update(sources or {})
        self.manifest.schemas = {name: dataset.fingerprint for name, dataset in DATASETS.items()}
        self.manifest.parser_version = parser_version()
        self.manifest.save(self.data)
        return report

    def _merge(self, dataset: Dataset, path: str, new: list[Row]) -> None:
        """Join rows into one file (and its hidden companion of orphaned sightings); a reference table is replaced."""
        if dataset.join == "table":
            return self._write(dataset, path, [], new)
        hidden = _hidden(path)
        kept, touched = _split(dataset, self._read(dataset, path), new)
        orphaned = self._read(dataset, hidden)
        old = _pylist(dataset, path, [table for table in (touched, orphaned) if table is not None])
        joined = join_all(dataset, old + new)
        visible = [row for row in joined if not is_sighting(row)]
        orphans = [row for row in joined if is_sighting(row)]
        self._write(dataset, path, [kept] if kept is not None else [], visible)
        if orphans or (self.data.datasets / dataset.name / hidden).exists():
            self._write(dataset, hidden, [], orphans)
        return None

    def _read(self, dataset: Dataset, path: str) -> pa.Table | None:
        full = self.data.datasets / dataset.name / path
        if not full.exists():
            return None
        try:
            return pq.read_table(full, schema=dataset.schema, partitioning=None, page_checksum_verification=True)
        except pa.ArrowInvalid as error:
            raise DamagedError(f"{full} cannot be read: {error}") from error

    def _write(self, dataset: Dataset, path: str, kept: list[pa.Table], joined: list[Row]) -> None:
        table = pa.concat_tables([*kept, pa.Table.from_pylist(joined, schema=dataset.schema)])
        if table.num_rows == 0:
            return self._remove(f"{dataset.name}/{path}")
        order = dict.fromkeys((*dataset.sort, *dataset.key))
        table = table.sort_by([(name, "ascending") for name in order if name != dataset.hive])
        self.put_table(f"{dataset.name}/{path}", table, _ROW_GROUP.get(dataset.name, 2_000))
        return None

    def put_table(self, path: str, table: pa.Table, row_group: int = 2_000) -> None:
        """Replace one Parquet file, verified and durable, and note it in the manifest (saved by the commit)."""
        with staged(self.data, self.data.datasets / path) as staging:
            pq.write_table(
                table, staging, compression="zstd", compression_level=3, write_page_checksum=True,
                row_group_size=row_group,
            )  # fmt: skip
            if pq.read_metadata(staging).num_rows != table.num_rows:
                raise DamagedError(f"{staging} does not hold the {table.num_rows} rows written to it")
            digest = sha256_of(staging)
        self.manifest.files[path] = {"sha256": digest, "rows": table.num_rows}

    def _remove(self, path: str) -> None:
        (self.data.datasets / path).unlink(missing_ok=True)
        self.manifest.files.pop(path, None)

    def migrate(self) -> None:
        """Bring every file to the present schema before anything new is written."""
        for name, dataset in DATASETS.items():
            known = self.manifest.schemas.get(name)
            if known is None or known == dataset.fingerprint:
                continue
            for path in [p for p in self.manifest.files if p.startswith(f"{name}/")]:
                table = pq.read_table(self.data.datasets / path, partitioning=None)
                self.put_table(path, _conform(table, dataset.schema), _ROW_GROUP.get(name, 2_000))
            self.manifest.schemas[name] = dataset.fingerprint
            self.manifest.save(self.data)

    def adopt(self, built: Store) -> None:
        """Make a rebuilt set of datasets this one: replace every file, remove those no longer made last.

        Logs (fetches, runs) are outside the rebuild and stay.
        """
        fresh = dict(built.manifest.files)
        for path, facts in sorted(fresh.items()):
            target = self.data.datasets / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(built.data.datasets / path, target)
            fsync_folder(target.parent)
            self.manifest.files[path] = facts
        stale = [p for p in self.manifest.files if p not in fresh and p.partition("/")[0] not in LOGS]
        self.manifest.archive = dict(built.manifest.archive)
        self.manifest.sources = dict(built.manifest.sources)
        self.manifest.schemas = dict(built.manifest.schemas)
        self.manifest.parser_version = parser_version()
        for path in stale:
            self._remove(path)
        _remove_empty_folders(self.data.datasets)
        self.manifest.save(self.data)

    def rows(self, name: str) -> list[Row]:
        """Every row of a small dataset (runs), hive column included."""
        paths = [p.removeprefix(f"{name}/") for p in self.manifest.files if p.startswith(f"{name}/")]
        found: list[Row] = []
        for path in sorted(paths):
            table = self._read(DATASETS[name], path)
            found += _pylist(DATASETS[name], path, [table] if table is not None else [])
        return found


def _hidden(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{_HIDDEN}{name}" if folder else f"{_HIDDEN}{name}"


def _split(dataset: Dataset, old: pa.Table | None, new: list[Row]) -> tuple[pa.Table | None, pa.Table | None]:
    """A file's rows that no new row concerns, and those that may be joined with one."""
    if old is None:
        return None, None
    probe = dataset.probe or dataset.group[0]
    wanted = pa.array(list({row[probe] for row in new}), type=dataset.schema.field(probe).type)
    mask = pc.is_in(old[probe], value_set=wanted)
    return old.filter(pc.invert(mask)), old.filter(mask)


def _pylist(dataset: Dataset, path: str, tables: Iterable[pa.Table]) -> list[Row]:
    """Rows of tables as dicts, the hive column put back from the path."""
    hive = {dataset.hive: path.partition("/")[0].partition("=")[2]} if dataset.hive else {}
    return [{**row, **hive} for table in tables for row in table.to_pylist()]


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table with the columns of a schema: new ones null, dropped ones gone, types cast."""
    columns = [
        table[f.name].cast(f.type) if f.name in table.column_names else pa.nulls(table.num_rows, f.type) for f in schema
    ]
    return pa.table(columns, schema=schema)


def _remove_empty_folders(root: Path) -> None:
    for folder in sorted((p for p in root.rglob("*") if p.is_dir()), reverse=True):
        if STAGING not in folder.parts and not any(folder.iterdir()):
            folder.rmdir()
