"""The spatial check: a temperature against what its nearest stations say of its place."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newsharvest.reference import stations

GOOD, DOUBTFUL, ERRONEOUS, NOT_CHECKED, MISSING = "good", "doubtful", "erroneous", "not checked", "missing"
NEIGHBOURS = 6
FARTHEST_KM = 250.0
"""Six neighbours within this distance: 백령도 (206 km to its sixth) and 울릉도 (183) are checked in a full list, Jeju in one of
16 stations (301) is not. Our choice."""
LAPSE_K_PER_M = 0.0065
DOUBTFUL_K, ERRONEOUS_K = 7.0, 12.0
_EARTH_KM = 6371.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Table:
    """For stations in some order: where each one's neighbours stand in it, what altitude adds, whether they are enough."""

    places: npt.NDArray[np.intp]
    lift: Floats
    near: npt.NDArray[np.bool_]


def check_spatial(ids: Sequence[int | None], values: Sequence[float | None]) -> list[str]:
    """For each reading, how it compares with the median of its 6 nearest stations, brought to its altitude.

    More than 7 K off is doubtful, more than 12 K erroneous; ``not checked`` without a station, without its position, or
    without six neighbours within 250 km; ``missing`` without a value. Values outside the physical limits must come as
    null: they would be nobody's neighbours, and one of them is enough to mislead. A single bad neighbour misleads no median.

    >>> check_spatial([90, 93], [8.2, None])
    ['not checked', 'missing']
    """
    verdicts = [MISSING if value is None else NOT_CHECKED for value in values]
    places: dict[int, int] = {}
    for place, (stn_id, value) in enumerate(zip(ids, values, strict=True)):
        if value is not None and stn_id is not None and stn_id in _positions():
            places.setdefault(stn_id, place)
    if len(places) <= NEIGHBOURS:
        return verdicts
    table = _neighbours(tuple(places))
    known = np.array([values[place] for place in places.values()], dtype=np.float64)
    around = np.sort(known[table.places] + table.lift, axis=1)
    off = np.abs(known - (around[:, NEIGHBOURS // 2 - 1] + around[:, NEIGHBOURS // 2]) / 2)
    judged = np.where(off > ERRONEOUS_K, ERRONEOUS, np.where(off > DOUBTFUL_K, DOUBTFUL, GOOD))
    for place, near, verdict in zip(places.values(), table.near.tolist(), judged.tolist(), strict=True):
        verdicts[place] = verdict if near else NOT_CHECKED
    return verdicts


@functools.cache
def _positions() -> dict[int, tuple[float, float, float]]:
    """Latitude, longitude (radians) and altitude (m) of the stations that have all three."""
    return {
        s.stn_id: (float(np.radians(s.lat)), float(np.radians(s.lon)), s.altitude_m)
        for s in stations().values()
        if s.lat is not None and s.lon is not None and s.altitude_m is not None
    }


@functools.lru_cache(maxsize=512)
def _neighbours(ids: tuple[int, ...]) -> _Table:
    latitude, longitude, altitude = np.array([_positions()[i] for i in ids]).T
    distance = _distances(latitude, longitude)
    np.fill_diagonal(distance, np.inf)
    places = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
    farthest = np.take_along_axis(distance, places[:, -1:], axis=1)[:, 0]
    lift = LAPSE_K_PER_M * (altitude[places] - altitude[:, None])
    return _Table(places, lift, farthest <= FARTHEST_KM)


def _distances(latitude: Floats, longitude: Floats) -> Any:  # noqa: ANN401 - numpy's arithmetic is typed so
    """Great-circle distances in km, each from each."""
    north = np.sin((latitude[:, None] - latitude) / 2) ** 2
    east = np.sin((longitude[:, None] - longitude) / 2) ** 2
    chord = north + np.cos(latitude[:, None]) * np.cos(latitude) * east
    return 2 * _EARTH_KM * np.arcsin(np.sqrt(chord))
