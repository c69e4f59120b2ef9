"""Where the body of a redesigned page stands: below its headline, around its prose, or around its picture."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newsharvest.cms.generic_box import name_of, rank_of
from newsharvest.cms.headlines import precedes
from newsharvest.cms.lines import leads_elsewhere
from newsharvest.cms.lookups import box_rule
from newsharvest.cms.meta import Head
from newsharvest.cms.paths import is_region
from newsharvest.cms.pictures import image_url
from newsharvest.cms.stamps import STAMP
from newsharvest.cms.texts import SENTENCE, Texts, Unit
from newsharvest.markup import Document

_DESCRIBED = 15
_LETTERS = re.compile(r"\W+")
_LINKS_MOST = 1
_MUCH = 0.9
_OTHERS = frozenset({"related", "comments"})
_INLINE = frozenset({"span", "strong", "b", "em", "i", "u", "font", "a", "p", "br", "figcaption"})


def find_container(doc: Document, head: Head, texts: Texts, title: HtmlElement) -> tuple[str, HtmlElement] | None:
    """The rule and the body's container: the block beside the headline that holds its prose, else the article's picture."""
    above = set(title.iterancestors())
    rule, inner = _anchor(doc, head, texts, title) or ("", None)
    if inner is None:
        return None
    outer = inner
    while (parent := outer.getparent()) is not None and parent not in above and parent.tag != "body":
        outer = parent
    container = _narrowed(doc, texts, outer, inner)
    return name_of(container) if rank_of(container) == 0 else rule, container


def _anchor(doc: Document, head: Head, texts: Texts, title: HtmlElement) -> tuple[str, HtmlElement] | None:
    """An element of the body: what the description repeats, the densest prose below the headline, or the stated picture."""
    below = [unit for unit in _below(texts, title) if unit.weight and SENTENCE.search(STAMP.sub("", unit.text))]
    described = next((unit for unit in below if _is_described(unit, head)), None)
    if described is not None:
        return "described", described.parent
    pictured = _pictured(doc, head, title)
    most = max(((texts.prose.get(one, 0), one) for one in _holders(below)), default=None, key=lambda pair: pair[0])
    if most is not None and (pictured is None or most[0] > _PROSE_LEAST):
        return "prose below title", most[1]
    return ("picture", pictured) if pictured is not None else None


_PROSE_LEAST = 60


def _holders(units: list[Unit]) -> list[HtmlElement]:
    """The blocks that hold prose directly, in page order."""
    found: dict[HtmlElement, None] = {}
    for unit in units:
        block: HtmlElement | None = unit.parent
        while block is not None and block.tag in _INLINE:
            block = block.getparent()
        if block is not None:
            found[block] = None
    return list(found)


def _below(texts: Texts, title: HtmlElement) -> Iterator[Unit]:
    own = set(title.iter())
    seen = False
    for unit in texts.units:
        if unit.parent in own:
            seen = True
        elif seen:
            yield unit


def _is_described(unit: Unit, head: Head) -> bool:
    """Whether a text begins as the page's description does."""
    stated = head.meta("og:description", "description", "twitter:description")
    start = _LETTERS.sub("", stated[1])[:_DESCRIBED] if stated is not None else ""
    return len(start) == _DESCRIBED and start in _LETTERS.sub("", unit.text)


def _pictured(doc: Document, head: Head, title: HtmlElement) -> HtmlElement | None:
    """The image below the headline that the head states as the article's; else the first outside boxes that has a caption."""
    stated = head.meta("og:image", "twitter:image")
    path = urlsplit(stated[1]).path if stated is not None else ""
    images = [one for one in doc.root.iter("img", "amp-img") if precedes(title, one)]
    own = (one for one in images if path and urlsplit(image_url(one, doc.page.url) or "").path == path)
    free = (one for one in images if _is_free(one, doc.page.url))
    return next(itertools.chain(own, free), None)


def _is_free(image: HtmlElement, base: str | None) -> bool:
    """Whether an image stands in no menu, box or link to another article."""
    around = [image, *image.iterancestors()]
    if any(one.tag == "a" and leads_elsewhere(one, base) for one in around):
        return False
    return not any(one.tag in {"nav", "footer", "aside"} or _is_region(one) for one in around)


def _is_region(element: HtmlElement) -> bool:
    return bool(element.attrib) and is_region(_marks(element))


def _marks(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"


def _narrowed(doc: Document, texts: Texts, outer: HtmlElement, inner: HtmlElement) -> HtmlElement:
    """The block down to which only other parts of the page are left away: links to other articles, comments, a footer."""
    way = [one for one in (inner, *inner.iterancestors()) if one is outer or outer in one.iterancestors()]
    for block, child in zip(reversed(way[1:]), reversed(way[:-1]), strict=True):
        much = texts.prose.get(child, 0) >= _MUCH * texts.prose.get(block, 0)
        if rank_of(block) == 0 or child.tag in _INLINE or not much or not _holds_others(doc, block, child):
            return block
    return way[0]


def _holds_others(doc: Document, block: HtmlElement, child: HtmlElement) -> bool:
    """Whether a block holds other parts of the page beside a child."""
    links = 0
    for other in block:
        if other is child or not isinstance(other.tag, str):
            continue
        if other.tag in {"nav", "footer", "aside"} or box_rule(_marks(other)) in _OTHERS:
            return True
        leading = (True for link in other.iter("a") if leads_elsewhere(link, doc.page.url))
        links += sum(itertools.islice(leading, _LINKS_MOST + 1 - links))
        if links > _LINKS_MOST:
            return True
    return False
