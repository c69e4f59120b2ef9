"""Who wrote it and who owns it: datelines, bylines, copyright lines and end marks leave the body for their fields."""

from __future__ import annotations

import re

from newsharvest.cms.bylines import agency_in, names_in, read_dateline
from newsharvest.items import Article, Dropped, Item
from newsharvest.reference import outlets
from pipelines.contacts import strip_contacts
from pipelines.crawling import Counting
from pipelines.tails import take_tail

_NO_AI = re.compile(r"AI\s?학습", re.IGNORECASE)


def credit_article(article: Article) -> None:
    """Take every credit out of an article's paragraphs and fill dateline, byline, authors, agency and rights notice.

    Afterwards no paragraph starts with a dateline or ends with a byline, a copyright line or ``(끝)``. What has no field of
    its own is in ``dropped``. Mail addresses never reach ``authors``.
    """
    known = _own_names(article)
    dateline_people = _take_dateline(article, known)
    bylines = take_tail(article)
    if article.byline_raw is None and bylines:
        article.byline_raw, article.extractors["byline_raw"] = bylines[0], "credits:byline"
    stated = article.authors
    printed = [article.byline_raw or "", *bylines]
    people = next((found for text in printed if (found := names_in(text, known))), dateline_people)
    article.authors = people or [name for text in stated for name in names_in(text, known)]
    article.agency = _agency(article, stated)
    if people and "authors" in article.extractors:
        article.extractors["authors"] = "credits:names"
    strip_contacts(article)
    if article.rights_notice and _NO_AI.search(article.rights_notice) and "no_ai_training" not in article.flags:
        article.flags.append("no_ai_training")


def _own_names(article: Article) -> tuple[str, ...]:
    outlet = outlets().get(article.outlet_id)
    return (outlet.name, *outlet.other_names) if outlet else ()


def _take_dateline(article: Article, known: tuple[str, ...]) -> list[str]:
    """Cut the dateline off the first paragraph; the people it names."""
    found = read_dateline(article.paragraphs[0], known) if article.paragraphs else None
    if found is None:
        return []
    article.dateline_raw, article.dateline_outlet = found.raw, found.outlet
    article.extractors["dateline_raw"] = "credits:dateline"
    article.dropped.append(Dropped("dateline", found.raw))
    article.paragraphs[:1] = [found.rest] if found.rest else []
    return found.people


def _agency(article: Article, stated: list[str]) -> str | None:
    """The agency that byline, dateline or the page's head names; the outlet's own name is none."""
    found = (agency_in(text) for text in (article.byline_raw, article.dateline_outlet, *stated) if text)
    return next((name for name in found if name and name not in _own_names(article)), None)


class CreditsPipeline(Counting):
    """Number 150."""

    def process_item(self, item: Item) -> Item:
        """An article's credits in their fields. Counts ``newsharvest/authors/missing`` and ``rights_notice/missing``."""
        if isinstance(item, Article):
            credit_article(item)
            for name in ("authors", "rights_notice"):
                if not getattr(item, name):
                    self._stats.inc_value(f"newsharvest/{name}/missing")
        return item
