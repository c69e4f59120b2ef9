"""A ticker in the text dump of a page: a run of lines that are entries, bulleted or not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from newsharvest.markup import fold
from newsharvest.reference import squeezed, station_names
from newsharvest.weather.blocks import FOREIGN_MAX, Block, is_credit, is_ticker, looks_like_entry
from newsharvest.weather.dateline import date_line
from newsharvest.weather.entry import HAS_DEGREES, entry

# "-" is no bullet here: it is the sky word of "-거제 -0.6℃".
_BULLET = re.compile(r"^\s*[•·*▪◦‣∙ㆍ■□▶◆○●]?\s*")
_NAMES_BESIDE = 5
_BLANKS_INSIDE = 1


@dataclass(slots=True)
class _Run:
    """Consecutive lines of entries; ``numbers`` are their indexes."""

    numbers: list[int] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def find_block(lines: Sequence[str]) -> tuple[Block, frozenset[int]] | None:
    """The run of lines with the most entries that is a ticker, and the indexes of every line that belongs to it."""
    if not any(HAS_DEGREES.search(line) for line in lines):
        return None
    plain = [fold(_BULLET.sub("", line)) for line in lines]
    best: tuple[Block, frozenset[int]] | None = None
    for run in _runs(plain):
        found = _block(run, plain)
        if is_ticker(found[0]) and (best is None or len(found[0].entries) > len(best[0].entries)):
            best = found
    return best


def _runs(plain: Sequence[str]) -> Iterator[_Run]:
    """Runs of entries: a blank line or one short foreign line may stand between two of them."""
    run, gap = _Run(), 0
    for number, line in enumerate(plain):
        if line and (looks_like_entry(entry(line)) or (run.numbers and gap == 0 and _is_name(line))):
            run.numbers.append(number)
            run.lines.append(line)
            gap = 0
        elif run.numbers:
            gap += 1
            if gap > _BLANKS_INSIDE or len(line) > FOREIGN_MAX or not _goes_on(plain, number):
                yield run
                run, gap = _Run(), 0
            elif line:
                run.numbers.append(number)
                run.lines.append(line)
    if run.numbers:
        yield run


def _goes_on(plain: Sequence[str], number: int) -> bool:
    """Whether the next line is an entry again."""
    following = plain[number + 1] if number + 1 < len(plain) else ""
    return bool(following) and looks_like_entry(entry(following))


def _is_name(line: str) -> bool:
    return squeezed(line) in station_names()


def _block(run: _Run, plain: Sequence[str]) -> tuple[Block, frozenset[int]]:
    """The run without the names at its end, which are a list to choose from, and what stands above and below it."""
    names = 0
    while _is_name(run.lines[-1 - names]):
        names += 1
    kept = len(run.lines) - names
    block = Block(run.lines[:kept], [entry(line) for line in run.lines[:kept]], boxed=names >= _NAMES_BESIDE)
    last = run.numbers[-1] if block.boxed else run.numbers[kept - 1]
    taken = set(range(run.numbers[0], last + 1))
    above = _nearest(plain, range(run.numbers[0] - 1, -1, -1))
    if above is not None and (dated := date_line(plain[above])) is not None:
        block.dated = dated
        taken.update(range(above, run.numbers[0]))
    below = _nearest(plain, range(last + 1, len(plain)))
    if below is not None and is_credit(plain[below]):
        block.credited = True
        taken.update(range(last, below + 1))
    return block, frozenset(taken)


def _nearest(plain: Sequence[str], numbers: range) -> int | None:
    """The first line of the range that is not blank."""
    return next((number for number in numbers if plain[number]), None)
