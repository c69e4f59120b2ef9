"""Commands that hand on what the data dir holds: report, export, snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsharvest import clock
from newsharvest.files import DataDir
from newsharvest.frames import library
from newsharvest.terminal import note, problem

if TYPE_CHECKING:
    from newsharvest.snapshot import Snapshot

STORAGE = 4

DataDirOption = Annotated[Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where the datasets lie")]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]


def report(
    data_dir: DataDirOption = Path("data"),
    out: Annotated[Path, typer.Option(help="the file to write")] = Path("newsharvest-report.html"),
    as_json: JsonOption = False,
) -> None:
    """One self-contained page: weather map, counts, field coverage, rejects, runs, regions."""
    library("plotly")
    from newsharvest import report as reports

    facts = reports.write(data_dir, out, clock.now())
    if as_json:
        print(json.dumps({"out": str(out), **facts.as_json()}, ensure_ascii=False))
        return
    note(f"{out}: {out.stat().st_size:,} bytes; {facts.totals['articles']:,} articles, {len(facts.stations)} stations")


def export(
    out: Annotated[Path, typer.Argument(help="a new folder")],
    data_dir: DataDirOption = Path("data"),
    datasets: Annotated[
        list[str] | None, typer.Option("--dataset", help="may be given again; articles, observations")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv (with BOM, for Excel) or parquet")] = "csv",
    texts: Annotated[
        bool, typer.Option("--texts", help="also bodies, captions and subtitles: other people's works")
    ] = False,
    without_reserved: Annotated[
        bool, typer.Option(help="leave out articles whose page reserves text and data mining")
    ] = False,
    outlets: Annotated[list[str] | None, typer.Option("--outlet", help="only this outlet; may be given again")] = None,
    since: Annotated[str | None, typer.Option(help="from this day or time on")] = None,
    until: Annotated[str | None, typer.Option(help="before this day or time")] = None,
    as_json: JsonOption = False,
) -> None:
    """Hand data on as CSV or Parquet, without other people's texts unless asked for."""
    from newsharvest import export as exports
    from newsharvest.filters import moment

    wanted = exports.Wanted(
        datasets=tuple(datasets or exports.USUAL), format=form, texts=texts, reserved=not without_reserved,
        outlets=tuple(outlets or ()), since=moment(since) if since else None, until=moment(until) if until else None,
    )  # fmt: skip
    made = exports.export(DataDir(data_dir), out, wanted, clock.now())
    if as_json:
        print(json.dumps({"out": str(out), "files": {name: file.rows for name, file in made.files.items()}}))
        return
    for name, file in made.files.items():
        note(f"{out / name}: {file.rows:,} rows")
    note(f"{out / 'NOTICE.md'}: sources, rights, what was left out")


def snapshot(
    name: Annotated[str | None, typer.Argument(help="the new snapshot's name; none lists them")] = None,
    data_dir: DataDirOption = Path("data"),
    verify: Annotated[bool, typer.Option(help="verify the snapshot of that name instead of making it")] = False,
    as_json: JsonOption = False,
) -> None:
    """Freeze a citable version of the datasets; list or verify those that there are."""
    from newsharvest import snapshot as frozen

    data = DataDir(data_dir)
    if name is None:
        _listed(frozen.snapshots(data), as_json=as_json)
        return
    if verify:
        _verified(frozen.problems(data, name), name, as_json=as_json)
        return
    made = frozen.freeze(data, name, clock.now())
    if as_json:
        print(
            json.dumps(
                {"folder": str(made.folder), "citation": made.citation, "rows": dict(made.rows)}, ensure_ascii=False
            )
        )
        return
    note(made.citation)
    note(f'newsharvest.articles(data_dir="{made.folder}")')


def _listed(found: list[Snapshot], *, as_json: bool) -> None:
    if as_json:
        lines = [{"name": s.name, "made_at": s.made_at, "digest": s.digest, "rows": dict(s.rows)} for s in found]
        print(json.dumps(lines, ensure_ascii=False))
        return
    for snapshot in found:
        note(snapshot.citation)


def _verified(found: list[str], name: str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"name": name, "problems": found}, ensure_ascii=False))
    for line in found:
        problem(line)
    if found:
        raise typer.Exit(STORAGE)
    if not as_json:
        note(f"{name}: every file is as it was frozen")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(report)
    app.command()(export)
    app.command()(snapshot)
