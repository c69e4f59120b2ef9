"""The notebook API and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

import newsharvest as nh
from newsharvest.files import DataDir, file_of
from newsharvest.items import Article, Reading, Source, WeatherBulletin
from newsharvest.store import Collector, Store

T0 = datetime(2026, 3, 2, 1, tzinfo=UTC)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    data = DataDir(tmp_path)
    data.create()
    collector = Collector()
    for number in (1, 2):
        item = Article("x", str(number), Source(url=f"http://x.test/{number}", fetched_at=T0), title=f"제목 {number}")
        item.paragraphs, item.published_at = [f"속초 소식 {number}"], T0.replace(day=number)
        item.extractors, item.flags = {"title": "h3"}, ["future_date"] if number == 2 else []
        collector.add(item)
    bulletin = WeatherBulletin("x", "맑음속초8.2℃", Source(fetched_at=T0), "glued", displayed_date=T0.date())
    bulletin.readings = [
        Reading(1, "맑음속초8.2℃", stn_id=90, station="속초", temperature_c=8.2, qc="good"),
        Reading(2, "-1℃"),
    ]
    collector.add(bulletin)
    Store(data).commit(collector.take())
    return tmp_path


def test_articles_are_typed_and_filtered(data_dir: Path) -> None:
    frame = nh.articles(data_dir=data_dir)
    assert frame["outlet_id"].tolist() == ["x", "x"]
    assert str(frame["published_at"].dtype) == "datetime64[ms, Asia/Seoul]"
    assert frame.set_index("article_id")["flags"].to_dict() == {"1": [], "2": ["future_date"]}
    assert frame["extractors"].tolist() == [{"title": "h3"}] * 2
    assert frame["outlet_id"].add("/").tolist() == ["x/", "x/"]
    assert frame.attrs["data_dir"] == str(data_dir)
    assert nh.articles(since="2026-03-02", data_dir=data_dir)["article_id"].tolist() == ["2"]
    assert nh.articles(until="2026-03-02", columns=["title"], data_dir=data_dir)["title"].tolist() == ["제목 1"]
    assert nh.articles(text="소식 2", outlets="x", data_dir=data_dir)["article_id"].tolist() == ["2"]
    assert nh.articles(outlets=[], data_dir=data_dir).empty


def test_observations_by_station_day_and_check(data_dir: Path) -> None:
    frame = nh.observations(data_dir=data_dir)
    assert frame["position"].tolist() == [1, 2]
    assert str(frame["stn_id"].dtype) == "Int32"
    assert frame["displayed_date"].dt.strftime("%Y-%m-%d").tolist() == ["2026-03-02"] * 2
    assert nh.observations(stations=[90], data_dir=data_dir)["temperature_c"].tolist() == [8.2]
    assert nh.observations(stations="속초", qc="good", data_dir=data_dir)["position"].tolist() == [1]
    assert nh.observations(since="2026-03-03", data_dir=data_dir).empty
    assert len(nh.observations(since="2026-03-02", until="2026-03-03", data_dir=data_dir)) == 2
    assert nh.bulletins(data_dir=data_dir)[["readings", "resolved"]].to_numpy().tolist() == [[2, 1]]


def test_helpful_errors(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="no column 'titel'; did you mean title"):
        nh.articles(columns=["titel"], data_dir=data_dir)
    with pytest.raises(FileNotFoundError, match=r"no rejects in .* yet: run `newsharvest demo`"):
        nh.rejects(data_dir=data_dir)
    with pytest.raises(ValueError, match="engine 'excel': one of pandas, arrow"):
        nh.articles(data_dir=data_dir, engine="excel")
    monkeypatch.delenv("NEWSHARVEST_DATA", raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(FileNotFoundError, match="newsharvest demo"):
        nh.articles()


def test_the_data_dir_is_found(data_dir: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    inner = tmp_path / "project" / "notebooks"
    inner.mkdir(parents=True)
    (tmp_path / "project" / "data").mkdir()
    (tmp_path / "project" / "data" / "datasets").symlink_to(data_dir / "datasets")
    monkeypatch.chdir(inner)
    assert nh.articles().attrs["data_dir"] == str(tmp_path / "project" / "data")
    monkeypatch.setenv("NEWSHARVEST_DATA", str(data_dir))
    assert nh.articles().attrs["data_dir"] == str(data_dir)


def test_reference_tables_need_no_data() -> None:
    stations = nh.stations()
    seoul = stations[stations["stn_id"] == 108].iloc[0]
    assert (seoul["name"], round(seoul["lat"], 1)) == ("서울", 37.6)
    assert "demo_haeram" in nh.outlets()["outlet_id"].tolist()


def test_importing_the_api_does_not_import_scrapy() -> None:
    code = "import sys, newsharvest; newsharvest.articles; print([m for m in ('scrapy', 'twisted', 'bs4', 'lxml', 'pipelines') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_arrow_engine(data_dir: Path) -> None:
    table = nh.articles(data_dir=data_dir, engine="arrow", columns=["outlet_id", "article_id"])
    assert table.to_pydict() == {"outlet_id": ["x", "x"], "article_id": ["1", "2"]}


def test_plain_pandas_agrees(data_dir: Path) -> None:
    plain = pd.read_parquet(data_dir / "datasets" / "articles")
    assert plain["title"].tolist() == nh.articles(data_dir=data_dir)["title"].tolist()
    assert file_of("articles", {"outlet_id": "x", "article_id": "12345678"}) == "outlet_id=x/part-n01234.parquet"
