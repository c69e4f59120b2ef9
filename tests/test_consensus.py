"""nh.weather() and the stale mark."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import newsharvest as nh
from newsharvest.files import DataDir
from newsharvest.items import Reading, Source, WeatherBulletin
from newsharvest.store import Collector, Store

T0 = datetime(2026, 3, 2, 0, tzinfo=UTC)  # 09:00 in Korea
NAMES = ["속초", "철원", "동두천", "파주", "대관령"]


def bulletin(
    source: str, day: int | None, hours: float, values: list[float], *, timed: bool = False
) -> WeatherBulletin:
    text = " ".join(f"{name}{value}" for name, value in zip(NAMES, values, strict=False))
    at = T0 + timedelta(hours=hours)
    made = WeatherBulletin(source, text, Source(url=f"http://{source}.test/{hours}", fetched_at=at), "glued")
    made.displayed_date = date(2026, 3, day) if day else None
    made.observed_at = at if timed else None
    for number, (name, value) in enumerate(zip(NAMES, values, strict=False), 1):
        qc = "erroneous" if value > 50 else "good"
        made.readings.append(
            Reading(number, "", station_raw=name, station=name, stn_id=89 + number, temperature_c=value, qc=qc)
        )
    return made


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    cold, mild, warm = [1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 3.0, 4.0, 5.0, 6.0], [9.0, 9.5, 9.0, 9.0, 99.0]
    data = DataDir(tmp_path)
    data.create()
    collector = Collector()
    for item in (
        bulletin("a", 2, 0, cold),
        bulletin("a", 2, 3, mild),
        bulletin("b", 2, 0.5, cold),  # the same hour on another outlet: another source
        bulletin("c", 2, 5, cold),  # the same vector hours later on another outlet: stale
        bulletin("a", 9, 170, mild),  # an old vector under a new date: stale
        bulletin("d", 9, 171, [2.0]),  # one value may be equal by chance
        bulletin("kma_feed", None, 0, warm, timed=True),
        bulletin("kma_table", None, 0, [9.4, 9.5, 9.0, 9.0, 9.0], timed=True),
    ):
        collector.add(item)
    Store(data).commit(collector.take())
    return tmp_path


def test_stale_bulletins_are_marked_with_what_they_repeat(data_dir: Path) -> None:
    frame = nh.bulletins(data_dir=data_dir)
    origin = frame.set_index("bulletin_id")
    stale = frame[frame["stale"]].sort_values("first_seen_at")
    shown = [(row["source"], origin.loc[row["stale_of"], "source"]) for _, row in stale.iterrows()]
    assert shown == [("c", "a"), ("a", "a")]
    assert stale["first_seen_at"].dt.tz_convert("UTC").tolist() == [T0 + timedelta(hours=5), T0 + timedelta(hours=170)]


def test_hours_come_from_timed_sources_only(data_dir: Path) -> None:
    frame = nh.weather(resolution="hour", data_dir=data_dir)
    rows = frame[["stn_id", "temperature_c", "n", "n_sources", "n_excluded"]].to_numpy().tolist()
    assert rows == [[90, 9.2, 2, 2, 0], [91, 9.5, 2, 2, 0], [92, 9.0, 2, 2, 0], [93, 9.0, 2, 2, 0], [94, 9.0, 1, 1, 1]]
    assert frame["time"].dt.tz_convert("UTC").unique().tolist() == [T0]


def test_days_come_from_tickers_and_are_no_means(data_dir: Path) -> None:
    frame = nh.weather(stations=[90], resolution="day", data_dir=data_dir)
    assert frame[["temperature_min_c", "temperature_max_c", "n", "n_sources"]].to_numpy().tolist() == [
        [1.0, 2.0, 3, 2],  # two of a, one of b; c is stale
        [2.0, 2.0, 1, 1],  # d; the ninth's repeat by a is stale
    ]
    assert frame["temperature_c"].isna().all()
    assert not frame["daily_mean"].any()
    assert frame["time"].dt.strftime("%Y-%m-%d").tolist() == ["2026-03-02", "2026-03-09"]


def test_both_resolutions_are_told_apart(data_dir: Path) -> None:
    frame = nh.weather(data_dir=data_dir)
    assert frame["resolution"].value_counts().to_dict() == {"day": 6, "hour": 5}
    with pytest.raises(ValueError, match="resolution 'week': hour or day"):
        nh.weather(resolution="week", data_dir=data_dir)


def test_the_function_is_there_whether_or_not_the_package_of_its_name_was_imported(data_dir: Path) -> None:
    import newsharvest.weather.ticker  # noqa: F401

    assert len(nh.weather(resolution="hour", data_dir=data_dir)) == 5
