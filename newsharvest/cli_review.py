"""Commands that compare and list: they change nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

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


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(diff)
    app.command()(runs)
