"""The spellings of 시도 and 시군구, and the patterns that tell places from other words; made once from the reference data."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from newsharvest.reference import lookups
from newsharvest.region_codes import SIDO, Region, regions

INSIDE = "도내"
STEM = 2


@dataclass(frozen=True, slots=True)
class Name:
    """A spelling and the codes that bear it. ``bare``: without 시, 군, 구, 도, so that it may be another word."""

    text: str
    codes: tuple[str, ...]
    bare: bool
    both: bool = False
    """All of the codes are meant, not one of them."""


@functools.cache
def names() -> dict[str, tuple[Name, ...]]:
    """Names by their first two syllables, the longest first."""
    codes: dict[str, list[str]] = {}
    bare: set[str] = set()
    for region in regions().values():
        for word in _spellings(region):
            codes.setdefault(word, []).append(region.code)
            if _is_bare(region, word):
                bare.add(word)
    for code, words in lookups("regions")["names"]["more"].items():
        for word in words:
            codes.setdefault(word, []).append(code)
            bare.add(word)
    for word, bearers in codes.items():
        codes[word] = [
            code for code in bearers if len(code) == STEM or code[:STEM] not in bearers
        ]  # 제주 is the 도, 세종 the 시
    codes[INSIDE] = [
        r.code for r in regions().values() if r.level == SIDO and (r.name.endswith("도") or r.code == "12")
    ]
    table = [Name(word, tuple(bearers), word in bare or word == INSIDE) for word, bearers in codes.items()]
    table += [Name(w, tuple(c), bare=False, both=True) for w, c in lookups("regions")["names"]["pairs"].items()]
    index: dict[str, list[Name]] = {}
    for name in sorted(table, key=lambda name: (-len(name.text), name.text)):
        index.setdefault(name.text[:STEM], []).append(name)
    return {stem: tuple(found) for stem, found in index.items()}


def _spellings(region: Region) -> set[str]:
    words = {*region.short_names, region.name.rpartition(" ")[2]}
    return {word for word in words if " " not in word and word not in lookups("regions")["names"]["not"]}


def _is_bare(region: Region, word: str) -> bool:
    return len(word) == STEM if region.level == SIDO else word[-1] not in "시군구"


@functools.cache
def stems() -> re.Pattern[str]:
    """Two syllables at the beginning of a word, each a name's; `names` decides. An alternation of all names took ten times as long."""
    first, second = ("".join(sorted({stem[place] for stem in names()})) for place in range(STEM))
    return re.compile(f"[{first}](?<![가-힣].)[{second}]")


@functools.cache
def words(name: str) -> frozenset[str]:
    """The names of ``[regions.words] <name>``."""
    return frozenset(lookups("regions")["words"][name])


@functools.cache
def known_for() -> dict[str, re.Pattern[str]]:
    """What a place is known for, by name: found behind it, it is the place."""
    return {word: re.compile(rule) for word, rule in lookups("regions")["words"]["known_for"].items()}


@functools.cache
def pattern(name: str) -> re.Pattern[str]:
    """A pattern of ``[regions.context]``; to be matched at a name's end, ``other`` at its beginning."""
    context, end = lookups("regions")["context"], "(?![가-힣])"
    tail = f"{context['particles']}{{0,2}}{end}"
    rules = {
        "closed": tail, "particle": f"{context['particles']}{{1,2}}{end}", "noun": f"{context['places']}{tail}",
        "foreign": f"[가-힣]{context['particles']}?{end}", "locatives": f"{context['locatives']}{tail}", "before": context["before"],
        "other": "|".join(context["other"]), "persons": context["persons"],
        "local": rf"\s?{lookups('regions')['words']['local']}", "joined": context["joined"],
        "glued": f"{lookups('regions')['words']['glued']}{tail}",
    }  # fmt: skip
    return re.compile(rules[name])
