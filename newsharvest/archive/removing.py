"""Taking records out of an archive file in place: what comes behind keeps its offset.

A record is overwritten by one gzip member of the same length that holds a WARC metadata record saying only that a record
was removed; the length is made up by the member's comment, which no reader of WARC looks at.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from newsharvest.archive.writer import warc_date
from newsharvest.items import Record

REMOVED = "removed"
_SPACE = UUID("6f1c1a2e-8f0b-5d0e-9a57-3b1f4c2d7e90")
_HEAD = b"\x1f\x8b\x08%c\x00\x00\x00\x00\x00\xff"
_COMMENT, _PLAIN = 0x10, 0x00


class TooShortError(ValueError):
    """A member too short to be overwritten by a record that says so; ours never are."""


def removed_member(place: Record, at: datetime) -> bytes:
    """The member that takes a record's place, of exactly its length; the same bytes for the same place and time.

    >>> from datetime import UTC
    >>> len(removed_member(Record("a.warc.gz", 0, 5000), datetime(2026, 3, 2, tzinfo=UTC)))
    5000
    """
    block = f"{REMOVED}: 1\r\n".encode()
    lines = (
        "WARC/1.1",
        "WARC-Type: metadata",
        f"WARC-Record-ID: <urn:uuid:{uuid5(_SPACE, f'{place.warc_filename}:{place.warc_record_offset}')}>",
        f"WARC-Date: {warc_date(at)}",
        "Content-Type: application/warc-fields",
        f"Content-Length: {len(block)}",
    )
    record = "\r\n".join([*lines, "", ""]).encode() + block + b"\r\n\r\n"
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(record) + packer.flush()
    body += struct.pack("<II", zlib.crc32(record), len(record))
    spare = place.warc_record_length - len(_HEAD % 0) - len(body)
    if spare < 0:
        raise TooShortError(f"{place}: {-spare} bytes too short for the record that says it was removed")
    comment = b" " * (spare - 1) + b"\0" if spare else b""
    return _HEAD % (_COMMENT if spare else _PLAIN) + comment + body


def is_removed(data: bytes) -> bool:
    """Whether a member's text is that of a record that was removed."""
    return data.startswith(b"WARC/1.1\r\nWARC-Type: metadata\r\n") and data.endswith(
        f"\r\n\r\n{REMOVED}: 1\r\n\r\n\r\n".encode()
    )


def overwrite(path: Path, places: Iterable[Record], at: datetime) -> None:
    """Overwrite records of one file, durably. Done again after a kill it gives the same file."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for place in places:
            rest, offset = memoryview(removed_member(place, at)), place.warc_record_offset
            while rest:
                written = os.pwrite(descriptor, rest, offset)
                rest, offset = rest[written:], offset + written
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
