"""What docs/datasets.md says of columns and readers holds for real data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import newsharvest as nh
from newsharvest.schema import DATASETS, document

pytestmark = pytest.mark.xdist_group("report")
NOTES = document.column_notes()


def landed(data_dir: Path, name: str) -> pa.Table:
    return ds.dataset(data_dir / "datasets" / name, partitioning="hive").to_table()


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_columns_that_are_never_null_are_not(demo_data: Path, name: str) -> None:
    if not (demo_data / "datasets" / name).is_dir():
        assert name in {"clusters", "regions"}, f"the demo lands no {name}"
        return
    table = landed(demo_data, name)
    assert table.num_rows
    never = [
        c.name for c in DATASETS[name].columns if document.note_of(name, c.name, NOTES)["null"].startswith("never")
    ]
    assert {column: table[column].null_count for column in never} == dict.fromkeys(never, 0)


def test_lists_are_empty_instead_of_null(demo_data: Path) -> None:
    for name in ("articles", "observations", "bulletins"):
        table = landed(demo_data, name)
        lists = [field.name for field in table.schema if pa.types.is_list(field.type)]
        assert {column: table[column].null_count for column in lists} == dict.fromkeys(lists, 0)


def test_no_note_is_of_a_column_that_is_gone() -> None:
    known = {c.name for d in DATASETS.values() for c in d.columns}
    known |= {f"{d.name}.{c.name}" for d in DATASETS.values() for c in d.columns}
    assert set(NOTES) - known == set()


COLUMNS = {  # a row of the table "What readers return" → a column of the demo's data that shows it
    "string": ("articles", "title"),
    "timestamp[ms, tz=Asia/Seoul]": ("articles", "published_at"),
    "date32[day]": ("observations", "displayed_date"),
    "int32": ("observations", "position"),
    "int32 with nulls": ("observations", "cloud_tenths"),
    "int64": ("articles", "warc_record_offset"),
    "double": ("observations", "temperature_c"),
    "bool with nulls": ("observations", "visibility_or_more"),
    "list": ("articles", "captions"),
    "map": ("articles", "extractors"),
    "folder": ("articles", "outlet_id"),
}


def kinds(read: Any) -> dict[str, str]:
    frames = {name: read(name) for name in ("articles", "observations")}
    return {label: str(frames[name][column].dtype) for label, (name, column) in COLUMNS.items()}


def test_what_plain_pandas_returns(demo_data: Path) -> None:
    found = kinds(lambda name: pd.read_parquet(demo_data / "datasets" / name))
    assert found == {
        "string": "str", "timestamp[ms, tz=Asia/Seoul]": "datetime64[ms, Asia/Seoul]", "date32[day]": "object",
        "int32": "int32", "int32 with nulls": "float64", "int64": "int64", "double": "float64", "bool with nulls": "object",
        "list": "object", "map": "object", "folder": "category",
    }  # fmt: skip


def test_what_the_notebook_api_returns(demo_data: Path) -> None:
    found = kinds(lambda name: getattr(nh, name)(data_dir=demo_data))
    assert found == {
        "string": "str", "timestamp[ms, tz=Asia/Seoul]": "datetime64[ms, Asia/Seoul]", "date32[day]": "datetime64[ms]",
        "int32": "Int32", "int32 with nulls": "Int32", "int64": "Int64", "double": "float64", "bool with nulls": "boolean",
        "list": "object", "map": "object", "folder": "str",
    }  # fmt: skip
    articles = nh.articles(data_dir=demo_data, columns=["captions", "extractors"])
    assert isinstance(articles["captions"].iloc[0], list)
    assert isinstance(articles["extractors"].iloc[0], dict)


def test_what_polars_returns(demo_data: Path) -> None:
    polars = pytest.importorskip("polars")
    found = kinds(
        lambda name: polars.read_parquet(
            str(demo_data / "datasets" / name / "**" / "part-*.parquet"), hive_partitioning=True
        )
    )
    assert found == {
        "string": "String", "timestamp[ms, tz=Asia/Seoul]": "Datetime(time_unit='ms', time_zone='Asia/Seoul')",
        "date32[day]": "Date", "int32": "Int32", "int32 with nulls": "Int32", "int64": "Int64", "double": "Float64",
        "bool with nulls": "Boolean", "list": "List(String)",
        "map": "Map(String, String)", "folder": "String",
    }  # fmt: skip


def test_what_duckdb_returns(demo_data: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    found = {}
    for label, (name, column) in COLUMNS.items():
        files = demo_data / "datasets" / name / "**" / "part-*.parquet"
        query = f"select typeof({column}) from read_parquet('{files}', hive_partitioning=true) limit 1"
        ((found[label],),) = duckdb.sql(query).fetchall()
    assert found == {
        "string": "VARCHAR", "timestamp[ms, tz=Asia/Seoul]": "TIMESTAMP WITH TIME ZONE", "date32[day]": "DATE",
        "int32": "INTEGER", "int32 with nulls": "INTEGER", "int64": "BIGINT", "double": "DOUBLE", "bool with nulls": "BOOLEAN",
        "list": "VARCHAR[]", "map": "MAP(VARCHAR, VARCHAR)", "folder": "VARCHAR",
    }  # fmt: skip
