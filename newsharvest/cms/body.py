"""The body's container, read: paragraphs, captions, images, and what named rules took out."""

from __future__ import annotations

from lxml.html import HtmlElement

from newsharvest.cms.content import Body, drop_repeats
from newsharvest.cms.lines import shown_chars
from newsharvest.cms.texts import SENTENCE
from newsharvest.cms.walk import Walker
from newsharvest.items import Dropped

_TEXT_LEAST = 80
_BUTTONS = frozenset({"tools", "share"})


def read_body(container: HtmlElement, base_url: str | None) -> Body:
    """The container's content in page order. Nothing vanishes silently: what is left out is in ``dropped`` by its rule.

    A paragraph ends at every block element and every ``<br>``. A line that starts with ▲ is a caption only directly under
    an image; elsewhere ▲ is a bullet.
    """
    walker = _walked(container, base_url, trusting=True)
    if _is_outweighed(walker.body):
        walker = _walked(container, base_url, trusting=False)
    walker.body.chars = shown_chars(container)
    drop_repeats(walker.body)
    return walker.body


def _walked(container: HtmlElement, base_url: str | None, *, trusting: bool) -> Walker:
    walker = Walker(base_url, trusting=trusting)
    walker.children(container)
    walker.flush()
    return walker


def _is_outweighed(body: Body) -> bool:
    """Whether boxes were taken out that hold the text: all of it, or, of boxes of buttons, more than is left."""
    texts = list(filter(_is_text, body.dropped))
    left = sum(map(len, body.paragraphs))
    return bool(texts) and (not left or any(box.rule in _BUTTONS and len(box.text) > left for box in texts))


def _is_text(dropped: Dropped) -> bool:
    """Whether a box by its name (``print_area``, ``ad_content``) holds an article's text."""
    return len(dropped.text) >= _TEXT_LEAST and SENTENCE.search(dropped.text) is not None
