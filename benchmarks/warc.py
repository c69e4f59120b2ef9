"""Writing and reading WARC files: ours, warcio, FastWARC, over the same records in one process."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from benchmarks import corpus
from benchmarks.measure import Benchmark, Figure, Options, Result, figure, paired, ratios
from newsharvest.archive import pages, response_draft
from newsharvest.archive.writer import member
from newsharvest.page import Page


def measure(options: Options) -> Result:
    """Each in turn, pass by pass; bodies as servers send them without coding, so that compression is the writer's work."""
    made, passes = corpus.pages(options.size(200, 20)), options.size(5, 2)
    with tempfile.TemporaryDirectory() as scratch:
        ours, theirs = Path(scratch) / "ours.warc.gz", Path(scratch) / "warcio.warc.gz"
        ours.write_bytes(b"".join(_ours(made)))
        theirs.write_bytes(_warcio(made))
        written = paired({"ours": lambda: list(_ours(made)), "warcio": lambda: _warcio(made)}, passes)
        read = paired(
            {
                "ours": lambda: list(pages(ours)),
                "warcio": lambda: _read_by_warcio(ours),
                "fastwarc": lambda: _read_by_fastwarc(ours),
            },
            passes,
        )
        grown = ours.stat().st_size / theirs.stat().st_size
    return Result(
        [
            f"{len(made)} responses of {sum(len(p.body) for p in made) / len(made) / 1000:.0f} KB; both digests written and, in ours, checked; {passes} passes"
        ],
        [
            figure("write: warcio (zlib 9) against ours (zlib 3)", ratios(written["warcio"], written["ours"]), "×"),
            Figure("write: size of ours against warcio's", grown, "×"),
            figure("write: ours", [1000 * seconds / len(made) for seconds in written["ours"]], "ms a record"),
            figure("read into pages: warcio (records only) against ours", ratios(read["warcio"], read["ours"]), "×"),
            figure(
                "read into pages: ours against FastWARC (records only)", ratios(read["ours"], read["fastwarc"]), "×"
            ),
            figure("read into pages: ours", [1000 * seconds / len(made) for seconds in read["ours"]], "ms a record"),
        ],
    )


def _ours(made: list[Page]) -> Iterator[bytes]:
    for page in made:
        assert page.url is not None
        assert page.fetched_at is not None
        yield member(response_draft(page.url, 200, "OK", list(page.headers.items()), page.body, page.fetched_at))


def _warcio(made: list[Page]) -> bytes:
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True)
    for page in made:
        headers = StatusAndHeaders("200 OK", list(page.headers.items()), protocol="HTTP/1.1")
        record = writer.create_warc_record(page.url, "response", payload=io.BytesIO(page.body), http_headers=headers)
        writer.write_record(record)
    return out.getvalue()


def _read_by_warcio(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(len(record.content_stream().read()) for record in ArchiveIterator(stream))


def _read_by_fastwarc(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(len(record.reader.read()) for record in FastIterator(stream, parse_http=False))


BENCHMARK = Benchmark("WARC files", measure)
