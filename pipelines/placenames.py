"""Where a text may name a 시도 or 시군구: candidates with the regions of all times that bear the name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.regionnames import STEM, Name, known_for, names, pattern, stems, words

TITLE = "title"


@dataclass(slots=True)
class Mention:
    """A place where a name stands. ``strong``: its form says that it is a place; else others must."""

    name: Name
    where: str
    start: int
    end: int
    strong: bool
    particle: bool
    """A particle follows within the word."""
    gap: str | None
    """What stands between it and the mention before; null at a field's first."""


def mentions(where: str, text: str) -> Iterator[Mention]:
    """Every candidate of a text, in order.

    >>> [(m.name.text, m.strong) for m in mentions("body", "충남 예산군은 예산을 늘렸다")]
    [('충남', True), ('예산군', True), ('예산', False)]
    """
    known = names()
    last: int | None = None
    for stem in stems().finditer(text):
        spelt = known.get(stem.group())
        place = stem.start()
        while spelt is not None and (last is None or place >= last):
            found = _read(where, text, place, last, spelt)
            if found is None:
                break
            yield found
            place = last = found.end
            spelt = known.get(text[place : place + STEM])


def _read(where: str, text: str, place: int, last: int | None, spelt: tuple[Name, ...]) -> Mention | None:
    for name in spelt:
        if text.startswith(name.text, place):
            end = place + len(name.text)
            strong = _strength(name, text, place, end, titled=where == TITLE)
            if strong is not None:
                particle = pattern("particle").match(text, end) is not None
                return Mention(name, where, place, end, strong, particle, None if last is None else text[last:place])
    return None


def _strength(name: Name, text: str, place: int, end: int, *, titled: bool) -> bool | None:
    """True for a place, False for what may be one, None for another word."""
    if pattern("other").match(text, place) or _stands_before(text, place, end):
        return None
    if not name.bare:
        return None if _cut_wrong(text, end) else True
    if pattern("persons").match(text, end):
        return None
    word = name.text
    if pattern("local").match(text, end) or (word in known_for() and known_for()[word].match(text, end)):
        return True
    closed = pattern("closed").match(text, end) is not None or text[end : end + STEM] in names()
    if any(word in words(kind) for kind in ("evidence", "locative", "placed")):
        if closed:
            return _strength_of_a_word(word, text, place, end, titled=titled)
        return True if pattern("glued").match(text, end) else None
    return True if closed or pattern("noun").match(text, end) or not pattern("foreign").match(text, end) else None


def _strength_of_a_word(word: str, text: str, place: int, end: int, *, titled: bool) -> bool:
    """Of a name that is a word, too: a particle of place, or the beginning of a headline, tells."""
    if word in words("titled"):
        begins = titled and text[end : end + 1] == " " and not _INSIDE_TITLE.search(text, 0, place)
        if begins or _AT.match(text, end):
            return True
    return (word in words("locative") or word in words("placed")) and pattern("locatives").match(text, end) is not None


_AT = re.compile("에(?![가-힣])")
_INSIDE_TITLE = re.compile(r"[^\W_](?![^\[]*\])")
"""A word outside brackets: ``[속보]`` may stand before a headline."""


def _stands_before(text: str, place: int, end: int) -> bool:
    return any(match.end() == place for match in pattern("before").finditer(text, max(0, place - 6), end))


def _cut_wrong(text: str, end: int) -> bool:
    """광명시 of 광명시흥, 경주시 of 경주시작: the suffix begins the next word."""
    return text[end - 1 : end + 1] in names() or (text[end - 1] == "시" and text[end : end + 1] in set("작절킨켜간각"))


def is_joined(gap: str) -> bool:
    """Whether two mentions with this between them stand in one row of places.

    >>> is_joined("과 "), is_joined("·"), is_joined("에서 열린 ")
    (True, True, False)
    """
    return pattern("joined").fullmatch(gap) is not None
