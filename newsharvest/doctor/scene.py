"""What all checks look at: the data dir, its manifest and tombstones, and what was found wrong with those two."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from newsharvest import staging
from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.files import FORGETTING, MANIFEST, TOMBSTONES, DataDir, Manifest, parquet_files
from newsharvest.schema import DATASETS
from newsharvest.tombstones import Tombstones

Advance = Callable[[int], None]
"""Told how many bytes were looked at."""


@dataclass(slots=True)
class Scene:
    """One look at a data dir. ``manifest`` is null where it cannot be used; the files of a commit under way are passed over."""

    data: DataDir
    advance: Advance
    manifest: Manifest | None = None
    tombstones: Tombstones = field(default_factory=Tombstones)
    under_way: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)


def look(data: DataDir, advance: Advance) -> Scene:
    """The scene, with what its manifest, tombstones and unfinished work say."""
    scene = Scene(data, advance)
    _manifest(scene)
    try:
        scene.tombstones = Tombstones.load(data)
    except ValueError as error:
        text = f"{error}: which articles were forgotten is not known; put the file back from a backup"
        scene.findings.append(damage("tombstones_damaged", f"datasets/{TOMBSTONES}", text))
    _unfinished(scene)
    return scene


def _manifest(scene: Scene) -> None:
    place = f"datasets/{MANIFEST}"
    try:
        manifest = Manifest.load(scene.data)
    except (ValueError, OSError) as error:
        scene.findings.append(damage("manifest_damaged", place, str(error), Repair.REINDEX))
        return
    held = any(parquet_files(scene.data.datasets / name) for name in DATASETS)
    if held and not (scene.data.datasets / MANIFEST).exists() and not staging.pending(scene.data):
        text = "there are dataset files, but no manifest of them"
        scene.findings.append(damage("manifest_missing", place, text, Repair.REINDEX))
        return
    scene.manifest = manifest


def _unfinished(scene: Scene) -> None:
    data = scene.data
    if staging.pending(data):
        scene.under_way = _intended(data)
        text = "a killed run's commit is half done; the next run, too, finishes it"
        scene.findings.append(note("pending_commit", "datasets/_staging", text, Repair.RESUME))
    elif staging.rebuild_of(data).root.exists():
        text = "a rebuild that was stopped: `newsharvest reparse` goes on with it, --fix gives it up"
        scene.findings.append(note("stopped_rebuild", "datasets/_staging/rebuild", text, Repair.RESUME))
    elif data.staging.is_dir() and any(data.staging.iterdir()):
        text = "files that a killed run left; the next run, too, removes them"
        scene.findings.append(note("staging_leftovers", "datasets/_staging", text, Repair.RESUME))
    if (data.datasets / FORGETTING).exists():
        text = "a killed `forget` has not taken its articles out of the archive yet"
        scene.findings.append(damage("pending_forget", f"datasets/{FORGETTING}", text, Repair.FORGET))


def _intended(data: DataDir) -> frozenset[str]:
    """The files that an unfinished commit replaces or removes."""
    intent = json.loads(staging.intent_of(data).read_text(encoding="utf-8"))
    return frozenset([*intent["written"], *intent["removed"]])
