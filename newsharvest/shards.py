"""The work of a re-parse in shards, and one shard's work: pages through the chain, in processes that a page may cost their life."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from newsharvest import saved
from newsharvest.archive import Damaged, pages, pages_at, pieces
from newsharvest.chain import Chain
from newsharvest.collecting import TICKERS_KNOWN
from newsharvest.foreign import ALL, REGISTERED, Registered, hosts_of
from newsharvest.gathering import Gathered
from newsharvest.items import Reject, WeatherBulletin
from newsharvest.known import Known
from newsharvest.page import Page
from newsharvest.parsing import ParseFailedError, Worker, in_children, limited
from newsharvest.registry import outlets
from newsharvest.same_pages import SamePages
from newsharvest.settings import NEWSHARVEST_PARSE_SECONDS
from newsharvest.store import Collector, Sink

WARC, RECORDS = "warc", "records"
TORN = "torn_tail"
_FILES_A_SHARD = 50
# Large while much is left and small at the end, so that processes end together, however many they are: three equal shards
# kept one of two processes waiting for a third of the time.
_SHARD_BYTES, _LAST_BYTES = 8 * 1024 * 1024, 512 * 1024
_SHARE = 16
# What a part's rows take, some 5 MB, bounds a process's memory whatever its file's size.
_ENTRIES_A_PART = 250
_EXAMPLES = 4
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
    skip: int = 0
    """Pages and damaged records at its beginning that were given already."""
    number: int = 0
    """Its place in the work that it is part of."""

    @property
    def size(self) -> int:
        """The bytes it covers, as far as that is known beforehand."""
        if self.kind == RECORDS:
            return 0
        return sum(path.stat().st_size if self.end is None else self.end - self.start for path in self.paths)


@dataclass(slots=True)
class Part:
    """What some pages of one shard gave: joined groups of rows as columns, and counts."""

    gathered: list[Gathered] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    pages: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    """Rejects by reason; parse_timeout and parse_crash among them, which are no rows."""
    examples: dict[str, list[str]] = field(default_factory=dict)
    """Some pages by reason of their rejection."""
    torn: list[str] = field(default_factory=list)
    """Files that end within a record."""
    ends: Shard | None = None
    """The shard of which it is the last part."""
    foreign: int = 0
    """Pages of hosts that are not registered, passed over."""
    unchanged: int = 0
    """Pages that were known by their digest and not parsed again."""

    def add(self, other: Part) -> None:
        """Take another part in."""
        self.gathered += other.gathered
        self.ends = other.ends
        self.pages += other.pages
        self.torn += other.torn
        self.foreign += other.foreign
        self.unchanged += other.unchanged
        add_counts(self.counts, other.counts)
        add_counts(self.rejected, other.rejected)
        for reason, names in other.examples.items():
            self.examples.setdefault(reason, []).extend(names)


def add_counts(mine: dict[str, int], its: dict[str, int]) -> None:
    """Add counts to others."""
    for name, count in its.items():
        mine[name] = mine.get(name, 0) + count


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


# A process's own, over all shards that it does.
_TICKERS: Known[bytes, WeatherBulletin] = Known(TICKERS_KNOWN)
_SAME = SamePages(_TICKERS)


class _PartSink(Sink):
    def __init__(self) -> None:
        self.collector = Collector(_TICKERS)


def parse_shard(shard: Shard) -> Iterator[Part]:
    """Parse one shard in parts, in a process that a page may cost its life; the last part has no pages and says so.

    A page that fails is a reject; a file that cannot be read raises.
    """
    registered, parse = Registered(), _parse_apart if shard.each_apart else parse_entries
    entries = _entries(shard, registered)
    for _ in itertools.islice(entries, shard.skip):
        pass
    passed_over = registered.passed_over
    while (first := next(entries, None)) is not None:
        part = parse(itertools.chain([first], itertools.islice(entries, _ENTRIES_A_PART - 1)))
        part.foreign, passed_over = registered.passed_over - passed_over, registered.passed_over
        yield part
    yield Part(foreign=registered.passed_over - passed_over, ends=shard)


def after_death(shard: Shard, parts_given: int) -> Shard:
    """What remains of a shard whose process died."""
    return replace(shard, each_apart=True, skip=shard.skip + parts_given * _ENTRIES_A_PART)


def parse_whole(shard: Shard) -> Part:
    """All of a shard as one part."""
    whole = Part()
    for part in parse_shard(shard):
        whole.add(part)
    return whole


def parse_entries(entries: Iterable[Page | Damaged]) -> Part:
    """What pages and damaged records give. The process ends where a page takes longer than its limit."""
    sink, part, recalled = _PartSink(), Part(), _SAME.recalled
    chain = Chain(sink, same=_SAME)
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
    part.gathered = sink.collector.gathered()
    part.counts, part.unchanged = dict(sink.collector.counts), _SAME.recalled - recalled
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


def shards(paths: Iterable[Path], stated: Stated | None = None) -> list[Shard]:
    """Files as work, cut alike for any number of processes: WARC files in parts, saved pages by the handful."""
    by_kind: dict[bool, list[Path]] = {True: [], False: []}
    for path in paths:
        by_kind[saved.kind(path) == WARC].append(path)
    files = by_kind[False]
    chunks = [tuple(files[at : at + _FILES_A_SHARD]) for at in range(0, len(files), _FILES_A_SHARD)]
    moment = stated.fetched_at if stated else None
    made = [Shard(chunk, "page", fetched_at=moment) for chunk in chunks]
    made += _cut(by_kind[True], stated)
    return [replace(shard, number=number) for number, shard in enumerate(made)]


def _cut(paths: Sequence[Path], stated: Stated | None) -> Iterator[Shard]:
    left = sum(path.stat().st_size for path in paths)
    for path in paths:
        size, hosts = path.stat().st_size, hosts_of(path, stated.hosts if stated else None)
        left -= size
        for start, end in pieces(path, _cuts(size, left)):
            yield Shard((path,), WARC, start, end, hosts=hosts)


def _cuts(size: int, behind: int) -> Iterator[int]:
    """Where to cut a file of so many bytes: each part a sixteenth of what is left with what lies ``behind``, within bounds."""
    at = 0
    while (part := min(max((size - at + behind) // _SHARE, _LAST_BYTES), _SHARD_BYTES)) < size - at:
        yield (at := at + part)


def tail(path: Path, start: int) -> list[Shard]:
    """The records of a WARC file of ours from ``start`` on."""
    cuts = pieces(path, (start + at for at in _cuts(path.stat().st_size - start, 0)))
    return [Shard((path,), WARC, max(start, begin), end) for begin, end in cuts if end > start]


_USUAL = """<!doctype html><html><head><meta charset="utf-8"><meta property="og:title" content="청주시 새 도서관">
<title>청주시 새 도서관 - {name}</title></head><body><p>서울 맑음 12.5℃ 충주 흐림 -3.0℃ 강릉 비 7℃ 제주 구름많음 9.1℃</p><div
id="article-view-content-div"><p>충북 청주시가 3일 새 도서관을 열었다. 홍길동 기자 hong@{host}</p></div><p>{name}</p></body></html>"""


def _warm() -> None:
    """Make here, before processes are forked, what every process's first page makes: patterns, tables, pipelines."""
    chain = Chain(_PartSink())
    for outlet in {outlet.cms: outlet for outlet in outlets().values() if outlet.hosts}.values():
        host = outlet.hosts[0]
        url = f"http://{host}/news/articleView.html?idxno=1"
        chain.page(Page(url, _USUAL.format(name=outlet.name, host=host).encode()))


def parts(work: Sequence[Shard], jobs: int) -> Iterator[Part]:
    """The shards' parts, as they come."""
    if work:
        _warm()
    return in_children(parse_shard, work, jobs, after_death)
