"""What a name of several regions means in an article: by local words, by other places, by the outlet's home; or it stays open."""

from __future__ import annotations

import functools
from datetime import date

from newsharvest.reference import lookups
from newsharvest.region_codes import codes_on, sido_of
from pipelines.places import CONTEXT, OUTLET, Codes, Ground, Place, is_sido


def weigh(places: list[Place], ground: Ground) -> None:
    """The rest by local words, by the provinces that the article speaks of, by the outlet's home; else they stay open."""
    home = codes_on(ground.home, ground.day) if ground.home else ()
    sure = [code for place in places if place.sure for code in place.codes]
    for place in places:
        if place.sure or (not place.proven and not place.mention.particle):
            continue
        if not place.proven and place.mention.name.text not in lookups("regions")["words"]["locative"]:
            continue
        same = [c for c in place.candidates if set(c) <= set(sure)]
        local = [c for c in place.candidates if _speaks_locally(c, ground)]
        if not place.settle(same, CONTEXT) and not place.settle(local, CONTEXT):
            _by_evidence(place, sure, home)


def _speaks_locally(candidate: Codes, ground: Ground) -> bool:
    words = _local_words(ground.day)
    return any(word in ground.text for code in candidate for word in words.get(code, ()))


@functools.lru_cache(maxsize=1_000)
def _local_words(day: date | None) -> dict[str, Codes]:
    table = lookups("regions")["homonyms"]["local"]
    return {now: tuple(words) for code, words in table.items() for now in codes_on(code, day)}


def _by_evidence(place: Place, sure: list[str], home: Codes) -> None:
    own = [c for c in place.candidates if any(_near(code, h) for code in c for h in home)]
    exact = [c for c in own if set(c) & set(home)]
    told = [c for c in place.candidates if any(_told(code, other, place) for code in c for other in sure)]
    if exact and (len(told) != 1 or exact == told or not is_sido(home[0])):
        place.settle(exact, OUTLET)
    elif not told:
        place.settle(own, OUTLET)
    elif not own or own == told:
        place.settle(told, CONTEXT)


def _told(code: str, other: str, place: Place) -> bool:
    """Whether a place named elsewhere speaks for a candidate; none does for 경기 광주시, as 광주 more often is the other."""
    beside_sido = any(is_sido(c) for candidate in place.candidates for c in candidate) and not is_sido(code)
    return _near(code, other) and not beside_sido


def _near(code: str, other: str) -> bool:
    kin = lookups("regions")["homonyms"]["kin"].get(code, ())
    return sido_of(code) == sido_of(other) or sido_of(other) in kin
