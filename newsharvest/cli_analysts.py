"""Commands for analysts: what is derived from the datasets."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from newsharvest.files import DataDir
from newsharvest.frames import library
from newsharvest.terminal import note


def cluster(
    data_dir: Annotated[
        Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where the datasets lie")
    ] = Path("data"),
    as_json: Annotated[bool, typer.Option("--json", help="machine-readable")] = False,
) -> None:
    """Find near-duplicate articles across outlets (press releases, agency copy): the dataset clusters; only what is new is read."""
    from newsharvest import cluster_run
    from newsharvest.load import NoDataError
    from newsharvest.operations import writing

    library("rensa")
    data = DataDir(data_dir)
    if not (data.datasets / "articles").is_dir():
        raise NoDataError(f"no articles in {data_dir} yet: run `newsharvest demo` or `newsharvest crawl`")
    with writing(data, "cluster", "") as (store, log):
        report = cluster_run.run(store)
        store.commit(log.rows("complete", 0, "finished", {}))
    if as_json:
        print(json.dumps({"run_id": log.run_id, **asdict(report)}, ensure_ascii=False))
        return
    note(f"{report.articles:,} articles, {report.read:,} of them new or changed, {report.short:,} too short")
    note(f"{report.clusters:,} clusters of {report.members:,} articles; {report.across_outlets:,} across outlets")
    for line in report.largest:
        note(f"    {line}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(cluster)
