"""Which rule gives a field: what changed since the runs before. A page may still parse; the mix says that its markup did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from newsharvest.expectations.facts import ABSENT
from newsharvest.expectations.tails import share_tails

ALPHA = 2e-6
"""How improbable a count must be: 200 outlets have some 10,000 measures a day, most of them far from any change."""
LEAST_HISTORY = 20
LEAST_PAGES = 2
_RARE = 0.02
_COMMON = 0.1
_SHIFT = 0.3
Counts = Mapping[str, float]
"""Category → pages; fewer than there were where pages repeat each other."""
Weights = dict[str, float]


@dataclass(frozen=True, slots=True)
class Shift:
    """One measure whose categories are no longer what they were."""

    name: str
    what: str
    """In words, with both shares."""
    probability: float


def shift(name: str, today: Mapping[str, int], history: Sequence[Counts]) -> Shift | None:
    """The least probable change of a measure, or None.

    Looked for: categories never or hardly seen before, a common category that all but vanished, a field that is absent.

    >>> old = [{"ndsoft:h3.heading": 8}] * 5
    >>> shift("title", {"meta:og:title": 7}, old).what
    "'ndsoft:h3.heading' gave 100 % of 40 pages before, 0 % of 7 now; 'meta:og:title' is new: 100 %"
    """
    base: Weights = {}
    for counts in history:
        for category, count in counts.items():
            base[category] = base.get(category, 0) + count
    seen, total = sum(base.values()), sum(today.values())
    if seen < LEAST_HISTORY or total < LEAST_PAGES:
        return None
    found = [_new(today, base, history), _vanished(today, base, history), _absent(today, base, history)]
    probability = min((p for p in found if p is not None), default=1.0)
    return Shift(name, _words(today, base), probability) if probability < ALPHA else None


def _new(today: Mapping[str, int], base: Weights, history: Sequence[Counts]) -> float | None:
    """Categories that were rare together; a single sighting says how often new ones come (Good and Turing)."""
    most = max(1.0, _RARE * sum(base.values()))
    common = {category for category, count in base.items() if count > most}
    hits = sum(count for category, count in today.items() if category not in common)
    if hits < LEAST_PAGES or hits < _SHIFT * sum(today.values()):
        return None
    before = [(sum(c for k, c in counts.items() if k not in common), sum(counts.values())) for counts in history]
    return share_tails(hits, sum(today.values()), before, prior=1.0)[1]


def _vanished(today: Mapping[str, int], base: Weights, history: Sequence[Counts]) -> float | None:
    total, seen = sum(today.values()), sum(base.values())
    found = []
    for category, count in base.items():
        share = count / seen
        if share >= _COMMON and today.get(category, 0) / total <= share / 2:
            before = [(counts.get(category, 0), sum(counts.values())) for counts in history]
            found.append(share_tails(today.get(category, 0), total, before)[0])
    return min(found, default=None)


def _absent(today: Mapping[str, int], base: Weights, history: Sequence[Counts]) -> float | None:
    total, seen = sum(today.values()), sum(base.values())
    if today.get(ABSENT, 0) / total < base.get(ABSENT, 0) / seen + _SHIFT:
        return None
    before = [(counts.get(ABSENT, 0), sum(counts.values())) for counts in history]
    return share_tails(today[ABSENT], total, before)[1]


def _words(today: Mapping[str, int], base: Weights) -> str:
    total, seen = sum(today.values()), sum(base.values())
    lost = max(base, key=lambda c: base[c] / seen - today.get(c, 0) / total)
    come = max(today, key=lambda c: today[c] / total - base.get(c, 0) / seen)
    before, now = base[lost] / seen, today.get(lost, 0) / total
    kind = "is new" if not base.get(come) else f"gave {base[come] / seen:.0%}".replace("%", " %")
    return (
        f"{_name(lost)} gave {before * 100:.0f} % of {seen:.0f} pages before, {now * 100:.0f} % of {total} now; "
        f"{_name(come)} {kind}: {today[come] / total * 100:.0f} %"
    )


def _name(category: str) -> str:
    return "nothing" if category == ABSENT else f"'{category}'"
