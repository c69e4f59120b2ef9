"""What the crash tests do to a data dir, small: a crawl's commit, a re-parse, a rebuild, a forget; and what must hold."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from newsharvest import operations
from newsharvest.archive import ArchiveWriter, Damaged, pages, response_draft
from newsharvest.chain import Chain
from newsharvest.demo.site import Site
from newsharvest.export import Wanted, export
from newsharvest.exports import holds
from newsharvest.files import DataDir, Export
from newsharvest.forget import forget
from newsharvest.locking import RunLock
from newsharvest.recover import recover
from newsharvest.runlog import RunLog
from newsharvest.schema import DATASETS
from newsharvest.store import Collector, Sink, Store
from tests.conftest import frames

T0 = datetime(2026, 3, 2, 3, tzinfo=UTC)
CHECKED = ("articles", "revisions", "observations", "bulletins", "rejects", "runs")
PLACE = ("warc_filename", "warc_record_offset", "warc_record_length", "parser_version")


@functools.cache
def site_pages() -> tuple[tuple[str, bytes, dict[str, str]], ...]:
    """Two articles of a demo paper, as the site sends them."""
    from newsharvest.demo import truth

    chosen: list[tuple[str, bytes, dict[str, str]]] = []
    for true in [t for t in truth.articles(1) if t.outlet_id == "demo_haeram" and not t.gone][:2]:
        host, _, path = true.url.removeprefix("http://").partition("/")
        answer = Site(1).respond(host, f"/{path}")
        assert answer.status == 200
        chosen.append((true.url, answer.body, answer.headers))
    return tuple(chosen)


class _Sink(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def accepted(log: Path) -> list[str]:
    """The URLs whose records were on the disk before the child died."""
    return log.read_text(encoding="utf-8").split() if log.exists() else []


def crawl(root: Path, log: Path | None = None) -> None:
    """What a crawl does to a data dir, without the network: recover, archive, parse, commit once midway and at the end."""
    data, sink = DataDir(root), _Sink()
    data.create()
    with RunLock(data):
        store = Store(data)
        store.resume()
        recover(store)
        run = RunLog("crawl")
        run.start(store)
        writer, chain = ArchiveWriter(data.archive, run.run_id), Chain(sink)
        for number, (url, body, headers) in enumerate(site_pages()):
            draft = response_draft(url, 200, "OK", list(headers.items()), body, T0 + timedelta(seconds=number))
            (record,) = writer.append([draft])
            if log is not None:
                _acknowledge(log, url)
            page = next(pages(data.archive / record.warc_filename, record.warc_record_offset))
            assert not isinstance(page, Damaged)
            chain.page(page)
            if number == 0:
                store.commit(sink.collector.take())
        writer.close()
        sizes = {path.name: path.stat().st_size for path in data.archive.glob(f"{run.run_id}-*")}
        end = run.rows("complete", 0, "finished", {"pages": len(site_pages())})
        store.commit(sink.collector.take() | end, offsets=sizes)


_write, _open, _close = os.write, os.open, os.close


def _acknowledge(log: Path, url: str) -> None:
    """Told to the world, past the failpoints: from now on the page may not be lost."""
    descriptor = _open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    _write(descriptor, f"{url}\n".encode())
    _close(descriptor)


def reparse(root: Path, saved: Path) -> None:
    operations.add(DataDir(root), [saved], 1)


def rebuild(root: Path) -> None:
    operations.rebuild_all(DataDir(root), 1)


def forgetting(root: Path) -> None:
    """An export, then a forget that has to find it: at whatever call one dies, the next time nothing is left in it."""
    data, out = DataDir(root), root / "export"
    if not out.exists():
        export(data, out, Wanted(("articles", "revisions"), "parquet"), T0)
    with RunLock(data):
        store = Store(data)
        store.resume()
        forget(store, [site_pages()[0][0]])
    assert holds(Export.load(out), store.tombstones) == []


def keys(root: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Every key of every dataset, read by plain pandas; AssertionError for a key that is there twice (I1, I3, I11)."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for name in CHECKED:
        dataset = DATASETS[name]
        folder = root / "datasets" / name
        if not folder.is_dir():
            continue
        frame = pd.read_parquet(folder)
        rows = list(frame[list(dataset.key)].astype(str).itertuples(index=False, name=None))
        found[name] = set(rows)
        assert len(rows) == len(found[name]), f"{name}: a key is there twice"
    return found


def content(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Every row without where its record lies: a page that was fetched again after a kill lies elsewhere."""
    return {
        name: [{column: value for column, value in row.items() if column not in PLACE} for row in rows]
        for name, rows in frames(root).items()
    }


@dataclass(frozen=True)
class Scenario:
    """Work on a data dir, the state it begins with, and whether rows may vanish by it."""

    name: str
    prepare: Callable[[Path], None]
    work: Callable[[Path], None]
    removes: bool = False


def _nothing(root: Path) -> None:
    root.mkdir(parents=True, exist_ok=True)


def _spoil(root: Path) -> None:
    """A crawled data dir of which one article was made by a worse parser, and one that no page holds."""
    crawl(root)
    store = Store(DataDir(root))
    row = next(row for row in store.rows("articles"))
    stale = {**row, "article_id": "999999", "title": "어디에도 없는 기사"}
    store.commit({("articles", f"outlet_id={row['outlet_id']}/part-n00099.parquet"): [stale]})


def _twice(root: Path) -> None:
    """Every page is in two files of the archive: a forget has a record to overwrite in each."""
    crawl(root)
    crawl(root)


def scenarios(saved: Path) -> list[Scenario]:
    return [
        Scenario("crawl", _nothing, crawl),
        Scenario("reparse", _nothing, lambda root: reparse(root, saved)),
        Scenario("rebuild", _spoil, rebuild, removes=True),
        Scenario("forget", _twice, forgetting, removes=True),
    ]


def save_pages(folder: Path) -> Path:
    """The pages as a browser saves them: with their URL in the first line."""
    folder.mkdir()
    for number, (url, body, _) in enumerate(site_pages()):
        comment = f"<!-- saved from url=({len(url):04d}){url} -->\r\n".encode()
        (folder / f"{number}.html").write_bytes(comment + body)
    return folder


def fresh(template: Path, place: Path) -> Path:
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(template, place)
    return place
