"""A run's verdict: what every outlet gave, read off the rows that landed, against the outlet's own runs before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.dataset as ds

from newsharvest.clock import KST
from newsharvest.cms.foreign import FOREIGN
from newsharvest.config import Config
from newsharvest.crawl.faults import DUPLICATE, FAILED, REJECTED, SAME, SAME_BYTES, SKIPPED, STORED, UNCHANGED
from newsharvest.crawl.judging_kma import source_facts
from newsharvest.crawl.kinds import ARTICLE, LIST
from newsharvest.crawl.landed import Judged, of_run
from newsharvest.crawl.suspension import Suspension
from newsharvest.expectations.facts import RunFacts, measured
from newsharvest.expectations.judge import RETURNED, TAKEN_OVER, Violation, judge
from newsharvest.expectations.weather import judge_weather
from newsharvest.files import DataDir
from newsharvest.kma_registry import KmaSource
from newsharvest.reference import Outlet
from newsharvest.schema import Row

HISTORY = timedelta(days=60)
_OWN = frozenset({(STORED, None), (UNCHANGED, SAME), (UNCHANGED, SAME_BYTES)})
_ANSWERED = frozenset({STORED, UNCHANGED, DUPLICATE, REJECTED})
_ARTICLE_COLUMNS = [
    "title", "subtitle", "body", "captions", "byline_raw", "authors", "section", "keywords", "images", "published_at_raw",
    "rights_notice", "dateline_raw", "published_at", "published_at_label", "extractors", "template", "fetched_at", "first_seen_at",
]  # fmt: skip
Outcomes = Mapping[tuple[str, str, str, str | None], int]
"""(outlet_id, kind, outcome, reason) → requests."""
JUDGED = ("articles", "bulletins", "observations", "forecasts")
"""The datasets whose rows tell what a run gave."""
Touched = Iterable[tuple[str, str]]
"""(dataset, file below it)."""


@dataclass(slots=True)
class Verdict:
    """What a run is to be remembered by."""

    rows: list[Row] = field(default_factory=list)
    """Of ``outlet_runs``."""
    violations: list[Violation] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)

    def take(self, facts: RunFacts, broken: Sequence[Violation]) -> None:
        """Add the facts of one outlet or source, and what they break."""
        self.violations += broken
        self.suspensions += [
            Suspension(
                facts.outlet_id, facts.at.astimezone(UTC).date().isoformat(), each.signal, each.text, facts.run_id
            )
            for each in broken
            if each.signal == TAKEN_OVER
        ]
        self.rows.append(_row(replace(facts, signals=tuple(each.signal for each in broken)), broken))

    def back(self, suspensions: Iterable[Suspension]) -> None:
        """Add the suspended outlets that look like themselves again."""
        for each in suspensions:
            text = "its front page has its name, its CMS and its language again"
            lift = f"`newsharvest suspended --lift {each.outlet_id}` asks it again"
            self.violations.append(Violation(each.outlet_id, RETURNED, f"{text}: {lift}"))

    @property
    def lines(self) -> list[str]:
        """Every violation in words, one a line."""
        return [f"{each.outlet_id} {each.signal}: {each.text}" for each in self.violations]


def verdict(
    data: DataDir,
    run: Judged,
    outlets: Sequence[Outlet],
    outcomes: Outcomes,
    touched: Touched,
    sources: Sequence[KmaSource] = (),
    config: Config = Config(),  # noqa: B008 - frozen
) -> Verdict:
    """The facts of every outlet and source of a run, and which expectations they break. Call it when its rows have landed."""
    found = Verdict()
    past = history(data, run.at, {o.outlet_id for o in outlets} | {s.source_id for s in sources})
    files = sorted(set(touched) | set(_all_files(data, outlets) if run.killed else ()))
    for outlet in outlets:
        facts = _facts(data, run, outlet.outlet_id, outcomes, files)
        asked = config.expect.asked(outlet.outlet_id, outlet.expect)
        broken = judge(facts, past.get(outlet.outlet_id, []), asked) if run.whole else []
        found.take(facts, broken)
    for source in sources:
        facts = source_facts(data, run, source, outcomes, files)
        asked = config.expect_kma.asked(source.source_id, source.expect)
        found.take(facts, judge_weather(facts, past.get(source.source_id, []), asked) if run.whole else [])
    return found


def _facts(
    data: DataDir, run: Judged, outlet_id: str, outcomes: Outcomes, files: Sequence[tuple[str, str]]
) -> RunFacts:
    own = {key[1:]: count for key, count in outcomes.items() if key[0] == outlet_id}
    kinds = {ARTICLE, LIST}
    reasons: dict[str, int] = {}
    for (_, outcome, reason), count in own.items():
        if outcome in {FAILED, SKIPPED} or (outcome == REJECTED and reason != FOREIGN):
            reasons[str(reason)] = reasons.get(str(reason), 0) + count
    articles = of_run(
        data, run, "articles", [p for n, p in files if n == "articles" and _of(p, outlet_id)], _ARTICLE_COLUMNS
    )
    tickers = [row for row in _bulletins(data, run, files) if row["source"] == outlet_id]
    started = min([run.started_at, *run.killed.values()])
    return RunFacts(
        outlet_id=outlet_id,
        run_id=run.run_id,
        at=run.at.astimezone(KST),
        requests=sum(own.values()),
        answered=sum(count for (_, outcome, _), count in own.items() if outcome in _ANSWERED),
        failed=sum(count for (_, outcome, _), count in own.items() if outcome == FAILED),
        rejected=sum(count for (kind, outcome, _), count in own.items() if outcome == REJECTED and kind == ARTICLE),
        reasons=reasons,
        own_pages=sum(count for (kind, outcome, why), count in own.items() if kind in kinds and (outcome, why) in _OWN),
        foreign_pages=sum(count for (kind, _, reason), count in own.items() if kind in kinds and reason == FOREIGN),
        tickers=len(tickers),
        stations=max((row["resolved"] for row in tickers), default=0),
        **measured(articles, started, run.at.astimezone(KST)),
    )


def _of(path: str, outlet_id: str) -> bool:
    return path.startswith(f"outlet_id={outlet_id}/")


def _bulletins(data: DataDir, run: Judged, files: Sequence[tuple[str, str]]) -> Iterator[Row]:
    return of_run(data, run, "bulletins", [path for name, path in files if name == "bulletins"], ["source", "resolved"])


def _all_files(data: DataDir, outlets: Iterable[Outlet]) -> Iterator[tuple[str, str]]:
    folders = [("articles", f"outlet_id={outlet.outlet_id}/*.parquet") for outlet in outlets]
    for name, pattern in [*folders, *((name, "*/*.parquet") for name in JUDGED[1:])]:
        for path in (data.datasets / name).glob(pattern):
            yield name, path.relative_to(data.datasets / name).as_posix()


def history(data: DataDir, at: datetime, outlets: set[str]) -> dict[str, list[RunFacts]]:
    """Every outlet's judged runs of the last 60 days, oldest first."""
    folder = data.datasets / "outlet_runs"
    months = {(at - timedelta(days=days)).strftime("month=%Y-%m") for days in range(0, HISTORY.days + 1, 7)} | {
        at.strftime("month=%Y-%m"), (at - HISTORY).strftime("month=%Y-%m")
    }  # fmt: skip
    found: dict[str, list[RunFacts]] = {}
    for path in sorted(path for month in months for path in (folder / month).glob("part-*.parquet")):
        for row in ds.dataset(path, format="parquet").to_table().to_pylist():
            if row["outlet_id"] in outlets and row["at"] < at and at - row["at"] <= HISTORY:
                found.setdefault(row["outlet_id"], []).append(facts_of(row))
    return {outlet_id: sorted(each, key=lambda facts: facts.at) for outlet_id, each in found.items()}


def facts_of(row: Row) -> RunFacts:
    """The facts that a row of ``outlet_runs`` keeps."""
    mix: dict[str, dict[str, int]] = {}
    for key, count in row["mix"]:
        name, _, category = key.partition("=")
        mix.setdefault(name, {})[category] = count
    plain = {name: row[name] for name in _PLAIN}
    return RunFacts(
        **plain, at=row["at"].astimezone(KST), reasons=dict(row["reasons"]), published=dict(row["published"]), mix=mix,
        signals=tuple(row["signals"]),
    )  # fmt: skip


_PLAIN = (
    "outlet_id", "run_id", "requests", "answered", "failed", "rejected", "own_pages", "foreign_pages", "pages", "new", "tickers",
    "stations",
)  # fmt: skip


def _row(facts: RunFacts, broken: Sequence[Violation]) -> Row:
    mix = [(f"{name}={category}", count) for name, counts in facts.mix.items() for category, count in counts.items()]
    row: dict[str, Any] = {name: getattr(facts, name) for name in _PLAIN}
    return row | {
        "at": facts.at,
        "reasons": sorted(facts.reasons.items()),
        "published": sorted(facts.published.items()),
        "mix": sorted(mix),
        "signals": list(facts.signals),
        "violations": [each.text for each in broken],
    }
