"""How often each field of an article is filled: from the statistics of the files where they count nulls."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsharvest.files import DataDir, parquet_files

FIELDS = (
    "title", "subtitle", "body", "published_at", "modified_at", "authors", "byline_raw", "section", "captions",
    "images", "keywords", "agency", "rights_notice",
)  # fmt: skip


def field_shares(data: DataDir, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """For each outlet and field the number of articles and of those where it is filled: a list counts when not empty."""
    rows: Counter[str] = Counter()
    filled: Counter[tuple[str, str]] = Counter()
    folder = data.datasets / "articles"
    for path in parquet_files(folder) if folder.is_dir() else ():
        outlet_id = path.relative_to(folder).parts[0].partition("=")[2]
        with pq.ParquetFile(path) as parquet:
            rows[outlet_id] += parquet.metadata.num_rows
            for field in fields:
                filled[outlet_id, field] += _filled(parquet, field)
    return [
        {"outlet_id": outlet, "field": field, "rows": rows[outlet], "filled": filled[outlet, field]}
        for outlet in sorted(rows)
        for field in fields
    ]


def _filled(parquet: pq.ParquetFile, field: str) -> int:
    known = _by_statistics(parquet.metadata, field)
    if known is not None and not pa.types.is_list(parquet.schema_arrow.field(field).type):
        return known
    column = parquet.read([field])[field]
    if not pa.types.is_list(column.type):
        return len(column) - int(column.null_count)
    return int(pc.sum(pc.greater(pc.list_value_length(column), 0)).as_py() or 0)


def _by_statistics(metadata: pq.FileMetaData, field: str) -> int | None:
    """Values that are not null, as the row groups' statistics count them; null where one does not."""
    total = 0
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        column = next(c for c in map(group.column, range(group.num_columns)) if c.path_in_schema.split(".")[0] == field)
        if column.statistics is None or not column.statistics.has_null_count:
            return None
        total += group.num_rows - column.statistics.null_count
    return total
