"""How columns lie in the files: what was chosen is what is there, and every plain reader reads the same values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars
import pyarrow.parquet as pq
import pytest

from newsharvest import encodings
from newsharvest.files import DataDir, file_of
from newsharvest.schema import DATASETS
from newsharvest.schema.joining import Row
from newsharvest.store import Batch, Store

BITS = ("visibility_or_more", "ambiguous")
T0 = datetime(2026, 3, 2, tzinfo=UTC)


def blank(name: str) -> Row:
    return {c.name: ([] if str(c.type).startswith("list") else None) for c in DATASETS[name].columns}


def reading(hour: int, position: int) -> Row:
    at = T0 + timedelta(hours=hour)
    return blank("observations") | {
        "bulletin_id": f"{hour:020x}", "position": position, "source": "kma_table", "observed_at": at,
        "stn_id": 90 + position, "station": f"역{position}", "sky": "맑음" if hour % 2 else None,
        "temperature_c": -5.0 + hour + position / 10, "qc": "good", "raw": f"맑음역{position}{hour}℃",
        "content_hash": f"{hour:032x}", "url": "http://x.test/", "fetched_at": at, "warc_filename": "a.warc.gz",
        "warc_record_offset": 1000 * hour, "warc_record_length": 900 + hour, "parser_version": 1,
    }  # fmt: skip


def article(number: int) -> Row:
    at = T0 + timedelta(minutes=number)
    return blank("articles") | {
        "outlet_id": "x", "article_id": str(number), "title": f"제목 {number}", "body": f"본문 {number}\n둘째 줄",
        "authors": ["김하나", "박둘"] if number % 2 else [], "keywords": ["날씨"], "extractors": [("title", "h3")],
        "published_at": at, "content_hash": f"{number:032x}", "url": f"http://x.test/{number}", "fetched_at": at,
        "first_seen_at": at, "last_seen_at": at, "warc_filename": "a.warc.gz", "warc_record_offset": number * 7,
        "warc_record_length": 7, "parser_version": 1,
    }  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    data = DataDir(tmp_path_factory.mktemp("data"))
    data.create()
    rows: list[tuple[str, Row]] = [("observations", reading(h, p)) for h in range(5) for p in range(1, 8)]
    rows += [("articles", article(number)) for number in range(50)]
    batch: Batch = {}
    for name, row in rows:
        batch.setdefault((name, file_of(name, row)), []).append(row)
    Store(data).commit(batch)
    return data


def found_in(path: Path) -> tuple[dict[str, set[str]], set[str]]:
    """A file's encodings by leaf, and the leaves with a least and a greatest value."""
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = [group.column(index) for index in range(group.num_columns)]
    bounded = {c.path_in_schema for c in columns if c.statistics is not None and c.statistics.has_min_max}
    return {c.path_in_schema: set(c.encodings) for c in columns}, bounded


@pytest.mark.parametrize("name", ["articles", "observations"])
def test_the_chosen_encoding_is_the_one_on_the_disk(data: DataDir, name: str) -> None:
    found, bounded = found_in(next((data.datasets / name).rglob("*.parquet")))
    told = encodings.options(DATASETS[name])
    assert set(found) == set(told["use_dictionary"]) | set(told["column_encoding"])
    assert {leaf: encoding in found[leaf] for leaf, encoding in told["column_encoding"].items()} == dict.fromkeys(
        told["column_encoding"], True
    )
    booleans = {leaf for leaf in found if leaf.endswith(BITS)}  # Parquet makes no dictionary of them
    assert {leaf for leaf in told["use_dictionary"] if "RLE_DICTIONARY" not in found[leaf]} == booleans
    assert bounded <= set(told["write_statistics"])
    probe = {"articles": "published_at", "observations": "stn_id"}[name]
    assert probe in bounded
    assert not bounded & {"title", "body", "raw"}


def test_every_name_is_a_column_of_some_dataset() -> None:
    known = {column.name for dataset in DATASETS.values() for column in dataset.columns}
    assert encodings._ENCODINGS.keys() | encodings._IN_OBSERVATIONS.keys() | encodings._WITHOUT_STATISTICS <= known


def test_pandas_polars_and_duckdb_read_the_same_values(data: DataDir) -> None:
    folder = data.datasets / "observations"
    columns = ["source", "stn_id", "station", "observed_at", "sky", "temperature_c", "qc", "fetched_at", "raw", "url",
               "position", "bulletin_id", "warc_record_offset", "warc_record_length", "content_hash"]  # fmt: skip
    wanted = sorted(
        (tuple(reading(h, p)[name] for name in columns) for h in range(5) for p in range(1, 8)), key=repr
    )  # fmt: skip

    def plain(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        return sorted((tuple(map(_plain, row)) for row in rows), key=repr)

    frame = pd.read_parquet(folder)[columns]
    assert plain(list(frame.itertuples(index=False, name=None))) == plain(wanted)
    assert plain(polars.read_parquet(f"{folder}/**/*.parquet").select(columns).rows()) == plain(wanted)
    query = f"SELECT {', '.join(columns)} FROM read_parquet('{folder}/**/*.parquet')"
    assert plain(duckdb.sql(query).fetchall()) == plain(wanted)


def test_articles_read_back_by_all_three(data: DataDir) -> None:
    folder = data.datasets / "articles"
    wanted = sorted((str(n), f"본문 {n}\n둘째 줄", f"http://x.test/{n}") for n in range(50))
    columns = ["article_id", "body", "url"]
    assert sorted(pd.read_parquet(folder)[columns].itertuples(index=False, name=None)) == wanted
    assert sorted(polars.read_parquet(f"{folder}/**/*.parquet").select(columns).rows()) == wanted
    query = f"SELECT {', '.join(columns)} FROM read_parquet('{folder}/**/*.parquet')"
    assert sorted(duckdb.sql(query).fetchall()) == wanted


def _plain(value: Any) -> Any:
    """One moment in one form, a missing value as None."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=UTC).isoformat()
    return None if value is None or value != value else value
