"""The command line: a thin shell around functions that notebooks and tests call too.

Exit codes: 0 complete · 1 bug · 2 usage · 3 finished, but something failed or was rejected · 4 storage or damage · 5 another run
holds the lock · 130/143 stopped by SIGINT/SIGTERM.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

from newsharvest import (
    cli_analysts,
    cli_care,
    cli_crawl,
    cli_publish,
    cli_registry,
    cli_review,
    cli_runs,
    cli_scale,
    cli_watch,
    reference,
)
from newsharvest.cli_crawl import UsageError, crawl_summary
from newsharvest.cli_registry import OutletsOption
from newsharvest.config import ConfigError
from newsharvest.errors import RefusedError
from newsharvest.files import DataDir
from newsharvest.load import NoDataError
from newsharvest.store import DamagedError, LockedError
from newsharvest.terminal import Table, console, note, problem, table
from newsharvest.versions import ForeignPipelinesError

OK, BUG, USAGE, INCOMPLETE, STORAGE, LOCKED = range(6)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JobsOption = Annotated[int, typer.Option("--jobs", "-j", min=1, help="worker processes")]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
DATA = Path("data")
cli_analysts.register(app)
cli_care.register(app)
cli_crawl.register(app)
cli_publish.register(app)
cli_review.register(app)
cli_registry.register(app)
cli_watch.register(app)
cli_runs.register(app)
cli_scale.register(app)


@app.command()
def demo(
    data_dir: DataDirOption = DATA,
    day: Annotated[int, typer.Option(min=1, help="the site's day: a later one has more articles and edits")] = 1,
    as_json: JsonOption = False,
    serve: Annotated[int, typer.Option(help="only serve the site for so many seconds", min=0)] = 0,
) -> None:
    """Crawl the bundled newspaper site on loopback into the datasets."""
    from newsharvest.demo import show

    if serve:
        show.serve_only(day, serve)
        return
    result = show.crawl(data_dir, day)
    crawl_summary(result, data_dir, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def show(
    what: Annotated[str, typer.Argument(help="an article's URL or id (outlet_id/article_id)")],
    data_dir: DataDirOption = DATA,
    _own: OutletsOption = None,
    as_json: JsonOption = False,
) -> None:
    """One article: its fields with their rules, what was dropped, its revisions, its WARC record."""
    from newsharvest import inspection

    found = inspection.article(DataDir(data_dir), what)
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, default=str))
        return
    inspection.render(found, console())


@app.command()
def info(data_dir: DataDirOption = DATA, as_json: JsonOption = False) -> None:
    """What lies in the data dir."""
    from newsharvest import inspection

    facts = inspection.info(DataDir(data_dir))
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str))
        return
    rows = [(d["dataset"], f"{d['rows']:,}", f"{d['files']:,}", f"{d['bytes']:,}") for d in facts["datasets"]]
    table(Table(f"{facts['data_dir']}", ("dataset", "rows", "files", "bytes"), rows))
    note(f"archive: {facts['archive_files']} files, {facts['archive_bytes']:,} bytes")
    note(f"last run: {facts['last_run']}")


def main() -> None:
    """Run the command line and exit with the code of what happened."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of a command; known failures are told in one line, a bug with its traceback."""
    try:
        app(cli_care.with_wait(arguments), prog_name="newsharvest")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else BUG
    except Exception as error:  # noqa: BLE001 - the table decides; what it does not know is a bug and is shown whole
        return _told(error)
    return OK


def _told(error: Exception) -> int:
    from newsharvest.saved import SourceError

    refused = (UsageError, RefusedError, ConfigError, SourceError, NoDataError, ForeignPipelinesError)
    codes: tuple[tuple[tuple[type[Exception], ...], int], ...] = (
        ((*refused, reference.ReferenceDataError), USAGE),
        ((LockedError,), LOCKED),
        ((DamagedError, OSError), STORAGE),
    )
    for kinds, code in codes:
        if isinstance(error, kinds):
            problem(str(error))
            return code
    traceback.print_exception(error)
    return BUG
