"""Which region a mention means on a day, by its name and by what stands beside it."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from datetime import date

from newsharvest.region_codes import codes_on, is_whole, lies_in, sido_of
from pipelines.homonyms import weigh
from pipelines.placenames import Mention, is_joined
from pipelines.places import DATELINE, QUALIFIER, ROW, Codes, Ground, Place, is_sido

_ROUNDS = 2  # what the article tells of one name may tell another beside it
_AROUND_HOMONYM = "41"
"""경기·광주 may be one place or two; 서울·광주 are two provinces."""


def placed(found: Sequence[Mention], ground: Ground) -> list[Place]:
    """The mentions that are places, each with its candidates on that day, in order."""
    places = [_place(mention, ground.day) for mention in found]
    places = [place for place in places if place.candidates]
    pairs = [(a, b, b.mention.gap) for a, b in itertools.pairwise(places) if _follows(a, b)]
    for before, place, gap in pairs:
        if gap in {"", " ", "(", " (", "시 ", "도 ", "의 "}:
            _qualify(before, place)
    if not all(place.sure for place in places):
        rows = [(a, b) for a, b, gap in pairs if gap is not None and (gap == "" or is_joined(gap))]
        for _ in range(_ROUNDS):
            for before, place in (*rows, *((b, a) for a, b in reversed(rows))):
                _carry(before, place)
            weigh(places, ground)
    return [place for place in places if place.proven and not place.absorbed]


def _follows(before: Place, place: Place) -> bool:
    return before.mention.where == place.mention.where and place.mention.gap is not None


def _place(mention: Mention, day: date | None) -> Place:
    options = _options(mention.name.codes, day)
    if mention.name.both or (len(mention.name.codes) == 1 and is_whole(mention.name.codes[0], day)):
        options = (tuple(code for option in options for code in option),)
    return Place(mention, list(options), mention.strong or mention.where == DATELINE)


@functools.lru_cache(maxsize=20_000)
def _options(codes: Codes, day: date | None) -> tuple[Codes, ...]:
    return tuple(dict.fromkeys(found for code in codes if (found := codes_on(code, day))))


def _qualify(before: Place, place: Place) -> None:
    """경남 고성군, 광주 북구: each says which of its name the other is."""
    fitting = [(a, b) for a in before.candidates for b in place.candidates if a != b and _holds(a, b)]
    if fitting and place.settle(list(dict.fromkeys(b for _, b in fitting)), QUALIFIER):
        before.settle(list(dict.fromkeys(a for a, _ in fitting)), before.basis)
        before.absorbed = True


def _holds(outer: Codes, inner: Codes) -> bool:
    return all(any(lies_in(code, other) for other in outer) for code in inner)


def _carry(before: Place, place: Place) -> None:
    """부산 중구·동구, 홍성과 예산, 서울·경기: what stands in a row with a place is of its kind and, below a 시도, beside it."""
    if place.sure or len(before.candidates) != 1:
        return
    near = before.codes[0]
    alike = [c for c in place.candidates if is_sido(c[0]) == is_sido(near)]
    if not is_sido(near):
        alike = [c for c in alike if sido_of(c[0]) == sido_of(near)]
    elif not before.proven or (len(place.candidates) > 1 and near == _AROUND_HOMONYM):
        return
    if place.settle(alike, ROW):
        before.proven = True
