"""Gnuboard news sites: ``/bbs/board.php?bo_table=news&wr_id=N``; the family of the page this project started from.

Stock Gnuboard names (``bo_v``, ``bo_v_title``, ``bo_v_info``, ``bo_v_atc``, ``bo_v_con``). The order of the page's text: share
line, section, title, subtitle, body, "모바일 버전으로 보기".
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, XPath, by_id

_CONTENT = by_id("bo_v_con")
_ARTICLE = by_id("bo_v_atc")

SKIN = Skin(
    name="gnuboard",
    containers=(("#bo_v_con", _CONTENT), ("#bo_v_atc", _ARTICLE)),
    titles=(
        (".bo_v_tit", XPath('id("bo_v_title")//*[contains(concat(" ",@class," ")," bo_v_tit ")]')),
        ("#bo_v_title", by_id("bo_v_title")),
    ),
    unmarked=True,
)


def recognises(doc: Document) -> bool:
    """Whether a page has the family's body container."""
    return _CONTENT.first(doc.root) is not None or _ARTICLE.first(doc.root) is not None


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of a Gnuboard page."""
    return parse(doc, key, SKIN)


FAMILY = Family("gnuboard", "wr_id", recognises, parse_article, SKIN)
