"""350: the further quantities of KMA's tables, feeds and forecasts, each into the unit of its column."""

from __future__ import annotations

import functools
import re

from newsharvest.items import Forecast, Item, WeatherBulletin
from newsharvest.reference import lookups, squeezed
from pipelines.crawling import Counting
from pipelines.stations import canonical_sky
from pipelines.temperature import parse_celsius

Value = float | str | bool | None
OUT_OF_LIMITS, UNPARSED = "out_of_limits", "unparsed_value"
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")
_OR_MORE = re.compile(r"(\S+)\s*이상")
_SENTINELS = frozenset({-9.0, -99.0, -99.9, -999.0})
_WORDS = frozenset({"province", "mode", "reliability", "sky_raw"})
_TENTHS = frozenset({"cloud_tenths", "low_cloud_tenths"})
_POINTS = 16
_HUB = "hub"  # prints visibility in 10 m and directions in tens of degrees
_HUB_VISIBILITY_KM = 0.01


def clean(column: str, raw: str, form: str) -> tuple[dict[str, Value], str | None]:
    """The dataset's values of one printed quantity, and what was wrong with it.

    Null for a missing value: a dash, a blank, −9 and −99 where a negative value cannot be (dew points and temperatures go
    through `parse_celsius`). Null and ``out_of_limits`` for what cannot be at all. ``20 이상`` is 20 km and more.

    >>> clean("visibility_km", "20 이상", "table")
    ({'visibility_km': 20.0, 'visibility_or_more': True}, None)
    >>> clean("visibility_km", "2907", "hub"), clean("precipitation_day_mm", "-9.0", "hub")
    (({'visibility_km': 29.07, 'visibility_or_more': False}, None), ({'precipitation_day_mm': None}, None))
    """
    if column in _WORDS:
        return {column: raw or None}, None
    if column == "wind_direction":
        return _direction(raw, form)
    if column == "visibility_km":
        return _visibility(raw, form)
    value, wrong = _number(column, raw)
    return {column: value}, wrong


def _number(column: str, raw: str) -> tuple[float | None, str | None]:
    if column.endswith("_c"):
        parsed = parse_celsius(raw)
        value, wrong = parsed.value, UNPARSED if parsed.flag == "unparsed" else None
    else:
        value, wrong = _plain(raw)
    low, high = _limits()[column]
    if value is not None and not low <= value <= high:
        return None, OUT_OF_LIMITS
    return (int(value) if value is not None and column in _TENTHS else value), wrong


def _plain(raw: str) -> tuple[float | None, str | None]:
    if _NUMBER.fullmatch(raw):
        # The short-term forecast prints 0.6 as 0.6000000000000001.
        value = round(float(raw), 6)
        return (None if value in _SENTINELS else value), None
    return None, None if raw in _missing() else UNPARSED


def _visibility(raw: str, form: str) -> tuple[dict[str, Value], str | None]:
    more = _OR_MORE.fullmatch(raw)
    value, wrong = _number("visibility_km", _hub_km(raw) if form == _HUB else more.group(1) if more else raw)
    return {"visibility_km": value, "visibility_or_more": None if value is None else more is not None}, wrong


def _hub_km(raw: str) -> str:
    return str(float(raw) * _HUB_VISIBILITY_KM) if _NUMBER.fullmatch(raw) and float(raw) not in _SENTINELS else raw


def _direction(raw: str, form: str) -> tuple[dict[str, Value], str | None]:
    """A 16-point abbreviation, or calm for 정온 and the hub's 0."""
    known = lookups_of("wind")
    if form == _HUB and raw.isdecimal():
        tens = int(raw)
        point = "calm" if tens == 0 else list(known.values())[round(tens * 10 / (360 / _POINTS)) % _POINTS]
        return {"wind_direction": point if tens <= 36 else None}, None if tens <= 36 else OUT_OF_LIMITS
    word = squeezed(raw)
    found = known.get(word) or (word if word in known.values() else None)
    missing = word in _missing() or (form == _HUB and raw.startswith("-"))
    return {"wind_direction": found}, None if found or missing else UNPARSED


def forecast_sky(word: str | None) -> str | None:
    """The canonical word of a forecast's wording.

    >>> forecast_sky("구름많고 비/눈"), forecast_sky("구름 많음"), forecast_sky(None)
    ('비/눈', '구름많음', None)
    """
    return lookups_of("forecast_words").get(word or "") or canonical_sky(word)


@functools.cache
def lookups_of(name: str) -> dict[str, str]:
    """A table of ``[weather.<name>]``."""
    return dict(lookups("weather")[name])


@functools.cache
def _limits() -> dict[str, tuple[float, float]]:
    return {name: (float(low), float(high)) for name, (low, high) in lookups("weather")["limits"].items()}


@functools.cache
def _missing() -> frozenset[str]:
    return frozenset(["", *lookups("weather")["temperature"]["missing"]])


class QuantitiesPipeline(Counting):
    """Fills ``values`` of readings and forecasts from ``values_raw``."""

    def process_item(self, item: Item) -> Item:
        """A bulletin or forecast with clean values; every other item as it is."""
        match item:
            case WeatherBulletin():
                for reading in (r for r in item.readings if r.values_raw):
                    reading.values, wrong = self._cleaned(reading.values_raw, item.form)
                    item.flags += [flag for flag in wrong if flag not in item.flags]
            case Forecast():
                item.values, wrong = self._cleaned(item.values_raw, "rss")
                item.flags += wrong
                item.values["sky"] = sky = forecast_sky(item.values_raw.get("sky_raw"))
                item.values["precipitation_type"] = lookups_of("precipitation_types").get(sky or "")
        return item

    def _cleaned(self, raw: dict[str, str], form: str) -> tuple[dict[str, Value], list[str]]:
        values: dict[str, Value] = {}
        flags = []
        for column, printed in raw.items():
            found, wrong = clean(column, printed, form)
            values |= found
            if wrong:
                self._stats.inc_value(f"newsharvest/{column}/{wrong}")
                flags.append(f"{wrong}:{column}")
        return values, flags
