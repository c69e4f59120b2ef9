"""--wait: a second process waits for the first, or gives up after so many seconds; without it exit code 5."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from newsharvest.files import DataDir
from newsharvest.store import Store
from tests.conftest import REPO

Run = Callable[..., Any]
HOLD = """
import sys, time
from pathlib import Path
from newsharvest.files import DataDir
from newsharvest.locking import RunLock
with RunLock(DataDir(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held(root: Path) -> Iterator[subprocess.Popen[str]]:
    """The lock, in another process, until its stdin is closed."""
    words = [sys.executable, "-c", HOLD, str(root)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(REPO)}
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        yield holder


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    found = DataDir(tmp_path / "d")
    found.create()
    (tmp_path / "t.txt").write_text("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    return found


COMMANDS = {
    "crawl": ("crawl", "demo_noeul"),
    "reparse": ("reparse", "t.txt"),
    "forget": ("forget", "--article", "demo_noeul/1", "--yes"),
    "doctor": ("doctor", "--fix"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_after_the_time_it_is_5(name: str, command: Run, data: DataDir) -> None:
    with held(data.root) as holder:
        done = command(*COMMANDS[name], "--wait=0.5", "--data-dir", data.root)
        assert done.returncode == 5, done.stderr
        assert f"process {holder.pid}) after 0.5 s of waiting" in done.stderr
        holder.communicate("")


def test_without_waiting_it_is_5_at_once(command: Run, data: DataDir) -> None:
    with held(data.root) as holder:
        done = command(*COMMANDS["reparse"], "--data-dir", data.root)
        assert done.returncode == 5, done.stderr
        assert done.stderr.endswith(f"(process {holder.pid})\n")
        holder.communicate("")


@pytest.mark.parametrize(("name", "wait"), [("reparse", "--wait"), ("doctor", "--wait=60"), ("crawl", "--wait")])
def test_it_goes_on_when_the_other_ends(name: str, wait: str, data: DataDir, tmp_path: Path) -> None:
    with held(data.root) as holder:
        words = [sys.executable, "-m", "newsharvest", *COMMANDS[name], wait, "--data-dir", str(data.root)]
        with subprocess.Popen(
            words,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": str(REPO)},
        ) as waiting:
            time.sleep(3)
            assert waiting.poll() is None, "it did not wait"
            holder.communicate("")
            out, error = waiting.communicate(timeout=60)
    codes = {"reparse": 0, "doctor": 0, "crawl": 3}  # without the demo's server nothing is asked for
    assert waiting.returncode == codes[name], out + error
    if name == "reparse":
        assert len(Store(data).rows("observations")) == 3
