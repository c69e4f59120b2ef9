"""What several tests share."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from newsharvest import registry
from tests import fault_report

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared"
PAGES = REPO / "tests" / "pages"
CHILD_PATH = os.pathsep.join([str(REPO / "tests" / "childguard"), str(REPO)])
"""PYTHONPATH of the processes that tests start: their sockets are watched, too."""
SUITE = "NETWORK_SUITE"


_OWNS = pytest.StashKey[bool]()
LONG_RUNS = {
    "kills": 200, "signals": 20, "rounds": 50, "reads": 5_000, "commits": 1_000, "requests": 20_000, "fuzz": 20_000,
}  # fmt: skip
"""How often `make torture` does what, by option: ``--kills 1000``."""


sys.path.insert(0, str(REPO / "tests" / "childguard"))
import netguard  # noqa: E402 - of the folder that sitecustomize of every child lies in

netguard.install()


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, number in LONG_RUNS.items():
        parser.addoption(f"--{name}", type=int, default=number, help=f"of the long fault tests, {number} by default")


def pytest_configure(config: pytest.Config) -> None:
    """One log of connections for the whole suite: the workers of xdist and all that they start inherit its name."""
    if SUITE not in os.environ:
        os.environ[SUITE] = str(Path(tempfile.mkdtemp(prefix="newsharvest-network-")) / "connections")
        config.stash[_OWNS] = True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """F60: a suite that tried to leave loopback has failed, whatever its tests say."""
    netguard.tell()
    if session.config.stash.get(_OWNS, False) and network()[2]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.stash.get(_OWNS, False):
        processes, connections, forbidden = network()
        fault_report.observed(
            "F60", "the whole suite", "0 connections outside loopback",
            f"{len(forbidden)} of {connections:,} connections of {processes:,} Python processes",
        )  # fmt: skip
        terminalreporter.write_line(
            f"{connections:,} connections of {processes:,} processes, {len(forbidden)} outside loopback"
        )
        for line in forbidden:
            terminalreporter.write_line(line, red=True)


def network() -> tuple[int, int, list[str]]:
    """What the suite's processes wrote down: how many they were, their connections, and the forbidden attempts."""
    path = Path(os.environ[SUITE])
    lines = [line for log in path.parent.glob(f"{path.name}*") for line in log.read_text(encoding="utf-8").splitlines()]
    told = [line.split() for line in lines if line.startswith("process ")]
    forbidden = [line for line in lines if line.startswith("forbidden ")]
    return len({words[1] for words in told}), sum(int(words[2]) for words in told), forbidden


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Every test of a fault says how it ended, where a report is asked for."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        for mark in item.iter_markers("fault"):
            fault_report.ended(mark.args[0], item.nodeid, report.outcome)
    return report


@pytest.fixture(scope="module")
def sample_outlets() -> Iterator[None]:
    """The registry with the made-up papers of the saved pages, and those of a private folder of pages."""
    before = os.environ.get(registry.OWN_FILES)
    private = [
        Path(folder) / "outlets.toml"
        for folder in os.environ.get("NEWSHARVEST_PRIVATE_PAGES", "").split(os.pathsep)
        if folder
    ]
    registry.use_own_outlets(PAGES / "outlets.toml", *(path for path in private if path.exists()))
    yield
    os.environ.pop(registry.OWN_FILES)
    if before is not None:
        os.environ[registry.OWN_FILES] = before
    registry.forget()


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``newsharvest …`` as a user does, in a process of its own, in an empty folder."""

    def run(*arguments: str | Path, env: Mapping[str, str] | None = None, timeout: float = 120, **more: Any) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "newsharvest", *map(str, arguments)],
            cwd=more.pop("cwd", tmp_path), capture_output=True, text=True, timeout=timeout,
            env={**os.environ, "PYTHONPATH": CHILD_PATH, "COLUMNS": "160", **(env or {})}, **more,
        )  # fmt: skip

    return run


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data dir with what `newsharvest demo` crawls and one saved page that is no article. Read only."""
    root = tmp_path_factory.mktemp("demo_data")
    saved = root / "closed.html"
    saved.write_text("<html><body><p>점검 중입니다.</p></body></html>", encoding="utf-8")
    for words, code in ((["demo"], 0), (["reparse", str(saved)], 3)):
        done = subprocess.run(
            [sys.executable, "-m", "newsharvest", *words, "--data-dir", str(root / "data")],
            capture_output=True, text=True, timeout=180, env={**os.environ, "PYTHONPATH": CHILD_PATH},
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
    return root / "data"


def frames(
    data_dir: Path, skip: tuple[str, ...] = ("runs", "fetches", "outlet_runs")
) -> dict[str, list[dict[str, Any]]]:
    """Every row of every dataset of a data dir, as plain readers see them, in the order of the files."""
    import pyarrow.dataset as ds

    found: dict[str, list[dict[str, Any]]] = {}
    for folder in sorted((data_dir / "datasets").iterdir()):
        if folder.is_dir() and not folder.name.startswith("_") and folder.name not in skip:
            table = ds.dataset(folder, format="parquet", partitioning="hive").to_table()
            rows = table.to_pylist()
            found[folder.name] = sorted(rows, key=lambda row: repr(sorted(row.items(), key=lambda kv: kv[0])))
    return found
