"""The way from an element up to the page's root, and what it says of the texts below: links, menus, boxes."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsharvest.cms.lookups import box_rule, words
from newsharvest.cms.tags import KINDS, SKIP

_REGIONS = frozenset(words("generic", "regions"))
_WORDS = re.compile(r"[A-Za-z0-9]+")
_LEVELS_MOST = 400
_OUTSIDE_TAGS = frozenset({"a", "button", "nav", "footer", "aside", "label", "legend", "title", "head"})


@dataclass(slots=True, eq=False)
class Path:
    """An element and the path above it; what is counted of the texts below the element."""

    element: HtmlElement
    above: Path | None
    level: int
    visible: bool
    counts: bool
    linked: bool
    letters: int = 0
    prose: int = 0


class Paths:
    """The path of every element asked for, each computed once."""

    __slots__ = ("_known", "_trusting")

    def __init__(self, *, trusting: bool) -> None:
        self._known: dict[HtmlElement, Path] = {}
        self._trusting = trusting

    def of(self, element: HtmlElement) -> Path:
        """The path of an element; RecursionError where it is nested deeper than any walk of the tree would stand."""
        if element in self._known:
            return self._known[element]
        missing = [element]
        above = element.getparent()
        while above is not None and above not in self._known:
            missing.append(above)
            above = above.getparent()
        path = self._known[above] if above is not None else None
        for one in reversed(missing[1:]):
            path = self._known[one] = self._extended(path, one)
        last = self._known[element] = self._extended(path, element)
        return last

    def inner_first(self) -> list[Path]:
        """All paths so far, every one before the one above it."""
        return list(reversed(self._known.values()))

    def _extended(self, path: Path | None, element: HtmlElement) -> Path:
        outside = element.tag in _OUTSIDE_TAGS or (self._trusting and bool(element.attrib) and _named_outside(element))
        shown, linked = KINDS.get(element.tag) != SKIP, element.tag == "a"
        if path is None:
            return Path(element, None, 1, shown, not outside and not linked, linked)
        if path.level > _LEVELS_MOST:
            raise RecursionError(f"more than {_LEVELS_MOST} levels")
        linked = path.linked or linked
        return Path(
            element, path, path.level + 1, path.visible and shown, path.counts and not outside and not linked, linked
        )


def _named_outside(element: HtmlElement) -> bool:
    return is_region(f"{element.get('class', '')} {element.get('id', '')}")


@functools.lru_cache(maxsize=4096)
def is_region(marks: str) -> bool:
    """Whether class and id words name a part of the page that is never an article: menus, footers, boxes.

    >>> is_region("wrap_footer"), is_region("article_body")
    (True, False)
    """
    return box_rule(marks) is not None or any(word in _REGIONS for word in _WORDS.findall(marks.lower()))
