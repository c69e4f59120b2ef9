"""Pipelines where the page is parsed: which of them, what becomes of an item, and what crosses between the processes."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import Response

from newsharvest import settings
from newsharvest.crawl.discovery import Entry
from newsharvest.crawl.landing import Landing
from newsharvest.crawl.processing import Processor
from newsharvest.crawl.refining import Refined, in_workers, refined
from newsharvest.crawl.telling import Formatter
from newsharvest.items import Article, Dropped, Record, Reject, Source
from newsharvest.page import Page
from newsharvest.parsing import Worker
from newsharvest.spiders.outlets import OutletSpider

OURS = settings.ITEM_PIPELINES
URL = "http://www.haeram.test/news/articleView.html?idxno=1001"
SAVED = Path(__file__).parent / "pages" / "demo_haeram" / "current_paragraphs.html"
AT = datetime(2026, 3, 2, 10, 17, 53, 123_000, tzinfo=UTC)


class Upper:
    """A pipeline of somebody else's."""

    async def process_item(self, item: Any) -> Any:
        if isinstance(item, Article):
            item.title = f"<{item.title}>"
        return item


UPPER = f"{__name__}.Upper"


@pytest.mark.parametrize(
    ("change", "last"),
    [
        ({}, "pipelines.quality.QualityPipeline"),
        ({UPPER: 250}, "pipelines.dates.DatesPipeline"),
        ({UPPER: 950}, "pipelines.quality.QualityPipeline"),
        ({"pipelines.dates.DatesPipeline": None}, "pipelines.quality.QualityPipeline"),
        ({UPPER: 50}, None),
    ],
)
def test_ours_run_in_the_workers_up_to_the_first_that_is_not(change: dict[str, int | None], last: str | None) -> None:
    chosen = in_workers(OURS | change)
    assert (chosen[-1] if chosen else None) == last
    assert list(chosen) == [path for path in OURS if path in chosen], "in their order"
    assert "pipelines.parquet.ParquetPipeline" not in chosen


class Sent:
    """What the last pipeline was given."""

    def __init__(self) -> None:
        self.items: list[Any] = []

    def process_item(self, item: Any) -> Any:
        self.items.append(item)
        return item


def processed(pipelines: dict[str, int], item: Any) -> tuple[Any, Sent]:
    """An item through Scrapy's item processing, the last pipeline replaced."""
    crawler = Crawler(Spider, {"ITEM_PIPELINES": pipelines | {"pipelines.parquet.ParquetPipeline": 900}})
    last, made = (
        Sent(),
        [*(Upper() if path == UPPER else Sent() for path in sorted(pipelines, key=pipelines.__getitem__))],
    )
    processor = Processor(*made, last, crawler=crawler)
    return asyncio.run(processor.process_item_async(item)), last


def test_a_refined_item_goes_through_what_remains_and_another_through_all() -> None:
    pipelines = {"pipelines.text.TextPipeline": 100, UPPER: 250, "pipelines.quality.QualityPipeline": 800}
    article = Article("demo_haeram", "1", Source(url=URL), title="제목")
    result, last = processed(pipelines, Refined(article))
    assert (result, last.items, article.title) == (article, [article], "<제목>")
    result, last = processed({"pipelines.text.TextPipeline": 100}, Refined(article))
    assert (result, last.items, article.title) == (article, [article], "<제목>"), "nothing of theirs remains"
    result, last = processed({UPPER: 50}, article)
    assert (last.items, article.title) == ([article], "<<제목>>")


def page() -> Page:
    return Page(URL, SAVED.read_bytes(), 200, {"content-type": "text/html"}, AT, Record("w.warc.gz", 10, 20))


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    made = Worker(20)
    yield made
    made.close()


def test_a_worker_gives_the_article_as_it_will_land(worker: Worker) -> None:
    here = refined(page(), "article", "demo_haeram", frozenset(), in_workers(OURS))
    there = worker.call(refined, page(), "article", "demo_haeram", frozenset(), in_workers(OURS))
    assert there == here
    article = next(item for item in there.items if isinstance(item, Article))
    assert article.published_at is not None, "the dates' pipeline was there"
    assert [article.source.record, article.source.fetched_at] == [Record("w.warc.gz", 10, 20), AT]
    raw = refined(page(), "article", "demo_haeram", frozenset(), ())
    assert next(item.published_at for item in raw.items if isinstance(item, Article)) is None
    assert all(name.startswith("newsharvest/") for name in there.counts)


def test_what_counts_in_a_worker_is_told_once(worker: Worker) -> None:
    spaced = Page(URL, SAVED.read_bytes().replace(b"</h3>", b"\xc2\xa0 x</h3>"), 200, {}, AT)
    told = [worker.call(refined, spaced, "article", None, frozenset(), in_workers(OURS)).counts for _ in range(2)]
    assert told[0] == told[1] != {}


def test_an_item_on_which_a_pipeline_fails_is_its_reject(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: object, item: object) -> object:
        raise ValueError("a pipeline's own fault")

    from newsharvest.crawl import refining
    from pipelines.regions import RegionsPipeline

    monkeypatch.setattr(RegionsPipeline, "process_item", fails)
    refining._steps.cache_clear()
    found = refined(page(), "article", "demo_haeram", frozenset(), in_workers(OURS))
    refining._steps.cache_clear()
    reject = next(item for item in found.items if isinstance(item, Reject))
    assert (reject.stage, reject.reason, reject.source.url) == ("pipeline", "exception", URL)
    assert "a pipeline's own fault" in (reject.detail or "")
    assert not any(isinstance(item, Article) for item in found.items)


def test_an_item_that_fails_behind_the_workers_lands_as_its_reject() -> None:
    landed: list[Any] = []
    run: Any = SimpleNamespace(put=landed.append)
    Landing.item_error(
        run, Refined(Article("demo_haeram", "1", Source(url=URL))), SimpleNamespace(value=ValueError("x"))
    )
    (reject,) = landed
    assert (reject.stage, reject.outlet_id, reject.source.url, reject.detail) == (
        "pipeline", "demo_haeram", URL, "ValueError('x')",
    )  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [Record("w", 1, 2), Dropped("rule", "text"), Entry("http://a.kr/1", "2026-03-02"), Entry("http://a.kr/1"),
     Page(URL, b"x", 304, {"etag": "1"}, AT, Record("w", 1, 2), "saved.html", "text"), Page(None, b"")],
)  # fmt: skip
def test_what_is_pickled_by_its_values_comes_out_equal(value: object) -> None:
    assert pickle.loads(pickle.dumps(value, pickle.HIGHEST_PROTOCOL)) == value


def test_who_names_a_middleware_has_it() -> None:
    depth = "scrapy.spidermiddlewares.depth.DepthMiddleware"
    crawler = Crawler(OutletSpider, {"SPIDER_MIDDLEWARES": {depth: 900}})
    assert crawler.settings.getdict("SPIDER_MIDDLEWARES")[depth] == 900
    assert Crawler(OutletSpider, {}).settings.getdict("SPIDER_MIDDLEWARES")[depth] is None


def test_lines_for_each_page_are_made_only_where_they_are_read() -> None:
    article, response = Article("demo_haeram", "1", Source(url=URL)), Response(URL, request=Request(URL))
    quiet, loud = (Formatter.from_crawler(Crawler(Spider, {"LOG_LEVEL": level})) for level in ("INFO", "DEBUG"))
    spider = Spider("any")
    assert (quiet.crawled(Request(URL), response, spider), quiet.scraped(article, response, spider)) == (None, None)
    assert loud.crawled(Request(URL), response, spider)["args"]["status"] == 200
    assert loud.scraped(article, response, spider)["args"]["item"] is article
