"""What a dataset is made of: columns, keys, files; and the Arrow types that columns have."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

SEOUL_MS = pa.timestamp("ms", tz="Asia/Seoul")
TEXT, INT32, INT64, DOUBLE = pa.string(), pa.int32(), pa.int64(), pa.float64()
TEXTS = pa.list_(pa.field("element", pa.string()))
REGION_TAGS = pa.list_(
    pa.field(
        "element",
        pa.struct(
            [
                ("code", TEXT), ("sido_code", TEXT), ("where", TEXT), ("start", INT32), ("evidence", TEXT), ("count", INT32),
                ("basis", TEXT), ("ambiguous", pa.bool_()), pa.field("candidates", TEXTS),
            ]
        ),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its Arrow type, its meaning in one sentence, its unit where it has one."""

    name: str
    type: Any
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset: what a row is, its key, its columns, how a file is sorted and how rows of one key are joined.

    ``group`` names the rows that are joined together: the key, but for readings the whole bulletin. ``hive`` is the column
    that stands in the folder's name instead of the file. ``join`` is newest, article and version (newest, with what a
    redesign hides), bulletin (newest where timed, else earliest), log (outside the join) or table (reference data, written whole).
    """

    name: str
    what: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sort: tuple[str, ...]
    join: str = "newest"
    group: tuple[str, ...] = ()
    hive: str | None = None
    probe: str | None = None
    """A column that finds the rows of a group in a file: the group's most selective one."""

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of a file, with meaning and unit in the field metadata."""
        return _schema(self)

    @property
    def fingerprint(self) -> str:
        """A digest of column names and types: a change means that old files are migrated."""
        plain = repr([(c.name, str(c.type)) for c in self.columns])
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


@functools.cache
def _schema(dataset: Dataset) -> pa.Schema:
    fields = [
        pa.field(c.name, c.type, metadata={"meaning": c.meaning, **({"unit": c.unit} if c.unit else {})})
        for c in dataset.columns
        if c.name != dataset.hive
    ]
    return pa.schema(fields)
