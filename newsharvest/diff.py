"""What changed between two data dirs: how a parser change is reviewed.

The file of a row is a function of its key, so two data dirs are compared file by file, in the memory of one file; files of
equal digest are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import pyarrow.parquet as pq

from newsharvest.files import DataDir, Manifest
from newsharvest.load import NoDataError
from newsharvest.schema import DATASETS, Dataset, Row

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
        old, new = (_rows(dataset, side, path) for side in sides)
        diff.before, diff.after = diff.before + len(old), diff.after + len(new)
        _file(dataset, old, new, diff, examples)
    return diff


def _paths(name: str, manifests: tuple[Manifest, Manifest]) -> Iterator[str]:
    named = {path for manifest in manifests for path in manifest.files}
    yield from sorted(p for p in named if p.startswith(f"{name}/") and "/_" not in p)


def _rows(dataset: Dataset, side: DataDir, path: str) -> dict[Key, Row]:
    full = side.datasets / path
    if not full.exists():
        return {}
    hive = {dataset.hive: path.split("/")[1].partition("=")[2]} if dataset.hive else {}
    rows = [{**row, **hive} for row in pq.read_table(full, partitioning=None).to_pylist()]
    return {tuple(row[name] for name in dataset.key): row for row in rows}


def _file(dataset: Dataset, old: dict[Key, Row], new: dict[Key, Row], diff: DatasetDiff, examples: int) -> None:
    added, lost = [key for key in new if key not in old], [key for key in old if key not in new]
    diff.added, diff.lost = diff.added + len(added), diff.lost + len(lost)
    diff.added_keys += added[: examples - len(diff.added_keys)] if len(diff.added_keys) < examples else []
    diff.lost_keys += lost[: examples - len(diff.lost_keys)] if len(diff.lost_keys) < examples else []
    for key, row in old.items():
        if key in new and row != new[key]:
            diff.changed += _row(dataset, key, row, new[key], diff, examples)


def _row(dataset: Dataset, key: Key, old: Row, new: Row, diff: DatasetDiff, examples: int) -> bool:
    """Count the fields in which two rows of one key differ; whether there are any."""
    names = [c.name for c in dataset.columns if c.name not in ALWAYS_DIFFERENT and c.name not in dataset.key]
    different = [name for name in names if old.get(name) != new.get(name)]
    for name in different:
        before, after = old.get(name), new.get(name)
        entry = diff.fields.setdefault(name, FieldDiff())
        if _empty(before):
            entry.gained += 1
        elif _empty(after):
            entry.lost += 1
        else:
            entry.changed += 1
        _keep(entry, Example(key, before, after), examples)
    return bool(different)


def _keep(entry: FieldDiff, example: Example, most: int) -> None:
    """Keep an example; a lost value goes before a changed one."""
    if len(entry.examples) < most:
        entry.examples.append(example)
    elif _empty(example.after) and not _empty(entry.examples[-1].after):
        entry.examples[-1] = example


def _empty(value: object) -> bool:
    return value is None or value == [] or value == ""
