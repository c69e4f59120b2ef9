"""`make bench`: run the benchmarks, keep what they found as json, write docs/performance.md and its plot from that.

``python -m benchmarks reparse years`` runs some (``years`` only runs when named); ``--quick`` only shows that they run and writes nothing; ``--document``
runs none and writes the document anew.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import document
from benchmarks.measure import Options, Result, machine
from benchmarks.registry import BY_NAME_ONLY, NAMES, benchmark

RESULTS = Path(__file__).parent / "results"


def main() -> int:
    """Exit code 3 where a figure misses its goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--document", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    missed = 0
    usual = [name for name in NAMES if name not in BY_NAME_ONLY]
    for name in () if options.document else options.names or usual:
        result = benchmark(name).run(Options(options.quick))
        missed += _told(name, result)
        if not options.quick:
            _kept(name, result)
    if not options.quick:
        document.write(RESULTS)
    return 3 if missed else 0


def _told(name: str, result: Result) -> int:
    """Print a result; how many figures miss their goal."""
    print(f"{name}: {benchmark(name).title}")
    for condition in result.conditions:
        print(f"  {condition}")
    for figure in result.figures:
        print("  " + " · ".join(cell for cell in document.cells(figure) if cell), flush=True)
    return sum(figure.held is False for figure in result.figures)


def _kept(name: str, result: Result) -> None:
    RESULTS.mkdir(exist_ok=True)
    facts = {"machine": machine(), **asdict(result)}
    text = json.dumps(facts, ensure_ascii=False, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
