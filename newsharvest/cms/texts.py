"""A page's texts and where they stand: what the generic extractor weighs to find the body."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol, cast

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.cms.paths import Path, Paths

SENTENCE = re.compile(r"[가-힣\w][.!?…‥]+[\"'”’)\]」』>]*(?:\s|$)|[가-힣][.!?][가-힣“‘\"']|[。။।۔؟]")
"""The end of a sentence: Korean "다." (also glued to the next one), Latin, Chinese and Japanese ones."""

_ALL = etree.XPath("//text()[normalize-space()]")
_DISTRUST_LEAST = 100
_SHORT = 12
"""A text with fewer letters is no prose: labels, numbers, menu words."""


class TextNode(Protocol):
    """What lxml's XPath gives for a text: a string that knows where it stands."""

    is_tail: bool

    def split(self) -> list[str]:
        """The words."""

    def getparent(self) -> HtmlElement | None:
        """The element whose text or tail it is."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One text node."""

    text: str
    """White space folded."""
    parent: HtmlElement
    weight: int
    """Its letters where it reads like prose outside menus and boxes, else 0."""
    linked: bool


@dataclass(slots=True)
class Texts:
    """All texts of a page in order, with the letters and the prose below each element."""

    units: list[Unit] = field(default_factory=list)
    prose: dict[HtmlElement, int] = field(default_factory=dict)
    """Letters of prose anywhere below."""
    letters: dict[HtmlElement, int] = field(default_factory=dict)
    """Letters of any text below, links included, scripts not."""
    near: dict[HtmlElement, float] = field(default_factory=dict)
    """Letters of prose with less weight the deeper they stand: greatest at the block that holds the paragraphs."""


def read_texts(root: HtmlElement) -> Texts:
    """Every visible text of a page. Where almost all prose stands in boxes by their names, the names are not believed."""
    texts = _read(root, trusting=True)
    if max(_DISTRUST_LEAST, 3 * texts.prose.get(root, 0)) < _all_prose(texts):
        texts = _read(root, trusting=False)
    return texts


def _all_prose(texts: Texts) -> int:
    return sum(len(unit.text) for unit in texts.units if not unit.linked and _reads_like_prose(unit.text))


def _read(root: HtmlElement, *, trusting: bool) -> Texts:
    texts, paths = Texts(), Paths(trusting=trusting)
    for found in cast("list[TextNode]", _ALL(root)):
        text = " ".join(found.split())
        element = found.getparent()
        parent = element.getparent() if found.is_tail and element is not None else element
        if not text or parent is None:
            continue
        path = paths.of(parent)
        if path.visible:
            _count(texts, text, path)
    _sum_up(texts, paths)
    return texts


def _count(texts: Texts, text: str, path: Path) -> None:
    size = len(text)
    weight = size if path.counts and _reads_like_prose(text) else 0
    texts.units.append(Unit(text, path.element, weight, path.linked))
    path.letters += size
    if weight:
        path.prose += weight
        _note_prose(texts, path)
        _note_near(texts, path, weight)


def _note_prose(texts: Texts, path: Path) -> None:
    """Name the elements that hold prose, innermost first, as their prose is met; how much is summed up at the end."""
    above: Path | None = path
    while above is not None and above.element not in texts.prose:
        texts.prose[above.element] = 0
        above = above.above


def _note_near(texts: Texts, path: Path, weight: int) -> None:
    share, above = 1.0, cast("Path | None", path)
    while above is not None and share > _LEAST_SHARE:
        element = above.element
        if element.tag in _HOLDERS:
            texts.near[element] = texts.near.get(element, 0) + weight * share
            share /= 2
        above = above.above


def _sum_up(texts: Texts, paths: Paths) -> None:
    """From each element to the one above it: adding every text to all elements it stands in took as long as the rest."""
    for path in paths.inner_first():
        if path.letters:
            texts.letters[path.element] = path.letters
        if path.prose:
            texts.prose[path.element] = path.prose
        if path.above is not None:
            path.above.letters += path.letters
            path.above.prose += path.prose


_HOLDERS = frozenset({"div", "article", "section", "td", "main", "body", "dd", "dl", "form", "center", "h4", "li", "ul", "ol", "blockquote"})  # fmt: skip
_LEAST_SHARE = 0.2


def _reads_like_prose(text: str) -> bool:
    return len(text) >= _SHORT and SENTENCE.search(text) is not None


def below(texts: Texts, container: HtmlElement) -> list[Unit]:
    """The texts after an element, in page order."""
    own = set(container.iter())
    last = max((place for place, unit in enumerate(texts.units) if unit.parent in own), default=len(texts.units))
    return texts.units[last + 1 :]
