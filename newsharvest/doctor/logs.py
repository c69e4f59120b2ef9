"""Runs and their fetches: one outcome a request, and sums that agree with what each run said of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.scene import Scene
from newsharvest.merging import DamagedError
from newsharvest.runlog import KILLED, RUNNING
from newsharvest.schema import DATASETS, Row
from newsharvest.store import Store

OUTCOMES = ("stored", "unchanged", "duplicate", "skipped", "rejected", "failed")
_RUNS, _FETCHES = "datasets/runs", "datasets/fetches"


@dataclass(slots=True)
class _Counted:
    """The fetches of one run."""

    outcomes: Counter[str] = field(default_factory=Counter)
    first: int = 1
    last: int = 0


def findings(scene: Scene) -> Iterator[Finding]:
    """What is wrong with the logs; nothing where their files cannot be read: that is told of the files."""
    if scene.manifest is None:
        return
    store = Store(scene.data, scene.tombstones)
    try:
        runs = {row["run_id"]: row for row in store.rows("runs")}
        fetched = _fetched(store)
    except (DamagedError, OSError):
        return
    for run_id, row in sorted(runs.items()):
        if row["ended"] == RUNNING:
            text = f"{row['command']}: its process died; the next run marks it, too"
            yield note("run_never_ended", run_id, text, Repair.CLOSE_RUN)
        elif row["requests"] is not None and row["ended"] != KILLED:
            yield from _sums(row, fetched.get(run_id, _Counted()), scene.manifest.lost.get(run_id, 0))
    for run_id in sorted(fetched.keys() - runs.keys()):
        text = f"{fetched[run_id].outcomes.total()} fetches of a run that is not among the runs"
        yield damage("fetches_without_run", run_id, text, Repair.CLOSE_RUN)


def _fetched(store: Store) -> dict[str, _Counted]:
    found: dict[str, _Counted] = {}
    for _, table in store.tables(DATASETS["fetches"], ["run_id", "sequence", "outcome"]):
        grouped = table.group_by(["run_id", "outcome"]).aggregate(
            [("sequence", "count"), ("sequence", "min"), ("sequence", "max")]
        )
        for row in grouped.to_pylist():
            counted = found.setdefault(row["run_id"], _Counted(first=row["sequence_min"]))
            counted.outcomes[row["outcome"]] += row["sequence_count"]
            counted.first = min(counted.first, row["sequence_min"])
            counted.last = max(counted.last, row["sequence_max"])
    return found


def _sums(run: Row, counted: _Counted, lost: int) -> Iterator[Finding]:
    """Keys are unique in their file, so that numbers 1 … n, n of them, are one outcome a request."""
    made, total = run["requests"], counted.outcomes.total()
    if lost and total + lost == made:
        yield note("fetches_lost", run["run_id"], f"damage took {lost} of its {made} fetches")
        return
    if total != made or (made and (counted.first, counted.last) != (1, made)):
        text = f"{made} requests, {total} fetches numbered {counted.first} to {counted.last}"
        yield damage("fetches_disagree", run["run_id"], text)
        return
    wrong = [
        f"{name} {run[name]}, fetches {counted.outcomes[name]}"
        for name in OUTCOMES
        if run[name] != counted.outcomes[name]
    ]
    if wrong:
        yield damage("fetches_disagree", run["run_id"], "; ".join(wrong))
