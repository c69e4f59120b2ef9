"""Commands that compare and list: they change nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from newsharvest import reference
from newsharvest.files import DataDir
from newsharvest.terminal import Table, note, table

LOSES = 3
_RUN_COLUMNS = ("run_id", "command", "ended", "exit_code", "requests", "stored", "rejected", "failed", "pages")


def diff(
    before: Annotated[Path, typer.Argument(help="a data dir")],
    after: Annotated[Path, typer.Argument(help="another, e.g. of a newer parser")],
    html: Annotated[Path | None, typer.Option(help="also write one HTML page")] = None,
    examples: Annotated[int, typer.Option(min=1, help="examples a field")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False,
) -> None:
    """What changed between two data dirs; exit code 3 where rows or values were lost."""
    from newsharvest.diff import compare
    from newsharvest.diff_views import page, render

    found = compare(DataDir(before), DataDir(after), examples)
    if html is not None:
        html.write_text(page(found), encoding="utf-8")
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, default=str))
    else:
        render(found)
        note(f"written: {html}" if html else "")
    if found.loses:
        raise typer.Exit(LOSES)


def runs(
    data_dir: Annotated[Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA")] = Path("data"),
    last: Annotated[int, typer.Option(min=1, help="how many")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False,
) -> None:
    """The history: what ran and how it ended, newest last."""
    from newsharvest import load

    rows = load.runs(data_dir=data_dir, engine="arrow").to_pylist()
    rows = sorted(rows, key=lambda row: row["run_id"])[-last:]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=str))
        return
    shown = [tuple("" if row[name] is None else str(row[name]) for name in _RUN_COLUMNS) for row in rows]
    table(Table(f"runs in {data_dir}", _RUN_COLUMNS, shown))


_NETWORKS = ("ASOS", "special", "closed", "AWS")


def stations(
    what: Annotated[str | None, typer.Argument(help="a number, or part of a name in Korean or English")] = None,
    network: Annotated[str, typer.Option(help="ASOS, special, closed, AWS or all")] = "ASOS",
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False,
) -> None:
    """The station table: the 97 ASOS stations, or those that a number or a name means."""
    if network not in (*_NETWORKS, "all"):
        raise typer.BadParameter(f"{network!r} is none of {', '.join(_NETWORKS)}, all", param_hint="--network")
    wanted = [
        station
        for station in reference.stations().values()
        if (what is not None and _means(station, what))
        or (what is None and (network == "all" or station.network == network))
    ]
    if not wanted:
        raise typer.BadParameter(f"no station {what!r}", param_hint="WHAT")
    if as_json:
        print(json.dumps([asdict(station) for station in wanted], ensure_ascii=False))
        return
    rows = [
        (str(s.stn_id), s.name, s.network, s.name_en or "", s.wmo_id or "", *map(_number, (s.lat, s.lon, s.altitude_m)))
        for s in wanted
    ]
    table(Table(f"{len(wanted)} stations", ("stn_id", "name", "network", "English", "WMO", "lat", "lon", "m"), rows))


def _means(station: reference.Station, what: str) -> bool:
    names = (station.name, *station.variants, *station.aliases, *station.legacy_names, station.name_en or "")
    return what == str(station.stn_id) or any(what.lower() in name.lower() for name in names)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(diff)
    app.command()(runs)
    app.command()(stations)
