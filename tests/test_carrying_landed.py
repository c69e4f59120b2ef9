"""A redesign that hides fields, landed: the datasets show the article once, whole, in any order of commits."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from newsharvest.files import DataDir, file_of
from newsharvest.schema import Row
from newsharvest.store import Store
from tests.test_carrying import T0, page


def landed(root: Path, pages: tuple[Row, ...]) -> DataDir:
    data = DataDir(root)
    data.create()
    store = Store(data)
    for each in pages:
        row = each | {"fetched_at": each["fetched_at"], "outlet_id": "x"}
        version = {name: value for name, value in row.items() if name != "gone_at"}
        store.commit(
            {("articles", file_of("articles", row)): [row], ("revisions", file_of("revisions", version)): [version]}
        )
    return data


def shown(data: DataDir, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ds.dataset(data.datasets / name, partitioning="hive").to_table().to_pylist()
    return sorted(rows, key=lambda row: row["first_seen_at"])


PAGES = (page(1, "old"), page(2, "new", byline=None), page(3, "new", byline=None, title="쉼터 두 곳 열어"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_any_order_of_commits_shows_the_same(order: tuple[int, ...], tmp_path: Path) -> None:
    data = landed(tmp_path / "data", tuple(PAGES[place] for place in order))
    (article,) = shown(data, "articles")
    assert (article["title"], article["byline_raw"], article["flags"]) == (
        "쉼터 두 곳 열어",
        "나하늘 기자",
        ["carried_over"],
    )
    assert dict(article["extractors"])["byline_raw"] == "carried:old:head"
    assert article["first_seen_at"] == T0.astimezone(article["first_seen_at"].tzinfo) + (PAGES[0]["fetched_at"] - T0)
    versions = [(row["title"], row["byline_raw"]) for row in shown(data, "revisions")]
    assert versions == [("쉼터 문 열어", "나하늘 기자"), ("쉼터 두 곳 열어", "나하늘 기자")]


def test_all_at_once_shows_the_same_as_one_by_one(tmp_path: Path) -> None:
    one = landed(tmp_path / "one", PAGES)
    store = Store(DataDir(tmp_path / "all"))
    store.data.create()
    rows = {
        name: [{k: v for k, v in each.items() if name == "articles" or k != "gone_at"} for each in PAGES]
        for name in ("articles", "revisions")
    }
    store.commit({(name, file_of(name, of[0])): of for name, of in rows.items()})
    for name in rows:
        assert shown(store.data, name) == shown(one, name)
