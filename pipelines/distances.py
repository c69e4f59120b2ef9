"""How far stations are from each other, and how far their temperatures are from what their neighbours say."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from newsharvest.reference import stations
from pipelines.neighbours import NEIGHBOURS

FARTHEST_KM = 250.0
"""Six neighbours within this distance: 백령도 (206 km to its sixth) and 울릉도 (183) are checked in a full list, Jeju in one of
16 stations (301) is not. Our choice."""
LAPSE_K_PER_M = 0.0065
_EARTH_KM = 6371.0
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Table:
    """For stations in some order: where each one's neighbours stand in it, what altitude adds, whether they are enough."""

    places: npt.NDArray[np.intp]
    lift: Floats
    near: npt.NDArray[np.bool_]


def deviations(ids: tuple[int, ...], values: Sequence[float | None]) -> list[float | None]:
    """Kelvin between each value and the median of its 6 nearest, brought to its altitude; null where they are too far.

    More than 6 stations whose position is known, each with a value.
    """
    table, known = _neighbours(ids), np.array(values, dtype=np.float64)
    around = np.sort(known[table.places] + table.lift, axis=1)
    off = np.abs(known - (around[:, NEIGHBOURS // 2 - 1] + around[:, NEIGHBOURS // 2]) / 2)
    return [kelvin if near else None for kelvin, near in zip(off.tolist(), table.near.tolist(), strict=True)]


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
