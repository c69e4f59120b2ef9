"""Step and persistence, over the hours of loaded observations."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from newsharvest.checks import checked, persistence_doubtful, step_doubtful


@pytest.mark.parametrize(
    ("gap", "change", "verdict"),
    [
        (1, 4.0, "good"), (1, 4.1, "doubtful"), (1, -4.1, "doubtful"), (2, 7.0, "good"), (2, 7.1, "doubtful"), (3, 9.0, "good"), (3, 9.1, "doubtful"),
        (4, 15.0, "good"), (6, 15.0, "good"), (6, 15.1, "doubtful"), (12, 25.0, "good"), (12, 25.1, "doubtful"), (13, 40.0, "not checked"),
    ],
)  # fmt: skip
def test_steps(gap: float, change: float, verdict: str) -> None:
    assert step_doubtful(np.array([0.0, gap]), np.array([10.1, 10.1 + change])) == ["not checked", verdict]


def test_a_spike_makes_two_steps() -> None:
    hours, values = np.arange(5.0), np.array([1.0, 1.2, 17.6, 1.4, 1.3])
    assert step_doubtful(hours, values) == ["not checked", "good", "doubtful", "doubtful", "good"]


@pytest.mark.parametrize(
    ("hours", "values", "verdicts"),
    [
        (range(13), [3.4] * 13, ["doubtful"] * 13),
        (range(12), [3.4] * 12, ["good"] * 12),  # 11 hours from the first to the last
        (range(0, 15, 3), [3.4] * 5, ["good"] * 5),  # 12 hours, but five readings
        (range(0, 18, 3), [3.4] * 6, ["doubtful"] * 6),
        (range(0, 24, 4), [3.4] * 6, ["not checked"] * 6),  # gaps of 4 hours
        (range(14), [3.4] * 13 + [3.5], ["doubtful"] * 13 + ["good"]),
        ([0], [3.4], ["not checked"]),
        ([], [], []),
    ],
)
def test_persistence(hours: list[int], values: list[float], verdicts: list[str]) -> None:
    assert persistence_doubtful(np.array(hours, dtype=float), np.array(values, dtype=float)) == verdicts


def frame() -> pd.DataFrame:
    """Two sources, two stations, a ticker and a missing value, in no order."""
    rows = [
        ("kma_table", 90, "2026-03-02 10:00", 6.0, "good"),
        ("kma_table", 90, "2026-03-02 09:00", 1.0, "good"),
        ("kma_feed", 90, "2026-03-02 10:00", 1.5, "good"),
        ("kma_table", 93, "2026-03-02 10:00", 9.9, "good"),
        ("demo_noeul", 90, None, 30.0, "erroneous"),
        ("kma_table", 90, "2026-03-02 11:00", None, "missing"),
        ("kma_table", 90, "2026-03-02 12:00", 5.0, "good"),
        ("kma_table", None, "2026-03-02 12:00", 5.0, "not checked"),
    ]
    made = pd.DataFrame(
        rows, columns=["source", "stn_id", "observed_at", "temperature_c", "qc"], index=list("hgfedcba")
    )
    made["observed_at"] = (
        pd.to_datetime(made["observed_at"]).dt.tz_localize("Asia/Seoul").astype("datetime64[ms, Asia/Seoul]")
    )
    return made.astype({"stn_id": "Int32", "qc": "str"})


def test_a_frame_is_checked_by_source_and_station() -> None:
    before = frame()
    found = checked(before)
    pd.testing.assert_frame_equal(before, frame())
    assert list(found.index) == list("hgfedcba")
    assert list(found["qc_step"]) == [
        "doubtful", "not checked", "not checked", "not checked", "not checked", "missing", "good", "not checked",
    ]  # fmt: skip
    assert list(found["qc_persistence"]) == [
        "good", "good", "not checked", "not checked", "not checked", "missing", "good", "not checked",
    ]  # fmt: skip
    assert list(found["qc"]) == ["doubtful", "good", "good", "good", "erroneous", "missing", "good", "not checked"]
    pd.testing.assert_series_equal(found["temperature_c"], before["temperature_c"])


def test_an_empty_frame() -> None:
    found = checked(frame().iloc[:0])
    assert list(found.columns[-2:]) == ["qc_step", "qc_persistence"]
    assert len(found) == 0
