"""``/sub_read.html?uid=N``, ``/serial_read.html?uid=N`` and ``/N`` (the CMS of 브레이크뉴스); 9 of 217 known regional outlets.

No raw article page was seen: the container's name comes from public scrapers of 브레이크뉴스 itself, the date line
``기사입력 2021/04/02 [17:33]`` and pictures under ``/imgdata/`` from page texts and addresses. A page without that container is
left to the generic extractor.
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, Tags, XPath, by_id, leads_to

_BODY = by_id("CLtag")

SKIN = Skin(
    name="sub_read",
    containers=(("#CLtag", _BODY),),
    titles=(
        ("heading", Tags("h1", "h2", "h3", "h4")),
        (".title", XPath('descendant::*[contains(@class,"title") or contains(@class,"tit_")]')),
    ),
)


def recognises(doc: Document) -> bool:
    """Whether a page has the family's body container and links to the family's articles or sections."""
    return _BODY.first(doc.root) is not None and leads_to(doc, "_read.html?uid=", "sub.html?section=")


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of a sub_read page."""
    return parse(doc, key, SKIN)


FAMILY = Family("sub_read", "uid", recognises, parse_article, SKIN)
