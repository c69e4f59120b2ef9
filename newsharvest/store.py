"""Landing rows: a keyed upsert into Parquet files that plain readers find right at every instant.

A commit joins the new rows into each touched file, writes all of them beside the datasets, fsyncs, verifies, and then
moves them into place together with the manifest. Killed anywhere, it is finished by the next run or leaves nothing, and
the archive's tail is parsed again and joins to the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from newsharvest import staging
from newsharvest.collecting import Collector, Sink
from newsharvest.files import DataDir, Manifest, file_of, parquet_files
from newsharvest.gathering import Batch, Rows, as_rows, as_table, pylist
from newsharvest.locking import LockedError, RunLock
from newsharvest.merging import (
    DamagedError,
    OldFile,
    check_change,
    conformed,
    hidden_apart,
    joined_with,
    merged,
    news,
    probes,
    probes_in,
    unbeaten,
    write,
)
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.splicing import Kept
from newsharvest.staging import Staging
from newsharvest.tombstones import PAGE_FORGOTTEN, Tombstones
from newsharvest.versions import parser_version

ROWS_WAITING_MAX = 20_000
_HIDDEN = "_sightings-"  # readers pass over a leading underscore: news of articles whose content is not here yet
LOGS = frozenset({"fetches", "runs", "outlet_runs"})
_NOT_OF_PAGES = LOGS | {"clusters"}
__all__ = ["Batch", "Collector", "CommitReport", "DamagedError", "LockedError", "RunLock", "Sink", "Store", "pylist"]


class Change(Protocol):
    """What `Store.rewrite` does to rows."""

    def concerns(self, dataset: Dataset, path: str, group: pa.Table) -> bool:
        """Whether any row of a row group may be altered."""
        ...

    def of(self, dataset: Dataset, row: Row) -> Row | None:
        """The row itself where it stays as it is, another of the same key in its place, or null: it goes."""
        ...


@dataclass(slots=True)
class CommitReport:
    """What a commit wrote."""

    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)


class Store:
    """The datasets of one data dir, for writing. Hold the `RunLock` and `resume` before using it.

    After an OSError (disk full, a failed fsync …) every later write raises it again: what the disk holds then is known to
    the next run only.
    """

    def __init__(self, data: DataDir, tombstones: Tombstones | None = None) -> None:
        self.data = data
        self.manifest = Manifest.load(data)
        self.tombstones = Tombstones.load(data) if tombstones is None else tombstones
        self._failed: OSError | None = None

    def resume(self) -> bool:
        """Finish a killed run's commit and remove what it left half-written; whether there was one to finish."""
        finished = staging.resume(self.data)
        self.manifest = Manifest.load(self.data)
        return finished

    def commit(
        self,
        batch: Batch,
        offsets: Mapping[str, int] | None = None,
        sources: Mapping[str, dict[str, Any]] | None = None,
        unfinished: Mapping[str, dict[str, Any]] | None = None,
    ) -> CommitReport:
        """Join a batch into its files and advance the manifest to the archive offsets it covers.

        ``unfinished`` replaces what is remembered of re-parses that were stopped.

        Afterwards every touched file is replaced and durable. OSError (disk full …) and DamagedError leave every file as it
        was: the same batch, or the archive's tail, lands again.
        """
        touched = {name for name, _ in batch}
        self.migrate(touched)
        report = CommitReport()
        with self.changing() as (staged, manifest):
            for (name, path), rows_ in sorted(batch.items(), key=lambda entry: entry[0]):
                dataset = DATASETS[name]
                if self.tombstones:
                    rows_ = self.tombstones.kept(name, as_rows(dataset, path, rows_))  # noqa: PLW2901
                if len(rows_) and self._merge(staged, manifest, dataset, path, rows_):
                    report.files += 1
                    report.rows[name] = report.rows.get(name, 0) + len(rows_)
            manifest.archive.update(offsets or {})
            manifest.sources.update(sources or {})
            if unfinished is not None:
                manifest.unfinished = dict(unfinished)
            manifest.schemas.update({name: DATASETS[name].fingerprint for name in touched})
            manifest.parser_version = parser_version()
        return report

    @contextmanager
    def changing(self) -> Iterator[tuple[Staging, Manifest]]:
        """A staging area and the manifest to be: both take effect together when the block ends."""
        if self._failed is not None:
            raise self._failed
        try:
            staged, manifest = Staging.begin(self.data), self.manifest.copy()
            yield staged, manifest
            staged.finish(manifest)
        except OSError as error:
            self._failed = error
            raise
        self.manifest = manifest

    def _merge(self, staged: Staging, manifest: Manifest, dataset: Dataset, path: str, rows: Rows) -> bool:
        """Join rows into one file (and its hidden companion of orphaned sightings); a reference table is replaced.

        Whether there was anything to write: not where the files hold all that the rows say.
        """
        if dataset.join == "table":
            found = as_rows(dataset, path, rows)
            if differs := _differs(self, dataset, found):
                self._put(staged, manifest, dataset, path, None, found, found)
            return differs
        new, companion = as_table(dataset, rows), hidden(path)
        with self.opened(dataset, path) as old, self.opened(dataset, companion) as orphaned:
            held = [file.touched(probes_in(dataset, new)) for file in (old, orphaned) if file is not None]
            held, new = news(dataset, held, new)
            if dataset.key != dataset.group:
                held, new = unbeaten(dataset, held, new)
            if not new.num_rows:
                return False
            values, joined = probes_in(dataset, new), joined_with(dataset, path, held, new)
            visible, orphans = hidden_apart(joined)
            self.put_table(staged, manifest, dataset, path, old, values, visible)
            if orphans.num_rows or orphaned is not None:
                self.put_table(staged, manifest, dataset, companion, orphaned, values, orphans)
        return True

    @contextmanager
    def opened(self, dataset: Dataset, path: str) -> Iterator[OldFile | None]:
        """A file as it is; null where there is none yet."""
        full = self.data.datasets / dataset.name / path
        old = OldFile(full, dataset) if full.exists() else None
        try:
            yield old
        finally:
            if old is not None:
                old.close()

    def _put(
        self,
        staged: Staging,
        manifest: Manifest,
        dataset: Dataset,
        path: str,
        old: OldFile | None,
        new: list[Row],
        joined: list[Row],
    ) -> None:
        """Stage one file: the old rows that ``new`` does not concern, and the joined ones; without rows it goes."""
        table = pa.Table.from_pylist(joined, schema=dataset.schema)
        self.put_table(staged, manifest, dataset, path, old, probes(dataset, new), table)

    def put_table(
        self,
        staged: Staging,
        manifest: Manifest,
        dataset: Dataset,
        path: str,
        old: OldFile | None,
        values: pa.Array,
        new: pa.Table,
    ) -> None:
        """Stage one file: the old rows whose probe is not among ``values``, and the new ones; without rows it goes."""
        name = f"{dataset.name}/{path}"
        if new.num_rows == 0 and (old is None or old.rows == old.touched(values).num_rows):
            if old is not None:
                staged.remove(name)
            manifest.files.pop(name, None)
            return
        before = self._untouched(old, name, values, new)
        begin = before.groups if before else 0
        manifest.files[name] = write(staged, dataset, path, merged(old, dataset, values, new, begin), before)

    def _untouched(self, old: OldFile | None, name: str, values: pa.Array, new: pa.Table) -> Kept | None:
        """What of a file need not be written anew."""
        known = self.manifest.files.get(name)
        return None if old is None or known is None else old.kept(old.untouched(values, new), known["sha256"])

    def rewrite(self, change: Change, more: Mapping[str, bytes]) -> int:
        """Change rows in place (`forget`): every file of which ``change`` gives other rows is replaced; how many.

        ``more``: small files below the datasets that are replaced in the same commit.
        """
        replaced = 0
        with self.changing() as (staged, manifest):
            for name in sorted(manifest.files):
                dataset, path = DATASETS[name.partition("/")[0]], name.partition("/")[2]
                with self.opened(dataset, path) as old:
                    replaced += old is not None and self._changed(staged, manifest, dataset, path, old, change)
            for target, content in more.items():
                with staged.file(target) as (stream, _):
                    stream.write(content)
        return replaced

    def _changed(
        self,
        staged: Staging,
        manifest: Manifest,
        dataset: Dataset,
        path: str,
        old: OldFile,
        change: Change,
    ) -> bool:
        """Replace a file's rows that ``change`` alters, if any: only they and their row group are in memory."""
        pairs = [
            (row, other)
            for group in old.groups()
            if change.concerns(dataset, path, group)
            for row in pylist(dataset, path, [group])
            if (other := change.of(dataset, row)) is not row
        ]
        if not pairs:
            return False
        before = [row for row, _ in pairs]
        after = [other for _, other in pairs if other is not None]
        values = probes(dataset, before)
        keys = {tuple(row[name] for name in dataset.key) for row in before}
        siblings = [
            row
            for row in pylist(dataset, path, [old.touched(values)])
            if tuple(row[name] for name in dataset.key) not in keys
        ]
        self._put(staged, manifest, dataset, path, old, before, siblings + after)
        return True

    def migrate(self, names: set[str] | None = None) -> None:
        """Bring every file of the datasets to the present schema before anything new is written into them.

        SchemaChangeError, and nothing changed, where a column's type changed in a way that could lose values.
        """
        for name in sorted(DATASETS if names is None else names):
            dataset = DATASETS[name]
            if self.manifest.schemas.get(name) == dataset.fingerprint:
                continue
            folder = self.data.datasets / name
            old = [path for path in parquet_files(folder) if check_change(path, dataset)]
            if not old:
                continue
            with self.changing() as (staged, manifest):
                for full in old:
                    path = full.relative_to(folder).as_posix()
                    manifest.files[f"{name}/{path}"] = write(staged, dataset, path, conformed(full, dataset))
                manifest.schemas[name] = dataset.fingerprint

    def adopt(self, built: Store, within: Set[str] | None = None, lost: Mapping[str, int] | None = None) -> None:
        """Make a rebuilt set of datasets this one: replace every file, remove those no longer made last.

        Logs (fetches, runs), and what is made of articles (clusters), are outside the rebuild and stay. ``within``: only these files are replaced or removed, and
        archive offsets stay as they are; ``lost``: see `Manifest.lost`.
        """
        made = {path: facts for path, facts in built.manifest.files.items() if within is None or path in within}
        with self.changing() as (staged, manifest):
            staged.take_over(built.data.datasets, made)
            for path in sorted((manifest.files.keys() if within is None else within) - made.keys()):
                if within is None and path.partition("/")[0] in _NOT_OF_PAGES:
                    continue
                if (self.data.datasets / path).exists():
                    staged.remove(path)
                manifest.files.pop(path, None)
            manifest.files.update(made)
            manifest.lost.update(lost or {})
            if within is not None:
                return
            manifest.archive = dict(built.manifest.archive)
            manifest.sources = dict(built.manifest.sources)
            manifest.unfinished = {}  # all that was half landed is landed now
            manifest.schemas.update(built.manifest.schemas)
            manifest.parser_version = parser_version()

    def rows(self, name: str) -> list[Row]:
        """Every row of a small dataset (runs), hive column included."""
        return [row for path, table in self.tables(DATASETS[name]) for row in pylist(DATASETS[name], path, [table])]

    @staticmethod
    def as_rows(dataset: Dataset, path: str, table: pa.Table) -> list[Row]:
        """A row group of a file as rows, hive column included."""
        return pylist(dataset, path, [table])

    def tables(self, dataset: Dataset, columns: list[str] | None = None) -> Iterator[tuple[str, pa.Table]]:
        """Every row group of a dataset with its file, hidden companions included."""
        for path in sorted(
            p.removeprefix(f"{dataset.name}/") for p in self.manifest.files if p.startswith(f"{dataset.name}/")
        ):
            with self.opened(dataset, path) as old:
                yield from ((path, table) for table in (old.groups(columns) if old is not None else ()))

    def drop_archive(self, names: Iterable[str]) -> None:
        """Take archive files out of the manifest that no row needs (`newsharvest.archive_care`); they are then removed."""
        with self.changing() as (_, manifest):
            for name in names:
                del manifest.archive[name]
                manifest.pruned.append(name)

    def carried(self) -> Iterator[tuple[str, list[Row]]]:
        """Bulletins of forgotten pages and their readings, a block at a time: the archive no longer gives them."""
        bulletins = [row for row in self.rows("bulletins") if PAGE_FORGOTTEN in row["flags"]]
        values = probes(DATASETS["observations"], bulletins)
        blocks: dict[str, list[Row]] = {row["bulletin_id"]: [] for row in bulletins}
        for path in sorted({file_of("observations", row) for row in bulletins}):
            with self.opened(DATASETS["observations"], path) as old:
                for row in old.touched(values).to_pylist() if old is not None else ():
                    blocks[row["bulletin_id"]].append(row)
        yield from (("bulletins", [row]) for row in bulletins)
        yield from (("observations", block) for block in blocks.values() if block)


def _differs(store: Store, dataset: Dataset, new: list[Row]) -> bool:
    """Whether a reference table on the disk is another than ``new``: it seldom is, and every run lands it."""
    tables = [table for _, table in store.tables(dataset)]
    fresh = pa.Table.from_pylist(new, schema=dataset.schema)
    order = [(name, "ascending") for name in dataset.key]
    return not tables or not pa.concat_tables(tables).sort_by(order).equals(fresh.sort_by(order))


def hidden(path: str) -> str:
    """The companion of a file: news of keys whose content is not here, and readings of an article through other designs."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/{_HIDDEN}{name}" if folder else f"{_HIDDEN}{name}"


def is_companion(path: str) -> bool:
    """Whether a file holds rows that only serve the join."""
    return path.rpartition("/")[2].startswith(_HIDDEN)
