"""Memory of a re-parse and of a rebuild, once and with ten times the input."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import Benchmark, Figure, Options, Result
from benchmarks.runs import Run, started

_MOST_MB = 250


def measure(options: Options) -> Result:
    """One run each; a process's greatest memory does not depend on the machine's load."""
    count = options.size(290, 30)
    result = Result([f"{count} and {10 * count} family pages, each in one WARC file; 2 processes"])
    for times in (1, 10):
        with tempfile.TemporaryDirectory() as scratch:
            warc = corpus.archived(corpus.pages(times * count), Path(scratch), "20260302T000000Z-abcdef")
            mb = warc.stat().st_size / 1e6
            result.conditions.append(f"{times}×: {mb:.0f} MB")
            data = Path(scratch) / "data"
            _told(result, f"{times}× input, re-parse", started("reparse", data, 2, warc))
            own = Path(scratch) / "own"
            (own / "archive").mkdir(parents=True)
            shutil.move(warc, own / "archive" / warc.name)
            _told(result, f"{times}× input, rebuild", started("rebuild", own, 2))
    return result


def _told(result: Result, name: str, run: Run) -> None:
    result.figures += [
        Figure(f"{name}: a parsing process", run.child_mb, "MB", at_most=_MOST_MB),
        Figure(f"{name}: the joining and landing process", run.own_mb, "MB", at_most=_MOST_MB),
    ]


BENCHMARK = Benchmark("Memory against input", measure)
