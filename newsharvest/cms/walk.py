"""One walk over a body's container, element by element."""

from __future__ import annotations

from lxml.html import HtmlElement

from newsharvest.cms.boxes import Boxes
from newsharvest.cms.lines import leads_elsewhere, linked_text
from newsharvest.cms.lookups import is_furniture
from newsharvest.cms.pictures import beside_captions, figure_captions, is_caption, table_captions
from newsharvest.cms.tags import BLOCK, FIGURE, IMAGE, KINDS, LIST, SKIP, TABLE
from newsharvest.items import Dropped, printed_chars

_LINKS_LEAST = 2
_BULLETS = 6


class Walker(Boxes):
    """One walk over a container; one that does not trust looks into boxes whatever their names say."""

    __slots__ = ("_linked", "_parts")

    def __init__(self, base_url: str | None, *, trusting: bool) -> None:
        super().__init__(base_url, trusting=trusting)
        self._parts: list[str] = []
        self._linked = 0
        """Letters of the current line that are links to other articles."""

    def children(self, element: HtmlElement) -> None:
        """Read everything below an element."""
        parts = self._parts
        if element.text:
            parts.append(element.text)
        for child in element:
            kind = KINDS.get(child.tag)
            if kind != SKIP:
                self._child(child, kind)
            if child.tail:
                parts.append(child.tail)

    def flush(self) -> None:
        """End the current line."""
        if self._parts:
            line = " ".join("".join(self._parts).split())
            self._parts.clear()
            if line:
                self._line(line)
            self._linked = 0

    def _line(self, line: str) -> None:
        if is_furniture(line):
            self.body.dropped.append(Dropped("furniture", line))
        elif self._linked and printed_chars(line) - self._linked <= _BULLETS:
            self.body.dropped.append(Dropped("link_list", line))
        elif self._under_image and is_caption(line):
            self.body.captions.append(line)
            self._under_image = False
        else:
            self.body.paragraphs.append(line)
            self._under_image = False

    def _child(self, child: HtmlElement, kind: int | None) -> None:
        if child.attrib and self._box(child, kind):
            return
        if kind is None:
            self._inline(child)
            return
        self.flush()
        if kind == IMAGE:
            self._image(child)
            self.children(child)  # <amp-img> ends by a tag of its own, and broken ones hold the rest of the body
        elif not self._special(child, kind):
            self.children(child)
            self.flush()

    def _inline(self, child: HtmlElement) -> None:
        before = len(self._parts)
        self.children(child)
        if child.tag == "a" and leads_elsewhere(child, self._base):
            self._linked += sum(map(printed_chars, self._parts[before:]))

    def _special(self, child: HtmlElement, kind: int) -> bool:
        """Figures, picture tables and link lists: read as a whole."""
        if kind in (LIST, BLOCK):
            return self._link_list(child, least=1 if kind == LIST else _LINKS_LEAST)
        captions = figure_captions(child) if kind == FIGURE else table_captions(child) if kind == TABLE else None
        if captions is None:
            return False
        self._images_in(child)
        self.body.captions.extend(captions)
        if kind == FIGURE:
            self.body.dropped += [Dropped("beside_caption", line) for line in beside_captions(child, captions)]
        self._under_image = self._under_image and not captions
        return True

    def _link_list(self, listed: HtmlElement, least: int) -> bool:
        text = linked_text(listed, least)
        if text is not None:
            self.body.dropped.append(Dropped("link_list", text))
        return text is not None
