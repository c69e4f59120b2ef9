"""Near-duplicates: candidates by bands, every pair verified, clusters as what hangs together. Order does not matter.

A node is a text; articles with the same text share one. What an earlier run verified is taken over: a pair of which both
texts were there before is joined if they were in one cluster, as long as nothing of that cluster has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from newsharvest.shingling import Bands

THRESHOLD = 0.5
Pair = tuple[int, int]
Hashes = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run found, without what has changed since: text → cluster, text → greatest similarity."""

    cluster_of: Mapping[int, str] = field(default_factory=dict)
    similarity_of: Mapping[int, float] = field(default_factory=dict)
    seen: frozenset[int] = frozenset()
    """Texts that were compared with each other then, alone or in a cluster."""


@dataclass(slots=True)
class Found:
    """The clusters of texts, each sorted, and the greatest similarity of every text in one."""

    clusters: list[list[int]]
    similarity_of: dict[int, float]
    verified: int = 0
    """Pairs that were compared."""


CROWD = 50
"""A band that more texts share (bulletins of one form, a thousand a year) is not compared pair by pair."""
_NEIGHBOURS = 3


@dataclass(slots=True)
class Candidates:
    """Pairs of texts that share a band, the lesser first; and the texts of crowded bands, where not all pairs are in it."""

    pairs: set[Pair] = field(default_factory=set)
    crowded: set[int] = field(default_factory=set)


def candidates(texts: Sequence[int], bands: Bands) -> Candidates:
    """What may be alike. ``bands`` has a row a text. Of a crowd each text is paired with those next to it in the order of all bands."""
    found = Candidates()
    rank = np.lexsort((np.array(texts, dtype=np.int64), *bands.T[::-1])) if len(texts) else np.empty(0, np.int64)
    place_in_rank = np.argsort(rank)
    for column in bands.T:
        for group in _equal(column):
            if len(group) <= CROWD:
                found.pairs.update(combinations(sorted(texts[place] for place in group), 2))
            else:
                near = [texts[place] for place in sorted(group, key=lambda place: place_in_rank[place])]
                found.crowded.update(near)
                for step in range(1, _NEIGHBOURS + 1):
                    found.pairs.update((min(p), max(p)) for p in zip(near, near[step:], strict=False))
    return found


def _equal(column: npt.NDArray[np.int32]) -> list[npt.NDArray[np.int64]]:
    """The places of every value that stands there twice or more."""
    order = np.argsort(column, kind="stable")
    starts = np.flatnonzero(np.diff(column[order], prepend=np.int64(1) << 40))
    lengths = np.diff(starts, append=len(order))
    return [order[start : start + length] for start, length in zip(starts, lengths, strict=True) if length > 1]


def cluster(
    texts: Sequence[int],
    bands: Bands,
    sets_of: Callable[[set[int]], Iterable[tuple[int, frozenset[str]]]],
    known: Known | None = None,
) -> Found:
    """The clusters of texts with a Jaccard of at least `THRESHOLD`, equal to those of a run that knows nothing.

    ``sets_of`` gives the shingles of some texts: only those are asked for whose pairs have to be verified.
    """
    present = set(texts)
    maybe = candidates(texts, bands)
    held = _without(known or Known(), maybe.crowded)
    pairs = sorted(pair for pair in maybe.pairs if _is_open(pair, held))
    sets = {text: _compact(own) for text, own in sets_of({text for pair in pairs for text in pair})}
    best = {text: value for text, value in held.similarity_of.items() if text in present}
    above = {text: text for text in texts}
    for first, *others in _groups(held.cluster_of, present):
        for other in others:
            _unite(above, first, other)
    for one, other in pairs:
        value = _similarity(sets[one], sets[other])
        if value >= THRESHOLD:
            _unite(above, one, other)
            best[one], best[other] = max(best.get(one, 0.0), value), max(best.get(other, 0.0), value)
    return Found(
        [group for group in _groups({t: _top(above, t) for t in texts}, present) if len(group) > 1], best, len(pairs)
    )


def _compact(triples: frozenset[str]) -> Hashes:
    """A set as sorted 64-bit hashes of this process: a tenth of its memory."""
    return np.sort(np.fromiter(map(hash, triples), dtype=np.int64, count=len(triples)))


def _similarity(one: Hashes, other: Hashes) -> float:
    """The Jaccard index, as `newsharvest.shingling.jaccard` gives it."""
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / (len(one) + len(other) - common)


def _without(known: Known, crowded: set[int]) -> Known:
    """What is known apart from the clusters of crowded texts: which of their pairs are compared depends on who else is there."""
    lost = {known.cluster_of[text] for text in crowded if text in known.cluster_of}
    if not crowded:
        return known
    kept = {text: name for text, name in known.cluster_of.items() if name not in lost}
    gone = {text for text, name in known.cluster_of.items() if name in lost} | crowded
    similar = {text: value for text, value in known.similarity_of.items() if text in kept}
    return Known(kept, similar, known.seen - gone)


def _is_open(pair: Pair, known: Known) -> bool:
    """Whether nobody has compared these two yet."""
    return not (pair[0] in known.seen and pair[1] in known.seen)


def _groups(name_of: Mapping[int, object], present: Iterable[int]) -> list[list[int]]:
    groups: dict[object, list[int]] = {}
    for text in sorted(present):
        if text in name_of:
            groups.setdefault(name_of[text], []).append(text)
    return sorted(groups.values())


def _top(above: dict[int, int], text: int) -> int:
    while above[text] != text:
        above[text] = above[above[text]]
        text = above[text]
    return text


def _unite(above: dict[int, int], one: int, other: int) -> None:
    first, second = sorted((_top(above, one), _top(above, other)))
    above[second] = first
