"""The printed headline of a family's page: by the family's selectors, else by what the page's head states."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.cms.headlines import precedes
from newsharvest.cms.lines import one_line
from newsharvest.cms.paths import Paths
from newsharvest.cms.texts import TextNode
from newsharvest.markup import Tags, XPath

STATING = "line that og:title states"
"""The rule of a headline that no selector found."""
_SECTION_MAX = 20
_CUT_LEAST = 4
_COUNTER = re.compile(r"[\[(]?\s?(?:댓글\s?)?\d{1,4}\s?[\])]?")
_ALIKE_LEAST = 0.5
_NO_TITLE = frozenset({"a", "option", "button", "li", "script", "style", "title"})
Selectors = Sequence[tuple[str, XPath | Tags]]


def printed_title(
    container: HtmlElement, selectors: Selectors, stated: Sequence[str]
) -> tuple[str, HtmlElement | None]:
    """The rule and the element of the headline above the body; ``("", None)`` where none is found.

    Among what a selector gives the one that the head states, else the nearest. Where that says something else than the head,
    the part of it that says it, or the line of the page that does.
    """
    rule, title = _selected(container, selectors, stated)
    printed = one_line(title) if title is not None else ""
    if not stated or printed in stated:
        return rule, title
    if title is not None:
        part = _part(title, stated)
        if part is not None:
            return f"{rule}, part", part
        if any(_are_alike(printed, one) for one in stated):
            return rule, title
    line = _stating(container, stated)
    return (STATING, line) if line is not None else (rule, title)


def _selected(container: HtmlElement, selectors: Selectors, stated: Sequence[str]) -> tuple[str, HtmlElement | None]:
    for name, selector in selectors:
        above = _above(container, selector)
        if above:
            same = [found for found in above if one_line(found) in stated]
            return name, (same or above)[-1]
    return "", None


def _above(container: HtmlElement, selector: XPath | Tags) -> list[HtmlElement]:
    """What a selector gives above the container, in the smallest block that holds any: a search of the page is the last resort."""
    for block in container.iterancestors():
        if block.tag != "body":
            found = [one for one in selector.all(block) if precedes(one, container) and one_line(one)]
            if found:
                return found
    return []


def _part(title: HtmlElement, stated: Sequence[str]) -> HtmlElement | None:
    """The element within a title block that is the headline alone: a section's word or a counter stands beside it."""
    return next(
        (part for part in title.iterdescendants() if isinstance(part.tag, str) and one_line(part) in stated), None
    )


def _are_alike(printed: str, stated: str) -> bool:
    """Whether two headlines are the same one in other words, or one of them is cut."""
    ours, theirs = set(printed.split()), set(stated.split())
    return bool(ours & theirs) and len(ours & theirs) >= _ALIKE_LEAST * min(len(ours), len(theirs))


def _stating(container: HtmlElement, stated: Sequence[str]) -> HtmlElement | None:
    """The nearest element above the container that prints the stated headline and nothing else; near blocks are looked at first."""
    for block in (*itertools.islice(container.iterancestors(), _LEVELS), container.getroottree().getroot()):
        found = [one for one in _saying(block, stated) if precedes(one, container)]
        if found:
            return found[-1]
    return None


def stating(root: HtmlElement, stated: Sequence[str], paths: Paths) -> HtmlElement | None:
    """The element of a page that prints the stated headline outside of menus and boxes: a heading before any other."""
    found = [one for one in _saying(root, stated) if paths.of(one).counts]
    headings = [one for one in found if one.tag in _HEADINGS or any(up.tag in _HEADINGS for up in one.iterancestors())]
    return next(iter(headings or found), None)


_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


def _saying(root: HtmlElement, stated: Sequence[str]) -> Iterator[HtmlElement]:
    """The innermost elements whose whole text is a stated headline: looked for from the texts that one begins with."""
    wanted = tuple("".join(one.split()) for one in stated)
    longest, tries = max(map(len, wanted), default=0), 0
    for text in cast("list[TextNode]", _TEXTS(root)):
        part = "".join(text.split())
        if len(part) < _PART_LEAST or not any(one.startswith(part) for one in wanted):
            continue
        tries += 1
        element = text.getparent()
        element = element.getparent() if text.is_tail and element is not None else element
        if tries <= _TRIES_MOST and (found := _around(element, stated, longest)) is not None:
            yield found


def _around(element: HtmlElement | None, stated: Sequence[str], longest: int) -> HtmlElement | None:
    for _ in range(_LEVELS):
        if element is None or element.tag in _NO_TITLE or len(element) > _CHILDREN_MOST:
            return None
        said = "".join(str(element.text_content()).split())
        if len(said) > longest:
            return None
        if one_line(element) in stated:
            return element
        element = element.getparent()
    return None


_TEXTS = etree.XPath("descendant::text()[normalize-space()]")
_PART_LEAST = 2
_TRIES_MOST = 200
_LEVELS = 4
_CHILDREN_MOST = 20


def reconciled(printed: str, stated: Sequence[str]) -> str:
    """The printed title; the stated one where the printed is that with its section, cut short (stock Gnuboard) or counted.

    >>> reconciled("지역 | 쉼터 문 열어", ["쉼터 문 열어"]), reconciled("쉼터 문…", ["쉼터 문 열어"]), reconciled("쉼터", ["샘터"])
    ('쉼터 문 열어', '쉼터 문 열어', '쉼터')
    >>> reconciled("쉼터 문 열어 [3]", ["쉼터 문 열어"])
    '쉼터 문 열어'
    """
    if printed in stated:
        return printed
    return next((one for one in stated if _is_same(printed, one)), printed)


def _is_same(printed: str, stated: str) -> bool:
    behind = printed.endswith(f" | {stated}") and len(printed) - len(stated) <= _SECTION_MAX
    cut = printed.endswith("…") and stated.startswith(printed[:-1].rstrip()) and len(printed) > _CUT_LEAST
    counted = printed.startswith(stated) and _COUNTER.fullmatch(printed[len(stated) :].strip()) is not None
    return behind or cut or counted
