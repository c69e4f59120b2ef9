"""400: names become KMA stations, sky words canonical; nameless entries are solved by their neighbours, or not at all."""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date

from newsharvest.items import Item, Reading, WeatherBulletin
from newsharvest.reference import NAMED, sky_index, squeezed, station_names, stations
from pipelines.brackets import AMBIGUOUS, UNKNOWN, Resolved, fill_gaps
from pipelines.crawling import Counting

DUPLICATE, NOT_ASCENDING = "duplicate_station", "ids_not_ascending"
_BREAKS_SHARE = 0.1
_UNNAMED = Resolved(None, UNKNOWN)


def resolve(readings: Sequence[Reading], day: date | None) -> tuple[list[Resolved], list[str]]:
    """The station of every reading, and flags of the bulletin.

    A run of k nameless entries between two named ones, or between one and a table's end in the long form (60 entries and
    more), is named if exactly k ASOS stations of that day have ids in the gap and the named ids ascend; a list that is out
    of order at more than every tenth step solves nothing. A station that is listed twice with two values has neither.

    >>> readings = [Reading(1, "90", station_raw="속초"), Reading(2, "9.5℃"), Reading(3, "95", station_raw="철원")]
    >>> [r.stn_id for r in resolve(readings, None)[0]]
    [90, 93, 95]
    """
    found = [_by_itself(reading) for reading in readings]
    named = [r.stn_id for r in found if r.stn_id is not None]
    flags: list[str] = []
    if len(set(named)) < len(named) and _quarantine_duplicates(found, readings):
        flags.append(DUPLICATE)
        named = [r.stn_id for r in found if r.stn_id is not None]
    if any(reading.stn_id_raw for reading in readings):
        return found, flags
    breaks = sum(1 for left, right in itertools.pairwise(named) if left >= right)
    flags += [NOT_ASCENDING] if breaks else []
    if breaks <= _BREAKS_SHARE * len(named):
        fill_gaps(found, [reading.station_raw is None for reading in readings], day)
    return found, flags


@functools.lru_cache(maxsize=4096)
def canonical_sky(word: str | None) -> str | None:
    """The canonical word for the sky or the present weather; null where the word states none or is not known.

    >>> canonical_sky("약한 비 단속적"), canonical_sky("-"), canonical_sky("비끝남")
    ('비', None, '비끝')
    """
    entry = sky_index().get(squeezed(word)) if word else None
    return entry.canonical if entry else None


def _by_itself(reading: Reading) -> Resolved:
    """What the entry itself says."""
    if reading.stn_id_raw is not None:
        return _by_number(reading)
    named = _by_name(reading.station_raw)
    if named is _UNNAMED and reading.station_candidates:
        return Resolved(None, reading.station_match, tuple(reading.station_candidates))
    return named


@functools.lru_cache(maxsize=4096)
def _by_name(printed: str | None) -> Resolved:
    stn_id, match = station_names().get(squeezed(printed or ""), (None, UNKNOWN))
    return _UNNAMED if stn_id is None else Resolved(stn_id, match, (stn_id,))


def _by_number(reading: Reading) -> Resolved:
    """The number that the source states; a name beside it that is another station's makes the entry ambiguous."""
    text = (reading.stn_id_raw or "").strip()
    stn_id = int(text) if text.isascii() and text.isdecimal() else None
    if stn_id is None or stn_id not in stations():
        return Resolved(None, UNKNOWN)
    other, _ = station_names().get(squeezed(reading.station_raw or ""), (stn_id, NAMED))
    if other != stn_id and squeezed(reading.station_raw or "") != stations()[stn_id].name:
        return Resolved(None, AMBIGUOUS, tuple(sorted((stn_id, other))))
    return Resolved(stn_id, NAMED, (stn_id,))


def _quarantine_duplicates(found: list[Resolved], readings: Sequence[Reading]) -> bool:
    """Take the station from entries that give it different values; whether there were any."""
    places: dict[int, list[int]] = {}
    for place, resolved in enumerate(found):
        if resolved.stn_id is not None:
            places.setdefault(resolved.stn_id, []).append(place)
    doubled = [p for p in places.values() if len({readings[place].temperature_c for place in p}) > 1]
    for place in (place for group in doubled for place in group):
        found[place] = Resolved(None, AMBIGUOUS, found[place].candidates)
    return bool(doubled)


class StationsPipeline(Counting):
    """Fills stn_id, station, station_match, station_candidates and sky of every reading."""

    def process_item(self, item: Item) -> Item:
        """A bulletin with its stations; every other item as it is."""
        if not isinstance(item, WeatherBulletin):
            return item
        observed = item.observed_at.date() if item.observed_at else item.displayed_date
        found, flags = resolve(item.readings, observed)
        item.flags += [flag for flag in flags if flag not in item.flags]
        for reading, resolved in zip(item.readings, found, strict=True):
            _fill(reading, resolved)
        for match, count in Counter(resolved.match for resolved in found).items():
            self._stats.inc_value(f"newsharvest/station/{match}", count)
        if unknown := sum(1 for reading in item.readings if _is_unknown_sky(reading)):
            self._stats.inc_value("newsharvest/sky/unknown_word", unknown)
        return item


def _is_unknown_sky(reading: Reading) -> bool:
    return reading.sky is None and bool(reading.sky_raw) and squeezed(reading.sky_raw or "") not in sky_index()


def _fill(reading: Reading, resolved: Resolved) -> None:
    reading.stn_id, reading.station_match = resolved.stn_id, resolved.match
    reading.station = stations()[resolved.stn_id].name if resolved.stn_id is not None else None
    reading.station_candidates = list(resolved.candidates)
    reading.sky = canonical_sky(reading.sky_raw)
