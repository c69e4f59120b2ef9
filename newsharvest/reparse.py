"""Re-parsing: archived or saved pages through the same chain into the same datasets, without the network.

Shards go to worker processes; what they return is joined, so that neither their number nor their order shows in the
datasets.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from newsharvest import saved
from newsharvest.files import DataDir
from newsharvest.gathering import Waiting, gathered
from newsharvest.runlog import reference_tables
from newsharvest.schema import DATASETS
from newsharvest.shards import NOTHING_STATED, Part, Runner, Shard, Stated, add_counts, parts, shards
from newsharvest.store import CommitReport, Store
from newsharvest.versions import parser_version

# There is a limit of 250 MB to hold: a commit takes some three times what waits, and what is read of the files it touches.
_ROWS_WAITING_MAX, _BYTES_WAITING_MAX = 50_000, 16 * 1024 * 1024


@dataclass(slots=True)
class Report:
    """What a re-parse did."""

    pages: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    torn: list[str] = field(default_factory=list)
    foreign: int = 0
    unchanged: int = 0
    """Pages that were known by their digest and not parsed again."""
    missing: list[str] = field(default_factory=list)
    """Files that selected records lie in and that are not here."""
    commit: CommitReport = field(default_factory=CommitReport)
    resumed: int = 0
    """Shards that an earlier, stopped run of the same work had landed."""

    def add(self, part: Part) -> None:
        """Count a part in."""
        self.pages += part.pages
        self.torn += part.torn
        self.foreign += part.foreign
        self.unchanged += part.unchanged
        add_counts(self.counts, part.counts)
        add_counts(self.rejected, part.rejected)
        for reason, names in part.examples.items():
            self.examples.setdefault(reason, []).extend(names)

    @property
    def rejects(self) -> int:
        """Rejects of all reasons."""
        return sum(self.rejected.values())


class Progress(Protocol):
    """Who is told how far a re-parse is."""

    def expect(self, size: int) -> None:
        """So many bytes are to be read."""

    def add(self, pages: int, size: int) -> None:
        """So many more pages, and bytes, are done."""


def land(
    store: Store, parsed: Iterable[Part], progress: Progress | None = None, journal: Journal | None = None
) -> Report:
    """Join parts and commit whenever enough rows wait; stopped by a signal, what waits is landed first."""
    landing = _Landing(store, Report(), Waiting(), journal)
    try:
        for part in parsed:
            landing.add(part)
            if progress:
                progress.add(part.pages, part.ends.size if part.ends else 0)
    except (KeyboardInterrupt, SystemExit):
        if not landing.committing:
            landing.commit()
        raise
    landing.commit(last=True)
    return landing.report


@dataclass(slots=True)
class _Landing:
    """Rows on their way into the datasets, and the shards they are of."""

    store: Store
    report: Report
    waiting: Waiting
    journal: Journal | None
    committing: bool = False
    """Within a commit: one that a signal stops there is undone or finished by the next run."""

    def add(self, part: Part) -> None:
        """Let a part's rows wait; commit where enough do."""
        self.report.add(part)
        for more in part.gathered:
            self.waiting.add(more)
        if part.ends is not None and self.journal is not None:
            self.journal.done.append(part.ends.number)
        if self.waiting.rows >= _ROWS_WAITING_MAX or self.waiting.size >= _BYTES_WAITING_MAX:
            self.commit()

    def commit(self, *, last: bool = False) -> None:
        """Land what waits, and in the same commit which shards are done: of finished work nothing is remembered."""
        self.committing = True
        unfinished = None if self.journal is None else {} if last else self.journal.as_manifest()
        committed = self.store.commit(self.waiting.take(), unfinished=unfinished)
        self.report.commit.files += committed.files
        add_counts(self.report.commit.rows, committed.rows)
        self.committing = False


@dataclass(slots=True)
class Journal:
    """Which shards of some work are done; the same work, begun anew, goes on behind them."""

    work: str
    done: list[int]

    @classmethod
    def of(cls, work: Sequence[Shard], store: Store) -> Journal:
        """The journal of work as the store remembers it: an empty one for any other work than the one that was stopped.

        The same work: the same cuts of files that have not changed since, by the same parser.
        """
        parts = [(*_file_facts(shard.paths), shard.start, shard.end, shard.fetched_at, shard.hosts) for shard in work]
        digest = hashlib.sha256(repr((parser_version(), parts)).encode()).hexdigest()
        return cls(digest, list(store.manifest.unfinished.get(digest, ())))

    def as_manifest(self) -> dict[str, list[int]]:
        """What the manifest remembers."""
        return {self.work: sorted(self.done)}

    def rest(self, work: Sequence[Shard]) -> list[Shard]:
        """The shards that are not done."""
        done = frozenset(self.done)
        return [shard for shard in work if shard.number not in done]


def _file_facts(paths: Iterable[Path]) -> list[tuple[str, int, int]]:
    return [(str(path.resolve()), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in paths]


def reparse(
    store: Store,
    paths: Sequence[Path],
    jobs: int = 1,
    stated: Stated = NOTHING_STATED,
    progress: Progress | None = None,
    run: Runner = parts,
) -> Report:
    """Add what saved pages hold to the datasets; before, remember the paths, so that a rebuild reads them again.

    One that was stopped goes on behind the shards that it landed, where files and parser are the same.
    Hold the lock. `saved.SourceError`, and nothing changed, for a path without pages.
    """
    files = list(saved.sources(paths))
    inside = store.data.archive.resolve()
    outside = [path.resolve() for path in paths if inside not in (path.resolve(), *path.resolve().parents)]
    known = {str(path): {**stated.facts(), "files": len(list(saved.sources([path])))} for path in outside}
    work = shards(files, stated)
    journal = Journal.of(work, store)
    store.commit({}, sources=known, unfinished=journal.as_manifest())
    left = journal.rest(work)
    if progress:
        progress.expect(sum(shard.size for shard in left))
    report = land(store, run(left, jobs), progress, journal)
    report.resumed = len(work) - len(left)
    return report


class MissingSourceError(FileNotFoundError):
    """A rebuild would lose rows: files they came from are gone."""


def rebuild(
    store: Store,
    jobs: int = 1,
    progress: Progress | None = None,
    run: Runner = parts,
    *,
    forget_missing: bool = False,
) -> Report:
    """Recompute every dataset from the archive and from the paths re-parsed before, and replace it.

    Stale keys, false revisions and solved rejects vanish; fetches and runs stay. Hold the lock, recover first.
    MissingSourceError (nothing changed) where files of a re-parsed path are gone, unless ``forget_missing``.
    """
    work, left = everything(store, forget_missing=forget_missing)
    built = Store(DataDir(store.data.staging / "rebuild"), store.tombstones)
    built.data.create()
    built.commit(reference_tables())
    if progress:
        progress.expect(sum(shard.size for shard in work))
    report = land(built, _carried_and(store, run(work, jobs)), progress)
    built.manifest.archive = dict(store.manifest.archive)
    built.manifest.sources = left
    store.adopt(built)
    shutil.rmtree(built.data.root)  # empty folders: every file was moved onto its place
    return report


def everything(store: Store, *, forget_missing: bool) -> tuple[list[Shard], dict[str, dict[str, Any]]]:
    """All that the datasets are made from, as work: the archive and the paths re-parsed before; and those still there.

    MissingSourceError where files of a re-parsed path are gone, unless ``forget_missing``.
    """
    work = shards(sorted(store.data.archive.glob("*.warc.gz")))
    left: dict[str, dict[str, Any]] = {}
    for path, facts in store.manifest.sources.items():
        files = _still_there(Path(path))
        if len(files) < facts["files"] and not forget_missing:
            raise MissingSourceError(
                f"the datasets hold rows of {facts['files']} files at {path}, {len(files)} are there"
            )
        if files:
            left[path] = {**facts, "files": len(files)}
            work += shards(files, Stated.of(facts))
    return work, left


def _carried_and(store: Store, parsed: Iterable[Part]) -> Iterator[Part]:
    """Readings of forgotten pages, which the archive no longer gives, then what it gives."""
    yield Part(gathered=gathered(store.carried()))
    yield from parsed


def _still_there(path: Path) -> list[Path]:
    try:
        return list(saved.sources([path]))
    except saved.SourceError:
        return []


def empty(report: Report) -> bool:
    """Whether nothing at all was found: neither rows nor rejects."""
    return not any(report.counts.get(name) for name in DATASETS)
