"""The columns of every dataset: type, meaning, unit. docs/datasets.md is generated from here."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SEOUL_MS = pa.timestamp("ms", tz="Asia/Seoul")
_S, _I32, _I64, _F = pa.string(), pa.int32(), pa.int64(), pa.float64()
_LIST = pa.list_(pa.field("element", pa.string()))


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type, its meaning in one sentence, its unit where it has one."""

    name: str
    type: Any
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: what a row is, its key, its columns, how a file is sorted and how rows of one key are joined.

    ``group`` names the rows that are joined together: the key, but for readings the whole bulletin. ``hive`` is the column
    that stands in the folder's name instead of the file. ``join`` is newest, bulletin (newest where timed, else earliest),
    log (outside the join) or table (reference data, written whole).
    """

    name: str
    what: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sort: tuple[str, ...]
    join: str = "newest"
    group: tuple[str, ...] = ()
    hive: str | None = None
    probe: str | None = None
    """A column that finds the rows of a group in a file: the group's most selective one."""

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of a file, with meaning and unit in the field metadata."""
        return _schema(self)

    @property
    def fingerprint(self) -> str:
        """A digest of column names and types: a change means that old files are migrated."""
        plain = repr([(c.name, str(c.type)) for c in self.columns])
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


@functools.cache
def _schema(dataset: Dataset) -> pa.Schema:
    fields = [
        pa.field(c.name, c.type, metadata={"meaning": c.meaning, **({"unit": c.unit} if c.unit else {})})
        for c in dataset.columns
        if c.name != dataset.hive
    ]
    return pa.schema(fields)


_PROVENANCE = (
    Column("url", _S, "URL of the page; for an article its canonical form"),
    Column("fetched_at", SEOUL_MS, "when the page was received; null where nothing states it"),
    Column("source_file", _S, "base name of the saved file the row was read from; null for a WARC record"),
    Column("warc_filename", _S, "archive file that holds the page"),
    Column("warc_record_offset", _I64, "where its record begins in that file", "byte"),
    Column("warc_record_length", _I64, "length of the compressed record", "byte"),
    Column("parser_version", _I32, "version of parser and reference data that made the row"),
)
_SEEN = (
    Column("first_seen_at", SEOUL_MS, "earliest known reception of the key"),
    Column("last_seen_at", SEOUL_MS, "latest known reception of the key, a 304 included"),
)
_CONTENT = (
    Column("title", _S, "headline"),
    Column("subtitle", _S, "subheading, lines joined by a newline"),
    Column("body", _S, "paragraphs joined by a newline, without dateline, byline, captions and notices"),
    Column("captions", _LIST, "photo captions in page order; empty where there is none"),
    Column("dateline_raw", _S, "dateline as printed"),
    Column("dateline_outlet", _S, "outlet or agency that the dateline names"),
    Column("byline_raw", _S, "byline as printed"),
    Column("authors", _LIST, "names of the authors, without title and address"),
    Column("agency", _S, "news agency that the article comes from"),
    Column("section", _S, "the outlet's own section"),
    Column("keywords", _LIST, "the outlet's own keywords"),
    Column("images", _LIST, "absolute image URLs in page order"),
    Column("published_at_raw", _S, "publication date as printed"),
    Column("published_at", SEOUL_MS, "publication time in Korea"),
    Column("published_at_precision", _S, "second, minute or day"),
    Column("published_at_label", _S, "the word before the date, or meta"),
    Column("modified_at", SEOUL_MS, "last change that the page states"),
    Column("rights_notice", _S, "copyright line as printed"),
    Column("regions", _LIST, "administrative codes the article speaks of"),
)
_READ = (
    Column("extractors", pa.map_(_S, _S), "which rule gave each field"),
    Column("template", _S, "digest of where the fields stand in the page's markup: a redesign changes it"),
    Column("flags", _LIST, "what a reader of the row should know"),
    Column("encoding", _S, "encoding the bytes were read in"),
    Column("encoding_source", _S, "what decided it: bom, bytes, header, meta, sniffed, damaged"),
    Column("replacement_chars", _I32, "characters that could not be decoded", "1"),
)
_ARTICLE_KEY = (
    Column("outlet_id", _S, "outlet, the folder's name"),
    Column("article_id", _S, "the outlet's article number"),
)
_HASH = Column("content_hash", _S, "digest of the content: equal means unchanged")

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
    hive="outlet_id",
    probe="article_id",
)
_BULLETIN_ID = Column("bulletin_id", _S, "digest of source and hour, or of source, displayed date and text")
_TIMES = (
    Column("source", _S, "outlet_id, or kma_table, kma_feed …"),
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
        Column("position", _I32, "place on the page, from 1"),
        *_TIMES,
        Column("stn_id", _I32, "KMA station number"),
        Column("station", _S, "official station name"),
        Column("station_raw", _S, "station name as printed; null where the entry has none"),
        Column("station_match", _S, "named, alias, bracket (inferred from the neighbours), ambiguous or unknown"),
        Column("station_candidates", pa.list_(pa.field("element", _I32)), "station numbers the entry could mean"),
        Column("sky", _S, "canonical sky condition or present weather"),
        Column("sky_raw", _S, "sky word as printed"),
        Column("temperature_c", _F, "air temperature", "°C"),
        Column("temperature_raw", _S, "temperature as printed"),
        Column("humidity_pct", _F, "relative humidity", "%"),
        Column("wind_direction", _S, "wind direction as a 16-point abbreviation, calm for 정온"),
        Column("wind_speed_ms", _F, "wind speed", "m/s"),
        Column("sea_level_pressure_hpa", _F, "pressure reduced to sea level", "hPa"),
        Column("station_pressure_hpa", _F, "pressure at the station", "hPa"),
        Column("precipitation_1h_mm", _F, "precipitation of the past hour", "mm"),
        Column("precipitation_day_mm", _F, "precipitation since midnight", "mm"),
        Column("visibility_km", _F, "horizontal visibility", "km"),
        Column("visibility_or_more", pa.bool_(), "the visibility is a lower bound ('20 이상')"),
        Column("cloud_tenths", _I32, "total cloud amount", "1/10"),
        Column("low_cloud_tenths", _I32, "low and middle cloud amount", "1/10"),
        Column("dew_point_c", _F, "dew point", "°C"),
        Column("apparent_temperature_c", _F, "apparent temperature (체감)", "°C"),
        Column("qc_range", _S, "physical limit check: good, doubtful, erroneous, not checked, missing"),
        Column("qc_spatial", _S, "check against the neighbours: the same words"),
        Column("qc", _S, "the worst of the checks"),
        Column("raw", _S, "the entry as printed"),
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
        Column("displayed_date_raw", _S, "date line as printed"),
        Column("observed_at_raw", _S, "hour as printed"),
        Column("form", _S, "glued, spaced, dom, table, feed"),
        Column("readings", _I32, "number of entries", "1"),
        Column("resolved", _I32, "number of entries with a station", "1"),
        Column("flags", _LIST, "what a reader of the row should know"),
        Column("pages", _LIST, "pages that showed it"),
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
        Column("source", _S, "kma_midterm (mid-term, by city) or kma_short (short-term, of one place)"),
        Column("issued_at", SEOUL_MS, "when it was issued"),
        Column("location", _S, "place as printed; with its province where two places bear the name (광주)"),
        Column("valid_at", SEOUL_MS, "what time it is for"),
        Column("valid_at_raw", _S, "that time as printed"),
        Column("province", _S, "province as printed (mid-term)"),
        Column("mode", _S, "A01 (day) or A02 (half day) of the mid-term forecast"),
        Column("sky_raw", _S, "weather word as printed"),
        Column("sky", _S, "canonical weather word"),
        Column("temperature_c", _F, "air temperature", "°C"),
        Column("temperature_min_c", _F, "lowest temperature", "°C"),
        Column("temperature_max_c", _F, "highest temperature", "°C"),
        Column("precipitation_probability_pct", _F, "probability of precipitation", "%"),
        Column("precipitation_12h_mm", _F, "precipitation of 12 hours", "mm"),
        Column("snow_12h_cm", _F, "snow of 12 hours", "cm"),
        Column("precipitation_6h_mm", _F, "precipitation of 6 hours", "mm"),
        Column("snow_6h_cm", _F, "snow of 6 hours", "cm"),
        Column("precipitation_type", _S, "none, rain, rain/snow, snow …"),
        Column("humidity_pct", _F, "relative humidity", "%"),
        Column("wind_speed_ms", _F, "wind speed", "m/s"),
        Column("wind_direction", _S, "wind direction"),
        Column("reliability", _S, "reliability as printed"),
        Column("flags", _LIST, "what a reader of the row should know"),
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
        Column("page_key", _S, "the page's URL, else sha1 of its body"),
        Column("stage", _S, "decode, parse, ticker or the pipeline"),
        Column("outlet_id", _S, "outlet of the page"),
        Column("reason", _S, "why, from a closed list"),
        Column("detail", _S, "more about it"),
        Column("raw", _S, "an excerpt of at most 2,000 characters"),
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
        Column("run_id", _S, "the run"),
        Column("sequence", _I32, "number of the request in its run"),
        Column("url", _S, "requested URL"),
        Column("outlet_id", _S, "outlet, or source of KMA by its id in kma.toml; of robots.txt: of the host"),
        Column("kind", _S, "article, list, feed, sitemap, weather (a page of KMA), robots"),
        Column("outcome", _S, "stored, unchanged, duplicate, skipped, rejected or failed"),
        Column("reason", _S, "why"),
        Column("status", _I32, "HTTP status; null without a response"),
        Column("fetched_at", SEOUL_MS, "when the response came"),
        Column("bytes", _I64, "body as received", "byte"),
        Column("duration_ms", _F, "from request to response", "ms"),
        Column("attempts", _I32, "tries", "1"),
        Column("warc_filename", _S, "archive file of the response"),
        Column("warc_record_offset", _I64, "where its record begins", "byte"),
        Column("warc_record_length", _I64, "length of its record", "byte"),
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
        Column("run_id", _S, "start in UTC and a random part"),
        Column("command", _S, "crawl, demo, reparse, rebuild, recover, scrapy"),
        Column("arguments", _S, "what it was asked for"),
        Column("started_at", SEOUL_MS, "start"),
        Column("ended_at", SEOUL_MS, "end; null while it runs or when it was killed"),
        Column("ended", _S, "running, complete, incomplete, stopped, failed or killed"),
        Column("exit_code", _I32, "exit code of the command"),
        Column("reason", _S, "why it ended so"),
        Column("version", _S, "version of newsharvest"),
        Column("parser_version", _I32, "parser and reference data"),
        Column("requests", _I64, "requests made", "1"),
        Column("stored", _I64, "requests that gave rows", "1"),
        Column("unchanged", _I64, "requests answered 304", "1"),
        Column("duplicate", _I64, "requests of a page already fetched", "1"),
        Column("skipped", _I64, "requests not made: robots, forbidden host, length", "1"),
        Column("rejected", _I64, "pages that could not be parsed", "1"),
        Column("failed", _I64, "requests that failed", "1"),
        Column("pages", _I64, "pages harvested", "1"),
        Column("articles", _I64, "article rows given to the join", "1"),
        Column("observations", _I64, "observation rows given to the join", "1"),
        Column("rejects", _I64, "rejects given to the join", "1"),
        Column("expectations_met", pa.bool_(), "whether every expectation held; null where there is none"),
    ),
    sort=("run_id",),
    join="log",
)

_STATIONS = Dataset(
    name="stations",
    what="the stations known to the parser version of the last run",
    key=("stn_id",),
    group=("stn_id",),
    columns=(
        Column("stn_id", _I32, "KMA station number"),
        Column("network", _S, "ASOS, special (radar sites), closed or AWS"),
        Column("name", _S, "official name"),
        Column("name_en", _S, "English name"),
        Column("variants", _LIST, "official spellings with a type remark"),
        Column("aliases", _LIST, "short forms"),
        Column("legacy_names", _LIST, "former names"),
        Column("wmo_id", _S, "WMO number where a source states it; never computed"),
        Column("lat", _F, "latitude", "°"),
        Column("lon", _F, "longitude", "°"),
        Column("altitude_m", _F, "altitude above sea level", "m"),
        Column("altitude_source", _S, "who states it; unverified where no source was found"),
        Column("since", _S, "first day or year of operation where known"),
        Column("until", _S, "last day of operation where known"),
        Column("sido", _S, "province"),
        Column("sigungu", _S, "district"),
        Column("sig_code", _S, "district code after the changes of 2026"),
        Column("sig_code_2025", _S, "district code before them"),
        Column("flags", _LIST, "what is doubtful"),
    ),
    sort=("stn_id",),
    join="table",
)
_OUTLETS = Dataset(
    name="outlets",
    what="the registered outlets at the last run",
    key=("outlet_id",),
    group=("outlet_id",),
    columns=(
        Column("outlet_id", _S, "outlet"),
        Column("name", _S, "name"),
        Column("cms", _S, "CMS family"),
        Column("hosts", _LIST, "host names"),
        Column("region_code", _S, "district or province code"),
        Column("region_basis", _S, "what says so"),
        Column("enabled", pa.bool_(), "whether a crawl of all takes it"),
        Column("demo", pa.bool_(), "whether it is a paper of the bundled site"),
    ),
    sort=("outlet_id",),
    join="table",
)

DATASETS: dict[str, Dataset] = {
    d.name: d
    for d in (
        _ARTICLES, _REVISIONS, _OBSERVATIONS, _BULLETINS, _FORECASTS, _REJECTS, _FETCHES, _RUNS, _STATIONS, _OUTLETS,
    )
}  # fmt: skip
