"""The spatial check: a temperature against what its nearest stations say of its place."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from newsharvest.reference import stations

GOOD, DOUBTFUL, ERRONEOUS, NOT_CHECKED, MISSING = "good", "doubtful", "erroneous", "not checked", "missing"
NEIGHBOURS = 6
DOUBTFUL_K, ERRONEOUS_K = 7.0, 12.0


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
        if value is not None and stn_id is not None and stn_id in _placed():
            places.setdefault(stn_id, place)
    if len(places) <= NEIGHBOURS:
        return verdicts
    from pipelines.distances import deviations  # numpy takes 12 MB, and few pages have a list of their own to check

    off = deviations(tuple(places), [values[place] for place in places.values()])
    for place, kelvin in zip(places.values(), off, strict=True):
        verdicts[place] = NOT_CHECKED if kelvin is None else _verdict(kelvin)
    return verdicts


def _verdict(kelvin: float) -> str:
    return ERRONEOUS if kelvin > ERRONEOUS_K else DOUBTFUL if kelvin > DOUBTFUL_K else GOOD


@functools.cache
def _placed() -> frozenset[int]:
    """The stations whose latitude, longitude and altitude are known."""
    return frozenset(s.stn_id for s in stations().values() if None not in {s.lat, s.lon, s.altitude_m})
