"""How each column lies in a Parquet file. Values are the same whatever is said here; sizes and loading times are not.

Measured on day files of observations and files of 5,000 articles, column by column (docs/performance.md): a dictionary is
right for what repeats and wrong for what does not. Used are only encodings that pandas, polars and duckdb read.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from newsharvest.schema import Dataset

DELTA, SPLIT = "DELTA_BINARY_PACKED", "BYTE_STREAM_SPLIT"
LENGTHS, FRONTS = "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"
"""Text with its lengths apart, for text that never repeats; and text without what it shares with the one before it."""
DICTIONARY = "dictionary"

# A column not named here repeats its values: dictionary.
_ENCODINGS = {
    "article_id": FRONTS,
    "url": FRONTS,
    "page_key": FRONTS,
    "title": LENGTHS,
    "body": LENGTHS,
    "raw": LENGTHS,
    "content_hash": LENGTHS,
    "bulletin_id": LENGTHS,
    "position": DELTA,
    "sequence": DELTA,
    "stn_id": DELTA,
    "observed_at": DELTA,
    "published_at": DELTA,
    "fetched_at": DELTA,
    "first_seen_at": DELTA,
    "last_seen_at": DELTA,
    "warc_record_offset": DELTA,
    "warc_record_length": DELTA,
    "bytes": DELTA,
    "duration_ms": SPLIT,
}
# Sorted by station, the facts of a day's bulletins come round in the same order for each: neither near to each other nor
# seldom enough for differences; their bytes side by side compress best.
_IN_OBSERVATIONS = {
    "url": DICTIONARY,
    "fetched_at": SPLIT,
    "warc_record_offset": SPLIT,
    "warc_record_length": SPLIT,
}
# No filter is bounded by the least and greatest text of a row group, and a footer with two article bodies is slow to open.
_WITHOUT_STATISTICS = frozenset(
    {"title", "subtitle", "body", "captions", "images", "keywords", "extractors", "rights_notice", "raw", "detail", "pages"}
)  # fmt: skip


def encoding_of(dataset: Dataset, column: str) -> str:
    """The encoding of a column: ``dictionary``, or Parquet's name of another.

    >>> from newsharvest.schema import DATASETS
    >>> encoding_of(DATASETS["articles"], "published_at"), encoding_of(DATASETS["observations"], "sky")
    ('DELTA_BINARY_PACKED', 'dictionary')
    """
    here = _IN_OBSERVATIONS if dataset.name == "observations" else {}
    return here.get(column) or _ENCODINGS.get(column, DICTIONARY)


@functools.cache
def options(dataset: Dataset) -> dict[str, Any]:
    """What `pyarrow.parquet.ParquetWriter` is told of a dataset's columns."""
    leaves = [(field.name, leaf) for field in dataset.schema for leaf in _leaves(field.type, field.name)]
    chosen = {leaf: encoding_of(dataset, name) for name, leaf in leaves}
    return {
        "use_dictionary": [leaf for leaf, encoding in chosen.items() if encoding == DICTIONARY],
        "column_encoding": {leaf: encoding for leaf, encoding in chosen.items() if encoding != DICTIONARY},
        "write_statistics": [leaf for name, leaf in leaves if name not in _WITHOUT_STATISTICS],
    }


def _leaves(kind: pa.DataType, path: str) -> Iterator[str]:
    """The paths of a column's values in a Parquet schema."""
    if pa.types.is_list(kind):
        yield from _leaves(kind.value_type, f"{path}.list.element")
    elif pa.types.is_map(kind):
        yield from _leaves(kind.key_type, f"{path}.key_value.key")
        yield from _leaves(kind.item_type, f"{path}.key_value.value")
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(field.type, f"{path}.{field.name}")
    else:
        yield path
