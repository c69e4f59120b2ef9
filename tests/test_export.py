"""Exports: what a spreadsheet and a Parquet reader get, what stays out, and that forgetting reaches them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import newsharvest as nh
from newsharvest.export import TEXTS, ExportError, Wanted, export, flat_column
from newsharvest.files import DataDir, Export
from newsharvest.schema import DATASETS
from tests.conftest import PAGES

pytestmark = pytest.mark.xdist_group("report")
AT = datetime(2026, 3, 5, 3, 0, tzinfo=UTC)
Command = Callable[..., Any]


@pytest.fixture
def data(demo_data: Path, tmp_path: Path) -> DataDir:
    shutil.copytree(demo_data, tmp_path / "data")
    return DataDir(tmp_path / "data")


def test_csv_opens_in_a_spreadsheet_and_holds_every_row_but_no_text(data: DataDir, tmp_path: Path) -> None:
    made = export(data, tmp_path / "out", Wanted(), AT)
    raw = (tmp_path / "out" / "articles.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    found = pd.read_csv(tmp_path / "out" / "articles.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    wanted = nh.articles(data_dir=data.root).sort_values(["outlet_id", "article_id"], ignore_index=True)
    found = found.sort_values(["outlet_id", "article_id"], ignore_index=True)
    assert list(found.columns) == [c.name for c in DATASETS["articles"].columns if c.name not in TEXTS["articles"]]
    assert found["title"].tolist() == wanted["title"].tolist()
    assert found["published_at"].tolist() == wanted["published_at"].dt.strftime("%Y-%m-%d %H:%M:%S").fillna("").tolist()
    assert found["authors"].tolist() == [" | ".join(names) for names in wanted["authors"]]
    assert made.files["articles.csv"].rows == len(wanted) == 343
    body = wanted["body"].dropna().iloc[0].splitlines()[0]
    assert body.encode() not in raw


def test_parquet_equals_the_dataset_without_its_texts(data: DataDir, tmp_path: Path) -> None:
    export(data, tmp_path / "out", Wanted(("articles", "observations"), "parquet"), AT)
    for name in ("articles", "observations"):
        found = pd.read_parquet(tmp_path / "out" / f"{name}.parquet")
        wanted = pd.read_parquet(data.datasets / name).drop(columns=["month"], errors="ignore")
        wanted = wanted.drop(columns=list(TEXTS.get(name, ())))[list(found.columns)]
        key = list(DATASETS[name].key)
        left, right = (frame.astype({"outlet_id": str} if name == "articles" else {}).sort_values(key, ignore_index=True)
                       for frame in (found, wanted))  # fmt: skip
        pd.testing.assert_frame_equal(left, right)


def test_texts_only_when_asked_for(data: DataDir, tmp_path: Path) -> None:
    export(data, tmp_path / "out", Wanted(("articles",), "parquet", texts=True), AT)
    found = pd.read_parquet(tmp_path / "out" / "articles.parquet", columns=["body"])["body"].dropna()
    assert sorted(found) == sorted(nh.articles(data_dir=data.root, columns=["body"])["body"].dropna())
    assert "`--texts`" in (tmp_path / "out" / "NOTICE.md").read_text("utf-8")


def test_only_some_outlets_and_days(data: DataDir, tmp_path: Path) -> None:
    since, until = datetime(2026, 2, 20, tzinfo=UTC), datetime(2026, 2, 25, tzinfo=UTC)
    made = export(data, tmp_path / "out", Wanted(("articles",), outlets=("demo_noeul",), since=since, until=until), AT)
    wanted = nh.articles("demo_noeul", since=since, until=until, data_dir=data.root, columns=["title"])
    assert made.files["articles.csv"].rows == len(wanted) > 0


def test_articles_that_reserve_data_mining_can_be_left_out(command: Command, tmp_path: Path) -> None:
    page = (PAGES / "demo_haeram" / "current_paragraphs.html").read_text("utf-8")
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "plain.html").write_text(page, encoding="utf-8")
    reserved = page.replace("<head>", '<head><meta name="tdm-reservation" content="1">').replace("idxno=", "idxno=9")
    (tmp_path / "pages" / "reserved.html").write_text(reserved, encoding="utf-8")
    command("reparse", tmp_path / "pages", "--data-dir", tmp_path / "data")
    data = DataDir(tmp_path / "data")
    flags = nh.articles(data_dir=data.root, columns=["flags"])["flags"]
    assert sorted("tdm_reserved" in found for found in flags) == [False, True]
    assert export(data, tmp_path / "all", Wanted(("articles",)), AT).files["articles.csv"].rows == 2
    assert export(data, tmp_path / "some", Wanted(("articles",), reserved=False), AT).files["articles.csv"].rows == 1


def test_formulas_are_text_to_a_spreadsheet() -> None:
    column = pa.chunked_array([["=cmd|' /C calc'!A0", "+82", "-속보", "@user", "3.2", None, "제목 = 부제"]])
    assert flat_column(column).to_pylist() == [
        "'=cmd|' /C calc'!A0", "'+82", "'-속보", "'@user", "3.2", None, "제목 = 부제",
    ]  # fmt: skip
    assert flat_column(pa.chunked_array([[-3.2, None]])).to_pylist() == [-3.2, None]


def test_the_notice_says_what_there_is_and_whose_it_is(data: DataDir, tmp_path: Path) -> None:
    export(data, tmp_path / "out", Wanted(), AT)
    text = (tmp_path / "out" / "NOTICE.md").read_text("utf-8")
    for part in (
        "| articles.csv | articles | 343 |",
        "articles: body, captions, subtitle",
        "기상청",
        "무단 전재",
        "parser version",
    ):
        assert part in text


def test_what_cannot_be_exported_is_told(data: DataDir, tmp_path: Path, command: Command) -> None:
    with pytest.raises(ExportError, match="no dataset 'article': there are articles"):
        export(data, tmp_path / "out", Wanted(("article",)), AT)
    (tmp_path / "taken").mkdir()
    done = command("export", tmp_path / "taken", "--data-dir", data.root)
    assert (done.returncode, "name a new folder" in done.stderr) == (2, True)
    assert list((tmp_path / "taken").iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_forgotten_article_leaves_exports_too(data: DataDir, command: Command, tmp_path: Path, form: str) -> None:
    done = command("export", tmp_path / "out", "--data-dir", data.root, "--format", form, "--dataset", "articles")
    assert done.returncode == 0, done.stderr
    row = nh.articles(data_dir=data.root, columns=["outlet_id", "article_id", "title"]).iloc[7]
    name = f"{row['outlet_id']}/{row['article_id']}"
    before = Export.load(tmp_path / "out").files[f"articles.{form}"]
    done = command("forget", "--article", name, "--yes", "--data-dir", data.root)
    assert done.returncode == 0, done.stderr
    after = Export.load(tmp_path / "out").files[f"articles.{form}"]
    assert (before.rows, after.rows) == (343, 342)
    assert before.sha256 != after.sha256
    if form == "csv":
        text = (tmp_path / "out" / "articles.csv").read_text("utf-8-sig")
        assert f"idxno={row['article_id']}" not in text
    else:
        kept = pd.read_parquet(tmp_path / "out" / "articles.parquet", columns=["outlet_id", "article_id"])
        assert not ((kept["outlet_id"] == row["outlet_id"]) & (kept["article_id"] == row["article_id"])).any()
