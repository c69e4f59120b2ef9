"""A list walk that was cut: further runs get all that was published, and read no more list pages than they must."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsharvest.crawl.discovery import Entry
from newsharvest.crawl.kinds import ARTICLE, LIST
from newsharvest.crawl.plan import OutletPlan
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.state import CrawlState
from newsharvest.crawl.visits import Answer, Schedule, Visit
from newsharvest.crawl.walking import walk_of
from newsharvest.forget import _free_state
from newsharvest.items import Article, Record, Source
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.tombstones import Tombstones
from tests.faultsite import Paper, answer, crawl, fault_site, listing, page, path_of

BASE = "http://a.kr"
PAPER = Outlet("paper", "종이", ("a.kr",), "ndsoft", list_pages=(f"{BASE}/list?page={{page}}",))
START = datetime(2026, 3, 2, tzinfo=UTC)
STEPS = (timedelta(days=400),)


@dataclass
class Site:
    """A paper's list, newest first, and the runs against it."""

    state: CrawlState
    size: int = 10
    newest: int = 0
    gone: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    fetched: list[int] = field(default_factory=list)
    lists: list[int] = field(default_factory=list)
    """The list pages that the last run read."""
    runs: int = 0

    def publish(self, number: int) -> None:
        self.newest += number

    @property
    def shown(self) -> list[int]:
        return [n for n in range(self.newest, 0, -1) if n not in self.gone]

    def run(self, *, limit: int | None = None, requests: int = 10_000, room: int = 10_000) -> bool:
        """One run; over before its end after ``requests``; refused by a day's cap after ``room``. Whether it ended by itself."""
        self.runs += 1
        self.lists, now = [], START + timedelta(hours=self.runs)
        left = [room]
        limit = min((most for most in (limit, room) if most is not None), default=None)  # as the spider does
        plan = OutletPlan(PAPER, self.state, limit=limit, schedule=Schedule(now, STEPS, lambda: left[0] > 0))
        waiting = plan.begin()
        made = 0
        while waiting:
            waiting.sort(key=lambda visit: -visit.priority)
            visit = waiting.pop(0)
            if made >= requests:
                return False
            if left[0] <= 0:
                waiting += plan.lost(visit)
                continue
            made, left[0] = made + 1, left[0] - 1
            waiting += self.answer(plan, visit, now + timedelta(seconds=made)).follow
        plan.finish()
        return True

    def answer(self, plan: OutletPlan, visit: Visit, at: datetime) -> Answer:
        status, contents = 200, Contents()
        number = int(visit.url.rpartition("=")[2])
        if visit.kind == LIST:
            self.lists.append(number)
            shown = self.shown[(number - 1) * self.size : number * self.size]
            status = 200 if shown else 404
            contents = Contents(entries=tuple(Entry(f"{BASE}/news/articleView.html?idxno={n}") for n in shown))
        elif number in self.broken:
            status = 500
        elif number in self.gone:
            status = 404
        else:
            assert visit.kind == ARTICLE
            self.fetched.append(number)
            contents = Contents((Article("paper", str(number), Source()),), content_hash="a")
        media = Page(visit.url, b"x", status, {}, at, Record("w", 0, 1), None, "html")
        return plan.received(visit, media, contents)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    state = CrawlState.open(tmp_path / "crawl.sqlite3")
    made = Site(state)
    made.publish(40)
    assert made.run()
    assert sorted(made.fetched) == list(range(1, 41))
    assert made.lists == [1, 2, 3, 4, 5]
    made.fetched.clear()
    yield made
    state.close()


def test_a_cap_of_five_and_twenty_new_ones_over_three_pages(site: Site) -> None:
    site.publish(20)
    read = []
    for _ in range(4):
        assert site.run(limit=5)
        read.append(site.lists)
    assert sorted(site.fetched) == list(range(41, 61)), "each once, none missed"
    assert read == [[1], [1], [1, 2], [1]], "no page is read before there is room for what it names"
    site.run()
    assert (len(site.fetched), site.lists) == (20, [1, 2, 3]), "what is new is new until it is met again as a whole"
    site.run()
    assert site.lists == [1]


def test_a_day_s_cap_on_requests_counts_list_pages_and_still_everything_comes(site: Site) -> None:
    site.publish(60)
    runs = 0
    while len(set(site.fetched)) < 60:
        site.run(room=5)
        runs += 1
        assert runs <= 60 / 2, "a list that is walked again and again leaves no room for articles"
    assert len(site.fetched) == 60
    assert runs <= 20


@pytest.mark.parametrize("requests", range(1, 30))
def test_cut_anywhere_by_max_time_or_kill(site: Site, requests: int) -> None:
    site.publish(20)
    assert not site.run(requests=requests) or requests > 20
    site.publish(3)
    while not site.run():
        pass
    assert set(site.fetched) == set(range(41, 64))


def test_news_on_top_of_a_walk_that_was_cut_deep_down(site: Site) -> None:
    """100 articles over 10 pages, cut at page 6; 15 more since: read from the top to what is known, then from page 6 on."""
    site.publish(100)
    site.run(requests=6)
    assert (site.lists, site.fetched) == ([1, 2, 3, 4, 5, 6], [])
    site.publish(15)
    site.run()
    assert site.lists == [1, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13], "pages 4 and 5 show only what the first run saw"
    assert set(site.fetched) == set(range(41, 156))


def test_a_list_that_became_shorter_than_where_it_was_cut(tmp_path: Path) -> None:
    state = CrawlState.open(tmp_path / "crawl.sqlite3")
    site = Site(state)
    site.publish(60)
    site.run(requests=5)
    assert site.lists == [1]
    for _ in range(10):
        site.run(requests=len(site.lists) + 11)
    site.gone |= set(range(30, 61))
    site.run()
    assert set(range(1, 30)) <= set(site.fetched)
    state.close()


def test_what_can_not_be_had_is_asked_for_ever_more_seldom(tmp_path: Path) -> None:
    state = CrawlState.open(tmp_path / "crawl.sqlite3")
    steps = (timedelta(hours=3), timedelta(days=1))
    found = []
    visit = None
    for hours in (0, 1, 4, 5, 25, 26, 100):
        now = START + timedelta(hours=hours)
        plan = OutletPlan(PAPER, state, schedule=Schedule(now, steps))
        visits = plan.begin()
        due = [each for each in visits if each.kind == ARTICLE]
        if hours == 0:
            (one,) = visits
            media = Page(one.url, b"x", 200, {}, now, Record("w", 0, 1), None, "html")
            due = [v for v in plan.received(one, media, Contents(entries=(Entry(f"{BASE}/news/articleView.html?idxno=7"),))).follow
                   if v.kind == ARTICLE]  # fmt: skip
        for visit in due:
            assert not visit.again
            plan.lost(visit, failed=True)
        found.append((hours, len(due)))
    assert found == [(0, 1), (1, 0), (4, 1), (5, 0), (25, 1), (26, 0), (100, 0)]
    state.close()


def test_a_refusal_of_ours_is_no_failure_of_the_page(site: Site) -> None:
    site.publish(3)
    site.run(room=1)
    assert site.fetched == []
    site.run()
    assert sorted(site.fetched) == [41, 42, 43]


@pytest.mark.parametrize("seed", range(30))
def test_any_history_of_cuts_caps_news_and_deletions_ends_with_everything(tmp_path: Path, seed: int) -> None:
    source, state = random.Random(seed), CrawlState.open(tmp_path / "crawl.sqlite3")
    site = Site(state, size=source.choice((3, 10)))
    site.publish(source.randint(1, 80))
    for _ in range(40):
        if source.random() < 0.4:
            site.publish(source.randint(0, 30))
        if source.random() < 0.2 and site.fetched:
            site.gone.add(source.choice(site.fetched))
        how = source.choice(("whole", "limit", "cut", "cut", "cap"))
        number = source.randint(1, 25)
        site.run(**{} if how == "whole" else {{"limit": "limit", "cut": "requests", "cap": "room"}[how]: number})
    while not site.run():
        pass
    assert set(range(1, site.newest + 1)) - set(site.fetched) - site.gone == set()
    site.run()
    site.run()
    assert len(site.lists) == 1, "when all is known one list page is read"
    state.close()


def test_a_forgotten_article_is_forgotten_by_the_walk_that_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "crawl.sqlite3"
    state = CrawlState.open(path)
    site = Site(state)
    site.publish(48_213)
    site.run(requests=2)
    held = walk_of(state, f"{BASE}/list?page=1")
    assert held is not None
    assert (held.reached, "paper/48213" in held.tops) == (1, True)
    state.close()
    assert b"paper/48213" in path.read_bytes()
    assert _free_state(path, Tombstones().with_names(["paper/48213"])) == 1
    assert b"paper/48213" not in path.read_bytes()
    state = CrawlState.open(path)
    left = walk_of(state, f"{BASE}/list?page=1")
    assert left is not None
    assert left.tops == held.tops - {"paper/48213"}
    state.close()


def test_crawls_with_a_cap_of_seven_requests_a_day(tmp_path: Path) -> None:
    """Real crawls: ten articles, then twenty more on pages of eight; robots.txt and list pages count, too."""
    paper = Paper("list.kr.test", lists=("/list?page={page}",))
    (tmp_path / "data").mkdir()
    with fault_site({(paper.host, path_of(n)): answer(page(n)) for n in range(1, 31)}) as site:
        lists(site.routes, paper, range(10, 0, -1))
        first = crawl(tmp_path, site, [paper], NEWSHARVEST_NOW="2026-03-02T10:00")
        assert len(first.articles(paper.host)) == 10
        lists(site.routes, paper, range(30, 0, -1))
        (tmp_path / "data" / "newsharvest.toml").write_text(
            "[caps]\noutlet_requests = 7\n[revisit]\nafter = []", encoding="utf-8"
        )
        counts, made = [], []
        for day in range(3, 9):
            before = len(site.asks)
            done = crawl(tmp_path, site, [paper], NEWSHARVEST_NOW=f"2026-03-{day:02}T06:00")
            assert done.exit_code in {0, 3}
            counts.append(len(done.articles(paper.host)))
            made.append(len(site.asks) - before)
    assert counts[-2:] == [30, 30], counts
    assert counts[0] >= 15
    assert max(made) == 7
    assert [n for n in range(11, 31) if site.count(paper.host, path_of(n)) != 1] == []


def lists(routes: dict[tuple[str, str], object], paper: Paper, numbers: range) -> None:
    for at in range(0, len(numbers), 8):
        routes[paper.host, f"/list?page={at // 8 + 1}"] = listing(*(path_of(n) for n in numbers[at : at + 8]))
