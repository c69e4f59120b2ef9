"""What the weather was, as far as pages tell: timed sources by the hour, tickers by the day, stale tickers set aside.

A ticker states a day and no hour, may be hours old and is often a stopped copy (a whole vector shown again under another
date). So tickers never make an hourly value, and what they say of a day is a range of sightings, not a mean.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from newsharvest import load

VECTOR_MIN = 5
"""Fewer values than this may be equal by chance: a vector is compared from five values on."""
FEED_PERIOD = pd.Timedelta(hours=1)
"""The ticker feed is hourly: the same vector on another outlet within an hour is the same hour, not a stale copy."""
_COLUMNS = ("bulletin_id", "source", "observed_at", "displayed_date", "stn_id", "station", "temperature_c", "sky", "qc")
_BAD = ("erroneous", "missing")
HOUR, DAY = "hour", "day"


def stale_of(bulletins: pd.DataFrame, observations: pd.DataFrame) -> pd.Series[str]:
    """For each bulletin (by index of ``bulletins``) the earlier bulletin whose vector it repeats, else null.

    Compared are untimed bulletins with at least five values: station, sky and temperature of every entry in order. A
    repeat is one under another displayed date, or on another outlet at least an hour after the first sighting.
    """
    vectors = _vectors(observations)
    rows = bulletins[["bulletin_id", "source", "observed_at", "displayed_date", "first_seen_at"]].to_dict("records")
    untimed = [row for row in rows if pd.isna(row["observed_at"]) and row["bulletin_id"] in vectors]
    first: dict[str, dict[Hashable, Any]] = {}
    found: dict[str, str] = {}
    for row in sorted(untimed, key=_by_time):
        earliest = first.setdefault(vectors[row["bulletin_id"]], row)
        if earliest is not row and _repeats(earliest, row):
            found[row["bulletin_id"]] = earliest["bulletin_id"]
    return bulletins["bulletin_id"].map(found).astype("str")


def _by_time(row: dict[Hashable, Any]) -> tuple[bool, Any, bool, Any, str]:
    """By displayed date, then first sighting; what is not known comes last."""
    day, seen = row["displayed_date"], row["first_seen_at"]
    return pd.isna(day), str(day), pd.isna(seen), str(seen), row["bulletin_id"]


def _vectors(observations: pd.DataFrame) -> dict[str, str]:
    ordered = observations.sort_values(["bulletin_id", "position"])
    names = ordered["station_raw"].fillna("") + "|" + ordered["sky_raw"].fillna("")
    entries = names + "|" + ordered["temperature_c"].map(repr)
    valued = ordered["temperature_c"].notna().groupby(ordered["bulletin_id"]).sum().to_dict()
    joined = entries.groupby(ordered["bulletin_id"]).agg(";".join)
    return {str(name): str(vector) for name, vector in joined.items() if valued[name] >= VECTOR_MIN}


def _repeats(first: dict[Hashable, Any], row: dict[Hashable, Any]) -> bool:
    if row["displayed_date"] != first["displayed_date"] and not (
        pd.isna(row["displayed_date"]) or pd.isna(first["displayed_date"])
    ):
        return True
    later = row["first_seen_at"] - first["first_seen_at"]
    return bool(row["source"] != first["source"] and not pd.isna(later) and later >= FEED_PERIOD)


def bulletins(
    sources: str | Iterable[str] | None = None,
    columns: list[str] | None = None,
    data_dir: str | Path | None = None,
    engine: str = "pandas",
) -> Any:  # noqa: ANN401 - the engine's table
    """One row per ticker, table or feed document; with pandas also ``stale`` and ``stale_of`` (see `stale_of`)."""
    wanted = [c for c in columns if c not in ("stale", "stale_of")] if columns else None
    if engine != "pandas" or (columns and wanted == columns):
        return load.bulletins(sources, wanted, data_dir, engine)
    whole = load.bulletins(None, None, data_dir)
    entries = ["bulletin_id", "position", "station_raw", "sky_raw", "temperature_c"]
    whole["stale_of"] = stale_of(whole, load.observations(columns=entries, data_dir=data_dir))
    whole["stale"] = whole["stale_of"].notna()
    if sources is not None:
        names = [sources] if isinstance(sources, str) else list(sources)
        whole = whole[whole["source"].isin(names)].reset_index(drop=True)
    return whole[columns] if columns else whole


def weather(
    stations: int | str | Iterable[int | str] | None = None,
    since: load.When | None = None,
    until: load.When | None = None,
    resolution: str | None = None,
    data_dir: str | Path | None = None,
) -> pd.DataFrame:
    """What the sources agree on, one row per station and time.

    ``resolution`` hour: from timed sources; temperature_c is their median. Day: from tickers; temperature_c is null, and
    temperature_min_c and temperature_max_c are the range of what was shown that day: no daily mean, as ``daily_mean`` says.
    ``n`` counts values, ``n_sources`` sources, ``n_excluded`` values that quality control found erroneous. Stale bulletins
    count in neither. Without ``resolution`` both, told apart by that column.
    """
    if resolution not in (None, HOUR, DAY):
        raise ValueError(f"resolution {resolution!r}: {HOUR} or {DAY}")
    readings = load.observations(stations, since, until, columns=list(_COLUMNS), data_dir=data_dir)
    known = bulletins(data_dir=data_dir)
    stale = set(known.loc[known["stale"], "bulletin_id"])
    usable = readings[readings["stn_id"].notna() & ~readings["bulletin_id"].isin(stale)]
    timed = usable["observed_at"].notna()
    frames = []
    if resolution in (None, HOUR):
        frames.append(_grouped(usable[timed].assign(time=usable["observed_at"]), HOUR))
    if resolution in (None, DAY):
        days = pd.to_datetime(usable["displayed_date"]).astype("datetime64[ms]").dt.tz_localize("Asia/Seoul")
        frames.append(_grouped(usable[~timed].assign(time=days), DAY))
    joined = pd.concat(frames, ignore_index=True)
    return joined.sort_values(["stn_id", "time", "resolution"], ignore_index=True)


def _grouped(readings: pd.DataFrame, resolution: str) -> pd.DataFrame:
    """One row per station and time; the values that were found erroneous are only counted."""
    bad = readings["qc"].isin(_BAD) | readings["temperature_c"].isna()
    excluded = readings["qc"].eq("erroneous")
    keys = ["stn_id", "station", "time"]
    good = readings[~bad].groupby(keys, as_index=False, dropna=True)
    frame = good.agg(
        temperature_c=("temperature_c", "median"),
        temperature_min_c=("temperature_c", "min"),
        temperature_max_c=("temperature_c", "max"),
        n=("temperature_c", "size"),
        n_sources=("source", "nunique"),
    )
    counts = readings[excluded].groupby(keys, as_index=False).agg(n_excluded=("bulletin_id", "size"))
    frame = frame.merge(counts, on=keys, how="outer")
    for column in ("n", "n_sources", "n_excluded"):
        frame[column] = frame[column].fillna(0).astype("Int64")
    if resolution == DAY:
        frame["temperature_c"] = pd.Series(float("nan"), index=frame.index)
    frame.insert(3, "resolution", resolution)
    frame["daily_mean"] = False
    return frame
