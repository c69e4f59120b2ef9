"""Which element of an unknown page holds the article's body."""

from __future__ import annotations

import functools
import re

from lxml.html import HtmlElement

from newsharvest.cms.lookups import words
from newsharvest.cms.texts import Texts

_BODY_NAMES = {name: rank for rank, part in enumerate(("bodies", "likely_bodies")) for name in words("generic", part)}
_SQUEEZE = re.compile(r"[^a-z0-9 ]+")
_ARTICLE_RANK = 2
_SHARE_OF_BEST = 0.5
_DENSITY_LEAST = 0.25
_GROWTH = 1.1
_EXTRA_DENSITY = 0.5
_TIGHT_PROSE = 0.95
_PIECE = 0.8
_LEVELS = 6
_TIGHT_LETTERS = 0.8


def body_container(texts: Texts) -> tuple[str, HtmlElement] | None:
    """The element that holds the body and the rule that found it; None for a page without a sentence.

    An element that names itself a body counts if it holds at least half as much prose as the densest one: empty twins and
    teasers named alike are passed over.
    """
    densest = _densest(texts)
    if densest is None:
        return None
    named = _named(texts, least=int(_SHARE_OF_BEST * texts.prose[densest]))
    return ("densest", densest) if named is None or _is_loose(texts, named[1], densest) else named


def _densest(texts: Texts) -> HtmlElement | None:
    """The block whose own paragraphs are the most prose, grown while its surroundings are prose too."""
    if not texts.near:
        return None
    best = max(texts.near, key=lambda element: texts.near[element])
    while (grown := _grown(texts, best)) is not None:
        best = grown
    return best


def _grown(texts: Texts, best: HtmlElement) -> HtmlElement | None:
    """The parent, or the nearest ancestor that holds more such pieces, where it adds prose and little else."""
    for level, outer in enumerate(best.iterancestors()):
        if outer.tag in {"html", "body"} or level > _LEVELS:
            return None
        if _worth_growing(texts, best, outer) and (level == 0 or _has_twin(best, outer)):
            return outer
    return None


def _worth_growing(texts: Texts, inner: HtmlElement, outer: HtmlElement) -> bool:
    prose, letters = texts.prose[outer] - texts.prose[inner], texts.letters[outer] - texts.letters[inner]
    if not letters:
        return False
    return texts.prose[outer] >= _GROWTH * texts.prose[inner] and prose >= _EXTRA_DENSITY * letters


def _named(texts: Texts, least: int) -> tuple[str, HtmlElement] | None:
    """The innermost of the best-named elements with enough prose."""
    found = [
        (rank, element)
        for element, prose in texts.prose.items()
        if prose >= least
        and prose >= _DENSITY_LEAST * texts.letters[element]
        and (rank := rank_of(element)) is not None
    ]
    if not found:
        return None
    best = min(rank for rank, _ in found)
    group = [element for rank, element in found if rank == best]
    most = max(texts.prose[element] for element in group)
    chosen = min((e for e in group if texts.prose[e] >= 0.9 * most), key=lambda e: texts.letters[e])
    return name_of(chosen), chosen


def rank_of(element: HtmlElement) -> int | None:
    """How surely an element names itself a body: 0 by itemprop or a body's name, 1 by a likely one, 2 by its tag."""
    if (element.get("itemprop") or "").lower() == "articlebody":
        return 0
    by_name = _rank_of_marks(f"{element.get('id', '')} {element.get('class', '')}") if element.attrib else None
    return _ARTICLE_RANK if by_name is None and element.tag == "article" else by_name


@functools.lru_cache(maxsize=4096)
def _rank_of_marks(marks: str) -> int | None:
    squeezed = _SQUEEZE.sub("", marks.lower().replace("-", "").replace("_", "")).split()
    return min((_BODY_NAMES[word] for word in squeezed if word in _BODY_NAMES), default=None)


def _is_loose(texts: Texts, named: HtmlElement, densest: HtmlElement) -> bool:
    """Whether a named element is one of several pieces of the densest block, or holds that block and much else than prose."""
    if densest in named.iterancestors() and texts.prose[named] < _PIECE * texts.prose[densest]:
        return _has_twin(named, densest)
    return (
        named in densest.iterancestors()
        and texts.prose[densest] >= _TIGHT_PROSE * texts.prose[named]
        and texts.letters[densest] <= _TIGHT_LETTERS * texts.letters[named]
    )


def _has_twin(element: HtmlElement, within: HtmlElement) -> bool:
    """Whether the element, or one around it below an ancestor, has a twin of its tag and class there: an article in pieces."""
    around: HtmlElement | None = element
    while around is not None and around is not within:
        marks = around.get("class")
        if marks and any(other is not around and other.get("class") == marks for other in within.iter(str(around.tag))):
            return True
        around = around.getparent()
    return False


def name_of(element: HtmlElement) -> str:
    """The element as a selector, for ``extractors``: ``[itemprop=articleBody]``, ``#articleBody``, ``.view_con``, ``article``."""
    if element.get("itemprop"):
        return "[itemprop=articleBody]"
    if element.get("id") and _rank_of_marks(element.get("id") or "") is not None:
        return f"#{element.get('id')}"
    named = next((word for word in (element.get("class") or "").split() if _rank_of_marks(word) is not None), None)
    return f".{named}" if named else str(element.tag)
