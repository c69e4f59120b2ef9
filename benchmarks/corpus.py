"""The benchmarks' own pages: five CMS families, 72 to 136 KB each, a tenth in cp949, every one with a weather ticker.

The demo's articles in the demo's frames; two families that the demo lacks by their own names for the same parts; filled up
with boxes, scripts and styles to the size and to about the tags a kilobyte of real pages. A pure function of the arguments.
"""

from __future__ import annotations

import functools
import gzip
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.demo import furniture, gnuboard, mediaon, ndsoft, tickers
from newsharvest.demo.drafts import Draft, draft
from newsharvest.demo.editions import live
from newsharvest.demo.papers import HAERAM, KST, NOEUL, SORAE, Paper
from newsharvest.demo.words import rng
from newsharvest.page import Page

_SMALLEST, _LARGEST = 72_000, 136_000
_SITE_DAYS = 60
PAGES_A_TICKER = 20
_BEGAN = datetime(2026, 3, 2, 9, tzinfo=KST)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A site of the corpus: whose articles and frame it borrows, its URLs, and its names for the parts."""

    family: str
    paper: Paper
    article: Callable[[Draft, int], str]
    url: str
    renamed: tuple[tuple[str, str], ...] = ()


OUTLETS = (
    Outlet("ndsoft", HAERAM, ndsoft.article, "http://www.haeram.test/news/articleView.html?idxno={n}"),
    Outlet("mediaon", SORAE, mediaon.article, "http://www.sorae.test/news/article.html?no={n}"),
    Outlet("gnuboard", NOEUL, gnuboard.article, "http://noeul.test/bbs/board.php?bo_table=news&wr_id={n}"),
    Outlet(
        "view_php_idx",
        HAERAM,
        ndsoft.article,
        "http://bseconomy.com/news/view.php?idx={n}",
        (
            ("article-view-content-div", "viewContent"),
            ("articleView.html?idxno=", "view.php?idx="),
            ("해람일보", "부산경제신문"),
        ),
    ),
    Outlet(
        "sub_read",
        HAERAM,
        ndsoft.article,
        "http://www.bundangnews.co.kr/sub_read.html?uid={n}",
        (
            ("article-view-content-div", "CLtag"),
            ("articleView.html?idxno=", "sub_read.html?uid="),
            ("해람일보", "분당신문"),
        ),
    ),
)
GENERIC = Outlet(
    "generic",
    HAERAM,
    ndsoft.article,
    "http://paper.example/article/{n}",
    (("article-view-content-div", "story"), ("articleView.html?idxno=", "read/"), ('itemprop="articleBody"', "")),
)
"""A site of no known family: the generic extractor's work."""


def pages(count: int, *, outlets: tuple[Outlet, ...] = OUTLETS, pages_a_ticker: int = PAGES_A_TICKER) -> list[Page]:
    """``count`` pages, the outlets in turn, one fetched a second; an outlet's ticker changes every ``pages_a_ticker`` pages."""
    return [_page(outlets[n % len(outlets)], n // len(outlets), n, pages_a_ticker) for n in range(count)]


def _page(outlet: Outlet, number: int, place: int, pages_a_ticker: int) -> Page:
    source = rng("benchmark", outlet.family, number)
    written = _drafts(outlet.paper)[number]
    text = outlet.article(written, 1)
    for old, new in outlet.renamed:
        text = text.replace(old, new)
    shown = tickers.block(outlet.paper, 1, tickers.slot_of(outlet.paper, written.number)) or "</body>"
    text = text.replace(shown, _ticker(outlet, number // pages_a_ticker) + ("</body>" if shown == "</body>" else ""))
    text = _filled(outlet, text, source)
    if place % 10 == 2:  # half of the third outlet's pages
        body = text.encode("cp949", "xmlcharrefreplace")
    else:
        body = text.replace("charset=euc-kr", "charset=utf-8").encode()
    kind = {"content-type": "text/html"}
    return Page(outlet.url.format(n=1000 + number), body, 200, kind, _BEGAN + timedelta(seconds=place))


@functools.cache
def _drafts(paper: Paper) -> list[Draft]:
    return [draft(paper, entry) for entry in live(paper, _SITE_DAYS)]


def _ticker(outlet: Outlet, number: int) -> str:
    """97 entries glued, or 16 that the DOM separates on mediaOn's pages; a paper of its own for each outlet."""
    paper = replace(SORAE if outlet.family == "mediaon" else NOEUL, outlet_id=outlet.family)
    return tickers.block(paper, 1 + number // tickers.SLOTS, number % tickers.SLOTS)


def _filled(outlet: Outlet, text: str, source: random.Random) -> str:
    wanted = source.randint(_SMALLEST, _LARGEST)
    missing = wanted - len(text.encode())
    more: list[str] = []
    for part in _filling(outlet.paper, source):
        if missing <= 0:
            return text.replace("</body>", "".join(more) + "</body>")
        more.append(part)
        missing -= len(part.encode())
    raise AssertionError("the filling never ends")


def _filling(paper: Paper, source: random.Random) -> Iterator[str]:
    """Boxes with headlines, and scripts: a fifth of real pages is script and style, and there are 11 elements a kilobyte."""
    while True:
        boxes = furniture.side_boxes(paper, source.randint(1, 400)).split("</section>")
        for box in boxes[:-1]:
            yield box + "</section>"
            if source.random() < 0.6:
                yield furniture.script()


def archived(made: Iterable[Page], folder: Path, run_id: str) -> Path:
    """Pages as one WARC file of ours, each served gzipped as real servers do."""
    writer = ArchiveWriter(folder, run_id, max_bytes=1 << 40)
    for page in made:
        headers = [("Content-Type", page.headers["content-type"]), ("Content-Encoding", "gzip")]
        body = gzip.compress(page.body, compresslevel=6, mtime=0)
        assert page.url is not None
        assert page.fetched_at is not None
        [record] = writer.append([response_draft(page.url, 200, "OK", headers, body, page.fetched_at)])
    writer.close()
    return folder / record.warc_filename
