"""The facts of a source of KMA in one run: what it was asked, and the readings and forecasts that landed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from newsharvest.clock import KST
from newsharvest.crawl.faults import DUPLICATE, FAILED, REJECTED, SKIPPED, STORED, UNCHANGED
from newsharvest.crawl.landed import Judged, of_run
from newsharvest.expectations.facts import RunFacts
from newsharvest.expectations.weather import counted
from newsharvest.expecting import KMA_FIELDS
from newsharvest.files import DataDir
from newsharvest.kma_registry import KmaSource, kma_source_for
from newsharvest.schema import DATASETS, Row

Outcomes = Mapping[tuple[str, str, str, str | None], int]
_ANSWERED = frozenset({STORED, UNCHANGED, DUPLICATE, REJECTED})
_READINGS = ("observations", "forecasts")


def source_facts(
    data: DataDir, run: Judged, source: KmaSource, outcomes: Outcomes, files: Sequence[tuple[str, str]]
) -> RunFacts:
    """``pages`` are readings, ``new`` those of this run, ``tickers`` its pages with readings, ``stations`` the most on one page."""
    own = {key[1:]: count for key, count in outcomes.items() if key[0] == source.source_id}
    by_page: dict[str, list[Row]] = {}
    for name in _READINGS:
        columns = ["source", "url", *(c for c in ("stn_id", *KMA_FIELDS) if c in DATASETS[name].schema.names)]
        for row in of_run(data, run, name, [path for dataset, path in files if dataset == name], columns):
            if row["source"] == source.gives and kma_source_for(row["url"] or "") == source:
                by_page.setdefault(row["url"], []).append(row)
    rows = [row for page in by_page.values() for row in page]
    reasons: dict[str, int] = {}
    for (_, outcome, reason), count in own.items():
        if outcome in {FAILED, SKIPPED, REJECTED}:
            reasons[str(reason)] = reasons.get(str(reason), 0) + count
    return RunFacts(
        outlet_id=source.source_id,
        run_id=run.run_id,
        at=run.at.astimezone(KST),
        requests=sum(own.values()),
        answered=sum(count for (_, outcome, _), count in own.items() if outcome in _ANSWERED),
        failed=sum(count for (_, outcome, _), count in own.items() if outcome == FAILED),
        rejected=sum(count for (_, outcome, _), count in own.items() if outcome == REJECTED),
        reasons=reasons,
        pages=len(rows),
        new=len(rows),
        mix=counted(rows),
        tickers=len(by_page),
        stations=max((len({r.get("stn_id") for r in page} - {None}) for page in by_page.values()), default=0),
    )
