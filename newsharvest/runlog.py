"""The runs dataset: what ran, what it did and how it ended."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from newsharvest import reference
from newsharvest.clock import now
from newsharvest.files import file_of
from newsharvest.region_codes import regions
from newsharvest.schema import DATASETS, Row
from newsharvest.store import Batch, Store
from newsharvest.versions import package_version, parser_version

RUNNING, KILLED = "running", "killed"


def new_run_id(started_at: datetime) -> str:
    """A run's name: its start in UTC to the millisecond, so that names sort as runs began, and a random part.

    Two crawls of a small site begin within one second. Older names stop at the second; both kinds sort together.
    """
    return f"{started_at:%Y%m%dT%H%M%S}{started_at.microsecond // 1000:03d}Z-{secrets.token_hex(3)}"


class RunLog:
    """One run's row: written when it starts and when it ends. A row left ``running`` by a dead process is ``killed``."""

    def __init__(self, command: str, arguments: str = "") -> None:
        self.started_at = now()
        self.killed: list[Row] = []
        """Runs that never ended, as they were found at the start."""
        self.run_id = new_run_id(self.started_at)
        self.row: Row = dict.fromkeys(column.name for column in DATASETS["runs"].columns)
        self.row |= {
            "run_id": self.run_id,
            "command": command,
            "arguments": arguments,
            "started_at": self.started_at,
            "ended": RUNNING,
            "violations": [],
            "version": package_version(),
            "parser_version": parser_version(),
        }

    def start(self, store: Store) -> None:
        """Mark earlier runs that never ended as killed, this one as running, and land the reference tables. Hold the lock."""
        self.killed = [row for row in store.rows("runs") if row["ended"] == RUNNING]
        dead = [{**row, "ended": KILLED} for row in self.killed]
        store.commit(_batch([*dead, self.row]) | reference_tables())

    def rows(self, ended: str, exit_code: int, reason: str, counts: Mapping[str, Any]) -> Batch:
        """The row of the end, to be landed with the last commit. ValueError for a count that is no column."""
        foreign = set(counts) - set(self.row)
        if foreign:
            raise ValueError(f"no columns of runs: {sorted(foreign)}")
        self.row |= {"ended": ended, "exit_code": exit_code, "reason": reason, "ended_at": now(), **counts}
        return _batch([self.row])


def _batch(rows: list[Row]) -> Batch:
    return {("runs", file_of("runs", rows[0])): rows}


def reference_tables() -> Batch:
    """The reference data as rows of the datasets that analysts join with."""
    tables: tuple[tuple[str, Iterable[Any]], ...] = (
        ("stations", reference.stations().values()),
        ("outlets", reference.outlets().values()),
        ("regions", regions().values()),
    )
    return {(name, file_of(name, {})): [_plain(name, record) for record in records] for name, records in tables}


def _plain(name: str, record: object) -> Row:
    row: Row = {column.name: getattr(record, column.name) for column in DATASETS[name].columns}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}
