"""Selectors for a changed template: made from where known values stand, tried on every page, the exact ones first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from newsharvest.cms.stamps import stamps
from newsharvest.drift.candidates import Selector, candidates, label_of
from newsharvest.drift.compare import Change
from newsharvest.drift.locate import locate, squeezed, way
from newsharvest.drift.samples import Sample, Samples
from newsharvest.drift.values import Reader, same
from newsharvest.markup import Document, PageError, document, fold, text_of

PROPOSED = ("title", "body", "published_at", "byline_raw", "subtitle", "section")
PAGES = 12
SHOWN = 3
_SOURCES = 12
_TRIED = 24
_SIMPLE = 5
_PAIRED = 3
_STATED = ("meta:", "json-ld:", "title")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One selector for one field, and on how many pages it gives exactly the known value."""

    field: str
    css: str
    xpath: str
    label: str | None
    """The word before the value, where a new one is printed."""
    exact: int
    pages: int
    alone: int
    """On how many pages nothing else matches."""


@dataclass(slots=True)
class Known:
    """A page of the new template with its article's values from before the change."""

    doc: Document
    values: Mapping[str, Any]
    verified: bool
    """The values are those of an earlier fetch, not what the page's own head states."""


@dataclass(slots=True)
class FieldReport:
    """One field on the new template."""

    field: str
    pages: int
    """Pages that print the value that is known."""
    right_now: int
    """Of these, how many the parsers still read exactly."""
    others: int
    """Pages that print another value: the article was edited since, or nothing that was tried finds it."""
    way_before: str | None
    way_after: str | None
    verified: bool
    proposals: list[Proposal] = attribute(default_factory=list)


def known_pages(samples: Samples, change: Change) -> list[Known]:
    """Pages of the new template whose values are known: of earlier fetches, else as the page's head states them."""
    newest = {sample.place.article_id: sample for sample in change.after}
    again = [(s, row) for s in newest.values() if (row := samples.earlier(s.place.article_id, change.day)) is not None]
    fresh = [s for s in newest.values() if s.place.article_id not in {known.place.article_id for known, _ in again}]
    found = [Known(doc, row, verified=True) for s, row in again[-PAGES:] if (doc := _document(s)) is not None]
    if len(found) < SHOWN:
        found += [Known(doc, _stated(s), verified=False) for s in fresh[:PAGES] if (doc := _document(s)) is not None]
    return found


def _document(sample: Sample) -> Document | None:
    try:
        return document(sample.page)
    except PageError:  # such a page has its reject
        return None


def _stated(sample: Sample) -> dict[str, Any]:
    """The values that a page gives by its head, which no redesign of its body touches; the body as any extractor finds it."""
    row = sample.row or {}
    rules = dict(row.get("extractors") or ())
    stated: dict[str, Any] = dict.fromkeys(PROPOSED)
    for name, column in (("title", "title"), ("published_at_raw", "published_at"), ("section", "section")):
        if str(rules.get(name, "")).startswith(_STATED):
            stated[column] = row.get(column)
    return stated | {"body": row.get("body"), "title": stated["title"] or row.get("title")}


def report(
    reader: Reader, known: Sequence[Known], before: Sequence[Known], rows: Mapping[str, Any]
) -> list[FieldReport]:
    """Every field's report. ``before``: pages of the old template with their values; ``rows``: URL → what is read now."""
    reports = []
    for name in PROPOSED:
        pages = [each for each in known if each.values.get(name)]
        places = [(each, found) for each in pages if (found := locate(each.doc.root, name, each.values)) is not None]
        if not places:
            continue
        old = next((found for each in before if (found := locate(each.doc.root, name, each.values)) is not None), None)
        right = {id(p) for p in pages if same(name, (rows.get(p.doc.page.url or "") or {}).get(name), p.values[name])}
        proposals, printing = _proposals(reader, name, pages, places, right)
        made = FieldReport(name, printing, len(right), len(pages) - printing, way(old) if old is not None else None,
                           way(places[0][1]), all(each.verified for each in pages), proposals)  # fmt: skip
        reports.append(made)
    return reports


def _proposals(
    reader: Reader, name: str, pages: Sequence[Known], places: Sequence[tuple[Known, Any]], right: set[int]
) -> tuple[list[Proposal], int]:
    """The best selectors, and on how many pages any of them (or the parsers) gives the known value: others were edited."""
    label = _label(name, places)
    counted: Counter[Selector] = Counter()
    order: dict[Selector, int] = {}
    for _, element in places[:_SOURCES]:
        for rank, selector in enumerate(dict.fromkeys(candidates(element, label))):
            counted[selector] += 1
            order[selector] = min(rank, order.get(selector, rank))
    # Simple ones of every page first: a skin that few pages have must not be crowded out by the other's variants.
    tried = sorted(counted, key=lambda s: (order[s] >= _SIMPLE, -counted[s], order[s]))[:_TRIED]
    exact = {
        s: {id(p) for p in pages if same(name, reader.value(p.doc, name, s, label), p.values[name])} for s in tried
    }
    printing = len(right.union(*exact.values()))
    for pair in _pairs(exact, printing):
        exact[pair] = {id(p) for p in pages if same(name, reader.value(p.doc, name, pair, label), p.values[name])}
        order[pair] = len(order)
    made = [Proposal(name, s.css, s.xpath, label, len(exact[s]), printing, _alone(s, pages)) for s in exact if exact[s]]
    made.sort(key=lambda p: (-p.exact, -p.alone, order[Selector(p.css, p.xpath)]))
    return made[:SHOWN], printing


def _pairs(exact: Mapping[Selector, set[int]], printing: int) -> list[Selector]:
    """Where no selector does for all pages (a site with two skins): the best one, with the one that does most for the rest."""
    best = max(exact, key=lambda s: len(exact[s]), default=None)
    if best is None or len(exact[best]) == printing:
        return []
    firsts = [s for s in exact if len(exact[s]) == len(exact[best])][:_PAIRED]
    found = []
    for first in firsts:
        second = max(exact, key=lambda s: len(exact[s] - exact[first]))
        if exact[second] - exact[first]:
            found.append(Selector(f"{first.css}, {second.css}", f"{first.xpath} | {second.xpath}"))
    return found


def _alone(selector: Selector, pages: Sequence[Known]) -> int:
    return sum(len(each.doc.root.xpath(selector.xpath)) == 1 for each in pages)


def _label(name: str, places: Sequence[tuple[Known, Any]]) -> str | None:
    """The word that most pages print before the value."""
    words: Counter[str] = Counter()
    for known, element in places:
        said = fold(text_of(element))
        if name == "published_at" and stamps(said):
            words[label_of(element) or ""] += 1
        if name == "byline_raw":
            before, found, _ = squeezed(said).partition(squeezed(known.values[name]))
            words[before.strip(" :|") if found else ""] += 1
    most = words.most_common(1)
    return most[0][0] or None if most and 2 * most[0][1] > words.total() else None
