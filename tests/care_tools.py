"""A small crawled data dir, and ways to spoil it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from newsharvest.demo.server import DemoServer
from newsharvest.files import MANIFEST, DataDir, Manifest, sha256_of
from newsharvest.schema import DATASETS
from tests.conftest import REPO, frames

FAST = ("DOWNLOAD_DELAY=0", "AUTOTHROTTLE_ENABLED=False", "LOG_LEVEL=ERROR", "CONCURRENT_REQUESTS_PER_DOMAIN=16")


def crawl(root: Path, server: DemoServer, outlets: str, *more: str) -> None:
    """`scrapy crawl outlets` of the demo site in a process of its own; it must end well."""
    settings = [f"NEWSHARVEST_DATA={root}", f"NEWSHARVEST_DEMO_PROXY={server.proxy_url}", *FAST]
    words = [sys.executable, "-m", "scrapy", "crawl", "outlets", "-a", f"outlet={outlets}", *more]
    words += [word for setting in settings for word in ("-s", setting)]
    done = subprocess.run(
        words, cwd=REPO, capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONPATH": str(REPO)}
    )
    assert done.returncode == 0, done.stderr


def copied(template: Path, place: Path) -> DataDir:
    shutil.copytree(template, place)
    return DataDir(place)


def everything(data: DataDir) -> dict[str, list[dict[str, Any]]]:
    """Every row but the runs': those grow with every repair."""
    return frames(data.root, skip=("runs",))


def of(data: DataDir, name: str) -> list[Path]:
    """The files of a dataset, the largest first."""
    return sorted((data.datasets / name).rglob("part-*.parquet"), key=lambda path: -path.stat().st_size)


def warc(data: DataDir) -> Path:
    (path,) = data.archive.glob("*.warc.gz")
    return path


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0x10
    path.write_bytes(content)


def with_manifest(data: DataDir, change: Callable[[Manifest], None]) -> None:
    manifest = Manifest.load(data)
    change(manifest)
    (data.datasets / MANIFEST).write_bytes(manifest.as_bytes())


def rewrite(data: DataDir, path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Other rows in a file, with digest and count in the manifest as if a commit had written them."""
    table = change(pq.read_table(path, partitioning=None))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, write_page_checksum=True)
    listed(data, path, table.num_rows)


def listed(data: DataDir, path: Path, rows: int) -> None:
    target = path.relative_to(data.datasets).as_posix()

    def known(manifest: Manifest) -> None:
        manifest.files[target] = {"sha256": sha256_of(path), "rows": rows}

    with_manifest(data, known)


def rows_of(data: DataDir, name: str) -> Sequence[dict[str, Any]]:
    path = of(data, name)[0]
    return pq.read_table(path, partitioning=None, schema=DATASETS[name].schema).to_pylist()
