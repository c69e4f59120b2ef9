"""How complete an outlet's articles are: their numbers are counted one by one, so what is missing shows as a gap.

An upper bound of what is missing: drafts, photos and deleted articles take numbers too. Pure functions over rows of
``articles`` and ``fetches``; nothing is asked of anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.dataset as ds

KST = ZoneInfo("Asia/Seoul")
JUMP = 200
"""A longer run of missing numbers is a new counting (a CMS was moved), not so many missing articles."""
_COUNTER = re.compile(r"[0-9]{1,9}")
_NO_ARTICLE = frozenset({404, 410})
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One outlet's numbers of one day. ``span`` = seen + none + gaps; ``gaps`` is at most what is missing."""

    outlet_id: str
    day: date
    """The day in Korea on which the numbers were given: of publication, never before the day of a lower number."""
    first_number: int
    last_number: int
    seen: int
    """Numbers that are articles of the dataset, gone ones included."""
    none: int
    """Numbers that were asked for and are no article (404, 410, or a page that is none)."""
    gaps: int
    """Numbers below the day's last one that nothing is known of."""
    filled: int
    """Of the articles seen: those found on a later day than one with a higher number, gaps once."""
    gone: int
    """Of the articles seen: those deleted since."""
    jumped: int
    """Numbers passed over by a new counting."""

    @property
    def span(self) -> int:
        """Numbers that the day used, jumps aside."""
        return self.seen + self.none + self.gaps

    @property
    def share(self) -> float:
        """The least share of the day's articles that is here."""
        known = self.seen + self.gaps
        return self.seen / known if known else 1.0


@dataclass(frozen=True, slots=True)
class _Known:
    number: int
    day: date
    found: date
    gone: bool


def coverage(articles: Iterable[Row], fetches: Iterable[Row] = ()) -> list[Coverage]:
    """The numbers of every outlet and day, in order. Outlets whose ids are no counter (dates, texts) give no rows.

    ``articles`` with outlet_id, article_id, url, published_at, first_seen_at, gone_at; ``fetches`` of articles with
    outlet_id, url, status, outcome.

    >>> at = datetime(2026, 3, 2, 9, tzinfo=KST)
    >>> row = {"outlet_id": "a", "published_at": at, "first_seen_at": at, "gone_at": None}
    >>> rows = [row | {"article_id": n, "url": f"http://a.test/v?no={n}"} for n in ("11", "12", "15")]
    >>> [(day.seen, day.gaps, round(day.share, 2)) for day in coverage(rows)]
    [(3, 2, 0.6)]
    """
    by_outlet: dict[str, list[Row]] = {}
    for row in articles:
        if _COUNTER.fullmatch(row["article_id"]) and (row["published_at"] or row["first_seen_at"]):
            by_outlet.setdefault(row["outlet_id"], []).append(row)
    asked: dict[str, list[str]] = {}
    for fetch in fetches:
        if fetch["status"] in _NO_ARTICLE or fetch["outcome"] == "rejected":
            asked.setdefault(fetch["outlet_id"], []).append(fetch["url"])
    return [
        day
        for outlet_id, rows in sorted(by_outlet.items())
        for day in _days(outlet_id, _in_order(rows), _numbers(rows, asked.get(outlet_id, [])))
    ]


def _in_order(rows: Sequence[Row]) -> list[_Known]:
    """The articles by number; a day never falls: an old article under a new number was given that number today."""
    known = sorted((_known(row) for row in rows), key=lambda each: each.number)
    latest = date.min
    ordered = []
    for each in known:
        latest = max(latest, each.day)
        ordered.append(_Known(each.number, latest, each.found, each.gone))
    return ordered


def _known(row: Row) -> _Known:
    found = (row["first_seen_at"] or row["published_at"]).astimezone(KST).date()
    day = min((row["published_at"] or row["first_seen_at"]).astimezone(KST).date(), found)
    return _Known(int(row["article_id"]), day, found, row["gone_at"] is not None)


def _numbers(rows: Sequence[Row], urls: Iterable[str]) -> set[int]:
    """The numbers in URLs of the form that the outlet's newest article has."""
    newest = max(rows, key=lambda row: int(row["article_id"]))
    before, found, after = str(newest["url"]).rpartition(newest["article_id"])
    if not found:
        return set()
    cut = (url[len(before) : len(url) - len(after)] for url in urls if url.startswith(before) and url.endswith(after))
    return {int(text) for text in cut if _COUNTER.fullmatch(text)}


def _days(outlet_id: str, known: Sequence[_Known], none: set[int]) -> Iterator[Coverage]:
    """A missing number is of the day of the next higher one that is known."""
    found_earlier = _found_above(known)
    counts: dict[date, dict[str, int]] = {}
    previous: int | None = None
    for each in known:
        missing = range(each.number if previous is None else previous + 1, each.number)
        jump = len(missing) > JUMP
        day = counts.setdefault(each.day, dict.fromkeys(("seen", "none", "gaps", "filled", "gone", "jumped"), 0))
        day.setdefault("first_number", each.number if jump or previous is None else previous + 1)
        day["last_number"] = each.number
        empty = 0 if jump else sum(number in none for number in missing)
        day["seen"] += 1
        day["none"] += empty
        day["gaps"] += 0 if jump else len(missing) - empty
        day["jumped"] += len(missing) if jump else 0
        day["gone"] += each.gone
        day["filled"] += each.found > found_earlier[each.number]
        previous = each.number
    for on, day in counts.items():
        yield Coverage(outlet_id, on, **day)


def _found_above(known: Sequence[_Known]) -> dict[int, date]:
    """Number → the earliest day on which a higher one was known."""
    earliest, found = date.max, {}
    for each in reversed(known):
        found[each.number] = earliest
        earliest = min(earliest, each.found)
    return found


_ARTICLE = ["outlet_id", "article_id", "url", "published_at", "first_seen_at", "gone_at"]
_FETCH = ["outlet_id", "url", "status", "outcome"]


def of_datasets(
    datasets: Path, outlets: Sequence[str] | None, since: datetime | None, until: datetime | None
) -> pa.Table:
    """The coverage of a data dir's datasets as a table, of the days between two times.

    What lies before ``since`` is read all the same: gaps and fillings are told by the numbers around them.
    """
    mask = None if outlets is None else ds.field("outlet_id").isin(list(outlets))
    wanted = ds.field("kind") == "article"
    rows = coverage(
        _read(datasets / "articles", "outlet_id", _ARTICLE, mask),
        _read(datasets / "fetches", "month", _FETCH, wanted if mask is None else wanted & mask),
    )
    low = since.astimezone(KST).date() if since else date.min
    high = until.astimezone(KST).date() if until else date.max
    plain = [asdict(row) | {"share": row.share} for row in rows if low <= row.day < high]
    return pa.Table.from_pylist(plain, schema=SCHEMA)


SCHEMA = pa.schema(
    [("outlet_id", pa.string()), ("day", pa.date32())]
    + [
        (name, pa.int64())
        for name in ("first_number", "last_number", "seen", "none", "gaps", "filled", "gone", "jumped")
    ]
    + [("share", pa.float64())]
)


def _read(folder: Path, hive: str, columns: list[str], mask: ds.Expression | None) -> Iterator[Row]:
    if not folder.is_dir():
        return
    partitioning = ds.partitioning(pa.schema([(hive, pa.string())]), flavor="hive")
    found = ds.dataset(folder, format="parquet", partitioning=partitioning)
    if found.files:  # a folder may hold nothing but news of articles that are not here
        for batch in found.to_batches(columns=columns, filter=mask):
            yield from batch.to_pylist()
