"""What the command line prints: tables and lines, Korean and English aligned alike; progress on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress


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


class PageBar:
    """A bar for pages: how much of the input is read, pages so far, pages a second, and the time that is left."""

    def __init__(self, bar: RichProgress, title: str) -> None:
        self._bar, self._pages = bar, 0
        self._task = bar.add_task(title, total=None, pages="", pace="")

    def expect(self, size: int) -> None:
        """So many bytes are to be read; 0: nobody knows."""
        self._bar.update(self._task, total=size or None)

    def add(self, pages: int, size: int) -> None:
        """So many more pages, and bytes, are done."""
        self._pages += pages
        seconds = self._bar.tasks[self._task].elapsed or 0.0
        pace = f"{self._pages / seconds:,.0f} pages/s" if seconds > 0 else ""
        self._bar.update(self._task, advance=size, pages=f"{self._pages:,} pages", pace=pace)


@contextmanager
def page_bar(title: str) -> Iterator[PageBar]:
    """A `PageBar` on a terminal, quiet elsewhere."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    screen = console(error=True)
    texts = (TextColumn("{task.fields[pages]}"), TextColumn("{task.fields[pace]}"))
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *texts, TimeRemainingColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal, transient=True) as bar:
        yield PageBar(bar, title)
