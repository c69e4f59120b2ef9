"""A page that comes again unchanged is known by its digest; the rows are those of parsing it again."""

from __future__ import annotations

import dataclasses
import gzip
import os
import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks import corpus
from newsharvest import chain, operations, shards
from newsharvest.archive import ArchiveWriter, response_draft, revisit_draft
from newsharvest.chain import Chain
from newsharvest.files import DataDir
from newsharvest.harvest import harvest
from newsharvest.items import Article, Item, Record, Reject
from newsharvest.page import Page
from newsharvest.same_pages import READ_HEADERS, SamePages
from newsharvest.store import Collector, Sink
from tests.conftest import frames
from tests.test_fast_paths import BODIES

pytestmark = pytest.mark.usefixtures("sample_outlets")

T0 = datetime(2026, 9, 2, 10, tzinfo=UTC)  # behind all dates that the pages show
KIND = {"content-type": "text/html"}
URLS = (
    "http://www.haeram.test/news/articleView.html?idxno={n}",
    "http://haeram.test/news/articleView.html?idxno={n}",
    "http://www.sorae.test/news/article.html?no={n}",
    "http://paper.example/article/{n}",
    None,
)
OTHER_HEADERS: tuple[Mapping[str, str], ...] = (
    {"etag": "1"},
    {"content-type": "text/html; charset=euc-kr"},
    {"x-robots-tag": "noai"},
    {"tdm-reservation": "1"},
)


class Kept(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def chained(pages: list[Page], *, known: bool, held_max: int = 1 << 20) -> tuple[list[tuple[str, Any]], int]:
    """The joined rows, and how many pages were known."""
    sink = Kept()
    same = SamePages(sink.collector.tickers, held_max) if known else None
    whole = Chain(sink, same=same)
    for page in pages:
        whole.page(page)
    return sorted(sink.collector.groups(), key=repr), same.recalled if same else 0


def visits(source: random.Random, count: int) -> list[Page]:
    """Some pages fetched again and again: at other URLs, of other outlets, on other days, by other headers."""
    bodies = source.sample(BODIES, 4)
    made = []
    for number in range(count):
        place, at = (
            source.randrange(len(bodies)),
            T0 + timedelta(hours=source.choice((0, 0, 0, 0, 1, 9, 24)), seconds=number),
        )
        url = source.choice((*URLS[:1] * 8, *URLS))
        made.append(
            Page(
                url and url.format(n=place),
                bodies[place],
                source.choice((*[200] * 10, 304, 404)),
                {**KIND, **source.choice((*[{}] * 10, *OTHER_HEADERS))},
                source.choice((*[at] * 7, None)),
                Record("a.warc.gz", 1000 * number, 900),
            )
        )
    return made


@pytest.mark.parametrize("seed", range(8))
def test_rows_are_those_of_parsing_every_page(seed: int) -> None:
    pages = visits(random.Random(seed), 60)
    wanted, _ = chained(pages, known=False)
    found, recalled = chained(pages, known=True)
    assert found == wanted
    assert recalled >= 5
    assert chained(pages, known=True, held_max=0) == (wanted, 0)


def article_page(**other: Any) -> Page:
    return dataclasses.replace(corpus.pages(1)[0], **other)


def met(first: Page, second: Page) -> bool:
    """Whether the second is known by the first."""
    return chained([first, second], known=True)[1] == 1


def test_all_that_a_page_depends_on_tells_it_from_others() -> None:
    page = article_page(fetched_at=T0, record=Record("a.warc.gz", 0, 9))
    assert page.url is not None
    assert met(page, page)
    alike = (
        {"record": Record("b.warc.gz", 7, 9)},
        {"record": None, "source_file": "saved.html"},
        {"fetched_at": T0 + timedelta(hours=4)},
        {"headers": {**page.headers, "etag": "2", "date": "Mon, 02 Mar 2026 10:00:00 GMT"}},
    )
    for other in alike:
        assert met(page, dataclasses.replace(page, **other)), other  # type: ignore[arg-type]
    different = (
        {"url": page.url.replace("idxno=", "idxno=9")},
        {"url": page.url.replace("haeram", "other")},
        {"body": page.body.replace(b"</p>", b"</P>", 1)},
        {"status": 404},
        {"media": "text"},
        {"fetched_at": None},
        {"fetched_at": T0 - timedelta(seconds=1)},  # a time may be in its future that was not in the other's
        {"fetched_at": T0 + timedelta(hours=5)},  # the next day in Korea
        {"fetched_at": T0 + timedelta(hours=14)},
        *({"headers": {**page.headers, **headers}} for headers in OTHER_HEADERS[1:]),
    )
    for other in different:
        assert not met(page, dataclasses.replace(page, **other)), other  # type: ignore[arg-type]


def test_a_date_in_the_future_is_judged_anew() -> None:
    """Shown as published 25 hours ahead, then seen when it is 23."""
    page = article_page(fetched_at=T0)
    [shown] = [item.published_at_raw for item in harvest(page) if isinstance(item, Article)]
    assert shown is not None
    soon = page.body.replace(shown.encode(), "승인 2026.09.03 20:00".encode())
    assert soon != page.body
    early, late = (dataclasses.replace(page, body=soon, fetched_at=T0 + timedelta(hours=h)) for h in (0, 2))
    for order in ([early, late], [late, early], [early, early, late, late]):
        assert chained(order, known=True)[0] == chained(order, known=False)[0]
    [block] = [block for name, block in chained([early, late], known=True)[0] if name == "articles"]
    row = max(block, key=lambda row: row["fetched_at"])  # an earlier reading may stand beside it
    assert (row["flags"], row["published_at"].isoformat()) == ([], "2026-09-03T20:00:00+09:00")


def test_a_page_gives_the_items_of_its_own_visit() -> None:
    sink = Kept()
    same = SamePages(sink.collector.tickers)
    first, again = (
        article_page(fetched_at=T0 + timedelta(minutes=n), record=Record("a.warc.gz", n, 9)) for n in (0, 1)
    )
    one, two = (Chain(sink, same=same).page(page) for page in (first, again))
    assert [type(item).__name__ for item in one] == ["Article", "WeatherBulletin"]
    assert [(item.source.fetched_at, item.source.record) for item in two] == [(again.fetched_at, again.record)] * 2
    assert [(item.source.fetched_at, item.source.record) for item in one] == [(first.fetched_at, first.record)] * 2


def test_a_reject_is_known_too() -> None:
    sink = Kept()
    same = SamePages(sink.collector.tickers)
    page = Page("http://[bad", b"<p>nothing here", 200, KIND, T0)
    found: list[list[Item]] = [Chain(sink, same=same).page(page) for _ in range(2)]
    assert found[0] == found[1]
    assert isinstance(found[0][0], Reject)
    assert same.recalled == 1


def test_what_is_held_is_bounded() -> None:
    sink = Kept()
    same = SamePages(sink.collector.tickers, held_max=100_000)
    whole = Chain(sink, same=same)
    made = [dataclasses.replace(page, fetched_at=T0) for page in corpus.pages(40)]
    for page in made * 2:
        whole.page(page)
    assert same.recalled == 0  # the one unasked longest goes first
    assert 50_000 < same.held <= 100_000
    for page in made[-4:]:
        whole.page(page)
    assert same.recalled == 4


class Watched(dict[str, str]):
    """Headers that note who was asked for."""

    def __init__(self, content: Mapping[str, str], asked: set[str]) -> None:
        super().__init__(content)
        self._asked = asked

    def get(self, name: str, default: Any = None) -> Any:
        self._asked.add(name)
        return super().get(name, default)

    def _all(self) -> Any:
        raise AssertionError("a parser looks at all headers")

    __getitem__ = __contains__ = __iter__ = items = keys = values = lambda self, *_: self._all()  # type: ignore[assignment]


def test_no_other_header_is_read() -> None:
    asked: set[str] = set()
    text = "2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n흐림서울-1.0℃\n".encode()
    shown = [*BODIES, text, b"<rss/>"]
    for number, body in enumerate(shown):
        media = {len(shown) - 2: "text", len(shown) - 1: "xml"}.get(number, "html")
        for url in URLS:
            harvest(Page(url and url.format(n=1), body, 200, Watched(KIND, asked), T0, media=media))
    assert asked == set(READ_HEADERS)


def written(folder: Path, run_id: str, visits: list[tuple[Page, datetime]]) -> None:
    """An archive file of a run: every page as it is sent, and as it is told to be unchanged."""
    writer = ArchiveWriter(folder, run_id)
    for page, at in visits:
        assert page.url is not None
        body, headers = gzip.compress(page.body, mtime=0), [*KIND.items(), ("Content-Encoding", "gzip")]
        answer = response_draft(page.url, 200, "OK", headers, body, at)
        writer.append([answer, revisit_draft(page.url, [], at + timedelta(seconds=1))])
    writer.close()


@pytest.fixture
def archives(tmp_path: Path) -> Path:
    """Eight pages in three files: as they are, again an hour later with the same bytes at another URL, the next day."""
    pages, folder = corpus.pages(8), tmp_path / "warcs"
    folder.mkdir()
    moved = [
        dataclasses.replace(page, url="http://www.haeram.test/news/articleView.html?idxno=77") for page in pages[:2]
    ]
    written(folder, "20260302T000000Z-aaaaaa", [(page, T0) for page in pages])
    again = T0 + timedelta(hours=1)
    written(
        folder,
        "20260302T010000Z-bbbbbb",
        [(page, again + timedelta(minutes=n)) for n, page in enumerate([*pages, *moved])],
    )
    written(folder, "20260303T010000Z-cccccc", [(page, T0 + timedelta(days=1)) for page in pages])
    return folder


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_archive_with_and_without(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    """Of the second file's ten pages eight are known where one process reads both files."""
    known = operations.add(DataDir(tmp_path / "known"), [archives], jobs).report
    monkeypatch.setattr(shards, "_SAME", SamePages(shards._TICKERS, held_max=0))
    every = operations.add(DataDir(tmp_path / "every"), [archives], jobs).report
    assert (every.unchanged, every.pages, known.pages) == (0, 52, 52)
    assert known.unchanged == 8 if jobs == 1 else known.unchanged <= 8
    assert frames(tmp_path / "known") == frames(tmp_path / "every")
    assert {row["last_seen_at"] for row in frames(tmp_path / "known")["articles"]} >= {
        T0 + timedelta(days=1, seconds=1)
    }


def test_a_known_page_is_not_parsed(archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page that is parsed leaves a line in a file: the parse is done in another process."""
    real, told, here = chain.harvest, tmp_path / "parsed", os.getpid()

    def telling(page: Page, known: Any) -> list[Item]:
        with told.open("a") as stream:
            stream.write(f"{page.status}\n" if os.getpid() != here else "")
        return real(page, known)

    monkeypatch.setattr(chain, "harvest", telling)
    operations.add(DataDir(tmp_path / "d"), [archives], 1)
    lines = told.read_text().split()
    assert (lines.count("200"), lines.count("304")) == (26 - 8, 26)
