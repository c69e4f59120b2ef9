"""One re-parse or rebuild in a process of its own, told as json: ``python -m benchmarks.runs reparse|rebuild DATA JOBS [PATH…]``."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """What it took: seconds on the clock, CPU seconds of the process and of its children, and the greatest memory of each in MB."""

    wall: float
    own_cpu: float
    children_cpu: float
    own_mb: float
    child_mb: float
    pages: int


def started(command: str, data: Path, jobs: int, *paths: Path) -> Run:
    """Run it and wait."""
    words = [sys.executable, "-m", "benchmarks.runs", command, str(data), str(jobs), *map(str, paths)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return Run(**json.loads(done.stdout))


def main() -> None:
    """Do the work and print a Run."""
    from newsharvest import operations
    from newsharvest.files import DataDir

    command, data, jobs, *paths = sys.argv[1:]
    began = time.monotonic()
    if command == "reparse":
        outcome = operations.add(DataDir(Path(data)), [Path(path) for path in paths], int(jobs))
    else:
        outcome = operations.rebuild_all(DataDir(Path(data)), int(jobs))
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    facts = {
        "wall": time.monotonic() - began,
        "own_cpu": own.ru_utime + own.ru_stime,
        "children_cpu": children.ru_utime + children.ru_stime,
        "own_mb": peak_mb(),
        "child_mb": children.ru_maxrss / 1024,
        "pages": outcome.report.pages,
    }
    print(json.dumps(facts))


def peak_mb() -> float:
    """The greatest memory of this process: what getrusage says of it counts the benchmark's own at the moment of the start."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def load() -> float:
    """How many processes wanted a core in the last minute."""
    return os.getloadavg()[0]


if __name__ == "__main__":
    main()
