"""A known outlet's page without its family's container: a redesign. Read by what stays: the head's statements, order, prose.

Fields keep the meaning they have in the family (a printed date counts before the head's), so that an article read through two
templates gives the same values; ``extractors`` says of each that another rule gave it.
"""

from __future__ import annotations

from dataclasses import replace

from newsharvest.cms import generic
from newsharvest.cms.content import Body
from newsharvest.cms.crediting import Above
from newsharvest.cms.family import Skin, assembled
from newsharvest.cms.generic_dates import without_bare_days
from newsharvest.cms.generic_kind import check_is_article, check_is_no_list
from newsharvest.cms.generic_trim import trim
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.meta import read_head
from newsharvest.cms.paths import Paths
from newsharvest.cms.redesigned_box import find_container
from newsharvest.cms.reread import whole
from newsharvest.cms.texts import read_texts
from newsharvest.cms.titles import STATING, stating
from newsharvest.items import Article
from newsharvest.markup import Document, PageError

NAME = "redesigned"


def parse(doc: Document, key: ArticleKey, skin: Skin) -> Article:
    """The article of a page of a registered outlet by everything but its family's container; PageError (not_article) for none.

    A page whose headline is not printed as its head states it is left to the generic extractor.
    """
    head = read_head(doc, key.outlet_id, everywhere=True)
    title = stating(doc.root, head.titles, Paths(trusting=True))
    texts = read_texts(doc.root)
    found = find_container(doc, head, texts, title) if title is not None else None
    if title is None or found is None:
        return generic.parse(doc, key, (head, texts))
    where, container = whole(doc, *found)

    def tidy(body: Body, above: Above, text: str | None) -> None:
        trimmed = trim(body, text)
        above.byline = above.byline or trimmed.byline
        above.stamps = without_bare_days(above.stamps or trimmed.stamps, head)
        credited = above.byline is not None or any(stamp.label for stamp in above.stamps)
        check_is_article(doc, key, head, text, body, credited=credited)
        check_is_no_list(doc, texts, container, body)

    own = replace(skin, name=NAME, unmarked=True)
    try:
        article = assembled(doc, key, own, head, (where, container), (STATING, title), tidy)
    except PageError:
        return generic.parse(doc, key)
    generic.line_below(article, texts, container)
    return article
