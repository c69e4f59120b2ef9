"""The rows of one page's bulletin, column by column: what all rows share stands once, and no row is a dict before it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import pyarrow as pa

from newsharvest.schema.kinds import Dataset

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block(Sequence[Row]):
    """Rows of one group: ``common`` to all, and ``columns`` in which they differ, all of one length.

    >>> Block({"bulletin_id": "a"}, {"position": (1, 2)})[1]
    {'bulletin_id': 'a', 'position': 2}
    """

    common: Row
    columns: dict[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        return {**self.common, **{name: column[place] for name, column in self.columns.items()}}

    def column(self, name: str) -> Sequence[Any]:
        """A column's values, one for each row."""
        return self.columns[name] if name in self.columns else [self.common[name]] * len(self)


def tabled(dataset: Dataset, groups: Sequence[Sequence[Row]]) -> pa.Table:
    """Groups of rows, one behind the other, as columns of the dataset's files."""
    blocks = [group for group in groups if isinstance(group, Block)]
    if len(blocks) < len(groups):
        return pa.Table.from_pylist([row for group in groups for row in group], schema=dataset.schema)
    numbers = pa.array([number for number, block in enumerate(blocks) for _ in range(len(block))], pa.int32())
    return pa.table([_column(field, blocks, numbers) for field in dataset.schema], schema=dataset.schema)


def _column(field: pa.Field, blocks: Sequence[Block], numbers: pa.Array) -> pa.Array:
    """What no block's rows differ in becomes a value of Arrow's once for each block."""
    if any(field.name in block.columns for block in blocks):
        return pa.array([value for block in blocks for value in block.column(field.name)], field.type)
    return pa.array([block.common[field.name] for block in blocks], field.type).take(numbers)
