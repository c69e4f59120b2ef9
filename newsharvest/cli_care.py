"""Commands that look after a data dir: verify and repair it, take articles out of it for good."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsharvest.cli_registry import OutletsOption
from newsharvest.files import DataDir
from newsharvest.load import NoDataError
from newsharvest.terminal import note, problem, progress

if TYPE_CHECKING:
    from newsharvest.doctor import Finding
    from newsharvest.forget import Forgotten, Preview

USAGE, INCOMPLETE, STORAGE = 2, 3, 4
_PLACES_SHOWN = 5
_MIB = 1 << 20
_DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
_Json = Annotated[bool, typer.Option("--json", help="machine-readable")]
_Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, help="worker processes")]
WaitOption = Annotated[
    float,
    typer.Option(
        "--wait", min=0, metavar="[=SECONDS]", help="wait for a run that holds the data dir, instead of exit code 5"
    ),
]


def with_wait(arguments: Sequence[str]) -> list[str]:
    """``--wait`` without a number waits as long as it takes.

    >>> with_wait(["crawl", "--wait", "demo_noeul"])
    ['crawl', '--wait=inf', 'demo_noeul']
    """
    return ["--wait=inf" if word == "--wait" else word for word in arguments]


def doctor(
    data_dir: _DataDirOption = Path("data"),
    fix: Annotated[bool, typer.Option("--fix", help="repair what is safe to repair")] = False,
    jobs: _Jobs = 1,
    wait: WaitOption = 0,
    _own: OutletsOption = None,
    as_json: _Json = False,
) -> None:
    """Verify everything that a data dir promises; exit code 4 where it is damaged (and is not whole after --fix)."""
    from newsharvest.doctor import Mended, Severity, examine, mend, size_of
    from newsharvest.locking import RunLock

    data = _existing(data_dir)
    if fix:
        data.create()
    with RunLock(data, wait, reading=not fix), progress("doctor (MiB)", size_of(data) // _MIB) as bar:
        advance = _in_mib(bar)
        mended = mend(data, jobs, advance) if fix else Mended(left=examine(data, advance))
    if as_json:
        print(json.dumps(_as_json(data, mended, fix=fix), ensure_ascii=False))
    else:
        _show(data, mended, fix=fix)
    if any(finding.severity is Severity.DAMAGE for finding in mended.left):
        raise typer.Exit(STORAGE)


def _existing(data_dir: Path) -> DataDir:
    data = DataDir(data_dir)
    if not data.datasets.is_dir() and not data.archive.is_dir():
        raise NoDataError(f"{data_dir} is no data dir: it holds neither datasets nor an archive")
    return data


def _in_mib(bar: Any) -> Any:  # noqa: ANN401 - functions of one count
    """Bytes, told to a bar that counts MiB."""
    rest = 0

    def advance(count: int) -> None:
        nonlocal rest
        rest += count
        bar(rest // _MIB)
        rest %= _MIB

    return advance


def _as_json(data: DataDir, mended: Any, *, fix: bool) -> dict[str, Any]:  # noqa: ANN401 - doctor.Mended
    facts = {"data_dir": str(data.root), "findings": [finding.as_json() for finding in mended.left]}
    if fix:
        facts |= {"found": [finding.as_json() for finding in mended.found], "done": mended.done}
    return {**facts, "whole": mended.whole}


def _show(data: DataDir, mended: Any, *, fix: bool) -> None:  # noqa: ANN401 - doctor.Mended
    if fix:
        _list("found", mended.found)
        for line in mended.done:
            note(f"done: {line}")
    _list("left" if fix else "found", mended.left, hint=not fix)
    note(f"{data.root} is {'whole' if mended.whole else 'damaged'}")


def _list(title: str, findings: Iterable[Finding], *, hint: bool = True) -> None:
    """Findings by code, some places each."""
    for (severity, code), group in groupby(findings, lambda finding: (finding.severity, finding.code)):
        several = list(group)
        note(f"{title}: {severity.value} {code} ({len(several)})")
        for finding in several[:_PLACES_SHOWN]:
            note(f"    {finding.place}: {finding.text}")
        if len(several) > _PLACES_SHOWN:
            note(f"    and {len(several) - _PLACES_SHOWN} more; --json lists them all")
        repair = several[0].repair
        if hint:
            note(f"    --fix: {repair.value if repair else 'nothing that is safe'}")


def forget(
    urls: Annotated[list[str] | None, typer.Option("--url", help="an article's URL; may be repeated")] = None,
    articles: Annotated[
        list[str] | None, typer.Option("--article", help="outlet_id/article_id; may be repeated")
    ] = None,
    listed: Annotated[
        Path | None, typer.Option("--file", metavar="LIST", help="a file of URLs and outlet_id/article_id, one a line")
    ] = None,
    data_dir: _DataDirOption = Path("data"),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would go")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    wait: WaitOption = 0,
    _own: OutletsOption = None,
    as_json: _Json = False,
) -> None:
    """Take articles out of every dataset, export and the archive, and keep them out; only a salted hash stays."""
    data = _existing(data_dir)
    try:
        wanted = _wanted(urls, articles, listed)
        seen = _seen(data, wanted, wait)
    except (ValueError, FileNotFoundError) as error:  # NotAnArticleError, or a list that is no text
        raise typer.BadParameter(str(error)) from error
    if dry_run:
        _tell(seen, as_json=as_json)
    elif _agreed(seen, yes=yes):
        report = _forgotten(data, wanted, wait)
        _tell_done(report, as_json=as_json)
        raise typer.Exit(INCOMPLETE if report.unreadable else 0)
    else:
        note("nothing was changed")


def _wanted(urls: list[str] | None, articles: list[str] | None, listed: Path | None) -> list[str]:
    from newsharvest.forget import names_of, read_list

    wanted = [*(urls or []), *(articles or []), *(read_list(listed) if listed else [])]
    if not wanted:
        raise ValueError("name articles: --url, --article or --file")
    for text in wanted:
        names_of(text)
    return wanted


def _seen(data: DataDir, wanted: list[str], wait: float) -> Preview:
    from newsharvest.forget import preview
    from newsharvest.locking import RunLock
    from newsharvest.store import Store

    with RunLock(data, wait, reading=True):
        return preview(Store(data), wanted)


def _forgotten(data: DataDir, wanted: list[str], wait: float) -> Forgotten:
    """The run's log names no article."""
    from newsharvest.forget import forget as forget_articles
    from newsharvest.operations import writing

    with writing(data, "forget", "", wait) as (store, log):
        report = forget_articles(store, wanted)
        ended, code = ("incomplete", INCOMPLETE) if report.unreadable else ("complete", 0)
        store.commit(log.rows(ended, code, "finished", {}))
    return report


def _agreed(seen: Preview, *, yes: bool) -> bool:
    """Asks on a terminal; elsewhere --yes has to say it."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here: say --yes, or --dry-run to see what would go")
    _tell(seen, as_json=False)
    return typer.confirm("Forget this for good?")


def _tell(seen: Preview, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"dry_run": True, **asdict(seen)}, ensure_ascii=False))
        return
    for name in seen.articles:
        note(f"article {name}")
    for dataset, count in sorted(seen.rows.items()):
        note(f"{dataset}: {count:,} rows go, or lose the page's address")
    note(f"archive: {seen.records:,} records are overwritten")
    for folder in seen.exports:
        note(f"export {folder} is searched")


def _tell_done(report: Forgotten, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return
    note(f"forgotten: {', '.join(report.articles)}")
    note(f"{report.files:,} dataset files, {report.records:,} records, {report.state_rows:,} pages of the crawl state")
    for folder, count in sorted(report.exports.items()):
        note(f"{count:,} rows of {folder}")
    for line in report.unreadable:
        problem(f"not searched: {line}")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(doctor)
    app.command()(forget)
