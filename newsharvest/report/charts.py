"""The charts of a report as Plotly figures: colours of text and background are left to the page, light or dark."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from newsharvest.registry import directory
from newsharvest.report.facts import UNDATED, Facts, Record
from newsharvest.report.words import WORDS

# A degree of longitude is shorter than one of latitude: 1 / cos(36°), the middle of the country.
_STRETCH = 1.236
_WEST, _EAST, _SOUTH, _NORTH = 124.5, 131.1, 33.0, 38.8
_COLD_TO_HOT = "RdYlBu_r"
_COUNTS, _SHARES = "YlGnBu", "Blues"
_ROW, _LEAST = 22, 240
_SYMBOLS = {"good": "circle", "doubtful": "diamond", "stale": "circle-open"}
_OUTCOMES = {"stored": "#2a9d5c", "unchanged": "#8ab6d6", "duplicate": "#b8a1d9", "skipped": "#c9c9c9",
             "rejected": "#e9a13b", "failed": "#d1495b"}  # fmt: skip
_PALETTE = ("#2f6fb0", "#e07b39", "#2a9d5c", "#a44a9c", "#c8a415", "#5aa9a3", "#d1495b", "#7a6ff0")
TICKER = "ticker"


def figures(facts: Facts) -> dict[str, Any]:
    """name → figure as plain JSON; a chart without data is left out."""
    made = {
        "weather": _weather(facts.stations),
        "observations": _observations(facts.observations),
        "articles": _articles(facts),
        "fields": _fields(facts),
        "completeness": _completeness(facts.completeness),
        "regions": _regions(facts.regions),
        "rejects": _rejects(facts.rejects),
        "runs": _runs(facts.runs),
    }
    return {name: json.loads(figure.to_json()) for name, figure in made.items() if figure is not None}


def _figure(traces: Sequence[Any], height: int, **layout: Any) -> go.Figure:  # noqa: ANN401 - Plotly's own
    base = {
        "height": height, "margin": {"l": 8, "r": 8, "t": 8, "b": 8}, "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)", "legend": {"orientation": "h", "y": -0.16, "x": 0}, "hovermode": "closest",
        "dragmode": False, "xaxis": {"automargin": True, "fixedrange": True},
        "yaxis": {"automargin": True, "fixedrange": True},
    }  # fmt: skip
    figure = go.Figure(data=list(traces), layout=base)
    figure.update_layout(template="none", **layout)
    return figure


def _named(word: str) -> dict[str, Any]:
    """A trace's name in both languages; the page shows the reader's."""
    both = WORDS["legend"][word]
    return {"name": both["ko"], "meta": both}


def _map(traces: Sequence[Any], **layout: Any) -> go.Figure:  # noqa: ANN401
    figure = _figure([_outlines(), *traces], 560, **layout)
    figure.update_xaxes(visible=False, range=[_WEST, _EAST])
    figure.update_yaxes(visible=False, range=[_SOUTH, _NORTH], scaleanchor="x", scaleratio=_STRETCH)
    return figure


def _outlines() -> go.Scatter:
    """The provinces' borders as one line with gaps."""
    lon: list[float | None] = []
    lat: list[float | None] = []
    for feature in json.loads((directory() / "provinces.geojson").read_text(encoding="utf-8"))["features"]:
        for (ring,) in feature["geometry"]["coordinates"]:
            lon += [*(x for x, _ in ring), None]
            lat += [*(y for _, y in ring), None]
    return go.Scatter(
        x=lon, y=lat, mode="lines", line={"width": 1, "color": "rgba(128,128,128,0.9)"}, fill="toself",
        fillcolor="rgba(128,128,128,0.10)", hoverinfo="skip", showlegend=False,
    )  # fmt: skip


def _weather(stations: list[Record]) -> go.Figure | None:
    if not stations:
        return None
    values = [row["temperature_c"] for row in stations]
    low, high = min(values), max(values)
    kinds = {kind: [row for row in stations if _kind(row) == kind] for kind in _SYMBOLS}
    traces = [_stations(kind, rows, low, high) for kind, rows in kinds.items() if rows]
    return _map([_scale(low, high), *traces, *(_key(kind) for kind, rows in kinds.items() if rows)])


def _scale(low: float, high: float) -> go.Scatter:
    """The colour bar, which belongs to no station."""
    bar = {"title": {"text": "℃"}, "thickness": 12, "len": 0.5, "x": 0.98, "xanchor": "right", "y": 0.3}
    marker = {"color": [low], "cmin": low, "cmax": high, "colorscale": _COLD_TO_HOT, "showscale": True, "colorbar": bar}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, hoverinfo="skip", showlegend=False)


def _key(kind: str) -> go.Scatter:
    """The legend's entry of a symbol: grey, for its colour is the temperature's."""
    marker = {"symbol": _SYMBOLS[kind], "size": 11, "color": "#808890", "line": {"width": 2, "color": "#808890"}}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, hoverinfo="skip", **_named(kind))


def _kind(row: Record) -> str:
    if row["stale"]:
        return "stale"
    return "doubtful" if row["qc"] in ("doubtful", "erroneous") else "good"


def _stations(kind: str, rows: list[Record], low: float, high: float) -> go.Scatter:
    hover = [
        f"{row['name']} {row['name_en'] or ''} ({row['stn_id']})<br>{row['temperature_c']:.1f} ℃ {row['sky'] or ''}"
        f"<br>{row['time']} · {row['source']} · qc {row['qc']} · {row['match']}"
        for row in rows
    ]
    shares = [(row["temperature_c"] - low) / ((high - low) or 1) for row in rows]
    colors = sample_colorscale(_COLD_TO_HOT, shares)
    line = {"width": 3, "color": colors} if kind == "stale" else {"width": 1, "color": "rgba(60,60,60,0.8)"}
    marker = {"size": 13, "symbol": _SYMBOLS[kind], "color": colors, "line": line}
    return go.Scatter(
        x=[row["lon"] for row in rows], y=[row["lat"] for row in rows], mode="markers", marker=marker,
        hovertext=hover, hoverinfo="text", showlegend=False,
    )  # fmt: skip


def _observations(rows: list[Record]) -> go.Figure | None:
    dated: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if row["day"] != UNDATED:
            dated[source_kind(row["source"]), row["day"]] += row["rows"]
    if not dated:
        return None
    days = _every_day(day for _, day in dated)
    kinds = sorted({kind for kind, _ in dated})
    bars = [
        go.Bar(x=days, y=[dated[kind, day] for day in days], marker_color=color, **_named(kind))
        for kind, color in zip(kinds, _PALETTE, strict=False)
    ]
    figure = _figure(bars, 320, barmode="stack", hovermode="x unified")
    figure.update_xaxes(type="category", nticks=8)
    return figure


def source_kind(source: str) -> str:
    """The kind of a source: KMA's own by name, everything else is a newspaper's ticker.

    >>> source_kind("kma_feed"), source_kind("demo_noeul")
    ('kma_feed', 'ticker')
    """
    return source if source.startswith("kma_") else TICKER


def _every_day(days: Any) -> list[str]:  # noqa: ANN401 - an iterable of ISO dates
    known = sorted(set(days))
    first, last = date.fromisoformat(known[0]), date.fromisoformat(known[-1])
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _heat(x: list[str], y: list[str], z: list[list[float | None]], text: Any, scale: str, **more: Any) -> go.Figure:  # noqa: ANN401
    bar = {"thickness": 10, "outlinewidth": 0}
    trace = go.Heatmap(
        x=x, y=y, z=z, hovertext=text, hoverinfo="text", colorscale=scale, xgap=1, ygap=1, colorbar=bar, **more
    )
    figure = _figure([trace], max(_LEAST, 90 + _ROW * len(y)))
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _articles(facts: Facts) -> go.Figure | None:
    counts = {(row["outlet_id"], row["day"]): row["rows"] for row in facts.articles if row["day"] != UNDATED}
    if not counts:
        return None
    days, outlets = _every_day(day for _, day in counts), list(facts.outlets)
    z = [[counts.get((outlet, day)) for day in days] for outlet in outlets]
    labels = [_label(facts, outlet) for outlet in outlets]
    text = [
        [f"{label}<br>{day}: {counts.get((outlet, day), 0):,}" for day in days]
        for label, outlet in zip(labels, outlets, strict=True)
    ]
    return _heat(days, labels, z, text, _COUNTS)


def _label(facts: Facts, outlet_id: str) -> str:
    return facts.outlets.get(outlet_id) or outlet_id


def _fields(facts: Facts) -> go.Figure | None:
    if not facts.fields:
        return None
    names = list(dict.fromkeys(row["field"] for row in facts.fields))
    outlets = list(dict.fromkeys(row["outlet_id"] for row in facts.fields))
    cells = {(row["outlet_id"], row["field"]): row for row in facts.fields}
    z = [[round(100 * cells[o, f]["filled"] / cells[o, f]["rows"], 1) for f in names] for o in outlets]
    text = [
        [f"{_label(facts, o)} · {f}<br>{cells[o, f]['filled']:,} / {cells[o, f]['rows']:,}" for f in names]
        for o in outlets
    ]
    return _heat(names, [_label(facts, o) for o in outlets], z, text, _SHARES, zmin=0, zmax=100)


def _completeness(rows: list[Record]) -> go.Figure | None:
    if not rows:
        return None
    parts = (("seen", "#2a9d5c"), ("missing", "#e9a13b"))
    bars = [
        go.Bar(
            y=[row["outlet_id"] for row in rows], x=[row[part] for row in rows], orientation="h", marker_color=color,
            **_named(part),
        )
        for part, color in parts
    ]  # fmt: skip
    figure = _figure(bars, max(_LEAST, 90 + _ROW * len(rows)), barmode="stack")
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _regions(rows: list[Record]) -> go.Figure | None:
    placed = [row for row in rows if row["lat"] is not None and row["level"] == "sigungu"]
    if not placed:
        return None
    most = max(row["rows"] for row in placed)
    marker = {
        "size": [row["rows"] for row in placed], "sizemode": "area", "sizeref": 2 * most / 34**2, "sizemin": 3,
        "color": "rgba(47,111,176,0.65)", "line": {"width": 0.5, "color": "white"},
    }  # fmt: skip
    trace = go.Scatter(
        x=[row["lon"] for row in placed], y=[row["lat"] for row in placed], mode="markers", marker=marker,
        hovertext=[f"{row['name']}: {row['rows']:,}" for row in placed], hoverinfo="text", showlegend=False,
    )  # fmt: skip
    return _map([trace])


def _rejects(rows: list[Record]) -> go.Figure | None:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["reason"]] += row["rows"]
    if not counts:
        return None
    reasons = [reason for reason, _ in counts.most_common()]
    bar = go.Bar(
        y=reasons, x=[counts[reason] for reason in reasons], orientation="h", marker_color="#e9a13b", showlegend=False
    )
    figure = _figure([bar], max(160, 60 + _ROW * len(reasons)))
    figure.update_yaxes(autorange="reversed", type="category")
    return figure


def _runs(rows: list[Record]) -> go.Figure | None:
    crawls = [row for row in rows if row["requests"]]
    if not crawls:
        return None
    names = [f"{row['started_at'][:16].replace('T', ' ')} {row['run_id'][-6:]}" for row in crawls]
    bars = [
        go.Bar(x=names, y=[row[outcome] or 0 for row in crawls], marker_color=color, **_named(outcome))
        for outcome, color in _OUTCOMES.items()
        if any(row.get(outcome) for row in crawls)
    ]
    figure = _figure(bars, 320, barmode="stack", hovermode="x unified")
    figure.update_xaxes(type="category", showticklabels=len(crawls) <= 8)
    return figure
