"""A page in MIME's one-file form (.mhtml of Chrome and Edge, .mht of Internet Explorer): RFC 2557.

The page is the first part of HTML, or the one that ``start`` names; its pictures and styles are other parts. Where the page
is from stands in ``Snapshot-Content-Location`` (Chrome) or in the part's ``Content-Location``; when it was saved in ``Date``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The page of an MHTML file: its bytes as they were, what was said of their type, and where and when it was saved."""

    body: bytes
    content_type: str | None = None
    url: str | None = None
    saved_at: datetime | None = None


def snapshot(data: bytes) -> Snapshot | None:
    """The page of an MHTML file; None where no part of it is HTML.

    >>> snapshot(b"Content-Type: text/html\\r\\nContent-Location: http://a.test/1\\r\\n\\r\\n<p>").url
    'http://a.test/1'
    """
    whole = message_from_bytes(data, policy=compat32)
    part = _root(whole)
    if part is None:
        return None
    body = part.get_payload(decode=True)
    url = _text(whole, "Snapshot-Content-Location") or _text(part, "Content-Location")
    return Snapshot(body if isinstance(body, bytes) else b"", _text(part, "Content-Type"), url, _date(whole))


def _root(whole: Message) -> Message | None:
    pages = [part for part in whole.walk() if part.get_content_type() in {"text/html", "application/xhtml+xml"}]
    start = whole.get_param("start")
    named = [part for part in pages if start is not None and part["Content-ID"] == start]
    return next(iter(named or pages), None)


def _text(message: Message, name: str) -> str | None:
    """A header without its folds; an address is never folded at a word, so that no space belongs to it."""
    value = message[name]
    joined = "" if value is None else "".join(str(value).splitlines()).strip()
    return joined.replace("\t", "").replace(" ", "") or None if name.endswith("Location") else joined or None


def _date(message: Message) -> datetime | None:
    """Chrome writes ``-0000``: UTC, and nothing about the zone of who saved it (RFC 5322). Without a zone it is no time."""
    stated = str(message["Date"]).strip()
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC) if stated.endswith("-0000") else None
    return moment.astimezone(UTC)
