"""Which file an article lies in: a pure function of its id."""

from __future__ import annotations

import re
import zlib

_DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_LEADING_MONTH = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])")
# jnilbo.com counts from 90000000000 on: the digits behind a long number's leading one and zeros are a counter.
_COUNTER = re.compile(r"[1-9]0{4,}")
_FILE_NUMBERS = 10_000
_HASH_BUCKETS = 16
_NAMELESS = "x-"


def bucket(article_id: str) -> str:
    """The name of the file part of an article.

    The first run of digits decides: up to 9 digits ``n`` + number // 10,000; a longer number with a leading date
    ``d<YYYYMM>`` (``20240315.22001003892`` too); another long one ``u`` + its first 3 digits (of a unix time: 116 days a
    file), unless it is a counter that began at 90000000000. Ids without a number (pages without URL are named by a hash,
    whose digits mean nothing) are spread by crc32 over 16 files.

    >>> bucket("1291034"), bucket("idxno-42"), bucket("20251231001"), bucket("1561958903668972286"), bucket("x-12ab")[0]
    ('n00129', 'n00000', 'd202512', 'u156', 'h')
    >>> bucket("90000018894"), bucket("20240315.22001003892")
    ('n00001', 'd202403')
    """
    number = None if article_id.startswith(_NAMELESS) else _DIGITS.search(article_id)
    if number is None:
        return f"h{zlib.crc32(article_id.encode()) % _HASH_BUCKETS}"
    digits = number.group().replace(".", "")
    if len(digits) > 9 and (base := _COUNTER.match(digits)):
        digits = digits[base.end() :] or "0"
    if len(digits) <= 9:
        return f"n{int(digits) // _FILE_NUMBERS:05d}"
    return f"d{digits[:6]}" if _LEADING_MONTH.match(digits) else f"u{digits[:3]}"
