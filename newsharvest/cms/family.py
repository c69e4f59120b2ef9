"""A CMS family: how its pages are recognised and read. One parse for all of them; a family's module holds its constants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from newsharvest.cms.body import read_body
from newsharvest.cms.content import COPYRIGHT, Body
from newsharvest.cms.fill import Filler
from newsharvest.cms.head import read_above
from newsharvest.cms.headlines import precedes, scope_of
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.lines import one_line
from newsharvest.cms.lookups import field_mark
from newsharvest.cms.meta import Head, meta_title, read_head, site_names
from newsharvest.items import Article
from newsharvest.markup import Document, PageError, XPath


@dataclass(frozen=True, slots=True)
class Skin:
    """A family's constants: compiled selectors with the name that ``extractors`` shows."""

    name: str
    containers: tuple[tuple[str, XPath], ...]
    """The body's container; the first that holds text or an image counts (empty twins exist: entermedia)."""
    titles: tuple[tuple[str, XPath], ...]
    unmarked: bool = False
    """Lines between title and body that are nothing else are the subtitle; the short line before the title is the section."""


@dataclass(frozen=True, slots=True)
class Family:
    """One CMS: its number's name in URLs, its fingerprint and its parse."""

    name: str
    id_name: str
    recognises: Callable[[Document], bool]
    parse: Callable[[Document, ArticleKey], Article]


_MARKED = XPath(
    './/*[contains(@class,"copy") or contains(@class,"Copy") or contains(@class,"writer") or contains(@id,"copy")]'
)


def parse(doc: Document, key: ArticleKey, skin: Skin) -> Article:
    """The article of a page of this family, every text raw; PageError (not_article) where the page has no body container.

    Fields come from the family's selectors, then JSON-LD and metas; ``extractors`` says which rule gave each.
    """
    where, container = _container(doc, skin)
    head = read_head(doc)
    rule, title = _title(doc, container, skin, head, key)
    scope = scope_of(container, title)
    above = read_above(scope, container, title)
    body = read_body(container, doc.page.url)
    article = Article(key.outlet_id, key.article_id, replace(doc.page.source, url=key.url or doc.page.url))
    filler = Filler(article, head, skin.name, unmarked=skin.unmarked)
    filler.fill(above, body, (rule, one_line(title) if title is not None else None), where)
    _boxes_below(article, scope, container, body, skin)
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


def _title(
    doc: Document, container: HtmlElement, skin: Skin, head: Head, key: ArticleKey
) -> tuple[str, HtmlElement | None]:
    """The title's element: among what the selectors give above the body the one that og:title repeats, else the nearest."""
    stated = meta_title(head, site_names(head, key.outlet_id))
    for name, selector in skin.titles:
        above = [found for found in selector.all(doc.root) if precedes(found, container) and one_line(found)]
        same = [found for found in above if stated and one_line(found) == stated[1]]
        if above:
            return f"{skin.name}:{name}", (same or above)[-1]
    return "", None


def _boxes_below(article: Article, scope: HtmlElement, container: HtmlElement, body: Body, skin: Skin) -> None:
    """The copyright line under the body, in a box of its own."""
    if body.notices:
        return
    for box in _MARKED.all(scope):
        mark = field_mark(f"{box.get('class', '')} {box.get('id', '')}")
        if mark == "copyright" and not _inside(box, container) and not _inside(container, box):
            text = one_line(box)
            if COPYRIGHT.search(text):
                article.rights_notice = text
                article.extractors["rights_notice"] = f"{skin.name}:copyright box"
                return


def _inside(inner: HtmlElement, outer: HtmlElement) -> bool:
    return inner is outer or outer in inner.iterancestors()
