"""`make bench`: what a page costs against the bare lxml parse of the same bytes, paired pass by pass, in one process."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from lxml import html

from newsharvest.chain import Chain
from newsharvest.demo import truth
from newsharvest.demo.site import Site
from newsharvest.harvest import harvest
from newsharvest.page import Page, media_type
from newsharvest.store import Collector, Sink

FETCHED_AT = datetime(2026, 3, 2, tzinfo=UTC)


class Nowhere(Sink):
    """Joins rows and drops them: everything but the disk."""

    def __init__(self) -> None:
        self.collector = Collector()


def corpus(limit: int) -> list[Page]:
    """Article pages of the demo site, all three families."""
    site, pages = Site(1), []
    for article in truth.articles(1)[:: max(1, len(truth.articles(1)) // limit)]:
        host, _, path = article.url.removeprefix("http://").partition("/")
        answer = site.respond(host, f"/{path}", {})
        if answer.status == 200:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            kind = media_type(headers.get("content-type"), answer.body)
            pages.append(
                Page(article.url, answer.body, 200, headers, FETCHED_AT + timedelta(seconds=len(pages)), media=kind)
            )
    return pages


def floor(pages: list[Page]) -> None:
    """The bare parse."""
    for page in pages:
        html.document_fromstring(page.body)


def harvested(pages: list[Page]) -> None:
    """Decode, parse, fields, ticker: raw items."""
    for page in pages:
        harvest(page)


def whole(pages: list[Page]) -> None:
    """All of a re-parse but the disk: harvest, pipelines, rows, join."""
    chain = Chain(Nowhere())
    for page in pages:
        chain.page(page)


def cpu(work: Callable[[list[Page]], None], pages: list[Page]) -> float:
    """CPU seconds of one pass."""
    began = time.process_time()
    work(pages)
    return time.process_time() - began


def main() -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--pages", type=int, default=150)
    parser.add_argument("--passes", type=int, default=7)
    options = parser.parse_args()
    pages = corpus(options.pages)
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    print(
        f"{len(pages)} demo article pages, mean {size:.0f} kB, {options.passes} passes, CPU time, medians of paired ratios"
    )
    ratios: dict[str, list[float]] = {"harvest": [], "harvest + pipelines + rows + join": []}
    whole(pages)
    for _ in range(options.passes):
        base = cpu(floor, pages)
        for name, work in zip(ratios, (harvested, whole), strict=True):
            ratios[name].append(cpu(work, pages) / base)
    for name, values in ratios.items():
        print(f"{name:36} {statistics.median(values):.2f} x lxml parse ({min(values):.2f}-{max(values):.2f})")


if __name__ == "__main__":
    main()
