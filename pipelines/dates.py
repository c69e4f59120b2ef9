"""Printed Korean dates as times: deterministic, in Korean time, and never with a year taken from now."""

from __future__ import annotations

from datetime import datetime, timedelta

from newsharvest.cms.moments import ParsedDate, parse_korean_date
from newsharvest.cms.stamps import is_modified, modified, published, stamps
from newsharvest.items import Article, Item
from pipelines.crawling import Counting

__all__ = ["DatesPipeline", "ParsedDate", "date_article", "parse_korean_date"]


_EARLY = timedelta(days=1)
"""By how much a clock of a newspaper may be ahead of ours, and a zone that is not stated may be another."""


def date_article(article: Article) -> list[str]:
    """Fill an article's times from its raw ones; which of the two raw texts could not be read.

    A time more than a day after the page was fetched is null, and the article flagged ``future_date``.
    """
    _split(article)
    unread = []
    fetched = article.source.fetched_at
    if article.published_at_raw is not None:
        found = parse_korean_date(article.published_at_raw, fetched)
        if found is None:
            unread.append("published_at")
        elif not _is_future(article, found.value):
            article.published_at, article.published_at_precision = found.value, found.precision
            article.published_at_label = found.label or _source_label(article)
    if article.modified_at_raw is not None:
        changed = parse_korean_date(article.modified_at_raw, fetched)
        article.modified_at = changed.value if changed and not _is_future(article, changed.value) else None
        unread += [] if changed else ["modified_at"]
    return unread


def _is_future(article: Article, moment: datetime) -> bool:
    fetched = article.source.fetched_at
    if fetched is None or moment <= fetched + _EARLY:
        return False
    if "future_date" not in article.flags:
        article.flags.append("future_date")
    return True


def _split(article: Article) -> None:
    """A raw line with both times is cut into them (``입력 : … 수정 : …``)."""
    found = stamps(article.published_at_raw or "")
    if len(found) > 1 and any(map(is_modified, found)):
        first, last = published(found), modified(found)
        article.published_at_raw = first.raw if first else None
        article.modified_at_raw = article.modified_at_raw or (last.raw if last else None)


def _source_label(article: Article) -> str | None:
    """``meta`` or ``json-ld`` for a time that stands in no visible line."""
    kind = article.extractors["published_at_raw"].partition(":")[0] if "published_at_raw" in article.extractors else ""
    return kind if kind in {"meta", "json-ld"} else None


class DatesPipeline(Counting):
    """Number 200."""

    def process_item(self, item: Item) -> Item:
        """An article's times read. Counts ``newsharvest/published_at/{missing,invalid}`` and ``modified_at/invalid``."""
        if isinstance(item, Article):
            for name in date_article(item):
                self._stats.inc_value(f"newsharvest/{name}/invalid")
            if item.published_at_raw is None:
                self._stats.inc_value("newsharvest/published_at/missing")
        return item
