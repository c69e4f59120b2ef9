"""Articles with the weather: nearest in place and time, distances and gaps as columns, nothing filled in silence."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import newsharvest as nh
from newsharvest.frames import as_engine
from newsharvest.schema import DATASETS


def tag(code: str | None, count: int = 1) -> dict[str, Any]:
    return {
        "code": code, "sido_code": (code or "")[:2] or None, "where": "body", "start": 0, "evidence": "", "count": count,
        "basis": "name", "ambiguous": code is None, "candidates": [code] if code else ["42820", "48820"],
    }  # fmt: skip


def articles(*rows: tuple[str | None, str, list[dict[str, Any]]], outlet: str = "nowhere") -> pd.DataFrame:
    """(published_at in Korea, precision, regions)."""
    frame = pd.DataFrame({"outlet_id": [outlet] * len(rows), "title": [f"t{n}" for n in range(len(rows))]})
    moments = pd.to_datetime(pd.Series([row[0] for row in rows], dtype="str"), format="ISO8601")
    frame["published_at"] = moments.dt.tz_localize("Asia/Seoul").astype("datetime64[ms, Asia/Seoul]")
    frame["published_at_precision"] = [row[1] for row in rows]
    frame["regions"] = [row[2] for row in rows]
    return frame


def observations(*rows: tuple[int, str | None, str | None, float | None, str]) -> pd.DataFrame:
    """(stn_id, observed_at in Korea, displayed_date, °C, qc)."""
    import pyarrow as pa

    dicts = [
        {
            "stn_id": stn_id, "station": str(stn_id), "temperature_c": value, "qc": qc, "source": "s", "bulletin_id": f"b{n}",
            "observed_at": pd.Timestamp(at, tz="Asia/Seoul") if at else None,
            "displayed_date": pd.Timestamp(day).date() if day else None,
        }
        for n, (stn_id, at, day, value, qc) in enumerate(rows)
    ]  # fmt: skip
    wanted = (
        "stn_id",
        "station",
        "observed_at",
        "displayed_date",
        "temperature_c",
        "sky",
        "source",
        "bulletin_id",
        "qc",
    )
    schema = pa.schema([DATASETS["observations"].schema.field(name) for name in wanted])
    frame: pd.DataFrame = as_engine(pa.Table.from_pylist(dicts, schema=schema), "pandas")
    return frame


def test_the_nearest_hour_of_the_nearest_station() -> None:
    found = nh.join_weather(
        articles(("2026-03-02T09:40", "minute", [tag("51210"), tag("51110", 3), tag("11", 9)])),
        observations=observations(
            (101, "2026-03-02T09:00", None, 1.0, "good"),
            (101, "2026-03-02T10:00", None, 2.0, "good"),
            (93, "2026-03-02T09:40", None, 9.0, "good"),
        ),
    )
    row = found.iloc[0]
    assert (row["place_code"], row["place_basis"]) == ("51110", "regions")  # the 시군구 that is named most, not Seoul
    assert (row["stn_id"], row["temperature_c"], row["time_basis"], row["time_gap_min"]) == (101, 2.0, "hour", 20.0)
    assert row["distance_km"] == pytest.approx(1.5, abs=0.05)


def test_a_station_that_observed_nothing_then_gives_way_to_the_next_and_says_so() -> None:
    found = nh.join_weather(
        articles(("2026-03-02T09:40", "minute", [tag("51110")])),
        observations=observations(
            (101, "2026-03-02T03:00", None, 1.0, "good"),
            (101, "2026-03-02T09:00", None, 1.0, "erroneous"),
            (101, "2026-03-02T10:00", None, None, "missing"),
            (93, "2026-03-02T08:00", None, -4.0, "doubtful"),
        ),
    ).iloc[0]
    assert (found["stn_id"], found["temperature_c"], found["time_gap_min"]) == (93, -4.0, -100.0)
    assert found["distance_km"] == pytest.approx(6.5, abs=0.1)
    # 춘천's own ASOS is 93 or 101 (both lie in it); the lower number states the place's altitude.
    assert found["elevation_difference_m"] == pytest.approx(0.0)


def test_altitudes_are_compared_where_the_region_has_a_station() -> None:
    found = nh.join_weather(
        articles(("2026-03-02T09:00", "minute", [tag("51760")]), ("2026-03-02T09:00", "minute", [tag("51830")])),
        observations=observations(
            (105, "2026-03-02T09:00", None, 3.0, "good"), (90, "2026-03-02T09:00", None, 4.0, "good")
        ),
    )
    assert found["elevation_difference_m"].iloc[0] == pytest.approx(
        27.12 - 772.43
    )  # 강릉 for 평창, whose ASOS is 대관령
    assert found["stn_id"].tolist() == [105, 90]
    assert pd.isna(found["elevation_difference_m"].iloc[1])  # 양양 has no ASOS station


def test_a_day_has_no_gap() -> None:
    ticker = (101, None, "2026-03-02", 5.0, "good")
    hours = [(101, f"2026-03-02T{hour:02d}:00", None, float(hour), "good") for hour in (3, 11, 20)]
    exact = articles(("2026-03-02T15:30", "minute", [tag("51110")]))
    day = articles(("2026-03-02T00:00", "day", [tag("51110")]))
    by_ticker = nh.join_weather(exact, observations=observations(ticker)).iloc[0]
    assert (by_ticker["temperature_c"], by_ticker["time_basis"]) == (5.0, "day")
    assert pd.isna(by_ticker["time_gap_min"])
    assert pd.isna(by_ticker["observed_at"])
    assert str(by_ticker["displayed_date"].date()) == "2026-03-02"
    assert nh.join_weather(exact, observations=observations(*hours))["stn_id"].isna().all()  # 4½ hours off: not filled
    noon = nh.join_weather(day, observations=observations(*hours)).iloc[0]
    assert (noon["temperature_c"], noon["time_basis"]) == (11.0, "day")
    assert pd.isna(noon["time_gap_min"])
    assert nh.join_weather(day, observations=observations(*hours, ticker)).iloc[0]["temperature_c"] == 5.0


def test_what_cannot_be_joined_is_null() -> None:
    rows = (
        (None, "minute", [tag("51110")]),
        ("2026-03-02T09:00", "minute", []),
        ("2026-03-02T09:00", "minute", [tag(None)]),
        ("2026-03-02T09:00", "minute", [tag("50110")]),
        ("2025-03-02T09:00", "minute", [tag("51110")]),
    )
    found = nh.join_weather(articles(*rows), observations=observations((101, "2026-03-02T09:00", None, 1.0, "good")))
    assert found["temperature_c"].isna().all()
    assert found["time_basis"].isna().all()
    assert found["place_code"].isna().tolist() == [False, True, True, False, False]


def test_the_outlets_home_stands_in_and_says_so() -> None:
    frame = articles(("2026-03-02T09:00", "minute", []), outlet="kwnews")
    row = nh.join_weather(frame, observations=observations((212, "2026-03-02T09:00", None, 1.0, "good"))).iloc[0]
    assert (row["place_code"], row["place_basis"], row["stn_id"]) == ("51", "outlet", 212)


def test_order_and_index_stay_and_nothing_is_joined_twice() -> None:
    rows = [(f"2026-03-02T{hour:02d}:10", "minute", [tag(code)]) for hour in (9, 5, 7) for code in ("51110", "11110")]
    frame = articles(*rows).set_axis([5, 3, 9, 1, 1, 7])
    weather = observations(
        *(
            (stn, f"2026-03-02T{hour:02d}:00", None, hour + stn / 1000, "good")
            for hour in range(12)
            for stn in (101, 108)
        )
    )
    found = nh.join_weather(frame, observations=weather)
    assert found.index.tolist() == [5, 3, 9, 1, 1, 7]
    assert found["title"].tolist() == frame["title"].tolist()
    assert found["temperature_c"].tolist() == [9.101, 9.108, 5.101, 5.108, 7.101, 7.108]
    pd.testing.assert_frame_equal(found, nh.join_weather(frame, observations=weather.sample(frac=1, random_state=1)))


def test_errors() -> None:
    frame = articles(("2026-03-02T09:00", "minute", []))
    empty = observations()
    with pytest.raises(ValueError, match="only 'nearest'"):
        nh.join_weather(frame, how="mean", observations=empty)
    with pytest.raises(ValueError, match="lack the columns regions"):
        nh.join_weather(frame.drop(columns="regions"), observations=empty)
    joined = nh.join_weather(frame, observations=empty)
    with pytest.raises(ValueError, match="join once"):
        nh.join_weather(joined, observations=empty)


def test_the_sample_is_joined_with_its_own_weather() -> None:
    found = nh.join_weather(nh.sample())
    near = found[found["time_basis"] == "hour"]
    assert len(near) >= 1
    assert near["time_gap_min"].abs().max() <= 180
    assert near["observed_at"].dt.strftime("%Y-%m-%d %H:%M").unique().tolist() == ["2026-09-25 19:00"]
    assert found["temperature_c"].notna().sum() < len(found)
