"""Checks over time, which need several hours of a station and so run on loaded observations, not in a pipeline.

Flags never delete or change a value. Tickers state no hour: for them both checks say "not checked".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

GOOD, DOUBTFUL, NOT_CHECKED, MISSING = "good", "doubtful", "not checked", "missing"
STEP_HOURS = (1.0, 2.0, 3.0, 6.0, 12.0)
STEP_K = (4.0, 7.0, 9.0, 15.0, 25.0)
"""WMO's time tolerance of temperature (1993, VI.21, as coded in dataresqc). A front passes them: doubtful, never erroneous."""
PERSISTENCE_HOURS = 12.0
PERSISTENCE_READINGS = 6
PERSISTENCE_GAP_HOURS = 3.0
"""Our choice: the same tenth of a degree for 12 hours, in at least 6 readings with no gap of more than 3 hours."""
_WORST_FIRST = (MISSING, "erroneous", DOUBTFUL, GOOD, NOT_CHECKED)
Floats = npt.NDArray[np.float64]


def checked(observations: pd.DataFrame) -> pd.DataFrame:
    """A copy with ``qc_step`` and ``qc_persistence``, and ``qc`` the worst of all checks; order and index stay.

    ``observations`` needs source, stn_id, observed_at, temperature_c and qc, as ``nh.observations()`` returns them. Each
    source is followed by itself: two sources of one hour are no step.

    >>> # nh.checked(nh.observations(stations=108)).query("qc_step == 'doubtful'")
    """
    found = observations.copy()
    found["qc_step"] = _by_series(observations, step_doubtful)
    found["qc_persistence"] = _by_series(observations, persistence_doubtful)
    ranks = pd.DataFrame({c: _ranks(found[c]) for c in ("qc", "qc_step", "qc_persistence")})
    found["qc"] = pd.Series([_WORST_FIRST[rank] for rank in ranks.min(axis=1)], found.index, dtype=found["qc"].dtype)
    return found


def step_doubtful(hours: Floats, values: Floats) -> list[str]:
    """For a station's ascending hours, whether each value differs from the one before by more than the time allows.

    ``not checked`` for the first and after a gap of more than 12 hours. A single spike makes two steps.

    >>> step_doubtful(np.array([0.0, 1.0, 2.0]), np.array([10.0, 14.1, 14.0]))
    ['not checked', 'doubtful', 'good']
    """
    passed, change = np.diff(hours), np.abs(np.diff(values))
    limits = np.array([*STEP_K, np.inf])[np.searchsorted(np.array(STEP_HOURS), passed)]
    # 14.1 - 10.1 is 4.000000000000001: tenths are compared as tenths.
    words = np.where(np.round(change, 6) > limits, DOUBTFUL, GOOD)
    return [NOT_CHECKED, *np.where(np.isinf(limits), NOT_CHECKED, words).tolist()][: len(values)]


def persistence_doubtful(hours: Floats, values: Floats) -> list[str]:
    """For a station's ascending hours, whether each value belongs to a run of equal ones that is too long to be weather.

    ``not checked`` where no neighbour in time is near enough to tell.

    >>> set(persistence_doubtful(np.arange(13.0), np.full(13, 3.4)))
    {'doubtful'}
    """
    near = np.diff(hours) <= PERSISTENCE_GAP_HOURS
    same = near & (np.diff(values) == 0)
    words = [GOOD if left or right else NOT_CHECKED for left, right in zip([False, *near], [*near, False], strict=True)]
    starts = np.flatnonzero(~np.concatenate(([False], same)))
    for first, last in zip(starts, [*starts[1:], len(values)], strict=True):
        if last - first >= PERSISTENCE_READINGS and hours[last - 1] - hours[first] >= PERSISTENCE_HOURS:
            words[first:last] = [DOUBTFUL] * (last - first)
    return words[: len(values)]


def _by_series(observations: pd.DataFrame, check: Any) -> pd.Series:  # noqa: ANN401 - one of the two checks
    """The check's verdicts for every source and station, in the order of the frame."""
    words = np.full(len(observations), NOT_CHECKED, dtype=object)
    words[observations["temperature_c"].isna().to_numpy()] = MISSING
    plain = pd.DataFrame(
        {
            "source": observations["source"].astype("object").to_numpy(),
            "stn_id": observations["stn_id"].to_numpy(dtype="float64", na_value=np.nan),
            "hours": _hours(observations["observed_at"]),
            "value": observations["temperature_c"].to_numpy(dtype="float64", na_value=np.nan),
        }
    ).dropna()
    for _, group in plain.sort_values("hours", kind="stable").groupby(["source", "stn_id"], sort=False):
        words[group.index.to_numpy()] = check(group["hours"].to_numpy(), group["value"].to_numpy())
    return pd.Series(words, observations.index, dtype="str")


def _hours(times: pd.Series) -> Floats:
    """Hours since 1970; NaN for null."""
    utc = pd.to_datetime(times, utc=True)
    passed = (utc - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(hours=1)
    return np.asarray(passed, dtype=np.float64)


def _ranks(words: pd.Series) -> npt.NDArray[np.intp]:
    return np.array([_WORST_FIRST.index(word) for word in words], dtype=np.intp)
