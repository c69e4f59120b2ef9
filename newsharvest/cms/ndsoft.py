"""ND소프트: ``/news/articleView.html?idxno=N``; 98 of 217 known regional outlets.

History: current skin (``h3.heading``, ``ul.infomation``), 2016–2020 skin (``.article-head-title``, ``.info-text``); both name
the container ``article-view-content-div``. Until about 2016 ``.View_Title``, ``.View_Time``, ``.View_Info`` and a container named
``articleBody``, ``_article`` or (mobile) ``arl_view_content``: names of public scrapers of 시사IN and 미디어스. Of AMP pages only
the text was seen (title, day, reporter, body): they are left to the generic extractor.
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, XPath, by_id

_BODY = by_id("article-view-content-div")
_MOBILE_BODY = by_id("arl_view_content")
# Other CMSs name a container articleBody too: here it counts beside the old skin's title only.
_OLD_BODY = XPath('(id("articleBody") | id("_article"))[//*[contains(concat(" ",@class," ")," View_Title ")]]')

SKIN = Skin(
    name="ndsoft",
    containers=(
        ("#article-view-content-div", _BODY),
        ("#arl_view_content", _MOBILE_BODY),
        ("old #articleBody", _OLD_BODY),
    ),
    titles=(
        ("h3.heading", XPath('descendant::h3[contains(concat(" ",@class," ")," heading ")]')),
        (".article-head-title", XPath('descendant::*[contains(concat(" ",@class," ")," article-head-title ")]')),
        (".heading", XPath('descendant::*[contains(concat(" ",@class," ")," heading ")]')),
        (".arl_view_title", XPath('descendant::*[contains(concat(" ",@class," ")," arl_view_title ")]')),
        (
            ".View_Title",
            XPath('descendant::*[contains(concat(" ",@class," ")," View_Title ")]/*[self::strong or self::h1]'),
        ),
    ),
)


def recognises(doc: Document) -> bool:
    """Whether a page has the body container of one of the family's skins."""
    return any(body.first(doc.root) is not None for body in (_BODY, _MOBILE_BODY, _OLD_BODY))


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of an ND소프트 page."""
    return parse(doc, key, SKIN)


FAMILY = Family("ndsoft", "idxno", recognises, parse_article, SKIN)
