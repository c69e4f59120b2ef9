"""robots.txt between runs: used for a day, asked for on condition after it, and what cannot be had is never kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings

from newsharvest import clock
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.robots import Robots
from newsharvest.crawl.robots_kept import kept, lifetime
from newsharvest.crawl.state import CrawlState
from tests.faultsite import Ask, Paper, answer, crawl, fault_site, listing, page, path_of

START = datetime(2026, 3, 2, 10, tzinfo=clock.KST)
FORBID = b"User-agent: *\nDisallow: /admin/\nCrawl-delay: 3\n"
ROBOTS = "http://a.test/robots.txt"
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("stated", "hours"),
    [("", 24), ("max-age=3600", 1), ("public, max-age=7200", 2), ("max-age=9999999", 24), ("no-store", 0), ("No-Cache", 0), ("private", 24)],
)  # fmt: skip
def test_a_day_or_less_where_the_server_says_so(stated: str, hours: int) -> None:
    assert lifetime({"cache-control": stated} if stated else {}) == hours * HOUR


class Engine:
    """A host that answers robots.txt as told, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Response | Exception = Response(ROBOTS, body=FORBID)
        self.asked: list[dict[str, str]] = []
        self.downloader: Any = type("Downloader", (), {"per_slot_settings": {}, "slots": {}})()

    async def download_async(self, request: Request) -> Response:
        names = ("If-None-Match", "If-Modified-Since", "Cache-Control")
        self.asked.append({n: request.headers[n].decode() for n in names if n in request.headers})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    opened = CrawlState.open(tmp_path / "crawl.sqlite3")
    yield opened
    opened.close()


def run(engine: Engine, state: CrawlState, hours: float) -> list[str | None]:
    """What a run hears of a page that is forbidden and of one that is not."""
    spider = type("Spider", (), {"state": state})()
    attributes = {"engine": engine, "spider": spider, "settings": Settings(), "get_extension": lambda *_: None}
    crawler: Any = type("Crawler", (), attributes)()
    crawler.settings.setmodule("newsharvest.settings")
    robots = Robots.from_crawler(crawler)

    async def one(path: str) -> str | None:
        try:
            await robots.process_request(Request(f"http://a.test{path}"))
        except Refused as refused:
            return refused.reason
        return None

    async def both() -> list[str | None]:
        return list(await asyncio.gather(one("/admin/1"), one("/news/1")))

    engine.asked.clear()
    engine.downloader.per_slot_settings.clear()
    with clock.at(START + hours * HOUR):
        return asyncio.run(both())


def test_a_day_of_runs_asks_once_and_then_on_condition(state: CrawlState) -> None:
    engine = Engine()
    engine.answer = Response(
        ROBOTS, body=FORBID, headers={"ETag": '"r1"', "Last-Modified": "Mon, 02 Mar 2026 00:00:00 GMT"}
    )
    assert (run(engine, state, 0), engine.asked) == (["robots", None], [{}])
    for hours in (1, 12, 23.9):
        assert (run(engine, state, hours), engine.asked) == (["robots", None], [])
        assert engine.downloader.per_slot_settings["a.test"]["delay"] == 3.0, "its Crawl-delay holds, too"
    engine.answer = Response(ROBOTS, status=304)
    conditions = {
        "If-None-Match": '"r1"',
        "If-Modified-Since": "Mon, 02 Mar 2026 00:00:00 GMT",
        "Cache-Control": "max-age=0",
    }
    assert (run(engine, state, 24.1), engine.asked) == (["robots", None], [conditions])
    assert (run(engine, state, 48), engine.asked) == (["robots", None], []), "the 304 began another day"
    engine.answer = Response(ROBOTS, body=b"User-agent: *\nDisallow: /news/\n")
    assert (run(engine, state, 48.2), engine.asked) == ([None, "robots"], [conditions])
    assert (run(engine, state, 73), engine.asked) == ([None, "robots"], [{}]), (
        "an answer without validators is asked for whole"
    )


@pytest.mark.parametrize(
    "bad", [Response(ROBOTS, status=503), Response(ROBOTS, status=429), DownloadTimeoutError("30 s")]
)
def test_what_can_not_be_had_forbids_all_and_is_never_kept(state: CrawlState, bad: Response | Exception) -> None:
    engine = Engine()
    good, engine.answer = engine.answer, bad
    for hours in (0, 0.1, 700, 701):
        assert (run(engine, state, hours), len(engine.asked)) == (["robots_unreachable"] * 2, 1)
    engine.answer = good
    assert run(engine, state, 702) == ["robots", None]
    engine.answer = bad
    assert (run(engine, state, 703), engine.asked) == (["robots", None], []), "within the day nobody is asked"
    assert run(engine, state, 727) == ["robots_unreachable"] * 2
    engine.answer = good
    assert run(engine, state, 728) == ["robots", None]


def test_no_robots_txt_holds_for_a_day_and_a_304_out_of_the_blue_is_no_answer(state: CrawlState) -> None:
    engine = Engine()
    engine.answer = Response(ROBOTS, status=404, headers={"ETag": '"x"'})
    assert (run(engine, state, 0), run(engine, state, 5), engine.asked) == ([None, None], [None, None], [])
    engine.answer = Response(ROBOTS, status=304)
    assert (run(engine, state, 25), engine.asked) == (["robots_unreachable"] * 2, [{}])


def test_one_that_was_redirected_is_asked_for_whole_and_a_clock_that_went_back_makes_nothing_fresh(
    state: CrawlState,
) -> None:
    engine = Engine()
    engine.answer = Response("http://b.test/r.txt", body=FORBID, headers={"ETag": '"b"'})
    assert run(engine, state, 0) == ["robots", None]
    assert (run(engine, state, 25), engine.asked) == (["robots", None], [{}])
    assert (run(engine, state, -5), engine.asked) == (["robots", None], [{}])
    held = kept(state, "http://a.test")
    assert held is not None
    assert (held.etag, held.body) == (None, FORBID)


def test_two_crawls_of_a_day_and_one_of_the_next(tmp_path: Path) -> None:
    paper = Paper("rules.kr.test", lists=("/list.html",))

    def robots(ask: Ask) -> bytes:
        if ask.header("If-None-Match") == '"r1"':
            return answer(b"", 'ETag: "r1"', status="304 Not Modified")
        return answer(
            "User-agent: *\nDisallow: /news/articleView.html?idxno=2\n", "Content-Type: text/plain", 'ETag: "r1"'
        )

    routes: dict[tuple[str, str], Any] = {(paper.host, path_of(n)): answer(page(n)) for n in (1, 2)}
    routes |= {(paper.host, "/robots.txt"): robots, (paper.host, "/list.html"): listing(path_of(1), path_of(2))}
    with fault_site(routes) as site:
        rows = []
        for at in ("2026-03-02T10:00", "2026-03-02T16:00", "2026-03-03T16:30"):
            done = crawl(tmp_path, site, [paper], NEWSHARVEST_NOW=at)
            assert done.exit_code == 0, done.stderr
            rows.append([(row["outcome"], row["status"]) for row in done.fetches() if row["kind"] == "robots"])
        assert site.paths(paper.host).count(path_of(2)) == 0
    assert rows == [[("stored", 200)], [], [("unchanged", 304)]]
    assert site.count(paper.host, "/robots.txt") == 2
