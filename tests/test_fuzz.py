"""Damaged pages and dates: a row or a reject, never an exception, never a hang."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from test_cms_demo import page_of
from test_cms_pages import CASES, body_of, expected

from newsharvest.cms.stamps import stamps
from newsharvest.demo.site import Site
from newsharvest.demo.truth import articles
from newsharvest.harvest import harvest
from newsharvest.items import Article, Item, Reject
from newsharvest.page import Page
from pipelines.credits import credit_article
from pipelines.dates import date_article, parse_korean_date
from pipelines.text import clean_article
from tests.fault_report import observed

FETCHED = datetime(2026, 3, 2, tzinfo=UTC)
SECONDS_MOST = 2.0
NASTY = [
    b"<!--", b"-->", b"<![CDATA[", b"]]>", b'"', b"'", b"<", b">", b"</", b"&#0;", b"&#x110000;", b"&quot", b"\x00", b"\xff\xfe", b"\xed\xa0\x80",
    "℃".encode(), b"<script>", b"</script>", b"<style>", b"<textarea>", b"<table>", b"<p>" * 40, b"<font>" * 300, b"</div>" * 30, b"</html>", b"<body>",
    b"<article>", b'<div id="article-view-content-div">', b"<plaintext>", b"<svg><title>", b"<template>", b"<base href='http://['>", b"<a href='http://['>",
    "입력 2026.13.45 99:99".encode(), "수정 9999.12.31".encode(), "[해람일보=".encode(), "저작권자 ©".encode(), "기자 ".encode() * 50, "가".encode() * 3000,
    b'<script type="application/ld+json">' + b"[" * 2000, b'<script type="application/json">{"a":' * 5, b'<meta property="og:title" content="', b"\xc0\xaf", b"\r\r\n",
]  # fmt: skip


def pages() -> list[Page]:
    saved = [
        Page(t.get("seen_as", t["url"]), body_of(path), fetched_at=FETCHED) for path in CASES if (t := expected(path))
    ]
    site = Site(1)
    return saved + [page_of(site, truth.url) for truth in articles(1)[::60] if not truth.gone]


def cut(body: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(body))
    return body[:place] + body[place + source.randrange(1, 400) :]


def doubled(body: bytes, source: random.Random) -> bytes:
    place, size = source.randrange(len(body)), source.randrange(1, 4000)
    return body[:place] + body[place : place + size] * 2 + body[place + size :]


def poked(body: bytes, source: random.Random) -> bytes:
    place = source.randrange(len(body))
    return body[:place] + source.choice(NASTY) + body[place:]


def flipped(body: bytes, source: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(source.randrange(1, 30)):
        changed[source.randrange(len(changed))] = source.randrange(256)
    return bytes(changed)


def truncated(body: bytes, source: random.Random) -> bytes:
    return body[: source.randrange(len(body))]


def moved(body: bytes, source: random.Random) -> bytes:
    start, end, place = sorted(source.randrange(len(body)) for _ in range(3))
    return body[:start] + body[end:place] + body[start:end] + body[place:]


MUTATIONS: list[Callable[[bytes, random.Random], bytes]] = [cut, doubled, poked, poked, flipped, truncated, moved]


def mutated(page: Page, source: random.Random) -> Page:
    body = page.body
    for _ in range(source.randrange(1, 5)):
        body = source.choice(MUTATIONS)(body, source) or b"x"
    known = source.random() < 0.7
    headers = source.choice(
        [{}, {"content-type": "text/html; charset=euc-kr"}, {"content-type": "text/html; charset=utf-8"}]
    )
    return Page(page.url if known else "http://x.test/p/1", body, headers=headers, fetched_at=FETCHED)


def refined(item: Item) -> Item:
    if isinstance(item, Article):
        clean_article(item)
        credit_article(item)
        date_article(item)
    return item


def check(page: Page, seed: int) -> bool:
    """Whether it holds an article."""
    began = time.process_time()
    items = [refined(item) for item in harvest(page)]
    assert time.process_time() - began < SECONDS_MOST, f"seed {seed}"
    for item in items:
        if isinstance(item, Reject):
            assert item.reason != "exception", f"seed {seed}: {item.detail}"
        if isinstance(item, Article):
            assert item.unaccounted == 0, f"seed {seed}: {item.unaccounted} of {item.container_chars} characters lost"
            assert item.published_at is None or item.published_at.year < 2027, f"seed {seed}"
            assert all(text == text.strip() and text for text in item.paragraphs), f"seed {seed}"
    return any(isinstance(item, Article) for item in items)


def run_pages(seeds: range) -> None:
    known, articles = pages(), 0
    for seed in seeds:
        source = random.Random(seed)
        articles += check(mutated(source.choice(known), source), seed)
    assert 4 * articles > len(seeds), "of the first 500 pages 197 still hold an article"


DATE_PARTS = [
    "입력", "승인", "기사등록", "수정", "UPDATED", ":", " ", ".", "-", "/", "년", "월", "일", "오전", "오후", "시", "분", "초", "(목)", "목요일", "[", "]", "T", "Z",
    "+09:00", "+0900", "-99:99", "PM", "2024", "24", "1899", "9999", "0000", "04", "4", "30", "31", "00", "13", "60", "11:23", "25:61", "99", "Mon,", "Mar", "GMT", "|", "ㅣ", "\n",
    "２０２４", "٣", "¹", "가", "",
]  # fmt: skip


def run_dates(seeds: range) -> None:
    dates = 0
    for seed in seeds:
        source = random.Random(seed)
        text = "".join(source.choice(DATE_PARTS) for _ in range(source.randrange(1, 16)))
        began = time.process_time()
        found = parse_korean_date(text, source.choice([None, FETCHED]))
        stamps(text)
        assert time.process_time() - began < 0.5, f"seed {seed}: {text!r}"
        assert found is None or found.value.tzinfo is not None, f"seed {seed}: {text!r}"
        dates += found is not None
    assert dates, "of the first 5,000 texts 5 are dates"


@pytest.mark.fault("F58")
def test_500_damaged_pages() -> None:
    run_pages(range(500))


@pytest.mark.fault("F58")
def test_5000_damaged_dates() -> None:
    run_dates(range(5000))


@pytest.mark.fault("F58")
@pytest.mark.torture
def test_many_damaged_pages_and_dates(pytestconfig: pytest.Config) -> None:
    pages = pytestconfig.getoption("fuzz")
    run_pages(range(500, 500 + pages))
    run_dates(range(5000, 5000 + 10 * pages))
    observed("F58", "fuzz", "a row or a reject", f"{pages:,} pages and {10 * pages:,} dates, 0 exceptions")


@pytest.mark.parametrize(
    "body",
    [
        b"<p>" + "가.".encode() * 100_000,
        b"<p>" + "저작권자 © ".encode() * 20_000,
        b"<p>" + "[해람일보=나하늘 기자] ".encode() * 10_000,
        b"<p>" + b"a@b." * 50_000,
        b"<p>" + b"2024.04.30 " * 20_000,
        b"<p>" + "나하늘·".encode() * 30_000 + "기자".encode(),
        b"<p>" + b"( " * 100_000,
        b"<a href=/news/articleView.html?idxno=1>" * 20_000,
        b"<p>x</p>" * 50_000,
        b"<meta charset=" * 20_000,
        b'<script type="application/ld+json">' + b'{"@graph":' * 20_000,
        b"self.__next_f.push([1," * 10_000,
        b"<!--" * 50_000,
        b"<![CDATA[" * 50_000,
        b"<!-->" * 50_000 + b"<!--",
    ],
    ids=range(15),
)
def test_repetition_does_not_hang(body: bytes) -> None:
    for head in (b"", b'<h3 class="heading">x</h3><div id="article-view-content-div">'):
        check(Page("http://www.haeram.test/news/articleView.html?idxno=1", head + body, fetched_at=FETCHED), -1)
        check(Page("http://unknown.test/a/1", head + body, fetched_at=FETCHED), -2)


BODY = "해람시는 바닷길을 다시 연다고 밝혔다."
HEAD = '<h3 class="heading">쉼터</h3><ul class="infomation"><li>승인 2026.02.01 10:00</li></ul>'
ODD = {
    "a control character behind the document": f'{HEAD}<div id="article-view-content-div"><p>{BODY}</p></div></body></html>\x01 끝 <p>\x02</p>',
    "a control character behind a ticker": (
        f"<ul class=weather>{''.join(f'<li>맑음{name}{place}.1℃</li>' for place, name in enumerate(('속초', '철원', '동두천', '파주', '대관령', '춘천')))}"
        f'</ul>\x01{HEAD}<div id="article-view-content-div"><p>{BODY}</p></div>'
    ),
    "a comment in a ticker's entry": (
        f"<ul class=weather>{''.join(f'<li><span>맑음</span><!-- x --><b>{name}</b>{place}.1℃</li>' for place, name in enumerate(('속초', '철원', '동두천', '파주')))}"
        f'</ul>{HEAD}<div id="article-view-content-div"><p>{BODY}</p></div>'
    ),
    "a body in a map": f'<map>{HEAD}<div id="article-view-content-div"><p>{BODY}</p><script>var a = 1;</script></div>',
    "a long word above the body": f'<h3 class="heading">쉼터</h3><p>{"가" * 2000} 2026.02.01 10:00</p><div id="article-view-content-div">{BODY}</div>',
    "a picture that holds the body": f'{HEAD}<div id="article-view-content-div"><amp-img src=/a.jpg><p>{BODY}</p></div>',
    "a re-read slice in pieces": f'{HEAD}<p id="article-view-content-div">{BODY}<![CDATA[{BODY}]]><div>{BODY}</div></p>',
}  # fmt: skip


@pytest.mark.parametrize("case", ODD)
def test_what_the_fuzz_found(case: str) -> None:
    page = Page("http://www.haeram.test/news/articleView.html?idxno=1", ODD[case].encode(), fetched_at=FETCHED)
    check(page, -3)
    check(Page("http://unknown.test/a/1", page.body, fetched_at=FETCHED), -4)
    article = next(item for item in harvest(page) if isinstance(item, Article))
    assert article.paragraphs[0].startswith(BODY)
