"""`scrapy crawl kma`, KMA's sources beside outlets in one run, and what each answer of KMA means."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from newsharvest.crawl.kma_plan import KmaPlan
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.state import CrawlState
from newsharvest.demo import truth
from newsharvest.demo.server import DemoServer, serve
from newsharvest.harvest import harvest
from newsharvest.items import Article
from newsharvest.kma_registry import kma_chosen, kma_sources
from newsharvest.page import Page
from newsharvest.spiders.kma import KmaSpider
from newsharvest.spiders.outlets import OutletSpider
from tests.conftest import CHILD_PATH, PAGES, REPO

pytestmark = pytest.mark.xdist_group("demo")
CITY_URL = "http://www.weather.test/w/weather/land/city-obs.do"
CITY = (PAGES / "kma" / "city_obs.htm").read_bytes()


@pytest.fixture
def site() -> Iterator[DemoServer]:
    with serve(1, max_seconds=60) as server:
        yield server


def scrapy(data: Path, proxy: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    fast = ("AUTOTHROTTLE_ENABLED=0", "DOWNLOAD_DELAY=0", f"NEWSHARVEST_DATA={data}", f"NEWSHARVEST_DEMO_PROXY={proxy}")
    words = [sys.executable, "-m", "scrapy", *arguments, *(word for option in fast for word in ("-s", option))]
    return subprocess.run(
        words, cwd=REPO, env={**os.environ, "PYTHONPATH": CHILD_PATH}, capture_output=True, text=True, timeout=60
    )


def rows(data: Path, name: str) -> pd.DataFrame:
    return pd.read_parquet(data / "datasets" / name)


def test_scrapy_crawl_kma_lands_observations_and_forecasts(tmp_path: Path, site: DemoServer) -> None:
    done = scrapy(tmp_path, site.proxy_url, "crawl", "kma")
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path, "observations").groupby("source").size().to_dict() == {"kma_table": 95 + 97, "kma_feed": 97}
    assert len(rows(tmp_path, "forecasts")) == len(truth.kma_forecasts(1))
    seoul = rows(tmp_path, "observations").query("stn_id == 108 and source == 'kma_table'").set_index("observed_at")
    wanted = {
        t.observed_at: t.columns["temperature_c"] for t in truth.kma_observations(1) if t.columns["stn_id"] == 108
    }
    assert {at.to_pydatetime(): value for at, value in seoul["temperature_c"].items()} == wanted
    (run,) = rows(tmp_path, "runs").to_dict("records")
    assert (run["ended"], run["observations"], run["requests"]) == ("complete", 289, 7)
    fetched = rows(tmp_path, "fetches").query("kind == 'weather'")
    assert sorted(fetched["outlet_id"]) == sorted(s.source_id for s in kma_sources().values() if s.demo)


def test_a_source_beside_an_outlet_in_one_run(tmp_path: Path, site: DemoServer) -> None:
    done = scrapy(
        tmp_path, site.proxy_url, "crawl", "outlets", "-a", "outlet=demo_hourly_feed,demo_noeul", "-a", "limit=3"
    )
    assert done.returncode == 0, done.stderr
    fetched = rows(tmp_path, "fetches")
    assert fetched.query("kind in ['article', 'weather']").groupby("outlet_id").size().to_dict() == {
        "demo_hourly_feed": 1,
        "demo_noeul": 3,
    }
    assert rows(tmp_path, "runs")["requests"].tolist() == [len(fetched)]


def test_without_the_demo_its_sources_are_not_asked_for(tmp_path: Path) -> None:
    scrapy(tmp_path, "", "crawl", "kma", "-a", "source=demo_midterm")
    (fetch,) = rows(tmp_path, "fetches").to_dict("records")
    assert (fetch["outlet_id"], fetch["outcome"], fetch["reason"]) == ("demo_midterm", "skipped", "demo_not_running")
    assert rows(tmp_path, "runs")["exit_code"].tolist() == [3]


def test_scrapy_lists_the_spider() -> None:
    done = subprocess.run([sys.executable, "-m", "scrapy", "list"], cwd=REPO, capture_output=True, text=True)
    assert {"kma", "outlets"} <= set(done.stdout.split())


def test_names_of_sources() -> None:
    spider = OutletSpider(outlet="demo_noeul,demo_short")
    assert [s.source_id for s in spider.sources] == ["demo_short"]
    assert spider.allowed_hosts == {"noeul.test", "www.noeul.test", "www.kma.test"}
    assert kma_chosen(" demo_short, demo_short ,demo_midterm")[0] == ""
    assert [s.source_id for s in KmaSpider(source="kma_city_obs").sources] == ["kma_city_obs"], (
        "disabled ones by name only"
    )
    with pytest.raises(ValueError, match="no source of KMA is enabled: name one of demo_city_obs"):
        KmaSpider()
    with pytest.raises(ValueError, match="no sources of KMA: demo_noeul"):
        KmaSpider(source="demo_noeul")
    with pytest.raises(ValueError, match="unknown outlets: kma_nothing"):
        KmaSpider(source="kma_nothing")


@pytest.mark.parametrize(
    ("word", "told"),
    [("kma", "no source of KMA is enabled: name one of demo_city_obs"), ("kma_city_ob", "did you mean kma_city_obs")],
)
def test_the_command_names_what_is_wrong(command: Callable[..., Any], word: str, told: str) -> None:
    done = command("crawl", word, "--data-dir", "data")
    assert (done.returncode, told in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    opened = CrawlState.open(tmp_path / "crawl.sqlite3")
    yield opened
    opened.close()


def page(status: int = 200, body: bytes = CITY, **headers: str) -> Page:
    return Page(CITY_URL, body, status, headers, datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (page(), "stored", None),
        (page(304, b""), "unchanged", None),
        (page(503), "failed", "http_503"),
        (page(404), "failed", "http_404"),
        (page(body=CITY.replace(b"15:00</div>", b"</div>")), "rejected", "kma_time"),
        (page(body=b"<html><body><p>x</p></body></html>"), "rejected", "not_kma"),
    ],
)
def test_what_an_answer_means(state: CrawlState, answer: Page, outcome: str, reason: str | None) -> None:
    plan = KmaPlan(kma_sources()["demo_city_obs"], state)
    (visit,) = plan.begin()
    found = plan.received(visit, answer, Contents(tuple(harvest(answer))))
    assert (found.outcome, found.reason, found.follow) == (outcome, reason, ())
    assert (state.get(CITY_URL) is not None) == (outcome == "stored"), "only what was read is asked for on condition"


def test_an_article_is_no_weather(state: CrawlState) -> None:
    plan = KmaPlan(kma_sources()["demo_city_obs"], state)
    article = Article("weather_test", "1", page().source, title="안내", paragraphs=["글"])
    assert plan.received(plan.begin()[0], page(), Contents((article,))).reason == "not_kma"


def test_the_next_run_asks_on_condition(state: CrawlState) -> None:
    source = kma_sources()["demo_city_obs"]
    (first,) = (plan := KmaPlan(source, state)).begin()
    assert (first.url, first.kind, first.headers, first.key) == (CITY_URL, "weather", {}, None)
    tagged = page(etag='"a"')
    plan.received(first, tagged, Contents(tuple(harvest(tagged))))
    (second,) = KmaPlan(source, state).begin()
    assert second.headers == {"If-None-Match": '"a"', "Cache-Control": "max-age=0"}
    assert KmaPlan(kma_sources()["kma_api_hub"], state).begin()[0].key == "NEWSHARVEST_KMA_KEY"
