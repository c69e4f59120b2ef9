"""What a run landed: the rows whose pages it fetched, whether they were landed by the run itself or by the recovery of a killed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest.files import DataDir
from newsharvest.schema import Row


@dataclass(frozen=True, slots=True)
class Judged:
    """The run that is judged, with the killed runs whose pages it landed first."""

    run_id: str
    killed: Mapping[str, datetime]
    started_at: datetime
    at: datetime
    whole: bool
    """It ended by itself and was to read everything: only then does a missing article mean anything."""


def of_run(data: DataDir, run: Judged, name: str, paths: Sequence[str], columns: list[str]) -> Iterator[Row]:
    """The rows of some files of a dataset whose pages the run fetched: by the archive file that holds them."""
    mine = None
    for run_id in (run.run_id, *run.killed):
        term = pc.starts_with(ds.field("warc_filename"), f"{run_id}-")
        mine = term if mine is None else mine | term
    for path in paths:
        full = data.datasets / name / path
        if full.exists():
            yield from ds.dataset(full, format="parquet").to_table(columns=columns, filter=mine).to_pylist()
