"""One source of KMA: a run against its own runs before, and against what newsharvest.toml and its stanza ask for.

Only measures that do not follow the weather are compared with history: rain that no station reports is no fault.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from newsharvest.expectations.facts import ABSENT, RunFacts
from newsharvest.expectations.judge import REJECTED, STATIONS, Violation, kept, reach
from newsharvest.expecting import KMA_FIELDS

GIVEN, STATION = "given", "station"
UNRESOLVED = "unresolved"
_RUNS = 8
_STATIONS_SHARE = 0.85
_USUAL = 0.5
_READINGS_LEAST = 5
_STEADY = (
    "temperature_c", "humidity_pct", "wind_direction", "wind_speed_ms", "sea_level_pressure_hpa", "dew_point_c", "temperature_min_c",
    "temperature_max_c", "precipitation_probability_pct",
)  # fmt: skip
"""What instruments give at every hour, and what every forecast states. Clouds, sight and present weather are noted by people, at
some hours; rain and snow come with the weather."""
Found = Iterator[tuple[str, str]]


def counted(rows: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Field → ``given`` or ``-`` → rows, of observations or forecasts; ``station`` only where rows can have one.

    >>> counted([{"temperature_c": 3.5, "stn_id": 90}, {"temperature_c": None, "stn_id": None}])["temperature_c"]
    {'given': 1, '-': 1}
    """
    mix: dict[str, Counter[str]] = {}
    for row in rows:
        for name, column in ((STATION, "stn_id"), *zip(KMA_FIELDS, KMA_FIELDS, strict=True)):
            if column in row:
                mix.setdefault(name, Counter())[ABSENT if row[column] is None else GIVEN] += 1
    return {name: dict(counts) for name, counts in mix.items()}


def judge_weather(
    facts: RunFacts, history: Sequence[RunFacts], expect: Mapping[str, Any] | None = None
) -> list[Violation]:
    """Every violated expectation of a source's run. ``history``: its earlier runs, oldest first.

    ``expect``: ``stations`` (least on the fullest page), ``unresolved`` and ``rejected`` (greatest shares), ``fields``
    (field → least share), ``off``. A run without readings (all unchanged) is judged by its answers only.
    """
    asked = expect or {}
    past = [each for each in history if each.pages >= _READINGS_LEAST][-_RUNS:]
    return kept(facts.outlet_id, asked, (pair for check in _CHECKS for pair in check(facts, past, asked)))


def _reach(facts: RunFacts, _past: Sequence[RunFacts], _asked: Mapping[str, Any]) -> Found:
    yield from reach(facts)


def _rejected(facts: RunFacts, _past: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    share, most = facts.rejected / facts.requests if facts.requests else 0.0, asked.get("rejected", 0.0)
    if share > most:
        yield REJECTED, f"{facts.rejected} of {facts.requests} pages could not be read, at most {most:.0%} expected"


def _stations(facts: RunFacts, past: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    if not _share(facts, STATION)[1]:
        return
    usual = min(each.stations for each in past) if len(past) == _RUNS else 0
    least = asked.get("stations", _STATIONS_SHARE * usual)
    if facts.stations < least:
        yield STATIONS, f"{facts.stations} stations on the fullest page, at least {least:.0f} expected"


def _unresolved(facts: RunFacts, _past: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    given, total = _share(facts, STATION)
    most = asked.get("unresolved", 1.0)
    if total >= _READINGS_LEAST and 1 - given / total > most:
        yield UNRESOLVED, f"{total - given} of {total} readings have no station, at most {most:.0%} expected"


def _fields(facts: RunFacts, past: Sequence[RunFacts], asked: Mapping[str, Any]) -> Found:
    for name in facts.mix:
        given, total = _share(facts, name)
        if name == STATION or total < _READINGS_LEAST:
            continue
        least, why = asked.get("fields", {}).get(name), "asked for"
        if least is None and name in _STEADY:
            least, why = _usual(name, past) / 2, "half of what its runs gave"
        if least is not None and given / total < least:
            yield f"field:{name}", f"{name} on {given / total:.0%} of {total} readings, at least {least:.0%} ({why})"


def _usual(name: str, past: Sequence[RunFacts]) -> float:
    """The least share of a field in the last runs; 0 where it is no habit of theirs."""
    shares = [given / total for given, total in (_share(each, name) for each in past) if total]
    least = min(shares, default=0.0)
    return least if len(shares) == _RUNS and least >= _USUAL else 0.0


def _share(facts: RunFacts, name: str) -> tuple[int, int]:
    counts = facts.mix.get(name, {})
    return counts.get(GIVEN, 0), sum(counts.values())


_CHECKS: tuple[Callable[[RunFacts, Sequence[RunFacts], Mapping[str, Any]], Found], ...] = (
    _reach, _rejected, _stations, _unresolved, _fields,
)  # fmt: skip
