"""Disks that fail, writers that meet, readers that read meanwhile, bytes that flip: with real processes where it matters."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import newsharvest as nh
from newsharvest.files import DataDir, Manifest, file_of, sha256_of
from newsharvest.merging import DamagedError, OldFile
from newsharvest.schema import DATASETS
from newsharvest.store import Batch, LockedError, RunLock, Store
from tests import crash_scenarios as scenes
from tests.conftest import CHILD_PATH, frames
from tests.fault_report import observed

T0 = datetime(2026, 3, 2, tzinfo=UTC)
Run = Callable[..., Any]


def batch(version: int, numbers: range, outlets: tuple[str, ...] = ("one", "two")) -> Batch:
    """Articles of two outlets in two files each, all of one version: their title says which."""
    at = T0 + timedelta(seconds=version)
    empty: dict[str, Any] = {
        c.name: ([] if str(c.type).startswith("list") else None) for c in DATASETS["articles"].columns
    }
    made: Batch = {}
    for outlet_id in outlets:
        for number in numbers:
            row = empty | {
                "outlet_id": outlet_id,
                "article_id": str(number),
                "title": f"판 {version}",
                "extractors": [],
            }
            row |= {"content_hash": str(version), "fetched_at": at, "first_seen_at": at, "last_seen_at": at}
            made.setdefault(("articles", file_of("articles", row)), []).append(row | {"parser_version": 1})
    return made


def new_store(root: Path) -> Store:
    data = DataDir(root)
    data.create()
    return Store(data)


def keys_of(frame: pd.DataFrame) -> list[str]:
    return list(frame["outlet_id"].astype(str) + "/" + frame["article_id"].astype(str))


# --- disks that fail, in processes of their own


def limited(kind: int, value: int) -> Callable[[], None]:
    """For a child: a limit of the kernel; a write beyond it fails instead of ending the process."""

    def before() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(kind, (value, value))

    return before


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A crawled data dir and a folder of saved pages."""
    root = tmp_path_factory.mktemp("landed")
    scenes.crawl(root / "data")
    return root / "data", scenes.save_pages(root / "saved")


COMMANDS: dict[str, tuple[str, ...]] = {"reparse": ("reparse", "saved"), "rebuild": ("reparse",), "forget": ("forget",)}
_FORGET = """
import sys
from pathlib import Path
from newsharvest import cli
from tests import crash_scenarios
try:
    crash_scenarios.forgetting(Path("data"))
except Exception as error:
    sys.exit(cli._told(error))
"""


def under(limit: Callable[[], None], name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command as a user runs it, under a limit."""
    words = ["-c", _FORGET] if name == "forget" else ["-m", "newsharvest", *COMMANDS[name], "--data-dir", "data"]
    env = {**os.environ, "PYTHONPATH": CHILD_PATH, "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=120, preexec_fn=limit
    )


@pytest.mark.fault("F43")
@pytest.mark.fault("F44")
@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("what", "limit", "said"),
    [
        ("a file may not grow", limited(resource.RLIMIT_FSIZE, 3_000), "File too large"),
        ("no more descriptors", limited(resource.RLIMIT_NOFILE, 7), "Too many open files"),
    ],
    ids=["rlimit_fsize", "emfile"],
)
def test_a_disk_that_refuses_is_exit_code_4(
    landed: tuple[Path, Path], tmp_path: Path, name: str, what: str, limit: Callable[[], None], said: str
) -> None:
    shutil.copytree(landed[0], tmp_path / "data")
    shutil.copytree(landed[1], tmp_path / "saved")
    before = frames(tmp_path / "data", skip=("runs",))
    done = under(limit, name, tmp_path)
    assert done.returncode == 4, done.stderr[-2000:]
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    check_kept(
        before,
        frames(tmp_path / "data", skip=("runs",)),
        may_go=scenes.site_pages()[0][0] if name == "forget" else None,
    )
    observed("F44" if "grow" in what else "F43", f"{name}: {what}", "exit 4", f"exit 4, {said!r}, datasets unchanged")


def check_kept(before: dict[str, Any], after: dict[str, Any], may_go: str | None) -> None:
    """Nothing is changed; a page that is being forgotten may be gone already, if all of its rows are."""
    if may_go is None or after == before:
        assert after == before
        return
    rest = [row for row in before["articles"] if row["url"] != may_go]
    assert after["articles"] == rest
    assert {row["article_id"] for row in after["revisions"]} == {row["article_id"] for row in rest}


@pytest.mark.fault("F43")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT])
def test_every_error_of_a_disk_is_told_in_one_line(
    landed: tuple[Path, Path], tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from newsharvest.cli import run

    shutil.copytree(landed[0], tmp_path / "data")
    before = frames(tmp_path / "data", skip=("runs",))

    def fails(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fails)
    assert run(["reparse", "--data-dir", str(tmp_path / "data")]) == 4
    assert os.strerror(number) in capsys.readouterr().err
    assert frames(tmp_path / "data", skip=("runs",)) == before


# --- writers that meet


def write(root: Path, version: int, numbers: range, wait: float) -> int:
    """What a writing run does, in a child: 0 done, 5 refused by the lock, 1 anything else."""
    try:
        data = DataDir(root)
        with RunLock(data, wait=wait):
            store = Store(data)
            store.resume()
            store.commit(batch(version, numbers))
    except LockedError:
        return 5
    except BaseException:  # noqa: BLE001 - a child reports it by its code
        return 1
    return 0


def forked(work: Callable[[], int]) -> int:
    pid = os.fork()
    if not pid:
        os._exit(work())
    return pid


def codes(pids: list[int]) -> list[int]:
    return sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids)


def rounds_of_writers(root: Path, rounds: int) -> tuple[int, int]:
    """Two, four and eight writers in turn, every other round without waiting; how many wrote and how many were refused."""
    store, wrote, refused = new_store(root), 0, 0
    store.commit(batch(0, range(1, 6)))
    wanted = {f"{outlet}/{n}" for outlet in ("one", "two") for n in range(1, 6)}
    for number in range(1, rounds + 1):
        writers, wait = (2, 4, 8)[number % 3], 60.0 if number % 2 else 0.0
        first = 10 * number
        each = [(number * 100 + w, range(first, first + 4 + w)) for w in range(writers)]
        ended = codes([forked(lambda v=v, n=n, w=wait: write(root, v, n, w)) for v, n in each])  # type: ignore[misc]
        assert set(ended) <= ({0} if wait else {0, 5}), ended
        assert 0 in ended
        wrote, refused = wrote + ended.count(0), refused + ended.count(5)
        held = keys_of(pd.read_parquet(root / "datasets" / "articles"))
        assert len(held) == len(set(held)), "a key is there twice"
        least = {f"{outlet}/{n}" for outlet in ("one", "two") for n in range(first, first + 4)}
        most = {f"{outlet}/{n}" for outlet in ("one", "two") for n in range(first, first + 4 + writers)}
        wanted |= most - {f"{o}/{first + 3 + writers}" for o in ("one", "two")} if wait else least
        assert wanted <= set(held), "a row is lost"
    manifest = Manifest.load(store.data)
    assert all(sha256_of(store.data.datasets / path) == facts["sha256"] for path, facts in manifest.files.items())
    return wrote, refused


@pytest.mark.fault("F45")
def test_writers_that_meet(tmp_path: Path) -> None:
    wrote, refused = rounds_of_writers(tmp_path, 6)
    assert wrote >= 6
    observed("F45", "6 rounds", "0 duplicate, 0 lost", f"{wrote} wrote, {refused} refused with 5; 0 duplicate, 0 lost")


@pytest.mark.torture
@pytest.mark.fault("F45")
def test_writers_that_meet_often(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    rounds = pytestconfig.getoption("rounds")
    wrote, refused = rounds_of_writers(tmp_path, rounds)
    assert wrote >= rounds
    observed(
        "F45", f"{rounds} rounds of 2, 4 and 8 writers", "0 duplicate, 0 lost",
        f"{wrote} wrote, {refused} refused with 5; 0 duplicate, 0 lost",
    )  # fmt: skip


@pytest.mark.fault("F46")
def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    data = new_store(tmp_path).data
    for _ in range(20):
        ready, told = os.pipe()

        def hold(told: int = told) -> int:
            with RunLock(data):
                os.write(told, b"!")
                time.sleep(60)
            return 0

        pid = forked(hold)
        assert os.read(ready, 1) == b"!"
        os.close(ready)
        os.close(told)
        with pytest.raises(LockedError, match=f"process {pid}"), RunLock(data):
            pass
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with RunLock(data):
            pass
    observed("F46", "stale_lock", "20/20", "20/20 at once")


# --- readers meanwhile


def committing(root: Path, commits: int) -> Iterator[int]:
    """Commit versions; yields after each."""
    store = Store(DataDir(root))
    for version in range(1, commits + 1):
        numbers = range(1, 21) if version % 2 else range(19_990, 20_010)
        store.commit(batch(version, numbers))
        yield version


def reads_while(root: Path, commits: int, reads: int) -> tuple[int, int]:
    """Plain pandas in this process while a child commits: how many reads, how many commits they saw at least."""
    new_store(root).commit(batch(0, range(1, 21)) | batch(0, range(19_990, 20_010)))
    pid = forked(lambda: sum(1 for _ in committing(root, commits)) * 0)
    folder, done, writing, newest = root / "datasets" / "articles", 0, True, 0
    try:
        while writing or done < reads:
            writing = writing and os.waitpid(pid, os.WNOHANG) == (0, 0)
            frame = pd.read_parquet(folder, columns=["outlet_id", "article_id", "title"])
            done += 1
            held = keys_of(frame)
            assert len(held) == len(set(held)) == 80, f"read {done}: {len(held)} rows, {len(set(held))} keys"
            seen = max(int(title.split()[1]) for title in frame["title"])
            assert seen >= newest, "an older version after a newer one"
            newest = seen
            assert writing or newest == commits
    finally:
        if writing:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    return done, newest


@pytest.mark.fault("F47")
def test_readers_are_right_while_commits_go_on(tmp_path: Path) -> None:
    reads, commits = reads_while(tmp_path, 40, 100)
    observed("F47", "40 commits", "0 errors, 0 duplicates", f"{reads} reads: 0 errors, 0 duplicates")
    assert commits == 40


@pytest.mark.torture
@pytest.mark.fault("F47")
def test_many_readers_are_right_while_many_commits_go_on(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    wanted = pytestconfig.getoption("commits")
    reads, commits = reads_while(tmp_path, wanted, pytestconfig.getoption("reads"))
    assert commits == wanted
    observed("F47", f"{commits:,} commits", "0 errors, 0 duplicates", f"{reads:,} reads: 0 errors, 0 duplicates")


def held_reads(root: Path, times: int) -> dict[str, int]:
    """A dataset opened before a commit and read after it: old, new or an error, counted; a mixture within a file fails."""
    store = new_store(root)
    store.commit(batch(0, range(1, 21)))
    folder, found = root / "datasets" / "articles", {"whole": 0, "error": 0}
    source = random.Random(48)
    for version in range(1, times + 1):
        held = ds.dataset(folder, format="parquet", partitioning="hive")
        fragments = list(held.get_fragments())
        if source.random() < 0.5:
            fragments[0].ensure_complete_metadata()
        store.commit(batch(version, range(1, 21)))
        try:
            rows = held.to_table(columns=["outlet_id", "article_id", "title"]).to_pylist()
        except (OSError, ValueError):
            found["error"] += 1
            continue
        assert len({(row["outlet_id"], row["article_id"]) for row in rows}) == len(rows) == 40
        for outlet_id in ("one", "two"):
            assert len({row["title"] for row in rows if row["outlet_id"] == outlet_id}) == 1, "a silent mixture"
        found["whole"] += 1
    assert found["whole"], "nothing was read"
    return found


@pytest.mark.fault("F48")
def test_a_dataset_held_open_never_mixes(tmp_path: Path) -> None:
    found = held_reads(tmp_path, 40)
    observed(
        "F48", "held_dataset ×40", "0 silent mixtures", f"{found['whole']} whole, {found['error']} loud errors, 0 mixed"
    )


@pytest.mark.torture
@pytest.mark.fault("F48")
def test_a_dataset_held_open_never_mixes_in_a_thousand(tmp_path: Path) -> None:
    found = held_reads(tmp_path, 1_000)
    observed(
        "F48",
        "held_dataset ×1,000",
        "0 silent mixtures",
        f"{found['whole']} whole, {found['error']} loud errors, 0 mixed",
    )


@pytest.mark.fault("F49")
def test_our_loader_reads_beside_litter(tmp_path: Path) -> None:
    new_store(tmp_path).commit(batch(1, range(1, 21)))
    folder = tmp_path / "datasets" / "articles" / "outlet_id=one"
    whole = (folder / "part-n00000.parquet").read_bytes()
    litter: dict[str, bytes] = {
        "part-n00000.parquet~": whole, "zero.parquet": b"", "trunc.parquet": whole[:500], "x.parquet.tmp": whole, "README.md": b"x",
        ".part-n00000.parquet.crc": b"x", "_x": b"x", ".x": b"x", "part-n00000 (copy).parquet": whole, "tmp/part-n00000.parquet": whole,
    }  # fmt: skip
    for name, content in litter.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    frame = nh.articles(data_dir=tmp_path)
    assert sorted(keys_of(frame)) == sorted(f"{o}/{n}" for o in ("one", "two") for n in range(1, 21))
    observed("F49", "our loader", "reads on", f"40 of 40 rows beside {len(litter)} strange files")


@pytest.mark.fault("F50")
def test_a_flipped_byte_is_found_by_the_digest_and_seldom_read(tmp_path: Path) -> None:
    """Every byte of a file, one bit each: sha256 finds all; the reader's checks find nearly all that change a value."""
    store = new_store(tmp_path)
    store.commit(batch(1, range(1, 4), ("one",)))
    (name,) = store.manifest.files
    path, dataset = store.data.datasets / name, DATASETS["articles"]
    whole, wanted, digest = path.read_bytes(), pq.read_table(path, partitioning=None).to_pylist(), sha256_of(path)
    refused = silent = 0
    for place in range(0, len(whole), max(1, len(whole) // 800)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        assert sha256_of(path) != digest
        try:
            old = OldFile(path, dataset)
            rows = [row for group in old.groups() for row in group.to_pylist()]
            silent += rows != wanted
        except (DamagedError, UnicodeDecodeError):
            refused += 1
    flips = len(range(0, len(whole), max(1, len(whole) // 800)))
    observed(
        "F50",
        f"{flips} flips",
        "sha256 finds all",
        f"sha256 {flips} of {flips}; {refused} refused when read, {silent} read with another value",
    )
    assert silent <= (refused + silent) * 0.01


@pytest.mark.fault("F53")
def test_neither_zone_nor_clock_moves_a_row(tmp_path: Path) -> None:
    """The same pages under other zones of the machine land in the same files with the same rows."""
    saved = scenes.save_pages(tmp_path / "saved")
    found = {}
    for zone in ("UTC", "Asia/Seoul", "America/New_York"):
        env = {**os.environ, "PYTHONPATH": CHILD_PATH, "TZ": zone}
        words = ["-m", "newsharvest", "reparse", str(saved), "--fetched-at", "2026-03-29T01:30", "--data-dir", zone]
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        files = sorted(p.relative_to(tmp_path / zone).as_posix() for p in (tmp_path / zone).rglob("*.parquet"))
        found[zone] = ([f for f in files if "/runs/" not in f], frames(tmp_path / zone))
    assert found["UTC"] == found["Asia/Seoul"] == found["America/New_York"]


@pytest.mark.fault("F53")
def test_a_clock_that_went_back_loses_no_row(tmp_path: Path) -> None:
    """Newest by fetched_at wins: a page fetched later under a clock an hour slow stays a revision and a sighting."""
    store = new_store(tmp_path)
    store.commit(batch(7_200, range(1, 4)))
    store.commit(batch(3_600, range(1, 4)))
    frame = pd.read_parquet(tmp_path / "datasets" / "articles")
    assert sorted(set(frame["title"])) == ["판 7200"]
    assert {moment.tz_convert("UTC").to_pydatetime() for moment in frame["first_seen_at"]} == {T0 + timedelta(hours=1)}
    assert {moment.tz_convert("UTC").to_pydatetime() for moment in frame["last_seen_at"]} == {T0 + timedelta(hours=2)}
