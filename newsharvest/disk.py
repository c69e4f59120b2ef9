"""How much disk is left, and for how many days it lasts at the rate of the last week."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest.files import DataDir

WEEK = timedelta(days=7)


class TooLittleDiskError(OSError):
    """Less disk is free than a run needs to begin."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk that a data dir lies on; sizes in bytes."""

    free: int
    archive: int
    datasets: int
    a_day: float | None
    """What archive and datasets grew by a day, over the last week; null where nothing was fetched."""

    @property
    def days_left(self) -> float | None:
        """Days until it is full at that rate."""
        return self.free / self.a_day if self.a_day else None


def need_free(root: Path, least: int) -> None:
    """TooLittleDiskError where less than ``least`` bytes are free for a data dir that may not be there yet."""
    there = next(folder for folder in (root.absolute(), *root.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if free < least:
        raise TooLittleDiskError(
            f"{root}: {told(free)} free, a run needs {told(least)} (min_free in newsharvest.toml, --min-free)"
        )


def look(data: DataDir, now: datetime) -> Disk:
    """The disk as it is."""
    archive, datasets = _size(data.archive), _size(data.datasets)
    fetched, days = _fetched(data, now)
    a_day = fetched / days * (1 + datasets / archive) if days and archive else None
    return Disk(shutil.disk_usage(data.root).free, archive, datasets, a_day)


def _fetched(data: DataDir, now: datetime) -> tuple[int, float]:
    """Bytes of records of the last week, and the days they cover (at least one)."""
    folder = data.datasets / "fetches"
    if not folder.is_dir():
        return 0, 0
    dataset = ds.dataset(folder, format="parquet", partitioning="hive")
    week = (ds.field("fetched_at") >= now - WEEK) & ds.field("warc_record_length").is_valid()
    table = dataset.to_table(columns=["fetched_at", "warc_record_length"], filter=week)
    if not table.num_rows:
        return 0, 0
    first = pc.min(table["fetched_at"]).as_py()
    return int(pc.sum(table["warc_record_length"]).as_py()), max(1.0, (now - first) / timedelta(days=1))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else iter(())


def told(size: float) -> str:
    """A size for people.

    >>> told(999), told(1_234_567), told(41_000_000_000)
    ('999 B', '1.2 MB', '41 GB')
    """
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.1f} {unit}" if size < 10 and unit != "B" else f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
