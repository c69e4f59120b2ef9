"""Boxes of a body's container that say by class, id or style what they are: dropped by a rule, or a field of their own."""

from __future__ import annotations

from abc import ABC, abstractmethod

from lxml.html import HtmlElement

from newsharvest.cms.content import Body
from newsharvest.cms.lines import lines_of, one_line
from newsharvest.cms.lookups import box_rule, field_mark
from newsharvest.cms.pictures import box_captions, image_url, is_hidden
from newsharvest.cms.rights import COPYRIGHT
from newsharvest.items import Dropped

_BYLINE_MAX = 300


class Boxes(ABC):
    """What is known of a body's container while it is walked over; the walk itself is `walk.Walker`."""

    __slots__ = ("_base", "_trusting", "_under_image", "body")

    def __init__(self, base_url: str | None, *, trusting: bool) -> None:
        self.body = Body()
        self._base, self._trusting = base_url, trusting
        self._under_image = False

    @abstractmethod
    def flush(self) -> None:
        """End the current line."""

    def _box(self, child: HtmlElement, kind: int | None) -> bool:
        """Take an element out whose class, id or style says what it is."""
        if is_hidden(child):
            self._drop(child, kind, "hidden")
            return True
        marks = _marks(child)
        if marks == " ":
            return False
        rule = box_rule(marks)
        if rule is not None and self._trusting:
            self._drop(child, kind, rule)
            return True
        mark = field_mark(marks)
        return mark is not None and (self._field(child, mark) or self._captioned(child, mark))

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
        if mark == "byline" and len(text) > _BYLINE_MAX:
            return False
        self.flush()
        self._images_in(child)
        targets[mark].append(text)
        return True

    def _captioned(self, child: HtmlElement, mark: str) -> bool:
        """Take a box out that holds pictures and their captions."""
        mixed = any(one.attrib and box_rule(_marks(one)) for one in child.iterdescendants())
        captions = box_captions(child) if mark == "picture" and not mixed else None
        if captions is None:
            return False
        self.flush()
        self._images_in(child)
        self.body.captions.extend(captions)
        self._under_image = not captions
        return True

    def _images_in(self, element: HtmlElement) -> None:
        for image in element.iter("img", "amp-img"):
            self._image(image)

    def _image(self, image: HtmlElement) -> None:
        if url := image_url(image, self._base):
            self.body.images.append(url)
            self._under_image = True


def _marks(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"
