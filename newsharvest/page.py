"""A page: bytes, where they came from and when; and how its bytes become text.

Everything downstream is a function of a `Page`. It never looks at the clock, the network or the file system.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from newsharvest.items import Record, Source
from newsharvest.mojibake import reversed_mojibake

HTML, XML, TEXT = "html", "xml", "text"

_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:-]{2,40})["']""")
_HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_HANGUL = re.compile(rb"[\xea-\xed][\x80-\xbf]{2}")
_MOJIBAKE_MAX = 2_000_000
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# WHATWG: every Korean legacy label means cp949 (pages that declare euc-kr do contain 똠, 펲, 뷁).
_CP949_LABELS = frozenset(
    {"euc-kr", "euckr", "euc_kr", "cp949", "ms949", "uhc", "windows-949", "x-windows-949", "korean",
     "ks_c_5601-1987", "ks_c_5601", "ks_c_5601-1989", "ksc5601", "ksc_5601", "ks_x_1001", "iso-ir-149", "csksc56011987"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body as text. ``source`` says what decided: bom, bytes, header, meta or sniffed; ``damaged``: none reads it whole; ``repaired``: see `newsharvest.mojibake`."""

    text: str
    encoding: str
    source: str
    replacement_chars: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page as received: the only input of `newsharvest.harvest.harvest`.

    ``body`` is free of transfer and content encodings; ``headers`` has lower-case names; ``media`` is html, xml or text.
    """

    url: str | None
    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    fetched_at: datetime | None = None
    record: Record | None = None
    source_file: str | None = None
    media: str = HTML
    payload_digest: str | None = field(default=None, compare=False)
    """Of the body as it was received, codings and all, as WARC states it; null where nobody told."""

    def __reduce__(self) -> tuple[type[Page], tuple[object, ...]]:
        # What dataclasses do for frozen ones costs ten times as much.
        values = (self.url, self.body, self.status, self.headers, self.fetched_at, self.record, self.source_file)
        return Page, (*values, self.media)

    @property
    def source(self) -> Source:
        """A fresh provenance block for an item of this page; only a page without URL is named by its body."""
        sha1 = "" if self.url else hashlib.sha1(self.body, usedforsecurity=False).hexdigest()
        return Source(self.url, self.fetched_at, self.record, self.source_file, sha1)


def media_type(content_type: str | None, body: bytes) -> str:
    """html, xml or text, from the Content-Type where it says, else from the first bytes.

    >>> media_type("text/html; charset=utf-8", b""), media_type(None, b"<?xml version='1.0'?><rss/>")
    ('html', 'xml')
    """
    kind = (content_type or "").split(";")[0].strip().lower()
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if kind in {"text/html", "application/xhtml+xml"}:
        return HTML
    if kind.endswith("xml") or head.startswith((b"<?xml", b"<rss", b"<urlset", b"<channel")):
        return XML
    if kind == "text/plain":
        return TEXT
    return HTML if b"<" in head else TEXT


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Text of a body, a pure function of bytes and header.

    Strict UTF-8 first, whatever was declared (Korean cp949 bytes almost never pass it); else cp949, the only other
    encoding Korean pages use; a body that neither reads strictly is read by the one that replaces fewer characters,
    and they are counted. Other labels (latin-1 on a cp949 page is common) never decide. NUL never survives.

    >>> decode("속초 8.2℃".encode("cp949")).encoding
    'cp949'
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name, "bom")
    strict = _strict(body, "utf-8", "bytes")
    if strict is not None:
        return strict if _HANGUL.search(body) else _readable(strict)
    declared, source = declared_encoding(body, content_type)
    strict = _strict(body, "cp949", source if declared == "cp949" else "sniffed")
    if strict is not None:
        return strict
    names = ("cp949", "utf-8") if declared == "cp949" else ("utf-8", "cp949")
    return min((_decoded(body, name, "damaged") for name in names), key=lambda d: d.replacement_chars)


def _readable(decoded: Decoded) -> Decoded:
    """A UTF-8 page without a syllable of Hangul: as it was meant, where it was saved by a wrong table."""
    repaired = reversed_mojibake(decoded.text) if len(decoded.text) < _MOJIBAKE_MAX else None
    return decoded if repaired is None else Decoded(repaired, "utf-8", "repaired", 0)


def declared_encoding(body: bytes, content_type: str | None) -> tuple[str | None, str]:
    """The label that header, XML declaration or meta states, as Python's codec name, and which of them said it."""
    if content_type and (match := _HEADER_CHARSET.search(content_type)):
        return codec_name(match.group(1)), "header"
    head = body[:4096]
    if found := (_XML_ENCODING.search(head) or _META_CHARSET.search(head)):
        return codec_name(found.group(1).decode("ascii")), "meta"
    return None, "none"


def codec_name(label: str) -> str | None:
    """Python's codec for a charset label; null for a label that names none."""
    lowered = label.strip().lower()
    if lowered in _CP949_LABELS:
        return "cp949"
    try:
        "".encode(lowered)
    except LookupError:
        return None
    return "utf-8" if lowered in {"utf8", "utf-8"} else lowered


def _strict(body: bytes, name: str, source: str) -> Decoded | None:
    try:
        text = body.decode(name)
    except UnicodeDecodeError:
        return None
    # Looked for in the bytes: in a text of two bytes a character that costs half as much as the decoding.
    return Decoded(_without_nul(text) if b"\x00" in body else text, name, source, 0)


def _decoded(body: bytes, name: str, source: str) -> Decoded:
    text = body.decode(name, errors="replace")
    return Decoded(_without_nul(text), name, source, text.count("\ufffd"))


def _without_nul(text: str) -> str:
    return text.replace("\x00", "") if "\x00" in text else text
