"""What changed between two data dirs: how a parser change is reviewed.

The file of a row is a function of its key, so two data dirs are compared file by file, in the memory of one file; files of
equal digest are passed over. Within a file only columns that differ become Python values: a review of a parser that changed
one field costs little more than reading the files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsharvest.files import DataDir, Manifest
from newsharvest.load import NoDataError
from newsharvest.schema import DATASETS, Dataset
from newsharvest.schema.columns import Column

LOGS = frozenset({"fetches", "runs", "outlet_runs"})
ALWAYS_DIFFERENT = frozenset({"parser_version"})
"""A column that says which parser made the row: its change is the reason for the comparison, not its result."""
NO_LOSS = frozenset({"revisions", "rejects"})
"""A better parser gives another content_hash, so that an old revision vanishes; a vanished reject is a success."""
EXAMPLES = 3
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """One value before and after, with the key of its row; null for a row that is on one side only."""

    key: Key
    before: Any
    after: Any


@dataclass(slots=True)
class FieldDiff:
    """One column's changes: values that came where there was none, that were lost, that are others now."""

    gained: int = 0
    lost: int = 0
    changed: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class DatasetDiff:
    """One dataset's changes."""

    before: int = 0
    after: int = 0
    added: int = 0
    lost: int = 0
    changed: int = 0
    fields: dict[str, FieldDiff] = field(default_factory=dict)
    added_keys: list[Key] = field(default_factory=list)
    lost_keys: list[Key] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.added or self.lost or self.changed)


@dataclass(slots=True)
class Diff:
    """Everything that differs between two data dirs."""

    before: str
    after: str
    datasets: dict[str, DatasetDiff] = field(default_factory=dict)

    @property
    def loses(self) -> bool:
        """Whether rows or values were lost: what a reviewer must look at."""
        weighed = (d for name, d in self.datasets.items() if name not in NO_LOSS)
        return any(d.lost or any(f.lost for f in d.fields.values()) for d in weighed)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for --json."""
        return {**asdict(self), "loses": self.loses}


def compare(before: DataDir, after: DataDir, examples: int = EXAMPLES) -> Diff:
    """The differences of all datasets but the logs. NoDataError where a side holds none."""
    for side in (before, after):
        if not side.datasets.is_dir():
            raise NoDataError(f"no datasets in {side.root}")
    found = Diff(str(before.root), str(after.root))
    manifests = Manifest.load(before), Manifest.load(after)
    for name, dataset in DATASETS.items():
        if name not in LOGS:
            found.datasets[name] = _dataset(dataset, (before, after), manifests, examples)
    return found


def _dataset(
    dataset: Dataset, sides: tuple[DataDir, DataDir], manifests: tuple[Manifest, Manifest], examples: int
) -> DatasetDiff:
    diff = DatasetDiff()
    for path in _paths(dataset.name, manifests):
        facts = [manifest.files.get(path) for manifest in manifests]
        if facts[0] and facts[1] and facts[0]["sha256"] == facts[1]["sha256"]:
            diff.before += facts[0]["rows"]
            diff.after += facts[1]["rows"]
            continue
        old, new = (_table(dataset, side, path) for side in sides)
        diff.before, diff.after = diff.before + old.num_rows, diff.after + new.num_rows
        _file(dataset, old, new, diff, examples)
    return diff


def _paths(name: str, manifests: tuple[Manifest, Manifest]) -> Iterator[str]:
    named = {path for manifest in manifests for path in manifest.files}
    yield from sorted(p for p in named if p.startswith(f"{name}/") and "/_" not in p)


def _table(dataset: Dataset, side: DataDir, path: str) -> pa.Table:
    """A file's rows with the columns of the present schema, the hive column put back; none where there is no file."""
    full = side.datasets / path
    found = pq.read_table(full, partitioning=None) if full.exists() else dataset.schema.empty_table()
    folder = path.split("/")[1].partition("=")[2]
    columns = {
        c.name: pa.repeat(pa.scalar(folder), found.num_rows) if c.name == dataset.hive else _column(found, c)
        for c in dataset.columns
    }
    return pa.table(columns)


def _column(table: pa.Table, column: Column) -> Any:  # noqa: ANN401 - a column of Arrow
    """A column that a side does not know yet is null there."""
    known = column.name in table.column_names
    return table[column.name].combine_chunks() if known else pa.nulls(table.num_rows, column.type)


def _file(dataset: Dataset, old: pa.Table, new: pa.Table, diff: DatasetDiff, examples: int) -> None:
    was, is_now = _named(dataset, old), _named(dataset, new)
    place = pc.index_in(is_now, value_set=was)
    added, lost = new.filter(pc.is_null(place)), old.filter(pc.invert(pc.is_in(was, value_set=is_now)))
    diff.added, diff.lost = diff.added + added.num_rows, diff.lost + lost.num_rows
    diff.added_keys += _keys(dataset, added.slice(0, max(0, examples - len(diff.added_keys))))
    diff.lost_keys += _keys(dataset, lost.slice(0, max(0, examples - len(diff.lost_keys))))
    both = new.filter(pc.is_valid(place))
    diff.changed += _rows(dataset, old.take(pc.drop_null(place)), both, diff, examples)


def _named(dataset: Dataset, table: pa.Table) -> pa.Array:
    """One text for each row's key."""
    parts = [table[name].combine_chunks() for name in dataset.key]
    plain = [part.cast(pa.int64()) if pa.types.is_timestamp(part.type) else part for part in parts]
    texts = [pc.fill_null(part.cast(pa.string()), "\0") for part in plain]
    return pc.binary_join_element_wise(*texts, "\x1f") if table.num_rows else pa.array([], pa.string())


def _keys(dataset: Dataset, table: pa.Table) -> list[Key]:
    return [tuple(row.values()) for row in table.select(list(dataset.key)).to_pylist()]


def _rows(dataset: Dataset, old: pa.Table, new: pa.Table, diff: DatasetDiff, examples: int) -> int:
    """Count the fields in which rows of equal keys, in equal order, differ; the number of such rows."""
    changed: set[int] = set()
    for name in (c.name for c in dataset.columns if c.name not in ALWAYS_DIFFERENT and c.name not in dataset.key):
        if not old[name].combine_chunks().equals(new[name].combine_chunks()):
            pairs = zip(old[name].to_pylist(), new[name].to_pylist(), strict=True)
            different = [(at, before, after) for at, (before, after) in enumerate(pairs) if before != after]
            changed.update(at for at, _, _ in different)
            _field(dataset, name, new, different, diff, examples)
    return len(changed)


def _field(
    dataset: Dataset,
    name: str,
    rows: pa.Table,
    different: list[tuple[int, Any, Any]],
    diff: DatasetDiff,
    examples: int,
) -> None:
    for at, before, after in different:
        entry = diff.fields.setdefault(name, FieldDiff())
        if _empty(before):
            entry.gained += 1
        elif _empty(after):
            entry.lost += 1
        else:
            entry.changed += 1
        if len(entry.examples) < examples or _empty(after):
            (key,) = _keys(dataset, rows.slice(at, 1))
            _keep(entry, Example(key, before, after), examples)


def _keep(entry: FieldDiff, example: Example, most: int) -> None:
    """Keep an example; a lost value goes before a changed one."""
    if len(entry.examples) < most:
        entry.examples.append(example)
    elif _empty(example.after) and not _empty(entry.examples[-1].after):
        entry.examples[-1] = example


def _empty(value: object) -> bool:
    return value is None or value == [] or value == ""
