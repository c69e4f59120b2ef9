"""The command line: a thin shell around functions that notebooks and tests call too.

Exit codes: 0 complete · 1 bug · 2 usage · 3 finished, but something failed or was rejected · 4 storage · 5 another run
holds the lock · 130/143 stopped by SIGINT/SIGTERM.
"""

from __future__ import annotations

import difflib
import json
import sys
import traceback
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from newsharvest import cli_care, cli_publish, cli_registry, cli_review, cli_runs, cli_scale, cli_watch, reference
from newsharvest.cli_care import WaitOption
from newsharvest.cli_registry import OutletsOption
from newsharvest.cli_scale import how_to_load
from newsharvest.config import ConfigError
from newsharvest.errors import RefusedError
from newsharvest.files import DataDir
from newsharvest.kma_registry import ALL as KMA
from newsharvest.kma_registry import kma_enabled, kma_sources
from newsharvest.load import NoDataError, moment
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
cli_care.register(app)
cli_publish.register(app)
cli_review.register(app)
cli_registry.register(app)
cli_watch.register(app)
cli_runs.register(app)
cli_scale.register(app)


class UsageError(Exception):
    """A wrong argument, told in one line; exit code 2."""


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
    _crawl_summary(result, data_dir, as_json=as_json)
    raise typer.Exit(result.exit_code)


@app.command()
def crawl(
    outlets: Annotated[list[str] | None, typer.Argument(help="outlet ids; see --all")] = None,
    data_dir: DataDirOption = DATA,
    every: Annotated[bool, typer.Option("--all", help="every enabled outlet")] = False,
    since: Annotated[str | None, typer.Option(help="only articles published since this day")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many articles an outlet")] = None,
    gapfill: Annotated[int, typer.Option(min=0, help="ask for so many unlisted numbers an outlet and day")] = 0,
    _own: OutletsOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Crawl outlets: only what may be new."""
    from newsharvest.crawl.running import run

    chosen = _outlets(outlets or [], every=every)
    arguments = {"outlet": ",".join(chosen)}
    arguments |= {"since": _day(since)} if since else {}
    arguments |= {"limit": str(limit)} if limit else {}
    arguments |= {"gapfill": str(gapfill)} if gapfill else {}
    options = {
        "NEWSHARVEST_DATA": str(data_dir),
        "NEWSHARVEST_COMMAND": "crawl",
        "NEWSHARVEST_ARGUMENTS": " ".join(chosen),
        "NEWSHARVEST_WAIT": wait,
    }
    result = run("outlets", options, arguments)
    _crawl_summary(result, data_dir, as_json=as_json)
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


def _outlets(wanted: list[str], *, every: bool) -> list[str]:
    """The outlets asked for; UsageError for an unknown one, with near matches."""
    known = {**reference.outlets(), **kma_sources()}
    if every and wanted:
        raise UsageError("give outlet ids or --all, not both")
    if every:
        outlets = [o.outlet_id for o in reference.outlets().values() if o.enabled and not o.demo]
        return [*outlets, *(source.source_id for source in kma_enabled())]
    if KMA in wanted:
        weather = [source.source_id for source in kma_enabled()]
        if not weather:
            raise UsageError(f"no source of KMA is enabled: name one of {', '.join(kma_sources())}")
        wanted = [*(name for name in wanted if name != KMA), *weather]
    if not wanted:
        raise UsageError("name outlets to crawl, or --all; `newsharvest outlets` lists them")
    for outlet_id in wanted:
        if outlet_id not in known:
            near = difflib.get_close_matches(outlet_id, known, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; `newsharvest outlets` lists them"
            raise UsageError(f"unknown outlet {outlet_id!r}{hint}")
    return wanted


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time: write 2024-04-30 or 2024-04-30T11:00") from error


def _day(text: str) -> str:
    return _moment(text).date().isoformat()


_SHOWN = ("requested", "stored", "unchanged", "rejected")
_SELDOM = ("duplicate", "skipped", "failed")
_LANDED = ("articles", "observations", "forecasts")


def _crawl_summary(result: Any, data_dir: Path, *, as_json: bool) -> None:  # noqa: ANN401 - CrawlResult
    from newsharvest.inspection import rows_by_outlet

    landed = rows_by_outlet(DataDir(data_dir))
    if as_json:
        facts = {
            name: getattr(result, name)
            for name in ("run_id", "ended", "exit_code", "counts", "reasons", "bytes", "violations")
        }
        print(json.dumps({**facts, "rows": landed}, ensure_ascii=False))
        return
    titles = (*_SHOWN, *(name for name in _SELDOM if any(counts.get(name) for counts in result.counts.values())))
    rows = [_crawl_row(outlet_id, result.counts.get(outlet_id, {}), landed, titles) for outlet_id in result.outlets]
    columns = ("outlet", *titles, *_LANDED)
    title = f"run {result.run_id}: {result.ended} (requests for articles and weather, then rows now in the datasets)"
    table(Table(title, columns, rows))
    if result.recovered:
        note(f"{result.recovered} archived pages of a killed run were landed first")
    for line in result.violations:
        problem(f"expectation not met: {line}")
    for reason, count in sorted(result.reasons.items()):
        note(f"{count:,} × {reason}")
    note(f"{result.bytes:,} bytes received")
    how_to_load(data_dir)


def _crawl_row(
    outlet_id: str, counts: dict[str, int], landed: dict[str, dict[str, int]], titles: tuple[str, ...]
) -> tuple[str, ...]:
    known = reference.outlets().get(outlet_id) or kma_sources().get(outlet_id)
    made = {"requested": sum(counts.values()), **counts}
    held = (landed[name].get(outlet_id, 0) for name in _LANDED)
    label = f"{outlet_id} {known.name}" if known else outlet_id
    return (label, *(f"{made.get(name, 0):,}" for name in titles), *(f"{count:,}" for count in held))


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
