"""What KMA's pages of the demo mean: the expected columns of every row. Columns that are not listed are null.

Read off the same values that the pages print; see `newsharvest.demo.truth` for the conventions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsharvest.demo import kma
from newsharvest.demo.kma import (
    CALM,
    HOUR,
    MIDTERM_HOUR,
    OLD_HOUR,
    PLACES,
    POINTS,
    SHORT_HOUR,
    SHORT_PLACE,
    Outlook,
    Station,
)
from newsharvest.demo.papers import at, date_of

Value = float | int | str | bool | None
TABLE, FEED, MIDTERM, SHORT = "kma_table", "kma_feed", "kma_midterm", "kma_short"
_TWICE = frozenset({"광주"})
_REMARKS = {177: "홍성(예)"}
"""The old table still prints the type of that station."""


@dataclass(frozen=True, slots=True)
class TrueObservation:
    """The expected row of one station: source, hour, place on the page, and the other columns by name."""

    source_id: str
    observed_at: datetime
    position: int
    columns: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class TrueForecast:
    """The expected row of one place and time."""

    source_id: str
    issued_at: datetime
    location: str
    valid_at: datetime
    columns: Mapping[str, Value]


def kma_observations(day: int) -> list[TrueObservation]:
    """What the two tables and the hourly feed show on a day.

    >>> len(kma_observations(1)), kma_observations(1)[0].observed_at.isoformat()
    (289, '2026-03-02T09:00:00+09:00')
    """
    return [
        *(_observation(TABLE, at(day, OLD_HOUR), n, s, _old(s)) for n, s in enumerate(old_rows(day), 1)),
        *(_observation(TABLE, at(day, HOUR), n, s, _new(s)) for n, s in enumerate(new_rows(day), 1)),
        *(_observation(FEED, at(day, HOUR), n, s, _fed(s)) for n, s in enumerate(kma.stations(day, HOUR), 1)),
    ]


def old_rows(day: int) -> list[Station]:
    """The old table's stations in its order: not by number."""
    rows = [s for s in kma.stations(day, OLD_HOUR) if s.stn_id not in kma.OLDER_TABLE_LACKS]
    return sorted(rows, key=lambda s: (s.stn_id % 7, s.stn_id))


def new_rows(day: int) -> list[Station]:
    """The new table's stations: by name."""
    return sorted(kma.stations(day, HOUR), key=lambda s: s.name)


def old_name(station: Station) -> str:
    """The name as the old table prints it."""
    return _REMARKS.get(station.stn_id, station.name)


def fed_word(station: Station) -> str:
    """The feed's word for the sky: ``-`` for none, and for what was an hour ago."""
    if station.sky is None or station.sky[1].endswith("끝"):
        return "-"
    return station.sky[1]


def _observation(
    source_id: str, hour: datetime, position: int, s: Station, columns: dict[str, Value]
) -> TrueObservation:
    known: dict[str, Value] = {
        "stn_id": s.stn_id,
        "station": s.name,
        "station_match": "named",
        "temperature_c": s.temperature,
        "temperature_raw": None if s.temperature is None else f"{s.temperature:.1f}",
    }
    return TrueObservation(source_id, hour, position, {n: v for n, v in (known | columns).items() if v is not None})


def _old(s: Station) -> dict[str, Value]:
    return {
        "station_raw": old_name(s),
        "sky_raw": s.sky[0] if s.sky else "",
        "sky": s.sky[1] if s.sky else None,
        "visibility_km": s.visibility,
        "visibility_or_more": None if s.visibility is None else s.visibility == 20.0,
        "cloud_tenths": s.cloud,
        "low_cloud_tenths": s.low_cloud,
        "dew_point_c": s.dew_point,
        "precipitation_day_mm": s.rain_day,
        "humidity_pct": s.humidity,
        "wind_direction": None if s.wind is None else "calm" if s.wind == CALM else POINTS[s.wind],
        "wind_speed_ms": s.speed,
        "sea_level_pressure_hpa": s.pressure,
    }


def _new(s: Station) -> dict[str, Value]:
    return _old(s) | {"station_raw": s.name, "apparent_temperature_c": s.apparent}


def _fed(s: Station) -> dict[str, Value]:
    word = fed_word(s)
    return {
        "station_raw": s.name,
        "sky_raw": word,
        "sky": None if word == "-" else word,
        "precipitation_1h_mm": s.rain_hour,
    }


def kma_forecasts(day: int) -> list[TrueForecast]:
    """The mid-term forecast of every place and the short-term one, as issued on a day.

    >>> len(kma_forecasts(1)), kma_forecasts(1)[-1].valid_at.isoformat()
    (177, '2026-03-05T00:00:00+09:00')
    """
    places = ((province, city, outlook) for province, city in PLACES for outlook in kma.midterm(day, province, city))
    return [
        *(_midterm(day, province, city, outlook) for province, city, outlook in places),
        *(_short(day, outlook) for outlook in kma.short(day)),
    ]


def _midterm(day: int, province: str, city: str, outlook: Outlook) -> TrueForecast:
    on = date_of(day) + timedelta(days=outlook.day)
    columns: dict[str, Value] = {
        "valid_at_raw": f"{on:%Y-%m-%d} {outlook.hour:02d}:00",
        "province": province,
        "mode": outlook.mode,
        "reliability": outlook.reliability or None,
    }
    location = f"{city} ({province})" if city in _TWICE else city
    return _forecast(MIDTERM, at(day, MIDTERM_HOUR), location, day, outlook, columns)


def _short(day: int, outlook: Outlook) -> TrueForecast:
    columns: dict[str, Value] = {
        "valid_at_raw": f"{outlook.day} {outlook.hour}",
        "temperature_c": outlook.temperature,
        "precipitation_12h_mm": outlook.rain_12h,
        "snow_12h_cm": outlook.snow_12h,
        "precipitation_6h_mm": outlook.rain_6h,
        "snow_6h_cm": outlook.snow_6h,
        "humidity_pct": outlook.humidity,
        "wind_speed_ms": outlook.speed,
        "wind_direction": POINTS[outlook.wind] if outlook.wind else None,
    }
    return _forecast(SHORT, at(day, SHORT_HOUR), SHORT_PLACE, day, outlook, columns)


def _forecast(
    source_id: str, issued_at: datetime, location: str, day: int, outlook: Outlook, columns: dict[str, Value]
) -> TrueForecast:
    printed, meaning, falls = outlook.word
    known: dict[str, Value] = {
        "sky_raw": printed,
        "sky": meaning,
        "precipitation_type": falls,
        "precipitation_probability_pct": outlook.chance,
        "temperature_min_c": outlook.lowest,
        "temperature_max_c": outlook.highest,
    }
    valid_at = at(day + outlook.day, 0) + timedelta(hours=outlook.hour)
    return TrueForecast(
        source_id, issued_at, location, valid_at, {n: v for n, v in (known | columns).items() if v is not None}
    )
