"""What of some work is done, as byte ranges of files that have not changed since: the same work, begun anew, goes on behind it.

Neither the number of processes nor who does the work (this machine, a cluster) matters, nor what other files there are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from newsharvest.kma_registry import kma_sources
from newsharvest.reference import outlets
from newsharvest.shards import Shard
from newsharvest.versions import parser_version

Span = tuple[int, int]
Remembered = Mapping[str, dict[str, Any]]
"""As the manifest keeps it: a digest of a file and of how it is read → its path, the parser's version, the ranges done."""
_DIGITS = 16


@dataclass(slots=True)
class Journal:
    """The work that is left, by number, and what is done of every file."""

    left: list[Shard] = field(default_factory=list)
    whole: int = 0
    """Shards of the work of which nothing is left."""
    discarded: list[str] = field(default_factory=list)
    """What was remembered and is of no use, each with the reason."""
    lasting: bool = False
    """What is done stays noted when all is."""
    _names: list[str] = field(default_factory=list)
    _mine: dict[str, dict[str, Any]] = field(default_factory=dict)
    _others: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, work: Sequence[Shard], remembered: Remembered, basis: str = "") -> Journal:
        """The journal of work, of which some may be done. ``basis``: what else its result depends on."""
        made, names = cls(), _named(work, basis)
        remembered = {
            name: entry for name, entry in remembered.items() if isinstance(entry, dict)
        }  # before: lists of numbers
        current = {name: entry for name, entry in remembered.items() if entry["parser"] == parser_version()}
        for shard, name in zip(work, names, strict=True):
            entry = {"path": str(shard.paths[0].resolve()), "parser": parser_version(), "done": []}
            made._mine.setdefault(name, dict(current.get(name, entry)))
        made._others = {name: entry for name, entry in current.items() if name not in made._mine}
        made._take(zip(work, names, strict=True))
        made._tell(remembered)
        return made

    def done(self, shard: Shard) -> None:
        """Note that one of what was left is done."""
        entry = self._mine[self._names[shard.number]]
        entry["done"] = _united([*_done(entry), _range(self.left[shard.number])])

    def as_manifest(self) -> dict[str, dict[str, Any]]:
        """What is to be remembered now."""
        return {**self._others, **{name: dict(entry) for name, entry in self._mine.items()}}

    def ended(self) -> dict[str, dict[str, Any]]:
        """What is to be remembered when all is done: what is done of other work."""
        return self.as_manifest() if self.lasting else self._others

    def strange(self) -> list[str]:
        """Why not all that is remembered is of this work and holds."""
        return [*self.discarded, *(f"{entry['path']} is gone" for entry in self._others.values())]

    def _take(self, work: Iterable[tuple[Shard, str]]) -> None:
        for shard, name in work:
            rest = list(filter(None, (_cut(shard, span) for span in _without(_range(shard), _done(self._mine[name])))))
            self.whole += not rest
            for cut in rest:
                self.left.append(replace(cut, number=len(self.left)))
                self._names.append(name)

    def _tell(self, remembered: Remembered) -> None:
        paths = {entry["path"] for entry in self._mine.values()}
        for name, entry in sorted(remembered.items(), key=lambda item: item[1]["path"]):
            if entry["parser"] != parser_version():
                reason = f"was read by parser {entry['parser']}, this is {parser_version()}"
                self.discarded.append(f"{entry['path']} {reason}")
            elif name in self._others and entry["path"] in paths:
                self.discarded.append(f"{entry['path']} or how it is read has changed since")
                del self._others[name]


def registry_digest() -> str:
    """Of every outlet and source that is registered: a user's own stanzas decide what a page gives, too."""
    known = repr((sorted(outlets().items()), sorted(kma_sources().items())))
    return hashlib.sha256(known.encode()).hexdigest()


def _named(work: Sequence[Shard], basis: str) -> list[str]:
    """Each shard's file (or handful of files) by its size and time, and by what is said of it."""
    registry = registry_digest()
    facts = {paths: tuple(map(_file_facts, paths)) for paths in {shard.paths for shard in work}}
    parts = ((registry, basis, facts[shard.paths], shard.kind, shard.fetched_at, shard.hosts) for shard in work)
    return [hashlib.sha256(repr(part).encode()).hexdigest()[:_DIGITS] for part in parts]


def _file_facts(path: Path) -> tuple[str, int, int]:
    stat = path.stat()
    return str(path.resolve()), stat.st_size, stat.st_mtime_ns


def _range(shard: Shard) -> Span:
    """The bytes of one file (from the first to the last of the records that are selected), or the files of a handful."""
    if shard.offsets:
        return shard.offsets[0], shard.offsets[-1] + 1
    return (shard.start, shard.end) if shard.end is not None else (0, len(shard.paths))


def _cut(shard: Shard, span: Span) -> Shard | None:
    """What lies of a shard within a range; null where none of its records does."""
    if span == _range(shard):
        return shard
    if not shard.offsets:
        return replace(shard, start=span[0], end=span[1])
    offsets = tuple(offset for offset in shard.offsets if span[0] <= offset < span[1])
    return replace(shard, offsets=offsets) if offsets else None


def _done(entry: Mapping[str, Any]) -> list[Span]:
    return [(start, end) for start, end in entry["done"]]


def _united(spans: Iterable[Span]) -> list[Span]:
    """Ranges without overlaps, in order.

    >>> _united([(20, 30), (0, 10), (10, 20), (40, 50)])
    [(0, 30), (40, 50)]
    """
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def _without(whole: Span, done: Iterable[Span]) -> Iterator[Span]:
    """What is left of a range.

    >>> list(_without((0, 100), [(0, 10), (40, 50), (90, 200)]))
    [(10, 40), (50, 90)]
    """
    at = whole[0]
    for start, end in _united(done):
        if at < min(start, whole[1]):
            yield at, min(start, whole[1])
        at = max(at, end)
    if at < whole[1]:
        yield at, whole[1]
