"""Failing at the n-th call of the file system, in a forked child: dying before it, tearing a write, or an error number.

SQLite's method: n = 1, 2, 3 … until the work ends without reaching its n-th call.
"""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

CALLS = ("open", "write", "pwrite", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir", "ftruncate")
WRITES = frozenset({"write", "pwrite"})
CHANGES = frozenset(CALLS) - {"fsync", "open"}
"""Dying before any other call leaves what dying before the next of these leaves; an open counts where it makes a file."""
DIED, FAILED, BUG = 9, 4, 1
DIE, TEAR = "die", "tear"
_exit = os._exit
_real = {name: getattr(os, name) for name in CALLS}


@dataclass(frozen=True)
class Fault:
    """What happens at the ``at``-th call: ``die``, ``tear`` (half a write, then death) or an error number."""

    at: int
    kind: str | int = DIE


@dataclass
class _Point:
    fault: Fault
    owner: int
    count: int = 0
    armed: bool = True

    def call(self, name: str, *arguments: Any, **named: Any) -> Any:
        if os.getpid() != self.owner or not self._counts(name, arguments):
            return _real[name](*arguments, **named)
        self.count += 1
        if self.count == self.fault.at:
            self._fail(name, arguments)
        return _real[name](*arguments, **named)

    def _counts(self, name: str, arguments: tuple[Any, ...]) -> bool:
        if isinstance(self.fault.kind, int) or name in CHANGES:
            return True
        return name == "open" and bool(arguments[1] & os.O_CREAT)

    def _fail(self, name: str, arguments: tuple[Any, ...]) -> None:
        if isinstance(self.fault.kind, int):
            raise OSError(self.fault.kind, os.strerror(self.fault.kind), name)
        if self.fault.kind == TEAR and name in WRITES:
            data = memoryview(arguments[1]).cast("B")
            _real[name](arguments[0], data[: len(data) // 2], *arguments[2:])
        _exit(DIED)


def run(
    work: Callable[[], object], fault: Fault, expected: tuple[type[BaseException], ...] = (OSError,)
) -> tuple[int, int]:
    """Do the work in a child with a fault: its exit code (0 done, 9 died, 4 an expected error, 1 a bug) and its calls."""
    mine, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        code, point = BUG, _Point(fault, os.getpid())
        try:
            for name in CALLS:
                setattr(os, name, functools.partial(point.call, name))
            work()
            code = 0
        except expected:
            code = FAILED
        except BaseException:  # noqa: BLE001 - whatever it is, the child reports it and dies
            traceback.print_exc(file=sys.stderr)
        finally:
            _real["write"](theirs, str(point.count).encode())
            _exit(code)
    os.close(theirs)
    with os.fdopen(mine) as pipe:
        told = pipe.read()
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status), int(told or 0)


def calls(work: Callable[[], object], kind: str | int = DIE) -> int:
    """N: how many calls the work makes at which a fault of that kind is something new."""
    code, count = run(work, Fault(0, kind))
    assert code == 0, "the work fails without a fault"
    assert count > 0
    return count


def changes(work: Callable[[], object]) -> list[str]:
    """The names of the calls at which dying is something new, in order; the work is done in this process."""
    seen: list[tuple[str, str]] = []
    trace(work, seen)
    return [name for name, _ in seen if name in CHANGES | {"create"}]


def trace(work: Callable[[], object], seen: list[tuple[str, str]]) -> None:
    """Note (call, path) of every call the work makes, in this process; a descriptor is named by the path it was opened for."""
    names: dict[int, str] = {}

    def watched(name: str, *arguments: Any, **named: Any) -> Any:
        result = _real[name](*arguments, **named)
        subject = arguments[0]
        if name == "open":
            names[result] = str(subject)
            name = "create" if arguments[1] & os.O_CREAT else name
        elif isinstance(subject, int):
            subject = names.get(subject, "?")
        target = f"{subject} -> {arguments[1]}" if name in {"replace", "rename"} else str(subject)
        seen.append((name, target))
        return result

    try:
        for name in CALLS:
            setattr(os, name, functools.partial(watched, name))
        work()
    finally:
        for name, real in _real.items():
            setattr(os, name, real)
