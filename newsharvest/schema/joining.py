"""The join: commutative, associative and idempotent, so that order and process count do not matter.

The rows of one group (an article, a revision, a bulletin's readings) become the rows of one page: all content columns
move as one block. Only what is a minimum, a maximum or a union over all pages is merged, and what a redesign hid is carried
over (`carrying`): then the pages that show it stay, marked as readings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from newsharvest.schema.blocks import Row
from newsharvest.schema.carrying import by_design, is_reading, plain, reading, settled
from newsharvest.schema.columns import Dataset

__all__ = ["Row"]
RANKED = ("fetched_at", "parser_version", "content_hash", "warc_filename", "warc_record_offset", "url", "source_file")
"""The columns that a rank is made of."""
Rank = tuple[float, int, str, str, int, str, str]


def rank(row: Row, *, earliest: bool = False) -> Rank:
    """A page's place among the pages of one key: the greatest gives the content.

    Newest first: ``(fetched_at or -inf, parser_version, content_hash, warc_filename, warc_record_offset, url)``;
    with ``earliest`` the first sighting wins and a row without a time loses.
    """
    fetched_at: datetime | None = row["fetched_at"]
    moment = float("-inf") if fetched_at is None else fetched_at.timestamp() * (-1 if earliest else 1)
    return (
        moment,
        row["parser_version"],
        row["content_hash"] or "",
        row["warc_filename"] or "",
        -1 if row["warc_record_offset"] is None else row["warc_record_offset"],
        row["url"] or "",
        row["source_file"] or "",
    )


def join(dataset: Dataset, rows: Sequence[Row]) -> list[Row]:
    """The rows that stay of one group's rows (the group: `Dataset.group`); never empty, never changes its input.

    The first is the one to show, others of an article are readings. Rows without content (a 304, a 404) only move ``last_seen_at`` and ``gone_at``; a group of such rows stays as it is,
    so that their news is not lost before the content comes.
    """
    if dataset.join == "log":  # outside the join: what was said last of a run holds
        return list({group_key(dataset, row): row for row in rows}.values())
    rows = [plain(row) for row in rows] if dataset.join in _BY_DESIGN else rows
    contents = [row for row in rows if not is_sighting(row)] or list(rows)
    winners = _winners(dataset, contents)
    merged = {column: merge(rows, column) for column, merge in _MERGES.items() if column in rows[0]}
    _still_gone(merged)
    if dataset.join == "article" and len(contents) > 1 and not is_sighting(winners[0]):
        found, readings = by_design(_pages(contents))
        return [found | merged, *(reading(row) | merged for row in readings)]
    return [{**row, **merged} for row in winners]


_BY_DESIGN = frozenset({"article", "version"})


def _pages(rows: Sequence[Row]) -> list[Row]:
    """The pages of one article, the newest first, each as the best of its rows says."""
    best: dict[tuple[Any, ...], tuple[Rank, Row]] = {}
    for row in rows:
        its = rank(row)
        page = (its[0], *its[3:])
        held = best.get(page)
        if held is None or its > held[0] or (its == held[0] and row != held[1] and _digest(row) > _digest(held[1])):
            best[page] = its, row
    return [row for _, row in sorted(best.values(), key=lambda pair: pair[0], reverse=True)]


def is_hidden(row: Row) -> bool:
    """Whether a row only serves the join: it waits in the hidden companion of its file."""
    return is_sighting(row) or is_reading(row)


def is_sighting(row: Row) -> bool:
    """Whether a row tells that an article was seen or gone, without its content."""
    return "content_hash" in row and row["content_hash"] is None


def _winners(dataset: Dataset, rows: Sequence[Row]) -> list[Row]:
    """The rows of the page that wins, one for each key below the group."""
    earliest = dataset.join == "bulletin" and rows[0]["observed_at"] is None
    ranks = [rank(row, earliest=earliest) for row in rows]
    top = max(ranks)
    best = [row for row, its in zip(rows, ranks, strict=True) if its == top]
    by_key: dict[tuple[Any, ...], Row] = {}
    for row in best:
        key = tuple(row[name] for name in dataset.key)
        held = by_key.get(key)
        if held is None or (row != held and _digest(row) > _digest(held)):
            by_key[key] = row
    return list(by_key.values())


def _digest(row: Row) -> str:
    """Decides between rows that differ although their ranks are equal (one file read twice under other names)."""
    plain = sorted((name, repr(value)) for name, value in row.items() if name not in _MERGES)
    return hashlib.sha256(repr(plain).encode("utf-8", "surrogatepass")).hexdigest()


def _known(rows: Sequence[Row], column: str) -> list[Any]:
    return [row[column] for row in rows if row[column] is not None]


def _least(rows: Sequence[Row], column: str) -> Any:  # noqa: ANN401 - a column's value
    return min(_known(rows, column), default=None)


def _greatest(rows: Sequence[Row], column: str) -> Any:  # noqa: ANN401 - a column's value
    return max(_known(rows, column), default=None)


def _union(rows: Sequence[Row], column: str) -> list[str]:
    return sorted({value for row in rows for value in row[column]})


_MERGES: dict[str, Callable[[Sequence[Row], str], Any]] = {
    "first_seen_at": _least,
    "last_seen_at": _greatest,
    "gone_at": _greatest,
    "pages": _union,
}


def _still_gone(merged: Row) -> None:
    """An article that was seen after it was gone is back."""
    gone, seen = merged.get("gone_at"), merged.get("last_seen_at")
    if gone is not None and seen is not None and seen > gone:
        merged["gone_at"] = None


def newer_block(dataset: Dataset, held: Sequence[Row], block: Sequence[Row]) -> Sequence[Row]:
    """`join` of two blocks of which each is one page's rows: compared by their first rows."""
    mine, its = held[0], block[0]
    earliest = mine["observed_at"] is None
    ours, theirs = rank(mine, earliest=earliest), rank(its, earliest=earliest)
    if ours == theirs:
        return join(dataset, [*held, *block])
    return held if ours > theirs else block


def group_key(dataset: Dataset, row: Row) -> tuple[Any, ...]:
    """What names a row's group."""
    return tuple(row[name] for name in dataset.group)


def join_all(dataset: Dataset, rows: Iterable[Row]) -> list[Row]:
    """Every group of ``rows`` joined; the order of the groups is that of their first row.

    Of versions all of an article must be among the rows: what one design hides another shows.
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(group_key(dataset, row), []).append(row)
    joined = [kept for group in groups.values() for kept in (join(dataset, group))]
    return joined if dataset.join != "version" else _settled(joined)


def _settled(rows: Sequence[Row]) -> list[Row]:
    articles: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        articles.setdefault((row["outlet_id"], row["article_id"]), []).append(row)
    return [row for versions in articles.values() for row in settled(versions)]
