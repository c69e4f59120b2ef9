"""Where requests may go, and that each of them has one outcome."""

from __future__ import annotations

import asyncio
import gzip
import os
from pathlib import Path

import pytest
from scrapy import Request

from newsharvest.archive import Damaged, members, pages
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.guards import Guard, is_public, refusal
from newsharvest.schema import rows
from tests.loopback import Answer, Probed, Server, probe, serving

pytestmark = pytest.mark.xdist_group("guards")

HOSTS = frozenset({"a.kr", "www.a.kr", "b.kr:8080", "haeram.test"})


@pytest.mark.fault("F15")
@pytest.mark.fault("F16")
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://a.kr/news?no=1", None),
        ("https://WWW.A.KR:443/", None),
        ("http://b.kr:8080/", None),
        ("http://haeram.test/", "demo_not_running"),
        ("http://b.kr/", "forbidden_host"),
        ("http://a.kr:8080/", "forbidden_host"),
        ("http://x.a.kr/", "forbidden_host"),
        ("http://a.kr.evil.com/", "forbidden_host"),
        ("http://other.test/", "forbidden_host"),
        ("http://127.0.0.1/", "forbidden_host"),
        ("http://2130706433/", "forbidden_host"),
        ("http://0x7f.1/", "forbidden_host"),
        ("http://127.1/", "forbidden_host"),
        ("http://0/", "forbidden_host"),
        ("http://[::ffff:127.0.0.1]/", "forbidden_host"),
        ("http://localhost/", "forbidden_host"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://a.kr/", "scheme"),
        ("data:text/html,x", "scheme"),
        ("s3://a.kr/x", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("http://user:pw@a.kr/", "credentials_in_url"),
        ("http://a.kr@evil.com/", "credentials_in_url"),
        ("http://[bad/", "malformed_url"),
        ("http://a.kr:port/", "malformed_url"),
        ("http://a.kr/" + "x" * 2_071, None),
        ("http://a.kr/" + "x" * 2_072, "url_too_long"),
    ],
)
def test_refusal(url: str, reason: str | None) -> None:
    assert refusal(url, HOSTS, demo=False) == reason


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("172.16.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::808:808", True),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) == public


class Resolver:
    def __init__(self, **addresses: list[str]) -> None:
        self.addresses, self.asked = addresses, 0

    async def __call__(self, host: str) -> list[str]:
        self.asked += 1
        await asyncio.sleep(0.001)
        return self.addresses[host.split(".", maxsplit=1)[0]]


async def passing(guard: Guard, *urls: str) -> list[str | None]:
    async def one(url: str) -> str | None:
        try:
            await guard.process_request(Request(url))
        except Refused as refused:
            return refused.reason
        return None

    return list(await asyncio.gather(*(one(url) for url in urls)))


def test_the_address_behind_a_name_must_be_public_and_is_asked_for_once() -> None:
    resolver = Resolver(good=["8.8.8.8"], bad=["8.8.8.8", "127.0.0.1"], rebound=["::ffff:10.0.0.1"], unknown=[])
    guard = Guard({"good.kr", "bad.kr", "rebound.kr", "unknown.kr"}, "", resolver)
    urls = [f"http://{name}.kr/{n}" for name in ("good", "bad", "rebound", "unknown") for n in range(5)]
    found = asyncio.run(passing(guard, *urls))
    # An unknown name passes: the download then fails as `dns`, which says more.
    assert found == [None] * 5 + ["forbidden_address"] * 10 + [None] * 5
    assert resolver.asked == 4


def test_only_test_hosts_go_through_the_demo_and_only_while_it_runs() -> None:
    resolver = Resolver(a=["8.8.8.8"])
    guard = Guard({"a.kr", "haeram.test"}, "http://127.0.0.1:5000", resolver)
    demo, real = Request("http://haeram.test/"), Request("http://a.kr/", meta={"proxy": "http://127.0.0.1:5000"})
    asyncio.run(guard.process_request(demo))
    asyncio.run(guard.process_request(real))
    assert demo.meta["proxy"] == "http://127.0.0.1:5000"
    assert "proxy" not in real.meta
    assert resolver.asked == 1
    assert asyncio.run(passing(Guard({"haeram.test"}, "", resolver), "http://haeram.test/")) == ["demo_not_running"]


PAGE = b"<html><body><p>" + b"x" * 500 + b"</p></body></html>"
GZ = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
A = "http://a.test"
OUTCOMES = {
    f"{A}/ok": ("stored", "http_200"),
    f"{A}/missing": ("stored", "http_404"),
    f"{A}/to-canary": ("skipped", "forbidden_host"),
    f"{A}/to-other": ("skipped", "forbidden_host"),
    f"{A}/to-file": ("stored", "http_302"),
    f"{A}/to-ok": ("duplicate", "already_requested"),
    f"{A}/round?n=0": ("failed", "redirects"),
    f"{A}/cut": ("rejected", "truncated"),
    f"{A}/lie": ("rejected", "encoding"),
    f"{A}/bomb": ("rejected", "too_large"),
    f"{A}/huge": ("failed", "too_large"),
    f"{A}/reset": ("failed", "network"),
    f"{A}/busy": ("stored", "http_200"),
    "http://later.test/busy": ("skipped", "retry_after"),
    "http://other.test/x": ("skipped", "forbidden_host"),
    "file:///etc/passwd": ("skipped", "scheme"),
}
FIXED = {
    "/ok": Answer(body=PAGE),
    "/missing": Answer(404),
    "/to-other": Answer(302, b"", (("Location", "http://other.test/x2"),)),
    "/to-file": Answer(302, b"", (("Location", "file:///etc/passwd"),)),
    "/to-ok": Answer(302, b"", (("Location", "/ok"),)),
    "/cut": Answer(body=gzip.compress(PAGE)[:-8], headers=GZ),
    "/lie": Answer(body=PAGE, headers=GZ),
    "/bomb": Answer(body=gzip.compress(bytes(11 << 20)), headers=GZ),
    "/huge": Answer(body=bytes(11 << 20)),
    "/reset": Answer(reset=True),
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Probed, Server, Server]:
    """One crawl into every trap at once; the canary is what no request may reach."""
    with serving(lambda *_: Answer()) as canary:

        def respond(host: str, path: str, before: int) -> Answer:
            if path == "/robots.txt":
                return Answer(404)
            if path == "/to-canary":
                return Answer(302, b"", (("Location", f"{canary.url}/secret"),))
            if path.startswith("/round"):
                return Answer(302, b"", (("Location", f"/round?n={int(path[-1]) + 1}"),))
            if path == "/busy":
                wait = "1" if host == "a.test" else "3600"
                return Answer(503, b"", (("Retry-After", wait),)) if not before else Answer(body=PAGE)
            return FIXED[path]

        urls = [*OUTCOMES, f"{canary.url}/start", f"{A}/{'x' * 3000}"]
        with serving(respond) as server:
            probed = probe(tmp_path_factory.mktemp("guards"), server, ["a.test", "later.test"], urls)
    return probed, server, canary


@pytest.mark.fault("F14")
def test_nothing_forbidden_was_reached(crawled: tuple[Probed, Server, Server]) -> None:
    _, server, canary = crawled
    assert canary.hits == []
    assert server.paths("other.test") == []
    assert server.paths("later.test") == ["/robots.txt", "/busy"]


def test_every_request_has_one_outcome_and_the_sums_agree(crawled: tuple[Probed, Server, Server]) -> None:
    probed, _, canary = crawled
    found = probed.rows("fetches")
    outcomes = {row["url"]: (row["outcome"], row["reason"]) for row in found if row["kind"] == "article"}
    long_url = next(url for url in outcomes if len(url) > 1_000)
    assert len(long_url) == 2_083
    expected = OUTCOMES | {f"{canary.url}/start": ("skipped", "forbidden_host"), long_url: ("skipped", "url_too_long")}
    assert outcomes == expected
    assert sorted(row["sequence"] for row in found) == list(range(1, len(found) + 1))
    assert probed.report["made"] == sum(probed.report["counts"].values()) == len(found)


def test_every_outcome_has_its_record_in_the_archive(crawled: tuple[Probed, Server, Server]) -> None:
    probed, _, _ = crawled
    for row in probed.rows("fetches"):
        path = probed.data / "archive" / row["warc_filename"]
        record = next(members(path, row["warc_record_offset"]))
        assert record.length == row["warc_record_length"]
        answered = b"WARC-Type: response" in record.data
        assert answered == (row["status"] is not None), row
        if not answered:
            assert f"outcome: {row['outcome']}\r\nreason: {row['reason']}\r\n".encode() in record.data
            assert row["url"].encode() in record.data


def test_facts_of_an_answer(crawled: tuple[Probed, Server, Server]) -> None:
    probed, server, _ = crawled
    rows_by_url = {row["url"]: row for row in probed.rows("fetches")}
    ok = rows_by_url[f"{A}/ok"]
    assert (ok["status"], ok["bytes"], ok["attempts"], ok["outlet_id"]) == (200, len(PAGE), 1, "a_test")
    assert 0 < ok["duration_ms"] < 30_000
    cut = rows_by_url[f"{A}/cut"]
    assert (cut["status"], cut["bytes"]) == (200, len(gzip.compress(PAGE)) - 8)
    assert rows_by_url[f"{A}/reset"]["attempts"] == 3
    assert rows_by_url[f"{A}/reset"]["status"] is None
    assert rows_by_url[f"{A}/busy"]["attempts"] == 2
    first, second = (hit.at for hit in server.hits if (hit.host, hit.path) == ("a.test", "/busy"))
    assert second - first >= 1.0
    assert len([path for path in server.paths("a.test") if path.startswith("/round")]) == 6


def test_a_crawl_rejects_what_a_reparse_rejects(crawled: tuple[Probed, Server, Server]) -> None:
    """The rows of undecodable pages are the same, whoever met them."""
    probed, _, _ = crawled
    found = [page for path in (probed.data / "archive").glob("*.gz") for page in pages(path)]
    again = {
        damaged.excerpt: row for damaged in found if isinstance(damaged, Damaged) for _, row in rows(damaged.reject())
    }
    live = {row["raw"]: row for row in probed.rows("rejects") if row["stage"] == "archive"}
    assert set(live) == set(again) == {f"{A}/cut", f"{A}/lie", f"{A}/bomb"}
    assert live == {url: row | {"first_seen_at": None, "last_seen_at": None} for url, row in again.items()}


@pytest.mark.fault("F44")
def test_a_full_disk_ends_the_run_and_what_was_accepted_is_whole(tmp_path: Path) -> None:
    noise = [os.urandom(20_000).hex().encode() for _ in range(20)]

    def respond(_host: str, path: str, _before: int) -> Answer:
        return Answer(404) if path == "/robots.txt" else Answer(body=b"<p>" + noise[int(path[1:])])

    with serving(respond) as server:
        urls = [f"{A}/{n}" for n in range(20)]
        probed = probe(tmp_path, server, ["a.test"], urls, file_limit=120_000, CONCURRENT_REQUESTS=2)
    assert (probed.report["finish"], probed.report["exit_code"]) == ("storage", 4)
    assert probed.report["made"] == sum(probed.report["counts"].values()) == 21
    assert probed.report["reasons"]["failed: storage"] >= 1
    assert len(server.paths("a.test")) < 21
    (path,) = (tmp_path / "data" / "archive").glob("*.warc.gz")
    whole = [page.url for page in pages(path) if not isinstance(page, Damaged)]
    assert whole[0] == f"{A}/robots.txt"
    assert 2 <= len(whole) <= 6
