"""Handing data on: CSV that Excel opens, or Parquet, without other people's texts unless asked for.

A row group at a time, so that memory does not grow with the data. The folder gets NOTICE.md (sources, rights, what was left
out) and a mark by which `newsharvest forget` finds it again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from newsharvest import filters, reading
from newsharvest.errors import RefusedError
from newsharvest.export_notice import notice
from newsharvest.files import LIST_SEPARATOR, DataDir, Export, ExportFile, Manifest, remember_export, sha256_of
from newsharvest.locking import RunLock
from newsharvest.schema import DATASETS
from newsharvest.versions import package_version

TEXTS = {
    "articles": ("body", "captions", "subtitle"),
    "revisions": ("body", "captions", "subtitle"),
    "rejects": ("raw",),
}
"""Columns that hold other people's texts: left out unless asked for (docs/legal.md)."""
RESERVED = ("no_ai_training", "tdm_reserved")
"""Flags of articles whose page reserves text and data mining."""
USUAL = ("articles", "observations")
FORMATS = ("csv", "parquet")
_TIMES = ("published_at", "issued_at", "fetched_at", "started_at")
"""By which ``since`` and ``until`` choose, the first that a dataset has; of observations the hour, else the displayed day."""
_BATCH = 5_000
_BOM = b"\xef\xbb\xbf"
# A cell that begins so is a formula to a spreadsheet; "-" alone begins temperatures, which are numbers here, and is guarded in text.
_FORMULA = r"^[=+@\t\r-]"


class ExportError(RefusedError):
    """What is asked for cannot be exported."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to export."""

    datasets: tuple[str, ...] = USUAL
    format: str = "csv"
    texts: bool = False
    reserved: bool = True
    """Also articles whose page reserves text and data mining."""
    outlets: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def export(data: DataDir, out: Path, wanted: Wanted, at: datetime, wait: float = 0) -> Export:
    """Write an export into a new folder while nobody writes. ExportError for what cannot be, NoDataError without data."""
    _check(wanted, out)
    with RunLock(data, wait, reading=True):
        return _export(data, out, wanted, at)


def _export(data: DataDir, out: Path, wanted: Wanted, at: datetime) -> Export:
    made = out.with_name(f".{out.name}.new")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    files = {}
    for name in wanted.datasets:
        path = made / f"{name}.{wanted.format}"
        rows = _WRITERS[wanted.format](path, _tables(data, name, wanted))
        files[path.name] = ExportFile(name, wanted.format, sha256_of(path), rows)
    facts = {"made_at": at.isoformat(timespec="seconds"), "version": package_version(), "texts": wanted.texts,
             "parser_version": Manifest.load(data).parser_version}  # fmt: skip
    left_out = {} if wanted.texts else {name: TEXTS[name] for name in wanted.datasets if name in TEXTS}
    (made / "NOTICE.md").write_text(notice(files, left_out, facts), encoding="utf-8")
    export = Export(made, "export", files, facts)
    remember_export(data, export, standing=out)
    made.rename(out)
    return replace(export, folder=out)


def _check(wanted: Wanted, out: Path) -> None:
    for name in wanted.datasets:
        if name not in DATASETS:
            raise ExportError(f"no dataset {name!r}: there are {', '.join(DATASETS)}")
    if wanted.format not in FORMATS:
        raise ExportError(f"format {wanted.format!r}: one of {', '.join(FORMATS)}")
    if out.exists():
        raise ExportError(f"{out} exists: name a new folder")


def _tables(data: DataDir, name: str, wanted: Wanted) -> Iterator[pa.Table]:
    """An empty table of the columns, in the schema's order, then the rows in small ones."""
    hidden = () if wanted.texts else TEXTS.get(name, ())
    columns = [column.name for column in DATASETS[name].columns if column.name not in hidden]
    found = reading.dataset(data.root, name)
    scanner = found.scanner(columns=columns, filter=_mask(name, wanted), batch_size=_BATCH, use_threads=False)
    yield scanner.projected_schema.empty_table()
    for batch in scanner.to_batches():
        rows = pa.Table.from_batches([batch])
        yield rows if wanted.reserved or "flags" not in columns else rows.filter(_unreserved(rows["flags"]))


def _unreserved(flags: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows whose page reserves nothing."""
    return pa.array([not set(RESERVED) & set(found or ()) for found in flags.to_pylist()])


def _mask(name: str, wanted: Wanted) -> ds.Expression | None:
    columns = {column.name for column in DATASETS[name].columns}
    outlets = filters.among("outlet_id", list(wanted.outlets)) if wanted.outlets and "outlet_id" in columns else None
    if "displayed_date" in columns:
        return filters.both(outlets, filters.observed(wanted.since, wanted.until))
    time = next((column for column in _TIMES if column in columns), None)
    return filters.both(outlets, filters.between(time, wanted.since, wanted.until) if time else None)


def _written_parquet(path: Path, tables: Iterator[pa.Table]) -> int:
    rows = 0
    with pq.ParquetWriter(path, next(tables).schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    return rows


def _written_csv(path: Path, tables: Iterator[pa.Table]) -> int:
    rows = 0
    with path.open("wb") as stream:
        stream.write(_BOM)
        with pa_csv.CSVWriter(stream, _flat(next(tables)).schema) as writer:
            for table in tables:
                writer.write_table(_flat(table))
                rows += table.num_rows
    return rows


_WRITERS: dict[str, Callable[[Path, Iterator[pa.Table]], int]] = {"csv": _written_csv, "parquet": _written_parquet}


def _flat(table: pa.Table) -> pa.Table:
    """The same rows in what a spreadsheet knows: times in Korea, lists as text, no formulas."""
    return pa.table({field.name: flat_column(table[field.name]) for field in table.schema})


def flat_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column for CSV: times without zone as in Korea, lists joined by `` | ``, maps as ``key=value``; text that a
    spreadsheet would run as a formula gets a leading apostrophe.

    >>> flat_column(pa.chunked_array([["=1+1", "-3", "제목"]])).to_pylist()
    ["'=1+1", "'-3", '제목']
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        return pc.replace_substring_regex(pc.strftime(column, format="%Y-%m-%d %H:%M:%S"), r"\.000$", "")
    if pa.types.is_nested(kind):
        column = pa.chunked_array([[_joined(value) for value in column.to_pylist()]], pa.string())
    if pa.types.is_string(column.type):
        risky = pc.fill_null(pc.match_substring_regex(column, _FORMULA), False)
        return pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
    return column


def _joined(value: Any) -> str | None:  # noqa: ANN401 - a list, a map or a list of structs
    if value is None:
        return None
    return LIST_SEPARATOR.join(_text(part) for part in value)


def _text(part: Any) -> str:  # noqa: ANN401
    if isinstance(part, tuple):
        return f"{part[0]}={part[1]}"
    if isinstance(part, dict):
        return ",".join(f"{key}={_text(value)}" for key, value in part.items() if value is not None)
    return str(part)
