"""A re-parse by one process and by two."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import Benchmark, Options, Result, figure, ratios
from benchmarks.runs import Run, load, started


def measure(options: Options) -> Result:
    """Pairs of runs over the same WARC file; what no second process can take over is the parent's share."""
    passes, count = options.size(3, 1), options.size(3000, 60)
    one: list[Run] = []
    two: list[Run] = []
    with tempfile.TemporaryDirectory() as scratch:
        warc = corpus.archived(corpus.pages(count), Path(scratch), "20260302T000000Z-abcdef")
        size = warc.stat().st_size
        for number in range(passes):
            for jobs, runs in ((1, one), (2, two)):
                runs.append(started("reparse", Path(scratch) / f"{number}-{jobs}", jobs, warc))
    spent = [[run.own_cpu + run.children_cpu for run in runs] for runs in (one, two)]
    serial = [run.own_cpu / (run.own_cpu + run.children_cpu) for run in two]
    clock = ratios([run.wall for run in one], [run.wall for run in two])
    return Result(
        [
            f"{count} family pages in one WARC file of {size / 1e6:.0f} MB; start of the interpreter not counted",
            f"{passes} pairs; {os.cpu_count()} cores, {load():.1f} processes wanted one in the last minute",
        ],
        [
            figure("1 process against 2, time on the clock", clock, "×", at_least=1.8),
            figure("2 processes against 1, CPU of all processes", ratios(spent[1], spent[0]), "×"),
            figure("share of the joining and landing process in all CPU", serial, ""),
            figure("pages a second, 2 processes", [run.pages / run.wall for run in two], ""),
        ],
    )


BENCHMARK = Benchmark("Re-parse by two processes", measure)
