"""The items that travel from a page to a dataset row.

``cms`` and ``weather`` fill the *raw* fields, ``pipelines`` the clean ones beside them. Items are mutable on purpose: a
bulletin of 97 readings passes seven pipelines, and replacing frozen readings at each step would cost more than the
parse. Values that are shared or hashed (`Record`, `Dropped`) are frozen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Where a page lies in the archive, in Common Crawl's names."""

    warc_filename: str
    warc_record_offset: int
    warc_record_length: int

    def __reduce__(self) -> tuple[type[Record], tuple[object, ...]]:
        return Record, (
            self.warc_filename,
            self.warc_record_offset,
            self.warc_record_length,
        )  # what dataclasses do for frozen ones costs ten times as much


@dataclass(frozen=True, slots=True)
class Dropped:
    """A piece of text that a named rule took out of an article; ``newsharvest show`` prints it."""

    rule: str
    text: str

    def __reduce__(self) -> tuple[type[Dropped], tuple[object, ...]]:
        return Dropped, (self.rule, self.text)  # what dataclasses do for frozen ones costs ten times as much


@dataclass(slots=True)
class RegionTag:
    """A region that an article speaks of, with its evidence."""

    code: str | None
    """Administrative code on the article's day, two digits for a 시도, five for a 시군구; null where ambiguous."""
    sido_code: str | None
    """The 시도 it lies in; null where the candidates lie in several."""
    where: str
    """title, dateline or body: where it is named first."""
    start: int
    """0-based place of the first mention in that field, in characters."""
    evidence: str
    """The name as printed there, e.g. ``고성군``."""
    count: int
    """Mentions in all fields."""
    basis: str
    """What tells: its name, a qualifier beside it (경남 고성군), a row of places, the article's context, the outlet's home."""
    ambiguous: bool
    candidates: list[str]
    """Every code that the name may mean, sorted: one where it is not ambiguous."""


def printed_chars(text: str) -> int:
    """The characters of a text that are no white space.

    >>> printed_chars(" 가 나\\n다.")
    4
    """
    return len("".join(text.split()))


@dataclass(slots=True)
class Source:
    """Provenance: which page an item was made from. Every field is null where the page does not state it."""

    url: str | None = None
    """The page's URL; for an article its canonical form (scheme and host as seen, only the parameters that identify)."""
    fetched_at: datetime | None = None
    """When the page was received, aware, cut to milliseconds. Never the time of parsing or a file's mtime."""
    record: Record | None = None
    """The WARC record the page was read from; null for a saved file."""
    source_file: str | None = None
    """Base name of the saved file the page was read from; null for a WARC record."""
    body_sha1: str = ""
    """Hex SHA-1 of the page's decoded body, its name where it has no URL; "" where it has one."""

    @property
    def page_key(self) -> str:
        """The page's name: its URL, else ``sha1:<hex>`` of its body."""
        return self.url or f"sha1:{self.body_sha1}"


@dataclass(slots=True)
class Article:
    """One news article as one page shows it."""

    outlet_id: str
    article_id: str
    source: Source
    title: str | None = None
    subtitle: str | None = None
    """Lines joined by "\\n" where the page has several."""
    paragraphs: list[str] = field(default_factory=list)
    """The body, one string a paragraph, without dateline, byline, captions, copyright line and furniture."""
    captions: list[str] = field(default_factory=list)
    dateline_raw: str | None = None
    """The dateline as printed, e.g. ``[동북아뉴스타임]`` or ``(춘천=연합뉴스) 이재현 기자 =``."""
    dateline_outlet: str | None = None
    """The outlet or agency that the dateline names, e.g. ``동북아뉴스타임``."""
    byline_raw: str | None = None
    authors: list[str] = field(default_factory=list)
    """Names without title and mail address, e.g. ``["이용민"]``."""
    agency: str | None = None
    section: str | None = None
    keywords: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    """Absolute URLs in page order."""
    published_at_raw: str | None = None
    """The date text as printed, label included, e.g. ``승인 2022.12.11 15:00``."""
    published_at: datetime | None = None
    published_at_precision: str | None = None
    """``second``, ``minute`` or ``day``."""
    published_at_label: str | None = None
    """The label's word (입력, 승인, 등록, 송고 …), or ``meta`` / ``json-ld``."""
    modified_at_raw: str | None = None
    modified_at: datetime | None = None
    rights_notice: str | None = None
    """The copyright line that stood in or under the body."""
    regions: list[RegionTag] = field(default_factory=list)
    """In the order of their first mention."""
    extractors: dict[str, str] = field(default_factory=dict)
    """Which rule gave each field, e.g. ``{"title": "ndsoft:h3.heading", "section": "meta:article:section"}``."""
    template: str | None = None
    """Digest of where the fields stand in the page's markup (`newsharvest.cms.template`); null for a text dump."""
    flags: list[str] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    """What named rules took out of the container's text; not stored, shown by ``newsharvest show``."""
    container_chars: int | None = None
    """Characters, white space aside, of the text that the body's container shows; null where there is no container."""
    encoding: str | None = None
    encoding_source: str | None = None
    replacement_chars: int = 0

    @property
    def body(self) -> str | None:
        """Paragraphs joined by a newline; null for an article without text (a photo with its caption)."""
        return "\n".join(self.paragraphs) if self.paragraphs else None

    @property
    def unaccounted(self) -> int:
        """Characters of the container that are neither in body and captions nor dropped or moved by a named rule.

        Always 0, or a parser lost text: what a box gave to another field stands in ``dropped`` too.
        """
        kept = [*self.paragraphs, *self.captions, *(dropped.text for dropped in self.dropped)]
        return max(0, (self.container_chars or 0) - printed_chars("\n".join(kept)))


@dataclass(slots=True)
class Reading:
    """One station's line in a bulletin."""

    position: int
    """1-based place on the page."""
    raw: str
    """The entry as printed, white space folded, e.g. ``구름조금속초8.2℃``."""
    sky_raw: str | None = None
    """The sky word as printed; ``-`` and "" are kept as printed; null where there is no place for one."""
    station_raw: str | None = None
    temperature_raw: str | None = None
    """The value's token as printed, unit included, e.g. ``8.2℃``; null where the entry has none."""
    stn_id_raw: str | None = None
    """A station id that the source itself states (KMA's tables and feed)."""
    values_raw: dict[str, str] = field(default_factory=dict)
    """Further quantities as printed, by dataset column name (KMA's tables and feed)."""
    sky: str | None = None
    stn_id: int | None = None
    station: str | None = None
    """The station's official name."""
    station_match: str = "unknown"
    """``named``, ``alias``, ``bracket`` (inferred from neighbours), ``ambiguous`` or ``unknown``."""
    station_candidates: list[int] = field(default_factory=list)
    """The ids the entry could belong to: one where it is resolved, several where it is ambiguous."""
    temperature_c: float | None = None
    values: dict[str, float | str | bool | None] = field(default_factory=dict)
    """Clean quantities by dataset column name; a missing key is null."""
    qc_range: str = "not checked"
    qc_spatial: str = "not checked"
    qc: str = "not checked"
    """KMA's words: good, doubtful, erroneous, not checked, missing; ``qc`` is the worst of the checks."""


@dataclass(slots=True)
class WeatherBulletin:
    """One set of readings that a page shows together: a ticker, a table or a feed document."""

    source_id: str
    """The outlet_id, or ``kma_table``, ``kma_feed`` …"""
    text: str
    """The bulletin's whole text before any splitting: the base of its id."""
    source: Source
    form: str
    """``glued``, ``spaced``, ``dom``, ``table``, ``feed`` …"""
    displayed_date_raw: str | None = None
    displayed_date: date | None = None
    """The date line above a ticker: the day the page was rendered, not the hour of observation."""
    observed_at_raw: str | None = None
    observed_at: datetime | None = None
    """Only where the source itself states the hour."""
    readings: list[Reading] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    read_from: bytes | None = field(default=None, compare=False)
    """Digest of all that a ticker's content depends on: its markup, what stands beside it, source and day of fetching."""


@dataclass(slots=True)
class Forecast:
    """One location's forecast for one time, as issued by KMA."""

    source_id: str
    source: Source
    issued_at_raw: str | None = None
    issued_at: datetime | None = None
    location: str = ""
    valid_at_raw: str | None = None
    valid_at: datetime | None = None
    values_raw: dict[str, str] = field(default_factory=dict)
    values: dict[str, float | str | bool | None] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Sighting:
    """An answer that tells something of a known article without showing it: 304 (still there), 404 or 410 (gone)."""

    outlet_id: str
    article_id: str
    source: Source
    status: int


@dataclass(slots=True)
class Reject:
    """What could not be parsed or failed validation, with the raw kept."""

    stage: str
    """``decode``, ``parse``, ``ticker`` or the pipeline's name."""
    reason: str
    """One word group from a closed list, e.g. ``not_article``, ``missing_title``, ``replacement_chars``."""
    source: Source
    outlet_id: str | None = None
    detail: str | None = None
    raw: str | None = None
    """An excerpt of at most 2,000 characters."""


@dataclass(slots=True)
class TickerAgain:
    """A ticker that was read before, known by its `WeatherBulletin.read_from`: who has that bulletin needs no other."""

    source_id: str
    source: Source
    read_from: bytes


Item = Article | WeatherBulletin | TickerAgain | Forecast | Sighting | Reject
