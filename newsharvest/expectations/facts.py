"""What one run found of one outlet, as counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from newsharvest.expecting import FIELDS

ABSENT = "-"
RECENT = timedelta(days=30)
"""Articles published longer ago are history that is filled in: their skins tell nothing of today's."""
FRESH = timedelta(days=8)
COLUMN = {"paragraphs": "body"}
_HOUR = "%Y-%m-%dT%H"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """One outlet in one run."""

    outlet_id: str
    run_id: str
    at: datetime
    """When the run was judged."""
    requests: int = 0
    answered: int = 0
    failed: int = 0
    rejected: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Why requests failed or were skipped → how many."""
    own_pages: int = 0
    """Pages that were the outlet's own: articles and lists that could be read."""
    foreign_pages: int = 0
    """Pages that carry neither its name nor the marks of its CMS nor its language."""
    pages: int = 0
    """Article pages read, of articles published in the last 30 days."""
    new: int = 0
    """Articles that were not known before."""
    mix: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Field → rule that gave it, or ``-`` → pages."""
    published: Mapping[str, int] = field(default_factory=dict)
    """Hour of publication in Korea (``2026-09-07T18``) → new articles, of the last eight days."""
    tickers: int = 0
    stations: int = 0
    """Most stations that one ticker named."""
    signals: tuple[str, ...] = ()
    """The measures that an earlier judgement found violated."""


def measured(rows: Iterable[Mapping[str, Any]], started_at: datetime, at: datetime) -> dict[str, Any]:
    """``pages``, ``new``, ``mix`` and ``published`` of the rows of ``articles`` whose pages one run fetched."""
    mix: dict[str, Counter[str]] = {}
    published: Counter[str] = Counter()
    pages = new = 0
    for row in rows:
        stated = row["published_at"]
        if row["first_seen_at"] is not None and row["first_seen_at"] >= started_at:
            new += 1
            moment = (stated or row["fetched_at"]).astimezone(at.tzinfo)
            if at - moment <= FRESH:
                published[moment.strftime(_HOUR)] += 1
        if stated is None or at - stated <= RECENT:
            pages += 1
            for name, category in categories(row):
                mix.setdefault(name, Counter())[category] += 1
    return {"pages": pages, "new": new, "mix": {k: dict(v) for k, v in mix.items()}, "published": dict(published)}


def categories(row: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Every measure of an article's row with its category: rules, the label of the date, the template, the body's length."""
    rules = dict(row["extractors"] or ())
    for name in FIELDS:
        value = row[COLUMN.get(name, name)]
        yield name, rules.get(name, "pipeline") if value else ABSENT
    yield "published_at_label", row["published_at_label"] or ABSENT
    if row["template"]:
        digest, _, order = row["template"].partition(":")
        yield "template", digest
        yield "order", order
    yield "body_length", str(len(row["body"] or "").bit_length())
