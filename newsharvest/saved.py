"""Saved pages: files of a browser (MHTML too), of SingleFile, of HTTrack, text dumps; and which files of a folder are pages.

A saved file's URL and time are what the file itself states, else null: never its mtime, never now.
"""

from __future__ import annotations

import glob
import html
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from newsharvest.coding import BODY_MAX, ZSTD_MAGIC, CodingError, decoded, zstd_head
from newsharvest.mhtml import Snapshot, snapshot
from newsharvest.page import HTML, TEXT, XML, Page

WARC, PAGE = "warc", "page"
_WARC_SUFFIXES = (".warc", ".warc.gz", ".wet", ".wet.gz")
_MHTML = frozenset({".mhtml", ".mht"})
_MEDIA = {".html": HTML, ".htm": HTML, ".xhtml": HTML, ".xml": XML, ".txt": TEXT, **dict.fromkeys(_MHTML, HTML)}
_PACKED = (".gz", ".zst")
_CODINGS = {b"\x1f\x8b": "gzip", ZSTD_MAGIC: "zstd"}
_MAGICS = tuple(_CODINGS)
# A page with its pictures, as text in base64: the limit of pages holds for the page alone.
_MHTML_MAX = 64 * 1024 * 1024
_HEAD = 64 * 1024
_SIGNATURES = (b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"%PDF", b"PK\x03\x04", b"RIFF", b"\x7fELF", b"\xd0\xcf\x11\xe0")
_HTML_STARTS = (b"<!doctype html", b"<html")


class SourceError(Exception):
    """A path that no page can be read from, told in one line."""


class MissingPathError(SourceError):
    """A path that does not exist."""


class NoPermissionError(SourceError):
    """A path that may not be read."""


class NoPagesError(SourceError):
    """A folder without a single page."""


class EmptyFileError(SourceError):
    """A file of no bytes."""


class NotAPageError(SourceError):
    """A file that is neither a page nor a WARC file."""


def sources(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that paths name: a file itself, a folder's pages and WARC files (all levels, sorted, hidden ones not).

    A path that is not there and holds ``*``, ``?`` or ``[`` is a pattern (``**`` for any folders), its matches sorted.
    Within a folder the name decides, and what is no page after all becomes a reject; a file named by itself that holds
    nothing readable is a SourceError.
    """
    for path in (match for given in paths for match in _matches(given)):
        _readable(path)
        if path.is_dir():
            yield from _pages_in(path)
        else:
            yield _file(path)


def left_of(path: Path) -> list[Path]:
    """The files that a path named once, as far as they are still there."""
    try:
        return list(sources([path]))
    except SourceError:
        return []


def _matches(path: Path) -> list[Path]:
    if not glob.has_magic(str(path)) or path.exists():
        return [path]
    found = sorted(map(Path, glob.iglob(str(path), recursive=True)))
    if not found:
        raise MissingPathError(f"{path}: no file or folder matches this pattern")
    return found


def _readable(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingPathError(f"{path}: no such file or folder") from error
    except PermissionError as error:
        raise NoPermissionError(f"{path}: no permission to read it") from error
    if not os.access(path, os.R_OK | (os.X_OK if path.is_dir() else 0)):
        raise NoPermissionError(f"{path}: no permission to read it")


def _file(path: Path) -> Path:
    if path.stat().st_size == 0:
        raise EmptyFileError(f"{path}: the file is empty")
    if kind(path) is None:
        raise NotAPageError(f"{path}: neither a page ({', '.join(_MEDIA)}; also .gz, .zst) nor a WARC or WET file")
    return path


def _pages_in(folder: Path) -> Iterator[Path]:
    found = False
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and (_is_warc(path) or _suffix(path) in _MEDIA):
            _readable(path)
            found = True
            yield path
    if not found:
        raise NoPagesError(f"{folder}: no pages in this folder ({', '.join((*_MEDIA, *_WARC_SUFFIXES))})")


def kind(path: Path) -> str | None:
    """``warc``, ``page``, or null for what is neither: by name, and by the first bytes where the name is not enough."""
    if _is_warc(path):
        return WARC
    with path.open("rb") as stream:
        head = _unpacked(stream.read(4096), partial=True)
    if head.startswith(b"WARC/"):
        return WARC
    return PAGE if _suffix(path) in _MEDIA and not head.startswith((*_SIGNATURES, *_MAGICS)) else None


def _is_warc(path: Path) -> bool:
    return path.name.lower().endswith(_WARC_SUFFIXES)


def _suffix(path: Path) -> str:
    """The suffix that says what is in it: ``.html`` of ``a.html.gz``."""
    plain = Path(path.name.lower())
    return Path(plain.stem).suffix if plain.suffix in _PACKED else plain.suffix


def _unpacked(data: bytes, limit: int = BODY_MAX, *, partial: bool = False) -> bytes:
    """The bytes, out of gzip or zstd where they are in it; as they are where that fails: the parse then rejects them."""
    coding = next((name for magic, name in _CODINGS.items() if data.startswith(magic)), None)
    if coding is None:
        return data
    if partial:
        return _HEADS[coding](data)
    try:
        return decoded(data, coding, limit)
    except CodingError:
        return data


def _gzip_head(data: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(data, _HEAD)
    except zlib.error:
        return data


def _zstd_head(data: bytes) -> bytes:
    """Empty where the first block is longer than ``data``: what is in it then shows in the parse."""
    return zstd_head(data, _HEAD)


_HEADS: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip_head, "zstd": _zstd_head}


def page_from_file(path: Path, fetched_at: datetime | None = None) -> Page:
    """A saved page. Never fails for what is in the file: an empty or binary one is rejected by the parse.

    ``fetched_at`` (aware) goes before the time that the file states. OSError where it cannot be read.

    >>> # page_from_file(Path("a.html.gz")).url -> 'http://www.haeram.test/news/articleView.html?idxno=101'
    """
    limit = _MHTML_MAX if _suffix(path) in _MHTML else BODY_MAX
    with path.open("rb") as stream:
        body = _unpacked(stream.read(limit + 1), limit)
    kept = snapshot(body) if _suffix(path) in _MHTML else None
    if kept is not None:
        return _page_of(kept, path, fetched_at)
    media = _media(path, body)
    url, stated = (None, None) if media == TEXT else _stated(body[:_HEAD])
    return Page(url, body, 200, {}, _moment(fetched_at or stated), None, path.name, media)


def _page_of(kept: Snapshot, path: Path, fetched_at: datetime | None) -> Page:
    """The page of an MHTML file; what the file states of itself goes before what its HTML states."""
    url, stated = _stated(kept.body[:_HEAD])
    headers = {"content-type": kept.content_type} if kept.content_type else {}
    at = fetched_at or kept.saved_at or stated
    return Page(_url((kept.url or "").encode()) or url, kept.body, 200, headers, _moment(at), None, path.name, HTML)


def _media(path: Path, body: bytes) -> str:
    """By the suffix; a .txt file that begins as a page is one."""
    named = _MEDIA[_suffix(path)]
    looks = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_HTML_STARTS)
    return HTML if named == TEXT and looks else named


def _moment(stated: datetime | None) -> datetime | None:
    """Cut to milliseconds, as every time is that is stored."""
    return None if stated is None else stated.replace(microsecond=stated.microsecond // 1000 * 1000)


def _stated(head: bytes) -> tuple[str | None, datetime | None]:
    """URL and time as the file states them: what the saving program wrote goes before what the site wrote."""
    for rule in (_singlefile, _httrack, _browser, _canonical, _og_url):
        url, moment = rule(head)
        if url is not None:
            return url, moment
    return None, None


Stated = tuple[str | None, datetime | None]
_SINGLEFILE = re.compile(rb"<!--\s*Page saved with SingleFile\s+url:\s*(\S+)\s+saved date:\s*([^\r\n]+?)\s*(?:\n|-->)")
_JS_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d\d \d{4} \d\d:\d\d:\d\d) GMT([+-]\d{4})")
_HTTRACK = re.compile(rb"<!-- Mirrored from (\S+) by HTTrack [^>]*?\], ([A-Z][a-z]{2}, [^>]+? GMT) -->")
_BROWSER = re.compile(rb"<!--\s*saved from url=\((\d{4,5})\)(https?://[^\r\n]*)")
_LINK = re.compile(rb"""<link\b[^>]*\brel\s*=\s*["']?canonical\b[^>]*>""", re.IGNORECASE)
_HREF = re.compile(rb"""\bhref\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_OG = re.compile(rb"""<meta\b[^>]*\bproperty\s*=\s*["']?og:url\b[^>]*>""", re.IGNORECASE)
_CONTENT = re.compile(rb"""\bcontent\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)


def _singlefile(head: bytes) -> Stated:
    match = _SINGLEFILE.search(head)
    return (_url(match.group(1)), _js_date(match.group(2))) if match else (None, None)


def _js_date(text: bytes) -> datetime | None:
    match = _JS_DATE.match(text.decode("latin-1"))
    if match is None:
        return None
    return datetime.strptime(" ".join(match.groups()), "%b %d %Y %H:%M:%S %z").astimezone(UTC)


def _httrack(head: bytes) -> Stated:
    """HTTrack names host and path without a scheme."""
    match = _HTTRACK.search(head)
    return (_url(b"http://" + match.group(1)), _rfc_date(match.group(2))) if match else (None, None)


def _rfc_date(text: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(text.decode("latin-1")).astimezone(UTC)
    except ValueError:
        return None


def _browser(head: bytes) -> Stated:
    """The number is the URL's length: what follows it belongs to the comment."""
    match = _BROWSER.search(head)
    return (_url(match.group(2)[: int(match.group(1))].strip()), None) if match else (None, None)


def _attribute(tag: re.Pattern[bytes], attribute: re.Pattern[bytes]) -> Callable[[bytes], Stated]:
    def rule(head: bytes) -> Stated:
        found = tag.search(head)
        value = attribute.search(found.group()) if found else None
        return (_url(value.group(1)), None) if value else (None, None)

    return rule


_canonical = _attribute(_LINK, _HREF)
_og_url = _attribute(_OG, _CONTENT)


def _url(raw: bytes) -> str | None:
    """An absolute http(s) URL as text, else null (``about:internet``, a relative canonical)."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("cp949", "replace")
    url = html.unescape(text).strip()
    return url if re.match(r"https?://[^/\s]", url, re.IGNORECASE) else None
