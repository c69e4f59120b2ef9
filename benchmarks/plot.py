"""The plot of docs/performance.md: every figure that has a goal, as its distance from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot

_HELD, _MISSED = "#2a7f62", "#b3423a"


def write(known: dict[str, Any], path: Path) -> None:
    """One bar a figure: 1 is the goal, a bar below it is better."""
    rows = [(name, f) for name, facts in known.items() for f in facts["figures"] if _goal(f)]
    if not rows:
        return
    matplotlib.rcParams.update({"svg.hashsalt": "newsharvest", "svg.fonttype": "none", "font.family": "sans-serif"})
    drawn, axes = pyplot.subplots(figsize=(9, 0.6 + 0.32 * len(rows)))
    shares = [_share(figure) for _, figure in rows]
    axes.barh(range(len(rows)), shares, color=[_HELD if share <= 1 else _MISSED for share in shares])
    axes.set_yticks(range(len(rows)), [f"{name}: {figure['name']}" for name, figure in rows], fontsize=8)
    axes.invert_yaxis()
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("share of the goal (shorter is better, 1 = the goal)", fontsize=8)
    drawn.tight_layout()
    drawn.savefig(path, metadata={"Date": None})
    pyplot.close(drawn)


def _goal(figure: dict[str, Any]) -> bool:
    return figure["at_most"] is not None or figure["at_least"] is not None


def _share(figure: dict[str, Any]) -> float:
    if figure["at_most"] is not None:
        return float(figure["value"] / figure["at_most"])
    return float(figure["at_least"] / figure["value"])
