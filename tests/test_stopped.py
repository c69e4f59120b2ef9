"""kill -9 within a re-parse and within a rebuild: what had landed is not done again, whoever goes on and with how many processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import corpus
from newsharvest import cluster, journal, operations, reparse, selecting, shards, staging
from newsharvest.doctor import examine, mend
from newsharvest.files import DataDir
from newsharvest.forget import forget
from newsharvest.journal import Journal
from newsharvest.shards import RECORDS, Part, Runner, Shard
from newsharvest.store import RunLock, Store
from tests.conftest import REPO, frames
from tests.test_cluster import running

PAGES, FILES = 12, 3
SMALL = {
    "newsharvest.shards._SHARD_BYTES": 35_000,
    "newsharvest.shards._LAST_BYTES": 35_000,
    "newsharvest.shards._ENTRIES_A_PART": 2,
    "newsharvest.reparse._ROWS_WAITING_MAX": 8,
}
KILLED = """
import os, signal, sys
from pathlib import Path
from newsharvest import operations, reparse, shards
from newsharvest.files import DataDir
from newsharvest.reparse import _Landing
from newsharvest.staging import Staging

shards._SHARD_BYTES = shards._LAST_BYTES = 35_000
shards._ENTRIES_A_PART, reparse._ROWS_WAITING_MAX = 2, 8
{die}
operations.{work}
"""
AFTER_COMMITS = """
real, left = _Landing.commit, [{count}]
def commit(self, **named):
    real(self, **named)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), signal.SIGKILL)
_Landing.commit = commit
"""
TAKEN_OVER = """
real = Staging.take_over
def take_over(self, folder, targets):
    real(self, folder, targets)
    os.kill(os.getpid(), signal.SIGKILL)
Staging.take_over = take_over
"""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards and parts of some two pages, a commit after every few."""
    for name, value in SMALL.items():
        monkeypatch.setattr(name, value)


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, pages = tmp_path_factory.mktemp("warcs"), corpus.pages(PAGES)
    for number in range(FILES):
        corpus.archived(pages[number::FILES], folder, f"2026030{number + 1}T000000Z-abcdef")
    return folder


def killed(work: str, die: str) -> None:
    """Do something in another process that a real kill -9 ends."""
    words = [sys.executable, "-c", KILLED.format(die=die, work=work)]
    process = subprocess.run(
        words, env={**os.environ, "PYTHONPATH": str(REPO)}, capture_output=True, check=False, timeout=120
    )
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()


def counted(told: list[int]) -> Runner:
    """The usual runner; how many pages it gave."""

    def run(work: list[Shard], jobs: int) -> Iterator[Part]:
        for part in shards.parts(work, jobs):
            told.append(part.pages)
            yield part

    return run  # type: ignore[return-value]


def add(data: DataDir, warcs: Path, jobs: int = 1, run: Runner = shards.parts) -> reparse.Report:
    return operations.add(data, [warcs], jobs, run=run).report


@pytest.mark.parametrize("between", [False, True])
def test_a_killed_re_parse_of_selected_records_goes_on(
    warcs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, between: bool
) -> None:
    """What landed is not done again, unless other pages came in between: the condition may mean more records now."""
    monkeypatch.setattr(selecting, "_RECORDS_A_SHARD", 2)
    data, told = DataDir(tmp_path / "d"), list[int]()
    add(data, warcs)
    before, condition = frames(data.root), "article_id != '0'"
    two = "import newsharvest.selecting as selecting; selecting._RECORDS_A_SHARD = 2"
    killed(
        f"select_again(DataDir(Path({str(data.root)!r})), {condition!r}, [], 1)",
        f"{two}\n{AFTER_COMMITS.format(count=2)}",
    )
    assert {entry["path"] for entry in Store(data).manifest.unfinished.values()} == set(map(str, warcs.iterdir()))
    if between:
        (tmp_path / "1.txt").write_text("2026.03.01 (일)\n맑음속초8.1℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
        add(data, tmp_path / "1.txt")
        before = frames(data.root)
    report = operations.select_again(data, condition, [], 2, counted(told)).report
    assert (report.resumed >= 1, bool(report.discarded)) == (not between, between)
    assert sum(told) == report.pages
    assert report.pages >= PAGES if between else 0 < report.pages < PAGES
    assert Store(data).manifest.unfinished == {}
    assert frames(data.root) == before


def test_records_within_what_is_done_are_done(warcs: Path) -> None:
    path = min(warcs.iterdir())
    first = Journal.of([Shard((path,), RECORDS, offsets=at) for at in ((0, 10), (20, 30), (40, 50))], {}, "why")
    for number in (0, 2):
        first.done(first.left[number])
    assert [entry["done"] for entry in first.as_manifest().values()] == [[(0, 11), (40, 51)]]
    again = Journal.of([Shard((path,), RECORDS, offsets=(10, 20, 30, 50, 60))], first.as_manifest(), "why")
    assert [shard.offsets for shard in again.left] == [(20, 30), (60,)]
    other = Journal.of([Shard((path,), RECORDS, offsets=(0, 10))], first.as_manifest(), "another")
    assert [shard.offsets for shard in other.left] == [(0, 10)]


@pytest.mark.parametrize(("jobs", "then"), [(1, 2)])
def test_a_killed_re_parse_goes_on_with_any_number_of_processes(
    warcs: Path, tmp_path: Path, jobs: int, then: int
) -> None:
    data, whole, told = DataDir(tmp_path / "d"), DataDir(tmp_path / "whole"), list[int]()
    add(whole, warcs)
    killed(f"add(DataDir(Path({str(data.root)!r})), [Path({str(warcs)!r})], {jobs})", AFTER_COMMITS.format(count=4))
    entries = Store(data).manifest.unfinished.values()
    assert {entry["path"] for entry in entries} == set(map(str, warcs.iterdir()))
    report = add(data, warcs, then, counted(told))
    assert report.resumed >= 2
    assert 0 < sum(told) == report.pages < PAGES
    assert frames(data.root) == frames(whole.root)
    assert Store(data).manifest.unfinished == {}


def test_a_new_file_beside_and_other_work_between_are_no_matter(warcs: Path, tmp_path: Path) -> None:
    data, some, whole = DataDir(tmp_path / "d"), tmp_path / "some", DataDir(tmp_path / "whole")
    shutil.copytree(warcs, some)
    late = some / min(os.listdir(some))
    late.rename(tmp_path / late.name)
    killed(f"add(DataDir(Path({str(data.root)!r})), [Path({str(some)!r})], 1)", AFTER_COMMITS.format(count=4))
    (tmp_path / "1.txt").write_text("2026.03.01 (일)\n맑음속초8.1℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    add(data, tmp_path / "1.txt")
    (tmp_path / late.name).rename(late)
    report = add(data, some)
    assert report.resumed >= 2
    assert report.pages < PAGES
    assert report.discarded == []
    add(whole, some)
    add(whole, tmp_path / "1.txt")
    assert frames(data.root) == frames(whole.root)


def test_a_killed_re_parse_goes_on_on_a_cluster_and_back(warcs: Path, tmp_path: Path) -> None:
    """Killed here, gone on with on a cluster whose caller is stopped, and ended here."""
    data, whole, told = DataDir(tmp_path / "d"), DataDir(tmp_path / "whole"), list[int]()
    killed(f"add(DataDir(Path({str(data.root)!r})), [Path({str(warcs)!r})], 1)", AFTER_COMMITS.format(count=4))
    done = _bytes_done(data)
    with running(tmp_path) as (address, _):

        def stopped(work: list[Shard], jobs: int) -> Iterator[Part]:
            for number, part in enumerate(cluster.parts(address, work, jobs)):
                if number == 2:
                    raise SystemExit(143)
                yield part

        with pytest.raises(SystemExit):
            add(data, warcs, 1, stopped)  # type: ignore[arg-type]
        assert _bytes_done(data) > done > 0
    add(whole, warcs)
    report = add(data, warcs, 1, counted(told))
    assert 0 < sum(told) < PAGES
    assert report.resumed >= 2
    assert frames(data.root) == frames(whole.root)


def _bytes_done(data: DataDir) -> int:
    return sum(end - start for entry in Store(data).manifest.unfinished.values() for start, end in entry["done"])


@pytest.fixture(scope="module")
def template(warcs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files in the archive, one re-parsed from outside it."""
    root = tmp_path_factory.mktemp("template")
    made, outside = DataDir(root / "d"), root / "outside"
    made.create()
    outside.mkdir()
    first, *others = sorted(warcs.iterdir())
    shutil.copy(first, outside)
    for path in others:
        shutil.copy(path, made.archive)
    add(made, outside)
    assert len(frames(made.root)["articles"]) == PAGES
    return root


@pytest.fixture
def data(template: Path, tmp_path: Path) -> DataDir:
    shutil.copytree(template / "d", tmp_path / "d")
    return DataDir(tmp_path / "d")


def kill_rebuild(data: DataDir, die: str) -> None:
    """Nothing of the datasets is changed by a rebuild that is killed before its end."""
    before = frames(data.root)
    killed(f"rebuild_all(DataDir(Path({str(data.root)!r})), 1)", die)
    assert frames(data.root) == before


def stop_rebuild(data: DataDir, left: int = 3) -> None:
    """Ctrl-C when some shards are left: what waits is landed."""

    def stopped(work: list[Shard], jobs: int) -> Iterator[Part]:
        for part in shards.parts(work, jobs):
            yield part
            if part.ends and part.ends.number == len(work) - 1 - left:
                raise SystemExit(130)

    with pytest.raises(SystemExit):
        operations.rebuild_all(data, 1, stopped)  # type: ignore[arg-type]


def rebuilt(data: DataDir, **how: bool) -> tuple[reparse.Report, int]:
    """The report, and how many pages were parsed."""
    told: list[int] = []
    report = operations.rebuild_all(data, 1, counted(told), **how).report
    assert not staging.rebuild_of(data).root.exists()
    assert found(data) == []
    return report, sum(told)


def found(data: DataDir) -> list[str]:
    """What the doctor finds beside that there was never a crawl."""
    return [finding.code for finding in examine(data) if finding.code != "state_missing"]


def test_a_killed_rebuild_goes_on(data: DataDir) -> None:
    before = frames(data.root)
    kill_rebuild(data, AFTER_COMMITS.format(count=4))
    assert found(data) == ["run_never_ended", "stopped_rebuild"]
    report, parsed = rebuilt(data)
    assert report.resumed >= 2
    assert 0 < parsed < PAGES
    assert report.discarded == []
    assert frames(data.root) == before


def test_what_came_meanwhile_is_in_the_rebuild_that_goes_on(data: DataDir, tmp_path: Path, warcs: Path) -> None:
    """Another command between, which resumes the store: it leaves the stopped rebuild alone."""
    kill_rebuild(data, AFTER_COMMITS.format(count=4))
    corpus.archived(corpus.pages(PAGES + 5)[PAGES:], data.archive, "20260309T000000Z-abcdef")
    (tmp_path / "1.txt").write_text("2026.03.01 (일)\n맑음속초8.1℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    add(data, tmp_path / "1.txt")
    before = frames(data.root)
    assert len(before["articles"]) == PAGES + 5
    report, parsed = rebuilt(data)
    assert report.resumed >= 2
    assert parsed < PAGES + 6
    assert frames(data.root) == before


def test_killed_while_it_was_put_into_place_nothing_is_parsed_again(data: DataDir) -> None:
    before = frames(data.root)
    kill_rebuild(data, TAKEN_OVER)
    told: list[int] = []
    outcome = operations.rebuild_all(data, 1, counted(told))
    assert (sum(told), outcome.report.pages, outcome.exit_code) == (0, 0, 0)
    assert found(data) == []
    assert frames(data.root) == before


def test_killed_twice(data: DataDir) -> None:
    before = frames(data.root)
    kill_rebuild(data, AFTER_COMMITS.format(count=4))
    kill_rebuild(data, AFTER_COMMITS.format(count=4))
    assert rebuilt(data)[1] < PAGES
    assert frames(data.root) == before


def test_another_parser_begins_anew_and_says_so(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_rebuild(data)
    was = journal.parser_version()
    monkeypatch.setattr(journal, "parser_version", lambda: was + 1)
    report, parsed = rebuilt(data)
    assert (report.resumed, parsed) == (0, PAGES)
    assert {reason.partition(" ")[2] for reason in report.discarded} == {f"was read by parser {was}, this is {was + 1}"}


def test_a_changed_file_begins_anew_and_is_named(data: DataDir) -> None:
    stop_rebuild(data)
    path = min(data.archive.iterdir())
    os.utime(path, (1, 1))
    report, parsed = rebuilt(data)
    assert (report.resumed, parsed) == (0, PAGES)
    assert report.discarded == [f"{path} or how it is read has changed since"]


def test_a_file_that_is_gone_takes_its_rows_with_it(data: DataDir, template: Path, tmp_path: Path) -> None:
    stop_rebuild(data, left=0)
    (outside,) = (template / "outside").iterdir()
    outside.rename(tmp_path / outside.name)
    report, parsed = rebuilt(data, forget_missing=True)
    (tmp_path / outside.name).rename(outside)
    assert report.discarded == [f"{outside} is gone"]
    assert parsed == len(frames(data.root)["articles"]) == PAGES - PAGES // FILES


def test_what_is_forgotten_is_in_no_stopped_rebuild(data: DataDir) -> None:
    stop_rebuild(data)
    inside = next(row for row in frames(data.root)["articles"] if (data.archive / row["warc_filename"]).exists())
    with RunLock(data):
        store = Store(data)
        store.resume()
        assert staging.rebuild_of(data).root.exists()
        forget(store, [inside["url"]])
    assert not staging.rebuild_of(data).root.exists()
    rebuilt(data)
    assert inside["url"] not in {row["url"] for row in frames(data.root)["articles"]}


def test_the_doctor_gives_it_up_when_asked(data: DataDir) -> None:
    before = frames(data.root)
    stop_rebuild(data)
    assert mend(data).left == []
    assert found(data) == []
    assert frames(data.root) == before
    assert rebuilt(data)[1] == PAGES


def test_ranges_that_are_done_are_left_out_however_the_file_is_cut_now(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"x" * 100)
    cut = [Shard((path,), shards.WARC, start, start + 25, number=n) for n, start in enumerate((0, 25, 50, 75))]
    begun = Journal.of(cut, {})
    begun.done(begun.left[1])
    begun.done(begun.left[2])
    ((entry,),) = [begun.as_manifest().values()]
    assert entry["done"] == [(25, 75)]
    again = Journal.of([Shard((path,), shards.WARC, 0, 40), Shard((path,), shards.WARC, 40, 70), Shard((path,), shards.WARC, 70, 100, number=9)], begun.as_manifest())  # fmt: skip
    assert [(shard.start, shard.end, shard.number) for shard in again.left] == [(0, 25, 0), (75, 100, 1)]
    assert again.whole == 1
    other = Journal.of([Shard((path,), shards.WARC, 0, 100, hosts="registered")], begun.as_manifest())
    assert [(shard.start, shard.end) for shard in other.left] == [(0, 100)]
