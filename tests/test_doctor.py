"""The doctor: each planted damage is found, exactly; what can be repaired is, and the data is what it was."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from newsharvest import staging
from newsharvest.demo.server import serve
from newsharvest.doctor import Severity, examine, mend
from newsharvest.files import MANIFEST, DataDir, Manifest, sha256_of
from newsharvest.merging import order_of
from newsharvest.schema import DATASETS
from newsharvest.staging import Staging
from newsharvest.store import RunLock, Store
from tests import crash_scenarios as scenes
from tests import failpoints
from tests.care_tools import copied, crawl, everything, flip, listed, of, rewrite, warc, with_manifest
from tests.conftest import REPO, frames
from tests.failpoints import DIED, Fault

pytestmark = pytest.mark.xdist_group("doctor")
Run = Callable[..., Any]
Codes = list[tuple[str, str]]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fourteen articles with their tickers, and a forecast. Read only."""
    root = tmp_path_factory.mktemp("doctor") / "data"
    with serve(1, max_seconds=120) as server:
        crawl(root, server, "demo_noeul,demo_short", "-a", "limit=14")
    return root


@pytest.fixture(scope="module")
def sound(template: Path) -> dict[str, list[dict[str, Any]]]:
    rows = everything(DataDir(template))
    assert {name: len(found) for name, found in rows.items() if name in {"articles", "forecasts"}} == {
        "articles": 14, "forecasts": 21,
    }  # fmt: skip
    assert len(rows["observations"]) > 50
    return rows


def found(data: DataDir) -> Codes:
    """Code and place of every finding, places without run ids."""
    return [(finding.code, finding.place.replace(warc(data).name, "WARC")) for finding in examine(data)]


def below(path: Path, data: DataDir) -> str:
    return path.relative_to(data.root).as_posix()


def test_a_sound_data_dir_has_no_findings_and_a_repair_leaves_it_to_the_byte(template: Path, tmp_path: Path) -> None:
    data = copied(template, tmp_path / "data")
    before = {path: path.read_bytes() for path in data.root.rglob("*") if path.is_file()}
    assert examine(data) == []
    assert mend(data).done == []
    assert {path: path.read_bytes() for path in data.root.rglob("*") if path.is_file()} == before


# --- damages: each plants one and says what is to be found


@dataclass(frozen=True)
class Damage:
    """How to plant one; what is found (codes and places); what of it cannot be repaired."""

    plant: Callable[[DataDir], Codes]
    left: tuple[str, ...] = ()


def flipped_byte(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    flip(path, 200)
    return [("file_unreadable", below(path, data))]


def flipped_footer(data: DataDir) -> Codes:
    """A flip in the footer may leave a file that reads well, and is another."""
    path = of(data, "articles")[0]
    content = path.read_bytes()
    at = content.rindex(b"parquet-cpp-arrow")
    flip(path, at)
    return [("file_changed", below(path, data))]


def cut_file(data: DataDir) -> Codes:
    path = of(data, "observations")[0]
    path.write_bytes(path.read_bytes()[:-100])
    return [("file_unreadable", below(path, data))]


def missing_file(data: DataDir) -> Codes:
    path = of(data, "revisions")[0]
    path.unlink()
    return [("file_missing", below(path, data))]


def copy_by_a_name_of_ours(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    shutil.copy(path, path.with_name("part-n09999.parquet"))
    return [("file_unlisted", below(path.with_name("part-n09999.parquet"), data))]


def litter(data: DataDir) -> Codes:
    articles, part = data.datasets / "articles", of(data, "articles")[0]
    (articles / "zero.parquet").touch()
    (articles / "README.md").write_text("hello")
    (part.parent / "part-n00001.parquet.tmp").write_bytes(b"PAR1")
    (part.parent / f".{part.name}.crc").write_bytes(b"crc")
    (part.parent / f"{part.name}.crc").write_bytes(b"crc")
    shutil.copy(part, part.with_name(f"{part.name}~"))
    (articles / "_x").write_text("x")
    (articles / ".x").write_text("x")
    (articles / "tmp").mkdir()
    shutil.copy(part, articles / "tmp" / "part-0.parquet")
    (data.datasets / "observations" / "month=2020-01").mkdir()
    bad = [articles / "README.md", part.with_name(f"{part.name}.crc"), part.with_name(f"{part.name}~"),
           part.parent / "part-n00001.parquet.tmp", articles / "tmp", articles / "zero.parquet"]  # fmt: skip
    hidden = [articles / ".x", articles / "_x", part.parent / f".{part.name}.crc"]
    return [
        *sorted(("litter", below(path, data)) for path in bad),
        ("empty_folder", "datasets/observations/month=2020-01"),
        *sorted(("hidden_litter", below(path, data)) for path in hidden),
    ]


def doubled_key(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    rewrite(data, path, lambda table: pa.concat_tables([table, table.slice(0, 1)]))
    return [("keys_doubled", below(path, data))]


def row_in_a_wrong_file(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    other = path.with_name("part-n00777.parquet")
    shutil.copy(path, other)
    rewrite(data, other, lambda table: table.slice(0, 1))
    return [("rows_misplaced", below(other, data))]


def unsorted(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    rewrite(data, path, lambda table: table.take(pa.array(range(table.num_rows - 1, -1, -1))))
    return [("file_unsorted", below(path, data))]


def other_columns(data: DataDir) -> Codes:
    path = of(data, "articles")[0]
    rewrite(data, path, lambda table: table.drop_columns(["agency"]))
    return [("wrong_schema", below(path, data))]


def bulletin_in_two_files(data: DataDir) -> Codes:
    path = of(data, "bulletins")[0]
    other = path.parent.with_name("month=2019-05") / "part-07.parquet"
    other.parent.mkdir()
    shutil.copy(path, other)
    moved = pa.scalar("2019-05-07").cast(pa.date32())
    rewrite(data, other, lambda table: _with(table, "displayed_date", moved))
    return [("key_in_two_files", below(each, data)) for each in (other, path)]


def _with(table: pa.Table, name: str, value: pa.Scalar) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(name), pa.array([value.as_py()] * table.num_rows, value.type))


def coordinates_beside_the_record(data: DataDir) -> Codes:
    path = of(data, "articles")[0]

    def beside(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("warc_record_offset")
        return table.set_column(at, table.schema.field(at), pc.add(table["warc_record_offset"], 1))

    rewrite(data, path, beside)
    return [("record_not_there", below(path, data))]


def coordinates_of_another_page(data: DataDir) -> Codes:
    path = of(data, "articles")[0]

    def swapped(table: pa.Table) -> pa.Table:
        for name in ("warc_record_offset", "warc_record_length"):
            at, values = table.schema.get_field_index(name), table[name].to_pylist()
            table = table.set_column(at, table.schema.field(at), pa.array([values[1], values[0], *values[2:]]))
        return table

    rewrite(data, path, swapped)
    return [("record_not_there", below(path, data))]


def no_manifest(data: DataDir) -> Codes:
    (data.datasets / MANIFEST).unlink()
    return [("manifest_missing", f"datasets/{MANIFEST}"), ("uncommitted_pages", "archive/WARC")]


def damaged_manifest(data: DataDir) -> Codes:
    path = data.datasets / MANIFEST
    path.write_bytes(path.read_bytes()[:-40])
    return [("manifest_damaged", f"datasets/{MANIFEST}"), ("uncommitted_pages", "archive/WARC")]


def torn_tail(data: DataDir) -> Codes:
    path = warc(data)
    size, row = path.stat().st_size, everything(data)["articles"][0]
    with path.open("r+b") as stream:
        stream.seek(row["warc_record_offset"])
        record = stream.read(row["warc_record_length"] - 3)
        stream.seek(size)
        stream.write(record)
    return [("torn_tail", f"archive/WARC@{size}")]


def garbage_tail(data: DataDir) -> Codes:
    path = warc(data)
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(bytes(range(256)) * 4)
    return [("damaged_tail", f"archive/WARC@{size}")]


def offset_within_a_record(data: DataDir) -> Codes:
    with_manifest(data, lambda manifest: manifest.archive.update({warc(data).name: 1_000}))
    return [("offset_within_record", "archive/WARC")]


def offset_behind(data: DataDir) -> Codes:
    with_manifest(data, lambda manifest: manifest.archive.update({warc(data).name: 0}))
    return [("uncommitted_pages", "archive/WARC")]


def flipped_record(data: DataDir) -> Codes:
    """A page of the archive rots: nothing brings it back, and its rows stay."""
    row = everything(data)["articles"][0]
    flip(warc(data), row["warc_record_offset"] + row["warc_record_length"] // 2)
    touched = [
        ("record_not_there", below(path, data))
        for name in ("articles", "bulletins", "fetches", "observations", "revisions")
        for path in of(data, name)
        if row["warc_record_offset"] in _offsets(path)
    ]
    return [("damaged_record", f"archive/WARC@{row['warc_record_offset']}"), *touched]


def _offsets(path: Path) -> list[int]:
    return pq.read_table(path, columns=["warc_record_offset"], partitioning=None)["warc_record_offset"].to_pylist()


def lost_fetch(data: DataDir) -> Codes:
    (path,) = of(data, "fetches")
    rewrite(data, path, lambda table: table.slice(1))
    return [("fetches_disagree", Store(data).rows("runs")[0]["run_id"])]


def run_that_never_ended(data: DataDir) -> Codes:
    (path,) = of(data, "runs")
    rewrite(data, path, lambda table: _with(table, "ended", pa.scalar("running")))
    return [("run_never_ended", Store(data).rows("runs")[0]["run_id"])]


def damaged_runs(data: DataDir) -> Codes:
    (path,) = of(data, "runs")
    path.write_bytes(b"PAR1" + bytes(500) + b"PAR1")
    return [("file_unreadable", below(path, data))]


def damaged_state(data: DataDir) -> Codes:
    (data.state / "crawl.sqlite3").write_bytes(b"no database at all" * 100)
    return [("state_damaged", "state/crawl.sqlite3")]


def missing_state(data: DataDir) -> Codes:
    shutil.rmtree(data.state)
    return [("state_missing", "state/crawl.sqlite3")]


def state_ahead(data: DataDir) -> Codes:
    """The state is of a later day than the data: what it knows would never be asked for again."""
    with sqlite3.connect(data.state / "crawl.sqlite3") as state:
        state.execute(
            "INSERT INTO pages (name, url, outlet_id, article_id, status, fetched_at) SELECT outlet_id || '/99999', url,"
            " outlet_id, '99999', status, fetched_at FROM pages WHERE article_id IS NOT NULL AND status = 200 LIMIT 1"
        )
    return [("state_ahead", "state/crawl.sqlite3")]


def leftovers(data: DataDir) -> Codes:
    Staging.begin(data)
    return [("staging_leftovers", "datasets/_staging")]


def half_done_commit(data: DataDir) -> Codes:
    """Killed between two renames: one file is new, the other and the manifest are not."""
    first, second = of(data, "articles")[0], of(data, "revisions")[0]
    staged = Staging.begin(data)
    manifest = Manifest.load(data)
    for path in (first, second):
        with staged.file(path.relative_to(data.datasets).as_posix()) as (stream, _):
            stream.write(path.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(staging, "_carry_out", lambda _: None)
        staged.finish(manifest)
    (data.staging / "commit" / first.relative_to(data.datasets)).replace(first)
    return [("pending_commit", "datasets/_staging")]


DAMAGES = {
    damage.plant.__name__: damage
    for damage in [
        Damage(flipped_byte), Damage(flipped_footer), Damage(cut_file), Damage(missing_file),
        Damage(copy_by_a_name_of_ours), Damage(litter), Damage(doubled_key), Damage(row_in_a_wrong_file),
        Damage(unsorted), Damage(other_columns), Damage(bulletin_in_two_files), Damage(coordinates_beside_the_record),
        Damage(coordinates_of_another_page), Damage(no_manifest), Damage(damaged_manifest), Damage(torn_tail),
        Damage(garbage_tail), Damage(offset_within_a_record), Damage(offset_behind), Damage(run_that_never_ended),
        Damage(damaged_runs), Damage(damaged_state), Damage(missing_state), Damage(state_ahead), Damage(leftovers),
        Damage(half_done_commit),
        Damage(flipped_record, left=("damaged_record", "record_not_there")),
        Damage(lost_fetch, left=("fetches_disagree",)),
    ]
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_a_planted_damage_is_found_and_repaired(
    name: str, template: Path, sound: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    damage, data = DAMAGES[name], copied(template, tmp_path / "data")
    expected = damage.plant(data)
    data.create()
    assert found(data) == expected
    with RunLock(data):
        mended = mend(data)
    assert {finding.code for finding in mended.left} == set(damage.left), mended
    assert mended.whole == (not damage.left)
    assert {code for code, _ in found(data)} == set(damage.left)
    rows = everything(data)
    if name != "lost_fetch":
        assert rows == sound
    assert (tmp_path / "data/archive").exists()


def test_what_was_taken_out_is_kept(template: Path, tmp_path: Path) -> None:
    """Nothing that may be somebody's data is deleted: litter, replaced files and a tail that cannot be read."""
    data = copied(template, tmp_path / "data")
    flipped_byte(data)
    damaged = of(data, "articles")[0]
    digest = sha256_of(damaged)
    (data.datasets / "articles" / "notes.txt").write_text("mine")
    garbage_tail(data)
    mend(data)
    kept = {path.name: path for path in data.quarantine.rglob("*") if path.is_file()}
    assert sha256_of(kept[damaged.name]) == digest
    assert kept["notes.txt"].read_text() == "mine"
    (tail,) = [path for name, path in kept.items() if "warc.gz@" in name]
    assert tail.read_bytes() == bytes(range(256)) * 4


def test_lost_fetches_are_counted_and_told(template: Path, tmp_path: Path) -> None:
    """The archive does not give them back: the manifest says how many are gone, and the sums agree with that."""
    data = copied(template, tmp_path / "data")
    (path,) = of(data, "fetches")
    path.write_bytes(path.read_bytes()[:-50])
    mended = mend(data)
    (run,) = [row for row in Store(data).rows("runs") if row["command"] == "scrapy"]
    assert Manifest.load(data).lost == {run["run_id"]: run["requests"]}
    assert [finding.code for finding in mended.left] == ["rows_lost", "fetches_lost"]
    assert not mended.whole
    assert [finding.code for finding in examine(data)] == ["fetches_lost"]


def test_a_column_of_a_log_that_cannot_be_read_is_null(template: Path, tmp_path: Path) -> None:
    data = copied(template, tmp_path / "data")
    (path,) = of(data, "fetches")
    before = frames(data.root, skip=())["fetches"]
    column = next(
        c
        for c in map(pq.ParquetFile(path).metadata.row_group(0).column, range(20))
        if c.path_in_schema == "duration_ms"
    )
    flip(path, (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size // 2)
    mended = mend(data)
    assert mended.left == []
    after = frames(data.root, skip=())["fetches"]
    without = [[{k: v for k, v in row.items() if k != "duration_ms"} for row in rows] for rows in (before, after)]
    assert sorted(map(repr, without[0])) == sorted(map(repr, without[1]))
    assert {row["duration_ms"] for row in after} == {None}


def test_runs_are_made_anew_from_their_fetches(template: Path, tmp_path: Path) -> None:
    data = copied(template, tmp_path / "data")
    (was,) = Store(data).rows("runs")
    damaged_runs(data)
    mend(data)
    row = next(row for row in Store(data).rows("runs") if row["run_id"] == was["run_id"])
    assert row["ended"] == "killed"
    counts = ("requests", "stored", "unchanged", "duplicate", "skipped", "rejected", "failed")
    assert [row[name] for name in counts] == [was[name] for name in counts]


def test_rows_of_files_that_nobody_knows_any_more_are_protected(template: Path, tmp_path: Path) -> None:
    """Without its manifest a data dir has forgotten which files were re-parsed: a rebuild must not lose their rows."""
    from newsharvest import operations
    from newsharvest.reparse import MissingSourceError

    data = copied(template, tmp_path / "data")
    (tmp_path / "t.txt").write_text("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    operations.add(data, [tmp_path / "t.txt"], 1)
    before = everything(data)
    (data.datasets / MANIFEST).unlink()
    assert mend(data).whole
    assert everything(data) == before
    with pytest.raises(MissingSourceError, match="1 files at"):
        operations.rebuild_all(data, 1)


def test_several_parser_versions_are_noted(template: Path, tmp_path: Path) -> None:
    data = copied(template, tmp_path / "data")
    path = of(data, "articles")[0]

    def older(table: pa.Table) -> pa.Table:
        at = table.schema.get_field_index("parser_version")
        versions = [0, *table["parser_version"].to_pylist()[1:]]
        return table.set_column(at, table.schema.field(at), pa.array(versions, pa.int32()))

    rewrite(data, path, older)
    (finding,) = examine(data)
    assert (finding.code, finding.severity, finding.place) == (
        "mixed_parser_versions", Severity.NOTE, "datasets/articles",
    )  # fmt: skip
    assert finding.text.startswith("rows of several parser versions: 1 of version 0, 13 of version")


def test_tombstones_that_cannot_be_read_stop_every_repair(template: Path, tmp_path: Path) -> None:
    """What was forgotten is not known: landing anything might bring it back."""
    data = copied(template, tmp_path / "data")
    (data.datasets / "_tombstones.json").write_text("{")
    missing_file(data)
    before = everything(data)
    mended = mend(data)
    assert {finding.code for finding in mended.left} == {"tombstones_damaged", "file_missing"}
    assert (mended.done, mended.whole) == ([], False)
    assert everything(data) == before


# --- dying on the way


def _points(template: Path, place: Path, every: int) -> int:
    """Die at every so-manieth call of a repair; the same repair again must end whole, with the data as it was."""
    data, wanted = DataDir(place), everything(DataDir(template))

    def again() -> None:
        scenes.fresh(template, place)
        torn_tail(data)
        flipped_byte(data)
        cut_file(data)

    def work() -> None:
        with RunLock(data):
            mend(data)

    again()
    points = range(1, failpoints.calls(work) + 1, every)
    for at in points:
        again()
        code, _ = failpoints.run(work, Fault(at))
        assert code == DIED, f"call {at}: {code}"
        work()
        assert {finding.code for finding in examine(data)} <= {"run_never_ended"}, f"call {at}"
        assert everything(data) == wanted, f"call {at}"
    return len(points)


def test_a_repair_that_is_killed_is_done_again(template: Path, tmp_path: Path) -> None:
    assert _points(template, tmp_path / "data", 45) > 2


@pytest.mark.torture
def test_a_repair_that_is_killed_at_every_call_is_done_again(template: Path, tmp_path: Path) -> None:
    assert _points(template, tmp_path / "data", 1) > 60


# --- the command


@pytest.fixture
def data(template: Path, tmp_path: Path) -> DataDir:
    return copied(template, tmp_path / "data")


def test_the_command(command: Run, data: DataDir) -> None:
    sound = command("doctor", "--data-dir", data.root)
    assert (sound.returncode, sound.stdout) == (0, f"{data.root} is whole\n")
    path = of(data, "articles")[0]
    path.unlink()
    (data.datasets / "articles" / "메모.txt").write_text("메모")
    told = command("doctor", "--data-dir", data.root)
    assert told.returncode == 4
    assert "found: damage file_missing (1)" in told.stdout
    assert "datasets/articles/메모.txt: a file that no commit wrote" in told.stdout
    assert told.stdout.endswith(f"{data.root} is damaged\n")
    fixed = command("doctor", "--fix", "--json", "--data-dir", data.root)
    facts = json.loads(fixed.stdout)
    assert (fixed.returncode, facts["whole"], facts["findings"]) == (0, True, [])
    assert [finding["code"] for finding in facts["found"]] == ["file_missing", "litter"]
    assert command("doctor", "--data-dir", data.root).returncode == 0
    runs = sorted(Store(data).rows("runs"), key=lambda row: row["run_id"])
    assert [(row["command"], row["ended"], row["exit_code"]) for row in runs][-1] == ("doctor", "complete", 0)


def test_a_folder_that_is_no_data_dir(command: Run, tmp_path: Path) -> None:
    done = command("doctor", "--data-dir", tmp_path)
    assert done.returncode == 2
    assert "is no data dir" in done.stderr


def test_it_does_not_look_while_a_run_writes(command: Run, data: DataDir) -> None:
    with RunLock(data):
        assert command("doctor", "--data-dir", data.root).returncode == 5
        assert command("doctor", "--fix", "--data-dir", data.root).returncode == 5


MEASURED = """
import sys, tracemalloc, pyarrow as pa
from pathlib import Path
from newsharvest.doctor import examine
from newsharvest.files import DataDir
tracemalloc.start()
codes = sorted({finding.code for finding in examine(DataDir(Path(sys.argv[1])))})
print(pa.default_memory_pool().max_memory(), tracemalloc.get_traced_memory()[1], *codes)
"""


def test_memory_does_not_grow_with_files(data: DataDir) -> None:
    """One row group at a time, and of a whole file the columns that sort it: 200,000 readings in one file."""
    path = of(data, "observations")[0]
    table = pq.read_table(path, partitioning=None)
    at, rows = table.schema.get_field_index("position"), table.num_rows
    positions = [pa.array(range(n * 1000, n * 1000 + rows), pa.int32()) for n in range(-(-200_000 // rows))]
    grown = pa.concat_tables([table.set_column(at, table.schema.field(at), each) for each in positions])
    order = [(name, "ascending") for name in order_of(DATASETS["observations"])]
    pq.write_table(grown.sort_by(order), path, row_group_size=20_000, write_page_checksum=True)
    listed(data, path, grown.num_rows)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, data.root], capture_output=True, text=True, env={"PYTHONPATH": str(REPO)}
    )
    arrow, python, *codes = done.stdout.split()
    assert codes == [], done.stderr
    assert int(arrow) < grown.nbytes
    assert int(python) < 60 * 1024 * 1024
