"""Several data dirs as one: what crawls split over machines by outlet have brought home.

The same join as in every commit, so that neither order nor grouping shows: A+B is B+A, (A+B)+C is A+(B+C), A+A is A. The
whole is made beside its place and takes it by one rename: killed anywhere, it is not there, and the next `merge` begins anew.
The inputs stay as they are; what a killed run left in them is finished first, as every run does.

Archive files of one name are one where they are byte for byte the same, or one begins as the other, or they differ only in
records that were forgotten; else all but one of them are renamed by their digest and the rows that name them follow.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from newsharvest import forget, tombstones
from newsharvest.archive.reader import Damaged
from newsharvest.crawl import states
from newsharvest.errors import RefusedError
from newsharvest.files import DataDir, DurableFile, Manifest, file_of, fsync_folder
from newsharvest.locking import RunLock
from newsharvest.merging import DamagedError, OldFile, check_change, conformed, open_file, same_columns, write
from newsharvest.one_archive import Renamed, unite_archives
from newsharvest.recover import recover
from newsharvest.runlog import RunLog, reference_tables
from newsharvest.schema import DATASETS, Dataset, Row, rows
from newsharvest.schema.derived import CLUSTERS
from newsharvest.schema.joining import is_hidden, join_all
from newsharvest.staging import Staging
from newsharvest.store import LOGS, Batch, Store, hidden, pylist

STATE = "crawl.sqlite3"
DERIVED = frozenset({CLUSTERS.name})
_CHUNK = 1 << 20
Step = Callable[[int], None]


class UniteError(RefusedError):
    """Data dirs that cannot become one, told in one line; nothing was changed."""


@dataclass(slots=True)
class United:
    """What became one."""

    run_id: str = ""
    files: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    archive_files: int = 0
    renamed: list[str] = field(default_factory=list)
    """Archive files of one name and another content: old name → new name, with the data dir."""
    notes: list[str] = field(default_factory=list)


def unite(inputs: Sequence[DataDir], out: DataDir, step: Step | None = None) -> United:
    """Make one data dir of several. UniteError, LockedError, DamagedError, OSError: ``out`` is not there then.

    >>> # unite([DataDir(Path("a")), DataDir(Path("b"))], DataDir(Path("c"))).rows
    """
    _check(inputs, out)
    building = DataDir(out.root.with_name(f".{out.root.name}.merging"))
    with ExitStack() as held:
        for data in sorted(inputs, key=lambda data: data.root.resolve()):
            held.enter_context(RunLock(data))
            Store(data).resume()
            forget.finish(data)
        building.state.mkdir(parents=True, exist_ok=True)
        held.enter_context(RunLock(building))
        united = _built(inputs, building, step)
        _in_place(building, out)
    return united


def _check(inputs: Sequence[DataDir], out: DataDir) -> None:
    for data in inputs:
        if not data.datasets.is_dir():
            raise UniteError(f"{data.root} is no data dir: it holds no datasets")
    if len({data.root.resolve() for data in inputs}) < len(inputs):
        raise UniteError("the same data dir is named twice")
    if out.root.exists() and (not out.root.is_dir() or any(out.root.iterdir())):
        raise UniteError(f"{out.root} is there already: name a folder that is new or empty")
    if not out.root.absolute().parent.is_dir():
        raise UniteError(f"{out.root.absolute().parent}: no such folder")


def _built(inputs: Sequence[DataDir], building: DataDir, step: Step | None) -> United:
    for folder in (building.archive, building.datasets):
        if folder.exists():  # what a killed merge left
            shutil.rmtree(folder)
    building.create()
    united = United()
    renamed = unite_archives([data.archive for data in inputs], building.archive)
    united.archive_files = len(list(building.archive.iterdir()))
    store = Store(building, tombstones.Tombstones())
    store.commit(reference_tables())
    for data, names in zip(inputs, renamed, strict=True):
        united.renamed += [f"{data.root}: {old} → {new}" for old, new in sorted(names.items()) if old != new]
        united.notes += absorb(store, data, names, step)
    united.notes += _derived(inputs)
    stones = tombstones.united(tombstones.Tombstones.load(data) for data in inputs)
    if stones:
        store.tombstones = stones
        forget.enforce(store)
    states.united([data.state / STATE for data in inputs], building.state / STATE)
    recover(store)
    _log(store, inputs, united)
    return united


def _derived(inputs: Sequence[DataDir]) -> list[str]:
    """What a command made of one data dir's articles says nothing about all of them."""
    made = {path.partition("/")[0] for data in inputs for path in Manifest.load(data).files} & DERIVED
    return [f"{name} are left out: the command that made them makes them of the whole" for name in sorted(made)]


def _log(store: Store, inputs: Sequence[DataDir], united: United) -> None:
    log = RunLog("merge", " ".join(str(data.root) for data in inputs))
    store.commit(log.rows("complete", 0, "finished", {}))
    united.run_id, united.files = log.run_id, len(store.manifest.files)
    for path, facts in store.manifest.files.items():
        name = path.partition("/")[0]
        if "/_" not in path:
            united.rows[name] = united.rows.get(name, 0) + facts["rows"]


def _in_place(building: DataDir, out: DataDir) -> None:
    """The one moment in which the new data dir appears."""
    for folder, _, _ in os.walk(building.root):
        fsync_folder(Path(folder))
    os.replace(building.root, out.root)
    fsync_folder(out.root.absolute().parent)


def absorb(store: Store, data: DataDir, renamed: Renamed, step: Step | None = None) -> list[str]:
    """Join all of a data dir's rows into a store, file by file; what its reader should be told.

    In memory at once: one file of the data dir.
    """
    theirs, moved = Manifest.load(data), {old: new for old, new in renamed.items() if old != new}
    notes = _sources(store, theirs)
    with store.changing() as (staged, manifest):
        for name, path in _pairs(theirs):
            dataset = DATASETS[name]
            if not (name == "rejects" and moved):
                _File(store, data, dataset, path, theirs, moved).join_into(staged, manifest)
                manifest.schemas[name] = dataset.fingerprint
            if step:
                step(1)
        for old, offset in theirs.archive.items():
            new = renamed.get(old, old)
            manifest.archive[new] = max(offset, manifest.archive.get(new, 0))
        for run_id, count in theirs.lost.items():
            manifest.lost[run_id] = max(count, manifest.lost.get(run_id, 0))
        manifest.pruned = sorted({*manifest.pruned, *theirs.pruned} - manifest.archive.keys())
    if moved:
        store.commit(_rejects(data, theirs, moved))
    return notes


def _pairs(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Every file of rows that are joined, once for itself and its hidden companion; none of what is derived from others."""
    split = {(name, rest.replace("_sightings-", "")) for name, _, rest in (p.partition("/") for p in manifest.files)}
    yield from ((name, path) for name, path in sorted(split) if DATASETS[name].join != "table" and name not in DERIVED)


def _sources(store: Store, theirs: Manifest) -> list[str]:
    """Take over what was re-parsed from outside; of two statements about one path the greater holds, and is told."""
    notes, kept = [], {}
    for path, facts in theirs.sources.items():
        said = [facts, *([mine] if (mine := store.manifest.sources.get(path)) else [])]
        kept[path] = max(said, key=repr)
        if any(facts != other for other in said):
            notes.append(f"{path} was re-parsed with different statements; kept: {kept[path]}")
    store.commit({}, sources=kept)
    return notes


@dataclass(frozen=True, slots=True)
class _File:
    """One file of a data dir (with its hidden companion) on its way into a store."""

    store: Store
    data: DataDir
    dataset: Dataset
    path: str
    known: Manifest
    renamed: Mapping[str, str]

    def join_into(self, staged: Staging, manifest: Manifest) -> None:
        """Copy the file where the store has none, else join the rows of both."""
        both = (self.path, hidden(self.path))
        mine = [path for path in both if f"{self.dataset.name}/{path}" in manifest.files]
        theirs = [path for path in both if (self._folder / path).exists()]
        if mine:
            self._woven(staged, manifest, theirs)
            return
        for path in theirs:
            manifest.files[f"{self.dataset.name}/{path}"] = self._taken(staged, path)

    @property
    def _folder(self) -> Path:
        return self.data.datasets / self.dataset.name

    def _taken(self, staged: Staging, path: str) -> dict[str, object]:
        source = self._folder / path
        if self.renamed or not same_columns(open_file(source).schema_arrow, self.dataset.schema):
            return write(staged, self.dataset, path, self._tables(path))
        facts = self.known.files[f"{self.dataset.name}/{path}"]
        with staged.file(f"{self.dataset.name}/{path}") as (stream, raw):
            _copy(source, stream, raw, facts["sha256"])
        return {"sha256": facts["sha256"], "rows": facts["rows"]}

    def _tables(self, path: str) -> Iterator[pa.Table]:
        """The file's rows in the present schema, their records' files by their new names."""
        source = self._folder / path
        check_change(source, self.dataset)
        yield from (_with_names(table, self.renamed) for table in conformed(source, self.dataset))

    def _whole(self, paths: Sequence[str], path: str) -> pa.Table:
        tables = self._tables(path) if path in paths else ()
        return pa.concat_tables([self.dataset.schema.empty_table(), *tables])

    def _woven(self, staged: Staging, manifest: Manifest, theirs: Sequence[str]) -> None:
        """Rows that both may have are joined one by one; all others pass as Arrow tables."""
        dataset, probe = self.dataset, self.dataset.probe or self.dataset.group[0]
        shown, waiting = (self._whole(theirs, path) for path in (self.path, hidden(self.path)))
        with self.store.opened(dataset, self.path) as old, self.store.opened(dataset, hidden(self.path)) as orphaned:
            held = [_probes(file, probe) for file in (old, orphaned) if file is not None]
            values = pa.concat_arrays([pa.array([], dataset.schema.field(probe).type), *held])
            both = pc.unique(pa.concat_tables([shown, waiting]).column(probe).combine_chunks())
            both = both.filter(pc.is_in(both, value_set=values))
            mine = [file.touched(both) for file in (old, orphaned) if file is not None]
            joined = self._joined([*mine, _among(shown, probe, both), _among(waiting, probe, both)])
            visible = [row for row in joined if not is_hidden(row)]
            orphans = [row for row in joined if is_hidden(row)]
            put = self.store.put_table
            put(staged, manifest, dataset, self.path, old, both, _and(dataset, _beside(shown, probe, both), visible))
            put(
                staged,
                manifest,
                dataset,
                hidden(self.path),
                orphaned,
                both,
                _and(dataset, _beside(waiting, probe, both), orphans),
            )

    def _joined(self, tables: Sequence[pa.Table]) -> list[Row]:
        found = pylist(self.dataset, self.path, tables)
        return _last_said(self.dataset, found) if self.dataset.name in LOGS else join_all(self.dataset, found)


def _probes(file: OldFile, probe: str) -> pa.Array:
    return pa.concat_arrays([pc.unique(group.column(probe).combine_chunks()) for group in file.groups([probe])] or [])


def _among(table: pa.Table, probe: str, values: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table[probe], value_set=values))


def _beside(table: pa.Table, probe: str, values: pa.Array) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[probe], value_set=values)))


def _and(dataset: Dataset, table: pa.Table, more: list[Row]) -> pa.Table:
    return pa.concat_tables([table, pa.Table.from_pylist(more, schema=dataset.schema)])


def _last_said(dataset: Dataset, found: list[Row]) -> list[Row]:
    """Of one run's or request's rows the one that knows its end; of several such, always the same one."""
    best: dict[tuple[object, ...], Row] = {}
    for row in found:
        key = tuple(row[name] for name in dataset.key)
        if key not in best or _said(row) > _said(best[key]):
            best[key] = row
    return list(best.values())


def _said(row: Row) -> tuple[float, str]:
    moment = next((row[name] for name in ("ended_at", "fetched_at") if name in row), None)
    return (
        float("-inf") if moment is None else moment.timestamp(),
        repr(sorted(row.items(), key=lambda pair: pair[0])),
    )


def _with_names(table: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    if not renamed or "warc_filename" not in table.column_names:
        return table
    column = table["warc_filename"]
    for old, new in renamed.items():
        column = pc.if_else(pc.equal(column, old), new, column)
    place = table.schema.get_field_index("warc_filename")
    return table.set_column(place, table.schema.field(place), column)


def _rejects(data: DataDir, theirs: Manifest, moved: Mapping[str, str]) -> Batch:
    """A damaged record is named by its file and place: with another file it is another row."""
    dataset, batch = DATASETS["rejects"], Batch()
    for path in (p.partition("/")[2] for p in theirs.files if p.startswith("rejects/")):
        for row in pylist(dataset, path, conformed(data.datasets / "rejects" / path, dataset)):
            new = _reject(row, moved)
            batch.setdefault(("rejects", file_of("rejects", new)), []).append(new)
    return batch


def _reject(row: Row, moved: Mapping[str, str]) -> Row:
    name = moved.get(row["warc_filename"])
    if name is None:
        return row
    if row["stage"] != "archive":
        return {**row, "warc_filename": name}
    again = Damaged(Path(name), row["warc_record_offset"], row["reason"], row["raw"]).reject()
    ((_, made),) = rows(again)
    kept = ("fetched_at", "parser_version", "first_seen_at", "last_seen_at", "warc_record_length")
    return {**made, **{column: row[column] for column in kept}}


def _copy(source: Path, stream: BinaryIO, raw: DurableFile, wanted: str) -> None:
    """Copy a file and see that it is what its manifest says."""
    with source.open("rb") as opened:
        shutil.copyfileobj(opened, stream, _CHUNK)
    stream.flush()
    if raw.sha256 != wanted:
        raise DamagedError(f"{source} is not what its manifest says. `newsharvest doctor --fix` rebuilds it")
