"""The columns of every dataset: type, meaning, unit. docs/datasets.md is generated from here."""

from __future__ import annotations

import pyarrow as pa

from newsharvest.schema.derived import CLUSTERS
from newsharvest.schema.kinds import (
    DOUBLE,
    INT32,
    INT64,
    REGION_TAGS,
    SEOUL_MS,
    TEXT,
    TEXTS,
    Column,
    Dataset,
)
from newsharvest.schema.tables import OUTLETS, REGIONS, STATIONS

__all__ = ["DATASETS", "SEOUL_MS", "Column", "Dataset"]

_PROVENANCE = (
    Column("url", TEXT, "URL of the page; for an article its canonical form"),
    Column("fetched_at", SEOUL_MS, "when the page was received; null where nothing states it"),
    Column("source_file", TEXT, "base name of the saved file the row was read from; null for a WARC record"),
    Column("warc_filename", TEXT, "archive file that holds the page"),
    Column("warc_record_offset", INT64, "where its record begins in that file", "byte"),
    Column("warc_record_length", INT64, "length of the compressed record", "byte"),
    Column("parser_version", INT32, "version of parser and reference data that made the row"),
)
_SEEN = (
    Column("first_seen_at", SEOUL_MS, "earliest known reception of the key"),
    Column("last_seen_at", SEOUL_MS, "latest known reception of the key, a 304 included"),
)
_CONTENT = (
    Column("title", TEXT, "headline"),
    Column("subtitle", TEXT, "subheading, lines joined by a newline"),
    Column("body", TEXT, "paragraphs joined by a newline, without dateline, byline, captions and notices"),
    Column("captions", TEXTS, "photo captions in page order; empty where there is none"),
    Column("dateline_raw", TEXT, "dateline as printed"),
    Column("dateline_outlet", TEXT, "outlet or agency that the dateline names"),
    Column("byline_raw", TEXT, "byline as printed"),
    Column("authors", TEXTS, "names of the authors, without title and address"),
    Column("agency", TEXT, "news agency that the article comes from"),
    Column("section", TEXT, "the outlet's own section"),
    Column("keywords", TEXTS, "the outlet's own keywords"),
    Column("images", TEXTS, "absolute image URLs in page order"),
    Column("published_at_raw", TEXT, "publication date as printed"),
    Column("published_at", SEOUL_MS, "publication time in Korea"),
    Column("published_at_precision", TEXT, "second, minute or day"),
    Column("published_at_label", TEXT, "the word before the date, or meta"),
    Column("modified_at", SEOUL_MS, "last change that the page states"),
    Column("rights_notice", TEXT, "copyright line as printed"),
    Column(
        "regions",
        REGION_TAGS,
        "시도 and 시군구 the article speaks of, by first mention: code valid on its day (null where ambiguous, then candidates "
        "lists the possible ones), sido_code, evidence (the name as printed) at character start of where (title, dateline, body), "
        "count of mentions, basis (name, qualifier, row, context, outlet)",
    ),
)
_READ = (
    Column(
        "extractors",
        pa.map_(TEXT, TEXT),
        "which rule gave each field; carried:… where this page's template hides it and the value is of the last page that showed it",
    ),
    Column("template", TEXT, "digest of where the fields stand in the page's markup: a redesign changes it"),
    Column("flags", TEXTS, "what a reader of the row should know; carried_over: some fields are of an earlier page"),
    Column("encoding", TEXT, "encoding the bytes were read in"),
    Column("encoding_source", TEXT, "what decided it: bom, bytes, header, meta, sniffed, damaged"),
    Column("replacement_chars", INT32, "characters that could not be decoded", "1"),
)
_ARTICLE_KEY = (
    Column("outlet_id", TEXT, "outlet, the folder's name"),
    Column("article_id", TEXT, "the outlet's article number"),
)
_HASH = Column("content_hash", TEXT, "digest of the content: equal means unchanged")

_ARTICLES = Dataset(
    name="articles",
    what="newest revision of each article",
    key=("outlet_id", "article_id"),
    group=("outlet_id", "article_id"),
    columns=(
        *_ARTICLE_KEY, *_CONTENT, _HASH, *_READ, *_PROVENANCE, *_SEEN,
        Column("gone_at", SEOUL_MS, "when the page was first found to be deleted; null while it stands"),
    ),
    sort=("published_at", "article_id"),
    join="article",
    hive="outlet_id",
    probe="article_id",
)  # fmt: skip
_REVISIONS = Dataset(
    name="revisions",
    what="every distinct version of each article that was seen",
    key=("outlet_id", "article_id", "content_hash"),
    group=("outlet_id", "article_id", "content_hash"),
    columns=(*_ARTICLE_KEY, *_CONTENT, _HASH, *_READ, *_PROVENANCE, *_SEEN),
    sort=("published_at", "article_id", "content_hash"),
    join="version",
    hive="outlet_id",
    probe="article_id",
)
_BULLETIN_ID = Column("bulletin_id", TEXT, "digest of source and hour, or of source, displayed date and text")
_TIMES = (
    Column("source", TEXT, "outlet_id, or kma_table, kma_feed …"),
    Column("observed_at", SEOUL_MS, "hour of observation; null for tickers, which do not state it"),
    Column("displayed_date", pa.date32(), "date line above a ticker: the day the page was rendered"),
)
_OBSERVATIONS = Dataset(
    name="observations",
    what="one row per station reading of a bulletin",
    key=("bulletin_id", "position"),
    group=("bulletin_id",),
    columns=(
        _BULLETIN_ID,
        Column("position", INT32, "place on the page, from 1"),
        *_TIMES,
        Column("stn_id", INT32, "KMA station number"),
        Column("station", TEXT, "official station name"),
        Column("station_raw", TEXT, "station name as printed; null where the entry has none"),
        Column("station_match", TEXT, "named, alias, bracket (inferred from the neighbours), ambiguous or unknown"),
        Column("station_candidates", pa.list_(pa.field("element", INT32)), "station numbers the entry could mean"),
        Column("sky", TEXT, "canonical sky condition or present weather"),
        Column("sky_raw", TEXT, "sky word as printed"),
        Column("temperature_c", DOUBLE, "air temperature", "°C"),
        Column("temperature_raw", TEXT, "temperature as printed"),
        Column("humidity_pct", DOUBLE, "relative humidity", "%"),
        Column("wind_direction", TEXT, "wind direction as a 16-point abbreviation, calm for 정온"),
        Column("wind_speed_ms", DOUBLE, "wind speed", "m/s"),
        Column("sea_level_pressure_hpa", DOUBLE, "pressure reduced to sea level", "hPa"),
        Column("station_pressure_hpa", DOUBLE, "pressure at the station", "hPa"),
        Column("precipitation_1h_mm", DOUBLE, "precipitation of the past hour", "mm"),
        Column("precipitation_day_mm", DOUBLE, "precipitation since midnight", "mm"),
        Column("visibility_km", DOUBLE, "horizontal visibility", "km"),
        Column("visibility_or_more", pa.bool_(), "the visibility is a lower bound ('20 이상')"),
        Column("cloud_tenths", INT32, "total cloud amount", "1/10"),
        Column("low_cloud_tenths", INT32, "low and middle cloud amount", "1/10"),
        Column("dew_point_c", DOUBLE, "dew point", "°C"),
        Column("apparent_temperature_c", DOUBLE, "apparent temperature (체감)", "°C"),
        Column("qc_range", TEXT, "physical limit check: good, doubtful, erroneous, not checked, missing"),
        Column("qc_spatial", TEXT, "check against the neighbours: the same words"),
        Column("qc", TEXT, "the worst of the checks"),
        Column("raw", TEXT, "the entry as printed"),
        _HASH,
        *_PROVENANCE,
    ),
    sort=("stn_id", "observed_at", "displayed_date", "bulletin_id", "position"),
    join="bulletin",
)  # fmt: skip
_BULLETINS = Dataset(
    name="bulletins",
    what="one row per bulletin: a ticker, a table or a feed document",
    key=("bulletin_id",),
    group=("bulletin_id",),
    columns=(
        _BULLETIN_ID,
        *_TIMES,
        Column("displayed_date_raw", TEXT, "date line as printed"),
        Column("observed_at_raw", TEXT, "hour as printed"),
        Column("form", TEXT, "glued, spaced, dom, table, feed"),
        Column("readings", INT32, "number of entries", "1"),
        Column("resolved", INT32, "number of entries with a station", "1"),
        Column("flags", TEXTS, "what a reader of the row should know"),
        Column("pages", TEXTS, "pages that showed it"),
        _HASH,
        *_PROVENANCE,
        *_SEEN,
    ),
    sort=("observed_at", "displayed_date", "bulletin_id"),
    join="bulletin",
)
_FORECASTS = Dataset(
    name="forecasts",
    what="one row per location and time of a KMA forecast",
    key=("source", "issued_at", "location", "valid_at"),
    group=("source", "issued_at", "location", "valid_at"),
    columns=(
        Column("source", TEXT, "kma_midterm (mid-term, by city) or kma_short (short-term, of one place)"),
        Column("issued_at", SEOUL_MS, "when it was issued"),
        Column("location", TEXT, "place as printed; with its province where two places bear the name (광주)"),
        Column("valid_at", SEOUL_MS, "what time it is for"),
        Column("valid_at_raw", TEXT, "that time as printed"),
        Column("province", TEXT, "province as printed (mid-term)"),
        Column("mode", TEXT, "A01 (day) or A02 (half day) of the mid-term forecast"),
        Column("sky_raw", TEXT, "weather word as printed"),
        Column("sky", TEXT, "canonical weather word"),
        Column("temperature_c", DOUBLE, "air temperature", "°C"),
        Column("temperature_min_c", DOUBLE, "lowest temperature", "°C"),
        Column("temperature_max_c", DOUBLE, "highest temperature", "°C"),
        Column("precipitation_probability_pct", DOUBLE, "probability of precipitation", "%"),
        Column("precipitation_12h_mm", DOUBLE, "precipitation of 12 hours", "mm"),
        Column("snow_12h_cm", DOUBLE, "snow of 12 hours", "cm"),
        Column("precipitation_6h_mm", DOUBLE, "precipitation of 6 hours", "mm"),
        Column("snow_6h_cm", DOUBLE, "snow of 6 hours", "cm"),
        Column("precipitation_type", TEXT, "none, rain, rain/snow, snow …"),
        Column("humidity_pct", DOUBLE, "relative humidity", "%"),
        Column("wind_speed_ms", DOUBLE, "wind speed", "m/s"),
        Column("wind_direction", TEXT, "wind direction"),
        Column("reliability", TEXT, "reliability as printed"),
        Column("flags", TEXTS, "what a reader of the row should know"),
        _HASH,
        *_PROVENANCE,
    ),
    sort=("location", "valid_at", "source", "issued_at"),
    probe="valid_at",
)
_REJECTS = Dataset(
    name="rejects",
    what="what could not be parsed or failed validation",
    key=("page_key", "stage"),
    group=("page_key", "stage"),
    columns=(
        Column("page_key", TEXT, "the page's URL, else sha1 of its body"),
        Column("stage", TEXT, "decode, parse, ticker or the pipeline"),
        Column("outlet_id", TEXT, "outlet of the page"),
        Column("reason", TEXT, "why, from a closed list"),
        Column("detail", TEXT, "more about it"),
        Column("raw", TEXT, "an excerpt of at most 2,000 characters"),
        _HASH,
        *_PROVENANCE,
        *_SEEN,
    ),
    sort=("page_key", "stage"),
)
_FETCHES = Dataset(
    name="fetches",
    what="exactly one outcome per request of a crawl",
    key=("run_id", "sequence"),
    group=("run_id", "sequence"),
    columns=(
        Column("run_id", TEXT, "the run"),
        Column("sequence", INT32, "number of the request in its run"),
        Column("url", TEXT, "requested URL"),
        Column("outlet_id", TEXT, "outlet, or source of KMA by its id in kma.toml; of robots.txt: of the host"),
        Column(
            "kind", TEXT, "article, list, feed, sitemap, weather (a page of KMA), robots, check (of a suspended outlet)"
        ),
        Column("outcome", TEXT, "stored, unchanged, duplicate, skipped, rejected or failed"),
        Column("reason", TEXT, "why"),
        Column("status", INT32, "HTTP status; null without a response"),
        Column("fetched_at", SEOUL_MS, "when the response came"),
        Column("bytes", INT64, "body as received", "byte"),
        Column("duration_ms", DOUBLE, "from request to response", "ms"),
        Column("attempts", INT32, "tries", "1"),
        Column("warc_filename", TEXT, "archive file of the response"),
        Column("warc_record_offset", INT64, "where its record begins", "byte"),
        Column("warc_record_length", INT64, "length of its record", "byte"),
    ),
    sort=("run_id", "sequence"),
    join="log",
    probe="sequence",
)
_RUNS = Dataset(
    name="runs",
    what="one row per run of a command that writes",
    key=("run_id",),
    group=("run_id",),
    columns=(
        Column("run_id", TEXT, "start in UTC and a random part"),
        Column("command", TEXT, "crawl, demo, reparse, rebuild, forget, doctor, cluster, scrapy"),
        Column("arguments", TEXT, "what it was asked for"),
        Column("started_at", SEOUL_MS, "start"),
        Column("ended_at", SEOUL_MS, "end; null while it runs or when it was killed"),
        Column("ended", TEXT, "running, complete, incomplete, stopped, failed or killed"),
        Column("exit_code", INT32, "exit code of the command"),
        Column("reason", TEXT, "why it ended so"),
        Column("version", TEXT, "version of newsharvest"),
        Column("parser_version", INT32, "parser and reference data"),
        Column("requests", INT64, "requests made", "1"),
        Column("stored", INT64, "requests that gave rows", "1"),
        Column("unchanged", INT64, "requests answered 304, or with an article whose content is as it was", "1"),
        Column("duplicate", INT64, "requests of a page already fetched", "1"),
        Column("skipped", INT64, "requests not made: robots, forbidden host, length", "1"),
        Column("rejected", INT64, "pages that could not be parsed", "1"),
        Column("failed", INT64, "requests that failed", "1"),
        Column("pages", INT64, "pages harvested", "1"),
        Column("articles", INT64, "article rows given to the join", "1"),
        Column("observations", INT64, "observation rows given to the join", "1"),
        Column("rejects", INT64, "rejects given to the join", "1"),
        Column("expectations_met", pa.bool_(), "whether every expectation held; null where there is none"),
        Column("violations", TEXTS, "expectations that did not hold: outlet, name and figures"),
    ),
    sort=("run_id",),
    join="log",
)

_COUNTS = pa.map_(TEXT, INT64)
_OUTLET_RUNS = Dataset(
    name="outlet_runs",
    what="one row per outlet or source of KMA and crawl: what it gave, and which expectations it broke",
    key=("run_id", "outlet_id"),
    group=("run_id", "outlet_id"),
    columns=(
        Column("run_id", TEXT, "run"),
        Column("outlet_id", TEXT, "outlet, or source of KMA by its id in kma.toml"),
        Column("at", SEOUL_MS, "when the run was judged"),
        Column("requests", INT64, "requests made to the outlet", "1"),
        Column("answered", INT64, "of these, answered: with a page, 304, 404 or 410", "1"),
        Column("failed", INT64, "of these, failed", "1"),
        Column("rejected", INT64, "pages that could not be parsed", "1"),
        Column("reasons", _COUNTS, "why requests failed or were not made"),
        Column("own_pages", INT64, "articles and lists that could be read", "1"),
        Column("foreign_pages", INT64, "pages without the outlet's name, CMS and language", "1"),
        Column("pages", INT64, "articles read, of those published in the last 30 days; of KMA: readings", "1"),
        Column("new", INT64, "articles that were not known before", "1"),
        Column("mix", _COUNTS, "field=rule that gave it (- for none) → pages; of KMA: field=given → readings"),
        Column("published", _COUNTS, "hour of publication → new articles of the last eight days"),
        Column("tickers", INT64, "weather tickers that were new", "1"),
        Column("stations", INT64, "most stations that one of them named", "1"),
        Column("signals", TEXTS, "names of the expectations that were violated"),
        Column("violations", TEXTS, "the same in words"),
    ),
    sort=("run_id", "outlet_id"),
    join="log",
)

DATASETS: dict[str, Dataset] = {
    d.name: d
    for d in (
        _ARTICLES, _REVISIONS, _OBSERVATIONS, _BULLETINS, _FORECASTS, _REJECTS, _FETCHES, _RUNS, _OUTLET_RUNS, STATIONS, OUTLETS, REGIONS, CLUSTERS,
    )
}  # fmt: skip
