"""An element's text as lines, by no rule but HTML's own."""

from __future__ import annotations

from typing import cast
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.cms.keys import article_key
from newsharvest.cms.tags import KINDS, SKIP
from newsharvest.items import printed_chars


def lines_of(element: HtmlElement) -> list[str]:
    """The element's text: one line per block and ``<br>``, white space folded, none empty, nothing left out but scripts."""
    lines: list[str] = []
    parts: list[str] = []
    _collect(element, parts, lines)
    _end(parts, lines)
    return lines


def one_line(element: HtmlElement) -> str:
    """The element's text on one line, ``<br>`` and block ends as a space."""
    return " ".join(lines_of(element))


def linked_text(listed: HtmlElement, least: int) -> str | None:
    """The text of an element that is nothing but links to other articles, at least so many; None for any other."""
    links = list(listed.iter("a"))
    if len(links) < least:
        return None
    text, linked = one_line(listed), "".join(map(one_line, links))
    return text if text and text.replace(" ", "") == linked.replace(" ", "") else None


def leads_elsewhere(link: HtmlElement, base: str | None) -> bool:
    """Whether a link's address is an article's."""
    try:
        return article_key(urljoin(base or "http://x/", link.get("href") or ""), None) is not None
    except ValueError:  # "http://[": an href may be anything
        return False


def _collect(element: HtmlElement, parts: list[str], lines: list[str]) -> None:
    if element.text:
        parts.append(element.text)
    for child in element:
        kind = KINDS.get(child.tag)
        if kind is None:
            _collect(child, parts, lines)
        elif kind != SKIP:
            _end(parts, lines)
            _collect(child, parts, lines)
            _end(parts, lines)
        if child.tail:
            parts.append(child.tail)


def _end(parts: list[str], lines: list[str]) -> None:
    if parts and (line := " ".join("".join(parts).split())):
        lines.append(line)
    parts.clear()


def shown_chars(element: HtmlElement) -> int:
    """Characters of an element's text, white space, scripts and controls aside: what a reading of it must account for."""
    silent = list(element.iter(*_SILENT))
    around = _silent_around(element) if silent else 0  # a damaged page's body may stand in its head
    hidden = [one for one in silent if _silent_around(one) == around]
    return printed_chars(_string(element)) - sum(printed_chars(_string(one)) for one in hidden)


def _silent_around(element: HtmlElement) -> int:
    return sum(up.tag in _SILENT for up in element.iterancestors())


def _string(element: HtmlElement) -> str:
    return cast("str", _STRING(element))


_STRING = etree.XPath("string()", smart_strings=False)
_SILENT = tuple(tag for tag, kind in KINDS.items() if kind == SKIP and isinstance(tag, str))
