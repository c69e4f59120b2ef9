"""How fast hosts, addresses and vendors are asked, what a day allows, and who is left alone."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.settings import Settings

from newsharvest.bans import PAUSES, Bans, from_json, is_refusal
from newsharvest.config import read
from newsharvest.crawl.archiving import Archiving
from newsharvest.crawl.configured import CONFIG
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.outcomes import ARTICLE, TICKET, Ticket
from newsharvest.crawl.politeness import ALL, Politeness, limits
from newsharvest.crawl.timekeeping import end_of
from newsharvest.pacing import Limit, Pace
from newsharvest.quotas import Quota
from newsharvest.reference import outlets
from newsharvest.vendors import vendor_of
from tests.conftest import REPO
from tests.faultsite import Ask, FaultSite, answer, fault_site

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


# --- pace, quota, bans: pure


def test_a_request_waits_for_the_slowest_of_its_groups() -> None:
    pace = Pace({"address": Limit(0.5), "vendor": Limit(2.0), ALL: Limit(0.0, 2)})
    first, second = (ALL, "address:1", "vendor:v"), (ALL, "address:1")
    assert pace.wait(first, 10.0) == 0
    pace.begin(first, 10.0)
    assert (pace.wait(first, 10.1), pace.wait(second, 10.1), pace.wait((ALL, "address:2"), 10.1)) == (1.9, 0.4, 0.0)
    pace.begin(second, 10.5)
    assert pace.wait((ALL, "address:2"), 10.6) is None, "two are under way"
    pace.end(second)
    assert (pace.wait((ALL, "address:2"), 10.6), pace.wait(second, 10.6)) == (0.0, 0.4)


def test_a_thousand_requests_of_forty_hosts_keep_their_address_s_rate() -> None:
    pace, now, sent = Pace({"address": Limit(0.25), ALL: Limit()}), 0.0, []
    for _ in range(1_000):
        wait = pace.wait((ALL, "address:1"), now)
        assert wait is not None
        now += wait
        pace.begin((ALL, "address:1"), now)
        pace.end((ALL, "address:1"))
        sent.append(now)
        now += 0.01
    assert min(b - a for a, b in itertools.pairwise(sent)) >= 0.25 - 1e-6


def test_caps_of_a_day() -> None:
    quota = Quota(outlet_cap=3, cap=5, used={"a": 2})
    assert [quota.left(outlet) for outlet in ("a", "b")] == [1, 3]
    assert [quota.take(outlet) for outlet in "aabbbb"] == [True, False, True, True, False, False]
    assert (quota.used, quota.left("c")) == ({"a": 3, "b": 2}, 0)
    assert (Quota().left("a"), Quota().take("a")) == (None, True)


@pytest.mark.parametrize(
    ("status", "body", "is_article", "refuses"),
    [
        (403, b"", False, True),
        (429, b"", False, True),
        (404, b"", False, False),
        (503, b"", False, False),
        (200, b"<div class='g-recaptcha'>", False, True),
        (200, b"<script src='/cdn-cgi/challenge-platform/x.js'>", False, True),
        (200, b"<img src='/plugin/kcaptcha/kcaptcha_image.php'>", True, False),
        (200, b"<p>captcha" + b" " * 70_000 + b"/captcha.php", False, False),
        (200, b"<p>a story about a captcha</p>", False, False),
    ],
)
def test_what_is_a_refusal(status: int, body: bytes, is_article: bool, refuses: bool) -> None:
    assert is_refusal(status, body, is_article=is_article) is refuses


@pytest.mark.parametrize(
    "mark",
    ["g-recaptcha", "H-Captcha", "hcaptcha.com", "cf-challenge", "challenge-platform", "cf_chl_opt", "_Incapsula_Resource",
     "geo.captcha-delivery", "/captcha/", "/captcha?x", "captcha_image", "kcaptcha"],
)  # fmt: skip
def test_every_mark_of_a_test_of_humanity_is_seen(mark: str) -> None:
    """The words that are looked for first stand in whatever the expression finds."""
    page = f"<html><p>잠시만 기다려 주십시오</p><script src='{mark}'></script></html>".encode()
    assert is_refusal(200, page, is_article=False)
    assert not is_refusal(200, page.replace(mark.encode(), b"menu"), is_article=False)


def test_a_vendor_is_left_alone_after_refusals_of_two_of_its_hosts() -> None:
    bans, groups = Bans(), {host: (f"host:{host}", "vendor:ndsoft") for host in "abc"}
    assert bans.refused(groups["a"], "a", AT) == []
    assert bans.refused(groups["b"], "b", AT) == []
    assert bans.until(groups["c"], AT) is None
    assert bans.refused(groups["a"], "a", AT) == ["vendor:ndsoft"]
    assert bans.until(groups["c"], AT) == ("vendor:ndsoft", AT + PAUSES[0])
    assert bans.until(("host:c", "vendor:mediaon"), AT) is None
    assert bans.until(groups["c"], AT + PAUSES[0]) is None
    # One more refusal after the pause is enough for a longer one; a welcome makes all good.
    later = AT + PAUSES[0]
    kept = from_json(json.loads(json.dumps(bans.as_json())))
    assert kept == bans
    assert "vendor:ndsoft" in kept.refused(groups["c"], "c", later)
    assert kept.until(groups["c"], later) == ("vendor:ndsoft", later + PAUSES[1])
    kept.welcomed(groups["c"])
    assert kept.until(groups["c"], later) is None


def test_one_paper_that_does_not_want_us_speaks_for_itself() -> None:
    bans, mine = Bans(), ("host:a", "vendor:ndsoft")
    assert [bans.refused(mine, "a", AT) for _ in range(4)] == [[], [], ["host:a"], []]
    assert bans.until(("host:b", "vendor:ndsoft"), AT) is None
    bans.welcomed(("host:b", "vendor:ndsoft"))
    assert bans.until(mine, AT) == ("host:a", AT + PAUSES[0])


def test_the_registry_s_vendors() -> None:
    found = [vendor_of(outlet) for outlet in outlets().values()]
    assert (found.count("ndsoft"), found.count("mediaon"), found.count(None) > 50) == (98, 26, True)


def settings(priority: str = "cmdline", toml: str = "", **given: Any) -> Settings:
    made = Settings()
    made.setmodule("newsharvest.settings", priority="project")
    made.set(CONFIG, read(toml))
    made.update(given, priority=priority)
    return made


def test_limits_come_from_the_file_and_the_command_line_goes_before_it() -> None:
    slow = "[pace]\naddress_delay = 3\nvendor_delay = 2\nconcurrency = 5"
    assert limits(settings(toml=slow))["address"] == Limit(3.0, 4)
    assert (limits(settings(toml=slow))["vendor"].delay, limits(settings(toml=slow))[ALL].concurrency) == (2.0, 5)
    fast = limits(settings(toml=slow, DOWNLOAD_DELAY=0, CONCURRENT_REQUESTS_PER_DOMAIN=16, CONCURRENT_REQUESTS=64))
    assert fast == {"address": Limit(0.0, 16), "vendor": Limit(0.0, 16), ALL: Limit(0.0, 64)}
    assert limits(settings("spider", slow, DOWNLOAD_DELAY=0))["address"].delay == 3.0


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ("", (timedelta(hours=6), "max_time")),
        ("max_time = '0s'", None),
        ("[window]\nwithin = ['18:00-20:30']", (timedelta(hours=1, minutes=30), "hours_over")),
        ("[window]\nwithin = ['01:00-02:00']", (timedelta(), "hours_over")),
        ("max_time = '5m'\n[window]\nwithin = ['18:00-20:30']", (timedelta(minutes=5), "max_time")),
    ],
)
def test_when_a_run_ends_by_the_clock(toml: str, expected: tuple[timedelta, str] | None) -> None:
    """It is 19:00 in Korea."""
    found = end_of(read(toml), AT)
    assert (found and (found[0] - AT, found[1])) == expected


@pytest.mark.parametrize(("status", "reason"), [(429, "http_429"), (None, "host_backoff")])
def test_a_request_that_is_asked_again_while_its_host_is_given_up_tells_what_it_was_answered(
    status: int | None, reason: str
) -> None:
    """Between its first and its second look at the bans the attempt began, and the third refusal came."""
    crawler: Any = SimpleNamespace(settings=settings(), get_extension=lambda _: None)
    manners, archiving = Politeness(crawler, None), Archiving(crawler)
    request = Request("http://p00.test/a", meta={TICKET: Ticket(1, ARTICLE, "http://p00.test/a")})
    archiving.process_request(request)
    if status is not None:
        request.meta[TICKET].answered(status)
    manners.check_ban(request)
    archiving.process_request(request)
    for _ in range(3):
        manners.answered(request, 429, b"")
    with pytest.raises(Refused) as refused:
        manners.check_ban(request)
    assert refused.value.reason == reason


# --- the real thing: a crawl of many papers against a raw server


FRONT = answer("<html><body><p>front</p></body></html>")


@contextmanager
def arrivals() -> Iterator[FaultSite]:
    """A raw server of forty papers without robots.txt; it notes when each request arrives."""
    with fault_site({(f"p{n:02}.test", "/"): FRONT for n in range(40)}) as site:
        yield site


def times(site: FaultSite) -> list[float]:
    return sorted(ask.at for ask in site.asks)


_CHILD = """
import json, sys
from newsharvest.crawl.running import run
from newsharvest.pacing import Pace
departed, begin = [], Pace.begin
def noted(self, names, now):
    departed.append(now)
    begin(self, names, now)
Pace.begin = noted
job = json.loads(sys.argv[1])
result = run("outlets", job["settings"], job["arguments"])
print(json.dumps({"exit": result.exit_code, "reasons": result.reasons, "departed": departed}))
"""


def crawl(folder: Path, proxy: str, papers: int, toml: str, now: str | None = None, **given: Any) -> dict[str, Any]:
    stanzas = (
        f'[p{n:02}]\nname = "신문 {n}"\nhosts = ["p{n:02}.test"]\ncms = "ndsoft"\nhome = "http://p{n:02}.test/"\n'
        for n in range(papers)
    )
    (folder / "own.toml").write_text("".join(stanzas), encoding="utf-8")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "newsharvest.toml").write_text(toml, encoding="utf-8")
    (folder / "child.py").write_text(_CHILD, encoding="utf-8")
    options = {"NEWSHARVEST_DATA": str(folder / "data"), "NEWSHARVEST_DEMO_PROXY": proxy, "AUTOTHROTTLE_ENABLED": False}
    job = {"settings": options | given, "arguments": {"outlet": ",".join(f"p{n:02}" for n in range(papers))}}
    env = {**os.environ, "PYTHONPATH": str(REPO), "NEWSHARVEST_OUTLETS": str(folder / "own.toml")}
    done = subprocess.run(
        [sys.executable, str(folder / "child.py"), json.dumps(job)], cwd=folder, capture_output=True, text=True,
        timeout=90, env=env | ({"NEWSHARVEST_NOW": now} if now else {}),
    )  # fmt: skip
    assert done.stdout, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_forty_papers_on_one_address_never_exceed_that_address_s_rate(tmp_path: Path) -> None:
    """80 requests of 40 hosts, each host free to be asked at once: the address's delay alone holds them apart.

    By two clocks that are one, the system's: when the pace let a request go, and when the server saw it. The first are a delay
    apart, to the microsecond; of the second the n-th cannot be before the n-th of the first, however late either process is.
    """
    delay = 0.05
    toml = (
        f"[pace]\nhost_delay = 0\naddress_delay = {delay}\nvendor_delay = 0\naddress_concurrency = 40\nconcurrency = 40"
    )
    with arrivals() as seen:
        departed = crawl(tmp_path, seen.url, 40, toml)["departed"]
    at = sorted(times(seen))
    assert (len({ask.host for ask in seen.asks}), len(at), len(departed)) == (40, 80, 80)
    assert min(later - earlier for earlier, later in itertools.pairwise(departed)) >= delay - 2e-6
    assert all(seen_at >= left_at for seen_at, left_at in zip(at, departed, strict=True)), "nothing passed the pace by"
    # So whatever the server's own lateness: never more requests since the first one left than the rate allows.
    assert all(n <= (seen_at - departed[0]) / delay + 1e-3 for n, seen_at in enumerate(at))


def test_the_vendor_s_rate_holds_where_addresses_are_free(tmp_path: Path) -> None:
    toml = "[pace]\nhost_delay = 0\naddress_delay = 0\nvendor_delay = 0.1\naddress_concurrency = 40"
    with arrivals() as seen:
        crawl(tmp_path, seen.url, 10, toml)
    at = times(seen)
    assert len(at) == 20
    assert at[-1] - at[0] >= 19 * 0.1 * 0.98


FAST = {"DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 16}


def test_caps_hold_over_the_runs_of_a_day_and_begin_anew_the_next(tmp_path: Path) -> None:
    """Two requests a paper and run (robots.txt once in 24 hours, front page): of 8 papers, 10 requests are allowed."""
    toml = "[caps]\noutlet_requests = 3\nrequests = 10"
    counts, reasons = [], []
    for now in ("2026-03-02T10:00", "2026-03-02T12:00", "2026-03-03T12:01"):
        with arrivals() as seen:
            reasons.append(crawl(tmp_path, seen.url, 8, toml, now, **FAST)["reasons"])
        counts.append(len(seen.asks))
    assert counts == [10, 0, 10]
    assert reasons[0].get("skipped: daily_cap", 0) > 0
    with arrivals() as seen:
        crawl(tmp_path, seen.url, 1, "[caps]\noutlet_requests = 2", "2026-03-05T10:00", **FAST)
        crawl(tmp_path, seen.url, 1, "[caps]\noutlet_requests = 2", "2026-03-05T11:00", **FAST)
    assert len(seen.asks) == 2


def test_a_vendor_that_refuses_two_papers_is_left_alone_with_all_and_in_the_next_run(tmp_path: Path) -> None:
    banned = answer("<p>Forbidden</p>", status="403 Forbidden")
    hits: list[str] = []

    def respond(ask: Ask) -> bytes:
        hits.append(ask.host)
        return banned

    # robots.txt is let pass (404): that is no welcome.
    routes = {(f"p{n:02}.test", "/"): respond for n in range(12)}
    with fault_site(routes) as site:
        toml = "[pace]\nhost_delay = 0\naddress_delay = 0\nvendor_delay = 0.2\nvendor_concurrency = 1"
        first = crawl(tmp_path, site.url, 12, toml, "2026-03-02T10:00")
        asked = len(hits)
        again = crawl(tmp_path, site.url, 12, toml, "2026-03-02T10:05")
        assert len(hits) == asked, "still within the pause"
        crawl(tmp_path, site.url, 12, toml, "2026-03-02T10:30")
    # One more may be on its way before an answer was archived and read.
    assert asked <= 5
    assert asked < len(hits) <= asked + 3
    assert first["exit"] == again["exit"] == 3
    assert first["reasons"]["skipped: vendor_backoff"] >= 8


def test_a_page_that_was_throttled_says_so_and_not_that_it_was_left_out(tmp_path: Path) -> None:
    """Three refusals, and the host is left alone: what was asked and refused is not asked again, and is what the run tells."""
    links = "".join(f'<li><a href="/news/articleView.html?idxno={n}">군 소식 {n}</a></li>' for n in range(1, 9))
    busy = answer("<p>Too Many Requests</p>", status="429 Too Many Requests")
    routes = {("p00.test", f"/news/articleView.html?idxno={n}"): busy for n in range(1, 9)}
    with fault_site(routes | {("p00.test", "/"): answer(f"<html><body><ul>{links}</ul></body></html>")}) as site:
        done = crawl(tmp_path, site.url, 1, "[pace]\nhost_delay = 0\naddress_delay = 0\nvendor_delay = 0", **FAST)
        asked = {ask.path for ask in site.asks if "idxno" in ask.path}
    told, left = done["reasons"], done["reasons"].get("skipped: host_backoff", 0)
    assert len(asked) >= 3
    assert told.get("skipped: http_429", 0) + told.get("failed: http_429", 0) == len(asked)
    assert len(asked) + left == 8
    assert done["exit"] == 3


def test_hours_that_end_end_the_run(tmp_path: Path) -> None:
    toml = "[pace]\nhost_delay = 0\naddress_delay = 0.5\n[window]\nwithin = ['01:00-02:00']"
    with arrivals() as seen:
        began = time.monotonic()
        done = crawl(tmp_path, seen.url, 30, toml, "2026-03-02T01:59:45")
        took = time.monotonic() - began
    assert done["exit"] == 3
    assert 1 <= len(seen.asks) < 50
    assert took < 40
