"""Archived article pages of one outlet, day by day, parsed as they are parsed now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

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
    """An outlet's sampled pages by day, oldest first, and where all the others lie."""

    data: DataDir
    outlet: Outlet
    chain: Chain
    places: dict[str, list[Place]]
    """article_id → its pages, oldest first."""
    days: dict[date, list[Sample]] = field(default_factory=dict)

    def load(self, place: Place) -> Sample | None:
        """The page of a place, parsed; None where the archive file is gone or the record is damaged."""
        path = self.data.archive / place.warc_filename
        page = next(pages(path, place.warc_record_offset), None) if path.exists() else None
        if page is None or isinstance(page, Damaged):
            return None
        return Sample(place, page, row_of(self.chain, page))

    def earlier(self, article_id: str, day: date) -> Row | None:
        """An article's row by its last page before a day: what a later page must give again, unless it was edited."""
        before = [place for place in self.places.get(article_id, ()) if place.day < day]
        found = self.load(before[-1]) if before else None
        return found.row if found is not None else None


def read_samples(data: DataDir, outlet: Outlet, since: datetime, a_day: int = A_DAY) -> Samples:
    """The pages of an outlet that were fetched since a time. NoDataError where there are none.

    Of a day half are of articles that were fetched before: their values are known.
    """
    listed = sorted(set(_places(data, outlet, since)), key=lambda place: (place.fetched_at, place.article_id))
    if not listed:
        raise NoDataError(f"no article page of {outlet.outlet_id} since {since:%Y-%m-%d} in {data.root}")
    found, by_day = Samples(data, outlet, Chain(Nowhere()), {}), dict[date, list[Place]]()
    for place in listed:
        by_day.setdefault(place.day, []).append(place)
    for day, places in by_day.items():
        again = [place for place in places if place.article_id in found.places]
        fresh = [place for place in places if place.article_id not in found.places]
        chosen = [*again[: max(a_day // 2, a_day - len(fresh))], *fresh][:a_day]
        found.days[day] = [sample for place in chosen if (sample := found.load(place)) is not None]
        for place in places:
            found.places.setdefault(place.article_id, []).append(place)
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


def row_of(chain: Chain, page: Page) -> Row | None:
    """The ``articles`` row of a page; None where it gives no article."""
    article = next((item for item in chain.page(page) if isinstance(item, Article)), None)
    return dict(next(iter(rows(article)))[1]) if article is not None else None
