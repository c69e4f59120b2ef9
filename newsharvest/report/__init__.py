"""One self-contained HTML page about a data dir: weather map, counts, field coverage, rejects, runs, regions.

`facts.gather` reads the datasets, `charts.figures` draws with Plotly, `page.render` writes the page. Every number on the page
stands in its ``<script id="facts">`` too.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from newsharvest.report.facts import Facts, gather
from newsharvest.report.page import render


def write(data_dir: Path, out: Path, at: datetime) -> Facts:
    """Write the report on a data dir, made at a moment. `newsharvest.load.NoDataError` where there is nothing yet."""
    facts = gather(data_dir, at)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(render(facts), encoding="utf-8")
    return facts
