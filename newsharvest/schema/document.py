"""docs/datasets.md, from the schema and docs/columns.toml. ``python -m newsharvest.schema.document`` writes it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pyarrow as pa

from newsharvest.schema.columns import DATASETS, Column, Dataset

_HEAD = """# Datasets

Generated from `newsharvest/schema/columns.py` and `docs/columns.toml` (`python -m newsharvest.schema.document`); do not edit.

Every dataset is a folder of Parquet files below `data/datasets/`; `pandas.read_parquet("data/datasets/articles")` needs no code
of ours. A value that is not known is null, never 0 or an empty string; list columns are empty instead of null. Times are
`timestamp[ms, Asia/Seoul]`. The folder's column (`outlet_id`, `month`) is not repeated inside the file: pandas returns it as a
category. What is inferred says so (`station_match`, `flags`, `extractors`).

## What readers return

| type | pandas (plain) | `newsharvest.*()` | polars | DuckDB |
|---|---|---|---|---|
"""
READERS = (
    ("string", "str", "str", "String", "VARCHAR"),
    ("timestamp[ms, tz=Asia/Seoul]", "datetime64[ms, Asia/Seoul]", "the same", "Datetime(ms, Asia/Seoul)",
     "TIMESTAMP WITH TIME ZONE (shown in the session's zone; fetching it needs pytz)"),
    ("date32[day]", "object (datetime.date)", "datetime64[ms]", "Date", "DATE"),
    ("int32, int64", "int32, int64; float64 where a value is null", "Int32, Int64", "Int32, Int64", "INTEGER, BIGINT"),
    ("double", "float64 (null is NaN)", "float64", "Float64", "DOUBLE"),
    ("bool", "bool; object where a value is null", "boolean", "Boolean", "BOOLEAN"),
    ("list", "numpy array", "list", "List", "VARCHAR[] …"),
    ("map", "list of pairs", "dict", "Map", "MAP"),
    ("outlet_id, month (the folder's name)", "category", "outlet_id: str; month is left out",
     "String, with hive_partitioning=True", "VARCHAR, with hive_partitioning=true"),
)  # fmt: skip


def markdown() -> str:
    """The page. KeyError for a column that docs/columns.toml does not know."""
    notes = column_notes()
    readers = "".join(f"| {' | '.join(row)} |\n" for row in READERS)
    return _HEAD + readers + "".join(_section(dataset, notes) for dataset in DATASETS.values())


def column_notes() -> dict[str, dict[str, str]]:
    """What docs/columns.toml says: ``dataset.column`` or ``column`` → null, example."""
    return tomllib.loads((docs() / "columns.toml").read_text(encoding="utf-8"))


def note_of(dataset: str, column: str, notes: dict[str, dict[str, str]]) -> dict[str, str]:
    """A column's note; the dataset's own goes before the shared one. KeyError that says where to write a missing one."""
    for name in (f"{dataset}.{column}", column):
        if name in notes:
            return notes[name]
    raise KeyError(
        f"docs/columns.toml says nothing of {dataset}.{column}: when is it null, and what does it look like?"
    )


def _section(dataset: Dataset, notes: dict[str, dict[str, str]]) -> str:
    lines = [f"\n## {dataset.name}\n", f"\n{dataset.what}. Key: {', '.join(dataset.key)}.\n"]
    lines += ["\n| column | type | unit | meaning | null or empty | example |\n", "|---|---|---|---|---|---|\n"]
    lines += [_line(dataset, column, notes) for column in dataset.columns]
    return "".join(lines)


def _line(dataset: Dataset, column: Column, notes: dict[str, dict[str, str]]) -> str:
    note = note_of(dataset.name, column.name, notes)
    cells = (column.name, type_name(column.type), column.unit, column.meaning, note["null"], note["example"])
    return f"| {' | '.join(cell.replace('|', '·').replace(chr(10), ' ⏎ ') for cell in cells)} |\n"


def type_name(kind: pa.DataType) -> str:
    """An Arrow type without the names inside lists."""
    return str(kind).replace("element: ", "")


def docs() -> Path:
    """The folder of the documentation, in a checkout."""
    return Path(__file__).parents[2] / "docs"


def path() -> Path:
    """Where the page lies in a checkout."""
    return docs() / "datasets.md"


if __name__ == "__main__":
    path().write_text(markdown(), encoding="utf-8")
