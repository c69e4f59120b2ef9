"""Items as rows of the datasets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from newsharvest.items import Article, Forecast, Item, Reading, Reject, Sighting, Source, WeatherBulletin
from newsharvest.schema.blocks import Block
from newsharvest.schema.columns import DATASETS
from newsharvest.schema.joining import Row
from newsharvest.schema.kinds import REGION_TAGS
from newsharvest.versions import parser_version

GONE = frozenset({404, 410})
_READING_VALUES = (
    "humidity_pct", "wind_direction", "wind_speed_ms", "sea_level_pressure_hpa", "station_pressure_hpa",
    "precipitation_1h_mm", "precipitation_day_mm", "visibility_km", "visibility_or_more", "cloud_tenths",
    "low_cloud_tenths", "dew_point_c", "apparent_temperature_c",
)  # fmt: skip
_NO_VALUES: Row = dict.fromkeys(_READING_VALUES)
_READING = (
    "position", "stn_id", "station", "station_raw", "station_match", "station_candidates", "sky", "sky_raw",
    "temperature_c", "temperature_raw", "qc_range", "qc_spatial", "qc", "raw",
)  # fmt: skip
_OF_READING = attrgetter(*_READING)
_TAG = tuple(REGION_TAGS.value_type.names)
_FORECAST_COLUMNS = frozenset(c.name for c in DATASETS["forecasts"].columns)
_EMPTY_ARTICLE: Row = {
    c.name: ([] if str(c.type).startswith("list") else None) for c in DATASETS["articles"].columns
}  # fmt: skip


def rows(item: Item) -> Iterator[tuple[str, Row]]:
    """The rows of one item, each with the name of its dataset; every column of the dataset is there."""
    return ((name, row) for name, block in blocks(item) for row in block)


def blocks(item: Item) -> Iterator[tuple[str, Sequence[Row]]]:
    """The rows of one item, group by group: a bulletin's readings as columns."""
    return _BLOCKS[type(item)](item)


# Made once: json.dumps makes an encoder anew for every call with arguments.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


def digest(*parts: object) -> str:
    """A 32-digit hex digest of plain values, equal on every machine."""
    return hashlib.sha256(_ENCODE(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def bulletin_id(bulletin: WeatherBulletin) -> str:
    """The bulletin's name: of the hour where the source states it, else of what stood there before any splitting."""
    if bulletin.observed_at is not None:
        return digest(bulletin.source_id, bulletin.observed_at.isoformat())[:20]
    day = bulletin.displayed_date.isoformat() if bulletin.displayed_date else ""
    return digest(bulletin.source_id, day, "".join(bulletin.text.split()))[:20]


def article_hash(article: Article) -> str:
    """What tells one content of an article from another: the texts that its editors change."""
    return digest(article.title, article.subtitle, article.body, article.captions, article.byline_raw)


def _provenance(source: Source) -> Row:
    record = source.record
    return {
        "url": source.url,
        "fetched_at": source.fetched_at,
        "source_file": source.source_file,
        "warc_filename": record.warc_filename if record else None,
        "warc_record_offset": record.warc_record_offset if record else None,
        "warc_record_length": record.warc_record_length if record else None,
        "parser_version": parser_version(),
    }


def _seen(source: Source) -> Row:
    return {"first_seen_at": source.fetched_at, "last_seen_at": source.fetched_at}


def _article_rows(article: Article) -> Iterator[tuple[str, Sequence[Row]]]:
    row: Row = {
        "outlet_id": article.outlet_id,
        "article_id": article.article_id,
        "title": article.title,
        "subtitle": article.subtitle,
        "body": article.body,
        "captions": article.captions,
        "dateline_raw": article.dateline_raw,
        "dateline_outlet": article.dateline_outlet,
        "byline_raw": article.byline_raw,
        "authors": article.authors,
        "agency": article.agency,
        "section": article.section,
        "keywords": article.keywords,
        "images": article.images,
        "published_at_raw": article.published_at_raw,
        "published_at": article.published_at,
        "published_at_precision": article.published_at_precision,
        "published_at_label": article.published_at_label,
        "modified_at": article.modified_at,
        "rights_notice": article.rights_notice,
        "regions": [{name: getattr(tag, name) for name in _TAG} for tag in article.regions],
        "content_hash": article_hash(article),
        "extractors": sorted(article.extractors.items()),
        "template": article.template,
        "flags": article.flags,
        "encoding": article.encoding,
        "encoding_source": article.encoding_source,
        "replacement_chars": article.replacement_chars,
        **_provenance(article.source),
        **_seen(article.source),
    }  # fmt: skip
    yield "articles", [{**row, "gone_at": None}]
    yield "revisions", [row]


def _bulletin_rows(bulletin: WeatherBulletin) -> Iterator[tuple[str, Sequence[Row]]]:
    columns = _columns(bulletin.readings)
    common: Row = {
        "bulletin_id": bulletin_id(bulletin),
        "source": bulletin.source_id,
        "observed_at": bulletin.observed_at,
        "displayed_date": bulletin.displayed_date,
        "content_hash": digest(columns, bulletin.flags),
        **_provenance(bulletin.source),
    }
    row = {
        **common,
        "displayed_date_raw": bulletin.displayed_date_raw,
        "observed_at_raw": bulletin.observed_at_raw,
        "form": bulletin.form,
        "readings": len(bulletin.readings),
        "resolved": sum(1 for reading in bulletin.readings if reading.stn_id is not None),
        "flags": bulletin.flags,
        "pages": [bulletin.source.page_key],
        **_seen(bulletin.source),
    }
    yield "bulletins", [row]
    if columns:
        yield "observations", Block(_NO_VALUES | common, columns)


def _columns(readings: Sequence[Reading]) -> dict[str, Sequence[Any]]:
    """Readings column by column; the quantities that none of them has are left out."""
    columns: dict[str, Sequence[Any]] = dict(zip(_READING, zip(*map(_OF_READING, readings), strict=True), strict=False))
    stated = {name for reading in readings for name in reading.values}
    return columns | {name: [r.values.get(name) for r in readings] for name in _READING_VALUES if name in stated}


def _forecast_rows(forecast: Forecast) -> Iterator[tuple[str, Sequence[Row]]]:
    foreign = set(forecast.values) - _FORECAST_COLUMNS
    if foreign:
        raise ValueError(f"a forecast carries values that are no columns: {sorted(foreign)}")
    row: Row = dict.fromkeys(_FORECAST_COLUMNS)
    row |= {
        **forecast.values,
        **_provenance(forecast.source),
        "source": forecast.source_id,
        "issued_at": forecast.issued_at,
        "location": forecast.location,
        "valid_at": forecast.valid_at,
        "valid_at_raw": forecast.valid_at_raw,
        "flags": forecast.flags,
        "content_hash": digest(sorted(forecast.values.items())),
    }
    yield "forecasts", [row]


def _sighting_rows(sighting: Sighting) -> Iterator[tuple[str, Sequence[Row]]]:
    gone = sighting.status in GONE
    moment = sighting.source.fetched_at
    row = {
        **_EMPTY_ARTICLE,
        "outlet_id": sighting.outlet_id,
        "article_id": sighting.article_id,
        **_provenance(sighting.source),
        "last_seen_at": None if gone else moment,
        "gone_at": moment if gone else None,
    }
    yield "articles", [row]


def _reject_rows(reject: Reject) -> Iterator[tuple[str, Sequence[Row]]]:
    row = {
        "page_key": reject.source.page_key,
        "stage": reject.stage,
        "outlet_id": reject.outlet_id,
        "reason": reject.reason,
        "detail": reject.detail,
        "raw": reject.raw,
        "content_hash": digest(reject.reason, reject.detail, reject.raw),
        **_provenance(reject.source),
        **_seen(reject.source),
    }
    yield "rejects", [row]


_BLOCKS: dict[type, Callable[[Any], Iterator[tuple[str, Sequence[Row]]]]] = {
    Article: _article_rows,
    WeatherBulletin: _bulletin_rows,
    Forecast: _forecast_rows,
    Sighting: _sighting_rows,
    Reject: _reject_rows,
}
