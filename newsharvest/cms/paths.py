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


@dataclass(frozen=True, slots=True)
class Path:
    """An element's ancestors, innermost first, itself included."""

    up: tuple[HtmlElement, ...]
    visible: bool
    counts: bool
    linked: bool


class Paths:
    """The path of every element asked for, each computed once."""

    __slots__ = ("_known", "_trusting")

    def __init__(self, *, trusting: bool) -> None:
        self._known: dict[HtmlElement, Path] = {}
        self._trusting = trusting

    def of(self, element: HtmlElement) -> Path:
        """The path of an element; RecursionError where it is nested deeper than any walk of the tree would stand."""
        missing = []
        above: HtmlElement | None = element
        while above is not None and above not in self._known:
            missing.append(above)
            above = above.getparent()
        path = self._known[above] if above is not None else Path((), visible=True, counts=True, linked=False)
        for one in reversed(missing):
            path = self._known[one] = self._extended(path, one)
        return path

    def _extended(self, path: Path, element: HtmlElement) -> Path:
        visible = path.visible and KINDS.get(element.tag) != SKIP
        outside = element.tag in _OUTSIDE_TAGS or (self._trusting and bool(element.attrib) and _named_outside(element))
        linked = path.linked or element.tag == "a"
        if len(path.up) > _LEVELS_MOST:
            raise RecursionError(f"more than {_LEVELS_MOST} levels")
        return Path((element, *path.up), visible, path.counts and not outside and not linked, linked)


def _named_outside(element: HtmlElement) -> bool:
    return is_region(f"{element.get('class', '')} {element.get('id', '')}")


@functools.lru_cache(maxsize=4096)
def is_region(marks: str) -> bool:
    """Whether class and id words name a part of the page that is never an article: menus, footers, boxes.

    >>> is_region("wrap_footer"), is_region("article_body")
    (True, False)
    """
    return box_rule(marks) is not None or any(word in _REGIONS for word in _WORDS.findall(marks.lower()))
