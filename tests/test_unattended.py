"""Runs that nobody watches: what they say, whom they tell, what they leave."""

from __future__ import annotations

import configparser
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsharvest import notifying
from newsharvest.config import ConfigError, Log
from newsharvest.crawl.running import CrawlResult
from newsharvest.disk import Disk, TooLittleDiskError, need_free
from newsharvest.files import DataDir
from newsharvest.health import health
from newsharvest.logfiles import logged
from newsharvest.notifying import Told, tell
from newsharvest.runlog import new_run_id
from tests.conftest import REPO
from tests.faultsite import answer, fault_site

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_names_of_runs_sort_as_they_began() -> None:
    began = [AT + timedelta(milliseconds=ms) for ms in (0, 7, 80, 999, 1000)]
    names = [new_run_id(at) for at in began]
    assert names == sorted(names)
    assert [name.rpartition("-")[0] for name in names] == [
        "20260302T100000000Z", "20260302T100000007Z", "20260302T100000080Z", "20260302T100000999Z", "20260302T100001000Z",
    ]  # fmt: skip
    with_older_names = ["20260302T095959Z-ffffff", *names[:4], "20260302T100000Z-000000", names[4]]
    assert with_older_names == sorted(with_older_names)


# --- health


def row(hours_ago: float, ended: str = "complete", exit_code: int | None = 0, command: str = "crawl") -> dict[str, Any]:
    at = AT - timedelta(hours=hours_ago)
    return {
        "run_id": f"{at:%Y%m%dT%H%M%SZ}-x",
        "command": command,
        "ended": ended,
        "exit_code": exit_code,
        "ended_at": at,
    }


@pytest.mark.parametrize(
    ("rows", "healthy", "told"),
    [
        ([row(1)], True, "ended 1.0 h ago"),
        ([row(26)], True, "ended 26.0 h ago"),
        ([row(27)], False, "ended 27.0 h ago, more than 26.0 h"),
        ([row(100), row(1, "incomplete", 3)], False, "4.2 d ago, more than 26.0 h; the newest, 20260302T090000Z-x, ended incomplete (3)"),
        ([row(1, "running", None)], False, "no complete crawl yet; the newest, 20260302T090000Z-x, is running"),
        ([row(1, command="rebuild")], False, "no complete crawl yet"),
        ([], False, "no complete crawl yet"),
        ([row(1, "complete", 3)], False, "no complete crawl yet; the newest"),
    ],
)  # fmt: skip
def test_health(rows: list[dict[str, Any]], healthy: bool, told: str) -> None:
    found = health(rows, AT, timedelta(hours=26))
    assert (found.healthy, told in found.told) == (healthy, True), found.told


# --- messages


def test_a_message_at_the_first_failure_at_another_kind_and_at_the_recovery(tmp_path: Path) -> None:
    sent: list[str] = []

    def send(urls: Any, title: str, body: str) -> bool:
        sent.append(f"{title}: {body}")
        return True

    for code in (0, 3, 3, 3, 4, 4, 0, 0):
        assert tell(tmp_path, ["x://"], code, f"run {code}", AT, send)
    assert sent == [
        "newsharvest failed (3): run 3",
        "newsharvest failed (4): run 4",
        "newsharvest is well again, after failures since 2026-03-02 19:00: run 0",
    ]
    assert tell(tmp_path, [], 4, "x", AT, send), "nobody is to be told"
    assert len(sent) == 3


def test_a_message_that_was_not_sent_is_sent_after_the_next_run(tmp_path: Path) -> None:
    sent: list[str] = []
    assert not tell(tmp_path, ["x://"], 3, "run", AT, lambda *_: False)
    assert tell(tmp_path, ["x://"], 3, "run", AT, lambda _urls, title, _body: sent.append(title) is None)
    assert sent == ["newsharvest failed (3)"]
    (tmp_path / notifying.FILE).write_text("{", encoding="utf-8")
    assert notifying._read(tmp_path / notifying.FILE) == Told()


def test_apprise_reaches_a_webhook_on_loopback(tmp_path: Path) -> None:
    with fault_site({("127.0.0.1", "/hook"): answer("ok")}) as site:
        url = site.url.replace("http://", "json://") + "/hook"
        assert tell(tmp_path, [url], 3, "run x: incomplete", AT)
        assert [ask.path for ask in site.asks] == ["/hook"]
    assert not notifying._send(["nonsense"], "a", "b")


def test_extras_that_are_missing_are_told_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from newsharvest import metrics

    metrics.check("/var/lib/x.prom")
    with pytest.raises(ConfigError, match=r"files that end in \.prom"):
        metrics.check("/var/lib/x.txt")
    monkeypatch.setattr(metrics, "find_spec", lambda _: None)
    monkeypatch.setattr(notifying, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"newsharvest\[metrics\]"):
        metrics.check("/var/lib/x.prom")
    with pytest.raises(ConfigError, match=r"newsharvest\[notify\]"):
        notifying.check(["mailto://x"])
    metrics.check("")
    notifying.check([])


# --- figures, logs, disk


def test_figures_for_prometheus(tmp_path: Path) -> None:
    from prometheus_client.parser import text_string_to_metric_families

    from newsharvest import metrics

    facts = {
        "ended_at": 1_772_445_600.0, "exit_code": 3, "seconds": 42.0, "bytes": 5, "archived": 7,
        "outcomes": {"stored": 3, "failed": 1}, "counts": {"demo_haeram": {"stored": 2}},
        "violations": ["a_paper volume: 0 articles"], "suspended": ["b_paper is suspended"],
    }  # fmt: skip
    path = tmp_path / "new" / "newsharvest.prom"
    metrics.write(path, facts, Disk(100, 20, 10, 5.0), None)
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }
    assert found["newsharvest_run_exit_code",] == 3
    assert found["newsharvest_run_requests", "failed"] == 1
    assert found["newsharvest_run_outlet_requests", "stored", "demo_haeram"] == 2
    assert found["newsharvest_disk_days_left",] == 20
    assert (found["newsharvest_run_violations",], found["newsharvest_suspended_outlets",]) == (1, 1)
    assert ("newsharvest_last_complete_run_timestamp_seconds",) not in found, "there was none"
    assert [each.name for each in path.parent.iterdir()] == ["newsharvest.prom"]


def test_log_files_are_bounded_in_size_and_number(tmp_path: Path) -> None:
    with logged(DataDir(tmp_path), Log(max_size=2_000, files=3)):
        for number in range(200):
            logging.getLogger("newsharvest.test").info("line %d", number)
    files = sorted((tmp_path / "state" / "logs").iterdir())
    assert [file.name for file in files] == ["newsharvest.log", "newsharvest.log.1", "newsharvest.log.2"]
    assert max(file.stat().st_size for file in files) <= 2_000
    assert "line 199" in files[0].read_text(encoding="utf-8")
    logging.getLogger("newsharvest.test").info("after")
    assert "after" not in files[0].read_text(encoding="utf-8")


def test_no_run_with_too_little_disk(tmp_path: Path) -> None:
    need_free(tmp_path / "not" / "there", 1)
    with pytest.raises(TooLittleDiskError, match=r"a run needs 1000000\.0 TB"):
        need_free(tmp_path / "not" / "there", 10**18)


def test_the_summary_line() -> None:
    from newsharvest.cli_crawl import summary_line

    result = CrawlResult(
        3, "incomplete", "20260302T100000Z-abc", outlets=("a", "b"), bytes=1_500_000, archived=400_000, requests=30,
        outcomes={"stored": 20, "failed": 1, "unchanged": 9}, seconds=61.4,
        revisits={"304": {"number": 8, "bytes": 4_000}, "whole": {"number": 1, "bytes": 21_000}},
    )  # fmt: skip
    assert summary_line(result, Disk(41 * 10**9, 1, 1, 10**8)) == (
        "20260302T100000Z-abc: incomplete (3) in 61 s · 2 sources · 30 requests: 1 failed, 20 stored, 9 unchanged"
        " · 1.5 MB received, archive +400 KB · 8 unchanged 304 at 500 B of archive · 1 unchanged whole at 21,000 B of archive"
        " · 41 GB free, 410 days at the rate of the last week"
    )


# --- the command, on one made-up paper

STANZA = '[naru]\nname = "나루신문"\nhosts = ["www.naru.test"]\ncms = "ndsoft"\nhome = "http://www.naru.test/"\n'


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(STANZA, encoding="utf-8")
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "newsharvest.toml"


def crawled(command: Command, *options: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    words = ("crawl", "naru", "--outlets", "own.toml", "--data-dir", "data", *options)
    return command(*words, env=env)


def test_outside_the_hours_nothing_runs_and_nothing_fails(command: Command, paper: Path) -> None:
    paper.write_text("[window]\nwithin = ['01:00-05:00']", encoding="utf-8")
    done = crawled(command, NEWSHARVEST_NOW="2026-03-02T12:00")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == "outside the hours of newsharvest.toml: nothing is asked before 2026-03-03 01:00"
    quiet = crawled(command, "--quiet", NEWSHARVEST_NOW="2026-03-02T12:00")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    assert not (paper.parent / "state").exists()


def test_too_little_disk_and_wrong_options(command: Command, paper: Path) -> None:
    done = crawled(command, "--min-free", "900000 TB")
    assert (done.returncode, "a run needs 900000.0 TB" in done.stderr) == (4, True)
    assert crawled(command, "--max-time", "soon").returncode == 2
    assert not (paper.parent / "state").exists()


def test_a_failure_in_quiet_is_one_line_with_its_reasons_and_is_told(command: Command, paper: Path) -> None:
    """No demo site runs, so the paper's host resolves nowhere: nothing was had. The second failure is no news."""
    with fault_site({("127.0.0.1", "/hook"): answer("ok")}) as site:
        hook, prom = site.url.replace("http://", "json://"), paper.parent / "x.prom"
        text = f"min_free = '1 MB'\n[notify]\nurls = ['{hook}/hook']\n[metrics]\ntextfile = '{prom}'\n"
        paper.write_text(text, encoding="utf-8")
        done = crawled(command, "--quiet")
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        first, *reasons = done.stderr.splitlines()
        assert "incomplete (3)" in first
        assert "1 sources" in first
        assert reasons == ["newsharvest: 1 × skipped: demo_not_running"]
        assert crawled(command, "--quiet").returncode == 3
        assert len(site.asks) == 1
    assert "newsharvest_run_exit_code 3.0" in prom.read_text(encoding="utf-8")
    log = (paper.parent / "state" / "logs" / "newsharvest.log").read_text(encoding="utf-8")
    assert "INFO" in log
    sick = command("health", "--data-dir", "data")
    assert (sick.returncode, "no complete crawl yet; the newest" in sick.stderr) == (3, True)


def test_a_plan_fetches_nothing(command: Command, paper: Path) -> None:
    done = crawled(command, "--plan", "--json")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["outlets"] == [
        {
            "outlet_id": "naru", "discovery": 2, "new": None, "again": 0, "requests": 3000, "hours": 3000 / 3600,
            "bytes": 60_000_000, "basis": "never crawled: as much as the cap allows", "remark": "",
        }
    ]  # fmt: skip
    assert facts["total"]["requests"] == 3000
    weather = command("crawl", "demo_city_obs", "--data-dir", "data", "--plan", "--json")
    (source,) = json.loads(weather.stdout)["outlets"]
    assert (source["discovery"], source["new"], source["requests"]) == (2, 0, 2), "its page and robots.txt"
    assert sorted(path.name for path in paper.parent.iterdir()) == []


# --- units

UNITS = sorted((REPO / "docs" / "systemd").iterdir())


def test_the_units_are_what_systemd_understands(tmp_path: Path) -> None:
    """`make test` installs systemd-analyze where apt-get may; only outside of CI a machine may do without it."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing: make system")
        pytest.skip("no systemd-analyze here")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace("User=newsharvest\n", "User=root\n")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [tool, "verify", *(str(tmp_path / unit.name) for unit in UNITS)], capture_output=True, text=True, timeout=60,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or "newsharvest" in line]
    assert (done.returncode, complaints) == (0, []), done.stderr


def test_the_service_takes_a_stop_for_success_and_its_commands_exist(command: Command) -> None:
    assert [unit.name for unit in UNITS] == [
        "newsharvest-health.service", "newsharvest-health.timer", "newsharvest.service", "newsharvest.timer",
    ]  # fmt: skip
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(REPO / "docs" / "systemd" / "newsharvest.service")
    service = parser["Service"]
    assert (service["SuccessExitStatus"], service["Type"]) == ("143", "oneshot")
    assert service["ExecStart"] == "/usr/bin/env newsharvest crawl --all --quiet"
    crontab = (REPO / "docs" / "newsharvest.crontab").read_text(encoding="utf-8")
    assert "newsharvest crawl --all --quiet" in crontab
    for words in (("crawl", "--help"), ("health", "--help")):
        shown = command(*words).stdout
        assert all(option in shown for option in (("--quiet", "--all") if words[0] == "crawl" else ("--max-age",)))
