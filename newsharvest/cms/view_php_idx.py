"""``/news/view.php?idx=N``, with or without ``mcode=``, mobile ``/view.php?idx=N``; 19 of 217 known regional outlets.

No raw article page was seen: the container's name comes from a public scraper of one such paper, ``기사등록`` and ``기사수정``
from page texts. A page without that container is left to the generic extractor. A container of that name says little by
itself; the links to ``view.php?idx=`` beside it do.
"""

from __future__ import annotations

from newsharvest.cms.family import Family, Skin, parse
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import Document, Tags, XPath, by_id, leads_to

_BODY = by_id("viewContent")

SKIN = Skin(
    name="view_php_idx",
    containers=(("#viewContent", _BODY),),
    titles=(
        ("heading", Tags("h1", "h2", "h3", "h4")),
        (".title", XPath('descendant::*[contains(@class,"title") or contains(@class,"subject")]')),
    ),
)


def recognises(doc: Document) -> bool:
    """Whether a page has the family's body container and its address, or a link, is one of the family's."""
    return _BODY.first(doc.root) is not None and leads_to(doc, "view.php?idx=")


def parse_article(doc: Document, key: ArticleKey) -> Article:
    """The article of a view.php page."""
    return parse(doc, key, SKIN)


FAMILY = Family("view_php_idx", "idx", recognises, parse_article, SKIN)
