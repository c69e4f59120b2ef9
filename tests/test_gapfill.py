"""Numbers that nothing names, and addresses that a CMS usually has: asked for where that is wanted, missed without harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from newsharvest.crawl.gapfill import GapFill, asked_on, remember
from newsharvest.crawl.outcomes import ARTICLE, FEED, LIST
from newsharvest.crawl.plan import OutletPlan
from newsharvest.crawl.reading import Contents, read
from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visits import Answer, Visit
from newsharvest.items import Article, Record, Source
from newsharvest.page import Page
from newsharvest.registry import Outlet
from tests.conftest import CHILD_PATH, REPO
from tests.loopback import Answer as Reply
from tests.loopback import Hit, serving

BASE = "http://www.a.kr/news/articleView.html?idxno="
PAPER = Outlet("paper", "종이", ("a.kr", "www.a.kr"), "ndsoft", home="http://www.a.kr/")
AT = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    opened = CrawlState.open(tmp_path / "crawl.sqlite3")
    yield opened
    opened.close()


def know(state: CrawlState, *numbers: int, status: int = 200, url: str = BASE) -> None:
    for number in numbers:
        state.put(Known(f"{url}{number}", "paper", str(number), None, None, None, status, AT))


def filled(gaps: GapFill, there: Callable[[int], bool]) -> list[int]:
    """The numbers asked for until the filling ends, answered as the site would."""
    asked: list[int] = []
    while batch := gaps.batch():
        for url, name in batch:
            asked.append(int(url.rpartition("=")[2]))
            gaps.answered(name, found=there(asked[-1]))
    return asked


def test_it_asks_the_newest_numbers_first_below_the_newest_known_one(state: CrawlState) -> None:
    know(state, 5, 9, 12)
    assert filled(GapFill(PAPER, state, 100), lambda n: True) == [11, 10, 8, 7, 6, 4, 3, 2, 1]


def test_the_url_is_the_newest_ones_with_another_number(state: CrawlState) -> None:
    know(state, 12)
    know(state, 3, url="http://m.a.kr/news/articleView.html?idxno=")
    (first, *_) = GapFill(PAPER, state, 1).batch()
    assert first == (f"{BASE}11", "paper/11")


def test_it_asks_for_no_more_than_it_may(state: CrawlState) -> None:
    know(state, 1000)
    gaps = GapFill(PAPER, state, 7)
    assert filled(gaps, lambda n: True) == [999, 998, 997, 996, 995, 994, 993]
    assert gaps.asked == 7


def test_nothing_is_asked_for_unless_it_is_wanted(state: CrawlState) -> None:
    know(state, 1000)
    assert OutletPlan(PAPER, state).fill_gaps() == []


def test_twenty_misses_in_a_row_end_it(state: CrawlState) -> None:
    know(state, 1000)
    assert filled(GapFill(PAPER, state, 500), lambda n: n > 990) == list(range(999, 969, -1))
    # 999…991 are there, 990…971 are the twenty misses; the batch of five that is under way is asked to its end.


def test_a_hit_or_a_known_article_between_begins_the_count_anew(state: CrawlState) -> None:
    know(state, 1000, 985, 970)
    assert filled(GapFill(PAPER, state, 500), lambda n: False)[-1] == 950
    know(state, 5000)
    assert filled(GapFill(PAPER, state, 60), lambda n: n % 15 == 0) == list(range(4999, 4939, -1))


def test_a_number_that_was_missed_before_is_not_asked_for_again(state: CrawlState) -> None:
    know(state, 10)
    know(state, 9, 8, status=404)
    know(state, 7, status=0)
    assert filled(GapFill(PAPER, state, 2), lambda n: True) == [6, 5]


def test_numbers_with_a_date_or_a_time_leave_nothing_to_guess(state: CrawlState) -> None:
    for number in (20260302001, 1561958903668972286):
        know(state, number)
    assert filled(GapFill(PAPER, state, 9), lambda n: True) == []


def test_other_outlets_articles_are_not_its_own(state: CrawlState) -> None:
    for outlet_id in ("paper0", "pape", "paper_b"):
        state.put(Known(f"{BASE}77", outlet_id, "77", None, None, None, 200, AT))
    assert list(state.articles("paper")) == []
    know(state, 3)
    assert list(state.articles("paper")) == [("3", f"{BASE}3")]


def test_what_was_asked_for_today_counts_until_midnight(tmp_path: Path) -> None:
    path, today = tmp_path / "gapfill.json", date(2026, 11, 24)
    assert asked_on(path, today) == {}
    remember(path, today, {"paper": 5})
    assert asked_on(path, today) == {"paper": 5}
    assert asked_on(path, date(2026, 11, 25)) == {}
    path.write_text("[1]", encoding="utf-8")
    assert asked_on(path, today) == {}


# --- addresses that a CMS usually has

GUESSING = Outlet(
    "paper", "종이", ("a.kr", "www.a.kr"), "ndsoft", home="http://www.a.kr/",
    feeds_unverified=("http://www.a.kr/rss/allArticle.xml",), list_pages_unverified=("http://www.a.kr/list?page={page}",),
)  # fmt: skip


def answer(plan: OutletPlan, visit: Visit, body: bytes = b"", status: int = 200) -> Answer:
    page = Page(
        visit.url, body, status, {}, AT, Record("w", 0, 1), None, "html" if body.startswith(b"<html") else "xml"
    )
    return plan.received(visit, page, replace(read(page, visit.kind, plan.outlet), items=()))


def test_unverified_addresses_are_asked_and_missed_without_failure(state: CrawlState) -> None:
    plan = OutletPlan(GUESSING, state)
    feed, listing, front = plan.begin()
    assert [(v.kind, v.guessed) for v in (feed, listing, front)] == [(FEED, True), (LIST, True), (LIST, False)]
    assert answer(plan, feed, status=404) == Answer("stored", "guessed_http_404")
    assert answer(plan, feed, b"<html><p>x</p></html>") == Answer("stored", "guessed_not_feed")
    assert answer(plan, feed, b"<html><p>x</p></html>", status=500).outcome == "failed"
    plan.complete = True
    assert answer(plan, listing, status=403) == Answer("stored", "guessed_http_403")
    assert answer(plan, front, status=404).outcome == "failed"


def test_an_unverified_list_is_read_at_its_first_page_only_and_the_front_page_too(state: CrawlState) -> None:
    plan = OutletPlan(GUESSING, state)
    _feed, listing, front = plan.begin()
    assert (listing.url, front.url) == ("http://www.a.kr/list?page=1", "http://www.a.kr/")
    body = b'<html><a href="/news/articleView.html?idxno=7">x</a></html>'
    assert [v.url for v in answer(plan, listing, body).follow] == [f"{BASE}7"]
    body = b'<html><a href="/news/articleView.html?idxno=8">x</a></html>'
    assert [v.url for v in answer(plan, front, body).follow] == [f"{BASE}8"]


def test_a_guessed_number_that_is_no_article_is_no_failure(state: CrawlState) -> None:
    know(state, 5)
    plan = OutletPlan(PAPER, state, gapfill=9)
    visits = plan.fill_gaps()
    assert [(v.url, v.kind, v.guessed) for v in visits] == [(f"{BASE}{n}", ARTICLE, True) for n in (4, 3, 2, 1)]
    assert plan.fill_gaps() == []  # answers are missing
    assert answer(plan, visits[0], b"<html><p>x</p></html>") == Answer("stored", "guessed_not_article")
    assert answer(plan, visits[1], status=404) == Answer("stored", "gone")
    page = Page(visits[2].url, b"<html>", 200, {}, AT, Record("w", 0, 1))
    assert plan.received(visits[2], page, Contents((Article("paper", "2", Source()),))) == Answer("stored")
    plan.lost(visits[3])
    assert (plan.complete, plan.gaps.misses, plan.fill_gaps()) == (True, 0, [])
    assert plan.gaps.misses == 1


# --- a whole crawl

OWN = """
[own_paper]
name = "나루신문"
hosts = ["naru.test"]
cms = "ndsoft"
home = "http://naru.test/"
feeds_unverified = ["http://naru.test/rss/allArticle.xml"]
"""
PAGE = """<html><head><meta property="og:title" content="나루에 새 배 {n}"></head><body><h3 class="heading">나루에 새 배 {n}</h3>
<ul class="infomation"><li>기자명 도새벽 기자</li><li>승인 2026.02.28 18:11</li></ul>
<article id="article-view-content-div"><p>나루에 새 배 {n}척이 들어왔다.</p><p>배는 날마다 여섯 번 다닌다.</p></article></body></html>"""


def site(_host: str, path: str, _before: int) -> Reply:
    """A front page that names article 30; 24 to 30 exist, the rest are gone."""
    number = int(path.rpartition("=")[2]) if "idxno=" in path else None
    if path == "/":
        return Reply(body=b'<html><a href="/news/articleView.html?idxno=30">x</a></html>')
    if number is not None and number >= 24:
        return Reply(body=PAGE.format(n=number).encode())
    return Reply(404)


def crawl(tmp_path: Path, proxy: str, *arguments: str) -> Any:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    words = [sys.executable, "-m", "scrapy", "crawl", "outlets", "-a", "outlet=own_paper", *arguments]
    for setting in (f"NEWSHARVEST_DATA={tmp_path}/d", f"NEWSHARVEST_DEMO_PROXY={proxy}", "DOWNLOAD_DELAY=0",
                    "AUTOTHROTTLE_ENABLED=False"):  # fmt: skip
        words += ["-s", setting]
    env = {**os.environ, "PYTHONPATH": CHILD_PATH, "NEWSHARVEST_OUTLETS": str(tmp_path / "own.toml")}
    return subprocess.run(words, cwd=REPO, env=env, capture_output=True, text=True, timeout=60)


def asked(hits: list[Hit]) -> list[str]:
    return [
        hit.path.rpartition("=")[2] if "idxno" in hit.path else hit.path for hit in hits if hit.path != "/robots.txt"
    ]


def test_a_crawl_fills_gaps_within_the_days_cap_and_goes_on_the_next_day(tmp_path: Path) -> None:
    with serving(site) as server:
        done = crawl(tmp_path, server.url, "-a", "gapfill=4")
        assert "Traceback" not in done.stderr, done.stderr
        assert sorted(asked(server.hits)) == sorted(["/", "/rss/allArticle.xml", "30", "29", "28", "27", "26"])
        server.hits.clear()
        crawl(tmp_path, server.url, "-a", "gapfill=4")
        assert sorted(asked(server.hits)) == ["/", "/rss/allArticle.xml"]  # the day's four are spent
        path = tmp_path / "d" / "state" / "gapfill.json"
        stated = json.loads(path.read_text())
        assert stated["asked"] == {"own_paper": 4}
        path.write_text(json.dumps({**stated, "day": "2026-01-01"}))
        server.hits.clear()
        crawl(tmp_path, server.url, "-a", "gapfill=40")
        numbers = [int(n) for n in asked(server.hits) if n.isdigit()]
        assert sorted(numbers, reverse=True) == list(range(25, 0, -1))
    articles = pd.read_parquet(tmp_path / "d/datasets/articles")
    assert sorted(map(int, articles["article_id"])) == [24, 25, 26, 27, 28, 29, 30]
    runs = pd.read_parquet(tmp_path / "d/datasets/runs")
    assert runs["ended"].tolist() == ["complete"] * 3
