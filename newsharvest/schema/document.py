"""docs/datasets.md, from the schema. ``python -m newsharvest.schema.document`` writes it."""

from __future__ import annotations

from pathlib import Path

from newsharvest.schema.columns import DATASETS, Dataset

_HEAD = """# Datasets

Generated from `newsharvest/schema/columns.py` (`python -m newsharvest.schema.document`); do not edit.

Every dataset is a folder of Parquet files below `data/datasets/`; `pandas.read_parquet("data/datasets/articles")` needs no code
of ours. A value that is not known is null, never 0 or an empty string; list columns are empty instead of null. Times are
`timestamp[ms, Asia/Seoul]`. The folder's column (`outlet_id`, `month`) is not repeated inside the file: pandas returns it as a
category. What is inferred says so (`station_match`, `flags`, `extractors`).

What plain readers return: lists as numpy arrays, dates (`date32`) as Python objects, nullable integers as floats in pandas;
DuckDB gives times in UTC and needs pytz for them. `newsharvest.articles()` and its sisters return lists, `datetime64`, `Int32`.
"""


def markdown() -> str:
    """The page."""
    return _HEAD + "".join(_section(dataset) for dataset in DATASETS.values())


def _section(dataset: Dataset) -> str:
    lines = [f"\n## {dataset.name}\n", f"\n{dataset.what}. Key: {', '.join(dataset.key)}.\n"]
    lines += ["\n| column | type | unit | meaning |\n", "|---|---|---|---|\n"]
    for column in dataset.columns:
        kind = str(column.type).replace("element: ", "")
        lines.append(f"| {column.name} | {kind} | {column.unit} | {column.meaning} |\n")
    return "".join(lines)


def path() -> Path:
    """Where the page lies in a checkout."""
    return Path(__file__).parents[2] / "docs" / "datasets.md"


if __name__ == "__main__":
    path().write_text(markdown(), encoding="utf-8")
