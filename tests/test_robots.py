"""robots.txt: what it forbids is never fetched, and where it cannot be had nothing is."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.exceptions import DownloadTimeoutError
from scrapy.http import Response
from scrapy.settings import Settings

from newsharvest.archive import pages
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.robots import BYTES_MAX, NONE, UNREACHABLE, Robots, rules_of
from newsharvest.page import Page
from tests.loopback import Answer, Probed, Server, probe, serving

pytestmark = pytest.mark.xdist_group("robots")

FORBID = b"User-agent: *\nDisallow: /admin/\n"
DISALLOWED = [f"http://rules.test/admin/{n}" for n in range(16)]
ALLOWED = [f"http://rules.test/news/{n}" for n in range(3)]
HOSTS = ("rules", "broken", "busy", "reset", "none", "html", "moved", "loop", "nul", "slow")
ROBOTS: dict[str, Answer] = {
    "rules.test": Answer(body=FORBID),
    "broken.test": Answer(500),
    "busy.test": Answer(429),
    "reset.test": Answer(reset=True),
    "none.test": Answer(404),
    "html.test": Answer(body=b"<!DOCTYPE html><html>User-agent: *\nDisallow: /</html>"),
    "moved.test": Answer(301, b"", (("Location", "/the-robots.txt"),)),
    "loop.test": Answer(302, b"", (("Location", "/robots.txt"),)),
    "nul.test": Answer(body=b"\xef\xbb\xbfUser-agent: *\x00\nDisallow: /admin/\n"),
    "slow.test": Answer(body=b"User-agent: *\nCrawl-delay: 0.7\n"),
}


def respond(host: str, path: str, _before: int) -> Answer:
    if path == "/robots.txt":
        return ROBOTS[host]
    return Answer(body=FORBID) if path == "/the-robots.txt" else Answer()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Probed, Server]:
    """One crawl of all hosts at once, 16 disallowed URLs of one host waiting together."""
    urls = [*DISALLOWED, *ALLOWED]
    urls += [f"http://{name}.test{path}" for name in HOSTS[1:] for path in ("/news/1", "/admin/1", "/news/2")]
    with serving(respond) as server:
        probed = probe(tmp_path_factory.mktemp("robots"), server, [f"{name}.test" for name in HOSTS], urls)
    return probed, server


def asked(server: Server, name: str) -> list[str]:
    return sorted(path for path in server.paths(f"{name}.test") if "robots.txt" not in path)


def test_sixteen_disallowed_urls_queued_at_once_and_none_is_fetched(crawled: tuple[Probed, Server]) -> None:
    probed, server = crawled
    assert asked(server, "rules") == ["/news/0", "/news/1", "/news/2"]
    assert server.paths("rules.test").count("/robots.txt") == 1
    outcomes = probed.outcomes()
    assert {outcomes[url] for url in DISALLOWED} == {("skipped", "robots")}
    assert {outcomes[url] for url in ALLOWED} == {("stored", "http_200")}


@pytest.mark.parametrize("name", ["broken", "busy", "reset", "loop"])
def test_where_robots_txt_can_not_be_had_nothing_is_fetched(crawled: tuple[Probed, Server], name: str) -> None:
    probed, server = crawled
    assert asked(server, name) == []
    outcomes = probed.outcomes()
    assert outcomes[f"http://{name}.test/news/1"] == ("skipped", "robots_unreachable")
    expected = {"broken": "http_500", "busy": "http_429", "reset": "network"}
    if name != "loop":
        assert outcomes[f"http://{name}.test/robots.txt"] == ("failed", expected[name])
        assert set(server.paths(f"{name}.test")) == {"/robots.txt"}
    else:
        assert outcomes[f"http://{name}.test/robots.txt"][0] == "failed"
        assert len(server.paths("loop.test")) <= 6


@pytest.mark.parametrize(
    ("name", "fetched"),
    [
        ("none", ["/admin/1", "/news/1", "/news/2"]),
        ("html", ["/admin/1", "/news/1", "/news/2"]),
        ("moved", ["/news/1", "/news/2"]),
        ("nul", ["/news/1", "/news/2"]),
    ],
)
def test_rules_as_rfc_9309_reads_them(crawled: tuple[Probed, Server], name: str, fetched: list[str]) -> None:
    assert asked(crawled[1], name) == fetched


def test_crawl_delay_is_kept_against_autothrottle(crawled: tuple[Probed, Server]) -> None:
    moments = [hit.at for hit in crawled[1].hits if hit.host == "slow.test"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert len(gaps) == 3
    assert min(gaps[1:]) >= 0.65, gaps


def test_robots_txt_is_archived_and_has_its_outcome(crawled: tuple[Probed, Server]) -> None:
    probed, _ = crawled
    found = [page for path in (probed.data / "archive").glob("*.gz") for page in pages(path)]
    bodies = {page.url: page.body for page in found if isinstance(page, Page)}
    assert bodies["http://rules.test/robots.txt"] == FORBID
    assert bodies["http://moved.test/the-robots.txt"] == FORBID
    rows = [row for row in probed.rows("fetches") if row["kind"] == "robots"]
    assert {(row["url"], row["outcome"], row["attempts"]) for row in rows if row["url"].startswith("http://b")} == {
        ("http://broken.test/robots.txt", "failed", 3),
        ("http://busy.test/robots.txt", "failed", 3),
    }
    assert probed.report["made"] == sum(probed.report["counts"].values()) == len(probed.rows("fetches"))
    assert probed.report["exit_code"] == 3


@pytest.mark.parametrize(
    ("status", "body", "url", "reason"),
    [
        (200, FORBID, "/admin/x", "robots"),
        (200, FORBID, "/news", None),
        (200, b"User-agent: newsharvest\nDisallow: /\n", "/news", "robots"),
        (200, b"User-agent: other\nDisallow: /\n", "/news", None),
        (200, b"User-agent: *\nDisallow: /\nAllow: /news/\n", "/news/1", None),
        (200, b"", "/news", None),
        (204, b"", "/news", None),
        (200, "User-agent: *\nDisallow: /뉴스\n".encode("cp949"), "/%EB%89%B4%EC%8A%A4", "robots"),
        (200, FORBID + b"#" * BYTES_MAX + b"\nDisallow: /news\n", "/news", None),
        (200, b"#" * (BYTES_MAX - 20) + b"\n" + FORBID, "/admin/x", None),
        (401, FORBID, "/admin/x", None),
        (403, FORBID, "/admin/x", None),
        (404, b"", "/news", None),
        (429, b"", "/news", "robots_unreachable"),
        (500, b"", "/news", "robots_unreachable"),
        (503, FORBID, "/news", "robots_unreachable"),
        (304, b"", "/news", "robots_unreachable"),
    ],
)
def test_the_rules_of_an_answer(status: int, body: bytes, url: str, reason: str | None) -> None:
    assert rules_of(status, body).refusal(f"http://a.kr{url}", "newsharvest") == reason


def test_delay_and_the_two_answers_without_rules() -> None:
    assert rules_of(200, b"User-agent: *\nCrawl-delay: 2\n").delay("newsharvest") == 2.0
    assert (NONE.delay("newsharvest"), UNREACHABLE.delay("newsharvest")) == (None, None)


class Engine:
    """An engine that answers robots.txt after a while, or fails."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer, self.asked = answer, 0
        self.downloader: Any = type("Downloader", (), {"per_slot_settings": {}, "slots": {}})()

    async def download_async(self, _request: Request) -> Response:
        self.asked += 1
        await asyncio.sleep(0.01)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def robots_with(engine: Engine) -> Robots:
    crawler: Any = type("Crawler", (), {"engine": engine, "settings": Settings(), "get_extension": lambda *_: None})()
    crawler.settings.setmodule("newsharvest.settings")
    return Robots.from_crawler(crawler)


async def verdicts(robots: Robots, count: int) -> list[str | None]:
    async def one(number: int) -> str | None:
        try:
            await robots.process_request(Request(f"http://a.test/admin/{number}"))
        except Refused as refused:
            return refused.reason
        return None

    return list(await asyncio.gather(*(one(number) for number in range(count))))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Response("http://a.test/robots.txt", body=FORBID), "robots"),
        (Response("http://a.test/robots.txt", status=404), None),
        (DownloadTimeoutError("30 s"), "robots_unreachable"),
        (RuntimeError("anything"), "robots_unreachable"),
    ],
)
def test_all_that_wait_hear_the_same(answer: Response | Exception, reason: str | None) -> None:
    engine = Engine(answer)
    assert asyncio.run(verdicts(robots_with(engine), 50)) == [reason] * 50
    assert engine.asked == 1


def test_a_request_that_is_given_up_does_not_end_the_wait_of_the_others() -> None:
    robots = robots_with(Engine(Response("http://a.test/robots.txt", body=FORBID)))

    async def scene() -> list[str | None]:
        first = asyncio.ensure_future(robots.process_request(Request("http://a.test/admin/x")))
        await asyncio.sleep(0)
        first.cancel()
        return await verdicts(robots, 3)

    assert asyncio.run(scene()) == ["robots"] * 3


def test_switched_off_only_by_the_setting(tmp_path: Path) -> None:
    from scrapy.exceptions import NotConfigured

    crawler: Any = type("Crawler", (), {"settings": Settings({"ROBOTSTXT_OBEY": False})})()
    with pytest.raises(NotConfigured):
        Robots.from_crawler(crawler)
