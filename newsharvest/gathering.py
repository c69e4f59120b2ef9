"""Rows as columns, from the process that made them to the commit: which group lies where is known, what is in it seldom asked.

A group that came once passes as it is. Of a bulletin's readings that came several times the newest block is found by its
first row; only rows of one key, and blocks of equal rank, are joined row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from newsharvest.files import file_of
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.schema.blocks import tabled
from newsharvest.schema.joining import RANKED, Rank, group_key, join, rank

Rows = list[Row] | pa.Table
Batch = dict[tuple[str, str], Rows]
"""Rows to land: (dataset, file below it) → rows, or columns that hold each group once."""
_Group = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Groups of one dataset: the file and the key of each with its number of rows; all rows one behind the other."""

    name: str
    groups: list[tuple[_Group, int]]
    table: pa.Table


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
    whole = pa.concat_tables(held.tables).combine_chunks()
    kept: dict[str, list[range]] = {}
    joined: dict[str, list[Row]] = {}
    for (path, _), spans in held.spans.items():
        left = spans if len(spans) == 1 or dataset.key == dataset.group else _newest(whole, spans)
        if len(left) == 1:
            kept.setdefault(path, []).append(left[0])
        else:
            tables = [whole.slice(span.start, len(span)) for span in left]
            joined.setdefault(path, []).extend(join(dataset, pylist(dataset, path, tables)))
    taken = whole.take(pa.array([row for spans in kept.values() for span in spans for row in span], pa.int64()))
    at = 0
    for path in dict.fromkeys([*kept, *joined]):
        count = sum(map(len, kept.get(path, ())))
        more = pa.Table.from_pylist(joined.get(path, []), schema=dataset.schema)
        yield path, pa.concat_tables([taken.slice(at, count), more] if more.num_rows else [taken.slice(at, count)])
        at += count


def _newest(whole: pa.Table, spans: list[range]) -> list[range]:
    """The blocks that win: those of the highest rank."""
    firsts = whole.select(["observed_at", *RANKED]).take(pa.array([span.start for span in spans], pa.int64()))
    ranks: list[Rank] = [rank(row, earliest=row["observed_at"] is None) for row in firsts.to_pylist()]
    return [span for span, its in zip(spans, ranks, strict=True) if its == max(ranks)]


def pylist(dataset: Dataset, path: str, tables: Iterable[pa.Table]) -> list[Row]:
    """Rows of tables as dicts, the hive column put back from the path."""
    hive = {dataset.hive: path.partition("/")[0].partition("=")[2]} if dataset.hive else {}
    return [{**row, **hive} for table in tables for row in table.to_pylist()]
