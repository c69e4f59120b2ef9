"""Several files replaced as one: made ready beside the datasets, then moved into place by renames alone.

Everything that can fail for want of space happens before the first rename. The list of renames is written down first, so
that a killed commit is finished by the next run: after `resume` the datasets and their manifest agree.

A rebuild is made in `_staging/rebuild/`, a data dir of its own, and moved from there as one commit. One that is stopped stays: the
next rebuild goes on with it.

`_staging/commit/` mirrors the datasets with the new files, `_staging/_intent.json` says that they are complete. A folder
that is not there yet is moved into place whole, and the last file of a folder leaves with it: no reader ever sees an
empty folder, of which pandas makes a frame without columns.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from newsharvest.files import (
    MANIFEST,
    DataDir,
    DurableFile,
    Manifest,
    durable,
    fsync_folder,
    make_folder,
    write_replacing,
)

_TREE, _INTENT, _GONE, _REBUILD = "commit", "_intent.json", "gone", "rebuild"


@dataclass(slots=True)
class Staging:
    """Files of one commit before it is certain. Paths are below the datasets."""

    data: DataDir
    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, data: DataDir) -> Staging:
        """An empty one; what a failed commit of this process left is cleared."""
        _clear(_tree(data))
        make_folder(_tree(data))
        return cls(data)

    def path(self, target: str) -> Path:
        """Where a file waits."""
        return _tree(self.data) / target

    @contextmanager
    def file(self, target: str) -> Iterator[tuple[BinaryIO, DurableFile]]:
        """A file to write in place of ``target``; durable when the block ends."""
        path = self.path(target)
        make_folder(path.parent)
        with durable(path) as opened:
            yield opened
        self.written.append(target)

    def take_over(self, folder: Path, targets: Iterable[str]) -> None:
        """Files already written and durable in another folder of the staging area, which is moved here whole."""
        _clear(_tree(self.data))
        if folder.parent == rebuild_of(self.data).root:
            content = (folder / MANIFEST).read_bytes()
            write_replacing(folder.parent / MANIFEST, content, folder.parent / "_manifest.tmp")
        os.replace(folder, _tree(self.data))
        self.written += targets

    def remove(self, target: str) -> None:
        """Take a file away, after the others are in place."""
        self.removed.append(target)

    def finish(self, manifest: Manifest) -> None:
        """Make it certain, then visible. OSError before the intent is written leaves every visible file as it was."""
        with self.file(MANIFEST) as (stream, _):
            stream.write(manifest.as_bytes())
        self.written.remove(MANIFEST)
        for folder, _, _ in os.walk(_tree(self.data), topdown=False):
            fsync_folder(Path(folder))
        fsync_folder(self.data.staging)
        intent = {"written": sorted(self.written), "removed": sorted(self.removed)}
        write_replacing(intent_of(self.data), json.dumps(intent).encode(), self.data.staging / "_intent.tmp")
        _carry_out(self.data)


def pending(data: DataDir) -> bool:
    """Whether a killed commit waits to be finished."""
    return intent_of(data).exists()


def resume(data: DataDir) -> bool:
    """Finish a killed commit, or clear what one left that never became certain; whether one was finished.

    A stopped rebuild stays. Hold the lock. Whatever happens on the way, the next `resume` goes on from there.
    """
    finished = pending(data)
    if finished:
        _carry_out(data)
    _put_back(data)
    make_folder(data.staging)
    for path in data.staging.iterdir():
        if path.name != _REBUILD:
            _clear(path)
    return finished


def rebuild_of(data: DataDir) -> DataDir:
    """Where a rebuild is made."""
    return DataDir(data.staging / _REBUILD)


def drop_rebuild(data: DataDir) -> None:
    """Give up a stopped rebuild. Hold the lock."""
    _clear(rebuild_of(data).root)


def _put_back(data: DataDir) -> None:
    """Undo `take_over` of a rebuild by a commit that was killed before it was certain; clear one that was carried out."""
    built, kept = rebuild_of(data), rebuild_of(data).root / MANIFEST
    if kept.exists() and not built.datasets.exists() and (_tree(data) / MANIFEST).exists():
        os.replace(_tree(data), built.datasets)
    if not built.datasets.exists():
        drop_rebuild(data)
    elif kept.exists():
        os.replace(kept, built.datasets / MANIFEST)


def _carry_out(data: DataDir) -> None:
    """The renames of the intent that were not made yet, the manifest's last."""
    intent = json.loads(intent_of(data).read_text(encoding="utf-8"))
    if (_tree(data) / MANIFEST).exists():
        changed = {folder for target in intent["written"] for folder in _put(data, target)}
        changed |= {_take_away(data, target, frozenset(intent["removed"])) for target in intent["removed"]}
        for folder in sorted(changed):
            fsync_folder(folder)
        os.replace(_tree(data) / MANIFEST, data.datasets / MANIFEST)
        fsync_folder(data.datasets)
    intent_of(data).unlink()
    _clear(_tree(data))


def _put(data: DataDir, target: str) -> set[Path]:
    """Move one file into place, with the topmost of its folders that is not there yet; the folders that changed."""
    waiting, place = _tree(data) / target, data.datasets / target
    if not waiting.exists():  # moved before, alone or with its folder
        return {place.parent, *_up_to(place.parent, data.datasets)}
    missing = [folder for folder in (place.parent, *_up_to(place.parent, data.datasets)) if not folder.exists()]
    if missing:
        waiting, place = _tree(data) / missing[-1].relative_to(data.datasets), missing[-1]
    os.replace(waiting, place)
    return {place.parent}


def _take_away(data: DataDir, target: str, removed: frozenset[str]) -> Path:
    """Remove one file, with the topmost of its folders that holds nothing else to keep; the folder that changed."""
    place = data.datasets / target
    above = _up_to(place.parent, data.datasets)
    if not place.exists():  # removed before, alone or with its folder
        return next(folder for folder in (place.parent, *above, data.datasets) if folder.exists())
    for folder in (place.parent, *above):
        held = {str(path.relative_to(data.datasets)) for path in folder.rglob("*") if not path.is_dir()}
        if held - removed:
            break
        place = folder
    if place.is_dir():
        _clear(_tree(data) / _GONE)
        os.replace(place, _tree(data) / _GONE)
    else:
        place.unlink()
    return place.parent


def _up_to(folder: Path, root: Path) -> list[Path]:
    """The folders above one, below the root."""
    return [above for above in folder.parents if above.is_relative_to(root) and above != root]


def _tree(data: DataDir) -> Path:
    return data.staging / _TREE


def intent_of(data: DataDir) -> Path:
    """The file that names what a certain commit writes and removes."""
    return data.staging / _INTENT


def _clear(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
