"""Content codings undone, with a limit on what comes out: HTTP bodies and gzip files."""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Callable
from typing import Any

BODY_MAX = 10 * 1024 * 1024
TRUNCATED, TOO_LARGE, ENCODING = "truncated", "too_large", "encoding"
_GZIP_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# Each member costs a copy of what follows it: 500,000 empty ones in 10 MB would take hours. bgzip makes one of 64 KB.
_MEMBERS_MAX = 512
_CODINGS_MAX = 3


class CodingError(ValueError):
    """A body that its coding does not explain; ``reason`` is truncated, too_large or encoding."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason, self.detail = reason, detail


def decoded(body: bytes, content_encoding: str | None, limit: int = BODY_MAX) -> bytes:
    """A body free of its content codings, at most ``limit`` bytes long; CodingError otherwise.

    A coding that stops before its own end is an error: Scrapy's own middleware hands out the cut text as if it were whole.

    >>> decoded(b"plain", None), decoded(zlib.compress(b"packed"), "deflate")
    (b'plain', b'packed')
    """
    names = [part.strip().lower() for part in (content_encoding or "").split(",") if part.strip()]
    if len(names) > _CODINGS_MAX:
        raise CodingError(ENCODING, f"{len(names)} codings upon another")
    for name in reversed(names):
        if name not in _DECODERS:
            raise CodingError(ENCODING, f"unknown content encoding {name[:40]!r}")
        body = _DECODERS[name](body, limit) if body else body
    if len(body) > limit:
        raise CodingError(TOO_LARGE, f"more than {limit} bytes")
    return body


def gunzip(body: bytes, limit: int = BODY_MAX) -> bytes:
    """All gzip members of a body, joined; what follows the last one and is no member is padding."""
    out = bytearray()
    for _ in range(_MEMBERS_MAX):
        data, rest = _inflate(body, 31, limit - len(out))
        out += data
        if not rest.startswith(_GZIP_MAGIC):
            return bytes(out)
        body = rest
    raise CodingError(TOO_LARGE, f"more than {_MEMBERS_MAX} gzip members")


def _inflate(body: bytes, wbits: int, limit: int) -> tuple[bytes, bytes]:
    """One zlib stream and the bytes behind it."""
    stream = zlib.decompressobj(wbits)
    try:
        data = stream.decompress(body, limit + 1)
    except zlib.error as error:
        raise CodingError(ENCODING, str(error)) from error
    if len(data) > limit:
        raise CodingError(TOO_LARGE, f"more than {limit} bytes")
    if not stream.eof:
        raise CodingError(TRUNCATED, f"the coded body ends after {len(body)} bytes, before its own end")
    return data, stream.unused_data


def _deflate(body: bytes, limit: int) -> bytes:
    """RFC 9110 means zlib's format; some servers send the bare stream."""
    wrapped = body[0] & 0x0F == 8 and int.from_bytes(body[:2].ljust(2, b"\0"), "big") % 31 == 0
    return _inflate(body, 15 if wrapped else -15, limit)[0]


def _brotli(body: bytes, limit: int) -> bytes:
    import brotli

    stream = brotli.Decompressor()
    try:
        out = bytes(stream.process(body, output_buffer_limit=limit + 1))
        while len(out) <= limit and not stream.is_finished():
            more = bytes(stream.process(b"", output_buffer_limit=limit + 1 - len(out)))
            if not more:
                raise CodingError(TRUNCATED, f"the coded body ends after {len(body)} bytes, before its own end")
            out += more
    except brotli.error as error:
        raise CodingError(ENCODING, str(error)) from error
    if len(out) > limit:
        raise CodingError(TOO_LARGE, f"more than {limit} bytes")
    return out


def _zstandard() -> Any:  # noqa: ANN401 - a module
    """Python's own from 3.14 on."""
    return importlib.import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def zstd_head(data: bytes, limit: int) -> bytes:
    """At most ``limit`` bytes of what a zstd frame begins with; what it is given where that is none."""
    zstd = _zstandard()
    try:
        return bytes(zstd.ZstdDecompressor().decompress(data, limit))
    except zstd.ZstdError:
        return data


def _zstd(body: bytes, limit: int) -> bytes:
    """All frames of a body, joined; what follows the last one and is no frame is padding."""
    zstd = _zstandard()
    out = bytearray()
    for _ in range(_MEMBERS_MAX):
        stream = zstd.ZstdDecompressor()
        try:
            out += stream.decompress(body, limit + 1 - len(out))
        except zstd.ZstdError as error:
            raise CodingError(ENCODING, str(error)) from error
        if len(out) > limit:
            raise CodingError(TOO_LARGE, f"more than {limit} bytes")
        if not stream.eof:
            raise CodingError(TRUNCATED, f"the coded body ends after {len(body)} bytes, before its own end")
        body = stream.unused_data
        if not body.startswith(ZSTD_MAGIC):
            return bytes(out)
    raise CodingError(TOO_LARGE, f"more than {_MEMBERS_MAX} zstd frames")


def _identity(body: bytes, _limit: int) -> bytes:
    return body


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": gunzip,
    "x-gzip": gunzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
    "identity": _identity,
}
