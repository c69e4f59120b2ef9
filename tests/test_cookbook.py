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


@pytest.fixture(scope="session")
def kitchen(demo_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data dir of its own: recipes may write, and later ones read it (tests of other modules come between)."""
    folder = tmp_path_factory.mktemp("cookbook")
    shutil.copytree(demo_data, folder / "data")
    return folder


@pytest.mark.filterwarnings("error::FutureWarning")
@pytest.mark.parametrize("recipe", [r for r in recipes() if r.language in RUN], ids=lambda recipe: recipe.name)
def test_recipe(
    recipe: Recipe, kitchen: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A recipe may use what one before it made."""
    monkeypatch.chdir(kitchen)
    monkeypatch.delenv("NEWSHARVEST_DATA", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if recipe.language == "sh":
        subprocess.run(["bash", "-euc", recipe.text], check=True, timeout=120)
    else:
        exec(compile(recipe.text, recipe.name, "exec"), {"__name__": "recipe"})
    assert capfd.readouterr().out.strip(), "a recipe shows something"


def test_only_what_cannot_be_run_here_is_not_run() -> None:
    assert {recipe.language for recipe in recipes()} - RUN == {"r"}
    assert len([recipe for recipe in recipes() if recipe.language in RUN]) >= 15
