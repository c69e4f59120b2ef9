"""mediaOn: ``/news/article.html?no=N`` and ``/mobile/article.html?no=N``; 24 of 217 known regional outlets.

No raw article page was seen; the container's names come from public scrapers' code, the order of the lines (section, title,
[URL복사], subtitle lines, body) from page texts. So the lines above the body are told apart by what they say.
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, Tags, XPath, by_id

_BODY = by_id("news_body_area")
_BODY_CLASS = XPath('descendant::*[contains(concat(" ",@class," ")," news_body_area ")]')

SKIN = Skin(
    name="mediaon",
    containers=(("#news_body_area", _BODY), (".news_body_area", _BODY_CLASS)),
    titles=(
        (".art_top h2", XPath('descendant::h2[ancestor::*[contains(concat(" ",@class," ")," art_top ")]]')),
        ("h2", Tags("h2")),
        ("h1", Tags("h1")),
        ("h3", Tags("h3")),
    ),
    unmarked=True,
)


def recognises(doc: Document) -> bool:
    """Whether a page has the family's body container."""
    return _BODY.first(doc.root) is not None or _BODY_CLASS.first(doc.root) is not None


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of a mediaOn page."""
    return parse(doc, key, SKIN)


FAMILY = Family("mediaon", "no", recognises, parse_article, SKIN)
