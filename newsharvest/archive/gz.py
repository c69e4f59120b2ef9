"""The gzip members of a file, one after the other, each with its own verdict.

Whole means: the member's own end was reached. A tail cut by 1 to 9 bytes is accepted by warcio and by FastWARC.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MEMBER_MAX = 32 * 1024 * 1024
TORN, DAMAGED, TOO_LARGE = "torn_tail", "damaged_member", "too_large"
GZIP = b"\x1f\x8b\x08"
_HEAD = re.compile(re.escape(GZIP))
_CHUNK = 1 << 14  # deflate grows a chunk at most 1,032-fold: 16 MiB
_PROBE = 512


@dataclass(frozen=True, slots=True)
class Member:
    """One gzip member: where it lies, what it holds, and what is wrong with it (null for a whole one)."""

    offset: int
    length: int
    data: bytes
    fault: str | None = None

    @property
    def whole(self) -> bool:
        """Whether its end was reached, its checksum is right and all of it is in ``data``."""
        return self.fault is None


def begins_record(path: Path, offset: int) -> bool:
    """Whether a member that holds a WARC record begins there."""
    with path.open("rb") as stream:
        stream.seek(offset)
        return _begins_record(stream.read(_PROBE))


def members(path: Path, start: int = 0, end: int | None = None, *, early: bool = False) -> Iterator[Member]:
    """Every member from ``start`` (a member's offset) on that begins before ``end``, in bounded memory.

    After a damaged one the next whose content begins like a WARC record is looked for; a torn one is the last. With
    ``early`` a first one that is too large is given without its length as soon as that is known, and is the last.
    """
    with path.open("rb") as stream:
        offset, rest = start, b""
        stream.seek(start)
        while (end is None or offset < end) and (rest or (rest := stream.read(_CHUNK))):
            found, rest = _member(stream, offset, rest, early=early and not offset)
            if found.fault in {DAMAGED, TORN}:
                found, rest = _passed_over(stream, found), b""
            yield found
            if found.fault == TORN or not found.length:
                return
            offset += found.length


def _member(stream: BinaryIO, offset: int, chunk: bytes, *, early: bool) -> tuple[Member, bytes]:
    """The member that begins with ``chunk`` at ``offset``, and the bytes read beyond it."""
    unpack = zlib.decompressobj(31)
    parts: list[bytes] = []
    size = taken = 0
    try:
        while chunk:
            data = unpack.decompress(chunk)
            taken += len(chunk) - len(unpack.unused_data)
            size += len(data)
            if size <= MEMBER_MAX:
                parts.append(data)
            if early and size > MEMBER_MAX:
                return Member(offset, 0, b"", TOO_LARGE), b""
            if unpack.eof:
                fault = TOO_LARGE if size > MEMBER_MAX else None
                return Member(offset, taken, b"".join(parts), fault), unpack.unused_data
            chunk = stream.read(_CHUNK)
    except zlib.error:
        return Member(offset, 0, b"".join(parts), DAMAGED), b""
    return Member(offset, taken, b"".join(parts), TORN), b""


def _passed_over(stream: BinaryIO, found: Member) -> Member:
    """A faulty member with its length; the stream stands behind it.

    What seemed torn is damaged where a record follows: a cut member may take the bytes behind it for its own.
    """
    following = next_record(stream, found.offset + 1)
    if following is not None:
        stream.seek(following)
        return Member(found.offset, following - found.offset, found.data, DAMAGED)
    end = stream.seek(0, os.SEEK_END)
    stream.seek(found.offset)
    zeros = not stream.read(_PROBE).strip(b"\0")
    stream.seek(end)
    return Member(found.offset, end - found.offset, found.data, TORN if zeros else found.fault)


def next_record(stream: BinaryIO, at: int) -> int | None:
    """Where the next member that holds a WARC record begins, at or after ``at``."""
    while True:
        stream.seek(at)
        held = stream.read(_CHUNK + _PROBE)
        place = held.find(GZIP)
        while 0 <= place < _CHUNK:
            if _begins_record(held[place : place + _PROBE]):
                return at + place
            place = held.find(GZIP, place + 1)
        if len(held) <= _CHUNK:
            return None
        at += _CHUNK


def records_within(data: bytes | memoryview, start: int = 0) -> Iterator[int]:
    """Where in bytes, from ``start`` on, something looks like the begin of a member with a WARC record.

    >>> import gzip
    >>> list(records_within(b"..." + gzip.compress(b"WARC/1.1") + gzip.compress(b"<html>")))
    [3]
    """
    for found in _HEAD.finditer(data, start):
        if _begins_record(bytes(data[found.start() : found.start() + _PROBE])):
            yield found.start()


def _begins_record(head: bytes) -> bool:
    try:
        return zlib.decompressobj(31).decompress(head, 5) == b"WARC/"
    except zlib.error:
        return False
