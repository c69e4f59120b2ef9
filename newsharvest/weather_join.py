"""Articles with the weather: of each, the observation nearest in place and time, and how near it is."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from newsharvest import load, reference, region_codes

HOUR, DAY = "hour", "day"
BY_REGIONS, BY_OUTLET = "regions", "outlet"
_EARTH_KM = 6371.0088
_BAD = ("erroneous", "missing")
_NOON = pd.Timedelta(hours=12)
_TAKEN = ["stn_id", "station", "observed_at", "displayed_date", "temperature_c", "sky", "source", "bulletin_id"]
_ADDED = ["place_code", "place_basis", *_TAKEN, "time_basis", "time_gap_min", "distance_km", "elevation_difference_m"]
Floats = npt.NDArray[np.float64]


def join_weather(
    articles: pd.DataFrame,
    how: str = "nearest",
    observations: pd.DataFrame | None = None,
    max_km: float = 50.0,
    max_gap: str | pd.Timedelta = "3h",
    data_dir: str | Path | None = None,
) -> pd.DataFrame:
    """A copy of ``articles`` with the observation nearest in place and time; order and index stay, nothing is interpolated.

    ``articles`` needs outlet_id, published_at, published_at_precision and regions. Added columns:

    - ``place_code``, ``place_basis``: the region that the article names most often, a 시군구 before a 시도 (``regions``), else
      the home of its outlet (``outlet``), else null;
    - ``stn_id`` … ``bulletin_id``: the observation. Of the stations within ``max_km`` of the region's middle the nearest
      that observed within ``max_gap`` of the publication; null where none did. Erroneous and missing values are no observation;
    - ``time_basis``: ``hour``, or ``day`` where either side states only a day: then it is an observation of that day (a
      ticker's, else the one nearest noon) and ``time_gap_min`` is null;
    - ``time_gap_min``: observation minus publication, in minutes;
    - ``distance_km``: from the region's middle to the station;
    - ``elevation_difference_m``: the station's altitude minus that of the ASOS station within the region; null where the region has none.

    ``observations`` default to those of the articles' data dir. ValueError for another ``how`` or a missing column.

    >>> # nh.join_weather(nh.articles(region="강원"))[["title", "station", "temperature_c", "distance_km", "time_gap_min"]]
    """
    _check(articles, how)
    if observations is None:
        observations = _observations(articles, data_dir)
    readings = _usable(observations)
    wanted = _wanted(articles)
    found = _rounds(wanted, readings, max_km, pd.Timedelta(max_gap))
    return pd.concat([articles, found[_ADDED].set_axis(articles.index)], axis=1)


def _check(articles: pd.DataFrame, how: str) -> None:
    if how != "nearest":
        raise ValueError(f"how={how!r}: only 'nearest', the one observation that is nearest in place and time")
    missing = {"outlet_id", "published_at", "published_at_precision", "regions"} - set(articles.columns)
    if missing:
        raise ValueError(f"articles lack the columns {', '.join(sorted(missing))}")
    if clash := set(_ADDED) & set(articles.columns):
        raise ValueError(f"articles already have {', '.join(sorted(clash))}: join once")


def _observations(articles: pd.DataFrame, data_dir: str | Path | None) -> pd.DataFrame:
    moments = articles["published_at"].dropna()
    day = pd.Timedelta(days=1)
    window = {} if moments.empty else {"since": moments.min() - day, "until": moments.max() + day}
    columns = [*_TAKEN, "qc"]
    where = data_dir or articles.attrs.get("data_dir")
    frame: pd.DataFrame = load.observations(columns=columns, data_dir=where, **window)
    return frame


@dataclass(frozen=True, slots=True)
class _Readings:
    """What may be joined, made ready once."""

    timed: pd.DataFrame
    """In the order of time."""
    tickers: pd.DataFrame
    """One a station and day, of what states no hour."""
    days: pd.DataFrame
    """One a station and day: a ticker's, else the one nearest noon."""

    @property
    def stations(self) -> set[int]:
        return set(self.timed["stn_id"]) | set(self.tickers["stn_id"])


def _usable(observations: pd.DataFrame) -> _Readings:
    good = observations["stn_id"].notna() & observations["temperature_c"].notna() & ~observations["qc"].isin(_BAD)
    readings = observations.loc[good, _TAKEN].copy()
    readings["stn_id"] = readings["stn_id"].astype("int64")
    hours = readings["observed_at"].dt.tz_convert("Asia/Seoul").dt.tz_localize(None).astype("datetime64[ms]")
    readings["_at"] = hours
    readings["_day"] = hours.dt.normalize().fillna(readings["displayed_date"].astype("datetime64[ms]"))
    readings["_noon"] = ((hours - readings["_day"] - _NOON).abs() / _NOON).fillna(-1.0)
    readings = readings.sort_values(["_noon", "bulletin_id"], kind="stable")
    dated = readings[readings["_day"].notna()]
    tickers = dated[dated["_at"].isna()]
    key = ["stn_id", "_day"]
    timed = readings[readings["_at"].notna()].sort_values(["_at", "bulletin_id"], kind="stable")
    return _Readings(timed, tickers.drop_duplicates(key), dated.drop_duplicates(key))


def _wanted(articles: pd.DataFrame) -> pd.DataFrame:
    """One row an article, in order: where and when."""
    moments = articles["published_at"].dt.tz_convert("Asia/Seoul").dt.tz_localize(None).astype("datetime64[ms]")
    places = [_place(tags) for tags in articles["regions"]]
    homes = [_home(outlet_id) for outlet_id in articles["outlet_id"]]
    wanted = pd.DataFrame(
        {"_when": moments.to_numpy(), "_exact": (articles["published_at_precision"] != DAY).to_numpy()}
    )
    wanted["place_code"] = pd.array([a or b for a, b in zip(places, homes, strict=True)], dtype="str")
    basis = [BY_REGIONS if a else BY_OUTLET if b else None for a, b in zip(places, homes, strict=True)]
    wanted["place_basis"] = pd.array(basis, dtype="str")
    return wanted


def _place(tags: Sequence[dict[str, Any]]) -> str | None:
    """The region that is named most often, a 시군구 before a 시도, the first of equals."""
    sure = [tag for tag in tags if tag["code"] is not None]
    best = max(sure, key=lambda tag: (len(tag["code"]) > 2, tag["count"]), default=None)
    return None if best is None else str(best["code"])


@functools.cache
def _home(outlet_id: str) -> str | None:
    outlet = reference.outlets().get(outlet_id)
    return outlet.region_code if outlet else None


def _rounds(wanted: pd.DataFrame, readings: _Readings, max_km: float, max_gap: pd.Timedelta) -> pd.DataFrame:
    """Each article's nearest station first; those that find nothing there ask the next one: by the hour, then by the day."""
    stations = np.array(sorted(_known() & readings.stations), dtype=np.int64)
    found = wanted.assign(**{name: pd.Series(dtype=readings.timed[name].dtype) for name in _TAKEN})
    found = found.assign(time_basis=pd.array([None] * len(found), dtype="str"), distance_km=np.nan)
    codes = sorted(set(wanted["place_code"].dropna()))
    order, distances = _nearest(codes, stations)
    row_of = wanted["place_code"].map({code: row for row, code in enumerate(codes)})
    askable = row_of.notna() & wanted["_when"].notna()
    for basis in (HOUR, DAY):
        for turn in range(len(stations)):
            open_ = np.flatnonzero(askable & found["stn_id"].isna() & (wanted["_exact"] | (basis == DAY)))
            rows = row_of.iloc[open_].to_numpy(dtype=np.int64)
            near = distances[rows, turn] <= max_km
            if not near.any():
                break
            open_, rows = open_[near], rows[near]
            _ask(found, open_, stations[order[rows, turn]], distances[rows, turn], readings, basis, max_gap)
    return _measured(found)


def _ask(
    found: pd.DataFrame,
    places: npt.NDArray[np.int64],
    stations: npt.NDArray[np.int64],
    distances: Floats,
    readings: _Readings,
    basis: str,
    max_gap: pd.Timedelta,
) -> None:
    """One station for each of some articles: what it observed then is written into ``found``."""
    asked = pd.DataFrame({"_when": found["_when"].iloc[places].to_numpy(), "stn_id": stations, "_row": places})
    asked["distance_km"] = distances
    asked["_exact"] = found["_exact"].iloc[places].to_numpy()
    answers = _by_hour(asked, readings, max_gap) if basis == HOUR else _by_day(asked, readings)
    answers = answers[answers["temperature_c"].notna()]
    rows = answers["_row"].to_numpy()
    for name in (*_TAKEN, "distance_km"):
        found.loc[found.index[rows], name] = answers[name].to_numpy() if name == "stn_id" else answers[name].array
    found.loc[found.index[rows], "time_basis"] = basis


def _by_hour(asked: pd.DataFrame, readings: _Readings, max_gap: pd.Timedelta) -> pd.DataFrame:
    return pd.merge_asof(
        asked.sort_values("_when", kind="stable"), readings.timed,
        left_on="_when", right_on="_at", by="stn_id", direction="nearest", tolerance=max_gap,
    )  # fmt: skip


def _by_day(asked: pd.DataFrame, readings: _Readings) -> pd.DataFrame:
    """For an article of a day any reading of the day; one that knows its minute takes no hour outside the gap."""
    asked = asked.assign(_day=asked["_when"].dt.normalize())
    parts = ((asked[asked["_exact"]], readings.tickers), (asked[~asked["_exact"]], readings.days))
    return pd.concat([part.merge(days, on=["stn_id", "_day"], how="inner") for part, days in parts])


def _measured(found: pd.DataFrame) -> pd.DataFrame:
    gap = found["observed_at"].dt.tz_convert("Asia/Seoul").dt.tz_localize(None) - found["_when"]
    found["time_gap_min"] = (gap / pd.Timedelta(minutes=1)).where(found["time_basis"] == HOUR)
    altitudes = {number: station.altitude_m for number, station in reference.stations().items()}
    there = found["stn_id"].map(altitudes).astype("float64")
    found["elevation_difference_m"] = there - found["place_code"].map(_altitudes()).astype("float64")
    found["stn_id"] = found["stn_id"].astype("Int32")
    return found


@functools.cache
def _known() -> frozenset[int]:
    return frozenset(s.stn_id for s in reference.stations().values() if s.lat is not None)


@functools.cache
def _altitudes() -> dict[str, float]:
    """Altitude of the ASOS station within a 시군구, by every code of it; the lowest number where there are two."""
    found: dict[str, float] = {}
    for station in sorted(reference.stations().values(), key=lambda s: s.stn_id):
        if station.network == reference.ASOS and station.altitude_m is not None:
            for code in {station.sig_code, station.sig_code_2025} - {None}:
                found.setdefault(str(code), station.altitude_m)
    return found


def _nearest(codes: Sequence[str], stations: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats]:
    """For each code the stations by distance (equal ones by number), and these distances in km."""
    table = reference.stations()
    here = np.radians([[region_codes.regions()[c].lat, region_codes.regions()[c].lon] for c in codes]).reshape(-1, 1, 2)
    there = np.radians([[table[int(s)].lat or 0.0, table[int(s)].lon or 0.0] for s in stations]).reshape(1, -1, 2)
    half = np.sin((here - there) / 2) ** 2
    chord = half[..., 0] + np.cos(here[..., 0]) * np.cos(there[..., 0]) * half[..., 1]
    km = 2 * _EARTH_KM * np.arcsin(np.sqrt(chord))
    order = np.argsort(km, axis=1, kind="stable")
    return order, np.take_along_axis(km, order, axis=1)
