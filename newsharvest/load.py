"""The notebook API: datasets as typed data frames, filtered where they lie.

Reads plain Parquet; imports neither Scrapy nor anything that writes. The data dir is the argument, else
``NEWSHARVEST_DATA``, else the nearest ``data/datasets`` upwards from the working directory; the frame's
``attrs["data_dir"]`` says which it was.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest import reference
from newsharvest.files import KST
from newsharvest.schema import DATASETS

When = str | date | datetime
ENGINES = ("pandas", "arrow", "polars", "duckdb")


class NoDataError(FileNotFoundError):
    """There is no such dataset yet; the message says how to get one."""


def articles(
    outlets: str | Iterable[str] | None = None,
    since: When | None = None,
    until: When | None = None,
    columns: Sequence[str] | None = None,
    text: str | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Articles, newest revision each; ``since`` ≤ published_at < ``until`` (a date means its midnight in Korea).

    ``text`` keeps those whose title or body contains it. Articles without a publication time are left out as soon as
    ``since`` or ``until`` is given. ValueError for an unknown column or outlet.
    """
    mask = _all(
        _in("outlet_id", _strings(outlets)),
        _between("published_at", since, until),
        _contains(("title", "body"), text),
    )
    return _load("articles", mask, columns, data_dir, engine)


def revisions(
    outlets: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """Every distinct version of each article that was seen."""
    return _load("revisions", _in("outlet_id", _strings(outlets)), columns, data_dir, engine)


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
    mask = _all(_station(stations), _observed(since, until), _in("qc", _strings(qc)))
    return _load("observations", mask, columns, data_dir, engine)


def bulletins(
    sources: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """One row per ticker, table or feed document."""
    return _load("bulletins", _in("source", _strings(sources)), columns, data_dir, engine)


def forecasts(
    sources: str | Iterable[str] | None = None,
    columns: Sequence[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """One row per location and time of a KMA forecast."""
    return _load("forecasts", _in("source", _strings(sources)), columns, data_dir, engine)


def rejects(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """What could not be parsed, with the reason and the raw."""
    return _load("rejects", None, columns, data_dir, engine)


def fetches(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """One outcome per request."""
    return _load("fetches", None, columns, data_dir, engine)


def runs(columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """What ran, and how it ended."""
    return _load("runs", None, columns, data_dir, engine)


def outlet_runs(
    columns: Sequence[str] | None = None, data_dir: str | Path | None = None, engine: str = "pandas"
) -> Any:  # noqa: ANN401 - the engine's table
    """What every crawl found of every outlet, and which expectations it broke."""
    return _load("outlet_runs", None, columns, data_dir, engine)


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
        raise NoDataError(f"no articles in {root} yet: {_HOW}")
    bounds = [None if when is None else moment(when) for when in (since, until)]
    return _as(of_datasets(root / "datasets", _strings(outlets), *bounds), engine)


def stations(engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The station table; needs no data dir."""
    return _as(_plain_table(reference.stations().values()), engine)


def outlets(engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The registry of outlets; needs no data dir."""
    return _as(_plain_table(reference.outlets().values()), engine)


def find_data_dir(data_dir: str | Path | None = None) -> Path:
    """The data dir in force; NoDataError where there is none."""
    stated = data_dir or os.environ.get("NEWSHARVEST_DATA")
    if stated:
        return Path(stated)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "datasets").is_dir():
            return folder / "data"
    raise NoDataError(f"no data/datasets in {here} or above it: {_HOW}")


_HOW = "run `newsharvest demo`, or name a data dir by data_dir=… or NEWSHARVEST_DATA"


def _load(
    name: str, mask: ds.Expression | None, columns: Sequence[str] | None, data_dir: str | Path | None, engine: str
) -> Any:  # noqa: ANN401 - the engine's table
    root = find_data_dir(data_dir)
    folder = root / "datasets" / name
    _check_columns(name, columns)
    if not folder.is_dir():
        raise NoDataError(f"no {name} in {root} yet: {_HOW}")
    dataset = DATASETS[name]
    fields = list(dataset.schema)
    partitioning = None
    if any(folder.glob("*=*")):
        hive = dataset.hive or "month"
        partitioning = ds.partitioning(pa.schema([pa.field(hive, pa.string())]), flavor="hive")
        fields.append(pa.field(hive, pa.string()))
    found = ds.dataset(folder, schema=pa.schema(fields), format="parquet", partitioning=partitioning)
    chosen = list(columns) if columns is not None else _column_order(name, [f.name for f in fields])
    frame = _as(found.to_table(columns=chosen, filter=mask), engine)
    if engine == "pandas":
        frame.attrs["data_dir"] = str(root)
    return frame


def _column_order(name: str, present: list[str]) -> list[str]:
    """The schema's order; the folder's month, which only repeats a date, is left out."""
    return [column.name for column in DATASETS[name].columns if column.name in present]


def _check_columns(name: str, columns: Sequence[str] | None) -> None:
    known = [column.name for column in DATASETS[name].columns]
    for column in columns or ():
        if column not in known:
            near = difflib.get_close_matches(column, known, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known)}"
            raise ValueError(f"{name} has no column {column!r}{hint}")


def _all(*masks: ds.Expression | None) -> ds.Expression | None:
    total: ds.Expression | None = None
    for mask in masks:
        if mask is not None:
            total = mask if total is None else total & mask
    return total


def _in(column: str, values: list[str] | None) -> ds.Expression | None:
    return None if values is None else ds.field(column).isin(pa.array(values, pa.string()))


def _strings(values: str | Iterable[str] | None) -> list[str] | None:
    if values is None:
        return None
    return [values] if isinstance(values, str) else list(values)


def _station(stations: int | str | Iterable[int | str] | None) -> ds.Expression | None:
    if stations is None:
        return None
    wanted = [stations] if isinstance(stations, int | str) else list(stations)
    numbers = [value for value in wanted if isinstance(value, int)]
    names = [value for value in wanted if isinstance(value, str)]
    return ds.field("stn_id").isin(pa.array(numbers, pa.int32())) | ds.field("station").isin(
        pa.array(names, pa.string())
    )


def moment(when: When) -> datetime:
    """A time in Korea: a date is its midnight, a naive time is taken as Korean.

    >>> moment("2026-03-01").isoformat()
    '2026-03-01T00:00:00+09:00'
    """
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if not isinstance(when, datetime):
        when = datetime.combine(when, time())
    return when.replace(tzinfo=KST) if when.tzinfo is None else when.astimezone(KST)


def _between(column: str, since: When | None, until: When | None) -> ds.Expression | None:
    field = ds.field(column)
    low = None if since is None else field >= pa.scalar(moment(since), pa.timestamp("ms", "Asia/Seoul"))
    high = None if until is None else field < pa.scalar(moment(until), pa.timestamp("ms", "Asia/Seoul"))
    return _all(low, high)


def _observed(since: When | None, until: When | None) -> ds.Expression | None:
    hour = _between("observed_at", since, until)
    if hour is None:
        return None
    day, untimed = ds.field("displayed_date"), ds.field("observed_at").is_null()
    low = None if since is None else day >= pa.scalar(moment(since).date())
    high = None if until is None else day < pa.scalar(moment(until).date())
    return hour | _all(untimed, low, high)


def _contains(columns: tuple[str, ...], text: str | None) -> ds.Expression | None:
    if text is None:
        return None
    found = [pc.match_substring(ds.field(column), text) for column in columns]
    return found[0] | found[1]


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


def _as(table: pa.Table, engine: str) -> Any:  # noqa: ANN401 - the engine's table
    if engine not in _ENGINES:
        raise ValueError(f"engine {engine!r}: one of {', '.join(ENGINES)}")
    return _ENGINES[engine](table)


def _pandas(table: pa.Table) -> Any:  # noqa: ANN401 - a DataFrame
    """Strings backed by Arrow, dates as datetime64, nullable integers and booleans, lists as lists."""
    import pandas as pd

    mapper = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame = table.to_pandas(types_mapper=mapper.get, date_as_object=False)
    for field in table.schema:
        if pa.types.is_list(field.type) or pa.types.is_map(field.type):
            plain: Callable[[Any], Any] = dict if pa.types.is_map(field.type) else list
            frame[field.name] = [None if value is None else plain(value) for value in frame[field.name]]
    return frame


def _arrow(table: pa.Table) -> pa.Table:
    return table


def _polars(table: pa.Table) -> Any:  # noqa: ANN401 - a polars DataFrame
    import polars

    return polars.from_arrow(table)


def _duckdb(table: pa.Table) -> Any:  # noqa: ANN401 - a DuckDB relation
    import duckdb

    return duckdb.from_arrow(table)


_ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": _pandas,
    "arrow": _arrow,
    "polars": _polars,
    "duckdb": _duckdb,
}
