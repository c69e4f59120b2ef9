"""What an operator asks of runs: `[expect]`, `[expect_kma]`, stanzas, and what a violated one does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from newsharvest.clock import KST
from newsharvest.config import Config, ConfigError, read, template
from newsharvest.expectations.facts import RunFacts
from newsharvest.expectations.judge import judge
from newsharvest.expectations.weather import counted, judge_weather
from newsharvest.kma_registry import read_sources
from newsharvest.registry import ReferenceDataError, read_outlets
from tests.conftest import CHILD_PATH, PAGES, REPO
from tests.faultsite import FaultSite, answer, fault_site

START = datetime(2026, 3, 2, 9, tzinfo=KST)
CITY = (PAGES / "kma" / "city_obs.htm").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[expect]\nartikles = 5", "unknown key expect.artikles; did you mean expect.articles?"),
        ("[expect]\nunresolved = 0.1", "unknown key expect.unresolved; did you mean expect_kma.unresolved?"),
        ("[expect]\nfields = { titel = 0.9 }", "expect.fields = {'titel': 0.9} is to be of known names: 'titel' is none; did you mean title?"),
        ("[expect]\nfields = { title = 2 }", "expect.fields = {'title': 2} is to be a share between 0 and 1"),
        ("[expect]\nrejected = 20", "expect.rejected = 20 is to be a share between 0 and 1"),
        ("[expect]\narticles = -1", "expect.articles = -1 is to be a whole number of at least 0"),
        ("[expect]\noff = ['mix:titel']", "'mix:titel' is none; did you mean mix:title?"),
        ("[expect.of.jjan]\nartikles = 3", "jjan: expect.artikles is unknown; did you mean articles?"),
        ("[expect.of.nobody_here]\narticles = 3", "'nobody_here' is none"),
        ("[expect_kma]\nfields = { temperature = 0.9 }", "'temperature' is none; did you mean temperature_c?"),
        ("[expect_kma.of.kma_city_ob]\nstations = 3", "'kma_city_ob' is none; did you mean kma_city_obs?"),
    ],
)  # fmt: skip
def test_an_expectation_that_can_not_be_is_an_error_with_its_name(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)


def test_init_writes_it_commented() -> None:
    lines = template().splitlines()
    at = lines.index("[expect]")
    assert "What a run of every outlet must give" in lines[at - 1]
    section = lines[at + 1 : lines.index("", at)]
    keys = [line.removeprefix("# ").partition(" = ")[0] for line in section if " = " in line and "{ " not in line]
    assert [key for key in keys if key.isidentifier()] == ["articles", "fields", "stations", "rejected", "off", "of"]
    assert sum(line.startswith("# ") for line in section) >= 6
    assert read(template() + "\n[expect.of.jjan]\narticles = 9").expect.asked("jjan", None)["articles"] == 9


def test_an_outlet_s_own_comes_first_key_by_key_and_field_by_field() -> None:
    conf = read(
        "[expect]\narticles = 3\nrejected = 0.1\nfields = { title = 0.95, section = 0.5 }\n[expect.of.jjan]\nrejected = 0.5"
    )
    assert conf.expect.asked("a_paper", None) == {
        "articles": 3, "rejected": 0.1, "off": (), "fields": {"title": 0.95, "section": 0.5},
    }  # fmt: skip
    own = {"articles": 0, "rejected": 0.3, "fields": {"section": 0.0, "byline_raw": 0.2}}
    fields = {"title": 0.95, "section": 0.0, "byline_raw": 0.2}
    assert conf.expect.asked("a_paper", own) == {"rejected": 0.3, "off": (), "fields": fields}
    assert conf.expect.asked("jjan", own)["rejected"] == 0.5, "newsharvest.toml is the operator's last word"


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ("{ artikles = 5 }", "a.toml [a_paper]: expect.artikles is unknown; did you mean articles?"),
        ("{ fields = { byline = 0.5 } }", "expect.fields is to be of known names: 'byline' is none; did you mean byline_raw?"),
        ("{ off = ['banns'] }", "expect.off is to be of known names: 'banns' is none; did you mean banned?"),
        ("5", "expect is a table of articles, stations, rejected, fields, off"),
    ],
)  # fmt: skip
def test_a_stanza_s_expect_is_as_strict(tmp_path: Path, stated: str, message: str) -> None:
    (tmp_path / "a.toml").write_text(f'[a_paper]\nname = "가"\nhosts = ["a.test"]\ncms = "ndsoft"\nexpect = {stated}\n')
    with pytest.raises(ReferenceDataError) as caught:
        read_outlets(tmp_path / "a.toml")
    assert message in str(caught.value)


def test_a_source_of_kma_has_its_own_keys() -> None:
    stanza = '[a_table]\nname = "표"\ngives = "kma_table"\nurls = ["http://w.test/a"]\nexpect = {{ {0} }}\n'
    assert read_sources(stanza.format("stations = 90"))["a_table"].expect == {"stations": 90}
    with pytest.raises(ReferenceDataError, match=r"\[a_table\]: expect\.articles is unknown"):
        read_sources(stanza.format("articles = 5"))


def test_what_is_asked_of_all_is_judged() -> None:
    mix = {"title": {"ndsoft:h3.heading": 8, "-": 2}, "section": {"-": 10}}
    facts = RunFacts("a_paper", "1", START, requests=20, answered=20, pages=10, rejected=4, own_pages=9, mix=mix)
    conf = read("[expect]\nfields = { title = 0.9, section = 0.0 }\nstations = 90").expect
    found = judge(replace(facts, tickers=1, stations=80), [], conf.asked("a_paper", None))
    assert [(v.signal, v.text) for v in found] == [
        ("field:title", "title on 80% of 10 pages, at least 90% asked for"),
        ("stations", "80 stations in the fullest ticker, at least 90 expected"),
    ]
    assert judge(facts, [], Config().expect.asked("a_paper", None)) == []


# --- KMA


def table(hour: int, **changed: Any) -> RunFacts:
    """A run that read the table of one hour: 95 stations, dry, clouds seen at 30 of them by day."""
    clouds = 30 if 6 <= hour % 24 < 18 else 0
    fields = {
        "temperature_c": 95,
        "humidity_pct": 95,
        "wind_speed_ms": 94,
        "precipitation_1h_mm": 0,
        "cloud_tenths": clouds,
    }
    fields |= changed.pop("fields", {})
    mix = {name: {"given": count, "-": 95 - count} for name, count in fields.items()}
    mix["station"] = changed.pop("station", {"given": 95})
    facts = {"requests": 1, "answered": 1, "pages": 95, "new": 95, "mix": mix, "tickers": 1, "stations": 95}
    return RunFacts("kma_city_obs", f"{hour}", START + timedelta(hours=hour), **(facts | changed))


PAST = [table(hour) for hour in range(24)]
ASKED = Config().expect_kma.asked("kma_city_obs", None)


@pytest.mark.parametrize(
    ("changed", "signals"),
    [
        ({}, []),
        ({"fields": {"precipitation_1h_mm": 95, "cloud_tenths": 0}}, []),
        ({"stations": 70}, ["stations"]),
        ({"stations": 88}, []),
        ({"station": {"given": 80, "-": 15}}, ["unresolved"]),
        ({"station": {"given": 90, "-": 5}}, []),
        ({"fields": {"temperature_c": 40}}, ["field:temperature_c"]),
        ({"fields": {"temperature_c": 60}}, []),
        ({"fields": {"temperature_c": 0, "humidity_pct": 0}}, ["field:temperature_c", "field:humidity_pct"]),
        ({"rejected": 1, "pages": 0, "mix": {}, "tickers": 0, "stations": 0}, ["rejected"]),
        ({"answered": 0, "failed": 1, "reasons": {"timeout": 1}, "pages": 0, "mix": {}, "stations": 0}, ["unreachable"]),
        ({"answered": 0, "failed": 1, "reasons": {"http_403": 1}, "pages": 0, "mix": {}, "stations": 0}, ["banned"]),
        ({"pages": 0, "new": 0, "mix": {}, "tickers": 0, "stations": 0}, []),
    ],
    ids=["quiet", "rain at night", "stations", "a few stations", "unresolved", "a few unresolved", "field", "half a field",
         "two fields", "rejected", "unreachable", "banned", "unchanged"],
)  # fmt: skip
def test_a_source_against_its_own_last_runs(changed: dict[str, Any], signals: list[str]) -> None:
    assert [v.signal for v in judge_weather(table(24, **changed), PAST, ASKED)] == signals


def test_a_short_history_says_nothing_and_an_operator_does() -> None:
    poor = table(3, stations=40, fields={"temperature_c": 10})
    assert judge_weather(poor, PAST[:3], ASKED) == []
    asked = read(
        "[expect_kma]\nstations = 90\nfields = { temperature_c = 0.9 }\n[expect_kma.of.kma_city_obs]\nstations = 41"
    )
    found = judge_weather(poor, PAST[:3], asked.expect_kma.asked("kma_city_obs", {"stations": 30}))
    assert [(v.signal, v.text) for v in found] == [
        ("stations", "40 stations on the fullest page, at least 41 expected"),
        ("field:temperature_c", "temperature_c on 11% of 95 readings, at least 90% (asked for)"),
    ]
    off = read("[expect_kma]\nstations = 90\noff = ['stations', 'field']").expect_kma.asked("kma_city_obs", None)
    assert judge_weather(table(24, stations=40, fields={"temperature_c": 0}), PAST, off) == []


def test_what_is_counted_of_rows() -> None:
    rows = [{"stn_id": 90, "temperature_c": 3.5, "sky": None}, {"stn_id": None, "temperature_c": None, "sky": None}]
    assert counted(rows) == {"station": {"given": 1, "-": 1}, "temperature_c": {"given": 1, "-": 1}, "sky": {"-": 2}}
    assert counted([{"temperature_c": 1.0}]) == {"temperature_c": {"given": 1}}, "a forecast has no station number"


def crawl(data: Path, site: FaultSite) -> subprocess.CompletedProcess[str]:
    script = (
        "import sys; from newsharvest.crawl.running import run\n"
        "result = run('outlets', {'NEWSHARVEST_DATA': sys.argv[1], 'NEWSHARVEST_DEMO_PROXY': sys.argv[2]},"
        " {'outlet': 'demo_city_obs'})\nprint(*result.violations, sep='\\n')\nsys.exit(result.exit_code)"
    )
    return subprocess.run(
        [sys.executable, "-c", script, str(data), site.url], cwd=REPO, env={**os.environ, "PYTHONPATH": CHILD_PATH},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_a_table_that_gives_less_ends_the_run_with_3(tmp_path: Path) -> None:
    """The saved table whole, then with the temperatures of all stations gone."""
    (tmp_path / "newsharvest.toml").write_text("[expect_kma]\nfields = { temperature_c = 0.8 }", encoding="utf-8")
    pages = iter([CITY, without_temperatures(CITY)])
    place = ("www.weather.test", "/w/weather/land/city-obs.do")
    with fault_site({place: lambda _ask: answer(next(pages)), (place[0], "/robots.txt"): answer("")}) as site:
        first, second = crawl(tmp_path, site), crawl(tmp_path, site)
    assert (first.returncode, first.stdout) == (0, "\n"), first.stderr
    told = "demo_city_obs field:temperature_c: temperature_c on 0% of 6 readings, at least 80% (asked for)\n"
    assert (second.returncode, second.stdout) == (3, told), second.stderr
    runs = pd.read_parquet(tmp_path / "datasets" / "runs").sort_values("run_id")
    assert runs["expectations_met"].tolist() == [True, False]
    facts = pd.read_parquet(tmp_path / "datasets" / "outlet_runs").sort_values("run_id")
    assert facts[["outlet_id", "pages", "stations"]].to_numpy().tolist() == [["demo_city_obs", 6, 6]] * 2
    assert facts["signals"].map(list).tolist() == [[], ["field:temperature_c"]]


def without_temperatures(text: str) -> str:
    """The sixth cell of every row emptied."""
    rows = re.split(r"(?=<tr>)", text)
    return "".join(
        re.sub(r"((?:<td>.*?</td>\s*){5}<td>)[^<]*(?=</td>)", r"\1&nbsp;", row, count=1, flags=re.DOTALL)
        for row in rows
    )
