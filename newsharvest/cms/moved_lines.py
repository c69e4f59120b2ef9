"""Lines that hold byline and dates, wherever they stand: known by the article's own date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from newsharvest.cms.content import Body
from newsharvest.cms.crediting import Above, take_credit
from newsharvest.cms.generic_dates import machine_date
from newsharvest.cms.headlines import HeadLine
from newsharvest.cms.meta import Head
from newsharvest.cms.moments import ParsedDate, parse_korean_date
from newsharvest.cms.stamps import STAMP, Stamp, is_modified, labelled, stamps
from newsharvest.cms.texts import SENTENCE
from newsharvest.items import Dropped

_NEAR = 4
_A_MINUTE, _A_DAY = timedelta(minutes=1), timedelta(days=1)
LINE_MOST = 120
TAIL = 6


def take_tail(above: Above, body: Body, head: Head) -> None:
    """Take byline and dates that stand as lines of their own below the text, inside a container that is wider than the body."""
    if above.stamps:
        return
    lines = [HeadLine(text, "", after_title=True, linked=False, listed=True) for text in body.paragraphs[-TAIL:]]
    first = len(body.paragraphs) - len(lines)
    at = dated(lines, machine_date(head))
    if at is None or any(_is_text(line) for line in lines[at:]):
        return
    while at and not _is_text(lines[at - 1]) and take_credit(lines[at - 1], Above(), near=True):
        at -= 1
    take_around(above, lines[at:], 0, "below")
    body.dropped += [Dropped("date_line", text) for text in body.paragraphs[first + at :]]
    del body.paragraphs[first + at :]


def dated(lines: Sequence[HeadLine], stated: ParsedDate | None) -> int | None:
    """The place of the line that prints the article's own date."""
    for place, line in enumerate(lines):
        if len(line.text) <= LINE_MOST and not line.linked and any(_is_own(s, line, stated) for s in _stamps_of(line)):
            return place
    return None


def _stamps_of(line: HeadLine) -> list[Stamp]:
    return labelled(line.text, stamps(line.text))


def _is_own(stamp: Stamp, line: HeadLine, stated: ParsedDate | None) -> bool:
    """A date that agrees with the stated one, or one of publication by its label, or with a time on a line of its own."""
    if is_modified(stamp):
        return False
    read = parse_korean_date(stamp.raw, None)
    if read is None:
        return False
    if stated is not None:
        return abs(read.value - stated.value) < (_A_DAY if "day" in {read.precision, stated.precision} else _A_MINUTE)
    return stamp.label is not None or (read.precision != "day" and not _is_text(line))


def _is_text(line: HeadLine) -> bool:
    return SENTENCE.search(STAMP.sub("", line.text)) is not None


def take_around(above: Above, lines: Sequence[HeadLine], at: int, where: str) -> None:
    """What the lines around a date say: those of one block with it, as far as they are no text."""
    found = Above()
    for line in lines[max(0, at - _NEAR) : at + _NEAR + 1]:
        if len(line.text) <= LINE_MOST and not _is_text(line):
            take_credit(replace(line, after_title=True), found, near=True)
    if len(found.stamps) > len(above.stamps):
        above.stamps, above.where = found.stamps, where
    if above.byline is None and found.byline is not None:
        above.byline, above.byline_where = found.byline, where
