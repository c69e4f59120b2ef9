"""An outlet's changes of template, whole: days, rules, places and proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from newsharvest.drift.compare import FIELDS, Change, changes
from newsharvest.drift.locate import locate
from newsharvest.drift.propose import FieldReport, Known, known_pages, report
from newsharvest.drift.samples import Sample, Samples, read_samples
from newsharvest.drift.values import Reader
from newsharvest.files import DataDir
from newsharvest.markup import PageError, document
from newsharvest.reference import Outlet

_EXCERPT = 1_600
_OLD_PAGES = 4


@dataclass(frozen=True, slots=True)
class Sides:
    """The markup around one field, before and after."""

    field: str
    before: str | None
    after: str | None


@dataclass(slots=True)
class ChangeReport:
    """One change with what became of every field."""

    change: Change
    fields: list[FieldReport] = field(default_factory=list)
    sides: list[Sides] = field(default_factory=list)
    url_before: str | None = None
    url_after: str | None = None

    @property
    def stopped(self) -> list[str]:
        """The selectors that stopped, with their fields: ``title: ndsoft:h3.heading``."""
        return [f"{FIELDS[rule.measure]}: {rule.selector}" for rule in self.change.rules]

    @property
    def moved(self) -> list[str]:
        """Fields that stand elsewhere in the markup though their selectors still match."""
        gone = {FIELDS[rule.measure] for rule in self.change.rules}
        return [
            f.field
            for f in self.fields
            if f.field not in gone and f.way_before and f.way_after and f.way_before != f.way_after
        ]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for --json."""
        return {
            "day": self.change.day.isoformat(), "measures": list(self.change.measures), "stopped": self.stopped, "moved": self.moved,
            "rules": [asdict(rule) for rule in self.change.rules], "fields": [asdict(each) for each in self.fields],
            "before": self.url_before, "after": self.url_after,
        }  # fmt: skip


def drift(data: DataDir, outlet: Outlet, since: datetime) -> list[ChangeReport]:
    """Every change of an outlet's template since a time, oldest first. NoDataError where no page was fetched since then."""
    samples = read_samples(data, outlet, since)
    reader = Reader(outlet, samples.chain)
    return [_report(samples, reader, change) for change in changes(samples)]


def _report(samples: Samples, reader: Reader, change: Change) -> ChangeReport:
    known = known_pages(samples, change)
    before = _old_pages(change.before, known)
    rows = {sample.page.url or "": sample.row for sample in change.after if sample.row is not None}
    made = ChangeReport(change, report(reader, known, before, rows))
    made.url_before = before[0].doc.page.url if before else None
    made.url_after = known[0].doc.page.url if known else None
    made.sides = [_sides(each.field, before, known) for each in made.fields]
    return made


def _old_pages(before: Sequence[Sample], known: Sequence[Known]) -> list[Known]:
    """Pages of the old template with their values: the same articles as the new ones first."""
    urls = {each.doc.page.url for each in known}
    chosen = sorted(
        (s for s in before if s.row is not None),
        key=lambda s: (s.page.url not in urls, -s.place.fetched_at.timestamp()),
    )
    found = []
    for sample in chosen[:_OLD_PAGES]:
        try:
            found.append(Known(document(sample.page), sample.row or {}, verified=True))
        except PageError:  # it was read once: a limit that came since
            continue
    return found


def _sides(name: str, before: Sequence[Known], after: Sequence[Known]) -> Sides:
    return Sides(name, _excerpt(name, before), _excerpt(name, after))


def _excerpt(name: str, pages: Sequence[Known]) -> str | None:
    for each in pages:
        element = locate(each.doc.root, name, _full(each.values))
        if element is not None:
            parent = element.getparent()
            return _source(element if parent is None or name == "body" else parent)
    return None


def _full(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values.get(name) for name in ("title", "body", "published_at", "byline_raw", "subtitle", "section")}


def _source(element: HtmlElement) -> str:
    text = etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + " …"
