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
_CHUNKS, _GROUP_ROWS, _BEGIN, _SIZE, _ORDINAL = 1, 3, 5, 6, 7
"""Fields of RowGroup."""
_OFFSET, _COLUMN = 2, 3
"""Fields of ColumnChunk; the offset is out of use, and 0."""
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
        more = _footer(footer)
        moved = (_moved(group, self.end - len(MAGIC)) for group in _groups(more))
        groups = [*_groups(self.footer)[: self.groups], *moved]
        both = more | {_GROUPS: (thrift.LIST, (thrift.STRUCT, groups)), _ROWS: (thrift.I64, sum(map(_rows, groups)))}
        packed = thrift.packed({name: both[name] for name in sorted(both)})
        return packed + _LENGTH.pack(len(packed)) + MAGIC


def kept(path: Path, dataset: Dataset, groups: int, sha256: str) -> Kept | None:
    """The first ``groups`` row groups of a file; null where they cannot stand before others: there are none, or the footer says
    anything else than the dataset's writer would.
    """
    if not groups:
        return None
    with path.open("rb") as stream:
        stream.seek(-_TAIL, io.SEEK_END)
        stream.seek(-_TAIL - _LENGTH.unpack(stream.read(_TAIL)[: _LENGTH.size])[0], io.SEEK_END)
        begins, footer = stream.tell(), _footer(stream.read())
    whole = _groups(footer)
    starts = [len(MAGIC), *map(_end, whole)]
    plain = starts[-1] == begins and all(_number(group, _BEGIN) == at for group, at in zip(whole, starts, strict=False))
    usual = all(footer.get(field) == _usual(dataset)[field] for field in _SAME)
    if not (plain and usual and all(map(_movable, whole))):
        return None
    return Kept(path, groups, sum(map(_rows, whole[:groups])), starts[groups], footer, sha256)


def _movable(group: Struct) -> bool:
    """Whether a row group says nothing of its place but what `_moved` changes."""
    return _ORDINAL not in group and not any(chunk[_OFFSET][1] for chunk in group[_CHUNKS][1][1])


@functools.cache
def _usual(dataset: Dataset) -> Struct:
    """The footer of a file of the dataset without rows."""
    sink = io.BytesIO()
    with writer(sink, dataset):
        pass
    content = sink.getvalue()
    return _footer(content[len(MAGIC) :])


def _footer(end: bytes) -> Struct:
    return thrift.parsed(end[:-_TAIL])


def _groups(footer: Struct) -> list[Struct]:
    found: list[Struct] = footer[_GROUPS][1][1]
    return found


def _number(group: Struct, field: int) -> int:
    return int(group[field][1])


def _moved(group: Struct, by: int) -> Struct:
    """A row group so many bytes further behind in its file."""
    kind, chunks = group[_CHUNKS][1]
    placed = [{**chunk, _COLUMN: (thrift.STRUCT, _shifted(chunk[_COLUMN][1], _PAGES, by))} for chunk in chunks]
    return {**_shifted(group, (_BEGIN,), by), _CHUNKS: (thrift.LIST, (kind, placed))}


def _shifted(fields: Struct, names: Iterable[int], by: int) -> Struct:
    return fields | {name: (thrift.I64, fields[name][1] + by) for name in names if name in fields}


def _rows(group: Struct) -> int:
    return _number(group, _GROUP_ROWS)


def _end(group: Struct) -> int:
    return _number(group, _BEGIN) + _number(group, _SIZE)


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
