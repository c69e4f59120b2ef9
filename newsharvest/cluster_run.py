"""The dataset ``clusters``: near-duplicates across outlets, of what the articles dataset holds now.

The dataset is its own memory: a row keeps the bands of its article's text, so that a later run reads only the bodies of new
and changed articles and of those they are compared with. Its result is that of a run from nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsharvest.clustering import Found, Known, cluster
from newsharvest.files import KST, file_of
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.shingling import BANDS, bands, normalised, shingles, sketch_name, text_hash
from newsharvest.store import Batch, Store

NAME = "clusters"
_LIGHT = ["article_id", "content_hash", "published_at", "published_at_precision", "agency"]
_BATCH = 1_000
Key = tuple[str, str]


@dataclass(slots=True)
class Report:
    """What a run did."""

    articles: int = 0
    short: int = 0
    """Articles without enough words."""
    read: int = 0
    """Articles whose text was new or changed."""
    compared: int = 0
    """Pairs of texts that were compared."""
    clusters: int = 0
    members: int = 0
    across_outlets: int = 0
    """Clusters of several outlets."""
    changed: int = 0
    """Rows that differ from those of the run before."""
    largest: list[str] = field(default_factory=list)


def run(store: Store) -> Report:
    """Bring the dataset up to date. Hold the lock. MissingExtraError without rensa: nothing is changed then."""
    sketch = sketch_name()
    old = {(row["outlet_id"], row["article_id"]): row for row in store.rows(NAME)}
    articles = dict(_articles(store))
    report = Report(len(articles))
    rows = _sketched(store, articles, old, sketch, report)
    texts = sorted({row["text_hash"] for row in rows.values() if row["bands"]})
    found = _found(store, rows, old, texts)
    _fill(rows, found, articles)
    report.compared = found.verified
    _land(store, rows, old, report)
    _count(rows, report)
    return report


def _articles(store: Store) -> Iterator[tuple[Key, Row]]:
    """What is known of every article apart from its text."""
    for path, table in store.tables(DATASETS["articles"], _LIGHT):
        if "_sightings-" not in path:
            outlet_id = path.partition("/")[0].partition("=")[2]
            yield from (((outlet_id, row["article_id"]), row) for row in table.to_pylist())


def _sketched(
    store: Store, articles: Mapping[Key, Row], old: Mapping[Key, Row], sketch: str, report: Report
) -> dict[Key, Row]:
    """A row an article, with the bands of its text: taken over, or made anew."""
    rows: dict[Key, Row] = {}
    fresh: list[Key] = []
    for key, article in articles.items():
        held = old.get(key)
        if held is not None and (held["article_hash"], held["sketch"]) == (article["content_hash"], sketch):
            rows[key] = {name: held[name] for name in _KEPT}
        else:
            fresh.append(key)
    for made in _made(store, fresh, articles, sketch):
        rows[made["outlet_id"], made["article_id"]] = made
    report.read, report.short = len(fresh), sum(not row["bands"] for row in rows.values())
    return dict(sorted(rows.items()))


_KEPT = ("outlet_id", "article_id", "text_hash", "bands", "article_hash", "sketch")


def _made(store: Store, fresh: Iterable[Key], articles: Mapping[Key, Row], sketch: str) -> Iterator[Row]:
    waiting: list[tuple[Key, list[str]]] = []
    for key, body in _bodies(store, set(fresh)):
        waiting.append((key, normalised(body)))
        if len(waiting) == _BATCH:
            yield from _rows_of(waiting, articles, sketch)
            waiting = []
    yield from _rows_of(waiting, articles, sketch)


def _rows_of(texts: list[tuple[Key, list[str]]], articles: Mapping[Key, Row], sketch: str) -> Iterator[Row]:
    sets = [shingles(words) for _, words in texts]
    hashes = bands(sets) if sets else np.empty((0, 0), np.int32)
    for (key, words), own, row in zip(texts, sets, hashes, strict=True):
        yield {
            "outlet_id": key[0], "article_id": key[1], "text_hash": text_hash(words), "bands": row.astype("<i4").tobytes() if own else b"",
            "article_hash": articles[key]["content_hash"], "sketch": sketch,
        }  # fmt: skip


def _bodies(store: Store, wanted: set[Key]) -> Iterator[tuple[Key, str]]:
    """The texts of some articles, file by file; an article without text has an empty one."""
    ids: dict[str, set[str]] = {}
    for outlet_id, article_id in wanted:
        ids.setdefault(outlet_id, set()).add(article_id)
    for path, table in store.tables(DATASETS["articles"], ["article_id", "body"]):
        outlet_id = path.partition("/")[0].partition("=")[2]
        if outlet_id not in ids or "_sightings-" in path:
            continue
        some = table.filter(pc.is_in(table["article_id"], value_set=pa.array(sorted(ids[outlet_id]))))
        for article_id, body in zip(some["article_id"].to_pylist(), some["body"].to_pylist(), strict=True):
            yield (outlet_id, article_id), body or ""


def _found(store: Store, rows: Mapping[Key, Row], old: Mapping[Key, Row], texts: list[int]) -> Found:
    by_text: dict[int, Key] = {}
    for key, row in rows.items():
        by_text.setdefault(row["text_hash"], key)
    matrix = np.frombuffer(b"".join(rows[by_text[text]]["bands"] for text in texts), dtype="<i4")

    def sets_of(some: set[int]) -> Iterator[tuple[int, frozenset[str]]]:
        keys = {by_text[text]: text for text in some}
        return ((keys[key], shingles(normalised(body))) for key, body in _bodies(store, set(keys)))

    return cluster(texts, matrix.reshape(len(texts), BANDS), sets_of, _known(rows, old))


def _known(rows: Mapping[Key, Row], old: Mapping[Key, Row]) -> Known:
    """What the run before found, without the clusters that lost a member since."""
    lost = {
        row["cluster_id"] for key, row in old.items() if key not in rows or rows[key]["text_hash"] != row["text_hash"]
    }
    same = [row for key, row in old.items() if key in rows and rows[key]["sketch"] == row["sketch"]]
    kept = [row for row in same if row["bands"] and (row["cluster_id"] is None or row["cluster_id"] not in lost)]
    joined = [row for row in kept if row["cluster_id"] is not None]
    return Known(
        {row["text_hash"]: row["cluster_id"] for row in joined},
        {row["text_hash"]: row["similarity"] for row in joined},
        frozenset(row["text_hash"] for row in kept),
    )


def _fill(rows: Mapping[Key, Row], found: Found, articles: Mapping[Key, Row]) -> None:
    """The columns that analysts read."""
    members: dict[int, list[Key]] = {}
    for key, row in rows.items():
        row.update(dict.fromkeys(_TOLD))
        if row["bands"]:
            members.setdefault(row["text_hash"], []).append(key)
    grouped = {text for group in found.clusters for text in group}
    alone = [[text] for text in members if text not in grouped]
    for group in [*found.clusters, *alone]:
        keys = sorted(key for text in group for key in members[text])
        if len(keys) > 1:
            _fill_cluster(keys, rows, articles)
            for text in group:
                value = 1.0 if len(members[text]) > 1 else found.similarity_of[text]
                for key in members[text]:
                    rows[key]["similarity"] = value
    for key, row in rows.items():
        row["agency"] = row["agency"] or articles[key]["agency"]
        row["agency_copy"] = row["agency"] is not None


_TOLD = ("cluster_id", "size", "outlets", "similarity", "published_at", "is_earliest", "agency", "agency_copy")


def _fill_cluster(keys: list[Key], rows: Mapping[Key, Row], articles: Mapping[Key, Row]) -> None:
    name = hashlib.sha256("/".join(keys[0]).encode()).hexdigest()[:16]
    earliest = _earliest([articles[key] for key in keys])
    agencies = Counter(agency for key in keys if (agency := articles[key]["agency"]))
    agency = min(agencies, key=lambda name: (-agencies[name], name), default=None)
    for key in keys:
        moment = articles[key]["published_at"]
        rows[key].update(
            cluster_id=name, size=len(keys), outlets=len({outlet_id for outlet_id, _ in keys}), published_at=moment,
            is_earliest=None if earliest is None else moment == earliest, agency=agency,
        )  # fmt: skip


def _earliest(members: list[Row]) -> datetime | None:
    """When the first member appeared; null where one that states no minute may have been earlier."""
    exact = [m["published_at"] for m in members if m["published_at"] and m["published_at_precision"] != "day"]
    vague = [m["published_at"] for m in members if m["published_at_precision"] == "day"]
    if not exact or any(m["published_at"] is None for m in members):
        return None
    first = min(exact)
    return None if any(moment <= _midnight(first) for moment in vague) else first


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)


def _land(store: Store, rows: Mapping[Key, Row], old: Mapping[Key, Row], report: Report) -> None:
    """Write the rows that changed, take away those whose article is gone."""
    batch: Batch = {}
    for key, row in rows.items():
        if row != old.get(key):
            batch.setdefault((NAME, file_of(NAME, row)), []).append(row)
            report.changed += 1
    gone = set(old) - set(rows)
    if gone:
        store.rewrite(_Without(gone), {})
        report.changed += len(gone)
    if batch:
        store.commit(batch)


@dataclass(frozen=True, slots=True)
class _Without:
    """Takes rows away whose article is no longer there."""

    gone: set[Key]

    def concerns(self, dataset: Dataset, path: str, group: pa.Table) -> bool:
        outlet_id = path.partition("/")[0].partition("=")[2]
        return dataset.name == NAME and any((outlet_id, a) in self.gone for a in group["article_id"].to_pylist())

    def of(self, _dataset: Dataset, row: Row) -> Row | None:
        return None if (row["outlet_id"], row["article_id"]) in self.gone else row


def _count(rows: Mapping[Key, Row], report: Report) -> None:
    clusters: dict[str, Any] = {row["cluster_id"]: row for row in rows.values() if row["cluster_id"] is not None}
    report.clusters, report.members = len(clusters), sum(row["size"] for row in clusters.values())
    report.across_outlets = sum(row["outlets"] > 1 for row in clusters.values())
    by_size = sorted(clusters.values(), key=lambda row: (-row["size"], row["cluster_id"]))
    report.largest = [f"{row['cluster_id']}: {row['size']} articles of {row['outlets']} outlets" for row in by_size[:3]]
