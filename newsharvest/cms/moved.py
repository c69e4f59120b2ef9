"""What a redesign moved: the line of byline and dates where it stands elsewhere than between headline and body.

Looked for only where nothing was found in its usual place. What is taken must say that it is the article's own: the date that the
page's head states, a label of publication, or its place right beside the article.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsharvest.cms.bylines import GLUED_BYLINE, is_byline, names_in
from newsharvest.cms.crediting import Above
from newsharvest.cms.generic_dates import machine_date
from newsharvest.cms.headlines import HeadLine, block_lines
from newsharvest.cms.labels import byline_in
from newsharvest.cms.meta import Head
from newsharvest.cms.moved_lines import LINE_MOST, TAIL, dated, take_around
from newsharvest.cms.paths import is_region

_BLOCKS_MOST = 60
_OUTSIDE = frozenset({"footer", "nav", "aside", "script", "style", "form", "button"})


@dataclass(frozen=True, slots=True)
class Block:
    """The article's part of a page."""

    container: HtmlElement
    scope: HtmlElement
    title: HtmlElement | None
    paragraphs: Sequence[str]


def fill_moved(above: Above, block: Block, head: Head) -> None:
    """Byline and dates from beside the article, where none stand between headline and body.

    Afterwards ``above.where`` says where the dates stood, ``above.byline_where`` where the byline did.
    """
    if not above.dated and above.where == "head":
        stated = machine_date(head)
        for where, lines in _places(above, block):
            at = dated(lines, stated)
            if at is not None:
                take_around(above, lines, at, where)
                break
    names = _stated_names(head) if above.byline is None else []
    if names and not any(_ends_in_byline(line) for line in block.paragraphs[-TAIL:]):
        above.byline, above.byline_where = _byline_below(block, names) or (None, "head")


def _places(above: Above, block: Block) -> Iterator[tuple[str, Sequence[HeadLine]]]:
    """Lines in which to look: before the title, below the body, before the article's block."""
    yield "above title", [line for line in above.lines if not line.after_title]
    for part in _after(block.container, block.scope):
        yield "below", block_lines(part)
    if block.title is not None:
        for part in _beside(block.scope, forward=False):
            yield "before", block_lines(part)


def _after(container: HtmlElement, scope: HtmlElement) -> Iterator[HtmlElement]:
    """The blocks after the container up to the scope's end, without those of other parts of the page.

    A footer within the article's own block is the article's.
    """
    node: HtmlElement | None = container
    seen = 0
    while node is not None and node is not scope:
        parent = node.getparent()
        for block in _beside(node, forward=True, footer=parent is not None and parent.tag != "body"):
            seen += 1
            if seen > _BLOCKS_MOST:
                return
            yield block
        node = parent


def _beside(node: HtmlElement, *, forward: bool, footer: bool = False) -> Iterator[HtmlElement]:
    for block in node.itersiblings(preceding=not forward):
        if isinstance(block.tag, str) and not _is_other_part(block, footer=footer):
            yield block


def _is_other_part(block: HtmlElement, *, footer: bool) -> bool:
    """Whether a block names itself a menu, a footer, an advertisement, a list of other articles …"""
    marks = f"{block.get('class', '')} {block.get('id', '')}" if block.attrib else ""
    if block.tag == "footer" and footer:
        return False
    return block.tag in _OUTSIDE or (bool(marks.strip()) and is_region(marks))


def _stated_names(head: Head) -> list[str]:
    pair = head.meta("dable:author", "author") or head.linked("author", "name")
    return [name for name in names_in(pair[1]) if name] if pair is not None else []


def _ends_in_byline(line: str) -> bool:
    return is_byline(line) or GLUED_BYLINE.fullmatch(line[-LINE_MOST:]) is not None


def _byline_below(block: Block, names: Sequence[str]) -> tuple[str, str] | None:
    """A byline that stands alone below the body and names the author that the head states."""
    for part in _after(block.container, block.scope):
        for line in block_lines(part)[:TAIL]:
            text = byline_in(line.text)
            if is_byline(text) and any(name in text for name in names):
                return text, "below"
    return None
