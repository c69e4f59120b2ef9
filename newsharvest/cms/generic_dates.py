"""The dates of an unknown page: only those that are the article's own."""

from __future__ import annotations

from datetime import timedelta

from newsharvest.cms.fill import PUBLISHED_METAS
from newsharvest.cms.meta import Head
from newsharvest.cms.moments import ParsedDate, parse_korean_date
from newsharvest.cms.stamps import Stamp, is_modified, published

_SAME = timedelta(days=1)


def choose_stamps(found: list[Stamp], head: Head) -> list[Stamp]:
    """The printed dates that count beside what the head states.

    An unlabelled date counts only alone and with a time: two of them, or a bare day, may belong to anything. A printed
    publication that says the same day as the head gives way to it, since the head is exact to the second.
    """
    labelled = [stamp for stamp in found if stamp.label]
    bare = {stamp.raw: stamp for stamp in found if not stamp.label and _has_time(stamp)}
    kept = labelled or (list(bare.values()) if len(bare) == 1 else [])
    machine, printed = machine_date(head), published(kept)
    if machine is None or printed is None:
        return kept
    read = parse_korean_date(printed.raw, None)
    if read is None or abs(read.value - machine.value) <= _SAME:
        return [stamp for stamp in kept if is_modified(stamp)]
    return kept


def without_bare_days(found: list[Stamp], head: Head) -> list[Stamp]:
    """The printed dates without days that no label names and no hour follows, where the head states the time."""
    if machine_date(head) is None:
        return found
    return [stamp for stamp in found if stamp.label or _has_time(stamp)]


def _has_time(stamp: Stamp) -> bool:
    read = parse_korean_date(stamp.raw, None)
    return read is not None and read.precision != "day"


def machine_date(head: Head) -> ParsedDate | None:
    """The publication that the head states; None where it states none or two that are more than a day apart."""
    raw = [pair[1] for pair in (head.meta(*PUBLISHED_METAS), head.linked("datePublished")) if pair is not None]
    read = [date for text in raw if (date := parse_korean_date(text, None)) is not None]
    if not read or (len(read) == 2 and abs(read[0].value - read[1].value) > _SAME):
        return None
    return read[0]


def is_contradictory(head: Head) -> bool:
    """Whether the head states two publications more than a day apart: then neither counts."""
    return machine_date(head) is None and any((head.meta(*PUBLISHED_METAS), head.linked("datePublished")))
