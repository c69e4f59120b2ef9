"""Near-duplicates: candidates by bands, every pair verified, clusters as what hangs together. Order does not matter.

A node is a text; articles with the same text share one. What an earlier run verified is taken over: a pair of which both
texts were there before is joined if they were in one cluster, as long as nothing of that cluster has gone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from newsharvest.shingling import Bands, jaccard

THRESHOLD = 0.5
Pair = tuple[int, int]


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


def candidates(texts: Sequence[int], bands: Bands) -> Iterator[Pair]:
    """Pairs of texts that share a band, each once, the lesser first. ``bands`` has a row a text."""
    seen: set[Pair] = set()
    for column in bands.T:
        order = np.argsort(column, kind="stable")
        ends = np.flatnonzero(np.diff(column[order])) + 1
        for group in np.split(order, ends) if len(order) else ():
            if len(group) > 1:
                members = sorted(texts[place] for place in group)
                fresh = [pair for pair in combinations(members, 2) if pair not in seen]
                seen.update(fresh)
                yield from fresh


def cluster(
    texts: Sequence[int],
    bands: Bands,
    sets_of: Callable[[set[int]], Mapping[int, frozenset[str]]],
    known: Known | None = None,
) -> Found:
    """The clusters of texts with a Jaccard of at least `THRESHOLD`, equal to those of a run that knows nothing.

    ``sets_of`` gives the shingles of some texts: only those are asked for whose pairs have to be verified.
    """
    held = known or Known()
    present = set(texts)
    pairs = [pair for pair in candidates(texts, bands) if _is_open(pair, held)]
    sets = sets_of({text for pair in pairs for text in pair})
    best = {text: value for text, value in held.similarity_of.items() if text in present}
    above = {text: text for text in texts}
    for first, *others in _groups(held.cluster_of, present):
        for other in others:
            _unite(above, first, other)
    for one, other in pairs:
        value = jaccard(sets[one], sets[other])
        if value >= THRESHOLD:
            _unite(above, one, other)
            best[one], best[other] = max(best.get(one, 0.0), value), max(best.get(other, 0.0), value)
    return Found(
        [group for group in _groups({t: _top(above, t) for t in texts}, present) if len(group) > 1], best, len(pairs)
    )


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
