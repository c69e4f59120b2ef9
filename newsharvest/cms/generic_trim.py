"""The lines of an unknown container: what stands before the first and after the last sentence is sorted out by name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.content import Body
from newsharvest.cms.crediting import beside
from newsharvest.cms.lookups import words
from newsharvest.cms.rights import RIGHTS, find_rights
from newsharvest.cms.stamps import STAMP, Stamp, stamps
from newsharvest.cms.texts import SENTENCE
from newsharvest.items import Dropped

_ENDS = frozenset(words("furniture", "ends"))
_DATELINE = re.compile(r"[\[【(][^\]】)]{1,30}[=/|·\s]?[^\]】)]{0,30}[\]】)]\s?\S")
_SUBTITLE_MOST = 80
_LEAD_MOST = 8
_STAMP_REST_MOST = 25
_COUNTER = re.compile(r"\d{1,3}")


@dataclass(slots=True)
class Trimmed:
    """What stood above the text inside the container."""

    stamps: list[Stamp] = field(default_factory=list)
    byline: str | None = None


def trim(body: Body, title: str | None) -> Trimmed:
    """Cut a body to the article's own lines; what is cut is in ``body.dropped`` by its rule.

    Above: the title once more, date lines, bylines, counters. Below: everything after the copyright line or after a heading
    that opens another part of the page.
    """
    trimmed = Trimmed()
    _cut_below(body)
    _cut_above(body, title, trimmed)
    _find_subtitle(body)
    return trimmed


def _cut_above(body: Body, title: str | None, trimmed: Trimmed) -> None:
    """The first lines one by one; those that are nothing of these stay where they are."""
    kept: list[str] = []
    for place, line in enumerate(body.paragraphs):
        if place >= _LEAD_MOST or (SENTENCE.search(line) and line != title and not _is_date_line(line)):
            body.paragraphs = kept + body.paragraphs[place:]
            return
        rule = _lead_rule(line, title)
        if rule is None:
            kept.append(line)
            continue
        body.dropped.append(Dropped(rule, line))
        _take_lead(line, rule, trimmed)
    body.paragraphs = kept


def _take_lead(line: str, rule: str, trimmed: Trimmed) -> None:
    """What a cut line says of the article."""
    found = stamps(line) if rule == "date_line" else []
    trimmed.stamps += found
    credit = beside(line, found)
    if rule != "repeated_head" and trimmed.byline is None and is_byline(credit):
        trimmed.byline = credit


def _lead_rule(line: str, title: str | None) -> str | None:
    if line == title:
        return "repeated_head"
    if _is_date_line(line):
        return "date_line"
    if is_byline(line):
        return "byline"
    return "counter" if _COUNTER.fullmatch(line) else None


def _is_date_line(line: str) -> bool:
    """A line that is dates and hardly anything else."""
    found = stamps(line)
    return (
        bool(found) and len(STAMP.sub("", line).strip(" |·,[]()~-")) <= _STAMP_REST_MOST and not SENTENCE.search(line)
    )


def _cut_below(body: Body) -> None:
    """Everything after the copyright line, or from a heading on after which no more than a few sentences stand."""
    lines = body.paragraphs
    total = sum(SENTENCE.search(line) is not None for line in lines)
    seen = 0
    for place, line in enumerate(lines):
        notice = find_rights(line) is not None
        ends_here = notice and 2 * seen > total - (RIGHTS.match(line) is not None)
        seen += SENTENCE.search(line) is not None
        if ends_here or (line in _ENDS and 2 * seen >= total):
            cut = place + 1 if ends_here else place
            body.dropped += [Dropped("below_article", below) for below in lines[cut:]]
            del lines[cut:]
            return


def cut_around(body: Body, prose: list[str]) -> None:
    """Cut everything before the first and after the last line that holds one of the page's prose texts.

    For containers that hold much else: menus and footers stand there, too.
    """
    places = [place for place, line in enumerate(body.paragraphs) if any(text in line for text in prose)]
    if not places:
        return
    start, end = places[0], places[-1] + 1
    while end < len(body.paragraphs) and _is_credit(body.paragraphs[end]):
        end += 1
    body.dropped += [Dropped("around_text", line) for line in body.paragraphs[:start] + body.paragraphs[end:]]
    body.paragraphs = body.paragraphs[start:end]


def _is_credit(line: str) -> bool:
    return is_byline(line) or find_rights(line) is not None


def _find_subtitle(body: Body) -> None:
    """Short lines without a sentence's end before a paragraph with a dateline: the subtitle stands there (entermedia)."""
    lines = body.paragraphs
    first = next((place for place, line in enumerate(lines[:4]) if SENTENCE.search(line)), 0)
    above = lines[:first]
    if not above or body.subtitles or not _DATELINE.match(lines[first]):
        return
    if all(len(line) <= _SUBTITLE_MOST and not _DATELINE.match(line) for line in above):
        body.subtitles = above
        body.paragraphs = lines[first:]
