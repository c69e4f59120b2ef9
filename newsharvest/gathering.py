"""Rows as columns, from the process that made them to the commit: which group lies where is known, what is in it seldom asked.

A group that came once passes as it is. Of a bulletin's readings that came several times the newest block is found by its
first row; only rows of one key, and blocks of equal rank, are joined row by row.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import pyarrow as pa

from newsharvest.files import file_of
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.schema.blocks import tabled
from newsharvest.schema.joining import RANKED, Rank, group_key, join, join_all, rank

Rows: TypeAlias = "list[Row] | pa.Table"
Batch = dict[tuple[str, str], Rows]
"""Rows to land: (dataset, file below it) → rows, or columns that hold each group once."""
_Group = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Groups of one dataset: the file and the key of each with its number of rows; all rows one behind the other."""

    name: str
    groups: list[tuple[_Group, int]]
    table: pa.Table

    def __reduce__(self) -> tuple[Callable[..., Gathered], tuple[object, ...]]:
        """Columns go from process to process as Arrow's bytes: pickled array by array they cost ten times as much."""
        sink = pa.BufferOutputStream()
        plain = pa.schema([pa.field(column.name, column.type) for column in self.table.schema])
        with pa.ipc.new_stream(sink, plain) as stream:
            stream.write_table(pa.Table.from_arrays(self.table.columns, schema=plain))
        return _restored, (self.name, self.groups, sink.getvalue().to_pybytes())


def _restored(name: str, groups: list[tuple[_Group, int]], packed: bytes) -> Gathered:
    columns = pa.ipc.open_stream(packed).read_all().columns
    return Gathered(name, groups, pa.Table.from_arrays(columns, schema=DATASETS[name].schema))


def gathered(groups: Iterable[tuple[str, Sequence[Row]]]) -> list[Gathered]:
    """Groups of rows as columns, by dataset."""
    by_name: dict[str, list[Sequence[Row]]] = {}
    for name, block in groups:
        by_name.setdefault(name, []).append(block)
    return [_gathered(DATASETS[name], blocks) for name, blocks in by_name.items()]


def _gathered(dataset: Dataset, blocks: list[Sequence[Row]]) -> Gathered:
    firsts = [block[0] for block in blocks]
    groups = [(file_of(dataset.name, first), group_key(dataset, first)) for first in firsts]
    sizes = [len(block) for block in blocks]
    return Gathered(dataset.name, list(zip(groups, sizes, strict=True)), tabled(dataset, blocks))


@dataclass(slots=True)
class _Dataset:
    tables: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    spans: dict[_Group, list[range]] = field(default_factory=dict)


class Waiting:
    """Gathered rows that wait to be landed."""

    def __init__(self) -> None:
        self._datasets: dict[str, _Dataset] = {}
        self.rows = 0
        self.size = 0
        """Bytes of what waits."""

    def add(self, more: Gathered) -> None:
        """Let more rows wait."""
        held = self._datasets.setdefault(more.name, _Dataset())
        for group, count in more.groups:
            held.spans.setdefault(group, []).append(range(held.rows, held.rows + count))
            held.rows += count
        held.tables.append(more.table)
        self.rows += more.table.num_rows
        self.size += more.table.nbytes

    def take(self) -> Batch:
        """What waits, each group once, by file; afterwards nothing waits."""
        batch: Batch = {}
        for name, held in self._datasets.items():
            for path, table in _by_file(DATASETS[name], held):
                batch[name, path] = table
        self._datasets, self.rows, self.size = {}, 0, 0
        return batch


def _by_file(dataset: Dataset, held: _Dataset) -> Iterator[tuple[str, pa.Table]]:
    whole = pa.concat_tables(held.tables)
    held.tables.clear()
    several = {group: spans for group, spans in held.spans.items() if len(spans) > 1}
    if dataset.key != dataset.group:
        several = _newest(whole, several)
    kept: dict[str, list[range]] = {}
    for group, spans in held.spans.items():
        left = several.get(group, spans)
        kept.setdefault(group[0], []).extend(left if len(left) == 1 else ())
    joined = _joined(dataset, whole, {group: spans for group, spans in several.items() if len(spans) > 1})
    taken, at = _rows_of(whole, [span for spans in kept.values() for span in spans]), 0
    del whole
    for path, spans in kept.items():
        count = sum(map(len, spans))
        more = [pa.Table.from_pylist(joined[path], schema=dataset.schema)] if path in joined else []
        yield path, pa.concat_tables([taken.slice(at, count), *more])
        at += count


def _rows_of(whole: pa.Table, spans: Iterable[range]) -> pa.Table:
    """Some rows, a column at a time: of all columns in one piece at once memory would hold three copies."""
    places = pa.array([row for span in spans for row in span], pa.int64())
    return pa.table([column.combine_chunks().take(places) for column in whole.columns], schema=whole.schema)


def _newest(whole: pa.Table, several: Mapping[_Group, list[range]]) -> dict[_Group, list[range]]:
    """Of each group the blocks that win: those of the highest rank."""
    firsts = [span[:1] for spans in several.values() for span in spans]
    rows = iter(_rows_of(whole.select(["observed_at", *RANKED]), firsts).to_pylist())
    found = {}
    for group, spans in several.items():
        some = itertools.islice(rows, len(spans))
        ranks: list[Rank] = [rank(row, earliest=row["observed_at"] is None) for row in some]
        found[group] = [span for span, its in zip(spans, ranks, strict=True) if its == max(ranks)]
    return found


def _joined(dataset: Dataset, whole: pa.Table, several: Mapping[_Group, list[range]]) -> dict[str, list[Row]]:
    """The rows that stay of each group that came several times, by file."""
    found: dict[str, list[Row]] = {}
    rows = iter(_rows_of(whole, (span for spans in several.values() for span in spans)).to_pylist())
    for (path, _), spans in several.items():
        hive = _hive(dataset, path)
        block = [{**row, **hive} for row in itertools.islice(rows, sum(map(len, spans)))]
        found.setdefault(path, []).extend(join(dataset, block))
    return found


def as_rows(dataset: Dataset, path: str, rows: Rows) -> list[Row]:
    """Rows to land as dicts, the hive column put back from the path."""
    return pylist(dataset, path, [rows]) if isinstance(rows, pa.Table) else rows


def as_table(dataset: Dataset, rows: Rows) -> pa.Table:
    """Rows to land as columns, each group once."""
    return rows if isinstance(rows, pa.Table) else tabled(dataset, [join_all(dataset, rows)])


def pylist(dataset: Dataset, path: str, tables: Iterable[pa.Table]) -> list[Row]:
    """Rows of tables as dicts, the hive column put back from the path."""
    hive = _hive(dataset, path)
    return [{**row, **hive} for table in tables for row in table.to_pylist()]


def _hive(dataset: Dataset, path: str) -> Row:
    return {dataset.hive: path.partition("/")[0].partition("=")[2]} if dataset.hive else {}
