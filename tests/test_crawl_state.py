"""What a crawl remembers, what it asks for because of it, and how its archive keeps what waits."""

from __future__ import annotations

import asyncio
import gzip
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request

from newsharvest.archive import ArchiveWriter, RecordDraft, response_draft
from newsharvest.coding import CodingError
from newsharvest.crawl.backoff import Backoff, pause
from newsharvest.crawl.discovery import Entry, NotADocumentError, feed, moment, sitemap
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.outcomes import ARTICLE, FEED, KIND, LIST, SITEMAP, Tally
from newsharvest.crawl.plan import OutletPlan
from newsharvest.crawl.reading import read
from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visits import Answer, Visit
from newsharvest.crawl.writing import AsyncArchive
from newsharvest.items import Article, Item, Record, Reject, Source
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.spiders.outlets import OutletSpider, chosen
from tests.conftest import REPO

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BASE = "http://a.kr"
VALIDATED = {"If-None-Match": '"v"', "Cache-Control": "max-age=0"}


def article_url(number: int) -> str:
    return f"{BASE}/news/articleView.html?idxno={number}"


def known(number: int, **more: Any) -> Known:
    fields = {"etag": '"1"', "last_modified": None, "lastmod": "2026-03-01", "status": 200, "fetched_at": AT} | more
    return Known(article_url(number), "paper", str(number), **fields)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    opened = CrawlState.open(tmp_path / "state" / "crawl.sqlite3")
    yield opened
    opened.close()


# --- the state


def test_what_is_put_is_there_at_once_and_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "state" / "crawl.sqlite3"
    first = CrawlState.open(path)
    feed_page = Known(f"{BASE}/rss", "paper", None, None, "Mon, 02 Mar 2026 10:00:00 GMT", None, 200, AT)
    first.put(known(1))
    first.put(feed_page)
    assert first.get("paper/1") == known(1)
    first.close()
    second = CrawlState.open(path)
    assert (second.get("paper/1"), second.get(f"{BASE}/rss")) == (known(1), feed_page)
    assert second.get("paper/2") is None
    second.put(known(1, status=404))
    assert second.get("paper/1") == known(1, status=404)
    second.close()


def test_writes_wait_until_fifty_are_together(tmp_path: Path) -> None:
    path = tmp_path / "crawl.sqlite3"
    writer = CrawlState.open(path)

    def visible() -> int:
        with sqlite3.connect(path) as other:
            return int(other.execute("SELECT count(*) FROM pages").fetchone()[0])

    for number in range(49):
        writer.put(known(number))
    assert visible() == 0
    writer.put(known(49))
    assert visible() == 50
    writer.put(known(50))
    writer.flush()
    assert visible() == 51
    writer.close()


@pytest.mark.parametrize("content", [b"no database at all" * 100, None])
def test_a_damaged_or_foreign_state_is_begun_anew(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "crawl.sqlite3"
    if content is None:
        with sqlite3.connect(path) as other:
            other.execute("PRAGMA user_version = 99")
    else:
        path.write_bytes(content)
    opened = CrawlState.open(path)
    opened.put(known(1))
    opened.close()
    assert CrawlState.open(path).get("paper/1") == known(1)


def test_conditions_and_what_sitemaps_listed(state: CrawlState) -> None:
    both = known(1, last_modified="Mon, 02 Mar 2026 10:00:00 GMT")
    assert both.conditions() == {
        "If-None-Match": '"1"', "If-Modified-Since": "Mon, 02 Mar 2026 10:00:00 GMT", "Cache-Control": "max-age=0",
    }  # fmt: skip
    assert known(1, etag=None).conditions() == {}
    for each in (both, known(2, lastmod=None), known(3, status=410), replace(known(4), outlet_id="other")):
        state.put(each)
    assert list(state.listed("paper")) == [both]


# --- feeds and sitemaps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02 19:17:53", "2026-03-02T19:17:53+09:00"),
        ("Mon, 02 Mar 2026 19:17:53 +0900", "2026-03-02T19:17:53+09:00"),
        ("Mon, 02 Mar 2026 10:17:53 GMT", "2026-03-02T10:17:53+00:00"),
        ("2026-03-02T19:17:53+09:00", "2026-03-02T19:17:53+09:00"),
        ("2026-03-02", "2026-03-02T00:00:00+09:00"),
        ("2026-03-02T10:17:53Z", "2026-03-02T10:17:53+00:00"),
        ("어제", None),
        ("2026-13-02", None),
        ("", None),
    ],
)
def test_dates_of_feeds_and_sitemaps(text: str, expected: str | None) -> None:
    found = moment(text)
    assert (found.isoformat() if found else None) == expected


RSS = """<?xml version="1.0" encoding="euc-kr"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>똠방 뉴스</title><link>http://a.kr</link>
<item><title>A & B</title><link><![CDATA[ http://a.kr/1 ]]></link><pubDate>2026-03-02 19:17:53</pubDate></item>
<item><link>http://a.kr/2</link><dc:date>2026-03-02T19:17:53+09:00</dc:date></item>
<item><title>no link</title></item>
<item><link>http://a.kr/3</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="http://a.kr/x"/>
<link rel="alternate" href="http://a.kr/1"/><updated>2026-03-02T10:17:53Z</updated></entry></feed>"""


def test_feeds() -> None:
    """A bare ampersand and syllables outside euc-kr are common; neither costs the feed."""
    assert feed(RSS.encode("cp949"), "text/xml; charset=euc-kr") == (
        Entry("http://a.kr/1", "2026-03-02 19:17:53"),
        Entry("http://a.kr/2", "2026-03-02T19:17:53+09:00"),
        Entry("http://a.kr/3"),
    )
    assert feed(ATOM.encode(), None) == (Entry("http://a.kr/1", "2026-03-02T10:17:53Z"),)
    assert feed(b"\n<channel><item><link>http://a.kr/1</link></item></channel>", None) == (Entry("http://a.kr/1"),)


XMLNS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
URLSET = f"<urlset {XMLNS}><url><loc> http://a.kr/1 </loc><lastmod>2026-03-02</lastmod></url><url><loc>http://a.kr/2</loc></url></urlset>"


def test_sitemaps() -> None:
    entries = (Entry("http://a.kr/1", "2026-03-02"), Entry("http://a.kr/2"))
    for body in (URLSET.encode(), gzip.compress(URLSET.encode()), URLSET.replace(XMLNS, "").encode()):
        assert sitemap(body, "application/xml").pages == entries
    index = f"<sitemapindex {XMLNS}><sitemap><loc>http://a.kr/s1.xml</loc></sitemap></sitemapindex>"
    assert sitemap(index.encode(), None).children == ("http://a.kr/s1.xml",)
    assert sitemap(b"<urlset/>", None).pages == ()


LAUGHS = '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><rss><item><link>&lol2;</link></item></rss>'


@pytest.mark.fault("F27")
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LAUGHS, "entities"),
        ('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss/>', "entities"),
        ("<html><body>점검 중<br></body></html>", "not_feed"),
        ("<!doctype html><html><body>점검 중</body></html>", "not_xml"),
        ("<urlset/>", "not_feed"),
        ("", "not_xml"),
        ("점검 중입니다", "not_xml"),
    ],
)
def test_what_is_no_feed_says_so(body: str, reason: str) -> None:
    with pytest.raises(NotADocumentError, match=f"^{reason}$"):
        feed(body.encode(), None)


def test_a_cut_sitemap_is_no_short_sitemap() -> None:
    with pytest.raises(NotADocumentError, match="not_sitemap"):
        sitemap(b"<html/>", None)
    with pytest.raises(CodingError, match="truncated"):
        sitemap(gzip.compress(URLSET.encode())[:-4], None)


# --- what is asked for

PAPER = Outlet(
    "paper", "종이", ("a.kr",), "ndsoft",
    feeds=(f"{BASE}/rss",), sitemaps=(f"{BASE}/sitemap.xml",), list_pages=(f"{BASE}/list?page={{page}}",),
)  # fmt: skip
LISTS_ONLY = replace(PAPER, feeds=(), sitemaps=())


def urlset(*entries: tuple[int, str]) -> bytes:
    urls = "".join(f"<url><loc>{article_url(n)}</loc><lastmod>{stated}</lastmod></url>" for n, stated in entries)
    return f"<urlset>{urls}</urlset>".encode()


def listing(*numbers: int) -> bytes:
    anchors = "".join(f'<a href="/news/articleView.html?idxno={n}&amp;sc=1">x</a>' for n in numbers)
    return f"<html><body>{anchors}<a href='/about'>x</a></body></html>".encode()


def answer(plan: OutletPlan, visit: Visit, body: bytes = b"", status: int = 200, items: Sequence[Item] = ()) -> Answer:
    media = "html" if body.startswith(b"<html") else "xml"
    page = Page(visit.url, body, status, {"etag": '"v"'}, AT, Record("w", 0, 1), None, media)
    return plan.received(visit, page, replace(read(page, visit.kind, plan.outlet), items=tuple(items)))


def article() -> Article:
    return Article("paper", "1", Source())


def numbers(visits: Sequence[Visit]) -> list[int]:
    return [int(visit.url.rpartition("=")[2]) for visit in visits if visit.kind == ARTICLE]


def kinds(visits: Sequence[Visit]) -> list[str]:
    return [visit.kind for visit in visits if visit.kind != ARTICLE]


def test_a_first_run_asks_sitemaps_then_feeds_and_lists_and_every_article_once(state: CrawlState) -> None:
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    assert (first.kind, first.headers) == (SITEMAP, {})
    found = answer(plan, first, urlset((1, "2026-03-01"), (2, "2026-03-01")))
    assert (found.outcome, numbers(found.follow), kinds(found.follow)) == ("stored", [1, 2], [FEED, LIST])
    rss, page_one = found.follow[2:]
    body = f"<rss><item><link>{article_url(2)}&amp;x=1</link></item><item><link>{article_url(3)}</link></item></rss>"
    assert numbers(answer(plan, rss, body.encode()).follow) == [3]
    walked = answer(plan, page_one, listing(3, 4))
    assert (numbers(walked.follow), kinds(walked.follow)) == ([4], [LIST])
    page_two = walked.follow[1]
    assert page_two.url == f"{BASE}/list?page=2"
    assert answer(plan, page_two, listing(4, 3)).follow == []


def settled(state: CrawlState, *, finish: bool = True) -> None:
    """A run that fetched articles 1 and 2."""
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    visits = answer(plan, first, urlset((1, "2026-03-01"), (2, "2026-03-01"))).follow
    for visit in visits:
        if visit.kind == ARTICLE:
            assert answer(plan, visit, b"<html>", items=[article()]) == Answer("stored")
        else:
            found = answer(plan, visit, listing(1, 2) if visit.kind == LIST else b"<rss/>")
            for further in found.follow:
                answer(plan, further, status=404)
    if finish:
        plan.finish()


def test_a_second_run_asks_on_condition_and_only_for_what_changed(state: CrawlState) -> None:
    settled(state)
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    assert first.headers == VALIDATED
    found = answer(plan, first, urlset((1, "2026-03-01"), (2, "2026-03-05"), (3, "2026-03-05")))
    assert numbers(found.follow) == [2, 3]
    assert [dict(visit.headers) for visit in found.follow] == [VALIDATED, {}] + [VALIDATED] * 2
    assert answer(plan, found.follow[0], status=304) == Answer("unchanged")
    second = state.get("paper/2")
    assert second is not None
    assert (second.lastmod, second.etag, second.status) == ("2026-03-05", '"v"', 200)


def test_unchanged_everywhere_asks_for_nothing_more(state: CrawlState) -> None:
    settled(state)
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    found = answer(plan, first, status=304)
    assert (found.outcome, kinds(found.follow), numbers(found.follow)) == ("unchanged", [FEED, LIST], [])
    for visit in found.follow:
        assert answer(plan, visit, status=304) == Answer("unchanged", None, [])


@pytest.mark.parametrize("ending", ["killed", "failed"])
def test_what_a_run_left_open_is_not_hidden_by_a_304_of_the_next(state: CrawlState, ending: str) -> None:
    """Validators of sitemaps, feeds and lists are kept only when all that they led to was fetched."""
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    visits = answer(plan, first, urlset((1, "2026-03-01"), (2, "2026-03-01"))).follow
    answer(plan, visits[0], b"<html>", items=[article()])
    if ending == "failed":
        assert plan.lost(visits[1]) == []
        plan.finish()
    again = OutletPlan(PAPER, state)
    (first,) = again.begin()
    assert first.headers == {}
    assert numbers(answer(again, first, urlset((1, "2026-03-01"), (2, "2026-03-01"))).follow) == [2]


def test_a_page_that_robots_txt_forbids_does_not_keep_a_run_open(state: CrawlState) -> None:
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    visits = answer(plan, first, urlset((1, "2026-03-01"))).follow
    plan.lost(visits[0], for_good=True)
    plan.finish()
    assert [visit.headers for visit in OutletPlan(PAPER, state).begin()] == [VALIDATED]


def test_a_list_is_walked_to_its_end_until_a_run_has_finished_it(state: CrawlState) -> None:
    plan = OutletPlan(LISTS_ONLY, state)
    (one,) = plan.begin()
    follow = answer(plan, one, listing(6, 5)).follow
    for visit in follow[:2]:
        answer(plan, visit, b"<html>", items=[article()])
    # The run is killed here. The next one knows 6 and 5, yet goes on behind them.
    plan = OutletPlan(LISTS_ONLY, state)
    (one,) = plan.begin()
    (two,) = answer(plan, one, listing(6, 5)).follow
    follow = answer(plan, two, listing(4, 3, 6)).follow
    assert numbers(follow) == [4, 3]
    for visit in follow[:2]:
        answer(plan, visit, b"<html>", items=[article()])
    assert answer(plan, follow[2], status=404) == Answer("stored", "http_404")
    plan.finish()
    # From now on a page of known articles is the end, even where a box on it shows a new one of page 1.
    plan = OutletPlan(LISTS_ONLY, state)
    (one,) = plan.begin()
    assert one.headers == VALIDATED
    follow = answer(plan, one, listing(7, 6)).follow
    assert (numbers(follow), kinds(follow)) == ([7], [LIST])
    assert answer(plan, follow[1], listing(7, 5, 4)).follow == []


@pytest.mark.parametrize(
    ("status", "items", "expected", "kept"),
    [
        (200, [article()], Answer("stored"), 200),
        (200, [article(), Reject("ticker", "no_entries", Source())], Answer("stored"), 200),
        (200, [Reject("parse", "missing_title", Source())], Answer("rejected", "missing_title"), 0),
        (200, [], Answer("rejected", "not_article"), 0),
        (404, [], Answer("stored", "gone"), 404),
        (410, [], Answer("stored", "gone"), 410),
        (500, [], Answer("failed", "http_500"), None),
        (403, [], Answer("failed", "http_403"), None),
        (302, [], Answer("failed", "http_302"), None),
    ],
)
def test_what_an_answer_to_an_article_means(
    state: CrawlState, status: int, items: list[Item], expected: Answer, kept: int | None
) -> None:
    plan = OutletPlan(PAPER, state)
    (first,) = plan.begin()
    visit = answer(plan, first, urlset((1, "2026-03-01"))).follow[0]
    assert answer(plan, visit, b"<html>", status, items) == expected
    found = state.get("paper/1")
    assert (found.status if found else None) == kept
    assert plan.complete == (expected.outcome != "failed")
    again = OutletPlan(PAPER, state)
    asked = numbers(answer(again, again.begin()[0], urlset((1, "2026-03-01"))).follow)
    assert asked == ([] if kept in {200, 404, 410} else [1])


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        (b"<html>", 200, ("rejected", "not_sitemap")),
        (LAUGHS.encode(), 200, ("rejected", "entities")),
        (gzip.compress(urlset((1, "2026-03-01")))[:-4], 200, ("rejected", "truncated")),
        (b"", 404, ("failed", "http_404")),
        (b"", 500, ("failed", "http_500")),
    ],
)
def test_without_a_sitemap_feeds_and_lists_are_asked_all_the_same(
    state: CrawlState, body: bytes, status: int, outcome: tuple[str, str]
) -> None:
    plan = OutletPlan(PAPER, state)
    found = answer(plan, plan.begin()[0], body, status)
    assert ((found.outcome, found.reason), kinds(found.follow)) == (outcome, [FEED, LIST])
    assert not plan.complete
    assert kinds(OutletPlan(PAPER, state).lost(Visit(f"{BASE}/sitemap.xml", SITEMAP, "paper", "x"))) == []


def test_an_index_of_sitemaps_is_always_read_whole_and_a_loop_ends(state: CrawlState) -> None:
    index = f"<sitemapindex><sitemap><loc>{BASE}/s1.xml</loc></sitemap><sitemap><loc>{BASE}/sitemap.xml</loc></sitemap></sitemapindex>"
    plan = OutletPlan(PAPER, state)
    (child,) = answer(plan, plan.begin()[0], index.encode()).follow
    assert (child.url, child.kind, child.number) == (f"{BASE}/s1.xml", SITEMAP, 2)
    found = answer(plan, child, urlset((1, "2026-03-01")))
    assert (numbers(found.follow), kinds(found.follow)) == ([1], [FEED, LIST])
    answer(plan, found.follow[0], b"<html>", items=[article()])
    plan.finish()
    again = OutletPlan(PAPER, state)
    (first,) = again.begin()
    assert first.headers == {}
    assert answer(again, first, index.encode()).follow[0].headers == VALIDATED


def test_sitemaps_deeper_than_three_are_left_out(state: CrawlState) -> None:
    plan = OutletPlan(PAPER, state)
    visits: Sequence[Visit] = plan.begin()
    for depth in range(2, 5):
        body = f"<sitemapindex><sitemap><loc>{BASE}/s{depth}.xml</loc></sitemap></sitemapindex>"
        visits = answer(plan, visits[0], body.encode()).follow
    assert kinds(visits) == [FEED, LIST]
    assert not plan.complete


def test_an_article_that_vanished_from_the_sitemap_is_asked_for_once(state: CrawlState) -> None:
    for number, stated in ((1, "2026-02-01"), (2, "2026-03-02"), (3, "2026-03-03")):
        state.put(known(number, lastmod=stated))
    listed = urlset((3, "2026-03-03"), (4, "2026-03-01"))
    plan = OutletPlan(PAPER, state)
    found = answer(plan, plan.begin()[0], listed)
    assert numbers(found.follow) == [4, 2]  # 1 is older than what the sitemap still lists
    answer(plan, found.follow[1], status=410)
    again = OutletPlan(PAPER, state)
    assert numbers(answer(again, again.begin()[0], listed).follow) == [4]


def test_since_and_limit(state: CrawlState) -> None:
    since = OutletPlan(PAPER, state, since=datetime(2026, 3, 2, tzinfo=UTC))
    found = answer(since, since.begin()[0], urlset((1, "2026-03-01"), (2, "2026-03-03")))
    assert (numbers(found.follow), kinds(found.follow)) == ([2], [FEED])
    few = OutletPlan(PAPER, state, limit=2)
    found = answer(few, few.begin()[0], urlset(*((n, "2026-03-01") for n in range(1, 6))))
    assert numbers(found.follow) == [1, 2]
    assert not few.complete
    assert answer(few, found.follow[3], listing(7, 8)).follow == []


def test_pages_of_other_papers_are_never_asked_for(state: CrawlState) -> None:
    plan = OutletPlan(LISTS_ONLY, state)
    (one,) = plan.begin()
    body = b"<html><a href='http://b.kr/news/articleView.html?idxno=9'>x</a><a href='http://[bad'>y</a></html>"
    assert answer(plan, one, body).follow == []


# --- the spider's arguments


def test_outlets_are_chosen_by_name() -> None:
    assert [outlet.outlet_id for outlet in chosen("demo_noeul,demo_sorae,demo_noeul")] == ["demo_noeul", "demo_sorae"]
    with pytest.raises(ValueError, match=r"unknown outlets: nowhere; known are .*demo_haeram"):
        chosen("demo_noeul,nowhere")
    with pytest.raises(ValueError, match="no outlet to crawl"):
        chosen(" , ")
    spider = OutletSpider("demo_noeul", since="2026-03-02", limit="5")
    assert spider.since is not None
    assert (spider.since.isoformat(), spider.limit) == ("2026-03-02T00:00:00+09:00", 5)
    assert spider.allowed_hosts == {"noeul.test", "www.noeul.test"}


# --- the archive of a crawl


def draft(number: int) -> RecordDraft:
    return response_draft(f"{BASE}/{number}", 200, "OK", [], b"x" * 100, AT)


class Slow(ArchiveWriter):
    """A writer whose first batch takes as long as the test says; it counts batches."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "run")
        self.batches: list[int] = []
        self.go = threading.Event()

    def append(self, records: Sequence[RecordDraft]) -> list[Record]:
        self.batches.append(len(records))
        assert self.go.wait(5)
        return super().append(records)


def test_what_waits_is_written_together(tmp_path: Path) -> None:
    writer = Slow(tmp_path)

    async def scene() -> list[Record]:
        archive = AsyncArchive(writer)
        futures = [archive.submit(draft(0))]
        await asyncio.sleep(0.02)
        futures += [archive.submit(draft(number)) for number in range(1, 30)]
        assert not any(future.done() for future in futures)
        writer.go.set()
        records = await asyncio.gather(*futures)
        await archive.close()
        return records

    records = asyncio.run(scene())
    assert writer.batches == [1, 29]
    offsets = [record.warc_record_offset for record in records]
    assert offsets == sorted(offsets)
    assert (
        records[-1].warc_record_offset + records[-1].warc_record_length
        == (tmp_path / "run-00000.warc.gz").stat().st_size
    )


def test_who_waits_for_a_record_hears_of_it_before_the_archive_is_closed(tmp_path: Path) -> None:
    """A run ended in the turn of the loop in which its last record had been written: the record's row was lost."""
    heard: list[int] = []

    async def scene() -> None:
        archive = AsyncArchive(ArchiveWriter(tmp_path, "run"))
        last = archive.submit(draft(0))
        last.add_done_callback(lambda done: heard.append(done.result().warc_record_length))
        while not last.done():
            await asyncio.sleep(0)
        assert heard == [], "written, and its callback due in the next turn"
        await archive.close()
        assert len(heard) == 1

    asyncio.run(scene())


def test_a_failed_write_fails_every_waiter_and_every_later_put(tmp_path: Path) -> None:
    class Full(Slow):
        def append(self, records: Sequence[RecordDraft]) -> list[Record]:
            assert self.go.wait(5)
            raise OSError(28, "No space left on device")

    writer = Full(tmp_path)

    async def scene() -> list[object]:
        archive = AsyncArchive(writer)
        first = archive.submit(draft(1))
        await asyncio.sleep(0.02)
        second = archive.submit(draft(2))
        writer.go.set()
        results = await asyncio.gather(first, second, return_exceptions=True)
        results += await asyncio.gather(archive.put(draft(3)), return_exceptions=True)
        await archive.close()
        return [*results, archive.error]

    results = asyncio.run(scene())
    assert len(results) == 4
    assert {str(error) for error in results} == {"[Errno 28] No space left on device"}


# --- outcomes


def tally() -> Tally:
    crawler: Any = type(
        "Crawler", (), {"get_extension": lambda *_: None, "settings": {"NEWSHARVEST_DATA": "nowhere"}}
    )()
    return Tally(crawler)


def test_a_request_has_one_outcome_and_keeps_its_number_through_retries() -> None:
    counts = tally()
    request = Request("http://www.haeram.test/1", meta={KIND: ARTICLE})
    assert counts.open(request).sequence == 1
    assert counts.open(request.replace(url="http://www.haeram.test/2")).sequence == 1
    counts.record(request, "stored")
    with pytest.raises(RuntimeError, match=r"request 1 .* ends twice, the second time as failed"):
        counts.record(request, "failed", "x")
    other = Request("http://www.sorae.test/1", meta={KIND: FEED})
    counts.failed(other, Refused("robots"))
    counts.dropped(Request("http://www.sorae.test/2", meta={KIND: ARTICLE}))
    assert counts.counts == {"stored": 1, "skipped": 1, "duplicate": 1}
    assert counts.by_outlet() == {"demo_haeram": {"stored": 1}, "demo_sorae": {"duplicate": 1}}
    assert counts.reasons() == {"skipped: robots": 1, "duplicate: already_requested": 1}
    assert counts.made == 3


@pytest.mark.parametrize(
    ("reason", "outcome"), [("finished", {"failed: no_outcome": 1}), ("shutdown", {"skipped: stopped": 1})]
)
def test_what_is_open_at_the_end_gets_its_outcome_then(reason: str, outcome: dict[str, int]) -> None:
    counts = tally()
    counts.open(Request("http://www.haeram.test/1", meta={KIND: ARTICLE}))
    counts.spider_closed(reason)
    assert counts.reasons() == outcome
    assert counts.made == sum(counts.counts.values()) == 1


# --- pauses


@pytest.mark.fault("F37")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        (" 3600 ", 3600.0),
        ("Mon, 02 Mar 2026 10:00:30 GMT", 30.0),
        ("Mon, 02 Mar 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("１", None),
    ],
)
def test_pause(text: str, seconds: float | None) -> None:
    assert pause(text, AT) == seconds


def test_a_host_that_was_told_to_wait_holds_back_the_next_request() -> None:
    from scrapy.http import Response

    async def scene() -> float:
        backoff = Backoff()
        asking = Request("http://a.kr/1")
        backoff.process_response(asking, Response("http://a.kr/1", status=503, headers={"Retry-After": "1"}))
        backoff.process_response(asking, Response("http://b.kr/1", status=200, headers={"Retry-After": "99"}))
        began = asyncio.get_running_loop().time()
        await backoff.process_request(Request("http://b.kr/2"))
        assert asyncio.get_running_loop().time() - began < 0.5
        await backoff.process_request(Request("http://a.kr/2"))
        return asyncio.get_running_loop().time() - began

    assert 0.9 < asyncio.run(scene()) < 2.0


# --- the settings


def test_a_foreign_package_named_pipelines_is_named_with_the_remedy(tmp_path: Path) -> None:
    foreign = tmp_path / "site" / "pipelines" / "__init__.py"
    foreign.parent.mkdir(parents=True)
    foreign.touch()
    paths = f"{foreign.parents[1]}{os.pathsep}{REPO}"
    env = {**os.environ, "PYTHONPATH": paths, "SCRAPY_SETTINGS_MODULE": "newsharvest.settings"}
    for words in (["-c", "import newsharvest.settings"], ["-m", "scrapy", "list"]):
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 1, words
        assert f"`pipelines` is another distribution's package, at {foreign}" in done.stderr
        assert "pip uninstall pipelines" in done.stderr
