"""Looking into a data dir: one article with where each field came from, and what there is in all. Reads only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest.archive import Damaged, pages
from newsharvest.chain import Chain
from newsharvest.cms.keys import article_key
from newsharvest.files import DataDir, Manifest
from newsharvest.items import Article, Dropped
from newsharvest.kma_registry import kma_source_for
from newsharvest.load import NoDataError
from newsharvest.reference import outlet_for
from newsharvest.schema import DATASETS, Row
from newsharvest.store import Collector, DamagedError, Sink, Store

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Found:
    """One article: its row, its revisions oldest first, and what named rules dropped when its page is parsed now."""

    row: Row
    revisions: list[Row]
    dropped: list[Dropped]
    container_chars: int | None
    """Characters of the body's container when its page is parsed now; null where the page is not in the archive."""
    unaccounted: int
    """Of those, how many are in no field and dropped by no rule."""
    record: str

    def as_json(self) -> dict[str, Any]:
        """Plain values, for --json."""
        dropped = [{"rule": d.rule, "text": d.text} for d in self.dropped]
        return {"article": self.row, "revisions": self.revisions, "dropped": dropped, "record": self.record,
                "container_chars": self.container_chars, "unaccounted": self.unaccounted}  # fmt: skip


def article(data: DataDir, what: str) -> Found:
    """The article of a URL, of ``outlet_id/article_id`` or of an article_id; NoDataError where there is none."""
    mask = _mask(what)
    rows = _select(data, "articles", mask)
    if not rows:
        raise NoDataError(f"no article {what!r} in {data.root}")
    if len(rows) > 1:
        names = ", ".join(f"{row['outlet_id']}/{row['article_id']}" for row in rows)
        raise NoDataError(f"{what!r} is an article of several outlets: {names}")
    (row,) = rows
    key = (ds.field("outlet_id") == row["outlet_id"]) & (ds.field("article_id") == row["article_id"])
    revisions = sorted(
        _select(data, "revisions", key), key=lambda r: (r["first_seen_at"] is not None, r["first_seen_at"])
    )
    again = _parsed_again(data, row)
    dropped = again.dropped if again else []
    size, lost = (again.container_chars, again.unaccounted) if again else (None, 0)
    return Found(row, revisions, dropped, size, lost, _record(row))


def _mask(what: str) -> ds.Expression:
    if "://" in what:
        key = article_key(what, outlet_for(what))
        if key is None:
            return ds.field("url") == what
        return (ds.field("outlet_id") == key.outlet_id) & (ds.field("article_id") == key.article_id)
    outlet_id, _, article_id = what.rpartition("/")
    by_id = ds.field("article_id") == article_id
    return by_id & (ds.field("outlet_id") == outlet_id) if outlet_id else by_id


def _select(data: DataDir, name: str, mask: ds.Expression) -> list[Row]:
    folder = data.datasets / name
    if not folder.is_dir():
        raise NoDataError(f"no {name} in {data.root} yet: run `newsharvest demo` or `newsharvest crawl`")
    hive = pa.field("outlet_id", pa.string())
    partitioning = ds.partitioning(pa.schema([hive]), flavor="hive")
    found = ds.dataset(
        folder, format="parquet", partitioning=partitioning, schema=DATASETS[name].schema.append(hive)
    )  # fmt: skip
    rows: list[Row] = found.to_table(filter=mask).to_pylist()
    return rows


def _record(row: Row) -> str:
    if row["warc_filename"] is None:
        return f"file {row['source_file']}"
    return f"{row['warc_filename']} at byte {row['warc_record_offset']}, {row['warc_record_length']} bytes"


class _Nowhere(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def _parsed_again(data: DataDir, row: Row) -> Article | None:
    """The article as its archived page is parsed now; None where the page is not in the archive."""
    path = data.archive / row["warc_filename"] if row["warc_filename"] else None
    if path is None or not path.exists():
        return None
    page = next(pages(path, row["warc_record_offset"]))
    if isinstance(page, Damaged):
        raise DamagedError(f"{path.name} at byte {page.offset}: {page.reason}")
    items = Chain(_Nowhere()).page(page)
    return next((item for item in items if isinstance(item, Article)), None)


def render(found: Found, console: Console) -> None:
    """Print an article for a person."""
    rules = dict(found.row["extractors"] or [])
    for column in (c.name for c in DATASETS["articles"].columns):
        value = found.row[column]
        if value in (None, [], "") or column == "extractors":
            continue
        rule = f"  [{rules[column]}]" if column in rules else ""
        console.print(f"{column}{rule}: {_shown(value)}", markup=False)
    console.print(f"record: {found.record}", markup=False)
    if found.container_chars:
        share = 100 * (1 - found.unaccounted / found.container_chars)
        console.print(f"text accounted for: {share:.1f} % of {found.container_chars} characters", markup=False)
    for dropped in found.dropped:
        console.print(f"dropped by {dropped.rule}: {_shown(dropped.text)}", markup=False)
    for revision in found.revisions:
        seen = f"{revision['first_seen_at']} … {revision['last_seen_at']}"
        console.print(f"revision {revision['content_hash']}: seen {seen}", markup=False)


def _shown(value: object) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def info(data: DataDir) -> dict[str, Any]:
    """What lies in a data dir: rows, files and bytes a dataset, the archive, the last run. NoDataError where nothing."""
    if not data.datasets.is_dir():
        raise NoDataError(f"no datasets in {data.root} yet: run `newsharvest demo` or `newsharvest crawl`")
    manifest = Manifest.load(data)
    warcs = list(data.archive.glob("*.warc*"))
    runs = sorted(Store(data).rows("runs"), key=lambda row: row["run_id"])
    return {
        "data_dir": str(data.root),
        "datasets": [_dataset(data, manifest, name) for name in DATASETS],
        "archive_files": len(warcs),
        "archive_bytes": sum(path.stat().st_size for path in warcs),
        "parser_version": manifest.parser_version,
        "runs": len(runs),
        "last_run": f"{runs[-1]['run_id']} {runs[-1]['command']}: {runs[-1]['ended']}" if runs else None,
    }


def _dataset(data: DataDir, manifest: Manifest, name: str) -> dict[str, Any]:
    files = {p: facts for p, facts in manifest.files.items() if p.startswith(f"{name}/") and "/_" not in p}
    size = sum((data.datasets / path).stat().st_size for path in files if (data.datasets / path).exists())
    return {"dataset": name, "rows": sum(f["rows"] for f in files.values()), "files": len(files), "bytes": size}


def rows_by_outlet(data: DataDir) -> dict[str, dict[str, int]]:
    """How many articles, observations and forecasts of each outlet or source the datasets hold.

    Rows of KMA count for the source (by its id in the registry) whose page they were read from.
    """
    articles = _counted(data, "articles", "outlet_id", ds.scalar(True))
    kma = pc.starts_with(ds.field("source"), "kma_")
    observations = _counted(data, "observations", "source", ~kma)
    return {
        "articles": articles,
        "observations": observations | _by_address(_counted(data, "observations", "url", kma)),
        "forecasts": _by_address(_counted(data, "forecasts", "url", kma)),
    }


def _counted(data: DataDir, name: str, column: str, mask: ds.Expression) -> dict[str, int]:
    folder = data.datasets / name
    if not folder.is_dir():
        return {}
    found = ds.dataset(folder, format="parquet", partitioning="hive")
    if not found.files:  # a folder may hold nothing but news of articles that are not here
        return {}
    values = found.to_table(columns=[column], filter=mask)[column]
    return {str(entry["values"]): entry["counts"] for entry in values.value_counts().to_pylist()}


def _by_address(counts: dict[str, int]) -> dict[str, int]:
    """Counts by URL as counts by source of KMA; rows of saved pages without an address count for none."""
    found: Counter[str] = Counter()
    for url, count in counts.items():
        if source := kma_source_for(url):
            found[source.source_id] += count
    return dict(found)
