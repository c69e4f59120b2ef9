"""`newsharvest archive`: what is in the archive, whether it is whole, what may go."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsharvest import config
from newsharvest.clock import KST, now
from newsharvest.config import ConfigError
from newsharvest.disk import told
from newsharvest.files import DataDir
from newsharvest.load import NoDataError
from newsharvest.store import Store
from newsharvest.terminal import Table, note, problem, table

DataDirOption = Annotated[
    Path, typer.Option("--data-dir", envvar="NEWSHARVEST_DATA", help="where archive and datasets lie")
]
JsonOption = Annotated[bool, typer.Option("--json", help="machine-readable")]
if TYPE_CHECKING:
    from newsharvest.archive_care import Pruning

DATA = Path("data")
_STORAGE = 4
commands = typer.Typer(no_args_is_help=True, help="The archive: list its files, verify them, prune what nothing needs.")


@commands.command("list")
def list_files(data_dir: DataDirOption = DATA, as_json: JsonOption = False) -> None:
    """Every file, with the rows that were taken from it."""
    from newsharvest import archive_care

    held = archive_care.listed(Store(_there(data_dir)))
    if as_json:
        print(json.dumps([asdict(each) for each in held], ensure_ascii=False, default=str))
        return
    rows = [
        (
            each.name, f"{each.began.astimezone(KST):%Y-%m-%d %H:%M}", told(each.bytes), "yes" if each.committed else "no",
            f"{sum(each.rows.values()):,}",
        )
        for each in held
    ]  # fmt: skip
    table(Table(f"{len(held)} files, {told(sum(each.bytes for each in held))}", ("file", "run began", "size", "landed", "rows"), rows))  # fmt: skip


@commands.command()
def verify(data_dir: DataDirOption = DATA, as_json: JsonOption = False) -> None:
    """Read every record against its digest; exit code 4 where one is damaged. Nothing is changed."""
    from newsharvest import archive_care

    found = list(archive_care.verified(_there(data_dir)))
    if as_json:
        print(json.dumps([asdict(each) for each in found], ensure_ascii=False))
    for each in found if not as_json else ():
        for offset in each.damaged:
            problem(f"{each.name}@{offset}: damaged")
        if each.torn:
            problem(f"{each.name}: ends within a record, which was never accepted")
    damaged = sum(len(each.damaged) for each in found)
    if not as_json:
        note(f"{len(found)} files, {sum(each.records for each in found):,} records, {damaged} damaged")
    if damaged:
        raise typer.Exit(_STORAGE)


@commands.command()
def prune(
    data_dir: DataDirOption = DATA,
    older_than: Annotated[str | None, typer.Option(help="age, e.g. 365d; default: retention.archive")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="remove them; without it they are only named")] = False,
    as_json: JsonOption = False,
) -> None:
    """Name, or remove, old files that no row needs: each is parsed to prove that the datasets would be the same without it."""
    from newsharvest import archive_care
    from newsharvest.operations import writing

    data = _there(data_dir)
    try:
        age = config.duration(older_than) if older_than else config.load(data_dir).retention.archive
    except ValueError as error:
        raise ConfigError(f"--older-than {older_than!r} is to be {error}") from error
    if not age:
        raise ConfigError("say how old: --older-than 365d, or retention.archive in newsharvest.toml")
    with writing(data, "prune", f"{age}{' --yes' if yes else ''}") as (store, log):
        found = archive_care.prunable(store, age, now())
        if yes:
            archive_care.prune(store, found)
        store.commit(log.rows("complete", 0, "finished", {}))
    _pruned(found, yes=yes, as_json=as_json)


def _pruned(found: Pruning, *, yes: bool, as_json: bool) -> None:
    if as_json:
        gone = [each.name for each in found.gone]
        facts = {"removed": yes, "files": gone, "bytes": found.bytes, "kept": found.kept, "proofs": found.proofs}
        print(json.dumps(facts, ensure_ascii=False))
        return
    for name, reason in found.kept.items():
        note(f"stays    {name}: {reason}")
    for each in found.gone:
        note(
            f"{'removed ' if yes else 'may go  '} {each.name}: no row needs it, {told(each.bytes)} ({found.proofs[each.name]})"
        )
    if found.gone:
        note(f"{len(found.gone)} files, {told(found.bytes)}" + ("" if yes else "; --yes removes them"))
        note("Datasets and rebuilds stay the same; the outcomes in fetches then name records that are gone.")


def _there(data_dir: Path) -> DataDir:
    data = DataDir(data_dir)
    if not data.archive.is_dir():
        raise NoDataError(f"{data_dir} holds no archive yet")
    return data


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(commands, name="archive")
