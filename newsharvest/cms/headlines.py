"""The lines above the body, and where the article's block lies on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsharvest.cms.lookups import box_rule, field_mark
from newsharvest.cms.tags import KINDS, LIST, SKIP, TABLE

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})


@dataclass(frozen=True, slots=True)
class HeadLine:
    """One line above the body."""

    text: str
    marks: str
    """Class and id words of its block, of that block's parent and of its inline elements."""
    after_title: bool
    linked: bool
    """All of its text is a link."""
    listed: bool
    """It stands in a list or a table."""
    heading: bool = False
    """It stands in a heading."""


def scope_of(container: HtmlElement, title: HtmlElement | None) -> HtmlElement:
    """The smallest block that holds title and container; without a title the container's parent."""
    parents = list(container.iterancestors())
    if title is None:
        return parents[0] if parents else container
    around = set(title.iterancestors())
    return next((parent for parent in parents if parent in around), parents[-1])


def precedes(element: HtmlElement, container: HtmlElement) -> bool:
    """Whether an element ends before the container starts."""
    line, other = _path(element), _path(container)
    for left, right in zip(line, other, strict=False):
        if left is not right:
            parent = left.getparent()
            return parent is not None and parent.index(left) < parent.index(right)
    return False


def _path(element: HtmlElement) -> list[HtmlElement]:
    return [*[*element.iterancestors()][::-1], element]


def head_lines(scope: HtmlElement, container: HtmlElement, title: HtmlElement | None) -> Sequence[HeadLine]:
    """The lines of the scope before the container, without the title's own and without ad and share boxes."""
    collector = _Collector(container, title)
    collector.children(scope, "", listed=False)
    return collector.lines


def block_lines(block: HtmlElement) -> Sequence[HeadLine]:
    """The lines of a block that stands elsewhere, as if they stood behind the title."""
    collector = _Collector(None, None, title_seen=True)
    own, listed = _own(block), KINDS.get(block.tag) in (LIST, TABLE)
    collector.children(block, own, listed=listed)
    collector.flush(own, listed=listed)
    return collector.lines


def _own(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}".strip() if element.attrib else ""


class _Collector:
    """Collects lines until it meets the container."""

    __slots__ = (
        "_container", "_heading", "_inline", "_linked", "_parents", "_parts", "_title", "_title_seen", "done", "lines"
    )  # fmt: skip

    def __init__(self, container: HtmlElement | None, title: HtmlElement | None, *, title_seen: bool = False) -> None:
        self.lines: list[HeadLine] = []
        self.done = False
        self._container, self._title = container, title
        self._parents = {up for one in (container, title) if one is not None for up in one.iterancestors()}
        self._title_seen = title_seen
        self._heading = False
        self._parts: list[str] = []
        self._inline: list[str] = []
        self._linked = 0

    def children(self, element: HtmlElement, marks: str, *, listed: bool) -> None:
        if element.text:
            self._parts.append(element.text)
        for child in element:
            kind = KINDS.get(child.tag)
            if child is self._container:
                self.flush(marks, listed=listed)
                self.done = True
            elif kind != SKIP:
                self._child(child, kind, marks, listed=listed)
            if self.done:
                return
            if child.tail:
                self._parts.append(child.tail)

    def _child(self, child: HtmlElement, kind: int | None, marks: str, *, listed: bool) -> None:
        own = _own(child)
        if child is self._title:
            self.flush(marks, listed=listed)
            self._title_seen = True
        elif own and box_rule(own) and child not in self._parents:
            return  # share buttons and the like: they hold no field
        elif kind is None and child not in self._parents:
            self._inline_child(child, own, marks, listed=listed)
        else:
            self.flush(marks, listed=listed)
            inside = listed or ((kind in (LIST, TABLE) or child.tag == "dl") and child not in self._parents)
            nested = f"{own}|{marks.partition('|')[0]}"
            outside, self._heading = self._heading, self._heading or child.tag in _HEADINGS
            self.children(child, nested, listed=inside)
            if not self.done:
                self.flush(nested, listed=inside)
            self._heading = outside

    def _inline_child(self, child: HtmlElement, own: str, marks: str, *, listed: bool) -> None:
        if child.tag == "a" and field_mark(marks.replace("|", " ")) == "section":
            self.flush(marks, listed=listed)  # every step of the way to the page is a word of its own
        before = len(self._parts)
        if own:
            self._inline.append(own)
        self.children(child, marks, listed=listed)
        if child.tag == "a":
            self._linked += sum(len(part.strip()) for part in self._parts[before:])

    def flush(self, marks: str, *, listed: bool) -> None:
        """End the current line."""
        text = " ".join("".join(self._parts).split())
        if text:
            letters = sum(len(part.strip()) for part in self._parts)
            joined = " ".join([marks.replace("|", " "), *self._inline])
            linked = self._linked >= letters
            self.lines.append(HeadLine(text, joined, self._title_seen, linked, listed, self._heading))
        self._parts.clear()
        self._inline.clear()
        self._linked = 0
