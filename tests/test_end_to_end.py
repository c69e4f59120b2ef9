"""The main job: a real crawl of the bundled site equals its truth, a re-parse equals the crawl, a kill loses nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import pytest

from newsharvest.archive import Damaged, pages
from newsharvest.demo import truth
from tests.conftest import CHILD_PATH, REPO, frames

pytestmark = pytest.mark.xdist_group("demo")
Run = Callable[..., Any]
ENV = {**os.environ, "PYTHONPATH": CHILD_PATH, "COLUMNS": "160"}


def newsharvest(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "newsharvest", *map(str, arguments)]
    return subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=180, env=ENV)


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data dir after `newsharvest demo`. Read only."""
    root = tmp_path_factory.mktemp("demo")
    done = newsharvest("demo", "--data-dir", "data", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'pd.read_parquet("data/datasets/articles")' in done.stdout
    return root / "data"


def plain(data_dir: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ds.dataset(data_dir / "datasets" / name, partitioning="hive").to_table().to_pylist()
    return rows


FIELDS = (
    "url", "title", "subtitle", "captions", "dateline_raw", "dateline_outlet", "byline_raw", "authors", "section",
    "keywords", "images", "published_at", "published_at_raw", "published_at_precision", "published_at_label",
    "modified_at", "rights_notice",
)  # fmt: skip


def article_faults(data_dir: Path, day: int) -> list[str]:
    """Every field in which the articles differ from the site's truth, gone ones included."""
    found = {(row["outlet_id"], row["article_id"]): row for row in plain(data_dir, "articles")}
    wanted = {(t.outlet_id, t.article_id): t for t in truth.articles(day) if not t.gone}
    faults = [f"{key}: {'missing' if key in wanted else 'invented'}" for key in set(found) ^ set(wanted)]
    for key in set(found) & set(wanted):
        row, true = found[key], wanted[key]
        expected = {name: getattr(true, name) for name in FIELDS} | {"body": "\n".join(true.paragraphs) or None}
        for name, value in expected.items():
            got = row[name]
            if (list(value) if isinstance(value, tuple) else value) != got:
                faults.append(f"{key} {name}: {value!r} but {got!r}")
    return sorted(faults)


def test_articles_equal_the_truth_in_every_field(crawled: Path) -> None:
    assert len(truth.articles(1)) >= 300
    assert article_faults(crawled, 1) == []


def bulletins_of(data_dir: Path) -> Counter[tuple[Any, ...]]:
    """Every bulletin with its source, day and entries, counted."""
    readings: dict[str, list[tuple[Any, ...]]] = {}
    about: dict[str, tuple[str, str]] = {}
    for row in plain(data_dir, "observations"):
        entry = (
            row["position"],
            row["sky_raw"],
            row["station"],
            row["stn_id"],
            row["temperature_c"],
            row["station_match"],
        )
        readings.setdefault(row["bulletin_id"], []).append(entry)
        about[row["bulletin_id"]] = (row["source"], str(row["displayed_date"]))
    return Counter((*about[name], *sorted(entries)) for name, entries in readings.items())


def test_observations_equal_the_truth_in_every_entry(crawled: Path) -> None:
    wanted = Counter(
        (b.source_id, b.displayed_date.isoformat(), *sorted(
            (e.position, e.sky_raw, e.station, e.stn_id, e.temperature_c, e.match) for e in b.readings
        ))
        for b in truth.bulletins(1)
    )  # fmt: skip
    tickers = Counter({name: count for name, count in bulletins_of(crawled).items() if not name[0].startswith("kma_")})
    assert tickers == wanted
    untimed = [row for row in plain(crawled, "observations") if not row["source"].startswith("kma_")]
    assert {row["observed_at"] for row in untimed} == {None}


def weather_faults(data_dir: Path, day: int) -> list[str]:
    """Every column in which KMA's observations and forecasts differ from the site's truth."""
    true = {(t.source_id, t.observed_at, "", t.position): t.columns for t in truth.kma_observations(day)}
    true |= {(t.source_id, t.issued_at, t.location, t.valid_at): t.columns for t in truth.kma_forecasts(day)}
    found = {}
    for row in plain(data_dir, "observations"):
        if row["source"].startswith("kma_"):
            found[row["source"], row["observed_at"], "", row["position"]] = row
    for row in plain(data_dir, "forecasts"):
        found[row["source"], row["issued_at"], row["location"], row["valid_at"]] = row
    faults = [f"{key}: {'missing' if key in true else 'invented'}" for key in set(found) ^ set(true)]
    return faults + [
        f"{key} {name}: {columns.get(name)!r} but {row[name]!r}"
        for key, columns in true.items()
        if (row := found.get(key))
        for name in set(QUANTITIES & row.keys()) | columns.keys()
        if row[name] != columns.get(name)
    ]


QUANTITIES = frozenset(
    {"temperature_c", "humidity_pct", "wind_direction", "wind_speed_ms", "sea_level_pressure_hpa", "station_pressure_hpa",
     "precipitation_1h_mm", "precipitation_day_mm", "visibility_km", "visibility_or_more", "cloud_tenths", "low_cloud_tenths",
     "dew_point_c", "apparent_temperature_c", "sky", "temperature_min_c", "temperature_max_c", "reliability"}
)  # fmt: skip


def test_kmas_pages_equal_the_truth_in_every_column(crawled: Path) -> None:
    assert weather_faults(crawled, 1) == []
    assert {row["flags"] == [] for row in plain(crawled, "bulletins") if row["source"].startswith("kma_")} == {True}


def test_plain_pandas_needs_no_code_of_ours(crawled: Path) -> None:
    articles = pd.read_parquet(crawled / "datasets" / "articles")
    assert len(articles) == len([t for t in truth.articles(1) if not t.gone])
    assert not articles.duplicated(["outlet_id", "article_id"]).any()
    assert str(articles["published_at"].dtype) == "datetime64[ms, Asia/Seoul]"
    observations = pd.read_parquet(crawled / "datasets" / "observations")
    assert not observations.duplicated(["bulletin_id", "position"]).any()


def test_every_request_has_one_outcome_and_nothing_disallowed_was_fetched(crawled: Path) -> None:
    fetches = pd.read_parquet(crawled / "datasets" / "fetches")
    assert not fetches.duplicated(["run_id", "sequence"]).any()
    (run,) = plain(crawled, "runs")
    outcomes = fetches["outcome"].value_counts().to_dict()
    assert {name: run[name] for name in outcomes} == outcomes
    assert (run["requests"], run["ended"], run["exit_code"]) == (len(fetches), "complete", 0)
    archived = [p.url for path in (crawled / "archive").glob("*.gz") for p in pages(path) if not isinstance(p, Damaged)]
    assert not [url for url in archived if url and ("/admin/" in url or "/search" in url)]
    assert len(archived) == len(set(archived)), "no page was fetched twice"


@pytest.mark.fault("F55")
@pytest.mark.parametrize("jobs", [1, 2])
def test_reparse_equals_the_crawl_and_order_and_processes_do_not_show(crawled: Path, tmp_path: Path, jobs: int) -> None:
    warcs = sorted((crawled / "archive").glob("*.warc.gz"))
    done = newsharvest("reparse", *reversed(warcs), "--jobs", jobs, "--data-dir", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert frames(tmp_path / "again") == frames(crawled)
    twice = newsharvest("reparse", *warcs, "--jobs", 3 - jobs, "--data-dir", "again", cwd=tmp_path)
    assert twice.returncode == 0, twice.stderr
    assert frames(tmp_path / "again") == frames(crawled)


CRIPPLED = """
import sys
from newsharvest import reparse
from newsharvest.archive import pages
from newsharvest.chain import Chain
from newsharvest.items import Article, Source, WeatherBulletin
import newsharvest.chain as chain, newsharvest.harvest as harvest

honest = harvest.harvest
def crippled(page, *more):
    items = honest(page, *more)
    for item in items:
        if isinstance(item, Article):
            item.subtitle = None
        if isinstance(item, WeatherBulletin):
            for reading in item.readings:
                reading.station_raw, reading.sky_raw = reading.sky_raw, reading.station_raw
    if page.url and not any(isinstance(i, Article) for i in items) and page.status == 200 and page.media == "html":
        items.append(Article("demo_haeram", "999" + str(len(page.url)), page.source, title="list", paragraphs=["list"]))
    return items
chain.harvest = crippled
from newsharvest.cli import run
sys.exit(run(sys.argv[1:]))
"""


def test_a_rebuild_heals_what_a_worse_parser_left(crawled: Path, tmp_path: Path) -> None:
    shutil.copytree(crawled / "archive", tmp_path / "data" / "archive")
    (tmp_path / "crippled.py").write_text(CRIPPLED, encoding="utf-8")
    words = [sys.executable, "crippled.py", "reparse", "--data-dir", "data"]
    bad = subprocess.run(words, cwd=tmp_path, env=ENV, capture_output=True, text=True, timeout=120)
    assert bad.returncode == 0, bad.stderr
    spoiled = frames(tmp_path / "data")
    assert {row["subtitle"] for row in spoiled["articles"]} == {None}
    assert [row for row in spoiled["articles"] if row["article_id"].startswith("999")]
    done = newsharvest("reparse", "--data-dir", "data", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert frames(tmp_path / "data") == frames(crawled)
    assert list((tmp_path / "data" / "datasets" / "_staging").iterdir()) == []


def test_the_next_day_requests_only_what_may_be_new(crawled: Path, tmp_path: Path) -> None:
    shutil.copytree(crawled, tmp_path / "data")
    same = newsharvest("demo", "--data-dir", "data", "--json", cwd=tmp_path)
    assert same.returncode == 0, same.stderr
    fetches = pd.read_parquet(tmp_path / "data" / "datasets" / "fetches")
    runs = sorted(fetches["run_id"].unique())
    second = fetches[fetches["run_id"] == runs[1]]
    assert second[second["kind"] == "article"].empty
    assert second[second["kind"] == "weather"]["outcome"].tolist() == ["unchanged"] * 5
    day2 = newsharvest("demo", "--day", 2, "--data-dir", "data", "--json", cwd=tmp_path)
    assert day2.returncode == 0, day2.stderr
    before, after = ({(t.outlet_id, t.article_id): t for t in truth.articles(day)} for day in (1, 2))
    changed = {key for key, true in after.items() if before.get(key) != true}
    third = pd.read_parquet(tmp_path / "data" / "datasets" / "fetches").query(
        "run_id not in @runs and kind == 'article'"
    )
    assert len(third) == len(changed), sorted(third["url"])
    check_day_two(tmp_path / "data", changed)
    assert [fault for fault in weather_faults(tmp_path / "data", 2) if "invented" not in fault] == []
    assert [fault for fault in weather_faults(tmp_path / "data", 1) if "invented" not in fault] == []


def check_day_two(data_dir: Path, changed: set[tuple[str, str]]) -> None:
    gone = {(t.outlet_id, t.article_id) for t in truth.articles(2) if t.gone}
    rows = {(row["outlet_id"], row["article_id"]): row for row in plain(data_dir, "articles")}
    assert {key for key, row in rows.items() if row["gone_at"]} == gone & set(rows)
    assert [fault for fault in article_faults(data_dir, 2) if "invented" not in fault] == []
    revisions = Counter((row["outlet_id"], row["article_id"]) for row in plain(data_dir, "revisions"))
    first = {(t.outlet_id, t.article_id) for t in truth.articles(1)}
    assert {key for key, count in revisions.items() if count > 1} == (changed & first) - gone
    assert set(revisions.values()) == {1, 2}


def start_demo(cwd: Path) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "newsharvest", "demo", "--data-dir", "data"]
    return subprocess.Popen(words, cwd=cwd, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def archived_bytes(data_dir: Path) -> int:
    return sum(path.stat().st_size for path in (data_dir / "archive").glob("*.warc.gz"))


def wait_for_archive(process: subprocess.Popen[str], data_dir: Path, size: int) -> None:
    deadline = time.monotonic() + 60
    while archived_bytes(data_dir) < size:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.fault("F40")
@pytest.mark.parametrize("size", [150_000, 900_000])
def test_kill_9_in_the_middle_and_the_same_command_again(crawled: Path, tmp_path: Path, size: int) -> None:
    process = start_demo(tmp_path)
    wait_for_archive(process, tmp_path / "data", size)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = newsharvest("demo", "--data-dir", "data", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of a killed run were landed first" in done.stdout
    assert article_faults(tmp_path / "data", 1) == []
    assert bulletins_of(tmp_path / "data") == bulletins_of(crawled)
    assert sorted(row["ended"] for row in plain(tmp_path / "data", "runs")) == ["complete", "killed"]
    archived = {
        (p.record.warc_filename, p.record.warc_record_offset)
        for path in (tmp_path / "data" / "archive").glob("*.gz")
        for p in pages(path)
        if not isinstance(p, Damaged) and p.record
    }
    for row in plain(tmp_path / "data", "articles"):
        assert (row["warc_filename"], row["warc_record_offset"]) in archived


@pytest.mark.fault("F42")
def test_sigterm_stops_in_order_and_nothing_is_lost(tmp_path: Path) -> None:
    process = start_demo(tmp_path)
    wait_for_archive(process, tmp_path / "data", 200_000)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 143, output
    assert time.monotonic() - began < 10
    assert [row["ended"] for row in plain(tmp_path / "data", "runs")] == ["stopped"]
    again = newsharvest("demo", "--data-dir", "data", cwd=tmp_path)
    assert again.returncode == 0, again.stdout + again.stderr
    assert article_faults(tmp_path / "data", 1) == []


@pytest.mark.fault("F45")
def test_a_second_run_is_refused_while_one_runs(tmp_path: Path) -> None:
    process = start_demo(tmp_path)
    try:
        wait_for_archive(process, tmp_path / "data", 100_000)
        process.send_signal(signal.SIGSTOP)  # it must not come to its end meanwhile
        second = newsharvest("reparse", "--data-dir", "data", cwd=tmp_path)
        assert (second.returncode, "another run holds" in second.stderr) == (5, True)
        third = newsharvest("demo", "--data-dir", "data", cwd=tmp_path)
        assert (third.returncode, "another run holds" in third.stderr) == (5, True)
        assert "Traceback" not in third.stderr
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def test_show_and_info(crawled: Path, tmp_path: Path) -> None:
    true = next(t for t in truth.articles(1) if t.rights_notice and not t.gone)
    done = newsharvest("show", true.url, "--data-dir", crawled, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert shown["article"]["title"] == true.title
    assert (len(shown["revisions"]), bool(shown["dropped"])) == (1, True)
    by_id = newsharvest("show", f"{true.outlet_id}/{true.article_id}", "--data-dir", crawled, cwd=tmp_path)
    assert true.title is not None
    assert f"]: {true.title}" in by_id.stdout
    assert (shown["container_chars"] > 0, shown["unaccounted"]) == (True, 0)
    assert f"text accounted for: 100.0 % of {shown['container_chars']} characters" in by_id.stdout
    assert shown["article"]["warc_filename"] in by_id.stdout
    facts = json.loads(newsharvest("info", "--data-dir", crawled, "--json", cwd=tmp_path).stdout)
    rows = {d["dataset"]: d["rows"] for d in facts["datasets"]}
    assert rows["articles"] == len(plain(crawled, "articles"))
    assert facts["runs"] == 1


@pytest.fixture
def site() -> Iterator[str]:
    from newsharvest.demo.server import serve

    with serve(1, max_seconds=120) as server:
        yield server.proxy_url


def test_scrapy_crawl_is_as_safe_as_the_command(crawled: Path, tmp_path: Path, site: str) -> None:
    """Plain `scrapy crawl` locks, archives, lands and logs too."""
    words = [sys.executable, "-m", "scrapy", "crawl", "outlets", "-a", "outlet=demo_noeul"]
    words += [
        "-s",
        f"NEWSHARVEST_DATA={tmp_path / 'data'}",
        "-s",
        f"NEWSHARVEST_DEMO_PROXY={site}",
        "-s",
        "AUTOTHROTTLE_ENABLED=0",
    ]
    words += ["-s", "DOWNLOAD_DELAY=0", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16"]
    done = subprocess.run(words, cwd=REPO, env=ENV, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    mine = {row["article_id"]: row["content_hash"] for row in plain(tmp_path / "data", "articles")}
    wanted = {r["article_id"]: r["content_hash"] for r in plain(crawled, "articles") if r["outlet_id"] == "demo_noeul"}
    assert mine == wanted
    assert [row["ended"] for row in plain(tmp_path / "data", "runs")] == ["complete"]
    listed = subprocess.run([sys.executable, "-m", "scrapy", "list"], cwd=REPO, env=ENV, capture_output=True, text=True)
    assert "outlets" in listed.stdout.split()


def test_fetched_at_is_the_same_to_the_millisecond(crawled: Path) -> None:
    moments = [row["fetched_at"] for row in plain(crawled, "articles")]
    spread = max(moments) - min(moments)
    assert timedelta(0) < spread < timedelta(minutes=5)
    assert any(moment.microsecond for moment in moments)
