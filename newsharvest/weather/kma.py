"""KMA's own pages, told by what they hold: the media type that a server or a file claims does not matter."""

from __future__ import annotations

from newsharvest.items import Item
from newsharvest.kma_registry import kma_source_for
from newsharvest.markup import Document, PageError
from newsharvest.page import Decoded, Page
from newsharvest.reference import outlet_for
from newsharvest.weather import kma_feed, kma_hub, kma_rss, kma_table


def read(page: Page, decoded: Decoded, doc: Document | None = None) -> list[Item] | None:
    """What a page of KMA holds, everything raw; None where it is none of them, and for every page of a registered paper.

    ``doc`` is the parsed page where it is HTML. PageError for a page of KMA that cannot be read, and for another page
    under the address of one: a table that is no longer recognised must not pass for a newspaper's article.
    """
    if page.url and outlet_for(page.url):
        return None
    if doc is not None and kma_table.recognises(doc):
        found = kma_table.parse(doc)
        if found:
            return [*found]
    for source in (kma_hub, kma_feed, kma_rss):
        if source.recognises(decoded):
            return [*source.parse(page, decoded)]
    if page.url and (expected := kma_source_for(page.url)):
        raise PageError("parse", "not_kma", f"nothing of {expected.gives} in it")
    return None
