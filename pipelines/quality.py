"""800: values against physical limits and their neighbours, items against what every article and bulletin has."""

from __future__ import annotations

import functools
from collections import Counter
from datetime import timedelta

from newsharvest.items import Article, Item, Reject, WeatherBulletin
from pipelines.crawling import Counting
from pipelines.neighbours import DOUBTFUL, ERRONEOUS, GOOD, MISSING, NOT_CHECKED, check_spatial

FUTURE = "future_date"

# Records: Yangpyeong −32.6 (1981-01-05), Hongcheon 41.0 (2018-08-01). The limits are our choice around them.
_ERRONEOUS_BELOW, _ERRONEOUS_ABOVE = -40.0, 50.0
_DOUBTFUL_BELOW, _DOUBTFUL_ABOVE = -33.0, 41.5
_FUTURE_MAX = timedelta(days=1)
_RAW_MAX = 2_000
_POSSIBLE = frozenset({GOOD, DOUBTFUL})
_WORST_FIRST = (MISSING, ERRONEOUS, DOUBTFUL, GOOD, NOT_CHECKED)


def check_range(temperature_c: float | None) -> str:
    """The physical limit check in KMA's words; it never changes a value.

    >>> check_range(8.2), check_range(-34.0), check_range(99.9), check_range(None)
    ('good', 'doubtful', 'erroneous', 'missing')
    """
    if temperature_c is None:
        return MISSING
    if not _ERRONEOUS_BELOW <= temperature_c <= _ERRONEOUS_ABOVE:
        return ERRONEOUS
    if not _DOUBTFUL_BELOW <= temperature_c <= _DOUBTFUL_ABOVE:
        return DOUBTFUL
    return GOOD


@functools.lru_cache(maxsize=64)
def worst(*checks: str) -> str:
    """The worst verdict of several checks: one that was not made says nothing beside one that was.

    >>> worst("good", "not checked"), worst("good", "doubtful"), worst("not checked")
    ('good', 'doubtful', 'not checked')
    """
    return next(verdict for verdict in _WORST_FIRST if verdict in checks)


def judge_article(article: Article) -> str | None:
    """Why an article cannot be stored: ``missing_title`` or ``empty_body``; null if it can.

    A photo with its caption has a body of its own. A publication later than a day after the reception becomes null,
    flagged ``future_date``.
    """
    if not article.title:
        return "missing_title"
    if not article.paragraphs and not article.captions:
        return "empty_body"
    fetched, published = article.source.fetched_at, article.published_at
    if fetched and published and published > fetched + _FUTURE_MAX:
        article.published_at = article.published_at_precision = article.published_at_label = None
        article.flags.append(FUTURE)
    return None


def judge_bulletin(bulletin: WeatherBulletin) -> str | None:
    """``no_readings`` for a bulletin without any; null else, its values judged."""
    readings = bulletin.readings
    for reading in readings:
        reading.qc_range = check_range(reading.temperature_c)
    possible = [r.temperature_c if r.qc_range in _POSSIBLE else None for r in readings]
    for reading, spatial in zip(readings, check_spatial([r.stn_id for r in readings], possible), strict=True):
        reading.qc_spatial = NOT_CHECKED if reading.qc_range == ERRONEOUS else spatial
        reading.qc = worst(reading.qc_range, reading.qc_spatial)
    return None if readings else "no_readings"


class QualityPipeline(Counting):
    """Judges articles and bulletins; what cannot be stored leaves as a Reject."""

    def process_item(self, item: Item) -> Item:
        """The judged item, or the reject in its place; forecasts, sightings and rejects as they are."""
        match item:
            case Article():
                return self._judged(
                    item, judge_article(item), item.outlet_id, "\n".join([*item.paragraphs, *item.captions])
                )
            case WeatherBulletin():
                reason = judge_bulletin(item)
                self._count(item)
                return self._judged(item, reason, item.source_id, item.text)
        return item

    def _judged(self, item: Article | WeatherBulletin, reason: str | None, outlet_id: str, raw: str) -> Item:
        if reason is None:
            return item
        self._stats.inc_value(f"newsharvest/quality/{reason}")
        return Reject("quality", reason, item.source, outlet_id, None, raw[:_RAW_MAX])

    def _count(self, bulletin: WeatherBulletin) -> None:
        for check in ("qc_range", "qc_spatial"):
            for verdict, count in Counter(getattr(reading, check) for reading in bulletin.readings).items():
                self._stats.inc_value(f"newsharvest/{check}/{verdict.replace(' ', '_')}", count)
