"""Pictures of a body: which address an image has, and which figures and tables are a picture with its caption."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml.html import HtmlElement

from newsharvest.cms.lines import lines_of, one_line

CAPTION_LEAD = re.compile(r"[▲△▼]|[\[(]?(?:사진|이미지|자료|포토)\s?(?:[=:]|제공)")
"""How a line begins that is a caption if it stands directly under an image; anywhere else ▲ is a bullet."""

_CAPTION_MAX = 200
_LAZY = ("data-src", "data-original", "data-lazy-src")
_PLACEHOLDER = re.compile(r"^data:|(?:blank|spacer|loading|transparent)\.(?:gif|png|svg)$", re.IGNORECASE)


_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HIDDEN_MOST = 200


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element with little text is styled away (asiatoday's second caption); a long one may be opened by a script."""
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None and len(element.text_content()) <= _HIDDEN_MOST


def image_url(image: HtmlElement, base_url: str | None) -> str | None:
    """The absolute address of an image; None for placeholders and counting pixels."""
    printed = (image.get("src") or "").strip()
    lazy: str | None = next((found.strip() for name in _LAZY if (found := image.get(name))), None)
    source: str = lazy if lazy and (not printed or _PLACEHOLDER.search(printed)) else printed
    if not source or _PLACEHOLDER.search(source) or image.get("width") in {"0", "1"}:
        return None
    try:
        return urljoin(base_url or "", source)
    except ValueError:  # "http://[": what stands in src may be anything
        return None


def figure_captions(figure: HtmlElement) -> list[str] | None:
    """The captions of a figure; None where it holds a table of data instead of a picture."""
    if figure.find(".//table") is not None and figure.find(".//img") is None:
        return None
    captions = [one_line(caption) for caption in figure.iter("figcaption")]
    return [caption for caption in captions if caption] if captions else lines_of(figure)


def beside_captions(figure: HtmlElement, captions: list[str]) -> list[str]:
    """What a figure prints beside its captions and belongs to no field: a magnifier's label, a counter."""
    known = {line for caption in figure.iter("figcaption") for line in lines_of(caption)}.union(captions)
    return [line for line in lines_of(figure) if line not in known]


def table_captions(table: HtmlElement) -> list[str] | None:
    """The caption of a table that is an image and at most two short lines (asiatoday, mediaOn); None for other tables."""
    if table.find(".//img") is None:
        return None
    lines = lines_of(table)
    return lines if len(lines) <= 2 and all(len(line) <= _CAPTION_MAX for line in lines) else None
