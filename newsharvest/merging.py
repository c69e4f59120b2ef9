"""One Parquet file and new rows for it: a file of any size, a row group at a time, sorted before and after.

Rows that a new one may be joined with are found by the dataset's probe column; only those become Python rows. All others
pass as Arrow tables from the old file to the new one.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsharvest.files import sha256_of
from newsharvest.gathering import pylist
from newsharvest.schema import Dataset, Row
from newsharvest.schema.carrying import READING
from newsharvest.schema.joining import RANKED, join_all, rank
from newsharvest.splicing import Behind, Kept, kept, writer
from newsharvest.staging import Staging

_ROW_GROUP = {"observations": 20_000}
_USUAL_ROW_GROUP = 2_000
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

    def groups(self, columns: list[str] | None = None, begin: int = 0) -> Iterator[pa.Table]:
        """Every row group from ``begin`` on."""
        for index in range(begin, self._parquet.num_row_groups):
            yield self._group(index, columns)

    def untouched(self, values: pa.Array, new: pa.Table) -> int:
        """How many full row groups stand before the first that holds a probe of ``values`` or would hold a row of ``new``."""
        size, wanted, count = row_group_size(self.dataset), _prunable(values), int(self._parquet.num_row_groups)
        first = min(_places(self.dataset, new), default=None)
        for index in range(count):
            if self._parquet.metadata.row_group(index).num_rows != size:
                return index
            order = self._group(index, order_of(self.dataset))
            (last,) = _places(self.dataset, order.slice(size - 1))
            if (first is not None and first <= last) or self._holds(index, values, wanted):
                return index
        return count

    def kept(self, groups: int, sha256: str) -> Kept | None:
        """The first row groups as they are; null where they must be written anew."""
        return kept(self.path, self.dataset, self._parquet.metadata, groups, sha256)

    def touched(self, values: pa.Array) -> pa.Table:
        """The rows whose probe is among ``values``."""
        probe, wanted = probe_of(self.dataset), _prunable(values)
        found = [self.dataset.schema.empty_table()]
        for index in range(self._parquet.num_row_groups):
            if self._holds(index, values, wanted):
                group = self._group(index, None)
                found.append(group.filter(pc.is_in(group[probe], value_set=values)))
        return pa.concat_tables(found)

    def _holds(self, index: int, values: pa.Array, wanted: list[Any] | None) -> bool:
        probe = probe_of(self.dataset)
        if wanted is not None and not self._may_hold(index, probe, wanted):
            return False
        return bool(pc.any(pc.is_in(self._group(index, [probe])[probe], value_set=values)).as_py())

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


def news(dataset: Dataset, held: list[pa.Table], new: pa.Table) -> tuple[list[pa.Table], pa.Table]:
    """Held rows and new ones without what both say: a page read again by the same parser says nothing new.

    New rows of groups that are held go where all of these are held just as they are, and held rows that no new one touches
    any more; both stay as they came where any of them differs.
    """
    known = {group for table in held for group in _groups(dataset, table)}
    mask = pa.array([group in known for group in _groups(dataset, new)], pa.bool_())
    again = new.filter(mask)
    both = set(_groups(dataset, again))
    there = [table.filter(pa.array([g in both for g in _groups(dataset, table)], pa.bool_())) for table in held]
    same = again.num_rows == sum(table.num_rows for table in there) > 0
    if not same or not _sorted(dataset, again).equals(_sorted(dataset, pa.concat_tables(there))):
        return held, new
    left = new.filter(pc.invert(mask))
    probe, values = probe_of(dataset), probes_in(dataset, left)
    return [table.filter(pc.is_in(table[probe], value_set=values)) for table in held], left


def joined_with(dataset: Dataset, path: str, held: list[pa.Table], new: pa.Table) -> pa.Table:
    """Held and new rows joined. Only groups that both have become Python rows; of versions all articles that have several."""
    tables = [*held, new]
    groups = [_groups(dataset, table) for table in tables]
    both = set(groups[-1]) & {group for some in groups[:-1] for group in some}
    if dataset.join == "version":
        counts = Counter(group for some in groups for group in some)
        both = {group for group, count in counts.items() if count > 1}
    if not both:
        return pa.concat_tables(tables)
    masks = [pa.array([group in both for group in some], pa.bool_()) for some in groups]
    rows = [
        row for table, mask in zip(tables, masks, strict=True) for row in pylist(dataset, path, [table.filter(mask)])
    ]
    apart = [table.filter(pc.invert(mask)) for table, mask in zip(tables, masks, strict=True)]
    return pa.concat_tables([*apart, pa.Table.from_pylist(join_all(dataset, rows), schema=dataset.schema)])


def _groups(dataset: Dataset, table: pa.Table) -> list[tuple[Any, ...]]:
    names = ("article_id",) if dataset.join == "version" else dataset.group
    return _plain(table, [name for name in names if name != dataset.hive])


def _prunable(values: pa.Array) -> list[Any] | None:
    """Probes in order, where statistics can tell that a row group holds none of them."""
    return sorted(values.to_pylist()) if values.type in {pa.string(), pa.int32()} else None


def _plain(table: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of some columns as tuples; times as numbers, of which Python makes no objects of its own."""
    columns = (table[name] for name in names)
    numbers = (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns)
    return list(zip(*(c.to_pylist() for c in numbers), strict=True))


def hidden_apart(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows to show, and those that only serve the join: an article was seen or gone, or read through another design."""
    if "content_hash" not in table.column_names:
        return table, table.slice(0, 0)
    hidden = pc.is_null(table["content_hash"])
    if readings := _readings(table):
        hidden = pc.or_(hidden, pa.array([place in readings for place in range(table.num_rows)], pa.bool_()))
    return (
        (table.filter(pc.invert(hidden)), table.filter(hidden))
        if pc.any(hidden).as_py()
        else (table, table.slice(0, 0))
    )


def _readings(table: pa.Table) -> set[int]:
    """The places of rows that are marked as readings."""
    if "extractors" not in table.column_names:
        return set()
    flags = table["flags"].combine_chunks()
    marked = pc.fill_null(pc.equal(pc.list_flatten(flags), READING), fill_value=False)
    return set(pc.list_parent_indices(flags).filter(marked).to_pylist()) if pc.any(marked).as_py() else set()


def merged(
    old: OldFile | None, dataset: Dataset, values: pa.Array, more: pa.Table, begin: int = 0
) -> Iterator[pa.Table]:
    """The rows of a file without those whose probe is among ``values``, and more, in order; from row group ``begin`` on.

    In memory at once: one row group and ``more``.
    """
    new = _sorted(dataset, more)
    keys = _places(dataset, new) if old else []
    probe, at = probe_of(dataset), 0
    for group in old.groups(begin=begin) if old else ():
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


def row_group_size(dataset: Dataset) -> int:
    """How many rows a row group holds, but for a file's last one."""
    return _ROW_GROUP.get(dataset.name, _USUAL_ROW_GROUP)


def write(
    staging: Staging, dataset: Dataset, path: str, tables: Iterable[pa.Table], before: Kept | None = None
) -> dict[str, Any]:
    """Write one file into the staging area, durably, and read it back: its sha256 and number of rows.

    ``before``: row groups of the old file that are copied in front of the tables' rows. DamagedError where that does not hold
    the bytes that were written to it, or the new file does not hold the bytes, or the rows, that were written.
    """
    target = f"{dataset.name}/{path}"
    with staging.file(target) as (stream, raw):
        rows = _written(stream, dataset, tables) if before is None else _spliced(stream, dataset, tables, before)
        stream.flush()
        digest = raw.sha256
    written = staging.path(target)
    if sha256_of(written) != digest or open_file(written).metadata.num_rows != rows:
        raise DamagedError(f"{written} does not hold what was written to it: check the disk")
    return {"sha256": digest, "rows": rows}


def _written(stream: BinaryIO | Behind, dataset: Dataset, tables: Iterable[pa.Table]) -> int:
    size, rows = row_group_size(dataset), 0
    with writer(stream, dataset) as out:
        for table in _regrouped(tables, size):
            out.write_table(table, row_group_size=size)
            rows += table.num_rows
        if isinstance(stream, Behind):
            stream.hold()
    return rows


def _spliced(stream: BinaryIO, dataset: Dataset, tables: Iterable[pa.Table], before: Kept) -> int:
    if not before.copy(stream):
        raise DamagedError(f"{before.path} is not what was committed: `newsharvest doctor --fix` rebuilds it")
    behind = Behind(stream)
    rows = _written(behind, dataset, tables)
    stream.write(before.with_more(behind.footer))
    return before.rows + rows


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
