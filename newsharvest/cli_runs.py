"""Commands of unattended runs: how a data dir is set up, and whether all is well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from newsharvest.config import FILE, ConfigError, template
from newsharvest.terminal import note

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
DATA = Path("data")


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


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(init)
