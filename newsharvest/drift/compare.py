"""On which days an outlet's template changed, and which rules stopped giving their fields then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time

from newsharvest.clock import KST
from newsharvest.drift.samples import Sample, Samples
from newsharvest.expectations.facts import ABSENT, RunFacts, categories
from newsharvest.expectations.judge import changed_measures

STOPPED, MOVED, SAME = "stopped", "moved", "same"
FIELDS = {
    "title": "title", "paragraphs": "body", "published_at_raw": "published_at", "published_at_label": "published_at",
    "byline_raw": "byline_raw", "subtitle": "subtitle", "section": "section",
}  # fmt: skip
"""Measures that name a field's rule, and the field."""
_BEFORE_DAYS = 28
_HALF = 0.5
_LEAST_SHARE = 0.15


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule (a selector, a label) of one measure, before and after a change: on which share of pages it gave the field."""

    measure: str
    selector: str
    before: float
    after: float
    instead: str | None
    """What gives the field now on most pages; None for nothing."""

    @property
    def stopped(self) -> bool:
        """It gave the field on at least 15 % of the pages, and does on less than half as many now."""
        return self.before >= _LEAST_SHARE and self.after < _HALF * self.before


@dataclass(slots=True)
class Change:
    """One change of an outlet's template."""

    day: date
    measures: tuple[str, ...]
    """What told of it."""
    before: list[Sample] = field(default_factory=list)
    after: list[Sample] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    """Those that stopped, the ones that were used most first."""


def changes(samples: Samples) -> list[Change]:
    """Every change of the template within the samples, oldest first."""
    history: list[RunFacts] = []
    found: list[Change] = []
    for day, listed in samples.days.items():
        facts = _facts(samples, day, listed)
        told = changed_measures(facts, history)
        if told:
            found.append(Change(day, tuple(told)))
        history.append(replace(facts, signals=tuple(f"mix:{name}" for name in told)))
    for place, change in enumerate(found):
        previous = found[place - 1].day if place else date.min
        following = found[place + 1].day if place + 1 < len(found) else date.max
        change.before = _between(samples, previous, change.day)[-_BEFORE_DAYS * 12 :]
        change.after = _between(samples, change.day, following)
        change.rules = _stopped(change)
    return found


def _facts(samples: Samples, day: date, listed: Sequence[Sample]) -> RunFacts:
    mix: dict[str, Counter[str]] = {}
    for row in (sample.row for sample in listed if sample.row is not None):
        for name, category in categories(row):
            mix.setdefault(name, Counter())[category] += 1
    if lost := sum(sample.row is None for sample in listed):
        mix.setdefault("paragraphs", Counter())[ABSENT] += lost
    at = datetime.combine(day, time(23, 59), KST)
    return RunFacts(
        samples.outlet.outlet_id,
        day.isoformat(),
        at,
        pages=len(listed),
        new=len(listed),
        mix={k: dict(v) for k, v in mix.items()},
    )


def _between(samples: Samples, first: date, beyond: date) -> list[Sample]:
    return [sample for day, listed in samples.days.items() if first <= day < beyond for sample in listed]


def _stopped(change: Change) -> list[Rule]:
    before, after = _mixes(change.before), _mixes(change.after)
    rules = []
    for measure, counts in before.items():
        if measure in FIELDS:
            rules += [rule for rule in _rules(measure, counts, after.get(measure, Counter())) if rule.stopped]
    return sorted(rules, key=lambda rule: -rule.before)


def _rules(measure: str, before: Mapping[str, int], after: Mapping[str, int]) -> list[Rule]:
    total, now = sum(before.values()), max(1, sum(after.values()))
    risen = max(after, key=lambda c: after[c] / now - before.get(c, 0) / total, default=ABSENT)
    instead = None if risen == ABSENT else risen
    return [
        Rule(measure, category, count / total, after.get(category, 0) / now, instead)
        for category, count in before.items()
        if category != ABSENT
    ]


def _mixes(samples: Sequence[Sample]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for sample in samples:
        for name, category in categories(sample.row) if sample.row is not None else ():
            found.setdefault(name, Counter())[category] += 1
    return found
