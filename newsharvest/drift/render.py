"""What changed, for a terminal and as one HTML page with both sides."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from newsharvest.drift.compare import FIELDS
from newsharvest.drift.propose import FieldReport, Proposal
from newsharvest.drift.report import ChangeReport
from newsharvest.reference import Outlet

_HINTS = {
    "title": "titles of the family's Skin in newsharvest/cms/",
    "body": "containers of the family's Skin in newsharvest/cms/",
    "published_at": "[cms.dates] published in data/reference/lookups.toml, where the label is new",
    "byline_raw": "[cms.marks] byline, or the labels in newsharvest/cms/head.py",
    "subtitle": "[cms.marks] subtitle in data/reference/lookups.toml",
    "section": "[cms.marks] section in data/reference/lookups.toml",
}


def lines(found: Sequence[ChangeReport], outlet: Outlet) -> list[str]:
    """The report in lines."""
    if not found:
        return [f"{outlet.outlet_id}: no change of template"]
    return [line for each in found for line in _change(each, outlet)]


def _change(each: ChangeReport, outlet: Outlet) -> list[str]:
    out = [f"{outlet.outlet_id}: the template changed on {each.change.day} (seen by {', '.join(each.change.measures)})"]
    for rule in each.change.rules:
        instead = f"now {rule.instead}" if rule.instead else "now nothing"
        out.append(
            f"  stopped: {FIELDS[rule.measure]} by {rule.selector} ({rule.before:.0%} of pages before, {rule.after:.0%} now; {instead})"
        )
    for name in each.moved:
        report = next(f for f in each.fields if f.field == name)
        out.append(f"  moved: {name} is still read; {report.way_before}  →  {report.way_after}")
    for report in each.fields:
        out += _field(report)
    if each.url_after:
        out.append(f"  compare: {each.url_before} before, {each.url_after} after (newsharvest drift --html shows both)")
    return out


def _field(report: FieldReport) -> list[str]:
    values = "known from earlier fetches" if report.verified else "stated by the pages themselves"
    others = f"; {report.others} more print another: edited since, or not found" if report.others else ""
    out = [
        f"  {report.field}: read right on {report.right_now} of {report.pages} pages whose value is {values}{others}"
    ]
    out += [f"    proposal: {_proposal(proposal)}" for proposal in report.proposals]
    if report.proposals and report.right_now < report.pages:
        out.append(f"    to be written into: {_HINTS[report.field]}")
    return out


def _proposal(proposal: Proposal) -> str:
    label = f", label {proposal.label!r}" if proposal.label else ""
    alone = "nothing else matches" if proposal.alone >= proposal.pages else f"the only match on {proposal.alone} of all"
    return f"{proposal.css}{label}: exact on {proposal.exact} of {proposal.pages} pages, {alone}; {proposal.xpath}"


_STYLE = (
    "body{font:15px/1.5 sans-serif;margin:2em auto;max-width:1500px;color:#222}table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "td,th{border:1px solid #bbb;padding:.5em;vertical-align:top;text-align:left}pre{white-space:pre-wrap;word-break:break-all;margin:0;font-size:12px}"
    "code{background:#eef}"
)


def page(found: Sequence[ChangeReport], outlet: Outlet) -> str:
    """One self-contained HTML page: the report, and before and after side by side."""
    parts = [_section(each, outlet) for each in found] or [f"<p>{escape(outlet.outlet_id)}: no change of template.</p>"]
    title = escape(f"{outlet.name} ({outlet.outlet_id}): changes of template")
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>\n'
        f"<body><h1>{title}</h1>\n" + "\n".join(parts) + "\n</body></html>\n"
    )


def _section(each: ChangeReport, outlet: Outlet) -> str:
    told = "\n".join(_change(each, outlet))
    rows = "\n".join(
        f"<tr><th>{escape(side.field)}</th><td><pre>{escape(side.before or '—')}</pre></td><td><pre>{escape(side.after or '—')}</pre></td></tr>"
        for side in each.sides
    )
    head = f"<tr><th style='width:8em'>field</th><th>before: {escape(each.url_before or '')}</th><th>after: {escape(each.url_after or '')}</th></tr>"
    return f"<h2>{each.change.day}</h2><pre>{escape(told)}</pre><table>{head}{rows}</table>"
