"""Pictures of a body: which address an image has, and which figures and tables are a picture with its caption."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from lxml.html import HtmlElement

from newsharvest.cms.lines import lines_of, one_line

CAPTION_LEAD = re.compile(r"[▲△▼]|[\[(]?(?:사진|이미지|자료|포토)\s?(?:[=:]|제공)")
"""How a line begins that is a caption if it stands directly under an image; anywhere else ▲ is a bullet."""

_CAPTION_END = re.compile(
    r"(?:[\[(<]\s?(?:사진|이미지|자료|출처|그래픽|포토|영상)[^\])>]{0,40}[\])>]|(?:사진|이미지|자료)\s?(?:제공\s?)?[=:/|ㅣ]\s?\S[^.]{0,30}"
    r"|[ⓒ©]\s?[^.]{1,20}|\s(?:제공|캡처|캡쳐|촬영|연합뉴스|뉴시스|뉴스1))\s?[\])>]?$"
)
"""How a line ends that is a caption if it stands directly under an image: whose picture it is."""
_CAPTION_MAX = 200
_LAZY = ("data-src", "data-original", "data-lazy-src")
_ABSOLUTE = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9/._-]*[A-Za-z0-9]")
"""Most addresses: nothing is left to join, and urljoin takes 30 µs to find that."""
_PLACEHOLDER = re.compile(r"^data:|(?:blank|spacer|loading|transparent)\.(?:gif|png|svg)$", re.IGNORECASE)


_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_HIDDEN_MOST = 200


def is_hidden(element: HtmlElement) -> bool:
    """Whether an element with little text is styled away (asiatoday's second caption); a long one may be opened by a script."""
    style = element.get("style")
    return style is not None and _HIDDEN.search(style) is not None and len(element.text_content()) <= _HIDDEN_MOST


def is_caption(line: str) -> bool:
    """Whether a line directly under an image is its caption.

    >>> is_caption("▲ 갯마을 쉼터"), is_caption("쉼터 앞 주민들. (사진=해람시)"), is_caption("쉼터가 문을 열었다.")
    (True, True, False)
    """
    return CAPTION_LEAD.match(line) is not None or (len(line) <= _CAPTION_MAX and _CAPTION_END.search(line) is not None)


def image_url(image: HtmlElement, base_url: str | None) -> str | None:
    """The absolute address of an image; None for placeholders and counting pixels."""
    printed = (image.get("src") or "").strip()
    lazy: str | None = next((found.strip() for name in _LAZY if (found := image.get(name))), None)
    source: str = lazy if lazy and (not printed or _PLACEHOLDER.search(printed)) else printed
    if not source or _PLACEHOLDER.search(source) or image.get("width") in {"0", "1"}:
        return None
    if _ABSOLUTE.fullmatch(source):
        return source
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
    """The captions of a table of images with at most two short lines each (asiatoday, mediaOn); None for other tables."""
    return box_captions(table)


def box_captions(box: HtmlElement) -> list[str] | None:
    """The lines of a box of images with at most two short lines each; None for any other box."""
    images = sum(1 for _ in box.iter("img", "amp-img"))
    if not images:
        return None
    lines = lines_of(box)
    return lines if len(lines) <= 2 * images and all(len(line) <= _CAPTION_MAX for line in lines) else None
