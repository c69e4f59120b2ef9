"""The files of a data dir: where they lie, which row belongs in which, how one replaces another.

Shared by the store, which writes them, and the notebook API, which only reads.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import json
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from newsharvest.buckets import bucket

KST = ZoneInfo("Asia/Seoul")
MANIFEST = "_manifest.json"
TOMBSTONES = "_tombstones.json"
FORGETTING = "_forgetting.json"
STAGING = "_staging"
EXPORTS = "_exports"
EXPORT_MARK = "_newsharvest.json"
LIST_SEPARATOR = " | "
"""Between the values of a list in a CSV file."""
EXPORT_FORMATS = frozenset({"parquet", "csv", "jsonl"})
REJECT_FILES = 16
_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class DataDir:
    """The folders of one data dir; nothing is created before `create`."""

    root: Path

    @property
    def archive(self) -> Path:
        """WARC files, one series a run."""
        return self.root / "archive"

    @property
    def datasets(self) -> Path:
        """One folder per dataset."""
        return self.root / "datasets"

    @property
    def state(self) -> Path:
        """Crawl state and the lock: rebuildable, not data."""
        return self.root / "state"

    @property
    def staging(self) -> Path:
        """Half-written files: on the file system of the datasets; readers ignore the leading underscore."""
        return self.datasets / STAGING

    @property
    def quarantine(self) -> Path:
        """What `newsharvest doctor --fix` took out of the datasets, one folder a repair; nothing reads it."""
        return self.root / "quarantine"

    def create(self) -> None:
        """Make the folders, durably; OSError with the path where that is not allowed."""
        for folder in (self.archive, self.datasets, self.state, self.staging):
            for made in make_folder(folder):
                fsync_folder(made.parent)


def month_file(moment: datetime | date | None, fallback: str) -> str:
    """``month=YYYY-MM/part-DD.parquet`` of a moment in Korea; of ``fallback``'s hash where there is none.

    >>> month_file(date(2024, 4, 30), "x")
    'month=2024-04/part-30.parquet'
    """
    if moment is None:
        return f"month=unknown/part-h{_crc(fallback) % REJECT_FILES:02d}.parquet"
    day = moment.astimezone(KST).date() if isinstance(moment, datetime) else moment
    return f"month={day:%Y-%m}/part-{day:%d}.parquet"


def _article_file(row: Mapping[str, Any]) -> str:
    return f"outlet_id={row['outlet_id']}/part-{bucket(row['article_id'])}.parquet"


def _bulletin_file(row: Mapping[str, Any]) -> str:
    return month_file(row["observed_at"] or row["displayed_date"], row["bulletin_id"])


def _forecast_file(row: Mapping[str, Any]) -> str:
    return month_file(row["issued_at"], row["source"] + row["location"])


def _reject_file(row: Mapping[str, Any]) -> str:
    return f"part-{_crc(row['page_key'] + ' ' + row['stage']) % REJECT_FILES:02d}.parquet"


def _run_file(row: Mapping[str, Any]) -> str:
    run_id = row["run_id"]  # 20260302T031200123Z-1a2b3c: the run's start
    return f"month={run_id[:4]}-{run_id[4:6]}/part-{run_id[6:8]}.parquet"


def _one_file(_row: Mapping[str, Any]) -> str:
    return "part-0.parquet"


_FILE_OF = {
    "articles": _article_file,
    "revisions": _article_file,
    "clusters": _article_file,
    "observations": _bulletin_file,
    "bulletins": _bulletin_file,
    "forecasts": _forecast_file,
    "rejects": _reject_file,
    "fetches": _run_file,
    "outlet_runs": _run_file,
    "runs": _one_file,
    "stations": _one_file,
    "outlets": _one_file,
    "regions": _one_file,
}


def file_of(dataset: str, row: Mapping[str, Any]) -> str:
    """The path of a row's file below its dataset: a function of what never changes about a key."""
    return _FILE_OF[dataset](row)


def parquet_files(folder: Path) -> list[Path]:
    """The files of a dataset that are ours by their place and name, hidden companions included; others are litter."""
    return [path for path in sorted(folder.rglob("*part-*.parquet")) if is_ours(path.relative_to(folder).as_posix())]


_OURS = re.compile(r"(?:[a-z_]+=[^/=]+/)?(?:_sightings-)?part-[0-9a-z]+\.parquet")


def is_ours(path: str) -> bool:
    """Whether a path below a dataset's folder is one that a commit may write.

    >>> is_ours("month=2024-04/part-30.parquet"), is_ours("month=2024-04/part-30.parquet.tmp"), is_ours("tmp/part-0.parquet")
    (True, False, False)
    """
    return _OURS.fullmatch(path) is not None


def _crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8"))


@dataclass(slots=True)
class Manifest:
    """What has been committed: archive offsets covered by rows, and the Parquet files with their sha256.

    ``sources`` are paths outside the archive whose rows the datasets hold, each with the ``fetched_at`` that was given (or
    null) and its number of files: a rebuild reads them again.
    """

    archive: dict[str, int] = field(default_factory=dict)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    parser_version: int | None = None
    unfinished: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What stopped re-parses have landed of files (`newsharvest.journal`)."""
    lost: dict[str, int] = field(default_factory=dict)
    """Run → how many of its fetches damage took, as far as `newsharvest doctor --fix` found them unreadable."""
    pruned: list[str] = field(default_factory=list)
    """Archive files that were removed because no row needs them."""

    @classmethod
    def load(cls, data: DataDir) -> Manifest:
        """The committed manifest; an empty one where there is none yet. ValueError where it is damaged."""
        path = data.datasets / MANIFEST
        if not path.exists():
            return cls()
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (json.JSONDecodeError, TypeError) as error:
            raise ValueError(f"{path} is damaged: {error}") from error

    def as_bytes(self) -> bytes:
        """The document that `load` reads: an entry a line, because `json` is thirty times slower where it indents."""
        parts = (f"{_plain(item.name)}: {_entries(getattr(self, item.name))}" for item in fields(self))
        return ("{\n" + ",\n".join(parts) + "\n}").encode()

    def copy(self) -> Manifest:
        """Another with the same content: what a commit changes before it is certain."""
        return Manifest(**copy.deepcopy({item.name: getattr(self, item.name) for item in fields(self)}))


def _entries(value: object) -> str:
    if not isinstance(value, dict):
        return _plain(value)
    return "{\n" + ",\n".join(f" {_plain(key)}: {_plain(value[key])}" for key in sorted(value)) + "\n}"


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of an export: the dataset its rows are from, its format (one of EXPORT_FORMATS), digest and rows."""

    dataset: str
    format: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Export:
    """A folder of rows taken out of a data dir: what `forget` must find again.

    The folder holds ``_newsharvest.json`` (EXPORT_MARK), which names every file; the data dir remembers the folder.
    """

    folder: Path
    kind: str
    """export or snapshot."""
    files: dict[str, ExportFile]
    """By path below the folder."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Whatever else its maker writes down (versions, digests of the manifest …): kept as it is."""

    @classmethod
    def load(cls, folder: Path) -> Export:
        """The mark of a folder. FileNotFoundError where it has none, ValueError where it is damaged."""
        path = folder / EXPORT_MARK
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            files = {name: ExportFile(**facts) for name, facts in document["files"].items()}
            return cls(folder, document["kind"], files, document["facts"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is damaged: {error!r}") from error

    def write(self) -> None:
        """Write the mark into the folder, in place of an older one."""
        files = {name: asdict(file) for name, file in self.files.items()}
        document = {"kind": self.kind, "files": files, "facts": self.facts}
        text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True)
        write_replacing(self.folder / EXPORT_MARK, text.encode(), self.folder / f"{EXPORT_MARK}.new")


def remember_export(data: DataDir, export: Export, standing: Path | None = None) -> None:
    """Write an export's mark, and let the data dir know of the folder: call it when the export's files are complete.

    ``standing``: where the folder will be moved to after this. Moved before, a kill in between would leave rows that no
    `forget` finds.

    >>> # remember_export(data, Export(folder, "export", {"articles.csv": ExportFile("articles", "csv", digest, 120)}))
    """
    export.write()
    folder = str((standing or export.folder).resolve())
    place = data.datasets / EXPORTS / f"{hashlib.sha256(folder.encode()).hexdigest()[:16]}.json"
    place.parent.mkdir(exist_ok=True)
    write_replacing(place, json.dumps({"folder": folder}).encode(), place.with_suffix(".new"))


def export_folders(data: DataDir) -> list[Path]:
    """The folders that exports and snapshots of a data dir were written to; one that is gone or was moved is named too."""
    notes = sorted((data.datasets / EXPORTS).glob("*.json"))
    return [Path(json.loads(note.read_text(encoding="utf-8"))["folder"]) for note in notes]


class DurableFile(io.RawIOBase):
    """A new file; after `settle` its bytes are on the disk. ``sha256`` and ``size`` are of what was written.

    Unbuffered: wrap it in `io.BufferedWriter`. A failed fsync is final: the kernel may have dropped the pages, and a
    second try would report success.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        self._digest = hashlib.sha256()
        self.size = 0

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write all of a buffer, however little the system takes at once."""
        rest = memoryview(data).cast("B")
        self._digest.update(rest)
        self.size += len(rest)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        return memoryview(data).nbytes

    def settle(self) -> None:
        """Flush the bytes to the disk, by the descriptor they were written through."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the descriptor; what a wrapper still holds is not written any more."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            os.close(descriptor)
        super().close()

    @property
    def sha256(self) -> str:
        """Hex digest of what was written so far."""
        return self._digest.hexdigest()


@contextlib.contextmanager
def durable(path: Path) -> Iterator[tuple[BinaryIO, DurableFile]]:
    """A file to write; afterwards its bytes, not yet its name, are on the disk."""
    raw = DurableFile(path)
    try:
        stream = cast("BinaryIO", io.BufferedWriter(raw, _BUFFER))
        yield stream, raw
        stream.flush()
        raw.settle()
    finally:
        raw.close()


def write_replacing(path: Path, content: bytes, beside: Path) -> None:
    """Replace a small file durably, by way of ``beside`` on the same file system."""
    with durable(beside) as (stream, _):
        stream.write(content)
    os.replace(beside, path)
    fsync_folder(path.parent)


def make_folder(path: Path) -> list[Path]:
    """Make a folder and those above it that are missing; the ones that were made. OSError whatever hindered it.

    `Path.mkdir(exist_ok=True)` passes over every error where the folder is there, a failing disk's among them.
    """
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    for folder in reversed(missing):
        os.mkdir(folder)
    return missing


def fsync_folder(path: Path) -> None:
    """Flush a folder's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
