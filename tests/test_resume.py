"""A re-parse that is stopped goes on where it was; one that loses a process loses and repeats no page."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.progress import Progress

from benchmarks import corpus
from newsharvest import chain, reparse, shards, terminal
from newsharvest.files import DataDir
from newsharvest.items import Item
from newsharvest.page import Page
from newsharvest.store import RunLock, Store
from tests.conftest import REPO, frames

Run = Callable[..., Any]
PAGES = 36


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return corpus.archived(corpus.pages(PAGES), tmp_path_factory.mktemp("warc"), "20260302T000000Z-abcdef")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards of some nine pages, parts of four."""
    monkeypatch.setattr(shards, "_SHARD_BYTES", 150_000)
    monkeypatch.setattr(shards, "_ENTRIES_A_PART", 4)


class Stop:
    """Progress that ends the run as Ctrl-C does, after some parts."""

    def __init__(self, parts: int | None) -> None:
        self.left, self.pages, self.bytes, self.expected = parts, 0, 0, 0

    def expect(self, size: int) -> None:
        self.expected = size

    def add(self, pages: int, size: int) -> None:
        self.pages, self.bytes = self.pages + pages, self.bytes + size
        if self.left is not None:
            self.left -= 1
            if not self.left:
                raise SystemExit(130)


def landed(root: Path, path: Path, progress: Stop, jobs: int = 1) -> reparse.Report:
    data = DataDir(root)
    data.create()
    with RunLock(data):
        store = Store(data)
        store.resume()
        return reparse.reparse(store, [path], jobs, progress=progress)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("jobs", "jobs_then"), [(1, 1), (1, 2), (2, 1)])
def test_stopped_and_begun_anew_it_goes_on(tmp_path: Path, warc: Path, jobs: int, jobs_then: int) -> None:
    whole = Stop(None)
    assert landed(tmp_path / "whole", warc, whole, jobs).pages == PAGES
    assert whole.bytes == whole.expected == warc.stat().st_size
    with pytest.raises(SystemExit):
        landed(tmp_path / "d", warc, Stop(9), jobs)
    (entry,) = Store(DataDir(tmp_path / "d")).manifest.unfinished.values()
    assert entry["path"] == str(warc)
    done = sum(end - start for start, end in entry["done"])
    assert done > 0
    rest = Stop(None)
    report = landed(tmp_path / "d", warc, rest, jobs_then)
    assert report.resumed >= 1
    assert rest.expected == warc.stat().st_size - done
    assert rest.pages < PAGES
    assert rest.bytes == rest.expected < warc.stat().st_size
    assert frames(tmp_path / "d") == frames(tmp_path / "whole")
    assert Store(DataDir(tmp_path / "d")).manifest.unfinished == {}


@pytest.mark.usefixtures("small")
def test_a_file_that_changed_is_read_from_its_beginning(tmp_path: Path, warc: Path) -> None:
    own = tmp_path / warc.name
    own.write_bytes(warc.read_bytes())
    with pytest.raises(SystemExit):
        landed(tmp_path / "d", own, Stop(7))
    os.utime(own, (1, 1))
    report = landed(tmp_path / "d", own, Stop(None))
    assert (report.resumed, report.pages) == (0, PAGES)
    assert report.discarded == [f"{own} or how it is read has changed since"]


@pytest.mark.usefixtures("small")
def test_a_process_that_dies_within_a_shard_repeats_no_page(
    tmp_path: Path, warc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parts it gave stand, the pages behind them are parsed one by one, and the page that killed it is counted."""
    fatal, real = corpus.pages(PAGES)[6].url, chain.harvest

    def deadly(page: Page, known: Any) -> list[Item]:
        if page.url == fatal:
            os._exit(9)
        return real(page, known)

    monkeypatch.setattr(chain, "harvest", deadly)
    report = landed(tmp_path / "d", warc, Stop(None))
    # The worker of single pages is a new interpreter, where nothing is patched: the page is read there.
    assert report.pages == PAGES
    assert len(frames(tmp_path / "d")["articles"]) == PAGES


def test_a_real_signal(tmp_path: Path, warc: Path, command: Run) -> None:
    words = [sys.executable, "-m", "newsharvest", "reparse", str(warc), "--data-dir", "d", "--jobs", "2"]
    process = subprocess.Popen(
        words, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(REPO)}, stdout=subprocess.DEVNULL
    )
    for _ in range(600):
        if (tmp_path / "d/datasets/_manifest.json").exists() or process.poll() is not None:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in {130, 0}
    assert command("reparse", warc, "--data-dir", "d").returncode == 0
    assert command("reparse", warc, "--data-dir", "whole").returncode == 0
    assert frames(tmp_path / "d") == frames(tmp_path / "whole")


def test_the_bar_tells_pages_pace_and_what_is_left() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=120)
    with terminal.page_bar("re-parse") as quiet:  # no terminal: nothing is printed, nothing raises
        quiet.add(1, 1)
    with Progress(console=screen) as bar:
        told = terminal.PageBar(bar, "re-parse")
        told.expect(1_000)
        told.add(250, 400)
        [task] = bar.tasks
        assert (task.completed, task.total, task.fields["pages"]) == (400, 1_000, "250 pages")
        assert task.fields["pace"].endswith(" pages/s")
