"""One walk over a body's container, element by element."""

from __future__ import annotations

from lxml.html import HtmlElement

from newsharvest.cms.content import COPYRIGHT, Body
from newsharvest.cms.lines import lines_of, linked_text, one_line
from newsharvest.cms.lookups import box_rule, field_mark, is_furniture
from newsharvest.cms.pictures import (
    CAPTION_LEAD,
    beside_captions,
    figure_captions,
    image_url,
    is_hidden,
    table_captions,
)
from newsharvest.cms.tags import BLOCK, FIGURE, IMAGE, KINDS, LIST, SKIP, TABLE
from newsharvest.items import Dropped

BUTTON_RULES = frozenset({"tools", "share"})
_LINKS_LEAST = 2


class Walker:
    """One walk over a container; one that does not trust looks into boxes whatever their names say."""

    __slots__ = ("_base", "_parts", "_trusting", "_under_image", "body")

    def __init__(self, base_url: str | None, *, trusting: bool) -> None:
        self.body = Body()
        self._base, self._trusting = base_url, trusting
        self._parts: list[str] = []
        self._under_image = False

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

    def _line(self, line: str) -> None:
        if is_furniture(line):
            self.body.dropped.append(Dropped("furniture", line))
        elif self._under_image and CAPTION_LEAD.match(line):
            self.body.captions.append(line)
            self._under_image = False
        else:
            self.body.paragraphs.append(line)
            self._under_image = False

    def _child(self, child: HtmlElement, kind: int | None) -> None:
        if child.attrib and self._box(child, kind):
            return
        if kind is None:
            self.children(child)
            return
        self.flush()
        if kind == IMAGE:
            self._image(child)
            self.children(child)  # <amp-img> ends by a tag of its own, and broken ones hold the rest of the body
        elif not self._special(child, kind):
            self.children(child)
            self.flush()

    def _box(self, child: HtmlElement, kind: int | None) -> bool:
        """Take an element out whose class, id or style says what it is."""
        if is_hidden(child):
            self._drop(child, kind, "hidden")
            return True
        marks = f"{child.get('class', '')} {child.get('id', '')}"
        if marks == " ":
            return False
        rule = box_rule(marks)
        if rule is not None and (self._trusting or rule not in BUTTON_RULES):
            self._drop(child, kind, rule)
            return True
        mark = field_mark(marks)
        return mark is not None and self._field(child, mark)

    def _drop(self, child: HtmlElement, kind: int | None, rule: str) -> None:
        if kind is not None:
            self.flush()
        if text := one_line(child):
            self.body.dropped.append(Dropped(rule, text))

    def _field(self, child: HtmlElement, mark: str) -> bool:
        """Move a box that is a field of its own to that field; False where the mark means nothing in a body."""
        targets = {"caption": self.body.captions, "copyright": self.body.notices, "byline": self.body.bylines}
        if mark == "subtitle":
            self.flush()
            self.body.subtitles.extend(lines_of(child))
            return True
        text = one_line(child)
        if mark not in targets or not text or (mark == "copyright" and not COPYRIGHT.search(text)):
            return False
        self.flush()
        self._images_in(child)
        targets[mark].append(text)
        return True

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

    def _images_in(self, element: HtmlElement) -> None:
        for image in element.iter("img", "amp-img"):
            self._image(image)

    def _image(self, image: HtmlElement) -> None:
        if url := image_url(image, self._base):
            self.body.images.append(url)
            self._under_image = True
