"""Every recipe of docs/cookbook.md runs, from top to bottom, as a reader would run it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPO

pytestmark = pytest.mark.xdist_group("report")
COOKBOOK = (REPO / "docs" / "cookbook.md").read_text(encoding="utf-8")
RUN = {"python", "sh"}


@dataclass(frozen=True, slots=True)
class Recipe:
    """One block: its language, its text, and the headline above it with its number below that."""

    language: str
    text: str
    name: str


def recipes() -> list[Recipe]:
    found: list[Recipe] = []
    title = ""
    for headline, language, text in re.findall(
        r"^#+ ([^\n]*)$|^```(\w+)\n(.*?)^```$", COOKBOOK, re.MULTILINE | re.DOTALL
    ):
        if headline:
            title = headline
        else:
            number = sum(recipe.name.startswith(title) for recipe in found) + 1
            found.append(Recipe(language, text, f"{title} {number}"))
    return found


@pytest.fixture
def kitchen(demo_data: Path, tmp_path: Path) -> Path:
    """A folder with a data dir of its own: recipes may write."""
    shutil.copytree(demo_data, tmp_path / "data")
    return tmp_path


@pytest.mark.filterwarnings("error::FutureWarning")
def test_every_recipe_runs_from_top_to_bottom(
    kitchen: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One test for all: a recipe may use what one before it made."""
    monkeypatch.chdir(kitchen)
    monkeypatch.delenv("NEWSHARVEST_DATA", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    for recipe in (recipe for recipe in recipes() if recipe.language in RUN):
        if recipe.language == "sh":
            done = subprocess.run(["bash", "-euc", recipe.text], timeout=120)
            assert done.returncode == 0, f"{recipe.name}: {capfd.readouterr().err}"
        else:
            exec(compile(recipe.text, recipe.name, "exec"), {"__name__": "recipe"})
        assert capfd.readouterr().out.strip(), f"{recipe.name} shows nothing"


def test_only_what_cannot_be_run_here_is_not_run() -> None:
    assert {recipe.language for recipe in recipes()} - RUN == {"r"}
    assert len([recipe for recipe in recipes() if recipe.language in RUN]) >= 15
