"""Files of many sites: what a page of a host that is not registered costs, against parsing it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import html

from benchmarks import corpus
from benchmarks.measure import Benchmark, Options, Result, figure, paired, ratios
from newsharvest import shards
from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.foreign import REGISTERED
from newsharvest.page import Page

_AT = datetime(2026, 3, 2, tzinfo=UTC)


def run(options: Options) -> Result:
    """One registered page among many others, as in a file of Common Crawl's news."""
    pages = corpus.pages(options.size(200, 10))
    with tempfile.TemporaryDirectory(prefix="newsharvest-foreign-") as folder:
        path = _written(Path(folder), pages)
        size = path.stat().st_size
        shard = shards.Shard((path,), shards.WARC, hosts=REGISTERED)
        works = {"passed over": lambda: shards.parse_whole(shard), "floor": lambda: _parsed(pages)}
        shards.parse_whole(shard)
        spent = paired(works, options.size(7, 1))
        part = shards.parse_whole(shard)
    each = [seconds * 1000 / len(pages) for seconds in spent["passed over"]]
    speed = [size / 1e6 / seconds for seconds in spent["passed over"]]
    mean = sum(len(page.body) for page in pages) / len(pages) / 1000
    assert (part.pages, part.foreign) == (0, len(pages))
    return Result(
        [f"{part.foreign} pages of {mean:.0f} kB on other hosts, {size / 1e6:.1f} MB of WARC in gzip"],
        [
            figure("a foreign page, unpacked and passed over", ratios(spent["passed over"], spent["floor"]), "x lxml parse", at_most=None if options.quick else 0.5),
            figure("a foreign page", each, "CPU ms"),
            figure("of a file", speed, "MB of gzip a CPU second"),
        ],
    )  # fmt: skip


def _parsed(pages: list[Page]) -> None:
    for page in pages:
        html.document_fromstring(page.body)


def _written(folder: Path, pages: list[Page]) -> Path:
    writer = ArchiveWriter(folder, "20260302T000000Z-00000f")
    drafts = [
        response_draft(
            f"http://news{number}.example.net/story/{number}", 200, "OK", [("Content-Type", "text/html")], page.body, _AT + timedelta(seconds=number)
        )
        for number, page in enumerate(pages)
    ]  # fmt: skip
    records = writer.append(drafts)
    writer.close()
    return folder / records[0].warc_filename


BENCHMARK = Benchmark("Pages of foreign hosts", run)
