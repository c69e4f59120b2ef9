"""Files and folders below the datasets that no commit wrote: some break plain readers or double their rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.scene import Scene
from newsharvest.files import EXPORTS, FORGETTING, MANIFEST, STAGING, TOMBSTONES, is_ours
from newsharvest.schema import DATASETS

_OURS = frozenset({MANIFEST, TOMBSTONES, FORGETTING, STAGING, EXPORTS})


def findings(scene: Scene) -> Iterator[Finding]:
    """Litter within the datasets (damage where plain readers would read it), and strays beside them (never touched)."""
    folder = scene.data.datasets
    for entry in sorted(folder.iterdir()) if folder.is_dir() else ():
        if entry.name in DATASETS and entry.is_dir():
            yield from _within(entry, entry.name, _folders(scene))
        elif entry.name not in _OURS:
            yield note("stray", f"datasets/{entry.name}", "is no dataset of this version; left as it is")


def _folders(scene: Scene) -> frozenset[str]:
    """The folders of files that ought to be there: an empty one is told of its file."""
    files = scene.manifest.files if scene.manifest else ()
    return frozenset(path.rpartition("/")[0] for path in files)


def _within(root: Path, name: str, wanted: frozenset[str]) -> Iterator[Finding]:
    for folder, folders, files in os.walk(root):
        below = Path(folder).relative_to(root)
        foreign = [each for each in sorted(folders) if not _is_hive(below / each, name)]
        folders[:] = sorted(set(folders) - set(foreign))
        strays = [each for each in sorted(files) if not is_ours((below / each).as_posix())]
        for each in (*foreign, *strays):
            yield _litter(f"datasets/{name}/{(below / each).as_posix()}", each, is_folder=each in foreign)
        if not folders and not files and not foreign and _folder_name(name, below) not in wanted:
            text = "an empty folder, of which some readers make a table without columns"
            yield note("empty_folder", f"datasets/{_folder_name(name, below)}", text, Repair.QUARANTINE)


def _folder_name(name: str, below: Path) -> str:
    """A folder below the datasets as the manifest would write it."""
    return f"{name}/{below.as_posix()}".removesuffix("/.")


def _is_hive(path: Path, name: str) -> bool:
    """Whether a folder is one of the dataset's partitions."""
    hive = DATASETS[name].hive or "month"
    return len(path.parts) == 1 and path.name.startswith(f"{hive}=") and len(path.name) > len(hive) + 1


def _litter(place: str, name: str, *, is_folder: bool) -> Finding:
    what = "a folder" if is_folder else "a file"
    if name.startswith(("_", ".")):
        return note("hidden_litter", place, f"{what} that readers pass over and no commit wrote", Repair.QUARANTINE)
    text = f"{what} that no commit wrote: plain readers fail on it, or read its rows too"
    return damage("litter", place, text, Repair.QUARANTINE)
