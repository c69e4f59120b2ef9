"""The report: its numbers are the datasets', and a real browser draws it without a network."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import newsharvest as nh
from newsharvest import region_codes, report
from newsharvest.load import NoDataError
from tests import browser

pytestmark = pytest.mark.xdist_group("report")
AT = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
CHARTS = {"weather", "observations", "articles", "fields", "completeness", "regions", "runs"}


@pytest.fixture(scope="module")
def data_dir(demo_data: Path) -> Path:
    return demo_data


@pytest.fixture(scope="module")
def page(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "report.html"
    report.write(data_dir, out, AT)
    return out


@pytest.fixture(scope="module")
def facts(page: Path) -> dict[str, Any]:
    """The numbers that stand in the page."""
    (found,) = re.findall(
        r'<script type="application/json" id="facts">(.*?)</script>', page.read_text("utf-8"), re.DOTALL
    )
    return json.loads(found)


def test_totals_are_the_rows_that_a_plain_reader_sees(data_dir: Path, facts: dict[str, Any]) -> None:
    for name in ("articles", "revisions", "observations", "bulletins", "forecasts", "rejects", "fetches", "runs"):
        assert facts["totals"][name] == len(pd.read_parquet(data_dir / "datasets" / name)), name
    assert facts["totals"]["articles"] >= 300
    assert facts["made_at"] == "2026-03-05T12:00:00+09:00"


def test_articles_per_outlet_and_day(data_dir: Path, facts: dict[str, Any]) -> None:
    frame = nh.articles(data_dir=data_dir, columns=["outlet_id", "published_at"])
    days = frame["published_at"].dt.strftime("%Y-%m-%d").fillna("undated")
    wanted = Counter(zip(frame["outlet_id"], days, strict=True))
    assert {(row["outlet_id"], row["day"]): row["rows"] for row in facts["articles"]} == wanted


def test_observations_per_day_and_source(data_dir: Path, facts: dict[str, Any]) -> None:
    frame = nh.observations(data_dir=data_dir, columns=["source", "observed_at", "displayed_date"])
    days = frame["observed_at"].dt.strftime("%Y-%m-%d").fillna(frame["displayed_date"].dt.strftime("%Y-%m-%d"))
    wanted = Counter(zip(days, frame["source"], strict=True))
    assert {(row["day"], row["source"]): row["rows"] for row in facts["observations"]} == wanted
    assert facts["totals"]["observations"] == sum(row["rows"] for row in facts["observations"])


def test_field_coverage_counts_what_is_filled(data_dir: Path, facts: dict[str, Any]) -> None:
    frame = nh.articles(data_dir=data_dir)
    found = {(row["outlet_id"], row["field"]): (row["filled"], row["rows"]) for row in facts["fields"]}
    for (outlet_id, field), counted in found.items():
        column = frame.loc[frame["outlet_id"] == outlet_id, field]
        filled = column.map(lambda value: len(value) > 0 if isinstance(value, list) else not pd.isna(value))
        assert counted == (int(filled.sum()), len(column)), (outlet_id, field)
    assert {field for _, field in found} >= {"title", "body", "authors", "captions", "published_at"}
    assert any(0 < filled < rows for filled, rows in found.values())


def test_the_newest_reading_of_each_station(data_dir: Path, facts: dict[str, Any]) -> None:
    stations = {row["stn_id"]: row for row in facts["stations"]}
    assert len(stations) == 97
    frame = nh.observations(data_dir=data_dir).query("source == 'kma_feed'").set_index("stn_id")
    seoul = stations[108]
    assert (seoul["name"], seoul["lat"], seoul["source"], seoul["stale"]) == ("서울", 37.57142, "kma_feed", False)
    assert seoul["temperature_c"] == frame.loc[108, "temperature_c"]
    assert seoul["time"] == frame.loc[108, "observed_at"].isoformat(timespec="minutes")


def test_articles_by_region(data_dir: Path, facts: dict[str, Any]) -> None:
    tags = nh.articles(data_dir=data_dir, columns=["regions"])["regions"]
    wanted = Counter(code for found in tags for code in {tag["code"] for tag in found} - {None})
    assert {row["code"]: row["rows"] for row in facts["regions"]} == wanted
    names = {row["code"]: row["name"] for row in facts["regions"]}
    assert names.items() <= {code: region.full_name for code, region in region_codes.regions().items()}.items()


def test_completeness_sums_the_days_of_each_outlet(data_dir: Path, facts: dict[str, Any]) -> None:
    days = nh.coverage(data_dir=data_dir).groupby("outlet_id")[["seen", "gaps", "gone"]].sum()
    wanted = [(outlet, int(day["seen"]), int(day["gaps"]), int(day["gone"])) for outlet, day in days.iterrows()]
    assert [(row["outlet_id"], row["seen"], row["missing"], row["gone"]) for row in facts["completeness"]] == wanted
    assert sum(row["seen"] for row in facts["completeness"]) > 100


def test_rejects_have_reason_and_example(facts: dict[str, Any]) -> None:
    (row,) = facts["rejects"]
    assert (row["reason"], row["rows"]) == ("not_article_nor_ticker", 1)
    assert row["examples"][0].startswith("sha1:")


def test_runs_are_listed_with_how_they_ended(facts: dict[str, Any]) -> None:
    assert [(row["command"], row["ended"], row["exit_code"]) for row in facts["runs"]] == [
        ("demo", "complete", 0),
        ("reparse", "incomplete", 3),
    ]


def test_the_page_names_no_other_machine(page: Path) -> None:
    markup = re.sub(r"<script>.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r'(?:src|href|action)="(?!data:)[^"]*"|url\(|@import', markup) == []


@pytest.mark.parametrize(("scheme", "wide"), [("light", 1280), ("dark", 1280), ("light", 500)])
def test_a_browser_draws_every_chart_without_an_error(page: Path, scheme: str, wide: int) -> None:
    options = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    loaded = browser.load(page, *options, width=wide)
    assert loaded.console == []
    assert 'data-drawn="true"' in loaded.dom
    drawn = set(re.findall(r'<div class="chart js-plotly-plot" id="chart-(\w+)"', loaded.dom))
    assert drawn >= CHARTS | {"rejects"}
    seoul = re.findall(r'<path class="point"', loaded.dom)
    assert len(seoul) >= 97


def test_nothing_is_wider_than_a_phone(page: Path, tmp_path: Path) -> None:
    frame = tmp_path / "phone.html"
    frame.write_text(
        f'<iframe id="f" src="{page.as_uri()}" width="390" height="900"></iframe><script>setTimeout(() => {{'
        'const d = document.getElementById("f").contentDocument.documentElement;'
        'document.title = d.scrollWidth + "/" + d.clientWidth + "/" + d.dataset.drawn; }, 6000);</script>'
    )
    loaded = browser.load(frame)
    wide, seen, drawn = re.findall(r"<title>(\d+)/(\d+)/(\w+)</title>", loaded.dom)[0]
    assert int(wide) <= int(seen) <= 390
    assert drawn == "true"


def test_dark_and_light_differ(page: Path, tmp_path: Path) -> None:
    light = browser.screenshot(page, tmp_path / "light.png")
    dark = browser.screenshot(page, tmp_path / "dark.png", "--blink-settings=preferredColorScheme=0")
    assert light[:8] == dark[:8] == b"\x89PNG\r\n\x1a\n"
    assert light != dark


def test_without_data_it_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(NoDataError, match="newsharvest demo"):
        report.write(tmp_path, tmp_path / "report.html", AT)
    assert not (tmp_path / "report.html").exists()
