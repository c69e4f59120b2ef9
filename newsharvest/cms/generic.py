"""Pages of unknown systems: the article by what every newspaper's page has, a headline above prose.

What belongs to the article or not is doubted throughout: a field is null rather than another article's.
"""

from __future__ import annotations

import re
from dataclasses import replace

from lxml.html import HtmlElement

from newsharvest.cms.between import sort_between
from newsharvest.cms.body import read_body
from newsharvest.cms.content import Body
from newsharvest.cms.crediting import Above
from newsharvest.cms.family import Family, box_below
from newsharvest.cms.fill import Filler
from newsharvest.cms.generic_box import body_container
from newsharvest.cms.generic_dates import choose_stamps, is_contradictory
from newsharvest.cms.generic_head import Title, find_title
from newsharvest.cms.generic_json import script_body
from newsharvest.cms.generic_kind import check_is_article, check_is_no_list
from newsharvest.cms.generic_trim import cut_around, trim
from newsharvest.cms.head import read_above
from newsharvest.cms.headlines import scope_of
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.meta import Head, read_head
from newsharvest.cms.permissions import permission_flags
from newsharvest.cms.reread import whole
from newsharvest.cms.rights import RIGHTS, find_rights
from newsharvest.cms.template import template_of
from newsharvest.cms.texts import Texts, below, read_texts
from newsharvest.items import Article
from newsharvest.markup import Document, PageError

NAME = "generic"
_SCRIPT_SHARE = 3
_LOOSE = 1.5
_NO_COPY = re.compile(r"무단\s?전재")
_ENOUGH = 600
"""Letters of prose with which a page is not searched for a body in its scripts."""


def parse(doc: Document, key: ArticleKey, known: tuple[Head, Texts] | None = None) -> Article:
    """The article of a page that no family knows, every text raw; PageError (not_article) where it is none.

    The title comes from JSON-LD, og:title or <title>, held against the printed line; the body from the element that names
    itself one, else from the densest, else from the page's scripts; the date only from what states the article's own.
    ``extractors`` says which of these it was. ``known``: what was read of the untouched page already.
    """
    head, texts = known or (read_head(doc, key.outlet_id, everywhere=True), read_texts(doc.root))
    where, container, printed = _container(doc, head, texts)
    if printed and container not in texts.letters:  # re-read: it is another element now
        texts = read_texts(doc.root)
    title = find_title(texts, head, head.site_names, container if printed else None)
    body = read_body(container, doc.page.url)
    trimmed = trim(body, title.text if title else None)
    if printed and texts.letters.get(container, 0) > _LOOSE * texts.prose.get(container, 0):
        cut_around(body, [unit.text for unit in texts.units if unit.weight])
    sort_between(body)
    above = _above(container, title) if printed else Above()
    above.byline = above.byline or trimmed.byline
    above.stamps = choose_stamps(above.stamps + trimmed.stamps, head)
    credited = above.byline is not None or any(stamp.label for stamp in above.stamps)
    check_is_article(doc, key, head, title.text if title else None, body, credited=credited)
    if printed:
        check_is_no_list(doc, texts, container, body)
    article = _filled(doc, key, head, (where, container, body, above, title))
    if printed:
        line_below(article, texts, container)
    return article


def _container(doc: Document, head: Head, texts: Texts) -> tuple[str, HtmlElement, bool]:
    """The body's element, its rule, and whether it stands on the page or in a script."""
    found = body_container(texts)
    printed = texts.prose[found[1]] if found is not None else 0
    scripted = script_body(doc, head) if printed < _ENOUGH else None
    if scripted is not None and len(scripted[1].text_content()) > _SCRIPT_SHARE * printed:
        return *scripted, False
    if found is None:
        raise PageError("parse", "not_article", "no sentence outside menus and boxes")
    return *whole(doc, *found), True


def _above(container: HtmlElement, title: Title | None) -> Above:
    element = title.element if title is not None else None
    if element is not None and any(parent is container for parent in element.iterancestors()):
        element = None  # the headline is the container's first line: trimmed there
    return read_above(scope_of(container, element), container, element)


def _filled(
    doc: Document, key: ArticleKey, head: Head, found: tuple[str, HtmlElement, Body, Above, Title | None]
) -> Article:
    where, container, body, above, title = found
    article = Article(key.outlet_id, key.article_id, replace(doc.page.source, url=key.url or doc.page.url))
    filler = Filler(article, head, NAME, unmarked=False)
    article.flags += permission_flags(head.metas, doc.page.headers)
    filler.fill(above, body, (title.rule, title.text) if title else ("", None), where)
    if is_contradictory(head) and article.extractors.get("published_at_raw", "").startswith(("meta:", "json-ld:")):
        article.published_at_raw = None
        del article.extractors["published_at_raw"]
        article.flags.append("dates_disagree")
    if container.getparent() is not None:
        printed = title.element if title else None
        scope = scope_of(container, printed)
        box_below(article, scope, container, NAME)
        article.template = template_of(article, container, printed, above.lines)
    return article


def line_below(article: Article, texts: Texts, container: HtmlElement) -> None:
    """The first line after the container that is a copyright line on articles, where the article has none yet."""
    if article.rights_notice is None and not any(find_rights(line) for line in article.paragraphs):
        found = next(
            (unit.text for unit in below(texts, container) if _NO_COPY.search(unit.text) and RIGHTS.match(unit.text)),
            None,
        )
        if found is not None:
            article.rights_notice, article.extractors["rights_notice"] = found, "generic:line below"


def recognises(_doc: Document) -> bool:
    """Never: it is what is left where no family recognises a page."""
    return False


FAMILY = Family(NAME, "path", recognises, parse)
