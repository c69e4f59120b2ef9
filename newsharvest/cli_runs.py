"""Commands of unattended runs: how a data dir is set up, and whether all is well."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from newsharvest import cli_archive
from newsharvest.clock import now
from newsharvest.config import FILE, ConfigError, duration, template
from newsharvest.files import DataDir
from newsharvest.store import Store
from newsharvest.terminal import note, problem

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
DATA = Path("data")
INCOMPLETE = 3


def init(data_dir: DataDirOption = DATA) -> None:
    """Write a commented newsharvest.toml into the data dir; one that is there is never overwritten."""
    path = data_dir / FILE
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError as error:
        raise ConfigError(f"{path} is there already; delete it to begin anew") from error
    note(f"written: {path}")
    note("Set contact in it: the live web is not crawled without one. Then: newsharvest crawl --all --plan")


def health(
    data_dir: DataDirOption = DATA,
    max_age: Annotated[str, typer.Option(help="how old the last complete crawl may be")] = "26h",
    as_json: JsonOption = False,
) -> None:
    """Whether the last complete crawl is young enough; exit code 3 if not. For a second cron or a monitor from outside."""
    from newsharvest.health import health as look

    try:
        span = duration(max_age)
    except ValueError as error:
        raise ConfigError(f"--max-age {max_age!r} is to be {error}") from error
    data = DataDir(data_dir)
    found = look(Store(data).rows("runs") if data.datasets.is_dir() else [], now(), span)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, default=str))
    elif found.healthy:
        note(found.told)
    else:
        problem(found.told)
    if not found.healthy:
        raise typer.Exit(INCOMPLETE)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(init)
    app.command()(health)
    cli_archive.register(app)
