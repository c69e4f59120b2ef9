"""Re-parsing on a real Dask cluster on loopback: the same datasets as in one process and in two, a worker killed or not."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from newsharvest import cluster, operations, parsing, shards, versions
from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.demo import truth
from newsharvest.demo.site import Site
from newsharvest.files import DataDir
from newsharvest.shards import Part, Shard
from tests import saved_copies as copies
from tests.conftest import REPO, frames

PAGES = 36
ENV = {**os.environ, "PYTHONPATH": str(REPO), "DASK_DISTRIBUTED__ADMIN__TICK__LIMIT": "60s"}


@contextmanager
def started(*words: str, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Dask, ended with the block."""
    with (cwd / f"{words[0]}-{time.monotonic_ns()}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=cwd, env=ENV, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def worker(address: str, cwd: Path) -> list[str]:
    """Without a nanny, which would start it anew: a killed worker stays away."""
    return ["worker", address, "--host", "127.0.0.1", "--no-nanny", "--nthreads", "1", "--no-dashboard",
            "--local-directory", str(cwd), "--memory-limit", "0", "--death-timeout", "60"]  # fmt: skip


@contextmanager
def running(cwd: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and its workers."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        address = f"tcp://127.0.0.1:{free_port()}"
        port = address.rpartition(":")[2]
        stack.enter_context(started("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", cwd=cwd))
        yield address, [stack.enter_context(started(*worker(address, cwd), cwd=cwd)) for _ in range(workers)]


@pytest.fixture(scope="module")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages of the demo site in files of six, and a saved page."""
    folder, site = tmp_path_factory.mktemp("warcs"), Site(1)
    chosen = [t for t in truth.articles(1) if not t.gone][:: len(truth.articles(1)) // PAGES][:PAGES]
    for at in range(0, len(chosen), 6):
        writer = ArchiveWriter(folder, f"20260302T0321{at:02d}Z-0000aa")
        for true in chosen[at : at + 6]:
            host, _, path = true.url.removeprefix("http://").partition("/")
            answer = site.respond(host, f"/{path}")
            writer.append([response_draft(true.url, 200, "OK", list(answer.headers.items()), answer.body, copies.AT)])
        writer.close()
    (folder / "saved.html").write_bytes(copies.browser(copies.original(1)))
    return sorted(folder.iterdir())


def test_equal_datasets_from_one_process_two_and_a_cluster_whose_worker_is_killed(
    warcs: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = DataDir(tmp_path / "one")
    operations.add(one, warcs, 1)
    wanted = frames(one.root)
    assert len(wanted["articles"]) >= 36
    operations.add(DataDir(tmp_path / "two"), warcs, 2)
    assert frames(tmp_path / "two") == wanted
    killed: list[int] = []
    with running(tmp_path) as (address, workers):

        def killing(work: list[Shard], jobs: int) -> Iterator[Part]:
            for number, part in enumerate(cluster.parts(address, work, jobs)):
                if number == 1:
                    os.kill(workers[0].pid, signal.SIGKILL)
                    killed.append(workers[0].wait())
                yield part

        operations.add(DataDir(tmp_path / "killed"), warcs, 1, run=killing)
        assert killed == [-signal.SIGKILL]
        assert frames(tmp_path / "killed") == wanted
        rebuilt = operations.rebuild_all(DataDir(tmp_path / "killed"), 1, partial(cluster.parts, address))
        assert rebuilt.report.pages == len(wanted["articles"])
        assert frames(tmp_path / "killed") == wanted
        refuse_what_would_differ(address, warcs, monkeypatch)


def refuse_what_would_differ(address: str, warcs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker with another parser is told of before anything is parsed."""
    monkeypatch.setattr(versions, "parser_version", lambda: -1)
    with pytest.raises(cluster.ClusterError, match="another parser version: install the same newsharvest"):
        list(cluster.parts(address, [Shard((warcs[0],), shards.WARC)], 1))


def test_a_thread_of_a_worker_has_one_process_for_all_its_shards(
    warcs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another only where a page took it down."""
    real, started = parsing._started, []
    monkeypatch.setattr(parsing, "_started", lambda: started.append(1) or real())
    [first, second] = [Shard((path,), shards.WARC, 0, path.stat().st_size) for path in warcs[:2]]
    monkeypatch.setattr(cluster, "_OWN", threading.local())
    try:
        pages = [cluster.parse_apart(shard).pages for shard in (first, second, first)]
        assert (pages, len(started)) == ([6, 6, 6], 1)
        process = cluster._process()._process
        assert process is not None
        process.kill()
        process.wait()
        assert cluster.parse_apart(second).pages == 6
        assert len(started) >= 2
    finally:
        cluster._process().close()


def test_no_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 1)
    with pytest.raises(cluster.ClusterError, match=r"no scheduler answers at tcp://127\.0\.0\.1"):
        list(cluster.parts(f"tcp://127.0.0.1:{free_port()}", [Shard((Path("a"),), shards.WARC)], 1))


def test_no_work_needs_no_cluster() -> None:
    assert list(cluster.parts("tcp://127.0.0.1:1", [], 1)) == []
