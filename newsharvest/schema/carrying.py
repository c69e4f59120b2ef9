"""What a redesign hid: a field that vanishes together with the template that showed it was not taken out by an editor.

A page's *design* is what its row says of its markup. Between pages of one design a missing field is a deletion. Where the design
is another one, the value of the last page that showed it is carried over and marked (``carried:`` in ``extractors``, ``carried_over``
in ``flags``), and a version that differs from another only by what its design hides is no version of its own.

Whatever is carried can be taken off again (`plain`), so that the decision is made anew from all pages with every page that comes:
it does not depend on the order of their arrival. Pages that are needed for it and are no row of their own are *readings*: they wait
in the hidden companion of their file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = dict[str, Any]
CARRIED_OVER, READING = "carried_over", "reading"
_MARK = "carried:"
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "subtitle": (), "captions": (), "byline_raw": (), "authors": (), "section": (), "keywords": (), "images": (), "rights_notice": (),
    "published_at_raw": ("published_at", "published_at_precision", "published_at_label"),
}  # fmt: skip
"""Fields that a design may hide, each with the columns that follow from it."""
_HASHED = ("title", "subtitle", "body", "captions", "byline_raw")
_RULES = ("title", "paragraphs", "published_at_raw")
Design = tuple[str | None, ...]


def design_of(row: Row) -> Design:
    """What a row says of its page's markup: where headline and body stand, the date's label, and the rules that found them."""
    rules = dict(row["extractors"] or ())
    digest = (row["template"] or "").partition(":")[0]
    return (digest, row["published_at_label"], *(rules.get(name) for name in _RULES))


def is_reading(row: Row) -> bool:
    """Whether a row only serves the join."""
    return READING in (row.get("flags") or ())


def plain(row: Row) -> Row:
    """A row as its page gave it, without what was carried over."""
    flags = row.get("flags") or []
    if CARRIED_OVER not in flags and READING not in flags:
        return row
    rules = dict(row["extractors"] or ())
    names = [name for name, rule in rules.items() if rule.startswith(_MARK)]
    found = {**row, "flags": [flag for flag in flags if flag not in {CARRIED_OVER, READING}]}
    for name in names:
        del rules[name]
        found |= {column: _empty(row[column]) for column in (name, *_FIELDS[name])}
    return found | {"extractors": sorted(rules.items())}


def _empty(value: Any) -> Any:  # noqa: ANN401 - a column's value
    return [] if isinstance(value, list) else None


def reading(row: Row) -> Row:
    """A row marked as one that only serves the join."""
    return {**row, "flags": [*(row["flags"] or []), READING]}


def _carried(row: Row, source: Row, names: Iterable[str]) -> Row:
    """A row with fields of another page of its article, each marked."""
    rules, theirs = dict(row["extractors"] or ()), dict(source["extractors"] or ())
    flags = row["flags"] or []
    found = {**row, "flags": flags if CARRIED_OVER in flags else [*flags, CARRIED_OVER]}
    for name in names:
        rules[name] = _MARK + theirs.get(name, "pipeline").removeprefix(_MARK)
        found |= {column: source[column] for column in (name, *_FIELDS[name])}
    return found | {"extractors": sorted(rules.items())}


def by_design(newest: Sequence[Row]) -> tuple[Row, list[Row]]:
    """The newest of an article's pages with what its design hides, and the readings that the next join needs.

    ``newest``: plain rows of different pages, the newest first. Kept of every design are its newest page and, for each field
    that this one lacks, its newest page that has it.
    """
    winner = newest[0]
    if all(_is_alike(winner, row) for row in newest[1:]):
        return winner, []
    designs: dict[Design, list[Row]] = {}
    for row in newest:
        held = designs.setdefault(design_of(row), [])
        if not held or any(row[name] and not any(one[name] for one in held) for name in _FIELDS):
            held.append(row)
    own, *others = designs.values()
    found, gaps = winner, [name for name in _FIELDS if not any(row[name] for row in own)]
    for other in others:
        filled = [name for name in gaps if other[0][name]]
        found, gaps = (_carried(found, other[0], filled) if filled else found), [n for n in gaps if n not in filled]
    return found, [*own[1:], *(row for other in others for row in other)]


def _is_alike(row: Row, older: Row) -> bool:
    """Whether an older page is of the same design and has no field that the newer lacks."""
    same = row["template"] == older["template"] and row["extractors"] == older["extractors"]
    if not (same and row["published_at_label"] == older["published_at_label"]) and design_of(row) != design_of(older):
        return False
    return all(row[name] or not older[name] for name in _FIELDS)


def settled(rows: Sequence[Row]) -> list[Row]:
    """All versions of one article, plain, as the dataset shows them: readings marked, hidden fields carried over.

    A version is a reading where another one of another design says all that it says, and more (or the same in other lines).
    """
    if len(rows) == 1 or len({design_of(row) for row in rows}) == 1:
        return list(rows)
    hidden = [any(_covers(other, row) for other in rows if other is not row) for row in rows]
    shown: list[Row] = []
    for row in sorted((row for row, its in zip(rows, hidden, strict=True) if not its), key=_place):
        shown.append(_completed(row, shown))
    return [*shown, *(reading(row) for row, its in zip(rows, hidden, strict=True) if its)]


def _covers(row: Row, other: Row) -> bool:
    """Whether a version says what another says of the same words, seen through another design."""
    if design_of(row) == design_of(other):
        return False
    ours, theirs = ([_words(one[name]) for name in _HASHED] for one in (row, other))
    if ours[0] != theirs[0] or ours[2] != theirs[2]:
        return False
    if any(small not in large for small, large in zip(theirs, ours, strict=True)):
        return False
    return (sum(map(len, ours)), *_place(other)) > (sum(map(len, theirs)), *_place(row))


def _words(value: Any) -> str:  # noqa: ANN401 - a column's value
    return "".join(("".join(value) if isinstance(value, list) else value or "").split())


def _place(row: Row) -> tuple[float, str]:
    seen = row["first_seen_at"]
    return (float("-inf") if seen is None else seen.timestamp(), row["content_hash"])


def _completed(row: Row, earlier: Sequence[Row]) -> Row:
    """A version with what its design hides, from the version that was seen last before it."""
    if not earlier:
        return row
    before = max(earlier, key=lambda other: (min(_last(other), _place(row)[0]), *_place(other)))
    rules, other_design = dict(before["extractors"] or ()), design_of(plain(before)) != design_of(row)
    names = [
        name
        for name in _FIELDS
        if before[name] and not row[name] and (other_design or rules.get(name, "").startswith(_MARK))
    ]
    return _carried(row, before, names) if names else row


def _last(row: Row) -> float:
    seen = row["last_seen_at"]
    return float("-inf") if seen is None else float(seen.timestamp())
