"""The weather ticker of a newspaper's page: found, read and, for the article's parser, taken out of the tree."""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.items import Source, TickerAgain, WeatherBulletin
from newsharvest.known import Known
from newsharvest.markup import Document, XPath, drop, fold, text_of
from newsharvest.page import Page
from newsharvest.reference import lookups, station_names
from newsharvest.weather.blocks import Block, bulletin, is_credit, is_ticker
from newsharvest.weather.dateline import DateLine, date_line
from newsharvest.weather.dump import find_block
from newsharvest.weather.entry import Entry, entry, separated

# Lists first: their items' string values are searched once for each degree sign that the source has.
_LISTS = {sign: XPath(f"descendant::li[contains(., '{sign}')]/..") for sign in "℃°˚º"}
_OTHERS = XPath(
    "//text()[contains(., '℃') or contains(., '°') or contains(., '˚') or contains(., 'º')]"
    "/parent::*[not(self::script or self::style or self::title or self::option)]"
)
_SELECTS = XPath(".//select")
_IS_SHORT = etree.XPath("string-length(.) < 200")
_ENTITY = re.compile(r"&(?:deg|#8451|#x2103|#176|#xb0)", re.ASCII | re.IGNORECASE)
_SPELLED = ["℃", "°"]
_INLINE = frozenset({"a", "abbr", "b", "em", "font", "i", "img", "small", "span", "strong", "sub", "sup", "u"})
_NEAR, _LEVELS = 4, 3
_OPTIONS_NAMED = 5

Ticker = WeatherBulletin | TickerAgain


@dataclass(slots=True)
class Found:
    """A ticker in the tree."""

    block: Block
    container: HtmlElement
    """The element that holds the entries."""
    beside: list[HtmlElement] = field(default_factory=list)
    """Date line and credit."""


def find(doc: Document, source_id: str) -> WeatherBulletin | None:
    """The page's ticker with the most entries, as it is printed; None where there is none.

    Body text never becomes a ticker: only lists with their own evidence do, and nothing inside an article's container.
    """
    found = locate(doc)
    return bulletin(found[0].block, source_id, doc.page.source) if found else None


def take(doc: Document, source_id: str, known: Container[bytes] = frozenset()) -> Ticker | None:
    """As `find`; afterwards no ticker, date line of one or credit is in the tree, so that no parser reads them as text.

    A ticker that ``known`` holds, by what it is read from, is not made again.
    """
    found = locate(doc)
    for ticker in found:
        for element in (ticker.container, *ticker.beside):
            if element.getparent() is not None:
                drop(element)
    return _met(found[0].block, source_id, doc.page.source, known) if found else None


def _met(block: Block, source_id: str, source: Source, known: Container[bytes]) -> Ticker:
    day = source.fetched_at.date() if source.fetched_at else None
    digest = hashlib.sha1(block.markup, usedforsecurity=False)
    digest.update(repr((source_id, day, block.dated, block.credited, block.boxed)).encode())
    read_from = digest.digest()
    if read_from in known:
        return TickerAgain(source_id, source, read_from)
    made = bulletin(block, source_id, source)
    made.read_from = read_from
    return made


def find_in_text(lines: Sequence[str], page: Page, source_id: str) -> tuple[WeatherBulletin, frozenset[int]] | None:
    """The ticker of a page's text dump with the indexes of its lines, date line and credit included; None without one."""
    found = find_block(lines)
    if found is None:
        return None
    block, numbers = found
    return bulletin(block, source_id, page.source), numbers


def locate(doc: Document) -> list[Found]:
    """Every ticker of the page, the one with the most entries first."""
    signs = _signs(doc)
    if not signs:
        return []
    lists = dict.fromkeys(held for sign in signs for held in _LISTS[sign].all(doc.root))
    found = [f for f in map(_of_children, lists) if f]
    if not found:
        blocks = _blocks(doc.root)
        found = [f for f in map(_of_children, _containers(blocks)) if f] or [f for f in map(_of_one, blocks) if f]
    return sorted(found, key=lambda f: -len(f.block.entries))


def _signs(doc: Document) -> list[str]:
    """The degree signs of the page's source, spelled-out ones too: a page without one is passed over at once."""
    source = doc.decoded.text
    plain = [sign for sign in _LISTS if sign in source]
    return plain or (_SPELLED if _ENTITY.search(source) else [])


def _blocks(root: HtmlElement) -> list[HtmlElement]:
    """The block elements that hold a degree sign outside lists, each once."""
    blocks: dict[HtmlElement, None] = {}
    for element in _OTHERS.all(root):
        block: HtmlElement | None = element
        while block is not None and block.tag in _INLINE:
            block = block.getparent()
        if block is not None:
            blocks[block] = None
    return list(blocks)


def _containers(blocks: list[HtmlElement]) -> list[HtmlElement]:
    """What may hold several entries: the parents of the blocks, and the blocks whose lines end in <br>."""
    parents = [block.getparent() for block in blocks]
    lined = [block for block in blocks if block.find("br") is not None]
    return list(dict.fromkeys([p for p in parents if p is not None] + lined))


def _of_children(container: HtmlElement) -> Found | None:
    """The ticker whose entries are a container's children or lines."""
    return None if _in_body(container) else _accepted(Found(_read(container), container))


def _of_one(element: HtmlElement) -> Found | None:
    """A ticker of one entry, the station shown being chosen in a list beside it."""
    raw = fold(text_of(element))
    read = entry(raw)
    whole = read.match is None and read.station and read.has_value
    return _accepted(Found(Block([raw], [read]), element)) if whole and not _in_body(element) else None


def _accepted(found: Found) -> Found | None:
    block = found.block
    if not any(e.has_degrees for e in block.entries):
        return None
    found.beside = [*_date_above(found), *_credit_below(found)]
    block.boxed = _in_box(found.container) or (not block.evident and _beside_a_choice(found.container))
    return found if is_ticker(block) else None


@dataclass(frozen=True, slots=True)
class _Lines:
    """A container's lines, read: what its markup alone says."""

    raws: list[str]
    entries: list[Entry]
    dated: DateLine | None
    separated: bool


_LINES: Known[bytes, _Lines] = Known(64)


def _read(container: HtmlElement) -> Block:
    """The lines of a container; those of one that shows what another page's showed are known already."""
    markup = etree.tostring(container, encoding="utf-8", with_tail=False)
    lines = _LINES.get(markup, lambda: _lines_read(container))
    return Block(lines.raws, lines.entries, lines.dated, separated=lines.separated, markup=markup)


def _lines_read(container: HtmlElement) -> _Lines:
    raws: list[str] = []
    entries: list[Entry] = []
    date: DateLine | None = None
    separated = False
    for raw, read, apart in _entries(container):
        dated = date_line(raw)
        if dated is not None:
            date = dated
        elif raw and not is_credit(raw):
            raws.append(raw)
            entries.append(read)
            separated |= apart
    return _Lines(raws, entries, date, separated)


def _entries(container: HtmlElement) -> Iterator[tuple[str, Entry, bool]]:
    """Each line, what it says, and whether the tree separates sky and name."""
    if container.find("br") is not None:
        yield from ((raw, entry(raw), False) for raw in _lines(container))
        return
    for child in container:
        if isinstance(child.tag, str) and child.tag not in {"script", "style"}:
            yield _entry(child)


def _lines(container: HtmlElement) -> list[str]:
    """The lines of an element that <br> divides."""
    lines = [container.text or ""]
    for child in container:
        if child.tag == "br":
            lines.append("")
        elif isinstance(child.tag, str):
            lines[-1] += text_of(child)
        lines[-1] += child.tail or ""
    return [fold(line) for line in lines]


def _entry(element: HtmlElement) -> tuple[str, Entry, bool]:
    if len(element) == 0:
        raw = fold(element.text or "")
        return raw, entry(raw), False
    raw = fold(text_of(element))
    first = element[0]
    if first.tag in _INLINE and not (element.text or "").strip():
        others = (text_of(e) if isinstance(e.tag, str) else "" for e in element[1:])
        rest = (first.tail or "") + "".join(text + (e.tail or "") for text, e in zip(others, element[1:], strict=True))
        shown = first.get("alt") or "" if first.tag == "img" else text_of(first)
        apart = separated(fold(shown), fold(rest))
        if apart is not None:
            return raw, apart, True
    return raw, entry(raw), False


def _date_above(found: Found) -> list[HtmlElement]:
    """The nearest element before the container, or before one around it, that is a date line."""
    for element in _beside(found.container, preceding=True) if found.block.dated is None else ():
        dated: DateLine | None = date_line(fold(text_of(element)))
        if dated is not None:
            found.block.dated = dated
            return [element]
    return []


def _credit_below(found: Found) -> list[HtmlElement]:
    for element in _beside(found.container, preceding=False):
        if is_credit(fold(text_of(element))):
            found.block.credited = True
            return [element]
    return []


def _beside(container: HtmlElement, *, preceding: bool) -> Iterator[HtmlElement]:
    """Short elements next to the container and to what is around it, nearest first, with their children."""
    around: HtmlElement | None = container
    for _ in range(_LEVELS):
        if around is None or around.tag == "body":
            return
        for number, sibling in enumerate(around.itersiblings(preceding=preceding)):
            if number == _NEAR:
                break
            if isinstance(sibling.tag, str) and _IS_SHORT(sibling):
                yield sibling
                yield from sibling.iterchildren("*")
        around = around.getparent()


def _in_body(element: HtmlElement) -> bool:
    """Whether an article's text is around it: there a list of temperatures is part of the text."""
    bodies = _marks("bodies")
    return any(
        value in bodies
        for around in (element, *element.iterancestors())
        for name in ("id", "class", "itemprop")
        for value in (around.get(name) or "").split()
    )


def _in_box(element: HtmlElement) -> bool:
    near = [element, *(around for around, _ in zip(element.iterancestors(), range(_LEVELS), strict=False))]
    names = " ".join(f"{e.get('id') or ''} {e.get('class') or ''}" for e in near if e.tag != "body").lower()
    return any(mark in names for mark in _marks("boxes"))


def _beside_a_choice(element: HtmlElement) -> bool:
    """Whether a drop-down list of stations stands beside it."""
    around = element.getparent()
    selects = _SELECTS.all(element if around is None else around)
    named = [sum(fold(text_of(option)) in station_names() for option in select) for select in selects]
    return any(count >= _OPTIONS_NAMED for count in named)


@functools.cache
def _marks(name: str) -> frozenset[str]:
    return frozenset(lookups("weather")["block"][name])
