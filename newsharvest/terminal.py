"""What the command line prints: tables and lines, Korean and English aligned alike; progress on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table of strings; all columns but the first are numbers if the second row's cells are."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def console(*, error: bool = False) -> Console:
    """A console on stdout, or on stderr; 120 columns wide where it is no terminal, so that nothing is cut."""
    from rich.console import Console

    stream = sys.stderr if error else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else 120, highlight=False, soft_wrap=not stream.isatty())


def table(content: Table) -> None:
    """Print a table."""
    from rich import table as rich_table

    made = rich_table.Table(title=content.title, title_justify="left")
    for number, column in enumerate(content.columns):
        made.add_column(column, justify="left" if number == 0 else "right", overflow="fold", no_wrap=number == 0)
    for row in content.rows:
        made.add_row(*row)
    console().print(made)


def note(line: str) -> None:
    """Print a plain line."""
    print(line, flush=True)


def problem(line: str) -> None:
    """Print a line about something that went wrong, on stderr."""
    print(f"newsharvest: {line}", file=sys.stderr, flush=True)


@contextmanager
def progress(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal, quiet elsewhere; the value it yields counts pages."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = console(error=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)
