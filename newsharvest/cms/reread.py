"""Where libxml2 loses text: the container's bytes read once more, by a parser that loses none.

libxml2 drops without a word what follows an unclosed attribute quote or an unclosed comment, and what stands in CDATA. Only
where a container shows one of these is its slice of the page mended and read with BeautifulSoup, at 20 times lxml's cost.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from lxml import html
from lxml.html import HtmlElement

from newsharvest.cms.lines import lines_of, shown_chars
from newsharvest.markup import Document, XPath, make_writable

if TYPE_CHECKING:
    from bs4 import Tag

_TRACES = XPath(
    'descendant::comment()[starts-with(.,"[CDATA[")]/..'
    ' | descendant::*[@*[not(starts-with(name(),"data-")) and (contains(.,"</") or contains(.,"<br") or contains(.,"<p"))]]'
)
"""What a swallowed text leaves behind: CDATA as a comment, markup in an attribute."""
_OPENED_TWICE = XPath('descendant::comment()[contains(.,"<!--")]')
"""A comment in a comment: the first was never closed, or an old block was taken out of the page together with its own."""
_TAG = re.compile(r"<[A-Za-z][^<>]*>")
_LINE_LEAST = 8
_SLICE_MOST = 1_000_000


def whole(doc: Document, where: str, container: HtmlElement) -> tuple[str, HtmlElement]:
    """The rule and the container as they are; or ``bs4:`` and the container re-read, in its place, where that has more lines."""
    if doc.reread:
        return f"bs4:{where}", container
    if not _is_suspect(doc, container):
        return where, container
    again = _slice_reread(doc, container)
    parent = container.getparent()
    if again is None or parent is None or not _adds_lines(again, container):
        return where, container
    make_writable(container)
    again.tail = container.tail
    parent.replace(container, again)
    return f"bs4:{where}", again


def page_reread(doc: Document) -> Document | None:
    """The whole page re-read, where its end was lost; None where it was not."""
    if not doc.cut or doc.reread or len(doc.decoded.text) > _SLICE_MOST:
        return None
    soup = _soup(doc.decoded.text)
    return replace(doc, root=html.document_fromstring(soup, parser=_parser()), reread=True) if soup else None


def _is_suspect(doc: Document, container: HtmlElement) -> bool:
    if doc.cut and _is_last(doc.root, container):
        return True
    if _TRACES.first(container) is not None:
        return True
    comments = _OPENED_TWICE.all(container)
    return bool(comments) and sum(len(comment.text or "") for comment in comments) > shown_chars(container)


def _is_last(root: HtmlElement, container: HtmlElement) -> bool:
    """Whether the container was still open where the page's end was lost."""
    node = root
    while node is not container and len(node):
        node = node[-1]
    return node is container


def _adds_lines(again: HtmlElement, before: HtmlElement) -> bool:
    known = set(lines_of(before))
    return any(len(line) >= _LINE_LEAST and line not in known for line in lines_of(again))


def _slice_reread(doc: Document, container: HtmlElement) -> HtmlElement | None:
    start = _start(doc, container)
    if start is None or len(doc.decoded.text) - start > _SLICE_MOST:
        return None
    markup = _soup(doc.decoded.text[start:], first=True)
    if markup is None:
        return None
    around = cast("HtmlElement", html.fragment_fromstring(markup, create_parent="div", parser=_parser()))
    return around[0] if len(around) == 1 and isinstance(around[0].tag, str) and not around.text else around


def _start(doc: Document, container: HtmlElement) -> int | None:
    """Where in the page's text the container's tag opens: found by its id, else by its class and its place among those."""
    for name in ("id", "class"):
        value = container.get(name)
        if value:
            alike = [one for one in doc.root.iter(str(container.tag)) if one.get(name) == value]
            tag = rf"<{container.tag}\b[^<>]*?\b{name}\s*=\s*[\"']?{re.escape(value)}[\"'\s>]"
            found = [match.start() for match in re.finditer(tag, doc.decoded.text, re.IGNORECASE)]
            place = alike.index(container)
            return found[place] if place < len(found) else None
    return None


def _soup(text: str, *, first: bool = False) -> str | None:
    """A text mended, read by BeautifulSoup and written again: markup without CDATA, comments and open quotes."""
    from bs4 import BeautifulSoup, CData, Comment
    from bs4.element import NavigableString

    soup = BeautifulSoup(_mended(text), "html.parser")
    for string in soup.find_all(string=True):
        if isinstance(string, CData):
            string.replace_with(NavigableString(str(string)))
        elif isinstance(string, Comment):
            string.extract()
    chosen: Tag | None = soup.find(True) if first else soup
    return chosen.decode() if chosen is not None else None


def _mended(text: str) -> str:
    """Tags with an odd number of quotes closed; comments and CDATA that never end, or comments that begin twice, opened."""
    return _without_open_comments(_without_open_cdata(_TAG.sub(_closed, text)))


def _without_open_cdata(text: str) -> str:
    """Without the marks that no end follows: html.parser would search the rest of the page for it at each of them."""
    end = text.rfind("]]>") + 1
    return text[:end] + text[end:].replace("<![CDATA[", "")


def _closed(match: re.Match[str]) -> str:
    tag = match.group()
    odd = next((quote for quote in "\"'" if tag.count(quote) % 2), None)
    return f"{tag[:-1]}{odd}>" if odd is not None else tag


def _without_open_comments(text: str) -> str:
    parts: list[str] = []
    place, end = 0, -1
    last_end = text.rfind("-->")
    while (start := text.find("<!--", place)) >= 0:
        if end < start and start < last_end:
            end = text.find("-->", start + 2)  # "<!-->" is a comment, too
        again = text.find("<!--", start + 4)
        open_ended = start >= last_end or 0 <= again < end
        parts += [text[place:start], "" if open_ended else text[start : end + 3]]
        place = start + 4 if open_ended else end + 3
    return "".join(parts) + text[place:]


def _parser() -> html.HTMLParser:
    return html.HTMLParser(encoding="utf-8", huge_tree=True)
