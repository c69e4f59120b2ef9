"""CPU seconds, paired: what is compared runs in turn in one process, so that the machine's load falls on all alike."""

from __future__ import annotations

import gc
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version


@dataclass(frozen=True, slots=True)
class Options:
    """What a run of the benchmarks is asked for."""

    quick: bool = False
    """Small corpora and few passes: to see that everything runs, not for figures."""

    def size(self, full: int, quick: int) -> int:
        """One of two sizes."""
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure: a median with its range, and what we hold ourselves to, where we do."""

    name: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def held(self) -> bool | None:
        """Whether the goal is met; null without one."""
        if self.at_most is None and self.at_least is None:
            return None
        above = self.at_least is None or self.value >= self.at_least
        return above and (self.at_most is None or self.value <= self.at_most)


@dataclass(slots=True)
class Result:
    """What one benchmark found, and under which conditions."""

    conditions: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: a module of this package has it as BENCHMARK."""

    title: str
    run: Callable[[Options], Result]


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of a call, in this process alone; the garbage of what ran before is not its own."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def paired(works: Mapping[str, Callable[[], object]], passes: int) -> dict[str, list[float]]:
    """CPU seconds of each work in each pass; every pass runs all of them, each pass begins with another."""
    names = list(works)
    spent: dict[str, list[float]] = {name: [] for name in names}
    for number in range(passes):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            spent[name].append(cpu(works[name]))
    return spent


def ratios(above: list[float], below: list[float]) -> list[float]:
    """Pass by pass."""
    return [a / b for a, b in zip(above, below, strict=True)]


def figure(
    name: str, values: list[float], unit: str, *, at_most: float | None = None, at_least: float | None = None
) -> Figure:
    """The median and the range of several passes."""
    return Figure(name, statistics.median(values), unit, min(values), max(values), at_most, at_least)


def machine() -> str:
    """The machine and the versions that figures depend on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("lxml", "scrapy", "pandas", "pyarrow"))
    return f"Python {platform.python_version()} on {platform.system()} {platform.machine()}; {libraries}"
