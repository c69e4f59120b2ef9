"""A CMS family: how its pages are recognised and read. One parse for all of them; a family's module holds its constants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from newsharvest.cms.between import sort_between
from newsharvest.cms.body import read_body
from newsharvest.cms.content import Body
from newsharvest.cms.crediting import Above
from newsharvest.cms.fill import Filler
from newsharvest.cms.head import read_above
from newsharvest.cms.headlines import scope_of
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.lines import one_line
from newsharvest.cms.lookups import field_mark
from newsharvest.cms.meta import Head, read_head
from newsharvest.cms.moved import Block, fill_moved
from newsharvest.cms.moved_lines import take_tail
from newsharvest.cms.paths import Paths
from newsharvest.cms.permissions import permission_flags
from newsharvest.cms.reread import whole
from newsharvest.cms.rights import COPYRIGHT, RIGHTS
from newsharvest.cms.stamps import stamps
from newsharvest.cms.template import template_of
from newsharvest.cms.titles import STATING, printed_title, reconciled, stating
from newsharvest.items import Article
from newsharvest.markup import Document, PageError, Tags, XPath

_INLINE_MOST = 4
_BLOCKS = ("p", "div", "span", "section", "article", "footer", "address", "li", "dd", "td")


@dataclass(frozen=True, slots=True)
class Skin:
    """A family's constants: compiled selectors with the name that ``extractors`` shows."""

    name: str
    containers: tuple[tuple[str, XPath], ...]
    """The body's container; the first that holds text or an image counts (empty twins exist: entermedia)."""
    titles: tuple[tuple[str, XPath | Tags], ...]
    unmarked: bool = False
    """Lines between title and body that are nothing else are the subtitle; the short line before the title is the section."""


@dataclass(frozen=True, slots=True)
class Family:
    """One CMS: its number's name in URLs, its fingerprint and its parse."""

    name: str
    id_name: str
    recognises: Callable[[Document], bool]
    parse: Callable[[Document, ArticleKey], Article]
    skin: Skin | None = None


def parse(doc: Document, key: ArticleKey, skin: Skin) -> Article:
    """The article of a page of this family, every text raw; PageError (not_article) where the page has no body container.

    Fields come from the family's selectors, then JSON-LD and metas; ``extractors`` says which rule gave each.
    """
    where, container = whole(doc, *_container(doc, skin))
    head = read_head(doc, key.outlet_id)
    named = printed_title(container, skin.titles, head.titles)
    if named[1] is None and head.titles and stating(container, head.titles, Paths(trusting=True)) is not None:
        raise PageError("parse", "not_article", f"{where} holds the headline, too")
    return assembled(doc, key, skin, head, (where, container), named)


Tidy = Callable[[Body, Above, str | None], None]


def assembled(
    doc: Document, key: ArticleKey, skin: Skin, head: Head, found: tuple[str, HtmlElement],
    named: tuple[str, HtmlElement | None], tidy: Tidy | None = None,
) -> Article:  # fmt: skip
    """The article around a container and a headline that were found, each with its rule; ``tidy`` may mend what was read."""
    (where, container), (rule, title) = found, named
    scope = scope_of(container, title)
    above = read_above(scope, container, title)
    body = read_body(container, doc.page.url)
    printed = one_line(title) if title is not None else None
    if tidy is not None:
        tidy(body, above, printed)
    take_tail(above, body, head)
    sort_between(body)
    fill_moved(above, Block(container, scope, title, body.paragraphs), head)
    article = Article(key.outlet_id, key.article_id, replace(doc.page.source, url=key.url or doc.page.url))
    filler = Filler(article, head, skin.name, unmarked=skin.unmarked or rule == STATING)
    filler.fill(above, body, (f"{skin.name}:{rule}", reconciled(printed, head.titles) if printed else printed), where)
    box_below(article, scope, container, skin.name)
    article.template = template_of(article, container, title, above.lines)
    article.flags += permission_flags(head.metas, doc.page.headers)
    return article


def _container(doc: Document, skin: Skin) -> tuple[str, HtmlElement]:
    first: tuple[str, HtmlElement] | None = None
    for name, selector in skin.containers:
        for found in selector.all(doc.root):
            first = first or (name, found)
            if found.text_content().strip() or found.find(".//img") is not None:
                return name, found
    if first is None:
        raise PageError("parse", "not_article", f"none of {', '.join(name for name, _ in skin.containers)}")
    return first


def box_below(article: Article, scope: HtmlElement, container: HtmlElement, name: str) -> None:
    """The copyright line under the body, in a box of its own, where the body held none."""
    if article.rights_notice is not None:
        return
    boxes = list(_below(scope, container))
    for box in boxes:
        if box.attrib and field_mark(f"{box.get('class', '')} {box.get('id', '')}") == "copyright":
            text = one_line(box).split(" | ")[0]  # "… 무단전재 및 재배포금지 | 저작권문의"
            if COPYRIGHT.search(text) and not stamps(text):
                article.rights_notice = text
                article.extractors["rights_notice"] = f"{name}:copyright box"
                return
    line = next((found for box in boxes if (found := _notice(box)) is not None), None)
    if line is not None:
        article.rights_notice, article.extractors["rights_notice"] = line, f"{name}:copyright line"


def _notice(box: HtmlElement) -> str | None:
    """The text of a block that is a copyright line on articles and nothing else."""
    text = one_line(box) if len(box) <= _INLINE_MOST and "무단" in (box.text or "") else ""
    return text if RIGHTS.match(text) else None


def _below(scope: HtmlElement, container: HtmlElement) -> Iterator[HtmlElement]:
    """Every block of the scope after the container, in page order."""
    node: HtmlElement | None = container
    while node is not None and node is not scope:
        for block in node.itersiblings():
            yield from block.iter(*_BLOCKS)
        node = node.getparent()
