"""An element's text as lines, by no rule but HTML's own."""

from __future__ import annotations

from lxml.html import HtmlElement

from newsharvest.cms.tags import KINDS, SKIP


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
