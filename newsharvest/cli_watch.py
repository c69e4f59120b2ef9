"""Commands that watch over the runs: completeness, expectations, suspended outlets, changed templates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from newsharvest.cli_registry import OutletsOption
from newsharvest.files import DataDir
from newsharvest.terminal import Table, note, problem, table

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
DATA = Path("data")
_SUMS = ("seen", "none", "gaps", "filled", "gone", "jumped")


def coverage(
    outlets: Annotated[list[str] | None, typer.Argument(help="outlet ids; all without them")] = None,
    data_dir: DataDirOption = DATA,
    since: Annotated[str | None, typer.Option(help="from this day on")] = None,
    until: Annotated[str | None, typer.Option(help="before this day")] = None,
    days: Annotated[bool, typer.Option("--days", help="a line a day instead of a line an outlet")] = False,
    as_json: JsonOption = False,
) -> None:
    """How complete the articles are by their numbers: gaps are at most what is missing."""
    from newsharvest import load

    rows = load.coverage(outlets or None, since, until, data_dir, engine="arrow").to_pylist()
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return
    shown = rows if days else _summed(rows)
    names = ("outlet_id", *(("day",) if days else ("days",)), *_SUMS)
    lines = [(*(f"{row[name]}" for name in names), f"{_share(row):.1%}") for row in shown]
    table(Table("article numbers (gaps: at most so many articles are missing)", (*names, "at least here"), lines))


def _share(row: dict[str, Any]) -> float:
    return float(row["seen"] / (row["seen"] + row["gaps"])) if row["seen"] else 1.0


def _summed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        total = found.setdefault(
            row["outlet_id"], {"outlet_id": row["outlet_id"], "days": 0, **dict.fromkeys(_SUMS, 0)}
        )
        total["days"] += 1
        for name in _SUMS:
            total[name] += row[name]
    return list(found.values())


def suspended(
    data_dir: DataDirOption = DATA,
    lift: Annotated[str | None, typer.Option(help="ask this outlet again from the next run on")] = None,
    as_json: JsonOption = False,
) -> None:
    """Outlets that are not asked any more because their domain seems to be somebody else's."""
    from dataclasses import asdict

    from newsharvest.crawl import suspension

    data = DataDir(data_dir)
    if lift:
        held = suspension.lift(data, lift)
        note(f"{held.outlet_id} is asked again; it was suspended since {held.since}")
        return
    found = suspension.suspended(data)
    if as_json:
        print(json.dumps([asdict(each) for each in found.values()], ensure_ascii=False))
        return
    for each in found.values():
        problem(f"{each.outlet_id}: {each.signal} since {each.since}: {each.evidence} (run {each.run_id})")
        if each.own_since:
            note(f"{each.outlet_id}: looks like itself again since {each.own_since}")
    note(f"{len(found)} suspended" + ("; newsharvest suspended --lift OUTLET asks again" if found else ""))


def expectations(
    outlets: Annotated[list[str] | None, typer.Argument(help="outlet ids; all without them")] = None,
    data_dir: DataDirOption = DATA,
    _own: OutletsOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the outlets' runs gave lately, what was violated, and which changes of markup are still there."""
    from newsharvest.clock import now
    from newsharvest.crawl.judging import history
    from newsharvest.expectations.judge import lasting
    from newsharvest.kma_registry import kma_sources
    from newsharvest.reference import outlets as known

    found = history(DataDir(data_dir), now(), set(outlets or (*known(), *kma_sources())))
    if as_json:
        plain = {
            outlet_id: {"runs": len(runs), "violated": {run.run_id: run.signals for run in runs if run.signals},
                        "lasting": {name: at.isoformat() for name, at in lasting(runs).items()}}
            for outlet_id, runs in found.items()
        }  # fmt: skip
        print(json.dumps(plain, ensure_ascii=False))
        return
    lines = [
        (outlet_id, str(len(runs)), str(runs[-1].pages), str(sum(run.new for run in runs)), f"{runs[-1].at:%Y-%m-%d %H:%M}",
         ", ".join(f"{name} since {at:%m-%d}" for name, at in lasting(runs).items()) or "-")
        for outlet_id, runs in sorted(found.items())
    ]  # fmt: skip
    table(Table("runs of 60 days", ("outlet", "runs", "pages of the last", "new articles", "last", "changes"), lines))


def drift(
    outlet: Annotated[str, typer.Argument(help="outlet id")],
    data_dir: DataDirOption = DATA,
    since: Annotated[str | None, typer.Option(help="look at pages fetched since this day; 60 days without it")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="write both sides of every change into this file")] = None,
    _own: OutletsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which selectors stopped matching, on which day, and what to write in their place: shown, never applied.

    Exit code 3 where the template changed.
    """
    from datetime import timedelta

    from newsharvest.clock import now
    from newsharvest.drift.render import lines, page
    from newsharvest.drift.report import drift as changes
    from newsharvest.errors import RefusedError
    from newsharvest.load import moment
    from newsharvest.reference import outlets

    known = outlets().get(outlet)
    if known is None:
        raise RefusedError(f"unknown outlet {outlet!r}; `newsharvest outlets` lists them")
    found = changes(DataDir(data_dir), known, moment(since) if since else now() - timedelta(days=60))
    if html is not None:
        html.write_text(page(found, known), encoding="utf-8")
    if as_json:
        print(json.dumps([each.as_json() for each in found], ensure_ascii=False, default=str))
    else:
        for line in lines(found, known):
            note(line)
    raise typer.Exit(3 if found else 0)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (coverage, drift, expectations, suspended):
        app.command()(command)
