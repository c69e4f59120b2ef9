"""One entry of a ticker, split into sky word, station name and value. The only place where that is done.

Nothing separates the parts of ``비전주16.3℃``, so every split over vocabulary and station names is tried: one is
accepted, none is unknown, several are ambiguous. Over the 97 ASOS stations with all their names no string is ambiguous;
with the AWS five are (비끝남양주: 비끝 + 남양주 or 비끝남 + 양주).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from newsharvest.items import Reading
from newsharvest.reference import aws_names, sky_index, squeezed, station_names

DASHES = "-‐‑‒–—―−﹘﹣－⁻ー"
"""Characters that stand for a minus sign or for "no report"; real tickers write ASCII "-"."""
AMBIGUOUS, UNKNOWN = "ambiguous", "unknown"

_DEGREES = r"(?:℃|[°˚º]\s*[CcＣ])"
HAS_DEGREES = re.compile(_DEGREES)
# A token holds no Hangul (but 영하, 영상, 결측 and 도 after a digit), no bracket and no other letter: 백령도 and
# 약한비단속(매시3mm이하) are labels. Whatever else stands before the number belongs to it: a sign can never be lost.
_TOKEN = rf"(?:영[하상]\s*)?[^가-힣()A-Za-z]*(?:(?<=[0-9０-９])\s*도|(?:{_DEGREES}|o?[CＣ]|M))?|결측\s*{_DEGREES}?"
_ENTRY = re.compile(rf"(?P<label>.*?)\s*(?P<token>{_TOKEN})")
_REVERSED = re.compile(
    rf"(?P<label>[^0-9０-９]*?)\s*(?P<token>[{DASHES}]?\s*[0-9０-９.．]*\s*{_DEGREES})\s*(?P<sky>[^0-9℃°˚º]+)"
)
_DASHED = re.compile(rf"(?P<first>[{DASHES}])\s*(?P<rest>[{DASHES}]?\s*[0-9０-９.．]+.*)?")
_ENTRY_MAX = 60


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says, as printed. Null: there is nothing at that place."""

    sky: str | None
    station: str | None
    """The name; the whole label where it could not be split into sky and name."""
    token: str | None
    """The value's token, unit included."""
    match: str | None = None
    """``ambiguous`` or ``unknown``; null where exactly one split fits."""
    candidates: tuple[int, ...] = ()
    sign_ambiguous: bool = False
    """``-9.5℃``: −9.5, or "no report" and 9.5."""
    backwards: bool = False
    """The sky word stands behind the value."""

    has_degrees: bool = field(init=False)
    """Whether the value carries a degree sign, which prose about 도 does not."""
    has_value: bool = field(init=False)
    """Whether there is a number."""

    def __post_init__(self) -> None:
        token = self.token or ""
        object.__setattr__(self, "has_degrees", HAS_DEGREES.search(token) is not None)
        object.__setattr__(self, "has_value", any(c.isdecimal() for c in token))

    def reading(self, position: int, raw: str) -> Reading:
        """The entry as a reading at its place on the page."""
        made = Reading(position, raw, self.sky, self.station, self.token)
        if self.match:
            made.station_match, made.station_candidates = self.match, list(self.candidates)
        return made


@functools.lru_cache(maxsize=16_384)
def entry(text: str) -> Entry:
    """An entry whose parts nothing separates; white space is folded already.

    >>> e = entry("구름조금속초8.2℃")
    >>> e.sky, e.station, e.token
    ('구름조금', '속초', '8.2℃')
    >>> e = entry("-거제 -0.6℃")
    >>> e.sky, e.station, e.token
    ('-', '거제', '-0.6℃')
    """
    if len(text) > _ENTRY_MAX:
        return Entry(None, text, None, UNKNOWN)
    backwards = _REVERSED.fullmatch(text)
    if backwards:
        return _backwards(*backwards.group("label", "token", "sky"))
    found = _ENTRY.fullmatch(text)
    if found is None:
        return Entry(None, text, None, UNKNOWN)
    label, token = found.group("label", "token")
    return _labelled(label, token or None) if label else _nameless(token)


@functools.lru_cache(maxsize=16_384)
def separated(sky: str, rest: str) -> Entry | None:
    """An entry whose sky word stands in an element of its own (``""``: the element is empty); None where ``rest`` is
    no name and value, so that the element holds something else.

    >>> e = separated("비", "서울 8.2℃")
    >>> e.sky, e.station, e.token
    ('비', '서울', '8.2℃')
    """
    plain = entry(rest)
    if plain.match == UNKNOWN and not plain.candidates and not _is_sky(sky):
        return None
    if plain.sky is not None and not plain.sign_ambiguous and plain.sky not in DASHES:
        return None
    if plain.station is None and not _is_sky(sky):
        return None
    token = plain.token if plain.station else rest or None
    return Entry(sky, plain.station, token, plain.match, plain.candidates)


def _is_sky(word: str) -> bool:
    return word in DASHES or squeezed(word) in sky_index()


def _labelled(label: str, token: str | None) -> Entry:
    fits = splits(label)
    if len(fits) == 1:
        sky, name = fits[0]
        return Entry(sky or None, name or None, token)
    return _unsplit(label, token)


def _unsplit(label: str, token: str | None) -> Entry:
    """No ASOS station: the AWS names may explain it, but a name alone never decides for an AWS."""
    fits = [(sky, name) for sky, name in _cuts(label) if squeezed(name) in aws_names()]
    ids = tuple(sorted({stn_id for _, name in fits for stn_id in aws_names()[squeezed(name)]}))
    if len(fits) == 1 and len(ids) == 1:
        return Entry(fits[0][0] or None, fits[0][1], token, UNKNOWN, ids)
    return Entry(None, label, token, AMBIGUOUS if ids else UNKNOWN, ids)


@functools.lru_cache(maxsize=16_384)
def splits(label: str) -> tuple[tuple[str, str], ...]:
    """Every way to cut a label into a sky word and a name of the ASOS list; either may be empty, not both.

    >>> splits("비전주"), splits("북춘천"), splits("비끝")
    ((('비', '전주'),), (('', '북춘천'),), (('비끝', ''),))
    """
    names = station_names()
    return tuple((sky, name) for sky, name in _cuts(label) if not name or squeezed(name) in names)


def _cuts(label: str) -> list[tuple[str, str]]:
    """The cuts whose first part is a sky word, a dash or nothing, without the white space beside the cut."""
    cuts = {(label[:i].strip(), label[i:].strip()) for i in range(len(label) + 1)}
    return sorted((sky, name) for sky, name in cuts if _is_sky(sky))


def _nameless(token: str) -> Entry:
    """No label: a bare value, perhaps behind the dash of a missing sky report."""
    dashed = _DASHED.fullmatch(token)
    if dashed is None:
        return Entry(None, None, token or None)
    first, rest = dashed.group("first", "rest")
    if rest is None:
        return Entry(first, None, None)
    if rest[0] in DASHES:
        return Entry(first, None, rest)
    return Entry(None, None, token, sign_ambiguous=True)


def _backwards(label: str, token: str, sky: str) -> Entry:
    """``동두천 27.7℃구름많음``: the sky word must be one, whole."""
    if not _is_sky(sky) or (label and squeezed(label) not in station_names()):
        return Entry(sky, label or None, token, UNKNOWN, backwards=True)
    return Entry(sky, label or None, token, backwards=True)
