"""Reading pages from WARC and WET files: ours, wget's, Common Crawl's; gzip by record, by file, or not at all.

A record that is damaged says so and costs nothing but itself.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

from newsharvest.archive.cuts import PLAIN
from newsharvest.archive.gz import GZIP, MEMBER_MAX, TOO_LARGE, TORN, Member, begins_record, members
from newsharvest.coding import TRUNCATED, CodingError, decoded
from newsharvest.items import Record, Reject, Source
from newsharvest.page import TEXT, Page, media_type

BAD_DIGEST, BAD_HEADER, CUT, NOT_WARC, UNKNOWN = "bad_digest", "bad_header", "cut_record", "not_warc", "unknown_type"
PARTIAL, HUNG_UP = "partial", "disconnect"
"""A page whose server hung up before its end; Common Crawl's pages cut at a length (``length``) are read as they are."""
_EXCERPT = 2_000
_HEAD_MAX = 1 << 16
_PASSED_OVER = frozenset({"warcinfo", "request", "metadata", "continuation"})
_NOTES = "metadata:"
"""wget writes its arguments and its log as resources with such addresses: they are no pages."""
_DATE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")
_REDUCED_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\dZ)?)?)?")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})")
_HASHES = {"sha1": hashlib.sha1, "sha256": hashlib.sha256, "md5": hashlib.md5}


@dataclass(frozen=True, slots=True)
class Damaged:
    """A record that cannot be read, or the torn end of a file."""

    path: Path
    offset: int
    reason: str
    excerpt: str

    def reject(self) -> Reject:
        """The row that says so: named by its place, so that a crawl and a re-parse name it alike."""
        name = f"{self.path.name}:{self.offset}"
        sha1 = hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()
        source = Source(record=Record(self.path.name, self.offset, 0), body_sha1=sha1)
        return Reject("archive", self.reason, source, None, name, self.excerpt)


CUT_WITHIN = "cut_within_record"
"""The file was cut for several processes at what looked like a record and lay within one: what was read behind the cut may be forged."""


class RecordError(ValueError):
    """A record that cannot become a page; becomes a `Damaged` with its place."""

    def __init__(self, reason: str, excerpt: str = "") -> None:
        super().__init__(reason)
        self.reason, self.excerpt = reason, excerpt


@dataclass(frozen=True, slots=True)
class Raw:
    """One WARC record: headers with lower-case names, and its block, checked against its digest."""

    headers: dict[str, str]
    block: bytes


Wanted = Callable[[str], bool]
"""Tells by its URL whether a record is read at all."""


def pages(path: Path, start: int = 0, end: int | None = None, wanted: Wanted | None = None) -> Iterator[Page | Damaged]:
    """Every archived page whose record begins in ``start`` … ``end``, in file order, in memory bounded by one record.

    Records that are not ``wanted`` are passed over unchecked. A page's record offset and length are those of its gzip member; in a file
    that is not compressed or is one large gzip stream, those within the text.

    >>> # list(pages(Path("20260302T000000Z-ab12cd-00000.warc.gz"))) -> [Page(...), Page(...), Damaged(...)]
    """
    with path.open("rb") as stream:
        magic = stream.read(len(PLAIN))
    if magic.startswith(GZIP) or (start and magic != PLAIN):
        yield from _packed(path, start, end, wanted)
    elif magic:
        with path.open("rb") as stream:
            stream.seek(start)
            yield from _stream(path, stream, wanted, end)


def pages_at(path: Path, offsets: Iterable[int]) -> Iterator[Page | Damaged]:
    """The pages of the records at these places, each found by its offset.

    In a file that is one large gzip stream places count within its text: that one is read from its begin.
    """
    left = set()
    with path.open("rb") as stream:
        plain = stream.read(len(PLAIN)) == PLAIN
    for offset in sorted(offsets):
        if plain:
            yield from pages(path, offset, offset + 1)
        elif begins_record(path, offset):
            yield from _packed(path, offset, offset + 1, None, cut=False)
        else:
            left.add(offset)
    for page in pages(path) if left else ():
        if (page.offset if isinstance(page, Damaged) else page.record and page.record.warc_record_offset) in left:
            yield page


def whole_until(path: Path, start: int = 0) -> int:
    """The end of the last whole record with a right digest at or after ``start``; ``start`` where there is none."""
    return max(
        (m.offset + m.length for m, records in checked(path, start) if m.whole and all_right(records)), default=start
    )


def checked(path: Path, start: int = 0) -> Iterator[tuple[Member, list[Raw | RecordError]]]:
    """Every gzip member from ``start`` on, with what its records are: read, and checked against their digests."""
    for found in members(path, start):
        yield found, [raw for _, raw in _raws(io.BytesIO(found.data))] if found.whole else []


def all_right(records: list[Raw | RecordError]) -> bool:
    """Whether every record could be read and is what its digest says."""
    return not any(isinstance(record, RecordError) for record in records)


def target_of(record: Raw) -> str | None:
    """The URL a record is about; null for one that states none."""
    return record.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">") or None


def _packed(
    path: Path, start: int, end: int | None, wanted: Wanted | None, *, cut: bool = True
) -> Iterator[Page | Damaged]:
    """``cut``: the file was cut at ``end``, so that a record ends there."""
    size = path.stat().st_size
    alone = not start and (end is None or end >= size)
    for found in members(path, start, end, early=alone):
        if alone and not found.length:
            with gzip.open(path, "rb") as stream:
                yield from _stream(path, cast("IO[bytes]", stream), wanted)
        elif found.whole:
            place = Record(path.name, found.offset, found.length)
            yield from (page for _, raw in _raws(io.BytesIO(found.data), wanted) for page in _page_of(path, raw, place))
        else:
            yield from _before_the_end(path, found, wanted) if (found.fault, found.length) == (TORN, size) else ()
            yield _faulty(path, found)
        if cut and end is not None and found.offset + found.length > end:
            yield Damaged(path, end, CUT_WITHIN, _printable(found.data))


def _before_the_end(path: Path, found: Member, wanted: Wanted | None) -> Iterator[Page | Damaged]:
    """The records of a file that is one torn gzip stream, but for the last that was unpacked: nothing vouches for that one."""
    place = Record(path.name, found.offset, found.length)
    for (_, raw), _ in itertools.pairwise(_raws(io.BytesIO(found.data), wanted)):
        yield from _page_of(path, raw, place)


def _faulty(path: Path, found: Member) -> Damaged:
    return Damaged(path, found.offset, str(found.fault), _printable(found.data))


def _stream(path: Path, stream: IO[bytes], wanted: Wanted | None, end: int | None = None) -> Iterator[Page | Damaged]:
    """Records of an unpacked file, or of a file that is one gzip stream."""
    at = 0
    try:
        for at, raw in _raws(stream, wanted, end):
            if isinstance(raw, RecordError) and raw.reason == CUT:
                raise EOFError(raw.excerpt)
            yield from _page_of(path, raw, Record(path.name, at, stream.tell() - at))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        yield Damaged(path, at, TORN, str(error))


def _page_of(path: Path, raw: Raw | RecordError, place: Record) -> Iterator[Page | Damaged]:
    """The page of a record; nothing for a record of a type that holds none."""
    try:
        if isinstance(raw, RecordError):
            raise raw
        page = _page(raw, place)
        if page is not None:
            yield page
    except RecordError as error:
        yield Damaged(path, place.warc_record_offset, error.reason, error.excerpt)


def _raws(
    stream: IO[bytes], wanted: Wanted | None = None, end: int | None = None
) -> Iterator[tuple[int, Raw | RecordError]]:
    """Records, each with its place; an unreadable one is reported, and reading goes on where the next begins."""
    at = stream.tell()
    while (end is None or at < end) and (line := stream.readline(_HEAD_MAX)):
        if line.strip() and (raw := _raw(stream, line, wanted)) is not None:
            yield at, raw
        at = stream.tell()


def _raw(stream: IO[bytes], line: bytes, wanted: Wanted | None) -> Raw | RecordError | None:
    """A record; None for one that is not wanted."""
    if not line.startswith(b"WARC/"):
        _to_next_record(stream)
        return RecordError(NOT_WARC, _printable(line))
    headers = _headers(iter(lambda: stream.readline(_HEAD_MAX).rstrip(b"\r\n"), b""))
    stated = headers.get("content-length", "")
    if not stated.isdigit():
        return RecordError(BAD_HEADER if _to_next_record(stream) else CUT, _printable(repr(headers).encode()))
    size = int(stated)
    if wanted is not None and _unwanted(headers, wanted):
        _skip(stream, size)
        return None
    if size > MEMBER_MAX:
        _skip(stream, size)
        return RecordError(TOO_LARGE, headers.get("warc-target-uri", ""))
    block = stream.read(size)
    if len(block) < size:
        return RecordError(CUT, headers.get("warc-target-uri", ""))
    return Raw(headers, block) if _digest_right(headers, block) else RecordError(BAD_DIGEST, _printable(block))


def _unwanted(headers: dict[str, str], wanted: Wanted) -> bool:
    url = headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")
    return bool(url) and headers.get("warc-type", "").lower() in _KINDS and not wanted(url)


def _to_next_record(stream: IO[bytes]) -> bool:
    """Read on until the next line that opens a record, and step back before it; whether there is one."""
    while line := stream.readline(_HEAD_MAX):
        if line.startswith(b"WARC/1."):
            stream.seek(-len(line), io.SEEK_CUR)
            return True
    return False


def _skip(stream: IO[bytes], size: int) -> None:
    while size > 0 and (chunk := stream.read(min(size, 1 << 20))):
        size -= len(chunk)


def _headers(lines: Iterator[bytes]) -> dict[str, str]:
    """Header lines by lower-case name; repeated ones joined by a comma, folded ones unfolded."""
    out: dict[str, str] = {}
    name = ""
    for line in lines:
        text = _header_text(line)
        if text[:1] in " \t" and name:
            out[name] = f"{out[name]} {text.strip()}"
            continue
        name, _, value = (part.strip() for part in text.partition(":"))
        name = name.lower()
        out[name] = f"{out[name]}, {value}" if name in out else value
    return out


def _header_text(line: bytes) -> str:
    """UTF-8 in WARC headers, latin-1 in old HTTP ones."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _digest_right(headers: dict[str, str], block: bytes) -> bool:
    """Whether the block is what its digest says; a block without digest, or of a kind not known here, is believed."""
    kind, _, stated = headers.get("warc-block-digest", "").partition(":")
    if kind.lower() not in _HASHES:
        return True
    digest = _HASHES[kind.lower()](block, usedforsecurity=False)
    return stated.upper() == base64.b32encode(digest.digest()).decode() or stated.lower() == digest.hexdigest()


def _page(raw: Raw, place: Record) -> Page | None:
    kind = raw.headers.get("warc-type", "").lower()
    if kind in _PASSED_OVER:
        return None
    if kind not in _KINDS:
        raise RecordError(UNKNOWN, kind)
    return _KINDS[kind](raw, place)


def _response(raw: Raw, place: Record) -> Page | None:
    if not raw.headers.get("content-type", "application/http").lower().startswith("application/http"):
        return None  # the answer of another protocol, e.g. text/dns
    if raw.headers.get("warc-truncated", "").lower() == HUNG_UP:
        raise RecordError(PARTIAL, _url(raw) or "")
    status, headers, body = _http(raw.block)
    body = _content(body, headers, _url(raw))
    kind = media_type(headers.get("content-type"), body)
    digest = raw.headers.get("warc-payload-digest")
    return Page(_url(raw), body, status, headers, _fetched_at(raw), place, None, kind, digest)


def _revisit(raw: Raw, place: Record) -> Page | None:
    """A page that is as it was: said by the server, or seen by its bytes. Of another URL's bytes: their page is there."""
    if "server-not-modified" not in raw.headers.get("warc-profile", "") and not _is_of_itself(raw):
        return None
    return Page(_url(raw), b"", 304, _http(raw.block)[1] if raw.block else {}, _fetched_at(raw), place)


def _is_of_itself(raw: Raw) -> bool:
    """Whether a revisit tells that the payload is the one which the same URL had before."""
    earlier = raw.headers.get("warc-refers-to-target-uri", "").removeprefix("<").removesuffix(">")
    return bool(earlier) and earlier == target_of(raw)


def _resource(raw: Raw, place: Record) -> Page | None:
    if _url(raw).startswith(_NOTES):
        return None
    content_type = raw.headers.get("content-type", "")
    media = media_type(content_type, raw.block)
    return Page(_url(raw), raw.block, 200, {"content-type": content_type}, _fetched_at(raw), place, None, media)


def _conversion(raw: Raw, place: Record) -> Page:
    """Text that somebody took out of a page, as in Common Crawl's WET files: UTF-8."""
    headers = {"content-type": "text/plain; charset=utf-8"}
    return Page(_url(raw), raw.block, 200, headers, _fetched_at(raw), place, None, TEXT)


_KINDS: dict[str, Callable[[Raw, Record], Page | None]] = {
    "response": _response,
    "revisit": _revisit,
    "resource": _resource,
    "conversion": _conversion,
}


def _url(raw: Raw) -> str:
    """The target; wget writes it in angle brackets."""
    url = raw.headers.get("warc-target-uri", "").removeprefix("<").removesuffix(">")
    if not url:
        raise RecordError(BAD_HEADER, "no WARC-Target-URI")
    return url


def _fetched_at(raw: Raw) -> datetime | None:
    """WARC-Date cut to milliseconds; null where it states less than the second (WARC/1.1 allows it)."""
    stated = raw.headers.get("warc-date", "")
    match = _DATE.fullmatch(stated)
    if match is None:
        if _REDUCED_DATE.fullmatch(stated):
            return None
        raise RecordError(BAD_HEADER, f"WARC-Date {stated[:40]!r}")
    try:
        moment = datetime.fromisoformat(match.group(1)).replace(tzinfo=UTC)
    except ValueError as error:
        raise RecordError(BAD_HEADER, f"WARC-Date {stated[:40]!r}") from error
    return moment.replace(microsecond=int((match.group(2) or "0").ljust(3, "0")[:3]) * 1000)


def _http(block: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an HTTP message; lines may end in LF alone."""
    match = _STATUS.match(block)
    if match is None:
        raise RecordError(BAD_HEADER, _printable(block[:200]))
    ends = [(at, len(mark)) for mark in (b"\r\n\r\n", b"\n\n") if (at := block.find(mark)) >= 0]
    at, width = min(ends, default=(len(block), 0))
    lines = block[:at].splitlines()[1:]
    return int(match.group(1)), _headers(iter(lines)), block[at + width :]


def _content(body: bytes, headers: dict[str, str], url: str) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _dechunked(body)
    try:
        return decoded(body, headers.get("content-encoding"))
    except CodingError as error:
        raise RecordError(error.reason, url) from error


_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def _dechunked(body: bytes) -> bytes:
    """The body without its chunk lines; as it is where its first line is none (some archives store it so)."""
    match = _CHUNK.match(body)
    if match is None:
        return body
    out: list[bytes] = []
    while size := int(match.group(1), 16):
        out.append(body[match.end() : match.end() + size])
        match = _CHUNK.match(body, match.end() + size)
        if match is None:
            raise RecordError(TRUNCATED, "a chunk is cut or missing")
    return b"".join(out)


def _printable(data: bytes) -> str:
    return data[: 4 * _EXCERPT].decode("utf-8", "replace").replace("\0", "")[:_EXCERPT]
