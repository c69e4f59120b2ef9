"""Arrow tables as what a notebook works with: pandas, Arrow, polars, DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from newsharvest.errors import RefusedError

DATA_DIR = "data_dir"
_EXTRAS = {"polars": "polars", "duckdb": "duckdb", "rensa": "dedup", "plotly": "report", "matplotlib": "notebooks"}


class MissingExtraError(RefusedError, ImportError):
    """A library that is no dependency of newsharvest; the message says how to install it."""


def as_engine(table: pa.Table, engine: str, data_dir: str | None = None) -> Any:  # noqa: ANN401 - the engine's table
    """A table in an engine's own form; it says which data dir it is from.

    pandas: ``frame.attrs["data_dir"]``; Arrow: the schema's metadata ``newsharvest.data_dir``. ValueError for an unknown
    engine, MissingExtraError for one that is not installed.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r}: one of {', '.join(ENGINES)}")
    if data_dir is not None:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"newsharvest.data_dir": data_dir})
    found = ENGINES[engine](table)
    if engine == "pandas" and data_dir is not None:
        found.attrs[DATA_DIR] = data_dir
    return found


def library(name: str) -> Any:  # noqa: ANN401 - a module
    """An optional library; MissingExtraError where it is not installed."""
    import importlib

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"{name} is not installed: pip install 'newsharvest[{_EXTRAS[name]}]'") from error


def _pandas(table: pa.Table) -> Any:  # noqa: ANN401 - a DataFrame
    """Strings backed by Arrow, dates as datetime64, nullable integers and booleans, lists as lists."""
    import pandas as pd

    mapper = {pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame = table.to_pandas(types_mapper=mapper.get, date_as_object=False)
    for field in table.schema:
        if pa.types.is_list(field.type) or pa.types.is_map(field.type):
            frame[field.name] = [None if value is None else _plain(value, field.type) for value in frame[field.name]]
    return frame


def _plain(value: Any, kind: pa.DataType) -> Any:  # noqa: ANN401 - lists and dicts of a column
    """NumPy's arrays, of structs too, as lists."""
    if pa.types.is_map(kind):
        return dict(value)
    if pa.types.is_struct(kind.value_type):
        lists = [field.name for field in kind.value_type if pa.types.is_list(field.type)]
        return [{**struct, **{name: list(struct[name]) for name in lists}} for struct in value]
    return list(value)


def _arrow(table: pa.Table) -> pa.Table:
    return table


def _polars(table: pa.Table) -> Any:  # noqa: ANN401 - a polars DataFrame
    return library("polars").from_arrow(table)


def _duckdb(table: pa.Table) -> Any:  # noqa: ANN401 - a DuckDB relation
    return library("duckdb").from_arrow(table)


ENGINES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": _pandas,
    "arrow": _arrow,
    "polars": _polars,
    "duckdb": _duckdb,
}
