"""Who wrote it and who owns it: datelines, bylines, copyright lines and end marks leave the body for their fields."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

from newsharvest.cms.bylines import BYLINE_LINE, GLUED_BYLINE, MAIL_LINE, RIGHTS, agency_in, names_in, read_dateline
from newsharvest.cms.lookups import is_furniture
from newsharvest.items import Article, Dropped, Item
from newsharvest.reference import outlets
from pipelines.contacts import strip_contacts
from pipelines.text import Crawler, Stats

_END = re.compile(r"\s?[(\[<]\s?끝\s?[)\]>]$")
_GLUED_MAX = 80
_PHOTO_CREDIT = re.compile(
    r"[\[(<]\s?(?:사진|이미지|자료|출처|영상)(?:\s?(?:제공|출처|자료))?\s?[=:|ㅣ]\s?[^\[\]()<>]{1,40}[\])>]"
)
_NO_AI = re.compile(r"AI\s?학습", re.IGNORECASE)


def credit_article(article: Article) -> None:
    """Take every credit out of an article's paragraphs and fill dateline, byline, authors, agency and rights notice.

    Afterwards no paragraph starts with a dateline or ends with a byline, a copyright line or ``(끝)``. What has no field of
    its own is in ``dropped``. Mail addresses never reach ``authors``.
    """
    known = _own_names(article)
    dateline_people = _take_dateline(article, known)
    bylines = _take_tail(article)
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
    return (outlet.name,) if outlet else ()


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


def _take_tail(article: Article) -> list[str]:
    """Cut credits off the end until the last paragraph is text; the bylines, the last printed first."""
    bylines: list[str] = []
    while article.paragraphs and any(cut(article, bylines) for cut in _CUTS):
        if article.paragraphs and not article.paragraphs[-1]:
            article.paragraphs.pop()
    return bylines


def _cut_end(article: Article, _bylines: list[str]) -> bool:
    match = _END.search(article.paragraphs[-1])
    return match is not None and _drop(article, match.start(), "end_mark")


def _cut_rights(article: Article, _bylines: list[str]) -> bool:
    match = RIGHTS.search(article.paragraphs[-1])
    if match is None:
        return False
    if article.rights_notice is None:
        article.rights_notice = match.group().strip()
        article.extractors["rights_notice"] = "credits:copyright line"
    return _drop(article, match.start(), "rights_notice")


def _cut_byline(article: Article, bylines: list[str]) -> bool:
    last = article.paragraphs[-1]
    if BYLINE_LINE.fullmatch(last):
        bylines.append(last)
        return _drop(article, 0, "byline")
    tail = max(0, len(last) - _GLUED_MAX)
    match = GLUED_BYLINE.fullmatch(last, tail)
    if match is None:
        return False
    bylines.append(match["byline"].strip())
    return _drop(article, match.start("byline"), "byline")


def _cut_mail(article: Article, _bylines: list[str]) -> bool:
    return MAIL_LINE.fullmatch(article.paragraphs[-1]) is not None and _drop(article, 0, "mail")


def _cut_photo_credit(article: Article, _bylines: list[str]) -> bool:
    """A line that only says whose the pictures are goes to the captions: ``[사진=JTBC]``."""
    last = article.paragraphs[-1]
    if _PHOTO_CREDIT.fullmatch(last) is None:
        return False
    if last not in article.captions:
        article.captions.append(last)
        article.extractors.setdefault("captions", "credits:photo credit")
        del article.paragraphs[-1]
        return True
    return _drop(article, 0, "repeated_caption")


def _cut_furniture(article: Article, _bylines: list[str]) -> bool:
    return is_furniture(article.paragraphs[-1]) and _drop(article, 0, "furniture")


_CUTS: tuple[Callable[[Article, list[str]], bool], ...] = (
    _cut_end, _cut_rights, _cut_byline, _cut_mail, _cut_photo_credit, _cut_furniture,
)  # fmt: skip


def _drop(article: Article, start: int, rule: str) -> bool:
    """Cut the last paragraph at a place and record what went."""
    last = article.paragraphs[-1]
    article.dropped.append(Dropped(rule, last[start:].strip()))
    article.paragraphs[-1] = last[:start].rstrip()
    return True


def _agency(article: Article, stated: list[str]) -> str | None:
    """The agency that byline, dateline or the page's head names; the outlet's own name is none."""
    found = (agency_in(text) for text in (article.byline_raw, article.dateline_outlet, *stated) if text)
    return next((name for name in found if name and name not in _own_names(article)), None)


class CreditsPipeline:
    """Number 150."""

    def __init__(self, stats: Stats) -> None:
        self._stats = stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """With the crawler's counters."""
        return cls(crawler.stats)

    def process_item(self, item: Item) -> Item:
        """An article's credits in their fields. Counts ``newsharvest/authors/missing`` and ``rights_notice/missing``."""
        if isinstance(item, Article):
            credit_article(item)
            for name in ("authors", "rights_notice"):
                if not getattr(item, name):
                    self._stats.inc_value(f"newsharvest/{name}/missing")
        return item
