"""Re-parse on one core against the bare lxml.html parse of the same bytes and against trafilatura, in one process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import html

from benchmarks import corpus
from benchmarks.measure import Benchmark, Options, Result, figure, paired, ratios
from newsharvest.archive import Damaged, pages
from newsharvest.chain import Chain
from newsharvest.harvest import harvest
from newsharvest.page import Page, decode
from newsharvest.same_pages import SamePages
from newsharvest.store import Collector, Sink

_PEER_PAGES = 40
_LATER = datetime(2026, 9, 1, tzinfo=UTC)
"""Behind every date that the corpus shows: what is in the future is judged anew each time."""


class Nowhere(Sink):
    """Joins rows and drops them: everything but the disk."""

    def __init__(self) -> None:
        self.collector = Collector()


def measure(options: Options) -> Result:
    """Decoding, harvest, pipelines and the whole against the floor; the peer on some of the pages."""
    passes, count = options.size(7, 2), options.size(200, 20)
    family = corpus.pages(count)
    result = Result([_corpus_line(family), f"{passes} passes"])
    _add(result, "family pages", family, passes, goals=True)
    _from_file(result, family, passes)
    _unchanged(result, family, passes)
    _add(result, "family pages, every page another ticker", corpus.pages(count, pages_a_ticker=1), passes)
    _add(result, "generic pages", corpus.pages(options.size(100, 10), outlets=(corpus.GENERIC,)), passes)
    _peer(result, family[:_PEER_PAGES], options.size(3, 1))
    return result


def _add(result: Result, name: str, made: list[Page], passes: int, *, goals: bool = False) -> None:
    spent = paired(works(made), passes)
    floor = spent["floor"]
    steps = [a - b for a, b in zip(spent["chain"], spent["harvest"], strict=True)]
    result.figures += [
        figure(f"{name}: decoding", ratios(spent["decode"], floor), "× floor", at_most=0.25 if goals else None),
        figure(f"{name}: harvest (decode, parse, fields, ticker)", ratios(spent["harvest"], floor), "× floor"),
        figure(
            f"{name}: all pipelines, rows and join", ratios(steps, floor), "× floor", at_most=0.5 if goals else None
        ),
        figure(f"{name}: whole re-parse", ratios(spent["chain"], floor), "× floor", at_most=2.5 if goals else None),
    ]


def works(made: list[Page]) -> dict[str, Callable[[], object]]:
    """The work to compare."""
    return {
        "floor": lambda: _each(html.document_fromstring, [page.body for page in made]),
        "decode": lambda: _each(decode, [page.body for page in made]),
        "harvest": lambda: _each(harvest, made),
        "chain": lambda: _chained(made),
    }


def _from_file(result: Result, made: list[Page], passes: int) -> None:
    """With reading the WARC file, where bodies lie gzipped as servers sent them: most of its time is zlib's."""
    with tempfile.TemporaryDirectory() as scratch:
        path = corpus.archived(made, Path(scratch), "20260302T000000Z-abcdef")
        spent = paired({"floor": works(made)["floor"], "file": lambda: _chained(pages(path))}, passes)
    result.figures.append(
        figure("family pages: whole re-parse and reading its WARC.gz", ratios(spent["file"], spent["floor"]), "× floor")
    )


def _unchanged(result: Result, made: list[Page], passes: int) -> None:
    """Every page known by its digest: what that costs where none comes again, what it saves where each does, an hour later."""
    later = [replace(page, fetched_at=_LATER + timedelta(seconds=n)) for n, page in enumerate(made)]
    twice = later + [replace(page, fetched_at=_LATER + timedelta(hours=1, seconds=n)) for n, page in enumerate(made)]
    spent = paired(
        {
            "parsed": lambda: _chained(_fresh(later)),
            "none again": lambda: _chained(_fresh(later), known=True),
            "twice": lambda: _chained(_fresh(twice)),
            "each again": lambda: _chained(_fresh(twice), known=True),
        },
        passes,
    )
    again = [a - b for a, b in zip(spent["each again"], spent["none again"], strict=True)]
    parsed_again = [a - b for a, b in zip(spent["twice"], spent["parsed"], strict=True)]
    name = "family pages, known by digest"
    result.figures += [
        figure(f"{name}: none comes again, against without", ratios(spent["none again"], spent["parsed"]), "×"),
        figure(f"{name}: the second time, against parsing it again", ratios(again, parsed_again), "×"),
    ]


def _fresh(made: list[Page]) -> Iterator[Page]:
    """Bytes of their own each time: Python keeps the digest of bytes that it has made once."""
    return (replace(page, body=bytes(memoryview(page.body))) for page in made)


def _each(work: Callable[[Any], object], things: list[Any]) -> None:
    """One after the other, each result given up before the next: trees that are kept cost the floor fresh memory."""
    for thing in things:
        work(thing)


def _chained(made: Iterable[Page | Damaged], *, known: bool = False) -> None:
    sink = Nowhere()
    chain = Chain(sink, same=SamePages(sink.collector.tickers) if known else None)
    for page in made:
        assert isinstance(page, Page)
        chain.page(page)


def _peer(result: Result, made: list[Page], passes: int) -> None:
    from trafilatura import bare_extraction

    def extracted() -> None:
        for page in made:
            bare_extraction(page.body, url=page.url, fast=True, with_metadata=True, include_comments=False)

    spent = paired({**works(made), "peer": extracted}, passes)
    result.figures += [
        figure("trafilatura, fast with metadata", ratios(spent["peer"], spent["floor"]), "× floor"),
        figure("trafilatura against our whole re-parse", ratios(spent["peer"], spent["chain"]), "×", at_least=10),
    ]


def _corpus_line(made: list[Page]) -> str:
    size = sum(len(page.body) for page in made) / len(made)
    nodes = sum(sum(1 for _ in html.document_fromstring(page.body).iter()) for page in made)
    return (
        f"{len(made)} generated article pages of five families, mean {size / 1000:.0f} KB, "
        f"{nodes / (size * len(made) / 1000):.1f} nodes a KB (two real pages of this size: 11 and 12), a tenth cp949; "
        f"a ticker of 97 or 16 entries on each, another every {corpus.PAGES_A_TICKER} pages of an outlet"
    )


BENCHMARK = Benchmark("Re-parse on one core", measure)
