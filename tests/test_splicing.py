"""What a commit does not touch at a file's beginning is copied; the file is the one that writing all of it anew would give."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from newsharvest import merging, splicing, store, thrift
from newsharvest.files import DataDir, file_of, sha256_of
from newsharvest.items import Article, Source
from newsharvest.schema import rows
from newsharvest.store import Batch, DamagedError, Store

GROUP = 20
T0 = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "_USUAL_ROW_GROUP", GROUP)


def articles(numbers: range | list[int], seen: int = 0, title: str = "제목") -> Batch:
    """Articles that were published a minute after each other, as seen on a day; some without a time of publication."""
    made: Batch = {}
    for number in numbers:
        at = T0 + timedelta(minutes=number) if number % 50 else None
        source = Source(url=f"http://x.test/{number}", fetched_at=T0 + timedelta(days=seen))
        item = Article(
            outlet_id="x", article_id=str(number), title=f"{title} {number}", paragraphs=["본문 " * 50], source=source
        )
        item.published_at = at
        for name, row in rows(item):
            found = made.setdefault((name, file_of(name, row)), [])
            assert isinstance(found, list)
            found.append(row)
    return made


def stored(root: Path) -> Store:
    data = DataDir(root)
    data.create()
    return Store(data)


def spliced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many row groups each file's write has copied from now on."""
    counted: list[int] = []
    real = splicing.Kept.with_more

    def count(self: splicing.Kept, footer: bytes) -> bytes:
        counted.append(self.groups)
        return real(self, footer)

    monkeypatch.setattr(splicing.Kept, "with_more", count)
    return counted


@contextmanager
def plainly(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commits that join every row with every row of its key, and write every row anew."""
    with monkeypatch.context() as changed:
        changed.setattr(Store, "_untouched", lambda *_: None)
        changed.setattr(store, "news", lambda _, held, new: (held, new))
        yield


def batch_of(*several: Batch) -> Batch:
    """All of them as one."""
    made: Batch = {}
    for one in several:
        for key, found in one.items():
            made[key] = [*made.get(key, []), *found]
    return made


DAYS = {
    "news behind all others": [articles(range(1, 95)), articles(range(95, 130), 1), articles(range(130, 131), 2)],
    "full groups alone": [articles(range(1, 41)), articles(range(41, 61), 1), articles(range(61, 62), 2)],
    "an old one seen again": [
        articles(range(1, 95)),
        articles([45, *range(95, 100)], 1),
        articles([3], 2),
        articles([94], 3),
    ],
    "an old one found": [articles([*range(1, 70), *range(71, 95)]), articles([70], 1)],
    "a revision": [articles(range(1, 95)), articles([77], 1, "다른 제목")],
    "one known, one new": [articles(range(1, 95)), articles([93, 94, 95])],
    "all of it again": [articles(range(1, 95)), articles(range(1, 95)), articles(range(90, 97))],
    "a revision beside a known one": [
        articles([5, 6]),
        articles([5], 1, "다른 제목"),
        batch_of(articles([5]), articles([5], 2, "neu")),
    ],
    "the first group": [articles(range(2, 95)), articles([1], 1)],
}


@pytest.mark.parametrize("name", DAYS)
def test_the_file_is_the_one_that_all_rows_written_anew_give(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = spliced(monkeypatch)
    one, other = stored(tmp_path / "one"), stored(tmp_path / "other")
    for batch in DAYS[name]:
        one.commit(batch)
    assert bool(copied) == (name not in {"the first group", "a revision beside a known one"})
    with plainly(monkeypatch):
        for batch in DAYS[name]:
            other.commit(batch)
    assert one.manifest.files == other.manifest.files
    for path, facts in one.manifest.files.items():
        assert sha256_of(one.data.datasets / path) == facts["sha256"]
        table = pq.read_table(one.data.datasets / path, partitioning=None, page_checksum_verification=True)
        assert table.num_rows == facts["rows"]


def test_days_at_random(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = spliced(monkeypatch)
    turn = random.Random(5)
    one, other = stored(tmp_path / "one"), stored(tmp_path / "other")
    upto = 1
    for day in range(12):
        more = turn.randint(0, 45)
        again = turn.sample(range(1, upto), min(upto - 1, turn.choice((0, 0, 1, 2)))) if upto > 1 else []
        batch = articles([*range(upto, upto + more), *again], day, turn.choice(("제목", "제목", "다른 제목")))
        upto += more
        one.commit(batch)
        with plainly(monkeypatch):
            other.commit(batch)
        assert one.manifest.files == other.manifest.files
        one.commit(batch)
        assert one.manifest.files == other.manifest.files
    assert len(copied) >= 8


def test_a_damaged_beginning_is_not_copied(tmp_path: Path) -> None:
    data = stored(tmp_path / "d")
    data.commit(articles(range(1, 95)))
    path = next(data.data.datasets.glob("articles/*/*.parquet"))
    content = bytearray(path.read_bytes())
    content[2_000] ^= 1
    path.write_bytes(content)
    before = {p: p.read_bytes() for p in data.data.datasets.rglob("*.parquet")}
    with pytest.raises(DamagedError):
        data.commit(articles(range(95, 100), 1))
    assert {
        p: p.read_bytes() for p in data.data.datasets.rglob("part-*.parquet") if "_staging" not in p.parts
    } == before


def test_a_file_of_another_writer_is_written_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = spliced(monkeypatch)
    data = stored(tmp_path / "d")
    data.commit(articles(range(1, 95)))
    for path in data.data.datasets.glob("*/outlet_id=x/*.parquet"):
        table = pq.read_table(path, partitioning=None)
        pq.write_table(table.replace_schema_metadata({"by": "another"}), path, row_group_size=GROUP)
        data.manifest.files[path.relative_to(data.data.datasets).as_posix()]["sha256"] = sha256_of(path)
    data.commit(articles(range(95, 100), 1))
    assert not copied
    other = stored(tmp_path / "other")
    for batch in (articles(range(1, 95)), articles(range(95, 100), 1)):
        other.commit(batch)
    assert data.manifest.files == other.manifest.files


def test_a_footer_is_read_and_written_byte_for_byte(tmp_path: Path) -> None:
    data = stored(tmp_path / "d")
    data.commit(articles(range(1, 95)))
    found = sorted(data.data.datasets.rglob("part-*.parquet"))
    assert len(found) == 2
    for path in found:
        content = path.read_bytes()
        (size,) = struct.unpack("<I", content[-8:-4])
        footer = content[-8 - size : -8]
        fields = thrift.struct(footer)
        groups = fields[4][1]
        assert isinstance(groups, list)
        assert len(groups) == 5
        assert [thrift.packed(thrift.struct(group)) for group in groups] == groups
        assert thrift.packed(fields) == footer


VALUES: list[tuple[str, thrift.Struct]] = [
    ("00", {}),
    ("1100", {1: (thrift.TRUE, b"")}),
    ("1200", {1: (thrift.FALSE, b"")}),
    ("15ff0100", {1: (thrift.I32, -128)}),
    ("16feffffffffffffffff0100", {1: (thrift.I64, 2**63 - 1)}),
    ("05c8010200", {100: (thrift.I32, 1)}),
    ("1802616200", {1: (thrift.BINARY, b"\x02ab")}),
    ("1925020400", {1: (thrift.LIST, b"\x25\x02\x04")}),
    ("1921010200", {1: (thrift.LIST, b"\x21\x01\x02")}),
    ("19f510" + "02" * 16 + "00", {1: (thrift.LIST, b"\xf5\x10" + b"\x02" * 16)}),
    ("1c1502001504" + "00", {1: (thrift.STRUCT, b"\x15\x02\x00"), 2: (thrift.I32, 2)}),
    ("1300" + "17" + "00" * 8 + "00", {1: (thrift.BYTE, b"\x00"), 2: (thrift.DOUBLE, b"\x00" * 8)}),
]


@pytest.mark.parametrize(("text", "fields"), VALUES)
def test_the_compact_protocol(text: str, fields: thrift.Struct) -> None:
    assert thrift.struct(bytes.fromhex(text)) == fields
    assert thrift.packed(fields).hex() == text


@pytest.mark.parametrize("count", [0, 1, 14, 15, 200])
def test_lists_of_structs(count: int) -> None:
    structs = [thrift.packed({1: (thrift.I32, number)}) for number in range(count)]
    packed = thrift.packed({3: (thrift.LIST, structs)})
    assert thrift.struct(packed) == {3: (thrift.LIST, structs)}


@pytest.mark.parametrize("text", ["", "15", "1805ab", "1502", "150200ff", "1b0000", "1e00", "192c1502"])
def test_bytes_that_are_no_struct(text: str) -> None:
    with pytest.raises(thrift.ThriftError):
        thrift.struct(bytes.fromhex(text))
