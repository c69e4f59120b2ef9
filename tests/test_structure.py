"""What the structure promises: arrows, sizes, whose `pipelines` is imported."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

SOURCES = [p for folder in ("newsharvest", "pipelines", "benchmarks") for p in sorted((REPO / folder).rglob("*.py"))]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    return subprocess.run(
        words, cwd=folder, capture_output=True, text=True, env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"}
    )


def test_the_arrows_hold() -> None:
    done = lint_imports(REPO)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


def test_an_arrow_against_the_design_is_found(tmp_path: Path) -> None:
    """The contract can fail: weather may not import the store."""
    import shutil

    for folder in ("newsharvest", "pipelines"):
        shutil.copytree(REPO / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    (tmp_path / "newsharvest" / "weather" / "bad.py").write_text("from newsharvest import store\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1, done.stdout
    assert "newsharvest.weather.bad -> newsharvest.store" in done.stdout


def limit(path: Path) -> int:
    """About 150 lines in pipelines/ and cms/, 400 elsewhere."""
    parts = path.relative_to(REPO).parts
    return 155 if parts[0] == "pipelines" or "cms" in parts else 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(REPO)))
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= limit(path)
    long = [
        (node.name, node.end_lineno - node.lineno + 1)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno >= 40
    ]
    assert long == []


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A package of that name that is not ours, where Python finds it first."""
    (tmp_path / "site" / "pipelines").mkdir(parents=True)
    (tmp_path / "site" / "pipelines" / "__init__.py").write_text("")
    return tmp_path / "site"


def test_a_foreign_pipelines_package_is_named(command: Callable[..., Any], tmp_path: Path, foreign: Path) -> None:
    (tmp_path / "t.txt").write_text("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n", encoding="utf-8")
    done = command("reparse", "t.txt", "--data-dir", "d", env={"PYTHONPATH": f"{foreign}:{REPO}"})
    assert done.returncode == 2, done.stderr
    assert str(foreign / "pipelines") in done.stderr
    assert "Traceback" not in done.stderr
    crawl = subprocess.run(
        [sys.executable, "-P", "-m", "scrapy", "crawl", "outlets", "-a", "outlet=demo_noeul", "-s", f"NEWSHARVEST_DATA={tmp_path}/d"],
        cwd=REPO, capture_output=True, text=True, env={"PYTHONPATH": f"{foreign}:{REPO}", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert crawl.returncode != 0
    assert str(foreign / "pipelines") in crawl.stderr
