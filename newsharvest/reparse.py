"""Re-parsing: archived or saved pages through the same chain into the same datasets, without the network.

Shards go to worker processes; what they return is joined, so that neither their number nor their order shows in the
datasets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from newsharvest import saved
from newsharvest.archive import Damaged, pages, pages_at, pieces
from newsharvest.chain import Chain
from newsharvest.files import DataDir
from newsharvest.foreign import ALL, REGISTERED, Registered, hosts_of
from newsharvest.items import Reject
from newsharvest.page import Page
from newsharvest.parsing import ParseFailedError, Worker, in_children, limited
from newsharvest.runlog import reference_tables
from newsharvest.schema import DATASETS, Row
from newsharvest.settings import NEWSHARVEST_PARSE_SECONDS
from newsharvest.store import ROWS_WAITING_MAX, Collector, CommitReport, Sink, Store

WARC, RECORDS = "warc", "records"
TORN = "torn_tail"
_FILES_A_SHARD = 50
_SHARD_BYTES = 64 * 1024 * 1024
_EXAMPLES = 4
Progress = Callable[[int], None]
Runner = Callable[[Sequence["Shard"], int], Iterator["Part"]]
"""Does shards with so many processes, here or elsewhere, and gives their parts as they come."""


@dataclass(frozen=True, slots=True)
class Shard:
    """Work for one process: files of pages, the records of one WARC file that begin in ``start`` … ``end``, or at ``offsets``."""

    paths: tuple[Path, ...]
    kind: str
    start: int = 0
    end: int | None = None
    fetched_at: datetime | None = None
    hosts: str = ALL
    offsets: tuple[int, ...] = ()
    each_apart: bool = False
    """A page of it took its process down: now every page is parsed in a process of its own fate."""


@dataclass(slots=True)
class Part:
    """What one shard gave: joined groups of rows, and counts."""

    groups: list[tuple[str, list[Row]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    """Rejects by reason; parse_timeout and parse_crash among them, which are no rows."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Some pages by reason of their rejection."""
    torn: list[str] = field(default_factory=list)
    """Files that end within a record."""
    foreign: int = 0
    """Pages of hosts that are not registered, passed over."""

    def add(self, other: Part) -> None:
        """Take another part in."""
        self.groups += other.groups
        self.pages += other.pages
        self.torn += other.torn
        self.foreign += other.foreign
        _add_counts(self.counts, other.counts)
        _add_counts(self.rejected, other.rejected)
        for reason, names in other.examples.items():
            self.examples.setdefault(reason, []).extend(names)


@dataclass(slots=True)
class Report:
    """What a re-parse did."""

    pages: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    torn: list[str] = field(default_factory=list)
    foreign: int = 0
    missing: list[str] = field(default_factory=list)
    """Files that selected records lie in and that are not here."""
    commit: CommitReport = field(default_factory=CommitReport)

    def add(self, part: Part) -> None:
        """Count a part in."""
        self.pages += part.pages
        self.torn += part.torn
        self.foreign += part.foreign
        _add_counts(self.counts, part.counts)
        _add_counts(self.rejected, part.rejected)
        for reason, names in part.examples.items():
            self.examples.setdefault(reason, []).extend(names)

    @property
    def rejects(self) -> int:
        """Rejects of all reasons."""
        return sum(self.rejected.values())


def _add_counts(mine: dict[str, int], its: dict[str, int]) -> None:
    for name, count in its.items():
        mine[name] = mine.get(name, 0) + count


class _PartSink(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def parse_shard(shard: Shard) -> Part:
    """Parse one shard, in a process that a page may cost its life.

    A page that fails is a reject; a file that cannot be read raises.
    """
    registered = Registered()
    entries = _entries(shard, registered)
    part = _parse_apart(entries) if shard.each_apart else parse_entries(entries)
    part.foreign = registered.passed_over
    return part


def parse_entries(entries: Iterable[Page | Damaged]) -> Part:
    """What pages and damaged records give. The process ends where a page takes longer than its limit."""
    sink, part = _PartSink(), Part()
    chain = Chain(sink)
    for entry in entries:
        if isinstance(entry, Damaged):
            _damage(entry, chain, part)
            continue
        part.pages += 1
        with limited(NEWSHARVEST_PARSE_SECONDS):
            items = chain.page(entry)
        for item in items:
            if isinstance(item, Reject):
                _rejected(part, item.reason, entry.source_file or item.source.page_key)
    part.groups = list(sink.collector.groups())
    part.counts = dict(sink.collector.counts)
    return part


def _parse_apart(entries: Iterable[Page | Damaged]) -> Part:
    """Every page on its own: one that takes its process down is counted and named, and costs no other."""
    whole = Part()
    with closing(Worker(NEWSHARVEST_PARSE_SECONDS)) as worker:
        for entry in entries:
            try:
                whole.add(worker.call(parse_entries, [entry]))
            except ParseFailedError as error:
                name = str(entry.path) if isinstance(entry, Damaged) else entry.source_file or entry.source.page_key
                whole.pages += 1
                _rejected(whole, error.reason, name)
    return whole


def _entries(shard: Shard, registered: Registered) -> Iterator[Page | Damaged]:
    wanted = registered if shard.hosts == REGISTERED else None
    for path in shard.paths:
        if shard.kind == WARC:
            yield from pages(path, shard.start, shard.end, wanted)
        elif shard.kind == RECORDS:
            yield from pages_at(path, shard.offsets)
        else:
            yield saved.page_from_file(path, shard.fetched_at)


def _damage(damaged: Damaged, chain: Chain, part: Part) -> None:
    """A damaged record is a reject; a file cut within its last record only says so: that page was never accepted."""
    if damaged.reason == TORN:
        part.torn.append(f"{damaged.path.name} at byte {damaged.offset}")
        return
    chain.item(damaged.reject())
    _rejected(part, damaged.reason, f"{damaged.path.name}:{damaged.offset}")


def _rejected(part: Part, reason: str, name: str) -> None:
    part.rejected[reason] = part.rejected.get(reason, 0) + 1
    examples = part.examples.setdefault(reason, [])
    if len(examples) < _EXAMPLES:
        examples.append(name)


def shards(paths: Iterable[Path], jobs: int, stated: Stated | None = None) -> list[Shard]:
    """Files as work for ``jobs`` processes: WARC files in parts of at most 64 MiB, saved pages by the handful."""
    made: list[Shard] = []
    files: list[Path] = []
    for path in paths:
        if saved.kind(path) == WARC:
            wanted = max(jobs, path.stat().st_size // _SHARD_BYTES + 1)
            read = hosts_of(path, stated.hosts if stated else None)
            made += [Shard((path,), WARC, start, end, hosts=read) for start, end in pieces(path, wanted)]
        else:
            files.append(path)
    chunks = [tuple(files[at : at + _FILES_A_SHARD]) for at in range(0, len(files), _FILES_A_SHARD)]
    moment = stated.fetched_at if stated else None
    return made + [Shard(chunk, "page", fetched_at=moment) for chunk in chunks]


def parts(work: Sequence[Shard], jobs: int) -> Iterator[Part]:
    """The shards' parts, as they come."""
    return in_children(parse_shard, work, jobs, lambda shard: replace(shard, each_apart=True))


def land(store: Store, parsed: Iterable[Part], progress: Progress | None = None) -> Report:
    """Join parts and commit whenever enough rows wait."""
    report, collector = Report(), Collector()
    for part in parsed:
        report.add(part)
        for name, block in part.groups:
            collector.add_group(name, block)
        if collector.waiting >= ROWS_WAITING_MAX:
            _commit(store, collector, report)
        if progress:
            progress(part.pages)
    _commit(store, collector, report)
    return report


def _commit(store: Store, collector: Collector, report: Report) -> None:
    committed = store.commit(collector.take())
    report.commit.files += committed.files
    for name, count in committed.rows.items():
        report.commit.rows[name] = report.commit.rows.get(name, 0) + count


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of files that do not say it themselves; remembered with their paths, so that a rebuild reads them alike."""

    fetched_at: datetime | None = None
    hosts: str | None = None

    def facts(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {"fetched_at": self.fetched_at.isoformat() if self.fetched_at else None, "hosts": self.hosts}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Stated:
        """As it was remembered; what older manifests do not know was not stated."""
        moment = facts["fetched_at"]
        return cls(datetime.fromisoformat(moment) if moment else None, facts.get("hosts"))


NOTHING_STATED = Stated()


def reparse(
    store: Store,
    paths: Sequence[Path],
    jobs: int = 1,
    stated: Stated = NOTHING_STATED,
    progress: Progress | None = None,
    run: Runner = parts,
) -> Report:
    """Add what saved pages hold to the datasets; before, remember the paths, so that a rebuild reads them again.

    Hold the lock. `saved.SourceError`, and nothing changed, for a path without pages.
    """
    files = list(saved.sources(paths))
    inside = store.data.archive.resolve()
    outside = [path.resolve() for path in paths if inside not in (path.resolve(), *path.resolve().parents)]
    known = {str(path): {**stated.facts(), "files": len(list(saved.sources([path])))} for path in outside}
    store.commit({}, sources=known)
    return land(store, run(shards(files, jobs, stated), jobs), progress)


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
    work, left = everything(store, jobs, forget_missing=forget_missing)
    built = Store(DataDir(store.data.staging / "rebuild"), store.tombstones)
    built.data.create()
    built.commit(reference_tables())
    report = land(built, _carried_and(store, run(work, jobs)), progress)
    built.manifest.archive = dict(store.manifest.archive)
    built.manifest.sources = left
    store.adopt(built)
    return report


def everything(store: Store, jobs: int, *, forget_missing: bool) -> tuple[list[Shard], dict[str, dict[str, Any]]]:
    """All that the datasets are made from, as work: the archive and the paths re-parsed before; and those still there.

    MissingSourceError where files of a re-parsed path are gone, unless ``forget_missing``.
    """
    work = shards(sorted(store.data.archive.glob("*.warc.gz")), jobs)
    left: dict[str, dict[str, Any]] = {}
    for path, facts in store.manifest.sources.items():
        files = _still_there(Path(path))
        if len(files) < facts["files"] and not forget_missing:
            raise MissingSourceError(
                f"the datasets hold rows of {facts['files']} files at {path}, {len(files)} are there"
            )
        if files:
            left[path] = {**facts, "files": len(files)}
            work += shards(files, jobs, Stated.of(facts))
    return work, left


def _carried_and(store: Store, parsed: Iterable[Part]) -> Iterator[Part]:
    """Readings of forgotten pages, which the archive no longer gives, then what it gives."""
    yield Part(groups=list(store.carried()))
    yield from parsed


def _still_there(path: Path) -> list[Path]:
    try:
        return list(saved.sources([path]))
    except saved.SourceError:
        return []


def empty(report: Report) -> bool:
    """Whether nothing at all was found: neither rows nor rejects."""
    return not any(report.counts.get(name) for name in DATASETS)
