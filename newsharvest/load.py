"""The notebook API: datasets as typed data frames, filtered where they lie.

Reads plain Parquet; imports neither Scrapy nor anything that writes. The data dir is the argument, else
``NEWSHARVEST_DATA``, else the nearest ``data/datasets`` upwards from the working directory; the frame's
``attrs["data_dir"]`` says which it was. ``engine`` is pandas (strings backed by Arrow), arrow, polars or duckdb.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsharvest import filters as f
from newsharvest.filters import When, moment
from newsharvest.frames import as_engine
from newsharvest.reading import HOW, NoDataError, Query, check_columns, find_data_dir, read
from newsharvest.schema import DATASETS
from newsharvest.schema.derived import MEMORY

__all__ = ["NoDataError", "When", "find_data_dir", "moment"]
_REGIONS = "regions"


def articles(
    outlets: str | Iterable[str] | None = None,
    since: When | None = None,
    until: When | None = None,
    region: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    text: str | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Articles, newest revision each; ``since`` ≤ published_at < ``until`` (a date means its midnight in Korea).

    ``region`` keeps those that speak of a region or of one within it, by code or name (``"48820"``, ``"경남 고성군"``,
    ``"강원"``), whatever its code was on the article's day; a name that the article leaves ambiguous counts for none.
    ``text`` keeps those whose title or body contains it. Articles without a publication time are left out as soon as
    ``since`` or ``until`` is given. ValueError for an unknown column or region.
    """
    wanted = f.strings(outlets)
    mask = f.both(
        f.among("outlet_id", wanted),
        f.between("published_at", since, until),
        f.containing(("title", "body"), text),
    )
    named = None if wanted is None else frozenset(wanted)
    query = Query("articles", mask, columns, None if named is None else named.__contains__)
    return _load(query, data_dir, engine, region)


def revisions(
    outlets: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Every distinct version of each article that was seen."""
    return _load(Query("revisions", f.among("outlet_id", f.strings(outlets)), columns), data_dir, engine)


def observations(
    stations: int | str | Iterable[int | str] | None = None,
    since: When | None = None,
    until: When | None = None,
    qc: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Station readings. ``stations`` are KMA numbers or official names, ``qc`` the words to keep (good, doubtful …).

    The time of a reading is observed_at; of a ticker, which states no hour, the day it displays.
    """
    mask = f.both(f.of_stations(stations), f.observed(since, until), f.among("qc", f.strings(qc)))
    return _load(Query("observations", mask, columns, f.months(since, until)), data_dir, engine)


def bulletins(
    sources: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """One row per ticker, table or feed document."""
    return _load(Query("bulletins", f.among("source", f.strings(sources)), columns), data_dir, engine)


def forecasts(
    sources: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """One row per location and time of a KMA forecast."""
    return _load(Query("forecasts", f.among("source", f.strings(sources)), columns), data_dir, engine)


def clusters(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """Near-duplicates across outlets, as `newsharvest cluster` found them: one row per article, alone or in a cluster.

    Without ``columns`` those by which the next run knows what it has read are left out.
    """
    shown = [c.name for c in DATASETS["clusters"].columns if c.name not in MEMORY]
    return _load(Query("clusters", columns=shown if columns is None else columns), data_dir, engine)


def rejects(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """What could not be parsed, with the reason and the raw."""
    return _load(Query("rejects", columns=columns), data_dir, engine)


def fetches(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """One outcome per request."""
    return _load(Query("fetches", columns=columns), data_dir, engine)


def runs(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """What ran, and how it ended."""
    return _load(Query("runs", columns=columns), data_dir, engine)


def outlet_runs(
    columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas"
) -> Any:  # noqa: ANN401 - the engine's table
    """What every crawl found of every outlet, and which expectations it broke."""
    return _load(Query("outlet_runs", columns=columns), data_dir, engine)


def coverage(
    outlets: str | Iterable[str] | None = None,
    since: When | None = None,
    until: When | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Article numbers by outlet and day: seen, known to be no article, gaps (at most so many are missing), filled, gone.

    Of outlets that count their articles one by one; ``share`` is the least share that is here.
    """
    from newsharvest.completeness import of_datasets

    root = find_data_dir(data_dir)
    if not (root / "datasets" / "articles").is_dir():
        raise NoDataError(f"no articles in {root} yet: {HOW}")
    bounds = [None if when is None else moment(when) for when in (since, until)]
    return as_engine(of_datasets(root / "datasets", f.strings(outlets), *bounds), engine, str(root))


def stations(engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The station table; needs no data dir."""
    from newsharvest import reference

    return as_engine(_plain_table(reference.stations().values()), engine)


def outlets(engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The registry of outlets; needs no data dir."""
    from newsharvest import reference

    return as_engine(_plain_table(reference.outlets().values()), engine)


def regions(engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The 시도 and 시군구 of all times with their codes, days and nearest ASOS station; needs no data dir."""
    from newsharvest import region_codes

    return as_engine(_plain_table(region_codes.regions().values()), engine)


def _load(query: Query, data_dir: str | Path | None, engine: str, region: str | Iterable[str] | None = None) -> Any:  # noqa: ANN401 - the engine's table
    root = find_data_dir(data_dir)
    check_columns(query.name, query.columns)
    table = read(root, query) if region is None else _of_region(root, query, region)
    return as_engine(table, engine, str(root))


def _of_region(root: Path, query: Query, region: str | Iterable[str]) -> pa.Table:
    from newsharvest.places import codes_of, speaking_of

    codes, chosen = codes_of(region), query.columns
    more = () if chosen is None or _REGIONS in chosen else (_REGIONS,)
    table = read(root, replace(query, columns=None if chosen is None else [*chosen, *more]))
    return speaking_of(table, codes).drop_columns(list(more))


def _plain_table(records: Iterable[Any]) -> pa.Table:
    """Frozen dataclasses as a table; tuples as lists."""
    return pa.Table.from_pylist(
        [
            {
                name: list(value) if isinstance(value := getattr(record, name), tuple) else value
                for name in record.__dataclass_fields__
            }
            for record in records
        ]
    )
