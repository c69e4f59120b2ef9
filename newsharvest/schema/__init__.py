"""The datasets: their columns, keys, rows and the join of two rows of one key."""

from newsharvest.schema.columns import DATASETS, SEOUL_MS, Column, Dataset
from newsharvest.schema.joining import Row, join, rank
from newsharvest.schema.rows import rows

__all__ = ["DATASETS", "SEOUL_MS", "Column", "Dataset", "Row", "join", "rank", "rows"]
