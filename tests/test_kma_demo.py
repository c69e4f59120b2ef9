"""KMA's pages of the demo site: structure of the real ones, deterministic, and every row of a parse equals the truth."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import Any

import pytest

from newsharvest.chain import Chain
from newsharvest.demo import truth
from newsharvest.demo.kma_site import FEED_HOST, TABLE_HOST
from newsharvest.demo.site import Response, Site
from newsharvest.items import Forecast, Item, WeatherBulletin
from newsharvest.page import Page, media_type
from newsharvest.schema.columns import DATASETS
from newsharvest.schema.rows import rows
from newsharvest.store import Collector, Sink
from tests.conftest import REPO

CITY, OLD = "/w/weather/land/city-obs.do", "/weather/observation/currentweather.jsp"
FEED, MIDTERM, SHORT = (
    "/XML/weather/sfc_web_map.xml",
    "/weather/forecast/mid-term-rss3.jsp?stnId=108",
    "/wid/queryDFSRSS.jsp?zone=5100000000",
)
PAGES = ((TABLE_HOST, CITY), (FEED_HOST, OLD), (FEED_HOST, FEED), (FEED_HOST, MIDTERM), (FEED_HOST, SHORT))


class Held(Sink):
    def __init__(self) -> None:
        self.collector = Collector()
        self.items: list[Item] = []

    def put(self, item: Item) -> None:
        self.items.append(item)


def answer(host: str, path: str, day: int = 1) -> Response:
    found = Site(day).respond(host, path)
    assert found.status == 200
    return found


def landed(day: int) -> dict[str, list[dict[str, Any]]]:
    """The rows of all five pages, by dataset."""
    sink, found = Held(), {"observations": [], "bulletins": [], "forecasts": []}
    chain = Chain(sink)
    for host, path in PAGES:
        response = answer(host, path, day)
        kind = response.headers["Content-Type"]
        fetched = datetime(2026, 3, 2, tzinfo=UTC)
        chain.page(
            Page(
                f"http://{host}{path}",
                response.body,
                200,
                {"content-type": kind},
                fetched,
                media=media_type(kind, response.body),
            )
        )
    assert all(isinstance(item, WeatherBulletin | Forecast) for item in sink.items)
    for name, row in (row for item in sink.items for row in rows(item)):
        found[name].append(row)
    return found


def values(row: dict[str, Any], dataset: str, without: set[str]) -> dict[str, Any]:
    """The columns that a page states, without nulls."""
    columns = {c.name for c in DATASETS[dataset].columns} - without
    return {name: row[name] for name in columns if row[name] is not None}


COMMON = {
    "url", "fetched_at", "source_file", "warc_filename", "warc_record_offset", "warc_record_length", "parser_version", "content_hash", "source",
}  # fmt: skip


@pytest.mark.parametrize("day", [1, 2, 5])
def test_every_observation_equals_the_truth_in_every_column(day: int) -> None:
    wanted = {(t.source_id, t.observed_at, t.position): dict(t.columns) for t in truth.kma_observations(day)}
    without = COMMON | {
        "bulletin_id",
        "position",
        "observed_at",
        "raw",
        "station_candidates",
        "qc",
        "qc_range",
        "qc_spatial",
    }
    found = {
        (row["source"], row["observed_at"], row["position"]): values(row, "observations", without)
        for row in landed(day)["observations"]
    }
    assert found == wanted
    assert len(found) == 95 + 97 + 97


@pytest.mark.parametrize("day", [1, 2, 5])
def test_every_forecast_equals_the_truth_in_every_column(day: int) -> None:
    wanted = {(t.source_id, t.issued_at, t.location, t.valid_at): dict(t.columns) for t in truth.kma_forecasts(day)}
    without = COMMON | {"issued_at", "location", "valid_at", "flags"}
    found = {
        (row["source"], row["issued_at"], row["location"], row["valid_at"]): values(row, "forecasts", without)
        for row in landed(day)["forecasts"]
    }
    assert found == wanted
    assert len(found) == 12 * 13 + 21
    assert {location for _, _, location, _ in found} >= {"광주 (서울ㆍ인천ㆍ경기도)", "광주 (광주ㆍ전라남도)", "서울"}


def test_no_column_of_the_pages_is_unknown_and_nothing_is_flagged() -> None:
    found = landed(1)
    assert [row["flags"] for row in found["bulletins"]] == [[], [], []]
    assert {row["flags"] == [] for row in found["forecasts"]} == {True}


def test_the_truth_holds_what_real_pages_hold() -> None:
    """Blanks, "20 이상", 정온, words of the past hour, nothing at all, negative values, hour 24, -999.0."""
    seen = [t.columns for day in range(1, 6) for t in truth.kma_observations(day)]
    tables = [c for c in seen if "sky_raw" in c and "visibility_km" in c]
    assert {c["visibility_or_more"] for c in tables} == {True, False}
    assert {"calm", "N", "SSW"} <= {c.get("wind_direction") for c in tables}
    assert {"비끝", "비", "맑음", None} <= {c.get("sky") for c in tables}
    assert any("temperature_c" not in c for c in seen)
    assert any(c.get("temperature_c", 0.0) < 0 for c in seen)
    assert any(len(c) <= 6 for c in seen), "a station that reports nothing"
    forecasts = truth.kma_forecasts(1)
    assert "0 24" in {t.columns["valid_at_raw"] for t in forecasts}
    assert any("temperature_max_c" not in t.columns for t in forecasts if t.source_id == "kma_short")
    assert any("reliability" not in t.columns for t in forecasts if t.source_id == "kma_midterm")


def test_pages_are_those_of_kma_in_bytes() -> None:
    old = answer(FEED_HOST, OLD)
    assert old.headers["Content-Type"] == "text/html; charset=euc-kr"
    text = old.body.decode("cp949")
    assert text.count("\r\n") == text.count("\n")
    assert (text.count('<tr class="table_subheader">'), text.count("<tr>")) == (5, 95)
    assert text.index("table_subheader") > text.index("<tbody>")
    new = answer(TABLE_HOST, CITY).body.decode()
    assert (new.count("&amp;stn="), new.count("writeWindSpeed('")) == (97, 96)
    assert 'xmlns="current"' in answer(FEED_HOST, FEED).body.decode()
    short = answer(FEED_HOST, SHORT).body.decode()
    assert "-999.0" in short
    assert "<hour>24</hour>" in short
    assert answer(FEED_HOST, MIDTERM).body.decode().count("<data>") == 156


@pytest.mark.parametrize(("host", "path"), PAGES)
def test_each_page_is_the_same_for_a_day_differs_by_day_and_answers_304(host: str, path: str) -> None:
    first = answer(host, path, 3)
    assert first.body == answer(host, path, 3).body
    assert first.body != answer(host, path, 4).body
    again = Site(3).respond(host, path, {"if-none-match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")


def test_other_addresses_and_robots() -> None:
    site = Site(1)
    assert site.respond(TABLE_HOST, "/w/none.do").status == 404
    assert b"Disallow: /w/resources/" in site.respond(TABLE_HOST, "/robots.txt").body
    assert site.respond(FEED_HOST, OLD + "?stn=108").body == answer(FEED_HOST, OLD).body


def test_the_pages_are_those_of_the_registry() -> None:
    stanzas = tomllib.loads((REPO / "data/reference/kma.toml").read_text(encoding="utf-8"))
    demo = [url for stanza in stanzas.values() if stanza.get("demo") for url in stanza["urls"]]
    assert sorted(demo) == sorted(f"http://{host}{path}" for host, path in PAGES)
