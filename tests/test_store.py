"""Commits: plain readers are right, keys never double, orphans stay hidden, schemas migrate, damage is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newsharvest.files import DataDir, Manifest, file_of
from newsharvest.schema import DATASETS
from newsharvest.schema.joining import Row
from newsharvest.store import Batch, DamagedError, LockedError, RunLock, Store

T0 = datetime(2026, 3, 2, tzinfo=UTC)


def article(number: int, hours: int = 0, digest: str | None = "a", outlet: str = "x") -> Row:
    at = T0 + timedelta(hours=hours)
    row: Row = {c.name: ([] if str(c.type).startswith("list") else None) for c in DATASETS["articles"].columns}
    row |= {"outlet_id": outlet, "article_id": str(number), "content_hash": digest, "fetched_at": at}
    row |= {"title": digest and f"제목 {number} {digest}", "parser_version": 1, "extractors": [("title", "h3")]}
    return row | {"first_seen_at": at if digest else None, "last_seen_at": at}


def batch(*rows: Row) -> Batch:
    made: Batch = {}
    for row in rows:
        made.setdefault(("articles", file_of("articles", row)), []).append(row)
    return made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    data = DataDir(tmp_path)
    data.create()
    return Store(data)


def read(store: Store) -> pd.DataFrame:
    return pd.read_parquet(store.data.datasets / "articles")


def test_plain_pandas_sees_one_row_a_key(store: Store) -> None:
    store.commit(batch(article(1), article(2), article(10_001), article(1, outlet="y")))
    store.commit(batch(article(1, 5, "b")))
    frame = read(store)
    seen = frame[["outlet_id", "article_id", "title"]].astype(str).sort_values(["outlet_id", "article_id"])
    assert seen.to_numpy().tolist() == [
        ["x", "1", "제목 1 b"], ["x", "10001", "제목 10001 a"], ["x", "2", "제목 2 a"], ["y", "1", "제목 1 a"],
    ]  # fmt: skip
    files = sorted(str(p.relative_to(store.data.datasets)) for p in store.data.datasets.rglob("*.parquet"))
    assert files == [
        "articles/outlet_id=x/part-n00000.parquet",
        "articles/outlet_id=x/part-n00001.parquet",
        "articles/outlet_id=y/part-n00000.parquet",
    ]


def test_the_order_of_commits_does_not_show(tmp_path: Path) -> None:
    tables = []
    for name, order in (("one", [0, 1, 2]), ("two", [2, 0, 1])):
        data = DataDir(tmp_path / name)
        data.create()
        store = Store(data)
        batches = [batch(article(1), article(3)), batch(article(1, 2, "b")), batch(article(1, 9, None))]
        for number in order:
            store.commit(batches[number])
        tables.append(pq.read_table(data.datasets / "articles" / "outlet_id=x" / "part-n00000.parquet"))
    assert tables[0].equals(tables[1])
    assert tables[0].column("last_seen_at").to_pylist()[0] == T0 + timedelta(hours=9)


def test_news_of_an_unknown_article_is_kept_but_not_shown(store: Store) -> None:
    store.commit(batch(article(1), article(2, 8, None)))
    assert read(store)["article_id"].tolist() == ["1"]
    store.commit(batch(article(2, 3)))
    row = read(store).set_index("article_id").loc["2"]
    assert (row["title"], row["last_seen_at"].tz_convert("UTC").to_pydatetime()) == (
        "제목 2 a",
        T0 + timedelta(hours=8),
    )
    assert not list(store.data.datasets.rglob("_sightings*"))


def test_manifest_names_every_file_with_its_digest(store: Store) -> None:
    from newsharvest.files import sha256_of

    store.commit(batch(article(1)), offsets={"a.warc.gz": 120})
    manifest = Manifest.load(store.data)
    (path,) = manifest.files
    assert manifest.files[path] == {"sha256": sha256_of(store.data.datasets / path), "rows": 1}
    assert manifest.archive == {"a.warc.gz": 120}


def test_a_rebuild_replaces_and_removes(store: Store, tmp_path: Path) -> None:
    store.commit(batch(article(1), article(20_001)))
    built = Store(DataDir(store.data.staging / "rebuild"))
    built.data.create()
    built.commit(batch(article(1, 1, "c")))
    store.adopt(built)
    assert read(store)["title"].tolist() == ["제목 1 c"]
    assert list(Manifest.load(store.data).files) == ["articles/outlet_id=x/part-n00000.parquet"]


@pytest.mark.fault("F52")
def test_a_new_column_is_in_every_file_before_the_first_commit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.commit(batch(article(1), article(20_001)))
    path = store.data.datasets / "articles/outlet_id=x/part-n00000.parquet"
    pq.write_table(pq.read_table(path, partitioning=None).drop_columns(["agency"]), path)
    store.manifest.schemas["articles"] = "an older one"
    store.commit(batch(article(20_002)))
    assert pq.read_schema(path).names == DATASETS["articles"].schema.names
    assert read(store)["agency"].isna().tolist() == [True, True, True]


def test_a_damaged_file_is_named_and_nothing_is_changed(store: Store) -> None:
    store.commit(batch(article(1)))
    path = store.data.datasets / "articles/outlet_id=x/part-n00000.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    before = Manifest.load(store.data)
    with pytest.raises(DamagedError, match="part-n00000"):
        store.commit(batch(article(2)))
    assert Manifest.load(store.data) == before


def test_two_runs_cannot_hold_one_data_dir(store: Store) -> None:
    with RunLock(store.data), pytest.raises(LockedError, match="another run holds"), RunLock(store.data):
        pass
    with RunLock(store.data):
        pass


def test_rows_and_schema_agree() -> None:
    """Every dataset's rows carry every column: nothing is filled silently."""
    from newsharvest.items import Article, Forecast, Reading, Reject, Source, WeatherBulletin
    from newsharvest.schema import rows

    source = Source(url="http://x.test/1", fetched_at=T0)
    items: list[Any] = [
        Article("x", "1", source), Reject("parse", "why", source), Forecast("kma_short", source),
        WeatherBulletin("x", "맑음속초1℃", source, "glued", readings=[Reading(1, "맑음속초1℃")]),
    ]  # fmt: skip
    made = {name: row for item in items for name, row in rows(item)}
    assert set(made) == {"articles", "revisions", "rejects", "forecasts", "bulletins", "observations"}
    for name, row in made.items():
        assert set(row) == {column.name for column in DATASETS[name].columns}, name
        pa.Table.from_pylist([row], schema=DATASETS[name].schema)


def test_reference_tables_are_replaced_whole(store: Store) -> None:
    from newsharvest.runlog import reference_tables

    batch = reference_tables()
    store.commit(batch)
    store.commit({("stations", "part-0.parquet"): batch["stations", "part-0.parquet"][:5]})
    stations = pd.read_parquet(store.data.datasets / "stations")
    assert stations["stn_id"].tolist() == [90, 93, 95, 96, 98]
    assert stations.loc[0, ["name", "wmo_id", "altitude_m"]].tolist() == ["속초", "47090", 17.53]
    outlets = pd.read_parquet(store.data.datasets / "outlets").set_index("outlet_id")
    assert outlets.loc["demo_sorae", ["name", "cms"]].tolist() == ["소래신문", "mediaon"]


def test_what_is_held_already_is_not_written_again(store: Store) -> None:
    """Not a file is replaced by rows that are all there; by one that differs, or is new, its file is."""
    rows = [article(n, outlet=outlet) for outlet in "xy" for n in (1, 2, 10_001)]
    seen = article(3, 1, None)
    assert store.commit(batch(*rows, seen)).files == 4
    places = {path: path.stat().st_ino for path in store.data.datasets.rglob("*part-*.parquet")}
    again = store.commit(batch(*rows, seen))
    assert (again.files, again.rows) == (0, {})
    assert {path: path.stat().st_ino for path in places} == places
    more = store.commit(batch(*rows, article(2, 5, "b"), article(10_002, outlet="y")))
    assert (more.files, more.rows) == (2, {"articles": 5})
    changed = {str(p.relative_to(store.data.datasets / "articles")) for p in places if p.stat().st_ino != places[p]}
    assert changed == {
        "outlet_id=x/_sightings-part-n00000.parquet",
        "outlet_id=x/part-n00000.parquet",
        "outlet_id=y/part-n00001.parquet",
    }
    assert len(read(store)) == 7
