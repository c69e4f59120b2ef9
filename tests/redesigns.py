"""Kinds of redesign beside the demo site's own, each a change of a page's tree by what its parts are for.

A reader of the page still finds every value, except where a kind says what it hides. None of the names that the demo site or the
parsers know is used.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import cast

from lxml import etree, html
from lxml.html import HtmlElement

from newsharvest.demo.month.redesign import _ROLES, Roles, _move, _wrap

_TEXT_BLOCKS = frozenset({"p", "div"})


def changed(text: str, family: str, kinds: tuple[str, ...]) -> str:
    """A page after these kinds of redesign, one upon the other."""
    root = cast("HtmlElement", html.document_fromstring(text))
    roles = {
        name: found[0]
        for name, path in _ROLES[family].items()
        if (found := cast("list[HtmlElement]", root.xpath(path)))
    }
    for kind in kinds:
        EXTRA[kind](roles)
    return etree.tostring(root.getroottree(), encoding="unicode", method="html")


def _bare(element: HtmlElement) -> None:
    for name in ("id", "class", "itemprop", "style"):
        element.attrib.pop(name, None)


def no_names(roles: Roles) -> None:
    """No element of the article has a class or an id any more."""
    for element in roles.values():
        for one in (element, *element.iterdescendants()):
            if isinstance(one.tag, str) and element is not roles["body"]:
                _bare(one)
        _bare(element)


def hashed_inside(roles: Roles) -> None:
    """Every class in the article is a build tool's, captions and boxes included."""
    for place, element in enumerate(roles.values()):
        for number, one in enumerate((element, *element.iterdescendants())):
            if isinstance(one.tag, str):
                keep = one.get("class") if one.get("class") in {"ad-template", "article-copy"} else None
                _bare(one)
                one.set("class", keep or f"css-{place * 977 + number:x}z")


def sections(roles: Roles) -> None:
    """Body and header are sections with new names."""
    for name in ("header", "body"):
        roles[name].tag = "section"
        _bare(roles[name])
        roles[name].set("class", f"story__{name}--v2")


def title_in_div(roles: Roles) -> None:
    """The headline is no heading any more."""
    roles["title"].tag = "div"
    roles["title"].attrib.clear()
    roles["title"].set("class", "hl-text")
    if "subtitle" in roles:
        roles["subtitle"].tag = "div"
        roles["subtitle"].attrib.clear()
        roles["subtitle"].set("class", "hl-text-2")


def counted_title(roles: Roles) -> None:
    """The number of comments stands in the headline."""
    counter = html.Element("em")
    counter.text = "[3]"
    roles["title"].append(counter)


def split_title(roles: Roles) -> None:
    """The headline's words stand in two spans."""
    title = roles["title"]
    if len(title) or not title.text or " " not in title.text:
        return
    first, rest = title.text.split(" ", 1)
    title.text = None
    for words, tail in ((first, " "), (rest, None)):
        part = html.Element("span")
        part.text, part.tail = words, tail
        title.append(part)


def info_above(roles: Roles) -> None:
    """Byline and dates stand above the headline."""
    _move(roles["info"], roles["title"], after=False)


def info_at_end(roles: Roles) -> None:
    """Byline and dates stand at the end of the article's column, below related articles."""
    body = roles["body"]
    last = [one for one in body.itersiblings() if isinstance(one.tag, str)]
    _move(roles["info"], last[-1] if last else body, after=True)


def info_in_body(roles: Roles) -> None:
    """Byline and dates stand at the end of the body's own container."""
    info = roles["info"]
    parent = info.getparent()
    assert parent is not None
    info.drop_tag() if info.tag == "span" else parent.remove(info)
    info.tail = None
    roles["body"].append(info)


def one_line_info(roles: Roles) -> None:
    """Byline and dates in spans of one line, parted by bars."""
    info = roles["info"]
    words = [" ".join(one.split()) for one in _lines(info)]
    for child in list(info):
        info.remove(child)
    info.tag, info.text = "div", None
    _bare(info)
    for number, word in enumerate(word for word in words if word):
        part = html.Element("span")
        part.text, part.tail = word, " | "
        info.append(part)
        part.set("class", f"m{number}")
    if len(info):
        info[-1].tail = None


def definition_list(roles: Roles) -> None:
    """Byline and dates as a definition list: the label is a term, the value its description."""
    info = roles["info"]
    words = [" ".join(one.split()) for one in _lines(info)]
    for child in list(info):
        info.remove(child)
    info.tag, info.text = "dl", None
    _bare(info)
    for word in words:
        label, value = _label(word)
        for tag, text in (("dt", label), ("dd", value)):
            if text:
                part = html.Element(tag)
                part.text = text
                info.append(part)


def _label(word: str) -> tuple[str, str]:
    match = re.match(r"(기자명|작성자|기사입력|기사승인|발행일|작성일|입력|승인|등록|수정)\s*:?\s*(.*)", word)
    return (match[1], match[2]) if match else ("", word)


def _lines(element: HtmlElement) -> Iterator[str]:
    items = element.xpath("./li|./dd|./strong|./span|./h2") or [element]
    for item in items:
        yield str(item.text_content())


def english_labels(roles: Roles) -> None:
    """Labels in English."""
    _relabel(roles, {"기사입력": "Published", "기사승인": "Published", "웹출고시간": "Published", "발행일": "Published", "작성일": "Posted",
                     "입력": "Published", "승인": "Published", "등록": "Registered", "송고": "Sent", "수정": "Updated", "기자명": "By", "작성자": "By"})  # fmt: skip


def strange_labels(roles: Roles) -> None:
    """Labels that no table has."""
    _relabel(roles, {"기사입력": "펴낸때", "기사승인": "펴낸때", "웹출고시간": "펴낸때", "발행일": "펴낸날", "작성일": "적은때", "입력": "펴낸때",
                     "승인": "펴낸때", "등록": "펴낸때", "송고": "펴냄", "수정": "다듬은때", "기자명": "적은이", "작성자": "적은이"})  # fmt: skip


def no_labels(roles: Roles) -> None:
    """Dates and reporter without labels."""
    _relabel(
        roles,
        dict.fromkeys(
            (
                "기사입력",
                "기사승인",
                "웹출고시간",
                "발행일",
                "작성일",
                "입력",
                "승인",
                "등록",
                "송고",
                "수정",
                "기자명",
                "작성자",
            ),
            "",
        ),
    )


def _relabel(roles: Roles, words: dict[str, str]) -> None:
    for element in roles["info"].iter():
        for name in ("text", "tail"):
            said = getattr(element, name)
            if said and not (name == "tail" and element is roles["info"]):
                setattr(element, name, re.sub("|".join(words), lambda match: words[match.group()], said))


def share_in_body(roles: Roles) -> None:
    """Buttons to share stand within the body."""
    box = html.fragment_fromstring(
        '<div class="bar"><button>공유하기</button><a href="#">카카오톡</a><a href="#">URL복사</a></div>'
    )
    roles["body"].insert(0, box)
    box.tail, roles["body"].text = roles["body"].text, None


def lazy_images(roles: Roles) -> None:
    """Images are loaded by a script."""
    for image in roles["body"].iter("img"):
        image.set("data-src", image.get("src") or "")
        image.set("src", "data:image/gif;base64,R0lGODlhAQABAAAAACw=")


def split_text(roles: Roles) -> None:
    """The first words of every paragraph stand in spans of their own."""
    for block in list(roles["body"].iter("p", "div")):
        if len(block) == 0 and block.text and " " in block.text.strip():
            first, rest = block.text.strip().split(" ", 1)
            part = html.Element("span")
            part.text, part.tail, block.text = first, " " + rest, None
            block.append(part)


def paragraphs_as_divs(roles: Roles) -> None:
    """Paragraphs are div elements with hashed classes."""
    for number, block in enumerate(list(roles["body"].iter("p"))):
        block.tag = "div"
        _bare(block)
        block.set("class", f"x{number * 31:x}")


def deep(roles: Roles) -> None:
    """Four levels of boxes around headline, information and body."""
    for name in ("title", "info", "body"):
        element = roles[name]
        for level in range(4):
            element = _wrap(element, f"l{level}")


def footer_info(roles: Roles) -> None:
    """Byline and dates in a footer element below the body."""
    _move(roles["info"], roles["body"], after=True)
    _wrap(roles["info"], "meta-foot").tag = "footer"


def article_root(roles: Roles) -> None:
    """Header, body and information in one article element."""
    box = html.Element("article")
    _move(roles["info"], roles["title"], after=True)
    body = roles["body"]
    box.tail, body.tail = body.tail, None
    parent = body.getparent()
    assert parent is not None
    parent.replace(body, box)
    if roles["header"] not in set(body.iterancestors()):
        box.append(copy.deepcopy(roles["header"]))
        up = roles["header"].getparent()
        assert up is not None
        roles["header"].drop_tree()
    box.append(body)
    _bare(body)


def twice_titled(roles: Roles) -> None:
    """A bar that stays at the top repeats the headline."""
    bar = html.Element("div")
    bar.set("class", "sticky-top")
    part = html.Element("strong")
    part.text = str(roles["title"].text_content())
    bar.append(part)
    top = roles["title"].getroottree().getroot().find("body")
    top.insert(0, bar)


EXTRA: dict[str, Callable[[Roles], None]] = {
    each.__name__: each
    for each in (
        no_names, hashed_inside, sections, title_in_div, counted_title, split_title, info_above, info_at_end, info_in_body, one_line_info,
        definition_list, english_labels, strange_labels, no_labels, share_in_body, lazy_images, split_text, paragraphs_as_divs, deep,
        footer_info, article_root, twice_titled,
    )
}  # fmt: skip
