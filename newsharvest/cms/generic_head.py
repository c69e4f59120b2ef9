"""The title of an unknown page: what the head states, held against what is printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsharvest.cms.lines import one_line
from newsharvest.cms.meta import Head, bare_title, page_title
from newsharvest.cms.texts import Texts, Unit

_TITLE_LEAST = 4
_AFFIX_MOST = 40
_FIRST_LINES = 5
_AFFIX = re.compile(r"^[\s\-|:<>#–—·ㅣ»«~/]+|[\s\-|:<>#–—·ㅣ»«~/]+$")
_CUT = re.compile(r"(?:\.{2,3}|…|‥)$")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4"})
_TITLE_MARKS = re.compile(r"(?:^|[\s_-])(?:title|tit|subject|headline|heading|ttl)(?:$|[\s_-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Title:
    """A headline, the rule that gave it, and the element that prints it, where one does."""

    rule: str
    text: str
    element: HtmlElement | None


def find_title(texts: Texts, head: Head, names: list[str], container: HtmlElement | None) -> Title | None:
    """The headline: JSON-LD, else og:title and its like, else <title>, each cut to the line of the page it repeats.

    Where the head has none, or a <title> that no line of the page repeats, the heading nearest above the body.
    """
    above = _above(texts, container)
    stated = _stated(head, names)
    if stated is not None:
        rule, text = stated
        printed = _printed(above, text)
        if printed is not None:
            return Title(rule, printed[1] if _is_affixed(text, printed[1]) else text, printed[0])
        if rule != "title":
            return Title(rule, text, None)
    heading = _nearest_heading(above)
    if heading is not None and (stated is None or container is not None):
        return Title(f"generic:{heading.tag}", one_line(heading), heading)
    return Title(*stated, None) if stated is not None else None


def _stated(head: Head, names: list[str]) -> tuple[str, str] | None:
    """What the head says, without the site's name. A headline that ends in dots gives way to a longer form of itself."""
    linked = head.linked("headline")
    meta = head.meta("og:title", "twitter:title", "dable:title", "title")
    found = [(rule, bare_title(text, names)) for rule, text in filter(None, (linked, meta))]
    if head.page_title:
        found.append(("title", page_title(head.page_title, names)))
    found = [(rule, text) for rule, text in found if text and text not in names]
    for rule, text in found:
        stem = _CUT.sub("", text).strip()
        longer = next((other for other in found if other[1].startswith(stem) and len(other[1]) > len(text)), None)
        return longer if stem != text and longer is not None else (rule, text)
    return None


def _above(texts: Texts, container: HtmlElement | None) -> list[Unit]:
    """The texts before the body and its first lines."""
    if container is None:
        return texts.units
    below = set(container.iter())
    first = next((place for place, unit in enumerate(texts.units) if unit.parent in below), len(texts.units))
    return texts.units[:first] + [unit for unit in texts.units[first : first + _FIRST_LINES] if unit.parent in below]


def _printed(above: Iterable[Unit], stated: str) -> tuple[HtmlElement, str] | None:
    """The longest line that the stated title repeats; of equal ones the last, which is the nearest to the body."""
    best: tuple[HtmlElement, str] | None = None
    for unit in above:
        if len(unit.text) >= _TITLE_LEAST and unit.text in stated:
            element, line = _whole(unit, stated)
            if best is None or len(line) >= len(best[1]):
                best = element, line
    if best is None or not (best[1] == stated or _is_affixed(stated, best[1])):
        return None
    return best


def _whole(unit: Unit, stated: str) -> tuple[HtmlElement, str]:
    """The outermost element around a text all of whose text is still part of the title: headlines hold inline elements."""
    element, line = unit.parent, unit.text
    if one_line(element) not in stated:
        return element, line
    while (parent := element.getparent()) is not None and len(parent) <= 4 and one_line(parent) in stated:
        element = parent
    return element, one_line(element)


def _is_affixed(stated: str, line: str) -> bool:
    """Whether a title is a line plus an affix behind a separator, and not another sentence."""
    before, found, after = stated.partition(line)
    if not found or len(before) + len(after) > _AFFIX_MOST:
        return False
    ok_before = not before or _AFFIX.search(before[::-1][:3]) is not None
    return ok_before and (not after or _AFFIX.match(after) is not None) and 2 * len(line) >= len(before) + len(after)


def _nearest_heading(above: list[Unit]) -> HtmlElement | None:
    for unit in reversed(above):
        element: HtmlElement | None = unit.parent
        for _ in range(3):
            if element is None or element.tag in {"body", "div", "a"}:
                break
            if element.tag in _HEADINGS and not unit.linked and len(one_line(element)) >= _TITLE_LEAST:
                return element
            element = element.getparent()
        marks = f"{unit.parent.get('class', '')} {unit.parent.get('id', '')}"
        if not unit.linked and len(unit.text) >= 2 * _TITLE_LEAST and _TITLE_MARKS.search(marks):
            return unit.parent
    return None
