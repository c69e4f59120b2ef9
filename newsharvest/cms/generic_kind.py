"""Whether an unknown page is an article at all: lists, front pages, terms, log-ins and error pages are none."""

from __future__ import annotations

import functools
import re
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from newsharvest.cms.content import Body
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.lines import leads_elsewhere
from newsharvest.cms.lookups import words
from newsharvest.cms.meta import Head
from newsharvest.cms.tags import KINDS
from newsharvest.cms.texts import SENTENCE, Texts
from newsharvest.markup import Document, PageError

_FRONT = re.compile(r"/?(?:(?:index|main|default|home)(?:\.\w+)?)?$", re.IGNORECASE)
_CLAUSE = re.compile(r"^제\s?\d+\s?조\b")
_CLAUSES_LEAST = 3
_BRIEF = 40
_MISSING_MOST = 300
_ITEMS_LEAST = 2
_ITEM_LEVELS = 3
_SURE = 400


def check_is_article(
    doc: Document, key: ArticleKey, head: Head, title: str | None, body: Body, *, credited: bool
) -> None:
    """PageError (not_article) with the reason, where a page is no article; nothing for one that is.

    ``credited``: it prints a reporter's name or a labelled date.
    """
    why = _reason(doc, key, title, body) or _weighed(_evidence(head, key) + credited, body)
    if why is not None:
        raise PageError("parse", "not_article", why)


def _reason(doc: Document, key: ArticleKey, title: str | None, body: Body) -> str | None:
    text = " ".join(body.paragraphs)
    if title is None:
        return "no title"
    if _page_titles().fullmatch(title):
        return f"a page of the site: {title}"
    if len(text) < _MISSING_MOST and any(
        phrase in f"{title} {text}".lower() for phrase in words("generic", "missing_phrases")
    ):
        return "an error page"
    if sum(_CLAUSE.match(line) is not None for line in body.paragraphs) >= _CLAUSES_LEAST:
        return "terms in clauses"
    return "a front page" if _is_front(doc, key) else None


def _weighed(evidence: int, body: Body) -> str | None:
    text = " ".join(body.paragraphs)
    sentences = len(SENTENCE.findall(text))
    if not sentences and not (body.captions and evidence >= 2):
        return "no sentence"
    if evidence == 0 and len(text) < _SURE:
        return "too little text for a page without any sign of an article"
    return f"{len(text)} letters" if len(text) < _BRIEF and evidence < 2 else None


def _evidence(head: Head, key: ArticleKey) -> int:
    """How many independent signs the page gives."""
    return sum(
        (
            (head.meta("og:type") or ("", ""))[1].lower() in {"article", "news", "newsarticle", "news:article"},
            head.linked("headline") is not None or head.linked("datePublished") is not None,
            head.meta("article:published_time", "dable:item_id", "dd:published_time") is not None,
            not key.article_id.startswith("x-"),
        )
    )


@functools.cache
def _page_titles() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in words("generic", "page_titles")), re.IGNORECASE)


def _is_front(doc: Document, key: ArticleKey) -> bool:
    """The site's root, unless its parameters name an article."""
    parts = urlsplit(doc.page.url or "http://x/x")
    return key.article_id.startswith("x-") and _FRONT.fullmatch(parts.path) is not None


def check_is_no_list(doc: Document, texts: Texts, container: HtmlElement, body: Body) -> None:
    """PageError (not_article) where a container is a list of other articles, each a headline that links and its lead.

    A link inside a sentence and a list of nothing but links (related articles) are no items.
    """
    items = {
        item for link in container.iter("a") if (item := _item_of(link, doc.page.url, texts, container)) is not None
    }
    prose = sum(SENTENCE.search(line) is not None for line in body.paragraphs)
    if len(items) >= _ITEMS_LEAST and 2 * len(items) >= prose:
        raise PageError("parse", "not_article", f"a list of {len(items)} articles")


def _item_of(link: HtmlElement, base: str | None, texts: Texts, container: HtmlElement) -> HtmlElement | None:
    """The smallest block that holds a headline's link and prose beside it; None where there is none below the container."""
    if not leads_elsewhere(link, base):
        return None
    block: HtmlElement | None = link
    while block is not None and block is not container and KINDS.get(block.tag) is None:
        block = block.getparent()
    if block is None or block is container or texts.prose.get(block):
        return None
    for _ in range(_ITEM_LEVELS):
        block = block.getparent()
        if block is None or block is container:
            return None
        if texts.prose.get(block):
            return block
    return None
