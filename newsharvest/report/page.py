"""The report's HTML: one file that asks no other machine for anything."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from plotly.offline import get_plotlyjs

from newsharvest.report.charts import figures
from newsharvest.report.facts import Facts, Record
from newsharvest.report.words import LANGUAGES, WORDS

_TABLES = {
    "weather": ("stations", ("stn_id", "name", "temperature_c", "sky", "time", "source", "qc", "stale")),
    "observations": ("observations", ("day", "source", "rows")),
    "articles": ("articles", ("outlet_id", "day", "rows")),
    "fields": ("fields", ("outlet_id", "field", "rows", "filled")),
    "completeness": ("completeness", ("outlet_id", "seen", "missing", "gone")),
    "regions": ("regions", ("code", "name", "rows")),
    "rejects": ("rejects", ("reason", "outlet_id", "rows", "examples")),
    "runs": (
        "runs",
        ("started_at", "command", "ended", "exit_code", "requests", "stored", "unchanged", "rejected", "failed",
         "expectations_met"),
    ),
}  # fmt: skip
"""section → the list of facts that its table shows, and the columns."""
_WIDE = frozenset({"articles", "fields", "runs"})
_OPEN = frozenset({"rejects", "runs"})
_TABLE_ROWS = 2_000


def render(facts: Facts) -> str:
    """The page, numbers and drawing code included."""
    drawn = figures(facts)
    sections = "".join(_section(name, facts, drawn=name in drawn) for name in _TABLES)
    return Template(_asset("page.html")).substitute(
        css=_asset("page.css"),
        title=_both(WORDS["page"]["title"]),
        data_dir=escape(facts.data_dir),
        made=f"{_both(WORDS['page']['made'])} {escape(facts.made_at)}",
        parser=f"{_both(WORDS['page']['parser'])} {facts.parser_version}",
        language=_both(WORDS["page"]["language"]),
        theme=_both(WORDS["page"]["theme"]),
        totals="".join(_tile(name, count) for name, count in facts.totals.items()),
        sections=sections,
        facts=_json(facts.as_json()),
        figures=_json(drawn),
        plotly=get_plotlyjs(),
        js=_asset("page.js"),
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _json(value: Any) -> str:  # noqa: ANN401 - plain values
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _both(words: dict[str, str]) -> str:
    """A word in every language; the page shows the reader's."""
    return "".join(f'<span lang="{language}">{escape(words[language])}</span>' for language in LANGUAGES)


def _tile(name: str, count: int) -> str:
    return f'<div class="tile"><b>{count:,}</b>{_both(WORDS["totals"][name])}</div>'


def _section(name: str, facts: Facts, *, drawn: bool) -> str:
    words = WORDS["sections"][name]
    source, columns = _TABLES[name]
    rows: list[Record] = getattr(facts, source)
    chart = f'<div class="chart" id="chart-{name}"></div>' if drawn else ""
    body = chart + _table(rows, columns, opened=name in _OPEN) if rows else f"<p>{_both(WORDS['page']['none'])}</p>"
    kind = "wide" if name in _WIDE else ""
    return f'<section class="{kind}" id="{name}"><h2>{_both(words["title"])}</h2><p>{_both(words["text"])}</p>{body}</section>'


def _table(rows: list[Record], columns: tuple[str, ...], *, opened: bool) -> str:
    head = "".join(f"<th>{_both(WORDS['columns'][column])}</th>" for column in columns)
    lines = "".join(
        f"<tr>{''.join(_cell(row[column]) for column in columns)}</tr>" for row in reversed(rows[-_TABLE_ROWS:])
    )
    state = " open" if opened else ""
    summary = f"<summary>{len(rows):,}</summary>"
    return f'<details{state}>{summary}<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div></details>'


def _cell(value: Any) -> str:  # noqa: ANN401 - a plain value
    if isinstance(value, list):
        return f"<td>{'<br>'.join(escape(str(part)) for part in value)}</td>"
    if isinstance(value, bool) or value is None:
        return f"<td>{ {True: '✓', False: '–', None: ''}[value] }</td>"
    kind = ' class="number"' if isinstance(value, int | float) else ""
    shown = f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
    return f"<td{kind}>{escape(shown)}</td>"
