"""What several tests share."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from newsharvest import registry

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared"
PAGES = REPO / "tests" / "pages"


LONG_RUNS = {"kills": 200, "rounds": 50, "reads": 5_000, "commits": 1_000, "requests": 20_000, "fuzz": 20_000}
"""How often `make torture` does what, by option: ``--kills 1000``."""


def pytest_addoption(parser: pytest.Parser) -> None:
    for name, number in LONG_RUNS.items():
        parser.addoption(f"--{name}", type=int, default=number, help=f"of the long fault tests, {number} by default")


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of this process connects to anything but loopback."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "unix"
        if host not in {"127.0.0.1", "::1", "localhost", "unix"}:
            raise AssertionError(f"a test connects to {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


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
            env={**os.environ, "PYTHONPATH": str(REPO), "COLUMNS": "160", **(env or {})}, **more,
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
            capture_output=True, text=True, timeout=180, env={**os.environ, "PYTHONPATH": str(REPO)},
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
