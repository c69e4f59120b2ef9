"""`reparse --where`: the language of conditions, and that only the selected records are read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest

from newsharvest import operations, reparse
from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.files import DataDir, Manifest
from newsharvest.schema import DATASETS
from newsharvest.schema.columns import SEOUL_MS
from newsharvest.selecting import plan, select, types_of
from newsharvest.shards import Stated
from newsharvest.where import WhereError, check_columns, expression, parsed
from tests import saved_copies as copies
from tests.conftest import frames

Run = Callable[..., Any]
TYPES = {
    "name": pa.string(), "n": pa.int32(), "c": pa.float64(), "on": pa.bool_(), "at": SEOUL_MS, "seen": SEOUL_MS,
    "day": pa.date32(), "flags": pa.list_(pa.string()), "codes": pa.list_(pa.int32()),
}  # fmt: skip
ROWS = [
    {"name": "맑음", "n": 1, "c": -1.5, "on": True, "at": datetime(2025, 12, 31, 15, tzinfo=UTC), "day": date(2026, 1, 1), "flags": ["a", "no_body"]},
    {"name": "흐림 뒤 맑음", "n": 2, "c": 0.0, "on": False, "at": datetime(2025, 12, 31, 14, 59, tzinfo=UTC), "seen": datetime(2026, 1, 1, tzinfo=UTC), "flags": []},
    {"name": None, "n": None, "c": 3.25, "on": None, "at": None, "day": date(2025, 1, 1), "flags": ["no"]},
]  # fmt: skip


def fulfilled(text: str) -> list[int]:
    table = pa.Table.from_pylist(
        [{"row": pa.scalar(i).as_py(), **dict.fromkeys(TYPES), **row} for i, row in enumerate(ROWS)],
        schema=pa.schema([("row", pa.int32()), *TYPES.items()]),
    )
    found: list[int] = ds.dataset(table).to_table(filter=expression(parsed(text), TYPES))["row"].to_pylist()
    return found


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("name == '맑음'", [0]),
        ("name != '맑음'", [1, 2]),
        ("not name == '맑음'", [1, 2]),
        ("not name != '맑음'", [0]),
        ("'맑음' in name", [0, 1]),
        ("'맑음' not in name", [2]),
        ("'흐림' not in name", [0, 2]),
        ("'no_body' in flags", [0]),
        ("'no' in flags", [2]),
        ("'no' not in flags", [0, 1]),
        ("n in [1, 3]", [0]),
        ("n not in (1, 3)", [1, 2]),
        ("1 < n <= 2", [1]),
        ("not (1 < n <= 2)", [0, 2]),
        ("c < 0 or n == 2", [0, 1]),
        ("not (c < 0 or n == 2)", [2]),
        ("c >= -1.5 and c <= 0", [0, 1]),
        ("c == 0", [1]),
        ("at >= '2026-01-01'", [0]),
        ("at < '2026-01-01T00:00'", [1]),
        ("at == '2025-12-31T15:00+00:00'", [0]),
        ("not at < '2026-01-01'", [0, 2]),
        ("'2026-01-01' <= at", [0]),
        ("day == '2026-01-01'", [0]),
        ("day is None", [1]),
        ("day is not None and at is None", [2]),
        ("name == None", [2]),
        ("not name is None", [0, 1]),
        ("at < seen", [1]),
        ("on", [0]),
        ("not on", [1, 2]),
        ("on == False", [1]),
    ],
)
def test_conditions(text: str, rows: list[int]) -> None:
    assert fulfilled(text) == rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'", "cannot read .* at character"),
        ("name == ", "cannot read"),
        ("", "cannot read"),
        ("__import__('os').system('true')", "is no condition"),
        ("name == open('x')", "is no value"),
        ("name.upper() == 'X'", "is no column"),
        ("[n for n in name] == 1", "is no column"),
        ("n + 1 == 2", "is no column"),
        ("name", "is no condition"),
        ("n == '1'", "n holds int32, which '1' is not"),
        ("n == True", "n holds int32, which True is not"),
        ("n == 1.5", "which 1.5 is not"),
        ("name == 1", "name holds string"),
        ("at >= 'soon'", "'soon' is no time: write '2026-01-01'"),
        ("name < None", "None is neither greater nor less"),
        ("n is 1", "`is` is for None alone"),
        ("n in 1", "write a list of values"),
        ("'a' in n", "neither text nor a list of texts"),
        ("'1' in codes", "neither text nor a list of texts"),
        ("1 in flags", "only text is looked for"),
        ("name == n", "name holds string, n holds int32"),
        ("1 == 1", "'1' is no column"),
        ("(" * 300 + "on" + ")" * 300, "cannot read|nested"),
    ],
)
def test_what_is_refused_and_how(text: str, message: str) -> None:
    with pytest.raises(WhereError, match=message):
        fulfilled(text)


def test_datasets_are_those_that_have_the_columns() -> None:
    known = {name: types_of(DATASETS[name]) for name in ("articles", "bulletins", "observations", "rejects")}
    assert check_columns(parsed("outlet_id == 'x'"), known) == ["articles", "rejects"]
    assert check_columns(parsed("source == 'x' and fetched_at is None"), known) == ["bulletins", "observations"]
    with pytest.raises(WhereError, match=r"no column 'outletid' in .*; did you mean outlet_id"):
        check_columns(parsed("outletid == 'x'"), known)
    with pytest.raises(WhereError, match=r"stage is in rejects; title is in articles: no dataset has them all"):
        check_columns(parsed("title is None and stage == 'x'"), known)
    with pytest.raises(WhereError, match="names no column"):
        check_columns(parsed("1 == 1"), known)


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    """An archive of three articles in one file, one saved page and one WARC file outside of it."""
    data = DataDir(tmp_path / "d")
    data.create()
    writer = ArchiveWriter(data.archive, "20260302T032107Z-0000aa")
    for number in range(3):
        page = copies.original(number)
        writer.append([response_draft(page.true.url, 200, "OK", [("Content-Type", "text/html")], page.body, copies.AT)])
    writer.close()
    (tmp_path / "saved.html").write_bytes(copies.browser(copies.original(3)))
    copies.unpacked(tmp_path / "d" / "state", copies.original(4)).rename(tmp_path / "plain.warc")
    next((tmp_path / "d" / "state").glob("*.warc.gz")).unlink()
    operations.add(data, [tmp_path / "plain.warc"], 1)
    operations.add(data, [tmp_path / "saved.html"], 1, Stated(fetched_at=copies.AT))
    assert len(frames(data.root)["articles"]) == 5
    return data


def test_only_the_selected_records_are_read(data: DataDir) -> None:
    keys = [copies.original(number).true.article_id for number in range(5)]
    read: list[str] = []
    before = frames(data.root)

    def watched(work: Any, jobs: int) -> Any:
        for shard in work:
            read.extend(f"{path.name}@{offset}" for path in shard.paths for offset in shard.offsets or ("whole",))
        return reparse.parts(work, jobs)

    outcome = operations.select_again(data, f"article_id in ['{keys[1]}', '{keys[3]}', '{keys[4]}']", [], 1, watched)
    row = next(row for row in before["articles"] if row["article_id"] == keys[1])
    plain = next(row for row in before["articles"] if row["article_id"] == keys[4])
    assert sorted(read) == sorted(
        [
            f"{row['warc_filename']}@{row['warc_record_offset']}",
            f"plain.warc@{plain['warc_record_offset']}",
            "saved.html@whole",
        ]
    )
    assert (outcome.exit_code, outcome.report.pages, outcome.report.missing) == (0, 3, [])
    assert outcome.report.counts["articles"] == 3
    assert frames(data.root) == before


def test_files_that_are_gone_are_named(data: DataDir, tmp_path: Path) -> None:
    (tmp_path / "saved.html").unlink()
    (tmp_path / "plain.warc").unlink()
    found = select(data, "outlet_id == 'demo_haeram' and fetched_at >= '2026-03-01'", ["articles"])
    assert (found.rows, sum(map(len, found.records.values())), found.files) == (5, 4, {"saved.html"})
    made = plan(data, Manifest.load(data), found)
    assert sorted(made.missing) == ["plain.warc", "saved.html"]
    assert [len(shard.offsets) for shard in made.shards] == [3]


def test_the_command(data: DataDir, command: Run) -> None:
    keys = [copies.original(number).true.article_id for number in range(2)]
    done = command("reparse", "--where", f"article_id == '{keys[0]}'", "--data-dir", "d", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["pages"], told["counts"]["articles"]) == (1, 1)
    wrong = command("reparse", "--where", "articleid == '1'", "--data-dir", "d")
    assert (wrong.returncode, "did you mean article_id" in wrong.stderr) == (2, True)
    assert command("reparse", "x.html", "--where", "article_id == '1'", "--data-dir", "d").returncode == 2
    assert command("reparse", "--where", "article_id == '1'", "--of", "nothing", "--data-dir", "d").returncode == 2
