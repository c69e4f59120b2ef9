"""Re-parse and rebuild of files that are not in the archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from tests.conftest import frames

Run = Callable[..., Any]
TICKER = "2026.03.0{day} (월)\n맑음속초8.{day}℃\n비전주6.3℃\n흐림서울-1.0℃\n"


def folder(root: Path) -> Path:
    (root / "pages").mkdir()
    for day in (1, 2):
        (root / "pages" / f"{day}.txt").write_text(TICKER.format(day=day), encoding="utf-8")
    return root / "pages"


def test_a_rebuild_reads_re_parsed_paths_again(command: Run, tmp_path: Path) -> None:
    pages = folder(tmp_path)
    assert command("reparse", pages, "--data-dir", "d", "--fetched-at", "2026-03-02").returncode == 0
    before = frames(tmp_path / "d")
    assert len(before["observations"]) == 6
    assert command("reparse", "--data-dir", "d").returncode == 0
    assert frames(tmp_path / "d") == before


def test_a_rebuild_refuses_to_lose_rows(command: Run, tmp_path: Path) -> None:
    pages = folder(tmp_path)
    assert command("reparse", pages, "--data-dir", "d").returncode == 0
    before = frames(tmp_path / "d")
    (pages / "1.txt").unlink()
    refused = command("reparse", "--data-dir", "d")
    assert refused.returncode == 4
    assert "2 files at" in refused.stderr
    assert frames(tmp_path / "d") == before
    assert command("reparse", "--data-dir", "d", "--forget-missing").returncode == 0
    assert len(pd.read_parquet(tmp_path / "d/datasets/observations")) == 3
    assert command("reparse", "--data-dir", "d").returncode == 0


def test_files_at_once_one_by_one_and_in_any_order(command: Run, tmp_path: Path) -> None:
    pages = folder(tmp_path)
    command("reparse", pages / "1.txt", pages / "2.txt", "--data-dir", "one")
    for name in ("2.txt", "1.txt", "2.txt"):
        assert command("reparse", pages / name, "--data-dir", "two", "--jobs", "2").returncode == 0
    assert frames(tmp_path / "one") == frames(tmp_path / "two")


def test_the_time_a_file_states_and_the_one_given(command: Run, tmp_path: Path) -> None:
    """Never the file's mtime, never now."""
    stated = (
        "<!-- saved from url=(0019)http://www.x.test/1 -->\n<html><body><p>2026.03.02 (월)</p><ul>{}</ul></body></html>"
    )
    entries = "".join(f"<li>{entry}</li>" for entry in ("맑음속초8.2℃", "비전주6.3℃", "흐림서울-1.0℃"))
    (tmp_path / "a.html").write_text(stated.format(entries), encoding="utf-8")
    assert command("reparse", "a.html", "--data-dir", "d").returncode == 0
    bulletin = pd.read_parquet(tmp_path / "d/datasets/bulletins").iloc[0]
    assert (bulletin["source"], bulletin["url"], pd.isna(bulletin["fetched_at"])) == (
        "x_test",
        "http://www.x.test/1",
        True,
    )
