"""`newsharvest diff`: rows and values added, lost and changed, with examples; exit 3 where something was lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsharvest.diff import compare
from newsharvest.files import DataDir
from newsharvest.items import Article, Source
from newsharvest.store import Collector, Store

Run = Callable[..., Any]
T0 = datetime(2026, 3, 2, tzinfo=UTC)


def write(root: Path, **articles: tuple[str | None, str | None]) -> DataDir:
    """A data dir of articles: name → (title, subtitle)."""
    data, collector = DataDir(root), Collector()
    data.create()
    for number, (title, subtitle) in articles.items():
        source = Source(url=f"http://x.test/{number}", fetched_at=T0)
        collector.add(Article("x", number.strip("n"), source, title=title, subtitle=subtitle, paragraphs=["본문"]))
    Store(data).commit(collector.take())
    return data


@pytest.fixture
def sides(tmp_path: Path) -> tuple[DataDir, DataDir]:
    old = write(
        tmp_path / "old", n1=("맑은 날", "부제"), n2=("그대로", None), n3=("사라진다", None), n90001=("같다", None)
    )
    new = write(
        tmp_path / "new", n1=("흐린 날", None), n2=("그대로", "생겼다"), n4=("왔다", None), n90001=("같다", None)
    )
    return old, new


def test_rows_and_values(sides: tuple[DataDir, DataDir]) -> None:
    found = compare(*sides).datasets["articles"]
    assert (found.before, found.after, found.added, found.lost, found.changed) == (4, 4, 1, 1, 2)
    assert (found.added_keys, found.lost_keys) == ([("x", "4")], [("x", "3")])
    counts = {name: (f.gained, f.lost, f.changed) for name, f in found.fields.items()}
    assert counts == {"title": (0, 0, 1), "subtitle": (1, 1, 0), "content_hash": (0, 0, 2)}
    title = found.fields["title"].examples[0]
    assert (title.key, title.before, title.after) == (("x", "1"), "맑은 날", "흐린 날")


def test_exit_codes_terminal_json_and_page(sides: tuple[DataDir, DataDir], command: Run, tmp_path: Path) -> None:
    done = command("diff", "old", "new", "--html", "d.html")
    assert done.returncode == 3, done.stderr
    assert "- 맑은 날" in done.stdout
    assert "+ 흐린 날" in done.stdout
    page = (tmp_path / "d.html").read_text(encoding="utf-8")
    assert "<del>맑은</del> 날" in page
    assert "<ins>흐린</ins> 날" in page
    assert "http://" not in page.replace("http://x.test", "")
    plain = json.loads(command("diff", "old", "new", "--json").stdout)
    assert plain["datasets"]["articles"]["fields"]["subtitle"]["lost"] == 1
    same = command("diff", "old", "old")
    assert same.returncode == 0
    assert command("diff", "old", "nowhere").returncode == 2


def test_gains_alone_are_no_loss(tmp_path: Path) -> None:
    old, new = write(tmp_path / "a", n1=("제목", None)), write(tmp_path / "b", n1=("제목", "부제"), n2=("새 글", None))
    assert not compare(old, new).loses
    assert compare(new, old).loses


def test_runs_are_listed(command: Run, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("2026.03.02 (월)\n맑음속초8.2℃\n비전주6.3℃\n흐림서울-1.0℃\n", encoding="utf-8")
    assert command("reparse", "t.txt", "--data-dir", "d").returncode == 0
    (run,) = json.loads(command("runs", "--data-dir", "d", "--json").stdout)
    assert (run["command"], run["ended"], run["exit_code"], run["observations"]) == ("reparse", "complete", 0, 3)
    assert run["run_id"] in command("runs", "--data-dir", "d").stdout
