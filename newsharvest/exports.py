"""Taking forgotten articles out of exports and snapshots: Parquet, CSV and JSON lines that `Export` marks name."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from newsharvest.files import LIST_SEPARATOR, MANIFEST, Export, ExportFile, fsync_folder, sha256_of, write_replacing
from newsharvest.schema import DATASETS
from newsharvest.tombstones import Tombstones, article_name, may_name_pages

Row = dict[str, Any]
_NAMING = frozenset({"article_id", "url", "page_key", "pages"})
"""Columns by which a row of an export can be told to be of a forgotten article; one of them has to be there."""


class NotFreeableError(ValueError):
    """A file of an export that cannot be searched: of an unknown format, or without any column that names a page."""


def freed(stones: Tombstones, row: Row, dataset: str) -> Row | None:
    """A row of an export without forgotten pages; null where it is a forgotten article's own; itself where it is none.

    >>> freed(Tombstones(), {"url": "http://a.kr/1"}, "observations")
    {'url': 'http://a.kr/1'}
    """
    outlet_id, article_id, url = row.get("outlet_id"), row.get("article_id"), row.get("url")
    if outlet_id and article_id and stones.hold(article_name(str(outlet_id), str(article_id))):
        return None
    pages = row.get("pages")
    kept = [page for page in pages if not stones.hold_page(page)] if isinstance(pages, list) else pages
    held = stones.hold_page(url or None)
    if (held and article_id) or (dataset == "rejects" and (held or stones.hold_page(row.get("page_key") or None))):
        return None
    if not held and kept == pages:
        return row
    blank: Row = {name: None for name in ("url", "source_file") if held and name in row}
    return {**row, **blank, **({"pages": kept} if isinstance(pages, list) else {})}


def free(export: Export, stones: Tombstones) -> int:
    """Take forgotten articles out of every file of an export and renew its mark; how many rows went or were changed.

    NotFreeableError, and the files before it done, for one that cannot be searched.
    """
    changed, files = 0, dict(export.files)
    for name, facts in sorted(export.files.items()):
        count = _free_file(export.folder / name, name, facts, stones)
        if count:
            changed += count
            files[name] = _again(export.folder / name, facts)
            replace(export, files=files).write()
    if changed:
        _renew_manifest(export.folder / "datasets", files)
    return changed


def _renew_manifest(datasets: Path, files: dict[str, ExportFile]) -> None:
    """A snapshot has a manifest of its own: it names the files as they are now."""
    path = datasets / MANIFEST
    if not path.exists():
        return
    document = json.loads(path.read_text(encoding="utf-8"))
    document["files"] |= {
        name.partition("/")[2]: {"sha256": facts.sha256, "rows": facts.rows} for name, facts in files.items()
    }
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
    write_replacing(path, text.encode(), path.with_name(f"{MANIFEST}.new"))


def holds(export: Export, stones: Tombstones) -> list[str]:
    """The files of an export in which a forgotten article is still to be found; one that cannot be searched is among them."""
    return [name for name, facts in sorted(export.files.items()) if _is_held(export.folder / name, name, facts, stones)]


def _is_held(path: Path, name: str, facts: ExportFile, stones: Tombstones) -> bool:
    try:
        return any(kept is not row for row, kept in _pairs(path, name, facts, stones))
    except (NotFreeableError, OSError):
        return True


def _pairs(path: Path, name: str, facts: ExportFile, stones: Tombstones) -> Iterator[tuple[Row, Row | None]]:
    if facts.dataset in DATASETS and not may_name_pages(facts.dataset):
        return
    if facts.format not in _READERS:
        raise NotFreeableError(f"{path}: {facts.format} files cannot be searched; export again")
    hive = dict(part.split("=", 1) for part in name.split("/")[:-1] if "=" in part)
    for row in _READERS[facts.format](path):
        if not _NAMING & row.keys():
            raise NotFreeableError(f"{path}: no column names an article or a page; export again")
        whole = {**row, **hive}
        kept = freed(stones, whole, facts.dataset)
        yield row, row if kept is whole else kept and {column: kept[column] for column in row}


def _free_file(path: Path, name: str, facts: ExportFile, stones: Tombstones) -> int:
    """Rewrite one file if anything in it was forgotten; how many of its rows that concerns."""
    count = sum(kept is not row for row, kept in _pairs(path, name, facts, stones))
    if count:
        fresh = path.with_name(f"{path.name}.new")
        _WRITERS[facts.format](path, fresh, [kept for _, kept in _pairs(path, name, facts, stones)])
        os.replace(fresh, path)
        fsync_folder(path.parent)
    return count


def _again(path: Path, facts: ExportFile) -> ExportFile:
    return ExportFile(
        **{**asdict(facts), "sha256": sha256_of(path), "rows": sum(1 for _ in _READERS[facts.format](path))}
    )


def _parquet_rows(path: Path) -> Iterator[Row]:
    with pq.ParquetFile(path) as parquet:
        for batch in parquet.iter_batches():
            yield from batch.to_pylist()


def _csv_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            yield {**row, **{name: row[name].split(LIST_SEPARATOR) for name in ("pages",) if row.get(name)}}


def _json_rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as stream:
        yield from (json.loads(line) for line in stream if line.strip())


def _write_parquet(path: Path, fresh: Path, rows: list[Row | None]) -> None:
    """The same row groups, schema and metadata without the rows that go."""
    import pyarrow as pa

    waiting = iter(rows)
    with pq.ParquetFile(path) as parquet, fresh.open("wb") as stream:
        schema = parquet.schema_arrow
        with pq.ParquetWriter(stream, schema, compression="zstd", write_page_checksum=True) as writer:
            for batch in parquet.iter_batches():
                kept = [row for _, row in zip(range(batch.num_rows), waiting, strict=False) if row is not None]
                writer.write_table(pa.Table.from_pylist(kept, schema=schema))
        stream.flush()
        os.fsync(stream.fileno())


def _write_csv(path: Path, fresh: Path, rows: list[Row | None]) -> None:
    with path.open("rb") as stream:
        head = stream.readline()
    encoding = "utf-8-sig" if head.startswith(b"\xef\xbb\xbf") else "utf-8"
    names = next(csv.reader([head.decode("utf-8-sig")]))
    with fresh.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, names, lineterminator="\r\n" if head.endswith(b"\r\n") else "\n")
        writer.writeheader()
        writer.writerows(_flat(row) for row in rows if row is not None)
        out.flush()
        os.fsync(out.fileno())


def _flat(row: Row) -> Row:
    return {name: LIST_SEPARATOR.join(value) if isinstance(value, list) else value for name, value in row.items()}


def _write_json(_path: Path, fresh: Path, rows: Iterable[Row | None]) -> None:
    with fresh.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows if row is not None)
        out.flush()
        os.fsync(out.fileno())


_READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "parquet": _parquet_rows,
    "csv": _csv_rows,
    "jsonl": _json_rows,
}
_WRITERS: dict[str, Callable[[Path, Path, list[Row | None]], None]] = {
    "parquet": _write_parquet,
    "csv": _write_csv,
    "jsonl": _write_json,
}
