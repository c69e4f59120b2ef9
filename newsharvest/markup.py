"""Typed DOM helpers on lxml that fail loudly."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from lxml import etree, html
from lxml.html import HtmlElement

from newsharvest.page import Decoded, Page, decode


class PageError(ValueError):
    """A page that cannot become an item: becomes a Reject with this stage, reason and detail."""

    def __init__(self, stage: str, reason: str, detail: str | None = None) -> None:
        super().__init__(f"{stage}: {reason}" + (f" ({detail})" if detail else ""))
        self.stage, self.reason, self.detail = stage, reason, detail


@dataclass(frozen=True, slots=True)
class Document:
    """A decoded and parsed HTML page."""

    page: Page
    root: HtmlElement
    decoded: Decoded
    cut: bool = False
    """The page's end is not in the tree: an unclosed comment, quote or script swallowed it."""
    reread: bool = False
    """The tree was read by BeautifulSoup."""


class XPath:
    """A compiled selection of elements or strings, a constant at the top of a module."""

    __slots__ = ("_select", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self._select = etree.XPath(path)

    def all(self, node: HtmlElement) -> list[HtmlElement]:
        """Every element it selects, in document order."""
        return cast("list[HtmlElement]", self._select(node))

    def first(self, node: HtmlElement) -> HtmlElement | None:
        """The first element it selects, else None: for fields a page may lack."""
        found = self.all(node)
        return found[0] if found else None

    def one(self, node: HtmlElement) -> HtmlElement:
        """The only element it selects; PageError where there is none or more than one."""
        found = self.all(node)
        if len(found) != 1:
            raise PageError("parse", "selection", f"{self.path}: {len(found)} instead of 1")
        return found[0]

    def strings(self, node: HtmlElement) -> list[str]:
        """For paths that end in an attribute or text()."""
        return [str(s) for s in cast("Sequence[str]", self._select(node))]


def document(page: Page) -> Document:
    """Decode and parse; PageError where the page is no HTML at all."""
    decoded = decode(page.body, page.headers.get("content-type"))
    if not decoded.text or decoded.text.isspace():
        raise PageError("decode", "empty")
    try:
        root = _parsed(_utf8(page.body, decoded) + _END)
    except etree.ParserError as error:  # a page of comments only
        raise PageError("decode", "empty", str(error)) from error
    _join(root)
    cut = not _take_end(root)
    if not cut and _is_bare(root):
        raise PageError("decode", "empty", "nothing but comments")
    return Document(page, root, decoded, cut)


def _parsed(utf8: bytes) -> HtmlElement:
    """The tree of a page in UTF-8, whatever it says of its encoding."""
    root: HtmlElement | None = None
    if _states_utf8(utf8):
        root = _parsed_by(_parser(), utf8)
    if root is None or not _read_as_utf8(root):
        root = _parsed_by(_parser("utf-8"), utf8)
    return root


def _states_utf8(utf8: bytes) -> bool:
    """Whether a page says so before its first letter beyond ASCII: libxml2 then reads it a sixth faster than when it is told."""
    stated = _CHARSET.search(utf8, 0, _HEAD)
    return stated is not None and utf8[: stated.end()].isascii()


def _read_as_utf8(root: HtmlElement) -> bool:
    """What stood in a comment or a script may have been no statement."""
    encoding = root.getroottree().docinfo.encoding
    return encoding is not None and encoding.lower() == "utf-8"


def _parsed_by(parser: html.HTMLParser, utf8: bytes) -> HtmlElement:
    root = cast("HtmlElement", html.document_fromstring(utf8, parser=parser))
    _check_whole(parser)
    return root


@functools.cache
def _parser(encoding: str | None = None) -> html.HTMLParser:
    """huge_tree: without it libxml2 2.14 ends at 256 levels (unclosed <font> tags reach that), with it at 2,045.

    One class for all elements, looked up in C: lxml.html's own choice by tag is a call of Python for each.
    """
    parser = html.HTMLParser(encoding=encoding, huge_tree=True)
    parser.set_element_class_lookup(
        etree.ElementDefaultClassLookup(
            element=HtmlElement, comment=html.HtmlComment, pi=html.HtmlProcessingInstruction, entity=html.HtmlEntity
        )
    )
    return parser


_CHARSET = re.compile(rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*utf-?8\s*["'/>;\s]""", re.IGNORECASE)
_HEAD = 2_048


def _is_bare(root: HtmlElement) -> bool:
    return not len(root) or (len(root) == 1 and not len(root[0]) and not root.text_content().strip())


_END_TAG = "newsharvest-end"
_END = f"<{_END_TAG}></{_END_TAG}>".encode()
"""Stands behind every page: it is in the tree unless something unclosed swallowed the page's end."""


def _join(root: HtmlElement) -> None:
    """Bring what stands behind ``</html>`` into the body: libxml2 2.14 makes a second root of it, which no parser would see."""
    others = list(root.itersiblings("*"))
    body = root.find("body") if others else None
    target = root if body is None else body
    for other in others:
        _append_text(target, other.text)
        for child in list(other):
            _adopt(target, child)


def _adopt(target: HtmlElement, child: HtmlElement) -> None:
    if child.tag not in {"head", "body"}:
        target.append(child)
        return
    _append_text(target, child.text)
    for grandchild in list(child):
        target.append(grandchild)
    _append_text(target, child.tail)


def _append_text(target: HtmlElement, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = _UNWRITABLE.sub("", (target[-1].tail or "") + text)
    else:
        target.text = _UNWRITABLE.sub("", (target.text or "") + text)


_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What libxml2 reads from a page and lxml refuses to write into a tree."""


def drop(element: HtmlElement) -> None:
    """Take an element out of its tree, the text behind it kept."""
    try:
        element.drop_tree()
    except ValueError:  # a control character behind it
        make_writable(element)
        element.drop_tree()


def make_writable(element: HtmlElement) -> None:
    """Remove, from the whole of an element's tree, the characters that libxml2 reads and lxml refuses to write."""
    for one in element.getroottree().iter():
        if isinstance(one.tag, str) and one.text:
            one.text = _UNWRITABLE.sub("", one.text)
        if one.tail:
            one.tail = _UNWRITABLE.sub("", one.tail)


def _take_end(root: HtmlElement) -> bool:
    """Remove the mark of the page's end; False where it is not in the tree."""
    node: HtmlElement | None = root
    while node is not None and len(node):
        node = node[-1]
    if node is None or node.tag != _END_TAG:  # what stands between </body> and </html> comes after the body
        node = root.find(f".//{_END_TAG}")
    parent = node.getparent() if node is not None else None
    if node is None or parent is None:
        return False
    parent.remove(node)
    return True


def flattened(doc: Document) -> Document:
    """The same page with no element deeper than 100 levels: deeper ones leave their text, blocks a line break each.

    Parsers walk the tree by recursion, and Python ends that at a thousand calls.
    """
    make_writable(doc.root)
    deep: list[HtmlElement] = []
    depth = 0
    for event, element in etree.iterwalk(doc.root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if event == "start" and depth > _LEVELS:
            deep.append(cast("HtmlElement", element))
    for element in reversed(deep):
        if element.tag in _BLOCKS:
            element.addprevious(html.Element("br"))
        element.drop_tag()
    return doc


_LEVELS = 100
_BLOCKS = frozenset(
    {"div", "p", "section", "article", "li", "ul", "ol", "table", "tr", "td", "tbody", "center", "blockquote"}
)


def _check_whole(parser: html.HTMLParser) -> None:
    """libxml2 says nowhere but here that it stopped: everything behind the place would be lost silently."""
    last = parser.error_log.last_error
    if last is not None and last.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        raise PageError("limits", "depth", last.message)


def _utf8(body: bytes, decoded: Decoded) -> bytes:
    """The text as UTF-8: the body itself where it is just that."""
    if decoded.encoding == "utf-8" and decoded.source == "bytes" and b"\x00" not in body:
        return body
    return decoded.text.encode("utf-8", "replace")


class Tags:
    """As `XPath`, for all elements below a node that have one of some tags: a tenth of the time of a predicate over all elements."""

    __slots__ = ("_tags",)

    def __init__(self, *tags: str) -> None:
        self._tags = tags

    def all(self, node: HtmlElement) -> list[HtmlElement]:
        """Every element below, in document order."""
        return list(node.iterdescendants(*self._tags))


def leads_to(doc: Document, *parts: str) -> bool:
    """Whether a page's own address holds one of some strings, or that of one of its links does."""
    addresses = itertools.chain([doc.page.url or ""], (link.get("href") or "" for link in doc.root.iter("a")))
    return any(part in address for address in addresses for part in parts)


def by_id(name: str) -> XPath:
    """The element of an id: one lookup in libxml2's table instead of a walk over the page."""
    return XPath(f'id("{name}")')


def fold(text: str) -> str:
    """Runs of white space of any kind (line ends and NBSP too) as one space, none at the ends."""
    return " ".join(text.split())


def text_of(node: HtmlElement) -> str:
    """All text below a node, as it stands, without scripts and comments."""
    if next(node.iter("script", "style"), None) is None:
        return cast("str", _STRING(node))
    return "".join(cast("list[str]", _TEXT(node)))


_STRING = etree.XPath("string()", smart_strings=False)
_TEXT = etree.XPath(".//text()[not(parent::script or parent::style)]", smart_strings=False)
