"""Snapshots stay what they were, whatever the data dir goes through."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import newsharvest as nh
from newsharvest.files import DataDir
from newsharvest.snapshot import SnapshotError, digest_of, freeze, problems, snapshots
from tests.conftest import frames

pytestmark = pytest.mark.xdist_group("report")
AT = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
Command = Callable[..., Any]


@pytest.fixture
def data(demo_data: Path, tmp_path: Path) -> DataDir:
    shutil.copytree(demo_data, tmp_path / "data")
    return DataDir(tmp_path / "data")


def test_later_crawls_and_a_rebuild_leave_it_as_it_was(data: DataDir, command: Command) -> None:
    before = frames(data.root)
    made = freeze(data, "2026-봄", AT)
    assert frames(made.folder) == before
    for words in (("demo", "--day", "3"), ("reparse",)):
        done = command(*words, "--data-dir", data.root)
        assert done.returncode in (0, 3), done.stderr
    assert len(pd.read_parquet(data.datasets / "articles")) > len(before["articles"])
    assert frames(made.folder) == before
    assert problems(data, "2026-봄") == []
    assert len(nh.articles(data_dir=made.folder)) == len(before["articles"]) == made.rows["articles"]


def test_it_costs_no_space_until_the_data_move_on(data: DataDir) -> None:
    made = freeze(data, "first", AT)
    file = next((made.folder / "datasets" / "articles").rglob("*.parquet"))
    assert file.stat().st_nlink == 2


def test_the_citation_names_the_data_and_equal_data_have_an_equal_digest(data: DataDir) -> None:
    first, second = freeze(data, "first", AT), freeze(data, "second", AT)
    assert first.digest == second.digest
    assert first.citation == (
        f"newsharvest snapshot first, 2026-03-05, sha256 {first.digest}, newsharvest {first.facts['version']}, "
        f"parser version {first.facts['parser_version']}"
    )
    assert [found.name for found in snapshots(data)] == ["first", "second"]
    assert digest_of({"a": "1"}) != digest_of({"a": "2"}) != digest_of({"b": "2"})


def test_damage_is_found(data: DataDir, command: Command) -> None:
    made = freeze(data, "first", AT)
    stations = made.folder / "datasets" / "stations" / "part-0.parquet"
    whole = stations.read_bytes()
    stations.unlink()
    assert problems(data, "first") == ["datasets/stations/part-0.parquet is missing"]
    stations.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    assert problems(data, "first") == ["datasets/stations/part-0.parquet was changed"]
    done = command("snapshot", "first", "--verify", "--data-dir", data.root)
    assert done.returncode == 4
    assert "stations/part-0.parquet was changed" in done.stderr


def test_a_name_is_never_used_twice_and_never_a_path(data: DataDir, command: Command) -> None:
    freeze(data, "first", AT)
    with pytest.raises(SnapshotError, match="never overwritten"):
        freeze(data, "first", AT)
    for name in ("../out", ".hidden", "a/b", ""):
        with pytest.raises(SnapshotError, match="no name for a snapshot"):
            freeze(data, name, AT)
    done = command("snapshot", "secnod", "--verify", "--data-dir", data.root)
    assert (done.returncode, "there are: first" in done.stderr) == (2, True)


def test_what_a_killed_attempt_left_is_no_snapshot(data: DataDir) -> None:
    left = data.root / "snapshots" / ".first.new" / "datasets"
    left.mkdir(parents=True)
    (left / "half").write_text("x")
    assert snapshots(data) == []
    made = freeze(data, "first", AT)
    assert not left.exists()
    assert not (made.folder / "datasets" / "half").exists()


def test_a_forgotten_article_leaves_snapshots_too_and_verifying_says_so(data: DataDir, command: Command) -> None:
    done = command("snapshot", "first", "--json", "--data-dir", data.root)
    assert done.returncode == 0, done.stderr
    folder = Path(json.loads(done.stdout)["folder"])
    row = nh.articles(data_dir=data.root, columns=["outlet_id", "article_id"]).iloc[3]
    assert (
        command(
            "forget", "--article", f"{row['outlet_id']}/{row['article_id']}", "--yes", "--data-dir", data.root
        ).returncode
        == 0
    )
    for name in ("articles", "revisions"):
        kept = pd.read_parquet(folder / "datasets" / name, columns=["article_id", "outlet_id"])
        assert not ((kept["outlet_id"] == row["outlet_id"]) & (kept["article_id"] == row["article_id"])).any()
        assert len(kept) == 342
    assert problems(data, "first") == ["articles were forgotten since: it is no longer the data that its digest names"]
