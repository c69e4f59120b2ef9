"""Repairing what is safe to repair, in rounds: what one repair brings to light is found by the next look."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from newsharvest import forget, staging
from newsharvest.archive import members
from newsharvest.clock import now
from newsharvest.crawl.remembering import remember
from newsharvest.doctor.examining import examine
from newsharvest.doctor.findings import Finding, Repair, Severity, damage
from newsharvest.doctor.logs import OUTCOMES
from newsharvest.doctor.restoring import reindex, restore
from newsharvest.doctor.scene import Advance
from newsharvest.files import DataDir, Manifest, file_of, fsync_folder
from newsharvest.merging import DamagedError
from newsharvest.recover import recover
from newsharvest.runlog import KILLED, RUNNING, RunLog
from newsharvest.schema import DATASETS, Row
from newsharvest.store import Store

_ROUNDS = 4
_FIRST = frozenset({Repair.REINDEX, Repair.RESUME})
"""Repairs after which everything is looked at anew."""


@dataclass(slots=True)
class Mended:
    """What was found, what was done about it (a line each), and what is left."""

    found: list[Finding] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    left: list[Finding] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether no damage is left."""
        return not any(finding.severity is Severity.DAMAGE for finding in self.left)


def mend(data: DataDir, jobs: int = 1, advance: Advance = lambda _: None) -> Mended:
    """Repair what can be repaired without risk. Hold the lock. OSError (disk full …) passes through: run it again.

    Nothing that may be somebody's data is deleted: what does not belong goes into ``quarantine/``, and so does the old file
    in place of which a new one was made. A data dir without a finding is left as it is, to the byte.
    """
    found = examine(data, advance)
    mended = Mended(found, left=found)
    before: dict[str, int] = {}
    for _ in range(_ROUNDS):
        todo = _todo(mended.left)
        if not todo:
            break
        _carry_out(_Work(data, mended.left, jobs, mended.done, before), todo)
        mended.left = examine(data)
    if mended.done:
        mended.left = [*_fewer(data, before), *mended.left]
        _log(data, complete=mended.whole)
    return mended


def _fewer(data: DataDir, before: dict[str, int]) -> list[Finding]:
    """The files that have fewer rows than when they were damaged: what is gone is in neither archive nor quarantine."""
    after = {path: facts["rows"] for path, facts in Manifest.load(data).files.items()}
    text = "{} rows fewer than before; the old file, as far as there was one, is in quarantine"
    return [
        damage("rows_lost", f"datasets/{path}", text.format(rows - after.get(path, 0)))
        for path, rows in sorted(before.items())
        if rows > after.get(path, 0)
    ]


def _todo(findings: Iterable[Finding]) -> list[Repair]:
    """The repairs of one round, in order; none where landing anything might bring back what was forgotten."""
    wanted = {finding.repair for finding in findings if finding.repair is not None}
    if any(finding.code == "tombstones_damaged" for finding in findings):
        return []
    return [repair for repair in Repair if repair in (wanted & _FIRST or wanted)]


@dataclass(slots=True)
class _Work:
    """One round's findings and what its repairs tell."""

    data: DataDir
    findings: list[Finding]
    jobs: int
    done: list[str]
    before: dict[str, int]
    """File → its rows before it was made anew."""
    stamp: str = field(default_factory=lambda: f"{now():%Y%m%dT%H%M%S.%fZ}")

    def of(self, repair: Repair) -> list[Finding]:
        return [finding for finding in self.findings if finding.repair is repair]

    def store(self) -> Store:
        return Store(self.data)

    def aside(self, place: str) -> Path:
        """Where something goes in quarantine."""
        target = self.data.quarantine / self.stamp / place
        target.parent.mkdir(parents=True, exist_ok=True)
        return target


def _carry_out(work: _Work, todo: list[Repair]) -> None:
    for repair in todo:
        try:
            _STEPS[repair](work)
        except DamagedError as error:  # a file that only the next round can mend stands in the way
            work.done.append(f"put off: {repair.value}: {error}")


def _reindex(work: _Work) -> None:
    place = work.data.datasets / "_manifest.json"
    if place.exists():
        shutil.copy2(place, work.aside("datasets/_manifest.json"))
    manifest = reindex(work.data)
    work.done.append(f"manifest made anew: {len(manifest.files)} files; the archive is landed again")


def _resume(work: _Work) -> None:
    finished = staging.resume(work.data)
    staging.drop_rebuild(work.data)
    work.done.append("commit of a killed run finished" if finished else "leftovers of a killed run removed")


def _forget(work: _Work) -> None:
    report = forget.finish(work.data)
    work.done.append(f"forgetting finished: {report.records} records")


def _truncate(work: _Work) -> None:
    for finding in work.of(Repair.TRUNCATE):
        name, _, offset = finding.place.removeprefix("archive/").rpartition("@")
        path = work.data.archive / name
        with path.open("rb+") as stream:
            stream.seek(int(offset))
            cut = stream.read()
            if finding.code != "torn_tail":  # it may have been a record
                work.aside(finding.place).write_bytes(cut)
            stream.truncate(int(offset))
            os.fsync(stream.fileno())
        work.done.append(f"{finding.place}: {len(cut)} bytes cut off")


def _quarantine(work: _Work) -> None:
    for finding in work.of(Repair.QUARANTINE):
        path = work.data.root / finding.place
        if finding.code == "empty_folder":
            path.rmdir()
            work.done.append(f"{finding.place}: removed")
        else:
            shutil.move(path, work.aside(finding.place))
            work.done.append(f"{finding.place}: moved to {_below(work, finding.place)}")
        fsync_folder(path.parent)


def _below(work: _Work, place: str) -> str:
    return str((work.data.quarantine / work.stamp / place).relative_to(work.data.root))


def _restore(work: _Work) -> None:
    targets = {finding.place.removeprefix("datasets/") for finding in work.of(Repair.RESTORE)}
    for target in sorted(targets):
        if (work.data.datasets / target).exists():
            shutil.copy2(work.data.datasets / target, work.aside(f"datasets/{target}"))
    store = work.store()
    doubtful = {finding.place for finding in work.findings if finding.code in _TOO_MANY}
    work.before |= {
        target: facts["rows"]
        for target in targets - {place.removeprefix("datasets/") for place in doubtful} - work.before.keys()
        if (facts := store.manifest.files.get(target))
    }
    restore(store, targets, work.jobs)
    for target in sorted(targets):
        rows = store.manifest.files[target]["rows"] if target in store.manifest.files else 0
        work.done.append(f"datasets/{target}: made anew, {rows:,} rows")


_TOO_MANY = frozenset({"keys_doubled", "rows_misplaced", "key_in_two_files"})
"""Findings of files that hold rows which do not belong there."""


def _rewind(work: _Work) -> None:
    store = work.store()
    for finding in work.of(Repair.REWIND):
        name = finding.place.removeprefix("archive/")
        committed = store.manifest.archive[name]
        begins = (member.offset for member in members(work.data.archive / name) if member.offset <= committed)
        store.commit({}, offsets={name: max(begins, default=0)})
        work.done.append(f"{finding.place}: read again from byte {store.manifest.archive[name]}")


def _recover(work: _Work) -> None:
    report = recover(work.store())
    work.done.append(f"{report.pages:,} archived pages landed")


def _close_runs(work: _Work) -> None:
    """Runs left running are marked; rows of runs that are missing are made of their fetches."""
    store = work.store()
    missing = {finding.place for finding in work.findings if finding.code == "fetches_without_run"}
    made = [_run_of(store, run_id) for run_id in sorted(missing)]
    dead = [{**row, "ended": KILLED} for row in store.rows("runs") if row["ended"] == RUNNING]
    store.commit({("runs", file_of("runs", {})): [*made, *dead]} if made or dead else {})
    work.done.append(f"{len(dead)} runs marked as killed, {len(made)} made anew from their fetches")


def _run_of(store: Store, run_id: str) -> Row:
    """The row of a run of which only the fetches are left: how it ended is not known."""
    counts: Counter[str] = Counter()
    for _, table in store.tables(DATASETS["fetches"], ["run_id", "outcome"]):
        counts.update(row["outcome"] for row in table.to_pylist() if row["run_id"] == run_id)
    row = dict.fromkeys(column.name for column in DATASETS["runs"].columns)
    facts = {"run_id": run_id, "ended": KILLED, "reason": "its row was lost: made anew from its fetches"}
    return {**row, **facts, "requests": counts.total(), **{name: counts[name] for name in OUTCOMES}}


def _enforce(work: _Work) -> None:
    report = forget.enforce(work.store())
    exports = sum(report.exports.values())
    work.done.append(f"forgotten again: {report.files} files, {report.records} records, {exports} rows of exports")


def _remember(work: _Work) -> None:
    work.done.append(f"crawl state made anew from {remember(work.store()):,} archived pages")


_STEPS: dict[Repair, Callable[[_Work], None]] = {
    Repair.REINDEX: _reindex,
    Repair.RESUME: _resume,
    Repair.FORGET: _forget,
    Repair.TRUNCATE: _truncate,
    Repair.QUARANTINE: _quarantine,
    Repair.RESTORE: _restore,
    Repair.REWIND: _rewind,
    Repair.RECOVER: _recover,
    Repair.CLOSE_RUN: _close_runs,
    Repair.ENFORCE: _enforce,
    Repair.REMEMBER: _remember,
}


def _log(data: DataDir, *, complete: bool) -> None:
    """The repair as a run of its own; earlier ones that never ended are marked as killed on the way."""
    store, log = Store(data), RunLog("doctor", "--fix")
    log.start(store)
    ended, code = ("complete", 0) if complete else ("incomplete", 4)
    store.commit(log.rows(ended, code, "finished", {}))
