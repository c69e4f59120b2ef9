"""The newest reading of every station, with what speaks against it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from newsharvest import load, reference
from newsharvest.consensus import stale_of

WINDOW = timedelta(days=7)
"""Older readings than this, counted from the newest of all, are not on the map."""
STALE_HOURS = 24.0
_COLUMNS = (
    "bulletin_id", "position", "source", "stn_id", "observed_at", "displayed_date", "station_raw", "sky_raw", "sky",
    "temperature_c", "qc", "station_match",
)  # fmt: skip


def latest_readings(data_dir: Path) -> list[dict[str, Any]]:
    """One row per station that has coordinates and a temperature; ordered by number.

    A ticker states no hour: its ``time`` is the day alone. ``stale``: the ticker repeats an earlier one, or the reading is
    more than a day older than the newest of all.
    """
    readings = _recent(data_dir)
    if readings.empty:
        return []
    newest = readings["at"].max()
    readings["age_hours"] = (newest - readings["at"]) / pd.Timedelta(hours=1)
    readings["stale"] = readings["repeat"] | (readings["age_hours"] > STALE_HOURS)
    order = readings.sort_values(["repeat", "at", "timed", "bulletin_id", "position"], ascending=[False, *[True] * 4])
    last = order.groupby("stn_id", as_index=False).tail(1).sort_values("stn_id")
    return [row for record in last.to_dict("records") if (row := _on_map(record)) is not None]


def _recent(data_dir: Path) -> pd.DataFrame:
    """Readings with station and temperature of the last days, with the time they are ordered by."""
    try:
        times = load.observations(columns=["observed_at", "displayed_date"], data_dir=data_dir)
        newest = _at(times).max()
        since = None if pd.isna(newest) else (newest - WINDOW).to_pydatetime()
        readings = load.observations(since=since, columns=list(_COLUMNS), data_dir=data_dir)
        bulletins = load.bulletins(data_dir=data_dir)
    except load.NoDataError:
        return pd.DataFrame()
    shown = bulletins[bulletins["bulletin_id"].isin(readings["bulletin_id"])]
    repeated = set(shown.loc[stale_of(shown, readings).notna(), "bulletin_id"])
    readings["at"], readings["timed"] = _at(readings), readings["observed_at"].notna()
    readings["repeat"] = readings["bulletin_id"].isin(repeated)
    usable = readings["stn_id"].notna() & readings["temperature_c"].notna() & readings["at"].notna()
    kept: pd.DataFrame = readings[usable].copy()
    return kept


def _at(readings: pd.DataFrame) -> pd.Series:
    """When a reading was made: its hour, else the midnight that begins the displayed day."""
    days = pd.to_datetime(readings["displayed_date"]).astype("datetime64[ms]").dt.tz_localize("Asia/Seoul")
    return readings["observed_at"].fillna(days)


def _on_map(record: dict[Any, Any]) -> dict[str, Any] | None:
    station = reference.stations().get(int(record["stn_id"]))
    if station is None or station.lat is None or station.lon is None:
        return None
    when = record["at"].isoformat(timespec="minutes") if record["timed"] else record["at"].date().isoformat()
    return {
        "stn_id": station.stn_id, "name": station.name, "name_en": station.name_en, "lat": station.lat, "lon": station.lon,
        "temperature_c": round(float(record["temperature_c"]), 1), "sky": _text(record["sky"]), "qc": _text(record["qc"]),
        "source": record["source"], "match": record["station_match"], "time": when,
        "age_hours": round(float(record["age_hours"]), 1), "stale": bool(record["stale"]),
    }  # fmt: skip


def _text(value: Any) -> str | None:  # noqa: ANN401 - a cell of a frame
    return None if pd.isna(value) else str(value)
