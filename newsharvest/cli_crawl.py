"""`newsharvest crawl`: what is asked for, what the run came to, and who hears of it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from newsharvest import clock, config, metrics, notifying, reference
from newsharvest.cli_care import WaitOption
from newsharvest.cli_registry import OutletsOption
from newsharvest.cli_scale import how_to_load
from newsharvest.config import Config, ConfigError
from newsharvest.disk import Disk, look, need_free, told
from newsharvest.files import DataDir
from newsharvest.health import last_complete
from newsharvest.kma_registry import ALL as KMA
from newsharvest.kma_registry import kma_enabled, kma_sources
from newsharvest.load import moment
from newsharvest.logfiles import logged
from newsharvest.store import LockedError, Store
from newsharvest.terminal import Table, note, problem, table

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
DATA = Path("data")
_BUG, _STORAGE = 1, 4


class UsageError(Exception):
    """A wrong argument, told in one line; exit code 2."""


def crawl(
    outlets: Annotated[list[str] | None, typer.Argument(help="outlet ids; see --all")] = None,
    data_dir: DataDirOption = DATA,
    every: Annotated[bool, typer.Option("--all", help="every enabled outlet, or those of newsharvest.toml")] = False,
    since: Annotated[str | None, typer.Option(help="only articles published since this day")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="at most so many articles an outlet")] = None,
    gapfill: Annotated[
        int | None, typer.Option(min=0, help="ask for so many unlisted numbers an outlet and day")
    ] = None,
    max_time: Annotated[str | None, typer.Option(help="end after so long: 90m, 6h")] = None,
    min_free: Annotated[str | None, typer.Option(help="do not begin with less free disk: 500MB, 2GB")] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="print requests, hours and disk an outlet; fetch nothing")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing if all is well (cron)")] = False,
    _own: OutletsOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Crawl outlets: only what may be new, and what is due to be looked at again."""
    conf = _configured(config.load(data_dir), max_time=max_time, min_free=min_free)
    chosen = _outlets(outlets or [], conf, every=every)
    if plan:
        _show_plan(chosen, data_dir, conf, as_json=as_json)
        return
    notifying.check(conf.notify.urls)
    metrics.check(conf.metrics.textfile)
    if _is_closed(conf, quiet=quiet):
        return
    arguments = {"outlet": ",".join(chosen)} | ({"every": "yes"} if every else {})
    arguments |= {"since": _day(since)} if since else {}
    arguments |= {"limit": str(limit)} if limit else {}
    arguments |= {"gapfill": str(gapfill)} if gapfill is not None else {}
    with _failure_told(data_dir, conf):
        result = _run(chosen, arguments, data_dir, conf, quiet=quiet, wait=wait)
    _afterwards(result, data_dir, conf, quiet=quiet, as_json=as_json)
    raise typer.Exit(result.exit_code)


def _configured(conf: Config, **given: str | None) -> Config:
    """The configuration with what the command line states in its place. ConfigError for what cannot be read."""
    readers: dict[str, Callable[[object], Any]] = {"max_time": config.duration, "min_free": config.size}
    for name, value in given.items():
        if value is not None:
            try:
                conf = replace(conf, **{name: readers[name](value)})
            except ValueError as error:
                raise ConfigError(f"--{name.replace('_', '-')} {value!r} is to be {error}") from error
    return conf


def _is_closed(conf: Config, *, quiet: bool) -> bool:
    """Whether this is no hour for asking anybody; no failure, and no run."""
    now, hours = clock.now(), conf.window.hours
    if hours.open_at(now):
        return False
    opens = hours.changes_at(now)
    if not quiet:
        note(f"outside the hours of newsharvest.toml: nothing is asked before {opens:%Y-%m-%d %H:%M}" if opens else
             "newsharvest.toml allows no hour at all: nothing is ever asked")  # fmt: skip
    return True


def _run(
    chosen: list[str], arguments: dict[str, str], data_dir: Path, conf: Config, *, quiet: bool, wait: float
) -> Any:  # noqa: ANN401 - CrawlResult
    from newsharvest.crawl.configured import CONFIG
    from newsharvest.crawl.running import run

    need_free(data_dir, conf.min_free)
    _need_contact(chosen, conf, data_dir)
    options = {
        "NEWSHARVEST_DATA": str(data_dir),
        "NEWSHARVEST_COMMAND": "crawl",
        "NEWSHARVEST_ARGUMENTS": " ".join(chosen),
        "NEWSHARVEST_QUIET": quiet,
        "NEWSHARVEST_WAIT": wait,
        CONFIG: conf,
    }
    if quiet:
        options["LOG_LEVEL"] = "CRITICAL"
    with logged(DataDir(data_dir), conf.log):
        return run("outlets", options, arguments)


def _need_contact(chosen: list[str], conf: Config, data_dir: Path) -> None:
    """ConfigError before anything is made, where somebody on the live web would be asked by nobody."""
    from newsharvest.crawl.configured import need_contact

    known: dict[str, Any] = {**reference.outlets(), **kma_sources()}
    need_contact(conf, [host for outlet_id in chosen for host in known[outlet_id].hosts], data_dir)


@contextmanager
def _failure_told(data_dir: Path, conf: Config) -> Iterator[None]:
    """A run that could not even begin is a failure to be told of; that another one is still running is none."""
    try:
        yield
    except (LockedError, ConfigError):
        raise
    except Exception as error:
        code = _STORAGE if isinstance(error, OSError) else _BUG
        _tell(data_dir, conf, code, f"{type(error).__name__}: {error}")
        raise


def _tell(data_dir: Path, conf: Config, exit_code: int, summary: str) -> None:
    if not notifying.tell(DataDir(data_dir).state, conf.notify.urls, exit_code, summary, clock.now()):
        problem("nobody could be told: check notify.urls in newsharvest.toml")


def _afterwards(result: Any, data_dir: Path, conf: Config, *, quiet: bool, as_json: bool) -> None:  # noqa: ANN401 - CrawlResult
    """Summary, figures and messages."""
    data = DataDir(data_dir)
    disk = look(data, clock.now())
    line = summary_line(result, disk)
    if conf.metrics.textfile:
        last = last_complete(Store(data).rows("runs"))
        facts = {**facts_of(result), "ended_at": clock.now().timestamp()}
        metrics.write(Path(conf.metrics.textfile), facts, disk, last["ended_at"].timestamp() if last else None)
    if as_json:
        crawl_summary(result, data_dir, as_json=True, more={"disk": _disk_facts(disk), "summary": line})
    elif not quiet:
        crawl_summary(result, data_dir, as_json=False)
        note(line)
    elif result.exit_code:
        problem(line)
        _tell_of_outlets(result)
        for reason, count in sorted(result.reasons.items()):
            problem(f"{count:,} × {reason}")
    _tell(data_dir, conf, result.exit_code, line)


def summary_line(result: Any, disk: Disk) -> str:  # noqa: ANN401 - CrawlResult
    """What a run came to, in one line."""
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(result.outcomes.items()))
    again = "".join(
        f" · {each['number']:,} unchanged {how} at {each['bytes'] / each['number']:,.0f} B of archive"
        for how, each in sorted(result.revisits.items())
    )
    names = [line.partition(" ")[0] for line in result.suspended]
    aside = f" · suspended: {', '.join(names)}" if names else ""
    left = "" if disk.days_left is None else f", {disk.days_left:,.0f} days at the rate of the last week"
    return (
        f"{result.run_id}: {result.ended} ({result.exit_code}) in {result.seconds:,.0f} s · {len(result.outlets)} sources · "
        f"{result.requests:,} requests: {outcomes or 'none'} · {told(result.bytes)} received, archive +{told(result.archived)}"
        f"{again}{aside} · {told(disk.free)} free{left}"
    )


def facts_of(result: Any) -> dict[str, Any]:  # noqa: ANN401 - CrawlResult
    """A run as plain values."""
    names = (
        "run_id", "ended", "exit_code", "reason", "seconds", "requests", "outcomes", "counts", "reasons", "bytes", "archived",
        "revisits", "violations", "suspended",
    )  # fmt: skip
    return {name: getattr(result, name) for name in names}


def _disk_facts(disk: Disk) -> dict[str, float | None]:
    return {
        "free": disk.free, "archive": disk.archive, "datasets": disk.datasets,
        "a_day": disk.a_day, "days_left": disk.days_left,
    }  # fmt: skip


def _outlets(wanted: list[str], conf: Config, *, every: bool) -> list[str]:
    """The outlets asked for; UsageError for an unknown one, with near matches."""
    if every and wanted:
        raise UsageError("give outlet ids or --all, not both")
    if every:
        if conf.outlets:
            return _known(list(conf.outlets), "newsharvest.toml: ")
        outlets = [o.outlet_id for o in reference.outlets().values() if o.enabled and not o.demo]
        return [*outlets, *(source.source_id for source in kma_enabled())]
    if not wanted:
        raise UsageError("name outlets to crawl, or --all; `newsharvest outlets` lists them")
    return _known(wanted, "")


def _known(wanted: list[str], where: str) -> list[str]:
    known = {**reference.outlets(), **kma_sources()}
    if KMA in wanted:
        weather = [source.source_id for source in kma_enabled()]
        if not weather:
            raise UsageError(f"{where}no source of KMA is enabled: name one of {', '.join(kma_sources())}")
        wanted = [*(name for name in wanted if name != KMA), *weather]
    for outlet_id in wanted:
        if outlet_id not in known:
            near = difflib.get_close_matches(outlet_id, known, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else "; `newsharvest outlets` lists them"
            raise UsageError(f"{where}unknown outlet {outlet_id!r}{hint}")
    return wanted


def moment_of(text: str) -> Any:  # noqa: ANN401 - a datetime
    """A moment from the command line. UsageError for what is none."""
    try:
        return moment(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no time: write 2024-04-30 or 2024-04-30T11:00") from error


def _day(text: str) -> str:
    return str(moment_of(text).date().isoformat())


_SHOWN = ("requested", "stored", "unchanged", "rejected")
_SELDOM = ("duplicate", "skipped", "failed")
_LANDED = ("articles", "observations", "forecasts")


def crawl_summary(
    result: Any,  # noqa: ANN401 - CrawlResult
    data_dir: Path,
    *,
    as_json: bool,
    more: Mapping[str, Any] | None = None,
) -> None:
    """What a run came to, by outlet, as a table or as JSON."""
    from newsharvest.inspection import rows_by_outlet

    landed = rows_by_outlet(DataDir(data_dir))
    if as_json:
        print(json.dumps({**facts_of(result), "rows": landed, **(more or {})}, ensure_ascii=False))
        return
    titles = (*_SHOWN, *(name for name in _SELDOM if any(counts.get(name) for counts in result.counts.values())))
    rows = [_crawl_row(outlet_id, result.counts.get(outlet_id, {}), landed, titles) for outlet_id in result.outlets]
    columns = ("outlet", *titles, *_LANDED)
    title = f"run {result.run_id}: {result.ended} (requests for articles and weather, then rows now in the datasets)"
    table(Table(title, columns, rows))
    if result.recovered:
        note(f"{result.recovered} archived pages of a killed run were landed first")
    _tell_of_outlets(result)
    for reason, count in sorted(result.reasons.items()):
        note(f"{count:,} × {reason}")
    note(f"{result.bytes:,} bytes received")
    how_to_load(data_dir)


def _tell_of_outlets(result: Any) -> None:  # noqa: ANN401 - CrawlResult
    for line in result.suspended:
        problem(line)
    for line in result.violations:
        problem(f"expectation not met: {line}")


def _crawl_row(
    outlet_id: str, counts: dict[str, int], landed: dict[str, dict[str, int]], titles: tuple[str, ...]
) -> tuple[str, ...]:
    known = reference.outlets().get(outlet_id) or kma_sources().get(outlet_id)
    made = {"requested": sum(counts.values()), **counts}
    held = (landed[name].get(outlet_id, 0) for name in _LANDED)
    label = f"{outlet_id} {known.name}" if known else outlet_id
    return (label, *(f"{made.get(name, 0):,}" for name in titles), *(f"{count:,}" for count in held))


def _show_plan(chosen: list[str], data_dir: Path, conf: Config, *, as_json: bool) -> None:
    from newsharvest.forecast import forecast, total

    plans = forecast(chosen, DataDir(data_dir), conf, clock.now())
    whole = total(plans, conf)
    if as_json:
        print(json.dumps({"outlets": [each.as_json() for each in plans], "total": whole.as_json()}, ensure_ascii=False))
        return
    columns = ("outlet", "discovery", "new", "again", "requests", "hours", "disk", "basis")
    table(
        Table(f"plan of {len(plans)} sources: nothing is fetched", columns, [each.told() for each in (*plans, whole)])
    )
    note(whole.remark)


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(crawl)
