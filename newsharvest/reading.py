"""Reading datasets where they lie: which data dir, which files, and again when one was replaced meanwhile."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.dataset as ds

from newsharvest.files import is_ours
from newsharvest.schema import DATASETS

ENVIRONMENT = "NEWSHARVEST_DATA"
HOW = "run `newsharvest demo`, or name a data dir by data_dir=… or NEWSHARVEST_DATA; `newsharvest.sample()` needs none"
_MADE_BY = {"clusters": "run `newsharvest cluster`"}
_TRIES = 5
_told: set[str] = set()
T = TypeVar("T")


class NoDataError(FileNotFoundError):
    """There is no such dataset yet; the message says how to get one."""


def find_data_dir(data_dir: str | Path | None = None) -> Path:
    """The data dir in force: as given, else NEWSHARVEST_DATA, else the nearest ``data/datasets`` upwards from here.

    One that was searched for is told once on the standard error. NoDataError where there is none.
    """
    stated = data_dir or os.environ.get(ENVIRONMENT)
    if stated:
        return Path(stated)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data" / "datasets").is_dir():
            _tell(folder / "data")
            return folder / "data"
    raise NoDataError(f"no data/datasets in {here} or above it: {HOW}")


def _tell(found: Path) -> None:
    if str(found) not in _told:
        _told.add(str(found))
        print(f"newsharvest reads {found}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Query:
    """What is wanted of a dataset: rows by a filter, files by their folders, columns."""

    name: str
    mask: ds.Expression | None = None
    columns: Sequence[str] | None = None
    folders: Callable[[str], bool] | None = field(default=None)
    """Which values of the folder's column (outlet_id, month) may hold wanted rows."""


def read(root: Path, query: Query) -> pa.Table:
    """The rows and columns a query names. NoDataError, or ValueError for an unknown column; read again where a file changed."""
    check_columns(query.name, query.columns)
    return steadily(lambda: _read(root, query), lambda: _state(root / "datasets" / query.name))


def _read(root: Path, query: Query) -> pa.Table:
    found = dataset(root, query.name, query.folders)
    present = found.schema.names
    columns = query.columns if query.columns is not None else _order(query.name, present)
    return found.to_table(columns=list(columns), filter=query.mask)


def steadily(work: Callable[[], T], state: Callable[[], object]) -> T:
    """A result of reading; where reading fails and files were replaced meanwhile it is tried again.

    Every file is replaced whole and opened once, so a result never mixes two states of one file; what fails is a file that
    went between listing and opening, or changed between footer and pages.
    """
    for _ in range(_TRIES - 1):
        before = state()
        try:
            return work()
        except (OSError, pa.ArrowInvalid):
            if state() == before:
                raise
    return work()


def dataset(root: Path, name: str, folders: Callable[[str], bool] | None = None) -> ds.Dataset:
    """A dataset's files as one Arrow dataset of its schema and its folder's column. NoDataError where it has no folder."""
    folder = root / "datasets" / name
    if not folder.is_dir():
        raise NoDataError(f"no {name} in {root} yet: {_MADE_BY.get(name, HOW)}")
    fields = list(DATASETS[name].schema)
    files = list(_files(folder, folders))
    hive = next((path.parent.name.partition("=")[0] for path in files if "=" in path.parent.name), None)
    if hive is None and DATASETS[name].hive is None:
        return ds.dataset([str(path) for path in files], schema=pa.schema(fields), format="parquet")
    column = pa.field(hive or DATASETS[name].hive, pa.string())
    parts = ds.partitioning(pa.schema([column]), flavor="hive")
    names, schema = [str(path) for path in files], pa.schema([*fields, column])
    if not names:
        return ds.dataset(schema.empty_table())
    return ds.dataset(names, schema=schema, format="parquet", partitioning=parts, partition_base_dir=str(folder))


def _files(folder: Path, wanted: Callable[[str], bool] | None) -> Iterator[Path]:
    """The files of a dataset, of the wanted folders. What else lies there is passed over: a copy would double its rows."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith(("_", ".")):
            continue
        if entry.is_dir():
            _, hive, value = entry.name.partition("=")
            if hive and (wanted is None or wanted(value)):
                yield from _files(Path(entry.path), None)
        elif is_ours(entry.name):
            yield Path(entry.path)


def _state(folder: Path) -> list[tuple[str, int, int, int]]:
    stats = [(str(path), _stat(path)) for path in _files(folder, None)] if folder.is_dir() else []
    return [(path, s.st_ino, s.st_mtime_ns, s.st_size) for path, s in stats if s is not None]


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:  # gone since it was listed: the state then differs, which is what is asked for
        return None


def _order(name: str, present: Iterable[str]) -> list[str]:
    """The schema's order; the folder's month, which only repeats a date, is left out."""
    held = set(present)
    return [column.name for column in DATASETS[name].columns if column.name in held]


def check_columns(name: str, columns: Sequence[str] | None) -> None:
    """ValueError with near matches for a column that the dataset does not have."""
    known = [column.name for column in DATASETS[name].columns]
    for column in columns or ():
        if column not in known:
            near = difflib.get_close_matches(column, known, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else f"; there are {', '.join(known)}"
            raise ValueError(f"{name} has no column {column!r}{hint}")
