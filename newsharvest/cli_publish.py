"""Commands that hand on what the data dir holds: report, export, snapshot."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from newsharvest.terminal import note

DataDirOption = Annotated[Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where the datasets lie")]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]


def report(
    data_dir: DataDirOption = Path("data"),
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("newsharvest-report.html"),
    as_json: JsonOption = False,
) -> None:
    """One self-contained page: weather map, counts, field coverage, rejects, runs, regions."""
    from newsharvest import report as reports

    facts = reports.write(data_dir, out, datetime.now(UTC))
    if as_json:
        print(json.dumps({"out": str(out), **facts.as_json()}, ensure_ascii=False))
        return
    note(f"{out}: {out.stat().st_size:,} bytes; {facts.totals['articles']:,} articles, {len(facts.stations)} stations")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(report)
