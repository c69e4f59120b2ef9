"""Where a WARC file is cut for several processes, so that every record lies in one part whole."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from newsharvest.archive.gz import GZIP, next_record

PLAIN = b"WARC/"
_LINE_MAX = 1 << 16


def pieces(path: Path, asked: Iterable[int]) -> list[tuple[int, int]]:
    """A file in parts, each (start, end), cut where the first record begins at or behind each ``asked`` offset (ascending).

    In gzip by record that is found by looking, without unpacking what lies before. In an unpacked file what looks like a record
    may be text of a page (an archived WARC file): there the lengths are followed that records state, from the
    beginning on, and nothing is cut behind one that states none. A file that is one gzip stream is one part: nobody can
    begin to unpack it in its middle.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        magic = stream.read(len(PLAIN))
        found: set[int] = set()
        if magic.startswith(GZIP):
            found = {cut for at in asked if (cut := next_record(stream, at)) is not None}
        elif magic == PLAIN:
            stream.seek(0)
            found = set(_behind(record_starts(stream), asked))
    cuts = sorted({0, *found})
    return list(zip(cuts, [*cuts[1:], size], strict=True))


def _behind(starts: Iterator[int], asked: Iterable[int]) -> Iterator[int]:
    for offset in asked:
        start = next((start for start in starts if start >= offset), None)
        if start is None:
            return
        yield start


def record_starts(stream: BinaryIO) -> Iterator[int]:
    """Where the records of an unpacked file begin, by the lengths they state; it ends where one states none or another begins early.

    20 µs a record, whatever its size: the blocks are not read.
    """
    at = stream.tell()
    while line := stream.readline(_LINE_MAX):
        if line.strip():
            length = _stated_length(stream) if line.startswith(PLAIN) else None
            if length is None:
                return
            yield at
            stream.seek(length, os.SEEK_CUR)
        at = stream.tell()


def _stated_length(stream: BinaryIO) -> int | None:
    """A record's Content-Length, the stream behind its headers; null where it is not stated once as a number."""
    stated: list[bytes] = []
    while line := stream.readline(_LINE_MAX).rstrip(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            stated.append(value.strip())
    return int(stated[0]) if len(stated) == 1 and stated[0].isdigit() else None
