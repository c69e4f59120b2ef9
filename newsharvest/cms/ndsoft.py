"""ND소프트: ``/news/articleView.html?idxno=N``; 98 of 217 known regional outlets.

History: current skin (``h3.heading``, ``ul.infomation``), 2016–2020 skin (``.article-head-title``, ``.info-text``); both name
the container ``article-view-content-div``.
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, XPath, by_id

_BODY = by_id("article-view-content-div")

SKIN = Skin(
    name="ndsoft",
    containers=(("#article-view-content-div", _BODY),),
    titles=(
        ("h3.heading", XPath('descendant::h3[contains(concat(" ",@class," ")," heading ")]')),
        (".article-head-title", XPath('descendant::*[contains(concat(" ",@class," ")," article-head-title ")]')),
        (".heading", XPath('descendant::*[contains(concat(" ",@class," ")," heading ")]')),
    ),
)


def recognises(doc: Document) -> bool:
    """Whether a page has the family's body container."""
    return _BODY.first(doc.root) is not None


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of an ND소프트 page."""
    return parse(doc, key, SKIN)


FAMILY = Family("ndsoft", "idxno", recognises, parse_article)
