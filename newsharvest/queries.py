"""SQL over the datasets, through DuckDB where it is installed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow as pa

from newsharvest.frames import as_engine, library
from newsharvest.reading import dataset, find_data_dir, steadily
from newsharvest.schema import DATASETS


def sql(query: str, data_dir: str | Path | None = None, engine: str = "pandas") -> Any:  # noqa: ANN401 - the engine's table
    """The answer to a query in DuckDB's SQL, in which every dataset is a table; times are those of Korea.

    Only what the query needs is read. MissingExtraError without DuckDB, NoDataError for a dataset that is not there yet;
    DuckDB's own errors for the rest (it names near columns).

    >>> # nh.sql("select outlet_id, count(*) from articles group by 1 order by 2 desc")
    """
    root = find_data_dir(data_dir)
    named = [name for name in DATASETS if re.search(rf"\b{name}\b", query)]
    table = steadily(lambda: _answer(root, named, query), lambda: [_times(root / "datasets" / name) for name in named])
    return as_engine(table, engine, str(root))


def _answer(root: Path, named: list[str], query: str) -> pa.Table:
    with library("duckdb").connect() as connection:
        connection.execute("SET TimeZone = 'Asia/Seoul'")
        for name in named:
            connection.register(name, dataset(root, name))
        found: pa.Table = connection.sql(query).to_arrow_table()
        return found


def _times(folder: Path) -> list[tuple[str, int]]:
    return [(str(path), path.stat().st_mtime_ns) for path in sorted(folder.rglob("*.parquet"))]
