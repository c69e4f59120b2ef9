"""Commands over many pages: parsing what is saved, here or on a cluster, and joining data dirs."""

from __future__ import annotations

import json
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsharvest import foreign
from newsharvest.cli_care import WaitOption
from newsharvest.cli_registry import OutletsOption
from newsharvest.files import DataDir
from newsharvest.load import moment
from newsharvest.terminal import Table, note, problem, table

if TYPE_CHECKING:
    from newsharvest.operations import Outcome
    from newsharvest.shards import Runner, Stated

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
DATA = Path("data")
_EXAMPLES = 3
_LOADED = ("articles", "observations", "forecasts")


class Hosts(StrEnum):
    """Whose pages are read."""

    ALL = foreign.ALL
    REGISTERED = foreign.REGISTERED


def reparse(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="WARC, WET, .html .htm .txt (.gz .zst), .mhtml; folders; patterns"),
    ] = None,
    data_dir: DataDirOption = DATA,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="worker processes")] = 1,
    where: Annotated[
        str | None, typer.Option(help="only the archived records of rows that fulfil it: \"outlet_id == 'x'\"")
    ] = None,
    of: Annotated[
        list[str] | None, typer.Option("--of", help="with --where: the datasets asked; else all that have the columns")
    ] = None,
    hosts: Annotated[
        Hosts | None, typer.Option(help="whose pages; of Common Crawl's files only registered hosts' unless said")
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="a Dask scheduler that does the work: tcp://host:8786")] = None,
    fetched_at: Annotated[str | None, typer.Option(help="when saved pages were fetched, e.g. 2024-04-30T11:00")] = None,
    forget_missing: Annotated[bool, typer.Option(help="rebuild without files that are gone")] = False,
    _own: OutletsOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Parse saved pages into the datasets; without a path or --where, rebuild them from the archive."""
    from newsharvest import operations

    data, run = DataDir(data_dir), _runner(scheduler)
    if where is not None and paths:
        raise typer.BadParameter("it selects records of the data dir: leave the paths out", param_hint="--where")
    if where is not None:
        outcome = operations.select_again(data, where, _datasets(of or []), jobs, run, wait=wait)
    elif paths:
        outcome = operations.add(data, paths, jobs, _stated(fetched_at, hosts), run, wait=wait)
    else:
        outcome = operations.rebuild_all(data, jobs, run, forget_missing=forget_missing, wait=wait)
    if as_json:
        print(json.dumps(outcome.as_json(), ensure_ascii=False))
    else:
        _summary(outcome, data_dir)
    raise typer.Exit(outcome.exit_code)


def _runner(scheduler: str | None) -> Runner:
    from newsharvest.shards import parts

    if scheduler is None:
        return parts
    from newsharvest import cluster

    return partial(cluster.parts, scheduler)


def _stated(fetched_at: str | None, hosts: Hosts | None) -> Stated:
    from newsharvest.shards import Stated

    try:
        at = moment(fetched_at) if fetched_at else None
    except ValueError as error:
        told = f"{fetched_at!r} is no time: write 2024-04-30 or 2024-04-30T11:00"
        raise typer.BadParameter(told, param_hint="--fetched-at") from error
    return Stated(at, hosts.value if hosts else None)


def _datasets(names: list[str]) -> list[str]:
    from newsharvest.selecting import SELECTABLE

    for name in names:
        if name not in SELECTABLE:
            raise typer.BadParameter(f"{name!r} is none of {', '.join(SELECTABLE)}", param_hint="--of")
    return names


def _summary(outcome: Outcome, data_dir: Path) -> None:
    report = outcome.report
    rows = [(name, f"{count:,}") for name, count in sorted(report.commit.rows.items())]
    table(Table(f"{outcome.command}: {report.pages:,} pages", ("dataset", "rows"), rows))
    if report.foreign:
        note(f"{report.foreign:,} pages of hosts that are not registered were passed over (--hosts all reads them)")
    if report.resumed:
        note(f"went on behind {report.resumed:,} parts that a stopped run had landed; told is what came since")
    for reason in report.discarded[:_EXAMPLES]:
        note(f"what a stopped run had landed is not used: {reason}")
    if len(report.discarded) > _EXAMPLES:
        note(f"… and {len(report.discarded) - _EXAMPLES:,} more")
    for reason, count in sorted(report.rejected.items()):
        problem(f"{count:,} rejected: {reason}" + outcome.example(reason))
    for torn in report.torn:
        problem(f"{torn}: the file ends within a record; everything before it was read")
    for line in report.notes:
        note(line)
    for name in report.missing:
        problem(f"{name}: selected records lie in it, but it is neither in the archive nor where it was re-parsed from")
    if rows:
        how_to_load(data_dir)


def merge(
    inputs: Annotated[list[Path], typer.Argument(help="data dirs, for example of crawls split by outlet")],
    out: Annotated[Path, typer.Option("--out", "-o", help="the data dir to make: new, or an empty folder")],
    as_json: JsonOption = False,
) -> None:
    """Join data dirs, rows and archives, into a new one; their order does not matter, and they stay as they are."""
    from newsharvest.terminal import progress
    from newsharvest.uniting import unite

    with progress("merge", None) as advance:
        united = unite([DataDir(path) for path in inputs], DataDir(out), advance)
    if as_json:
        print(json.dumps(asdict(united), ensure_ascii=False))
        return
    rows = [(name, f"{count:,}") for name, count in sorted(united.rows.items())]
    table(Table(f"{out}: {len(inputs)} data dirs, {united.archive_files} archive files", ("dataset", "rows"), rows))
    for line in (*(f"renamed in {entry}" for entry in united.renamed), *united.notes):
        note(line)
    how_to_load(out)


def how_to_load(data_dir: Path) -> None:
    """Print the lines that load the datasets."""
    note("")
    note("In Python:")
    note("    import pandas as pd")
    for name in (name for name in _LOADED if (data_dir / "datasets" / name).is_dir()):
        note(f'    {name} = pd.read_parquet("{data_dir / "datasets" / name}")')


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(reparse)
    app.command()(merge)
