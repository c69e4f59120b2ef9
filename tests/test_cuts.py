"""An unpacked WARC file is cut for several processes at its records, and nowhere else."""

from __future__ import annotations

import gzip
import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import corpus
from newsharvest import operations, shards
from newsharvest.archive import Damaged, pages, pages_at, pieces
from newsharvest.archive.cuts import record_starts
from newsharvest.files import DataDir
from newsharvest.page import Page
from tests.conftest import frames
from tests.test_archive import HTTP, by_hand, put

INNER = by_hand("response", HTTP + b"<p>a page within an archived WARC file</p>")
"""A whole record as text of another's page: what begins there is no record of this file."""
JUNK = b"junk between two records\r\n"
BLOCKS = (b"", b"<p>short</p>", INNER, INNER * 3, b"\r\n\r\nWARC/1.0\r\nContent-Length: 9\r\n\r\n", b"x" * 9_000)


def read(path: Path, parts: list[tuple[int, int]]) -> list[Page | Damaged]:
    return [entry for start, end in parts for entry in pages(path, start, end)]


def offsets(found: list[Page | Damaged]) -> list[int]:
    return [entry.offset if isinstance(entry, Damaged) else entry.record.warc_record_offset for entry in found if isinstance(entry, Damaged) or entry.record]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(range(len(BLOCKS))), min_size=1, max_size=12), st.integers(1, 9), st.integers(0, 400))
def test_the_parts_hold_every_record_once(
    tmp_path_factory: pytest.TempPathFactory, chosen: list[int], wanted: int, cut: int
) -> None:
    records = [by_hand("response", HTTP + BLOCKS[number]) for number in chosen]
    path = put(tmp_path_factory.mktemp("cuts") / "a.warc", *records)
    with path.open("rb+") as stream:
        stream.truncate(max(1, path.stat().st_size - cut))
    size = path.stat().st_size
    parts = pieces(path, [size * number // wanted for number in range(1, wanted)])
    assert (parts[0][0], parts[-1][1]) == (0, size)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(parts))
    starts = {0, *itertools.accumulate(map(len, records))}
    assert {start for start, _ in parts} <= starts
    assert read(path, parts) == list(pages(path))


def test_as_many_parts_as_there_are_records(tmp_path: Path) -> None:
    records = [by_hand("response", HTTP + BLOCKS[2]) for _ in range(8)]
    path = put(tmp_path / "a.warc", *records)
    starts = [0, *itertools.accumulate(map(len, records[:-1]))]
    with path.open("rb") as stream:
        assert list(record_starts(stream)) == starts
    assert [start for start, _ in pieces(path, [start - 1 for start in starts[1:]])] == starts


@pytest.mark.parametrize(
    "broken",
    [
        JUNK,
        by_hand("response", HTTP).replace(b"Content-Length: ", b"Content-Length: 1"),  # swallows what follows
        by_hand("response", HTTP).replace(b"Content-Length: ", b"Content-Length: -"),
        by_hand("response", HTTP).replace(b"Content-Length: ", b"Content-Length: 7\r\nContent-Length: "),
    ],
)
def test_behind_a_record_without_a_right_length_nothing_is_cut(tmp_path: Path, broken: bytes) -> None:
    """What a reader that begins at the beginning finds there, one process finds."""
    good = by_hand("response", HTTP)
    path = put(tmp_path / "a.warc", good, good, broken, *[good] * 6)
    size = path.stat().st_size
    parts = pieces(path, range(0, size, 100))
    assert {start for start, _ in parts} <= {0, len(good), 2 * len(good)}
    assert read(path, parts) == list(pages(path))


def test_records_are_found_by_offset_without_reading_what_lies_before(tmp_path: Path) -> None:
    records = [by_hand("response", HTTP + block) for block in BLOCKS]
    path = put(tmp_path / "a.warc", *records)
    found = list(pages(path))
    assert list(pages_at(path, offsets(found))) == found
    path.write_bytes(b"WARC/" + path.read_bytes()[5:].replace(b"WARC-Type", b"WARC-Typo", 1))
    assert list(pages_at(path, offsets(found)[3:])) == found[3:]


def test_a_file_that_is_one_gzip_stream_is_one_part(tmp_path: Path) -> None:
    records = [by_hand("response", HTTP + random.Random(n).randbytes(5_000)) for n in range(20)]
    path = put(tmp_path / "a.warc.gz", *records, pack=gzip.compress, whole=True)
    size = path.stat().st_size
    assert pieces(path, range(0, size, 1_000)) == [(0, size)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_unpacked_file_gives_the_rows_of_the_packed_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    packed = corpus.archived(corpus.pages(10), tmp_path, "20260302T000000Z-abcdef")
    plain = tmp_path / packed.name.removesuffix(".gz")
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    operations.add(DataDir(tmp_path / "packed"), [packed], 1)
    monkeypatch.setattr(shards, "_SHARD_BYTES", 40_000)
    monkeypatch.setattr(shards, "_LAST_BYTES", 40_000)
    assert len(shards.shards([plain])) >= 4
    operations.add(DataDir(tmp_path / "plain"), [plain], jobs)
    place = ("warc_filename", "warc_record_offset", "warc_record_length")
    wanted, found = (
        {
            name: [{column: row[column] for column in row if column not in place} for row in rows]
            for name, rows in frames(tmp_path / form).items()
        }
        for form in ("packed", "plain")
    )
    assert found == wanted
    for row in frames(tmp_path / "plain")["articles"]:
        [page] = pages_at(plain, [row["warc_record_offset"]])
        assert isinstance(page, Page)
        assert page.url == row["url"]
