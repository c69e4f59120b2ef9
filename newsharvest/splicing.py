"""The row groups at a Parquet file's beginning that nothing touches, copied as they are in front of new ones.

A day's news lie at the end of files of years. What stands before them is neither decoded nor encoded again; the file is, byte
for byte, the one that writing all rows anew would give. pyarrow can do all of this but put two files' row groups under one
footer: `newsharvest.thrift` does that.
"""

from __future__ import annotations

import functools
import hashlib
import io
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from newsharvest import encodings, thrift
from newsharvest.schema import Dataset
from newsharvest.thrift import Struct

MAGIC = b"PAR1"
_LENGTH = struct.Struct("<I")
_CHUNK = 1 << 20
_TAIL = _LENGTH.size + len(MAGIC)
_SCHEMA, _ROWS, _GROUPS, _KEYS, _ORDERS = 2, 3, 4, 5, 7
"""Fields of FileMetaData, https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift."""
_SAME = (_SCHEMA, _KEYS, _ORDERS)
_CHUNKS, _BEGIN = 1, 5
"""Fields of RowGroup."""
_COLUMN = 3
"""A field of ColumnChunk; its own offset (2) is out of use, and 0."""
_PAGES = (9, 10, 11)
"""Fields of ColumnMetaData: where data, index and dictionary begin."""
COMPRESSION_LEVEL = 3


def writer(sink: Any, dataset: Dataset) -> pq.ParquetWriter:  # noqa: ANN401 - a stream of any kind
    """A writer of the dataset's files: columns encoded and compressed as they always are."""
    return pq.ParquetWriter(
        sink,
        dataset.schema,
        compression="zstd",
        compression_level=COMPRESSION_LEVEL,
        write_page_checksum=True,
        **encodings.options(dataset),
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """The first row groups of a file: their rows, where they end, and the footer and SHA-256 of the whole file."""

    path: Path
    groups: int
    rows: int
    end: int
    footer: Struct
    sha256: str

    def copy(self, out: BinaryIO) -> bool:
        """Copy the row groups; whether the file still holds the bytes that were written."""
        digest, left = hashlib.sha256(), self.end
        with self.path.open("rb") as source:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                out.write(chunk[:left])
                left -= min(left, len(chunk))
        return digest.hexdigest() == self.sha256

    def with_more(self, footer: bytes) -> bytes:
        """The end of the file that holds the row groups and, behind them, those of another footer."""
        more, by = _footer(footer), self.end - len(MAGIC)
        groups = [*_structs(self.footer, _GROUPS)[: self.groups], *(_moved(g, by) for g in _structs(more, _GROUPS))]
        rows = self.rows + _number(more, _ROWS)
        both = more | {_GROUPS: (thrift.LIST, groups), _ROWS: (thrift.I64, rows)}
        packed = thrift.packed({name: both[name] for name in sorted(both)})
        return packed + _LENGTH.pack(len(packed)) + MAGIC


def kept(path: Path, dataset: Dataset, metadata: pq.FileMetaData, groups: int, sha256: str) -> Kept | None:
    """The first ``groups`` row groups of a file; null where they cannot stand before others: there are none, or the footer says
    anything else than the dataset's writer would.
    """
    if not groups:
        return None
    with path.open("rb") as stream:
        stream.seek(-_TAIL, io.SEEK_END)
        stream.seek(-_TAIL - _LENGTH.unpack(stream.read(_TAIL)[: _LENGTH.size])[0], io.SEEK_END)
        begins, footer = stream.tell(), _footer(stream.read())
    indexed = _end(metadata.row_group(metadata.num_row_groups - 1)) != begins
    if indexed or any(footer.get(field) != _usual(dataset)[field] for field in _SAME):
        return None
    rows = sum(metadata.row_group(number).num_rows for number in range(groups))
    return Kept(path, groups, rows, _end(metadata.row_group(groups - 1)), footer, sha256)


def _end(group: pq.RowGroupMetaData) -> int:
    """Where a row group's bytes end: its columns lie one behind the other."""
    last = group.column(group.num_columns - 1)
    begins = last.dictionary_page_offset if last.has_dictionary_page else last.data_page_offset
    return int(begins + last.total_compressed_size)


@functools.cache
def _usual(dataset: Dataset) -> Struct:
    """The footer of a file of the dataset without rows."""
    sink = io.BytesIO()
    with writer(sink, dataset):
        pass
    content = sink.getvalue()
    return _footer(content[len(MAGIC) :])


def _footer(end: bytes) -> Struct:
    return thrift.struct(end[:-_TAIL])


def _structs(fields: Struct, name: int) -> list[bytes]:
    found = fields[name][1]
    if not isinstance(found, list):
        raise thrift.ThriftError(f"field {name} is no list of structs")
    return found


def _number(fields: Struct, name: int) -> int:
    found = fields[name][1]
    if not isinstance(found, int):
        raise thrift.ThriftError(f"field {name} is no number")
    return found


def _moved(packed: bytes, by: int) -> bytes:
    """A row group so many bytes further behind in its file."""
    group = thrift.struct(packed)
    chunks = [_moved_chunk(chunk, by) for chunk in _structs(group, _CHUNKS)]
    return thrift.packed(_shifted(group, (_BEGIN,), by) | {_CHUNKS: (thrift.LIST, chunks)})


def _moved_chunk(packed: bytes, by: int) -> bytes:
    chunk = thrift.struct(packed)
    kind, column = chunk[_COLUMN]
    if not isinstance(column, bytes):
        raise thrift.ThriftError("a column chunk without its metadata")
    return thrift.packed(chunk | {_COLUMN: (kind, thrift.packed(_shifted(thrift.struct(column), _PAGES, by)))})


def _shifted(fields: Struct, names: Iterable[int], by: int) -> Struct:
    return fields | {name: (thrift.I64, _number(fields, name) + by) for name in names if name in fields}


class Behind:
    """A stream that a writer takes for a file of its own: the magic number at its beginning is left out, its footer held back."""

    closed = False

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._magic, self._held, self._is_held = stream, len(MAGIC), bytearray(), False

    def hold(self) -> None:
        """From now on the footer comes."""
        self._is_held = True

    @property
    def footer(self) -> bytes:
        """What was held back."""
        return bytes(self._held)

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write all but the magic number that the kept part begins with, and the footer."""
        view = memoryview(data).cast("B")
        rest = view[self._magic :]
        self._magic -= min(self._magic, len(view))
        if self._is_held:
            self._held += rest
        else:
            self._stream.write(rest)
        return len(view)

    def flush(self) -> None:
        """Whoever opened the stream does."""

    def close(self) -> None:
        """Whoever opened the stream does."""
