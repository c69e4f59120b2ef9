"""docs/performance.md and its plot, from the results that lie in ``benchmarks/results`` and the texts in ``benchmarks/findings``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.measure import Figure
from benchmarks.registry import NAMES, benchmark

DOCS = Path(__file__).parent.parent / "docs"
FINDINGS = Path(__file__).parent / "findings"
_HEAD = """# Performance

Written by `make bench` from its results; the texts between the tables are `benchmarks/findings/`. **Only ratios hold**: one
run, CPU seconds (of all processes where there are several), what is compared in turn in one process, medians of the
passes with their range. A figure that misses its goal says so.

![Ratios](performance.svg)
"""


def write(results: Path) -> None:
    """Write the document and its plot."""
    known = {name: json.loads(path.read_text(encoding="utf-8")) for name in NAMES if (path := _path(results, name))}
    parts = [_HEAD, *(part for name in NAMES for part in _section(name, known.get(name)))]
    (DOCS / "performance.md").write_text("\n".join(parts), encoding="utf-8")
    from benchmarks import plot  # a result can be looked at without the plotting library

    plot.write(known, DOCS / "performance.svg")


def _path(results: Path, name: str) -> Path | None:
    path = results / f"{name}.json"
    return path if path.exists() else None


def _section(name: str, facts: dict[str, Any] | None) -> list[str]:
    text = FINDINGS / f"{name}.md"
    findings = text.read_text(encoding="utf-8") if text.exists() else ""
    if facts is None and not findings:
        return []
    return [f"## {benchmark(name).title}\n", *(_measured(facts) if facts else ()), findings]


def _measured(facts: dict[str, Any]) -> list[str]:
    rows = ["| figure | measured | range | goal |", "|---|---|---|---|"]
    rows += [f"| {' | '.join(cells(Figure(**values)))} |" for values in facts["figures"]]
    conditions = "".join(f"- {line}\n" for line in (*facts["conditions"], facts["machine"]))
    return [conditions, "\n".join(rows) + "\n"]


def cells(figure: Figure) -> tuple[str, str, str, str]:
    """A figure as a row: name, value, range, goal."""
    spread = figure.low is not None and figure.high is not None and figure.low != figure.high
    goal = "" if figure.at_most is None else f"≤ {_number(figure.at_most)}"
    goal += "" if figure.at_least is None else f"≥ {_number(figure.at_least)}"
    return (
        figure.name,
        f"{_number(figure.value)} {figure.unit}".strip(),
        f"{_number(figure.low or 0)}–{_number(figure.high or 0)}" if spread else "",
        goal if figure.held is not False else f"{goal}: **missed**",
    )


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.4g}"
