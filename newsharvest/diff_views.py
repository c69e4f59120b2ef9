"""A comparison of two data dirs for the terminal and as one HTML page."""

from __future__ import annotations

import difflib
import re
from html import escape
from typing import Any

from newsharvest.diff import DatasetDiff, Diff, Example
from newsharvest.terminal import Table, note, table

_SHOWN_MAX = 70
_WORD = re.compile(r"\s+|[^\s]+")

_STYLE = """
:root { color-scheme: light dark; } body { font: 15px/1.6 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1.5rem; } td, th { border: 1px solid #8886; padding: .3rem .6rem;
vertical-align: top; text-align: left; overflow-wrap: anywhere; } td.n { text-align: right; } ins { background: #2a82; text-decoration: none; }
del { background: #c332; } .lost { color: #c33; font-weight: 600; } code { font-size: .9em; }
"""


def render(diff: Diff) -> None:
    """Print a comparison."""
    rows = [
        (name, f"{d.before:,}", f"{d.after:,}", f"{d.added:,}", f"{d.lost:,}", f"{d.changed:,}")
        for name, d in diff.datasets.items()
    ]
    columns = ("dataset", "rows before", "rows after", "added", "lost", "changed")
    table(Table(f"{diff.before} → {diff.after}", columns, rows))
    for name, d in diff.datasets.items():
        if not d.same:
            _fields(name, d)


def _fields(name: str, d: DatasetDiff) -> None:
    rows = [(column, f"{f.gained:,}", f"{f.lost:,}", f"{f.changed:,}") for column, f in _by_weight(d)]
    if rows:
        table(Table(f"{name}: fields", ("field", "values gained", "values lost", "values changed"), rows))
    for column, f in _by_weight(d):
        for example in f.examples:
            note(f"  {column} of {_key(example)}:")
            note(f"    - {_short(example.before)}")
            note(f"    + {_short(example.after)}")
    for sign, keys in (("lost", d.lost_keys), ("added", d.added_keys)):
        for key in keys:
            note(f"  {sign}: {'/'.join(map(str, key))}")


def _by_weight(d: DatasetDiff) -> list[tuple[str, Any]]:
    """Fields that lost values first."""
    return sorted(d.fields.items(), key=lambda entry: (-entry[1].lost, -entry[1].changed, entry[0]))


def _key(example: Example) -> str:
    return "/".join(map(str, example.key))


def _short(value: object) -> str:
    text = _text(value).replace("\n", "⏎")
    return text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"


def _text(value: object) -> str:
    if isinstance(value, list):
        return " | ".join(map(str, value))
    return "∅" if value is None else str(value)


def page(diff: Diff) -> str:
    """A comparison as one self-contained HTML page, values side by side."""
    parts = [f"<h1>{escape(diff.before)} → {escape(diff.after)}</h1>", _overview(diff)]
    parts += [_section(name, d) for name, d in diff.datasets.items() if not d.same]
    body = "\n".join(parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>newsharvest diff</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _overview(diff: Diff) -> str:
    head = "<tr><th>dataset<th>before<th>after<th>added<th>lost<th>changed</tr>"
    lines = [
        f"<tr><td>{name}<td class=n>{d.before:,}<td class=n>{d.after:,}<td class=n>{d.added:,}"
        f'<td class="n{" lost" if d.lost else ""}">{d.lost:,}<td class=n>{d.changed:,}</tr>'
        for name, d in diff.datasets.items()
    ]
    return f"<table>{head}{''.join(lines)}</table>"


def _section(name: str, d: DatasetDiff) -> str:
    parts = [f"<h2>{name}</h2>"]
    for column, f in _by_weight(d):
        counts = f"{f.gained:,} gained, <span class={'lost' if f.lost else 'none'}>{f.lost:,} lost</span>, {f.changed:,} changed"
        rows = "".join(_example(example) for example in f.examples)
        parts.append(f"<h3>{column}</h3><p>{counts}</p><table><tr><th>row<th>before<th>after</tr>{rows}</table>")
    for title, keys in (("Lost rows", d.lost_keys), ("Added rows", d.added_keys)):
        if keys:
            items = "".join(f"<li><code>{escape('/'.join(map(str, key)))}</code>" for key in keys)
            parts.append(f"<h3>{title}, for example</h3><ul>{items}</ul>")
    return "".join(parts)


def _example(example: Example) -> str:
    before, after = marked(_text(example.before), _text(example.after))
    return f"<tr><td><code>{escape(_key(example))}</code><td>{before}<td>{after}</tr>"


def marked(before: str, after: str) -> tuple[str, str]:
    """Two texts as HTML, what only one of them has marked.

    >>> marked("맑은 날", "흐린 날")
    ('<del>맑은</del> 날', '<ins>흐린</ins> 날')
    """
    old, new = _WORD.findall(before), _WORD.findall(after)
    left, right = [], []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        was, is_now = escape("".join(old[a:b])), escape("".join(new[c:d]))
        left.append(was if kind == "equal" or not was else f"<del>{was}</del>")
        right.append(is_now if kind == "equal" or not is_now else f"<ins>{is_now}</ins>")
    return "".join(left), "".join(right)
