"""A domain that is somebody else's: its pages are rejects, the outlet is suspended and can be asked again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsharvest.cms.foreign import CHALLENGE, FOREIGN
from newsharvest.crawl.kinds import CHECK
from newsharvest.crawl.reading import read
from newsharvest.crawl.suspension import Suspension, SuspensionError, lift, looked, suspend, suspended
from newsharvest.demo.month.parked import CAPTCHA, PARKED
from newsharvest.expectations.facts import RunFacts
from newsharvest.expectations.judge import judge
from newsharvest.files import DataDir
from newsharvest.harvest import harvest
from newsharvest.items import Article, Reject
from newsharvest.page import HTML, Page
from newsharvest.registry import outlets
from tests.conftest import PAGES
from tests.faultsite import FaultSite, answer, fault_site

AT = datetime(2026, 9, 9, tzinfo=UTC)

ARTICLE, LIST = (
    "http://www.haeram.test/news/articleView.html?idxno=1001",
    "http://www.haeram.test/news/articleList.html?page=1",
)
KOREAN_CASINO = """<html><head><title>온라인 카지노 추천 - 안전한 바카라</title></head><body><h1>카지노 추천</h1>
<p>회원가입만 해도 꽁머니를 드립니다. 바카라와 슬롯을 지금 바로 즐기세요. 출금은 5분 안에 처리됩니다.</p>
<p>먹튀 없는 안전한 곳에서 게임을 즐기시기 바랍니다. 고객센터는 하루 내내 열려 있습니다.</p></body></html>"""
NOTICE = """<html><head><title>서비스 점검</title></head><body><p>보다 나은 서비스를 위하여 점검을 하고 있습니다. 잠시 뒤에 다시
방문하여 주시기 바랍니다. 이용에 불편을 드려 죄송합니다. 점검은 오늘 저녁에 끝납니다.</p></body></html>"""


def reasons(url: str, text: str) -> list[str]:
    page = Page(url, text.encode(), 200, {"content-type": "text/html; charset=utf-8"}, datetime(2026, 9, 9, tzinfo=UTC))
    items = harvest(page)
    assert not any(isinstance(item, Article) for item in items)
    return [item.reason for item in items if isinstance(item, Reject)]


@pytest.mark.parametrize("url", [ARTICLE, LIST, "http://www.haeram.test/"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [(PARKED.format(host="www.haeram.test"), FOREIGN), (KOREAN_CASINO, FOREIGN), (CAPTCHA, CHALLENGE),
     ("<html><title>haeram.test</title><body><p>This domain is for sale! Buy this domain today.</p></body></html>", FOREIGN)],
)  # fmt: skip
def test_pages_of_others(url: str, text: str, reason: str) -> None:
    assert reasons(url, text) == [reason]


def test_a_page_of_an_unknown_host_is_nobody_elses() -> None:
    page = Page(
        "http://www.reef.test/a", PARKED.encode(), 200, {"content-type": "text/html"}, datetime(2026, 9, 9, tzinfo=UTC)
    )
    assert [item.reason for item in harvest(page) if isinstance(item, Reject)] != [FOREIGN]


def test_a_notice_in_korean_is_the_outlets_own() -> None:
    assert FOREIGN not in reasons(ARTICLE, NOTICE)


@pytest.mark.parametrize("path", sorted(PAGES.glob("demo_*/*.html")), ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_saved_page_is_its_outlets_own(path: Path) -> None:
    import json

    about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    page = Page(about["url"], path.read_bytes(), 200, {"content-type": "text/html"}, datetime(2026, 9, 9, tzinfo=UTC))
    assert not [i for i in harvest(page) if isinstance(i, Reject) and i.reason in {FOREIGN, CHALLENGE}]


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    made = DataDir(tmp_path / "data")
    made.create()
    return made


def test_suspensions_are_kept_lifted_and_never_guessed(data: DataDir) -> None:
    assert suspended(data) == {}
    first = Suspension("demo_haeram", "2026-09-09", "taken_over", "2 pages", "r1")
    suspend(data, [first])
    suspend(data, [Suspension("demo_haeram", "2026-09-10", "taken_over", "3 pages", "r2")])
    assert suspended(data) == {"demo_haeram": first}
    with pytest.raises(SuspensionError, match="demo_sorae is not suspended; suspended: demo_haeram"):
        lift(data, "demo_sorae")
    assert lift(data, "demo_haeram") == first
    assert suspended(data) == {}
    (data.state / "suspended.json").write_text("[{")
    with pytest.raises(SuspensionError, match="delete it to ask everybody again"):
        suspended(data)


def test_the_command_lists_and_lifts(data: DataDir, command: Any) -> None:
    suspend(data, [Suspension("demo_haeram", "2026-09-09", "taken_over", "2 pages", "r1")])
    shown = command("suspended", "--data-dir", data.root)
    assert "demo_haeram: taken_over since 2026-09-09: 2 pages (run r1)" in shown.stderr + shown.stdout
    assert "is asked again" in command("suspended", "--lift", "demo_haeram", "--data-dir", data.root).stdout
    assert command("suspended", "--json", "--data-dir", data.root).stdout.strip() == "[]"
    again = command("suspended", "--lift", "demo_haeram", "--data-dir", data.root)
    assert (again.returncode, "demo_haeram is not suspended" in again.stderr) == (2, True)


# --- a suspended outlet in runs

OWN_FRONT = """<html><head><title>해람일보</title></head><body><h1>해람일보</h1>
<ul><li><a href="/news/articleView.html?idxno=1001">해솔마을에 새 쉼터가 문을 연다</a></li>
<li><a href="/news/articleView.html?idxno=1002">바닷길 걷기 행사에 사람들이 모였다</a></li></ul>
<p>해람일보는 해람군의 소식을 전하는 신문입니다. 제보는 편집국으로 보내 주시기 바랍니다. 독자 여러분의 의견을 기다립니다.
구독과 광고 문의는 누리집에 적힌 전화번호로 하시면 됩니다. 언제나 찾아 주셔서 고맙습니다.</p>
<footer>Copyright 해람일보. All rights reserved.</footer></body></html>"""
COPIED_FRONT = OWN_FRONT.replace("소식을 전하는", "카지노와 바카라를 전하는")
FRONT = ("www.haeram.test", "/news/articleList.html?page=1&view_type=sm")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        (OWN_FRONT, True),
        (PARKED.format(host="해람일보 www.haeram.test"), False),
        (KOREAN_CASINO + "해람일보", False),
        (COPIED_FRONT, False),
        (OWN_FRONT.replace("해람일보", "다른신문"), False),
        (NOTICE, False),
        ("<html><body>해람일보</body></html>", False),
    ],
    ids=["itself", "parked", "casino with the name", "copy with trade words", "another name", "notice", "a name alone"],
)
def test_what_looks_like_the_outlet_itself(text: str, own: bool) -> None:
    page = Page("http://www.haeram.test/", text.encode(), 200, {"content-type": "text/html; charset=utf-8"}, AT)
    page = replace(page, media=HTML)
    assert read(page, CHECK, outlets()["demo_haeram"]).own is own


def test_a_look_once_a_week_and_one_message_when_it_is_back(data: DataDir) -> None:
    suspend(data, [Suspension("demo_haeram", "2026-09-09", "taken_over", "2 pages", "r1")])
    held = suspended(data)["demo_haeram"]
    days = [date(2026, 9, day) for day in range(9, 31)]
    assert next(day.day for day in days if held.is_to_be_looked_at(day)) == 16
    answers = [(16, False), (23, True), (24, True), (25, None), (26, False), (27, True)]
    back = [bool(looked(data, date(2026, 9, day), {"demo_haeram": own, "demo_x": True})) for day, own in answers]
    assert back == [False, True, False, False, False, True]
    assert suspended(data)["demo_haeram"].own_since == "2026-09-27"
    assert not suspended(data)["demo_haeram"].is_to_be_looked_at(date(2026, 10, 3))


@pytest.fixture
def site() -> Iterator[FaultSite]:
    routes: dict[tuple[str, str], Any] = {
        (host, "/robots.txt"): answer("") for host in ("www.haeram.test", "www.sorae.test")
    }
    routes |= {FRONT: answer(PARKED.format(host="www.haeram.test"))}
    with fault_site(routes) as running:
        yield running


def test_a_suspended_outlet_that_is_named_is_told_of_and_ends_with_3(
    data: DataDir, command: Any, site: FaultSite
) -> None:
    suspend(data, [Suspension("demo_haeram", "2026-09-09", "taken_over", "2 pages", "r1")])
    env = {"NEWSHARVEST_DEMO_PROXY": site.url, "NEWSHARVEST_NOW": "2026-09-10T10:00"}
    done = command("crawl", "demo_haeram", "--data-dir", data.root, "--quiet", env=env)
    assert (done.returncode, done.stdout) == (3, "")
    summary, told = done.stderr.splitlines()
    assert "incomplete (3)" in summary
    assert "· suspended: demo_haeram ·" in summary
    assert told == (
        "newsharvest: demo_haeram is suspended, not asked (taken_over since 2026-09-09); newsharvest suspended --lift demo_haeram "
        "asks it again"
    )
    assert site.asks == [], "nobody was asked"
    plan = command("crawl", "demo_haeram", "demo_sorae", "--plan", "--json", "--data-dir", data.root, env=env)
    shown = {each["outlet_id"]: (each["requests"], each["basis"]) for each in json.loads(plan.stdout)["outlets"]}
    assert shown["demo_haeram"] == (0, "suspended since 2026-09-09: not asked")
    assert shown["demo_sorae"][0] > 0


def test_all_names_it_and_is_complete_and_tells_when_it_is_itself_again(
    data: DataDir, command: Any, site: FaultSite
) -> None:
    """`crawl --all` of two outlets, one of them suspended: its front page is somebody else's, then its own; it is lifted."""
    (data.root / "newsharvest.toml").write_text(
        'outlets = ["demo_city_obs", "demo_haeram"]\n[pace]\nhost_delay = 0\naddress_delay = 0\n', encoding="utf-8"
    )
    city = (PAGES / "kma" / "city_obs.htm").read_bytes()
    site.routes |= {
        ("www.weather.test", "/w/weather/land/city-obs.do"): answer(city),
        ("www.weather.test", "/robots.txt"): answer(""),
    }
    suspend(data, [Suspension("demo_haeram", "2026-09-09", "taken_over", "2 pages", "r1")])

    def run(day: str) -> tuple[int, dict[str, Any]]:
        env = {"NEWSHARVEST_DEMO_PROXY": site.url, "NEWSHARVEST_NOW": f"{day}T10:00"}
        done = command("crawl", "--all", "--data-dir", data.root, "--json", env=env)
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)

    code, facts = run("2026-09-16")
    assert (code, facts["violations"]) == (0, []), facts
    assert facts["suspended"][0].startswith("demo_haeram is suspended, not asked (taken_over since 2026-09-09)")
    assert site.paths("www.haeram.test") == ["/robots.txt", FRONT[1]], "one look, a week later"
    site.routes[FRONT] = answer(OWN_FRONT)
    code, facts = run("2026-09-17")
    assert (code, site.count(*FRONT)) == (0, 1), "not before another week"
    code, facts = run("2026-09-24")
    told = "demo_haeram returned: its front page has its name, its CMS and its language again: `newsharvest suspended --lift"
    assert (code, facts["violations"]) == (3, [f"{told} demo_haeram` asks it again"])
    code, facts = run("2026-09-25")
    assert (code, facts["violations"]) == (0, []), "told once"
    assert "looks like itself again since 2026-09-24" in facts["suspended"][0]
    shown = command("suspended", "--data-dir", data.root)
    assert "demo_haeram: looks like itself again since 2026-09-24" in shown.stdout
    assert command("suspended", "--lift", "demo_haeram", "--data-dir", data.root).returncode == 0
    code, facts = run("2026-09-26")
    assert facts["suspended"] == []
    assert len(site.paths("www.haeram.test")) > 6, "asked as any other"


def test_one_foreign_page_is_told_and_the_next_suspends() -> None:
    def run(day: int, **facts: int) -> RunFacts:
        return RunFacts("a_paper", str(day), AT + timedelta(days=day), requests=2, answered=2, **facts)

    quiet, first = run(0, own_pages=5), run(1, foreign_pages=1)
    assert [v.signal for v in judge(first, [quiet])] == ["foreign"]
    assert [v.signal for v in judge(run(2, foreign_pages=1), [quiet, first])] == ["taken_over"]
    away = run(2)
    assert [v.signal for v in judge(run(3, foreign_pages=1), [quiet, first, away])] == ["taken_over"]
    assert [v.signal for v in judge(run(3, foreign_pages=1), [first, quiet])] == ["foreign"], "it was itself in between"
    assert judge(run(3, foreign_pages=1, own_pages=3), [quiet, first]) == []
