"""The notebooks run on the bundled sample, print what they are committed with, and draw Korean."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from newsharvest import plotting
from tests.conftest import REPO

NOTEBOOKS = sorted((REPO / "notebooks").glob("*.ipynb"))


def run(path: Path, folder: Path) -> Any:
    """A notebook after its cells ran in a folder of their own."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    return notebook


def shown(notebook: Any) -> list[list[str]]:
    """What each code cell shows as text: tables and printed lines; of a figure, that it is one."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [[text for output in cell.outputs for text in _texts(output)] for cell in cells]


def _texts(output: Any) -> list[str]:
    if output.output_type == "stream":
        return [f"{output.name}: {output.text}"]
    return [output.data["text/plain"], *("a picture" for kind in output.data if kind == "image/png")]


def test_there_are_four() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01-quick-start",
        "02-weather-map",
        "03-press-releases",
        "04-data-quality",
    ]


@pytest.mark.xdist_group("notebooks")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_shows_what_it_is_committed_with(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    korean_font()
    monkeypatch.setenv("PYTHONPATH", str(REPO))
    monkeypatch.delenv("NEWSHARVEST_DATA", raising=False)
    found = shown(run(path, tmp_path))
    assert found == shown(nbformat.read(path, as_version=4))
    assert [text for cell in found for text in cell if text.startswith("stderr")] == []


def test_the_notebooks_have_pictures() -> None:
    pictures = {path.stem: sum("a picture" in cell for cell in shown(nbformat.read(path, 4))) for path in NOTEBOOKS}
    assert {name: count > 0 for name, count in pictures.items()} == {
        "01-quick-start": True, "02-weather-map": True, "03-press-releases": True, "04-data-quality": False,
    }  # fmt: skip


def korean_font() -> str:
    """The font that plots use. In CI its absence is a failure: `make system` installs one."""
    try:
        return plotting.use_korean_font()
    except plotting.FontMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


def test_no_glyph_is_missing(tmp_path: Path) -> None:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.use("Agg")
    text = "전남광주통합특별시 −3.2℃ ㈜ ㎡ · ㆍ “따옴표” 뷁 똠방각하"
    with warnings.catch_warnings(record=True) as before:
        warnings.simplefilter("always")
        with plt.rc_context({"font.family": ["DejaVu Sans"]}):
            plt.figure().text(0, 0, text)
            plt.savefig(tmp_path / "before.png")
    assert any("missing from font" in str(found.message) for found in before), "the check itself sees missing glyphs"
    with warnings.catch_warnings(record=True) as after, plt.rc_context():
        warnings.simplefilter("always")
        korean_font()
        plt.figure().text(0, 0, text)
        plt.savefig(tmp_path / "after.png")
    assert [str(found.message) for found in after] == []


def test_without_a_korean_font_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotting, "FONTS", ("No Such Font",))
    with pytest.raises(plotting.FontMissingError, match="fonts-nanum"):
        plotting.use_korean_font()
