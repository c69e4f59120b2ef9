"""Frozen, citable versions of the datasets: ``data/snapshots/<name>``, read like any data dir.

Files are hard links where the file system allows: the store never writes into a file that stands, it puts another in its
place. So a snapshot costs no space until the datasets move on, and stays what it was.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from newsharvest.errors import RefusedError
from newsharvest.files import MANIFEST, DataDir, Export, ExportFile, Manifest, fsync_folder, remember_export, sha256_of
from newsharvest.locking import RunLock
from newsharvest.merging import DamagedError
from newsharvest.versions import committed_digest, package_version

SNAPSHOTS = "snapshots"
_NAME = re.compile(r"[0-9A-Za-z가-힣][0-9A-Za-z가-힣._-]{0,63}")


class SnapshotError(RefusedError):
    """A name that cannot be used, or a snapshot that is not there."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A frozen version. ``digest`` is over every file's path and sha256: two snapshots of one digest are the same data."""

    name: str
    folder: Path
    digest: str
    made_at: str
    facts: Mapping[str, Any]
    rows: Mapping[str, int]

    @property
    def citation(self) -> str:
        """One line that says which data these are."""
        facts = self.facts
        return (
            f"newsharvest snapshot {self.name}, {self.made_at[:10]}, sha256 {self.digest}, "
            f"newsharvest {facts['version']}, parser version {facts['parser_version']}"
        )


def freeze(data: DataDir, name: str, at: datetime, wait: float = 0) -> Snapshot:
    """Freeze the datasets as they are. SnapshotError for a bad or taken name, DamagedError for a file that is not whole.

    Killed half-way it leaves a folder that begins with a dot, which the next attempt under the name clears away.
    """
    if not _NAME.fullmatch(name):
        raise SnapshotError(f"{name!r} is no name for a snapshot: letters, digits, . _ - (at most 64)")
    folder = data.root / SNAPSHOTS / name
    if folder.exists():
        raise SnapshotError(f"there is a snapshot {name!r} already: it is never overwritten")
    with RunLock(data, wait, reading=True):
        manifest = Manifest.load(data)
        files = {path: facts for path, facts in sorted(manifest.files.items()) if "/_" not in path}
        if not files:
            raise SnapshotError(f"no datasets in {data.root} to freeze")
        made = folder.with_name(f".{name}.new")
        shutil.rmtree(made, ignore_errors=True)
        for path, facts in files.items():
            _link(data.datasets / path, made / "datasets" / path, facts["sha256"])
        _manifest_of(made, manifest, files)
        export = Export(made, "snapshot", _export_files(files), _facts(manifest, files, at))
        remember_export(data, export, standing=folder)
        os.replace(made, folder)
        fsync_folder(folder.parent)
    return read(data, name)


def _link(source: Path, target: Path, digest: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)
    if sha256_of(target) != digest:
        raise DamagedError(f"{source} is not the file that was written: `newsharvest doctor` says more")


def _manifest_of(made: Path, manifest: Manifest, files: dict[str, Any]) -> None:
    """The snapshot's own manifest: its files, no archive."""
    own = manifest.copy()
    own.files, own.archive, own.sources = files, {}, {}
    (made / "datasets" / MANIFEST).write_bytes(own.as_bytes())


def _export_files(files: Mapping[str, Any]) -> dict[str, ExportFile]:
    return {
        f"datasets/{path}": ExportFile(path.partition("/")[0], "parquet", facts["sha256"], facts["rows"])
        for path, facts in files.items()
    }


def _facts(manifest: Manifest, files: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return {
        "made_at": at.isoformat(timespec="seconds"),
        "digest": digest_of({f"datasets/{path}": facts["sha256"] for path, facts in files.items()}),
        "version": package_version(),
        "parser_version": manifest.parser_version,
        "reference_digest": committed_digest(),
    }


def digest_of(files: Mapping[str, str]) -> str:
    """One sha256 over paths and their sha256, in order.

    >>> digest_of({"a": "1", "b": "2"}) == digest_of({"b": "2", "a": "1"})
    True
    """
    lines = "".join(f"{digest}  {path}\n" for path, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def read(data: DataDir, name: str) -> Snapshot:
    """A snapshot by name. SnapshotError where there is none."""
    folder = data.root / SNAPSHOTS / name
    try:
        export = Export.load(folder)
    except FileNotFoundError as error:
        known = ", ".join(s.name for s in snapshots(data)) or "none"
        raise SnapshotError(f"no snapshot {name!r} in {data.root}; there are: {known}") from error
    facts = export.facts
    return Snapshot(name, folder, facts["digest"], facts["made_at"], facts, _rows(export.files.values()))


def _rows(files: Iterable[ExportFile]) -> dict[str, int]:
    rows: dict[str, int] = {}
    for file in files:
        rows[file.dataset] = rows.get(file.dataset, 0) + file.rows
    return rows


def snapshots(data: DataDir) -> list[Snapshot]:
    """Every snapshot of a data dir, oldest first."""
    folder = data.root / SNAPSHOTS
    names = [path.parent.name for path in folder.glob("[!.]*/_newsharvest.json")] if folder.is_dir() else []
    return sorted((read(data, name) for name in names), key=lambda found: (found.made_at, found.name))


def problems(data: DataDir, name: str) -> list[str]:
    """What is not as it was frozen: files missing or changed, and whether articles were forgotten since. Empty: all as cited."""
    export = Export.load(read(data, name).folder)
    found = []
    for path, file in sorted(export.files.items()):
        full = export.folder / path
        if not full.exists():
            found.append(f"{path} is missing")
        elif sha256_of(full) != file.sha256:
            found.append(f"{path} was changed")
    if digest_of({path: file.sha256 for path, file in export.files.items()}) != export.facts["digest"]:
        found.append("articles were forgotten since: it is no longer the data that its digest names")
    return found
