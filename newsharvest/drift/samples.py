"""Archived article pages of one outlet, day by day, parsed as they are parsed now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from newsharvest.archive import Damaged, pages
from newsharvest.chain import Chain
from newsharvest.clock import KST
from newsharvest.cms.keys import article_key
from newsharvest.files import DataDir
from newsharvest.items import Article, Item
from newsharvest.load import NoDataError
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.schema import Row, rows
from newsharvest.store import Collector, Sink

A_DAY = 12
"""Pages that are parsed of one day: enough to see a change, and a year of them takes minutes."""
_PLACE = ["url", "fetched_at", "warc_filename", "warc_record_offset"]


class Nowhere(Sink):
    """Takes items and lands nothing."""

    def __init__(self) -> None:
        self.collector = Collector()

    def put(self, item: Item) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article's page lies in the archive."""

    article_id: str
    url: str
    fetched_at: datetime
    warc_filename: str
    warc_record_offset: int

    @property
    def day(self) -> date:
        """The day in Korea on which it was fetched."""
        return self.fetched_at.astimezone(KST).date()


@dataclass(slots=True)
class Sample:
    """One archived page and the row it gives now; no row where it is no article any more."""

    place: Place
    page: Page
    row: Row | None


@dataclass(slots=True)
class Samples:
    """An outlet's sampled pages by day, oldest first."""

    outlet: Outlet
    days: dict[date, list[Sample]] = field(default_factory=dict)


def read_samples(data: DataDir, outlet: Outlet, since: datetime, a_day: int = A_DAY) -> Samples:
    """The pages of an outlet that were fetched since a time. NoDataError where there are none.

    Of a day first those of articles that were fetched before: their values are known.
    """
    places = sorted(set(_places(data, outlet, since)), key=lambda place: (place.fetched_at, place.article_id))
    if not places:
        raise NoDataError(f"no article page of {outlet.outlet_id} since {since:%Y-%m-%d} in {data.root}")
    chain, found, known = Chain(Nowhere()), Samples(outlet), set[str]()
    by_day: dict[date, list[Place]] = {}
    for place in places:
        by_day.setdefault(place.day, []).append(place)
    for day, listed in by_day.items():
        again = [place for place in listed if place.article_id in known]
        fresh = [place for place in listed if place.article_id not in known]
        half = max(a_day // 2, a_day - len(fresh))
        chosen = [*again[:half], *fresh][:a_day]
        found.days[day] = [sample for place in chosen if (sample := _sample(data, chain, place)) is not None]
        known |= {place.article_id for place in listed}
    return found


def _places(data: DataDir, outlet: Outlet, since: datetime) -> Iterator[Place]:
    """From the fetches of every kind of answer, and from revisions: a killed run has no fetches."""
    recent = ds.field("fetched_at") >= pa.scalar(since, pa.timestamp("ms", "Asia/Seoul"))
    own = ds.field("outlet_id") == outlet.outlet_id
    asked = own & recent & (ds.field("kind") == "article") & (ds.field("status") == 200)
    for name, hive, mask in (("fetches", "month", asked), ("revisions", "outlet_id", own & recent)):
        for row in _table(data.datasets / name, hive, _PLACE, mask):
            key = article_key(row["url"], outlet) if row["url"] and row["warc_filename"] else None
            if key is not None:
                yield Place(key.article_id, key.url or row["url"], *(row[c] for c in _PLACE[1:]))


def _table(folder: Path, hive: str, columns: list[str], mask: ds.Expression) -> Sequence[Row]:
    if not folder.is_dir():
        return ()
    partitioning = ds.partitioning(pa.schema([(hive, pa.string())]), flavor="hive")
    found: list[Row] = (
        ds.dataset(folder, format="parquet", partitioning=partitioning)
        .to_table(columns=columns, filter=mask)
        .to_pylist()
    )
    return found


def _sample(data: DataDir, chain: Chain, place: Place) -> Sample | None:
    """None where the archive file is gone or the record is damaged."""
    path = data.archive / place.warc_filename
    page = next(pages(path, place.warc_record_offset), None) if path.exists() else None
    if page is None or isinstance(page, Damaged):
        return None
    return Sample(place, page, row_of(chain, page))


def row_of(chain: Chain, page: Page) -> Row | None:
    """The ``articles`` row of a page; None where it gives no article."""
    article = next((item for item in chain.page(page) if isinstance(item, Article)), None)
    return dict(next(iter(rows(article)))[1]) if article is not None else None


def known_values(data: DataDir, outlet: Outlet, before: datetime) -> dict[str, dict[str, Any]]:
    """article_id → its newest revision that was fetched before a time: the values that a new page must give again."""
    mask = (ds.field("outlet_id") == outlet.outlet_id) & (
        ds.field("fetched_at") < pa.scalar(before, pa.timestamp("ms", "Asia/Seoul"))
    )
    columns = [
        "article_id",
        "title",
        "subtitle",
        "body",
        "byline_raw",
        "authors",
        "section",
        "published_at",
        "fetched_at",
    ]
    found: dict[str, dict[str, Any]] = {}
    for row in _table(data.datasets / "revisions", "outlet_id", columns, mask):
        held = found.get(row["article_id"])
        if held is None or row["fetched_at"] > held["fetched_at"]:
            found[row["article_id"]] = row
    return found
