"""What the command line does offline to a data dir, from lock to run log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from newsharvest import saved
from newsharvest.files import DataDir
from newsharvest.frames import MissingExtraError
from newsharvest.load import NoDataError
from newsharvest.recover import recover
from newsharvest.reparse import Report, empty, rebuild, reparse, reparse_selected
from newsharvest.runlog import RunLog
from newsharvest.selecting import plan, select
from newsharvest.shards import NOTHING_STATED, Runner, Stated, parts
from newsharvest.store import DamagedError, RunLock, Store
from newsharvest.terminal import page_bar

COMPLETE, INCOMPLETE = 0, 3
_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a re-parse ended."""

    command: str
    run_id: str
    exit_code: int
    report: Report

    def as_json(self) -> dict[str, Any]:
        """Plain values, for --json."""
        return {"command": self.command, "run_id": self.run_id, "exit_code": self.exit_code, **asdict(self.report)}

    def example(self, reason: str) -> str:
        """The first pages rejected for a reason, as the end of a line."""
        names = self.report.examples.get(reason, [])
        return f" ({', '.join(names[:_EXAMPLES])}{' …' if len(names) > _EXAMPLES else ''})" if names else ""


def add(
    data: DataDir,
    paths: Sequence[Path],
    jobs: int,
    stated: Stated = NOTHING_STATED,
    run: Runner = parts,
    *,
    wait: float = 0,
) -> Outcome:
    """Parse files into the datasets. `saved.SourceError` for a path that holds no pages: nothing is changed then."""
    list(saved.sources(paths))  # told before anything is made
    with page_bar("re-parse") as bar:
        return _run(
            data,
            "reparse",
            " ".join(map(str, paths)),
            lambda store: reparse(store, paths, jobs, stated, bar, run),
            wait,
        )


def select_again(
    data: DataDir, condition: str, datasets: Sequence[str], jobs: int, run: Runner = parts, *, wait: float = 0
) -> Outcome:
    """Parse anew the records of rows that fulfil a condition. `WhereError` where it is none: nothing is changed then."""
    if not data.datasets.is_dir():
        raise NoDataError(f"no datasets in {data.root} yet: run `newsharvest demo` or `newsharvest crawl`")
    select(data, condition, datasets)  # told before anything is made

    def work(store: Store) -> Report:
        selected = plan(data, store.manifest, select(data, condition, datasets))
        report = reparse_selected(store, selected.shards, f"{condition} {sorted(datasets)}", jobs, bar, run)
        report.missing = selected.missing
        return report

    with page_bar("re-parse") as bar:
        return _run(data, "reparse", f"--where {condition}", work, wait)


def rebuild_all(
    data: DataDir, jobs: int, run: Runner = parts, *, forget_missing: bool = False, wait: float = 0
) -> Outcome:
    """Recompute all datasets from the archive. `saved.SourceError` where there is nothing to rebuild from."""
    if not data.archive.is_dir() and not (data.datasets / "_manifest.json").exists():
        raise saved.SourceError(f"{data.root} holds no archive: name the files to parse, or crawl first")

    def work(store: Store) -> Report:
        report = rebuild(store, jobs, bar, run, forget_missing=forget_missing)
        report.notes += _clusters(store)
        return report

    with page_bar("rebuild") as bar:
        return _run(data, "rebuild", "", work, wait)


def _clusters(store: Store) -> list[str]:
    """Bring near-duplicates, where there are any, up to date with articles made anew; what is to be told of it."""
    from newsharvest import cluster_run

    if not any(path.startswith(f"{cluster_run.NAME}/") for path in store.manifest.files):
        return []
    try:
        found = cluster_run.run(store)
    except (MissingExtraError, DamagedError) as error:
        return [f"clusters are those of the articles before ({error}): `newsharvest cluster` brings them up to date"]
    return [f"clusters: {found.clusters:,} of {found.members:,} articles, {found.changed:,} rows changed"]


def _run(data: DataDir, command: str, arguments: str, work: Callable[[Store], Report], wait: float) -> Outcome:
    with writing(data, command, arguments, wait) as (store, log):
        report = work(store)
        code = INCOMPLETE if report.rejects or report.torn or report.missing or empty(report) else COMPLETE
        counts = {name: report.counts.get(name, 0) for name in ("articles", "observations", "rejects")}
        ended = "complete" if code == COMPLETE else "incomplete"
        store.commit(log.rows(ended, code, "finished", {"pages": report.pages, **counts}))
        return Outcome(command, log.run_id, code, report)


@contextmanager
def writing(data: DataDir, command: str, arguments: str, wait: float = 0) -> Iterator[tuple[Store, RunLog]]:
    """The data dir, locked (``wait``: seconds to wait for the lock), recovered and with this run in its log."""
    data.create()
    with RunLock(data, wait):
        store = Store(data)
        store.resume()
        recover(store)
        log = RunLog(command, arguments)
        log.start(store)
        yield store, log
