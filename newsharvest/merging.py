"""One Parquet file and new rows for it: a file of any size, a row group at a time, sorted before and after.

Rows that a new one may be joined with are found by the dataset's probe column; only those become Python rows. All others
pass as Arrow tables from the old file to the new one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsharvest import encodings
from newsharvest.files import sha256_of
from newsharvest.gathering import pylist
from newsharvest.schema import Dataset, Row
from newsharvest.schema.joining import RANKED, join_all, rank
from newsharvest.staging import Staging

_ROW_GROUP = {"observations": 20_000}
_USUAL_ROW_GROUP = 2_000
_COMPRESSION_LEVEL = 3
_PRUNED_BY = (str, int)  # statistics of other types come back in other units or zones


class DamagedError(RuntimeError):
    """A file of the data dir cannot be used as it is; nothing was changed."""


class SchemaChangeError(DamagedError):
    """A file cannot be brought to the present schema: only a rebuild can."""


def open_file(path: Path) -> pq.ParquetFile:
    """A Parquet file whose pages are checked as they are read; DamagedError where its footer cannot be read."""
    with _told(path):
        return pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False, memory_map=False)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Whatever Arrow says of a file's bytes, as DamagedError; a read error of the disk (EIO …) stays an OSError."""
    try:
        yield
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise DamagedError(f"{path} cannot be read: {error}. `newsharvest doctor --fix` rebuilds it") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedError(f"{path} cannot be read: {error}. `newsharvest doctor --fix` rebuilds it") from error


class OldFile:
    """A file as it is, read one row group at a time. DamagedError for one that is unreadable or of another schema."""

    def __init__(self, path: Path, dataset: Dataset) -> None:
        self.path, self.dataset = path, dataset
        self._parquet = open_file(path)
        if not same_columns(self._parquet.schema_arrow, dataset.schema):
            self._parquet.close()
            raise DamagedError(f"{path} does not have the columns of {dataset.name}: `newsharvest doctor` says more")

    @property
    def rows(self) -> int:
        """Number of rows."""
        return int(self._parquet.metadata.num_rows)

    def groups(self, columns: list[str] | None = None) -> Iterator[pa.Table]:
        """Every row group."""
        for index in range(self._parquet.num_row_groups):
            yield self._group(index, columns)

    def touched(self, values: pa.Array) -> pa.Table:
        """The rows whose probe is among ``values``."""
        probe = probe_of(self.dataset)
        wanted = sorted(values.to_pylist()) if values.type in {pa.string(), pa.int32()} else None
        found = [self.dataset.schema.empty_table()]
        for index in range(self._parquet.num_row_groups):
            if wanted is not None and not self._may_hold(index, probe, wanted):
                continue
            if pc.any(pc.is_in(self._group(index, [probe])[probe], value_set=values)).as_py():
                group = self._group(index, None)
                found.append(group.filter(pc.is_in(group[probe], value_set=values)))
        return pa.concat_tables(found)

    def _may_hold(self, index: int, probe: str, wanted: list[Any]) -> bool:
        group = self._parquet.metadata.row_group(index)
        column = group.column(self.dataset.schema.get_field_index(probe))
        if column.path_in_schema != probe:  # nested columns before it shift the count
            column = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema == probe)
        statistics = column.statistics
        if statistics is None or not statistics.has_min_max or not isinstance(statistics.min, _PRUNED_BY):
            return True
        return bisect_left(wanted, statistics.min) < bisect_right(wanted, statistics.max)

    def _group(self, index: int, columns: list[str] | None) -> pa.Table:
        with _told(self.path):
            table = self._parquet.read_row_group(index, columns=columns, use_threads=False)
        return table if columns else table.cast(self.dataset.schema)

    def close(self) -> None:
        """Close the file."""
        self._parquet.close()


def same_columns(found: pa.Schema, wanted: pa.Schema) -> bool:
    """Whether names and types agree, whatever the fields' descriptions say."""
    return found.names == wanted.names and all(f.type.equals(w.type) for f, w in zip(found, wanted, strict=True))


def probe_of(dataset: Dataset) -> str:
    """The column that finds the rows of a group in a file."""
    return dataset.probe or dataset.group[0]


def probes(dataset: Dataset, rows: Iterable[Row]) -> pa.Array:
    """The probe values of rows, each once."""
    probe = probe_of(dataset)
    return pa.array(list({row[probe] for row in rows}), type=dataset.schema.field(probe).type)


def probes_in(dataset: Dataset, table: pa.Table) -> pa.Array:
    """The probe values of columns, each once."""
    return pc.unique(table[probe_of(dataset)].combine_chunks())


def unbeaten(dataset: Dataset, held: list[pa.Table], new: pa.Table) -> tuple[list[pa.Table], pa.Table]:
    """What is left to join of blocks (a bulletin's readings): held rows of blocks of equal rank, new rows of blocks that
    do not lose. A block that wins or loses outright is known by its first row.
    """
    group, first = dataset.group[0], _firsts(dataset, held)
    tied: set[str] = set()
    lost: set[str] = set()
    for name, row in _firsts(dataset, [new]).items():
        if (mine := first.get(name)) is not None:
            earliest = mine["observed_at"] is None
            ours, theirs = rank(mine, earliest=earliest), rank(row, earliest=earliest)
            (tied if ours == theirs else lost if ours > theirs else set()).add(name)
    left = [_among(table, group, tied) for table in held]
    return left, new.filter(pc.invert(_is_among(new, group, lost))) if lost else new


def _firsts(dataset: Dataset, tables: list[pa.Table]) -> dict[str, Row]:
    group, ranked = dataset.group[0], ("observed_at", *RANKED)
    found = [table.group_by(group, use_threads=False).aggregate([(c, "first") for c in ranked]) for table in tables]
    return {row[group]: {c: row[f"{c}_first"] for c in ranked} for table in found for row in table.to_pylist()}


def _is_among(table: pa.Table, name: str, values: set[str]) -> pa.ChunkedArray:
    return pc.is_in(table[name], value_set=pa.array(sorted(values), table.schema.field(name).type))


def _among(table: pa.Table, name: str, values: set[str]) -> pa.Table:
    return table.filter(_is_among(table, name, values))


def joined_with(dataset: Dataset, path: str, held: list[pa.Table], new: pa.Table) -> pa.Table:
    """Held and new rows joined. Only groups that both have become Python rows."""
    tables = [*held, new]
    groups = [_groups(dataset, table) for table in tables]
    both = set(groups[-1]) & {group for some in groups[:-1] for group in some}
    if not both:
        return pa.concat_tables(tables)
    masks = [pa.array([group in both for group in some], pa.bool_()) for some in groups]
    rows = [
        row for table, mask in zip(tables, masks, strict=True) for row in pylist(dataset, path, [table.filter(mask)])
    ]
    apart = [table.filter(pc.invert(mask)) for table, mask in zip(tables, masks, strict=True)]
    return pa.concat_tables([*apart, pa.Table.from_pylist(join_all(dataset, rows), schema=dataset.schema)])


def _groups(dataset: Dataset, table: pa.Table) -> list[tuple[Any, ...]]:
    return _plain(table, [name for name in dataset.group if name != dataset.hive])


def _plain(table: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of some columns as tuples; times as numbers, of which Python makes no objects of its own."""
    columns = (table[name] for name in names)
    numbers = (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns)
    return list(zip(*(c.to_pylist() for c in numbers), strict=True))


def sightings_apart(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows with content, and those that only tell that an article was seen or gone."""
    if "content_hash" not in table.column_names:
        return table, table.slice(0, 0)
    seen = pc.is_null(table["content_hash"])
    return (table.filter(pc.invert(seen)), table.filter(seen)) if pc.any(seen).as_py() else (table, table.slice(0, 0))


def merged(old: OldFile | None, dataset: Dataset, values: pa.Array, more: pa.Table) -> Iterator[pa.Table]:
    """The rows of a file without those whose probe is among ``values``, and more, in order.

    In memory at once: one row group and ``more``.
    """
    new = _sorted(dataset, more)
    keys = _places(dataset, new) if old else []
    probe, at = probe_of(dataset), 0
    for group in old.groups() if old else ():
        (last,) = _places(dataset, group.slice(group.num_rows - 1))
        kept = group.filter(pc.invert(pc.is_in(group[probe], value_set=values)))
        upto = bisect_right(keys, last, at)
        yield _sorted(dataset, pa.concat_tables([kept, new.slice(at, upto - at)])) if upto > at else kept
        at = upto
    yield new.slice(at)


def order_of(dataset: Dataset) -> list[str]:
    """The columns a file is sorted by: the key last, so that the order is total."""
    return [name for name in dict.fromkeys((*dataset.sort, *dataset.key)) if name != dataset.hive]


def _sorted(dataset: Dataset, table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in order_of(dataset)])


def _places(dataset: Dataset, table: pa.Table) -> list[tuple[tuple[bool, Any], ...]]:
    """Rows' places in Arrow's order, nulls last."""
    return [
        tuple((value is None, 0 if value is None else value) for value in row)
        for row in _plain(table, order_of(dataset))
    ]


def write(staging: Staging, dataset: Dataset, path: str, tables: Iterable[pa.Table]) -> dict[str, Any]:
    """Write one file into the staging area, durably, and read it back: its sha256 and number of rows.

    DamagedError where the file does not hold the bytes, or the rows, that were written.
    """
    size, rows = _ROW_GROUP.get(dataset.name, _USUAL_ROW_GROUP), 0
    target = f"{dataset.name}/{path}"
    with staging.file(target) as (stream, raw):
        with pq.ParquetWriter(
            stream,
            dataset.schema,
            compression="zstd",
            compression_level=_COMPRESSION_LEVEL,
            write_page_checksum=True,
            **encodings.options(dataset),
        ) as writer:
            for table in _regrouped(tables, size):
                writer.write_table(table, row_group_size=size)
                rows += table.num_rows
        stream.flush()
        digest = raw.sha256
    written = staging.path(target)
    if sha256_of(written) != digest or open_file(written).metadata.num_rows != rows:
        raise DamagedError(f"{written} does not hold what was written to it: check the disk")
    return {"sha256": digest, "rows": rows}


def _regrouped(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """The same rows in full row groups; at least one table, so that a file without rows has its columns."""
    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= size:
            whole = pa.concat_tables(waiting)
            yield whole.slice(0, size).combine_chunks()
            waiting, count = [whole.slice(size)], count - size
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def conformed(path: Path, dataset: Dataset) -> Iterator[pa.Table]:
    """A file's rows in the present schema: new columns null, dropped ones gone, types widened."""
    parquet = open_file(path)
    for index in range(parquet.num_row_groups):
        with _told(path):
            table = parquet.read_row_group(index, use_threads=False)
        yield pa.table([_column(table, field) for field in dataset.schema], schema=dataset.schema)


def _column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if field.name not in table.column_names:
        return pa.chunked_array([pa.nulls(table.num_rows, field.type)])
    return table[field.name].cast(field.type)


def check_change(path: Path, dataset: Dataset) -> bool:
    """Whether a file needs migrating. SchemaChangeError where a column's type changed in a way that could lose values."""
    found = open_file(path).schema_arrow
    for field in dataset.schema:
        index = found.get_field_index(field.name)
        if index >= 0 and not _widens(found.field(index).type, field.type):
            raise SchemaChangeError(
                f"{path}: column {field.name} holds {found.field(index).type}, this version writes {field.type}: "
                "`newsharvest reparse` without a path makes the datasets anew from the archive"
            )
    return not same_columns(found, dataset.schema)


def _widens(old: pa.DataType, new: pa.DataType) -> bool:
    """Whether every value of a type is one of another: a null column, a smaller number, the same with other names within."""
    if old.equals(new) or pa.types.is_null(old):
        return True
    if pa.types.is_integer(old):
        wider = pa.types.is_integer(new) and new.bit_width >= old.bit_width
        return bool(wider or (pa.types.is_floating(new) and old.bit_width <= 32))
    if pa.types.is_list(old) and pa.types.is_list(new):
        return _widens(old.value_type, new.value_type)
    return bool(pa.types.is_floating(old) and pa.types.is_floating(new) and new.bit_width >= old.bit_width)
