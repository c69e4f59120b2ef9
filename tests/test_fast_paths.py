"""Every fast path gives what the slow one gives, on every saved page."""

from __future__ import annotations

import dataclasses
import gzip
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from benchmarks import corpus
from newsharvest import harvest as harvesting
from newsharvest import markup
from newsharvest.chain import Chain
from newsharvest.cms import pictures
from newsharvest.cms.rights import RIGHTS, find_rights
from newsharvest.harvest import harvest
from newsharvest.items import Article, TickerAgain, WeatherBulletin
from newsharvest.known import Known
from newsharvest.page import Page, decode
from newsharvest.store import Collector, Sink
from pipelines import text as texts
from tests.conftest import PAGES, SHARED

pytestmark = pytest.mark.usefixtures("sample_outlets")

_UTF8 = html.HTMLParser(encoding="utf-8", huge_tree=True)
T0 = datetime(2026, 3, 2, tzinfo=UTC)


def bodies() -> list[bytes]:
    """Every saved HTML page there is, and some of the benchmarks' corpus."""
    found = sorted(path for root in (PAGES, SHARED / "pages") for path in root.rglob("*.html*") if path.is_file())
    saved = [gzip.decompress(raw) if path.suffix == ".gz" else raw for path in found if (raw := path.read_bytes())]
    return saved + [page.body for page in corpus.pages(10)]


BODIES = bodies()
URL = "http://www.haeram.test/news/articleView.html?idxno={n}"


def pages(at: datetime = T0) -> list[Page]:
    return [
        Page(URL.format(n=n), body, headers={"content-type": "text/html"}, fetched_at=at)
        for n, body in enumerate(BODIES, 1)
    ]


def test_there_are_pages() -> None:
    assert len(BODIES) >= 30


def test_a_tree_is_the_same_whether_libxml2_was_told_the_encoding_or_read_it() -> None:
    fast = 0
    for body in BODIES:
        utf8 = markup._utf8(body, decode(body)) + markup._END
        told = html.document_fromstring(utf8, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
        fast += markup._states_utf8(utf8)
        assert etree.tostring(markup._parsed(utf8)) == etree.tostring(told)
    assert fast >= 15


@pytest.mark.parametrize(
    "head",
    [
        '<!-- <meta charset="utf-8"> --><title>속초</title>',
        "<script>var x = '<meta charset=\"utf-8\">';</script><p>속초</p>",
        '<title>속초</title><meta charset="utf-8">',
        '<meta charset="utf-8"><meta charset="euc-kr"><p>속초</p>',
        '<meta charset="euc-kr"><meta charset="utf-8"><p>속초</p>',
        '<meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><p>속초</p>',
        '<textarea><meta charset="utf-8"></textarea><p>속초</p>',
        "<p>속초</p>",
    ],
)
def test_a_page_in_utf8_is_read_as_it_is_whatever_states_its_encoding(head: str) -> None:
    tree = markup._parsed(head.encode())
    told = html.document_fromstring(head.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    assert etree.tostring(tree) == etree.tostring(told)
    assert "속초" in tree.text_content()


class Kept(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def rows(fetched: list[Page]) -> list[tuple[str, Any]]:
    sink = Kept()
    chain = Chain(sink)
    for page in fetched:
        chain.page(page)
    return sorted(sink.collector.groups(), key=repr)


def test_rows_are_the_same_whether_tickers_are_known_or_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every page twice: as fetched, and fetched again later; the second time every ticker is known."""
    twice = pages() + pages(T0 + timedelta(hours=1)) + pages(T0 + timedelta(days=1)) + corpus.pages(12)
    with_known = rows(twice)
    monkeypatch.setattr("newsharvest.collecting.TICKERS_KNOWN", 0)
    monkeypatch.setattr("newsharvest.weather.ticker._LINES", Known(0))
    assert rows(twice) == with_known
    assert sum(name == "observations" for name, _ in with_known) >= 10


def test_a_known_ticker_is_told_from_all_that_it_depends_on() -> None:
    """Another outlet, another day of fetching, another date line beside it: each is another ticker."""
    page = corpus.pages(3)[2]
    [bulletin] = [item for item in harvest(page) if isinstance(item, WeatherBulletin)]
    assert bulletin.read_from is not None
    known = frozenset({bulletin.read_from})
    [again] = [item for item in harvest(page, known) if isinstance(item, TickerAgain)]
    assert (again.source_id, again.source, again.read_from) == ("demo_noeul", bulletin.source, bulletin.read_from)
    assert page.url is not None
    assert page.fetched_at is not None
    decoded = page.body.decode("cp949")
    shown = re.search(r"\d{4}\.\d\d\.\d\d \(.\)</p>", decoded)
    assert shown is not None
    for other in (
        dataclasses.replace(page, url=page.url.replace("noeul.test", "other.test")),
        dataclasses.replace(page, fetched_at=page.fetched_at + timedelta(days=1)),
        dataclasses.replace(page, body=decoded.replace(shown.group(), "2026.03.09 (월)</p>").encode("cp949")),
        dataclasses.replace(page, body=decoded.replace("℃</li>", "1℃</li>", 1).encode("cp949")),
    ):
        assert not any(isinstance(item, TickerAgain) for item in harvest(other, known))


def test_articles_are_cleaned_the_same_whether_all_texts_are_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [item for page in pages() for item in harvest(page) if isinstance(item, Article)]
    copies = [item for page in pages() for item in harvest(page) if isinstance(item, Article)]
    spotless = sum(map(texts._is_spotless, found))
    changed = [texts.clean_article(article) for article in found]
    monkeypatch.setattr(texts, "_is_spotless", lambda article: False)
    assert [texts.clean_article(article) for article in copies] == changed
    assert copies == found
    assert 5 <= spotless < len(found)


@given(
    st.lists(st.text(alphabet="가a |&\u00a0ㆍ\u200b e\u0301", max_size=6), max_size=4),
    st.text(alphabet=" 가\n", max_size=3),
)
def test_an_article_without_spots_has_none(paragraphs: list[str], subtitle: str) -> None:
    article = Article("x", "1", corpus.pages(1)[0].source, title="제목", subtitle=subtitle, paragraphs=paragraphs)
    if texts._is_spotless(article):
        assert [texts.clean(text) for text in paragraphs] == paragraphs
        assert "" not in paragraphs
        assert texts.clean_lines(subtitle) == subtitle != ""


@given(st.binary(max_size=40), st.integers(0, 70_000), st.binary(max_size=40), st.booleans())
def test_a_long_tag_is_in_a_long_gap(before: bytes, size: int, after: bytes, closed: bool) -> None:
    """Where the expression finds a tag, the look for gaps has found one."""
    body = before + b"<a " + b"x" * size + (b">" if closed else b"") + after
    if harvesting._LONG_TAG.search(body):
        assert harvesting._has_long_gap(body)


def test_texts_and_tags_are_those_of_the_expressions() -> None:
    strings = etree.XPath(".//text()[not(parent::script or parent::style)]")
    heads = etree.XPath("descendant::*[self::h1 or self::h2 or self::h3 or self::h4]")
    for page in pages():
        try:
            doc = markup.document(page)
        except markup.PageError:
            continue
        root = doc.root
        for node in [root, *root.iter("div", "li")]:
            assert markup.text_of(node) == "".join(strings(node))
        assert markup.Tags("h1", "h2", "h3", "h4").all(root) == heads(root)
        linked = any("view" in href for href in etree.XPath("descendant::a/@href")(root))
        assert markup.leads_to(doc, "view", "no such part") == linked
        assert markup.leads_to(doc, "no such part", "articleView")  # its own address


def test_lines_that_end_as_copyright_lines_do_are_all_that_are_searched() -> None:
    found = 0
    for page in pages():
        for line in html.document_fromstring(decode(page.body).text.encode(), parser=_UTF8).itertext():
            assert (find_rights(line) is None) == (RIGHTS.search(line) is None)
            found += find_rights(line) is not None
    assert found > 10


def test_plain_addresses_of_images_are_what_joining_gives() -> None:
    plain = 0
    for page in pages():
        for image in html.document_fromstring(decode(page.body).text.encode(), parser=_UTF8).iter("img"):
            source = image.get("src") or ""
            if pictures._ABSOLUTE.fullmatch(source):
                plain += 1
                assert urljoin(page.url or "", source) == source
    assert plain > 100


def test_what_is_known_is_bounded() -> None:
    known: Known[int, int] = Known(3)
    for number in range(10):
        known.get(number, lambda number=number: number + 1)  # type: ignore[misc]
    assert [(key, value) for key, value in known.items()] == [(7, 8), (8, 9), (9, 10)]
    assert known.find(7) == 8
    known.put(20, 21)
    assert 8 not in known
    with pytest.raises(KeyError):
        known[8]
