"""The grammar of printed Korean dates: finding them in a page's lines. `pipelines.dates` reads what was found."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.labels import LABEL, byline_in
from newsharvest.cms.lookups import alternatives, is_furniture, words

PUBLISHED = words("dates", "published")
MODIFIED = words("dates", "modified")
_SITE = words("dates", "site")
_LABELS = alternatives(PUBLISHED + MODIFIED + _SITE)

# One date, optionally with weekday, half of the day, time and zone: every form of the page study's §6. The look-aheads
# after day and minute keep glued pairs apart: "03:042005년" is 03:04 and the same date once more (`_TWIN`).
_DATE = (
    r"(?<!\d)(?:(?P<year>\d{4}|\d{2})\s*(?:년|[./-])\s*)?(?P<month>\d{1,2})\s*(?P<sep>월|[./-])\s*(?P<day>\d{1,2})(?!\d)"
    r"(?:\s*일)?\.?"
)
_WEEKDAY = r"(?:\s*[(\[]?(?<![가-힣])[월화수목금토일](?:요일)?(?![가-힣])[)\]]?,?)?"
_TIME = (
    r"(?:[\s\[T|,(]*(?P<half>오전|오후|[AaPp]\.?[Mm]\.?)?\s*(?P<hour>\d{1,2})\s*(?::|시)\s*(?P<minute>\d{2}|\d(?!\d))"
    r"(?:\s*분)?(?:\s*:?\s*(?<=[:분 ])(?P<second>\d{2})(?:\.\d+)?(?![\d.:년/]|-(?!\d{2}:?\d{2}(?![\d-])))(?:\s*초)?)?"
    r"(?:\s*(?P<late>[AaPp]\.?[Mm]\b))?(?:\s*(?P<zone>Z|[+-]\d{2}:?\d{2}(?!\d)))?)?"
)
_AFTER = rf"(?:\s*(?P<after>{_LABELS})(?![가-힣])(?!\s*[:.\[]?\s*\d))?"
_TWIN = r"(?:(?<=\d)\d{4}년\s*\d{1,2}월\s*\d{1,2}일(?:\s*\d{1,2}시(?:\s*\d{1,2}분)?)?)?"
STAMP = re.compile(rf"(?:(?P<label>{_LABELS})[\s:.\[|ㅣ]*)?{_DATE}{_WEEKDAY}{_TIME}(?:\s*\])?{_TWIN}{_AFTER}")
_HINT = re.compile(r"\d\s*[년./-]\s*\d")
# A label that no table knows: a word or two that stand alone before the date, or behind a byline.
_UNKNOWN = tuple(
    re.compile(rf"(?P<before>.*?)(?:^|(?<=[\s|/·,\])>]))(?P<label>{word})[\s:.\[(|ㅣ]*")
    for word in ("[가-힣]{1,6}|[A-Za-z]{2,12}", "[가-힣]{1,6} [가-힣]{1,4}|[A-Za-z]{2,12} [A-Za-z]{2,10}")
)
_PERSON = re.compile(
    rf"(?:{alternatives(words('credits', 'strong') + words('credits', 'weak'))})$"
    rf"|^[{words('credits', 'surnames')[0]}][가-힣](?![일시날각])[가-힣]$"
)


@dataclass(frozen=True, slots=True)
class Stamp:
    """One printed date: its label's word, or None, and the text as printed, label included."""

    label: str | None
    raw: str
    known: bool = True
    """False where the label is no word of the tables and taken for one by its place (`labelled`)."""


def stamps(text: str) -> list[Stamp]:
    """Every date with a year in a line, in order; not those that a label gives to the site (최종편집).

    >>> stamps("입력 : 2020.07.07 10:42:42   수정 : 2020.07.07 12:20")
    [Stamp(label='입력', raw='입력 : 2020.07.07 10:42:42'), Stamp(label='수정', raw='수정 : 2020.07.07 12:20')]
    """
    return list(_stamps(text)) if _HINT.search(text) else []


@functools.lru_cache(maxsize=64)
def _stamps(text: str) -> tuple[Stamp, ...]:
    """Several rules ask for the dates of one line."""
    return tuple(_stamp(match) for match in STAMP.finditer(text) if _is_date(match) and match["label"] not in _SITE)


def _is_date(match: re.Match[str]) -> bool:
    """A year of two digits is one only beside a label or a time: "02-12-24" may be anything."""
    year = match["year"]
    return year is not None and (len(year) == 4 or bool(match["hour"] or match["label"] or match["after"]))


def _stamp(match: re.Match[str]) -> Stamp:
    return Stamp(match["label"] or match["after"], match.group().strip())


def labelled(text: str, found: list[Stamp]) -> list[Stamp]:
    """The stamps of a line; one without a known label gets the word or two that stand alone before it, whatever they say.

    >>> labelled("띄운시각 2026.09.14 10:24", stamps("띄운시각 2026.09.14 10:24"))
    [Stamp(label='띄운시각', raw='띄운시각 2026.09.14 10:24', known=False)]
    """
    kept, start = [], 0
    for stamp in found:
        place = text.find(stamp.raw, start)
        label = _unknown_label(text[start:place]) if stamp.label is None else None
        if label is not None:
            at = text.rfind(label, start, place)
            kept.append(Stamp(label, text[at:place] + stamp.raw, known=False))
        else:
            kept.append(stamp)
        start = place + len(stamp.raw)
    return kept


def _unknown_label(segment: str) -> str | None:
    found = (form.fullmatch(segment) for form in _UNKNOWN)
    return next((m["label"] for m in found if m and _is_label(m["label"], m["before"].strip(" |/·,])"))), None)


def _is_label(word: str, before: str) -> bool:
    if _PERSON.search(word) or is_furniture(word) or is_byline(word):
        return False
    known = LABEL.match(before)
    rest = before[known.end() :] if known else before
    return not rest or is_byline(byline_in(rest, labelled=known is None))


def is_modified(stamp: Stamp) -> bool:
    """Whether a label says that this is the time of a change."""
    return stamp.label in MODIFIED


def published(found: Iterable[Stamp]) -> Stamp | None:
    """The stamp of publication: the first label of the table wins, so that 송고 counts only if nothing else is printed.

    >>> published(stamps("송고 2020.02.18 09:04 승인 2020.02.18 10:00")).label
    '승인'
    """
    candidates = [stamp for stamp in found if not is_modified(stamp)]
    return min(candidates, key=_rank, default=None)


def _rank(stamp: Stamp) -> int:
    return PUBLISHED.index(stamp.label) if stamp.label in PUBLISHED else len(PUBLISHED)


def modified(found: Iterable[Stamp]) -> Stamp | None:
    """The last stamp of a change."""
    return next((stamp for stamp in reversed(list(found)) if is_modified(stamp)), None)
