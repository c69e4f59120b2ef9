"""Forked children do one piece after the other; what ends one costs its piece nothing but a second try."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from newsharvest import parsing
from newsharvest.parsing import ParseFailedError, in_children


@dataclass(frozen=True)
class Piece:
    """Gives ``values`` values, each with the process that made it; dies before the value ``dies``, whatever ``tries``."""

    name: int
    values: int = 3
    dies: int | None = None
    tries: int = 1
    grows: int = 0


def work(piece: Piece) -> Iterator[tuple[int, int, int]]:
    held = bytearray(os.urandom(1)) * piece.grows
    for value in range(piece.values):
        if value == piece.dies and piece.tries:
            os._exit(9)
        yield piece.name, value, os.getpid()
    del held


def once_more(piece: Piece, given: int) -> Piece:
    return replace(piece, name=piece.name + 1000 * given, tries=piece.tries - 1)


def done(pieces: list[Piece], jobs: int = 2) -> list[tuple[int, int, int]]:
    return list(in_children(work, pieces, jobs, once_more))


@pytest.mark.parametrize("jobs", [1, 2, 40])
def test_every_piece_once_and_no_more_processes_than_jobs(jobs: int) -> None:
    found = done([Piece(n) for n in range(20)], jobs)
    assert sorted((name, value) for name, value, _ in found) == [(n, v) for n in range(20) for v in range(3)]
    assert 1 <= len({pid for _, _, pid in found}) <= min(jobs, 20)
    assert os.getpid() not in {pid for _, _, pid in found}


def test_a_death_within_a_later_piece_costs_that_piece_alone() -> None:
    pieces = [Piece(0), Piece(1, dies=2), Piece(2), Piece(3)]
    found = done(pieces, jobs=1)
    values = [(name, value) for name, value, _ in found]
    again = [(2001, v) for v in range(3)]  # two values were given before
    assert values == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), *again] + [(n, v) for n in (2, 3) for v in range(3)]
    assert len({pid for _, _, pid in found}) == 2


def test_a_piece_that_kills_twice_is_told() -> None:
    with pytest.raises(ParseFailedError, match=r"twice on Piece\(name=1,"):
        done([Piece(0), Piece(1, dies=0, tries=2), Piece(2)], jobs=1)


def test_a_child_that_grew_takes_no_other_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_PIECES_GROWTH_MAX_KB", 20 * 1024)
    small = done([Piece(n) for n in range(4)], jobs=1)
    assert len({pid for _, _, pid in small}) == 1
    grown = done([Piece(n, grows=40 * 1024 * 1024 * (n == 1)) for n in range(4)], jobs=1)
    pids = [pid for name, value, pid in grown if value == 0]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_a_child_killed_while_it_waits() -> None:
    """Its next piece is done by another."""
    found = []
    for name, value, pid in in_children(work, [Piece(n, values=1) for n in range(4)], 1, once_more):
        found.append((name, value))
        if name == 1:
            os.kill(pid, 9)
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert found in ([(0, 0), (1, 0), (2, 0), (3, 0)], [(0, 0), (1, 0), (1001, 0), (2, 0), (3, 0)])


def test_what_a_piece_raises_is_raised_here_and_no_child_stays() -> None:
    def broken(piece: Piece) -> Iterator[int]:
        yield os.getpid()
        raise LookupError(piece.name)

    values = in_children(broken, [Piece(7)], 2, once_more)
    child = next(values)
    with pytest.raises(LookupError, match="7"):
        next(values)
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
