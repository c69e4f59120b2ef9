"""Redesigns: changes of an article page's markup that a reader of the page hardly sees. The values stay, their places do not.

Each kind works on the page's tree by roles (title, subtitle, info, header, body) that the site itself knows.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import cast

from lxml import etree, html
from lxml.html import HtmlElement

from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT

Roles = dict[str, HtmlElement]
_ROLES = {
    NDSOFT: {
        "header": "//header[@class='article-view-header']",
        "title": "//h3[@class='heading'] | //div[@class='article-head-title']",
        "subtitle": "//h4[@class='subheading']",
        "info": "//ul[@class='infomation']",
        "body": "//article[@id='article-view-content-div']",
    },
    MEDIAON: {
        "header": "//div[@class='art_top']",
        "title": "//div[@class='art_top']/h2",
        "subtitle": "//div[@class='art_top']/h3",
        "info": "//ul[@class='art_info']",
        "body": "//div[@id='news_body_area']",
    },
    GNUBOARD: {
        "header": "//article[@id='bo_v']/header",
        "title": "//span[@class='bo_v_tit']",
        "subtitle": "//h3[@class='bo_v_subtitle']",
        "info": "//section[@id='bo_v_info']",
        "body": "//div[@id='bo_v_con']",
    },
}
_LABELS = (
    ("기사입력", "게시시각"), ("기사승인", "공개시각"), ("웹출고시간", "띄운시각"), ("발행일", "낸 날"), ("작성일", "쓴 날"), ("입력", "게시"), ("승인", "공개"),
    ("등록", "올림"), ("송고", "보냄"), ("수정", "고침"), ("기자명", "취재"), ("작성자", "취재"),
)  # fmt: skip
_TAGS = {
    "h3": "h1",
    "h2": "h1",
    "h4": "h2",
    "span": "strong",
    "article": "div",
    "div": "section",
    "section": "div",
    "ul": "dl",
    "li": "dd",
}


def redesigned(text: str, family: str, kinds: Sequence[str], generation: int = 0) -> str:
    """A page after redesigns, oldest first. KeyError for a kind that is none of `DESIGNS`."""
    if not kinds:
        return text
    root = cast("HtmlElement", html.document_fromstring(text))
    roles = {
        name: found[0]
        for name, path in _ROLES[family].items()
        if (found := cast("list[HtmlElement]", root.xpath(path)))
    }
    for number, kind in enumerate(kinds, generation):
        DESIGNS[kind](roles, number)
    return etree.tostring(root.getroottree(), encoding="unicode", method="html")


def _renamed(roles: Roles, number: int) -> None:
    for name, element in roles.items():
        if element.get("id"):
            element.set("id", f"np{number}_{name}")
        element.set("class", f"np{number}-{name}")


def _wrapped(roles: Roles, number: int) -> None:
    for name, element in roles.items():
        if name in {"title", "body", "info"}:
            _wrap(_wrap(element, f"inner{number}"), f"np{number}-{name}-wrap")


def _wrap(element: HtmlElement, mark: str) -> HtmlElement:
    box = html.Element("div")
    box.set("class", mark)
    box.tail, element.tail = element.tail, None
    parent = element.getparent()
    assert parent is not None
    parent.replace(element, box)
    box.append(element)
    return box


def _retagged(roles: Roles, _number: int) -> None:
    for name, element in roles.items():
        element.tag = _TAGS.get(element.tag, element.tag)
        for child in element.iterchildren("li") if name == "info" else ():
            child.tag = _TAGS["li"]


def _reordered(roles: Roles, _number: int) -> None:
    """The information goes below the body, the subtitle above the title, the header's other boxes to its end."""
    _move(roles["info"], roles["body"], after=True)
    if "subtitle" in roles:
        title = roles["title"]
        _move(roles["subtitle"], title, after=False)


def _move(element: HtmlElement, anchor: HtmlElement, *, after: bool) -> None:
    """Put an element beside another; its tail stays where it was."""
    parent = element.getparent()
    assert parent is not None
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    element.tail = None
    parent.remove(element)
    if after:
        element.tail, anchor.tail = anchor.tail, None
        anchor.addnext(element)
    else:
        anchor.addprevious(element)


def _relabelled(roles: Roles, _number: int) -> None:
    for element in roles["info"].iter():
        for name in ("text", "tail"):
            said = getattr(element, name)
            if said and not (name == "tail" and element is roles["info"]):
                setattr(element, name, relabelled(said))


def relabelled(text: str) -> str:
    """A text with its labels changed.

    >>> relabelled("입력 2026.09.14 10:24")
    '게시 2026.09.14 10:24'
    """
    return functools.reduce(lambda changed, pair: changed.replace(*pair), _LABELS, text)


def _hashed(roles: Roles, number: int) -> None:
    """Class names of a build tool: no word of theirs says what they hold, and ids are gone."""
    for place, element in enumerate(roles.values()):
        element.attrib.pop("id", None)
        element.attrib.pop("itemprop", None)
        element.set("class", f"css-{(place + 3) * 7919 + number:x} e{place}q")


def _flattened(roles: Roles, _number: int) -> None:
    """The header's box is gone: title, subtitle and information stand beside the body."""
    header, body = roles["header"], roles["body"]
    for name in ("title", "subtitle", "info"):
        if name in roles:
            _move(roles[name], body, after=False)
    if header is not roles["info"]:
        header.drop_tree()


def _tabled(roles: Roles, number: int) -> None:
    """A layout of table cells around information and body."""
    for name in ("info", "body"):
        cell = _wrap(roles[name], f"np{number}-{name}")
        cell.tag = "td"
        row = _wrap(cell, f"np{number}-row")
        row.tag = "tr"
        _wrap(row, f"np{number}-{name}-table").tag = "table"


def _everything(roles: Roles, number: int) -> None:
    for change in (_wrapped, _retagged, _renamed):
        change(roles, number)


DESIGNS: dict[str, Callable[[Roles, int], None]] = {
    "renamed": _renamed,
    "wrapped": _wrapped,
    "retagged": _retagged,
    "reordered": _reordered,
    "relabelled": _relabelled,
    "hashed": _hashed,
    "flattened": _flattened,
    "tabled": _tabled,
    "everything": _everything,
}
