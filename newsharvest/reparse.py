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
from newsharvest.gathering import Waiting, gathered
from newsharvest.journal import Journal
from newsharvest.runlog import reference_tables
from newsharvest.schema import DATASETS
from newsharvest.shards import NOTHING_STATED, Part, Runner, Shard, Stated, add_counts, parts, shards
from newsharvest.staging import drop_rebuild, rebuild_of
from newsharvest.store import CommitReport, Store

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
    notes: list[str] = field(default_factory=list)
    """What else is to be told."""
    commit: CommitReport = field(default_factory=CommitReport)
    resumed: int = 0
    """Shards that earlier, stopped runs had landed."""
    discarded: list[str] = field(default_factory=list)
    """What stopped runs had landed and is of no use, each with the reason."""

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
            self.journal.done(part.ends)
        if self.waiting.rows >= _ROWS_WAITING_MAX or self.waiting.size >= _BYTES_WAITING_MAX:
            self.commit()

    def commit(self, *, last: bool = False) -> None:
        """Land what waits, and in the same commit what is done: of finished work nothing is remembered."""
        self.committing = True
        journal = self.journal
        unfinished = None if journal is None else journal.ended() if last else journal.as_manifest()
        committed = self.store.commit(self.waiting.take(), unfinished=unfinished)
        self.report.commit.files += committed.files
        add_counts(self.report.commit.rows, committed.rows)
        self.committing = False


def reparse(
    store: Store,
    paths: Sequence[Path],
    jobs: int = 1,
    stated: Stated = NOTHING_STATED,
    progress: Progress | None = None,
    run: Runner = parts,
) -> Report:
    """Add what saved pages hold to the datasets; before, remember the paths, so that a rebuild reads them again.

    One that was stopped goes on behind what it landed of files that have not changed, by the same parser.
    Hold the lock. `saved.SourceError`, and nothing changed, for a path without pages.
    """
    files = list(saved.sources(paths))
    inside = store.data.archive.resolve()
    outside = [path.resolve() for path in paths if inside not in (path.resolve(), *path.resolve().parents)]
    known = {str(path): {**stated.facts(), "files": len(list(saved.sources([path])))} for path in outside}
    journal = Journal.of(shards(files, stated), store.manifest.unfinished)
    store.commit({}, sources=known, unfinished=journal.as_manifest())
    return _landed(store, journal, run(journal.left, jobs), progress)


def reparse_selected(
    store: Store,
    selected: Sequence[Shard],
    why: str,
    jobs: int = 1,
    progress: Progress | None = None,
    run: Runner = parts,
) -> Report:
    """Parse anew what a condition (``why``) selected. One that was stopped goes on behind what it landed.

    The same condition may select less then: what it landed may no longer fulfil it. It may select more where other pages came in
    between (a new ``last_seen_at`` of an old record): then all of it is done anew.
    """
    basis = repr((why, sorted(store.manifest.archive.items()), sorted(store.manifest.sources)))
    journal = Journal.of(selected, store.manifest.unfinished, basis)
    store.commit({}, unfinished=journal.as_manifest())
    return _landed(store, journal, run(journal.left, jobs), progress)


def _landed(store: Store, journal: Journal, parsed: Iterable[Part], progress: Progress | None) -> Report:
    if progress:
        progress.expect(sum(shard.size for shard in journal.left))
    report = land(store, parsed, progress, journal)
    report.resumed, report.discarded = journal.whole, journal.discarded
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

    One that was stopped, however, goes on behind what it had made, if the parser, the registry, what was forgotten and every file that it
    had begun are the same; new files are no matter. Else it begins anew and says why.
    """
    work, left = everything(store, forget_missing=forget_missing)
    built, journal = _begun(store, work)
    built.commit(reference_tables(), unfinished=journal.as_manifest())
    report = _landed(built, journal, _carried_and(store, run(journal.left, jobs)), progress)
    built.manifest.archive = dict(store.manifest.archive)
    built.manifest.sources = left
    store.adopt(built)
    shutil.rmtree(built.data.root)  # empty folders: every file was moved onto its place
    return report


def _begun(store: Store, work: Sequence[Shard]) -> tuple[Store, Journal]:
    """The place of a rebuild with what a stopped one had made there, if all of it holds; else an empty one."""
    place, stones = rebuild_of(store.data), store.tombstones
    basis = hashlib.sha256(stones.as_bytes()).hexdigest()
    try:
        built = Store(place, stones)
        built.resume()
        journal = Journal.of(work, built.manifest.unfinished, basis)
        reasons = journal.strange()
    except ValueError as error:
        reasons = [str(error)]
    if reasons:
        drop_rebuild(store.data)
        built, journal = Store(place, stones), Journal.of(work, {}, basis)
        journal.discarded = reasons
    place.create()
    journal.lasting = True
    return built, journal


def everything(store: Store, *, forget_missing: bool) -> tuple[list[Shard], dict[str, dict[str, Any]]]:
    """All that the datasets are made from, as work: the archive and the paths re-parsed before; and those still there.

    MissingSourceError where files of a re-parsed path are gone, unless ``forget_missing``.
    """
    work = shards(sorted(store.data.archive.glob("*.warc.gz")))
    left: dict[str, dict[str, Any]] = {}
    for path, facts in store.manifest.sources.items():
        files = saved.left_of(Path(path))
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


def empty(report: Report) -> bool:
    """Whether nothing at all was found: neither rows nor rejects, nor by a run that was stopped before."""
    return not report.resumed and not any(report.counts.get(name) for name in DATASETS)
