"""A domain that is somebody else's: its pages are rejects, the outlet is suspended and can be asked again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsharvest.cms.foreign import CHALLENGE, FOREIGN
from newsharvest.crawl.suspension import Suspension, SuspensionError, lift, suspend, suspended
from newsharvest.demo.month.parked import CAPTCHA, PARKED
from newsharvest.files import DataDir
from newsharvest.harvest import harvest
from newsharvest.items import Article, Reject
from newsharvest.page import Page
from tests.conftest import PAGES

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
