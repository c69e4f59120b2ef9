"""One outlet's run against its own runs before, and against what its stanza asks for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from newsharvest.expectations.calendar import SUNDAY, weekday_kind
from newsharvest.expectations.facts import ABSENT, RunFacts
from newsharvest.expectations.mix import shift
from newsharvest.expectations.tails import share_tails
from newsharvest.expectations.volume import shortfall, windows

PAGES_OF_HISTORY = 400
_POOLED = (1, 2, 3, 7)
_REJECTED_MOST = 0.2
_REJECTED_LEAST = 5
_TICKER_RUNS = 8
_TICKER_PAGES = 3
_STATIONS_SHARE = 0.7
_REFUSED_LEAST = 3
_FOREIGN_LEAST = 2
RETURNED, FOREIGN = "returned", "foreign"
_FIRST_DAYS = timedelta(days=2)
UNREACHABLE, THROTTLED, BANNED, TAKEN_OVER = "unreachable", "throttled", "banned", "taken_over"
VOLUME, REJECTED, TICKERS, STATIONS = "volume", "rejected", "tickers", "stations"
REACH = frozenset({UNREACHABLE, THROTTLED, BANNED, TAKEN_OVER, FOREIGN})
"""The outlet could not be read as usual: what such a run found says nothing of its volume."""


@dataclass(frozen=True, slots=True)
class Violation:
    """An expectation that did not hold. ``signal`` is its name, e.g. ``mix:title``, ``volume``, ``banned``."""

    outlet_id: str
    signal: str
    text: str


def judge(facts: RunFacts, history: Sequence[RunFacts], expect: Mapping[str, Any] | None = None) -> list[Violation]:
    """Every violated expectation of a run. ``history``: the outlet's earlier runs, oldest first.

    ``expect`` is the stanza's block: ``articles`` (least a day of work), ``fields`` (field → least share), ``stations``
    (least a ticker), ``rejected`` (greatest share), ``off`` (signals that are not judged; ``mix`` is all of ``mix:…``).
    """
    asked = expect or {}
    return kept(facts.outlet_id, asked, (pair for check in _CHECKS for pair in check(facts, history, asked)))


def kept(outlet_id: str, asked: Mapping[str, Any], found: Iterable[tuple[str, str]]) -> list[Violation]:
    """What was found, but for the signals that are ``off``."""
    off = set(asked.get("off", ()))
    return [
        Violation(outlet_id, signal, text)
        for signal, text in found
        if signal not in off and signal.partition(":")[0] not in off
    ]


Found = Iterator[tuple[str, str]]


def _taken_over(facts: RunFacts, history: Sequence[RunFacts], _asked: Mapping[str, Any]) -> Found:
    """Two foreign pages and none of its own, be they of one run or of several in a row; one alone is told of."""
    if not facts.foreign_pages or facts.own_pages:
        return
    runs = [facts, *itertools.takewhile(lambda each: not each.own_pages, reversed(history))]
    pages = sum(each.foreign_pages for each in runs)
    what = "without the outlet's name, CMS and language, none with them"
    if pages >= _FOREIGN_LEAST:
        yield TAKEN_OVER, f"{pages} pages {what}"
    else:
        yield FOREIGN, f"its only page is one {what}; suspended if the next run finds the same"


def _reach(facts: RunFacts, _history: Sequence[RunFacts], _asked: Mapping[str, Any]) -> Found:
    yield from reach(facts)


def reach(facts: RunFacts) -> Found:
    """The absolute ones: no history says that a closed door is as usual.

    They are shares of what was asked: behind two refusals 22 requests were left out by the back-off (month of seed 1, 추석).
    """
    refused = Counter[str]()
    for reason, count in facts.reasons.items():
        for signal, marks in _REFUSALS.items():
            refused[signal] += count if any(mark in reason for mark in marks) else 0
    others = max(facts.failed - refused.total(), 0)
    asked = facts.answered + refused.total() + others
    for signal, count in refused.items():
        if count and (count >= _REFUSED_LEAST or 3 * count >= asked or not facts.answered):
            yield signal, f"{count} of {facts.requests} requests: {_listed(facts.reasons)}"
    if others and (not facts.answered or (others >= _REFUSED_LEAST and 2 * others >= asked)):
        yield UNREACHABLE, f"{others} of {facts.requests} requests failed: {_listed(facts.reasons)}"


_REFUSALS = {THROTTLED: ("429", "retry_after"), BANNED: ("403", "captcha", "challenge")}


def _listed(reasons: Mapping[str, int]) -> str:
    return ", ".join(f"{count} × {reason}" for reason, count in sorted(reasons.items(), key=lambda pair: -pair[1])[:3])


def changed_measures(facts: RunFacts, history: Sequence[RunFacts]) -> list[str]:
    """The measures of the mix that are no longer what they were."""
    return [signal.partition(":")[2] for signal, _ in _mix(facts, history, {})]


def _mix(facts: RunFacts, history: Sequence[RunFacts], _asked: Mapping[str, Any]) -> Found:
    recent_runs = _since_change(history)
    for name in facts.mix:
        past = [each for each in recent_runs if name in each.mix]
        for width in _POOLED:
            recent = past[len(past) - width + 1 :] if width > 1 else []
            if len(recent) < width - 1:
                break
            before = past[: len(past) - width + 1]
            share = different([*recent, facts])
            today = {category: round(share * count) for category, count in _pooled(name, [*recent, facts]).items()}
            weight = different(before)
            changed = shift(name, today, [{c: weight * n for c, n in each.mix[name].items()} for each in before])
            if changed is not None:
                yield f"mix:{name}", changed.what
                break


def _pooled(name: str, runs: Sequence[RunFacts]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in runs:
        total.update(each.mix.get(name, {}))
    return total


def different(runs: Sequence[RunFacts]) -> float:
    """The share of pages that are of different articles: without validators a revisit is a page again, and no new evidence."""
    pages = sum(each.pages for each in runs)
    first = runs[0].pages if runs else 0
    return min(1.0, (first + sum(min(each.new, each.pages) for each in runs[1:])) / pages) if pages else 1.0


def _since_change(history: Sequence[RunFacts]) -> list[RunFacts]:
    """The runs that a measure is compared with: the last 400 pages, from the last change that was told.

    One redesign moves many measures, some too little to be told on its first day: they would be told on quiet days after.
    """
    chosen: list[RunFacts] = []
    pages = 0
    for each in reversed(history):
        if each.mix:
            chosen.append(each)
            pages += each.pages
        if pages >= PAGES_OF_HISTORY or any(signal.startswith("mix:") for signal in each.signals):
            break
    return chosen[::-1]


def _fields(facts: RunFacts, _history: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    for name, least in asked.get("fields", {}).items():
        counts = facts.mix.get(name, {})
        total = sum(counts.values())
        share = 1 - counts.get(ABSENT, 0) / total if total else 1.0
        if total >= _REJECTED_LEAST and share < least:
            yield f"field:{name}", f"{name} on {share:.0%} of {total} pages, at least {least:.0%} asked for"


def _volume(facts: RunFacts, history: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    runs = [*history, facts]
    since = runs[0].at - _FIRST_DAYS
    published: Counter[str] = Counter()
    for each in runs:
        published.update(each.published)
    counts = windows(published, facts.at, since)
    blind = frozenset(int((facts.at - each.at) / timedelta(days=1)) for each in history if REACH & set(each.signals))
    why = None if _is_cut_off(facts) else shortfall(counts, facts.at, blind)
    if why is not None:
        yield VOLUME, why
    middle = (facts.at - timedelta(hours=12)).date()
    least = asked.get("articles")
    if least is not None and counts and weekday_kind(middle) < SUNDAY - 1 and counts[0] < least:
        yield VOLUME, f"{counts[0]} articles in 24 hours, at least {least} asked for"


def _is_cut_off(facts: RunFacts) -> bool:
    """A run that could not read everything has its own signal."""
    return any(True for _ in reach(facts)) or any(True for _ in _taken_over(facts, (), {}))


def _rejected(facts: RunFacts, history: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    total = facts.rejected + facts.pages
    rejected = facts.rejected - facts.foreign_pages
    if rejected < _REJECTED_LEAST or not total:
        return
    share, most = rejected / total, asked.get("rejected", _REJECTED_MOST)
    usual = [(each.rejected, each.rejected + each.pages) for each in history if each.pages]
    if share > most and share_tails(rejected, total, usual)[1] < _UNUSUAL:
        yield REJECTED, f"{rejected} of {total} pages could not be read ({share:.0%}, at most {most:.0%})"


_UNUSUAL = 0.01


def _tickers(facts: RunFacts, history: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    if facts.own_pages < _TICKER_PAGES:
        return
    past = [each for each in history if each.own_pages >= _TICKER_PAGES][-_TICKER_RUNS:]
    if len(past) == _TICKER_RUNS and all(each.tickers for each in past) and not facts.tickers:
        yield TICKERS, f"no weather ticker, the last {_TICKER_RUNS} runs had one"
    if not facts.tickers:
        return
    usual = min((each.stations for each in past), default=0) if len(past) == _TICKER_RUNS else 0
    least = asked.get("stations", _STATIONS_SHARE * usual)
    if facts.stations < least:
        yield STATIONS, f"{facts.stations} stations in the fullest ticker, at least {least:.0f} expected"


_CHECKS: tuple[Callable[[RunFacts, Sequence[RunFacts], Mapping[str, Any]], Found], ...] = (
    _taken_over, _reach, _mix, _fields, _volume, _rejected, _tickers,
)  # fmt: skip


def lasting(history: Sequence[RunFacts]) -> dict[str, datetime]:
    """The changes of mark-up that were told and not gone back on: measure → when."""
    found: dict[str, datetime] = {}
    for each in history:
        found |= {signal: each.at for signal in each.signals if signal.startswith("mix:")}
    return found
