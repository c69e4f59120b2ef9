"""The archive files of several data dirs in one folder: files of one name are one, or get names of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from newsharvest.archive import members
from newsharvest.archive.removing import is_removed
from newsharvest.files import fsync_folder, sha256_of

SUFFIX = ".warc.gz"
_CHUNK = 1 << 20
_DIGITS = 12
Renamed = dict[str, str]
"""Old name → name in the common folder, of every file of one archive."""


@dataclass(slots=True)
class _Copies:
    """Files that are one: the longest of them, what forgetting overwrote in the others, and whose they are."""

    best: Path
    overwritten: dict[int, bytes]
    owners: list[int]


def unite_archives(folders: Sequence[Path], out: Path) -> list[Renamed]:
    """Copy every archive file into ``out``, durably; for each folder, what its files are called there.

    Never links: forgetting overwrites records in place, and may do so in one data dir alone.
    """
    named: list[Renamed] = [{} for _ in folders]
    names = sorted({path.name for folder in folders for path in folder.glob(f"*{SUFFIX}")})
    for name in names:
        groups = _groups([(number, folder / name) for number, folder in enumerate(folders) if (folder / name).exists()])
        for new, copies in zip(_names(name, groups), groups, strict=True):
            _copied(copies, out / new)
            for owner in copies.owners:
                named[owner][name] = new
    fsync_folder(out)
    return named


def _groups(paths: Iterable[tuple[int, Path]]) -> list[_Copies]:
    groups: list[_Copies] = []
    for owner, path in paths:
        for copies in groups:
            if _taken_in(copies, path):
                copies.owners.append(owner)
                break
        else:
            groups.append(_Copies(path, {}, [owner]))
    return groups


def _names(name: str, groups: Sequence[_Copies]) -> list[str]:
    """The least digest keeps the name: whatever the order, the same file does."""
    if len(groups) == 1:
        return [name]
    digests = [sha256_of(copies.best) for copies in groups]
    first = min(digests)
    return [name if d == first else f"{name.removesuffix(SUFFIX)}-{d[:_DIGITS]}{SUFFIX}" for d in digests]


def _taken_in(copies: _Copies, path: Path) -> bool:
    """Whether a file is one with these; the longer of two, of which one begins as the other, is the better copy."""
    short, long = sorted((copies.best, path), key=lambda file: file.stat().st_size)
    if not _begins_as(short, long):
        overwritten = _differ_in_removed(short, long)
        if overwritten is None:
            return False
        copies.overwritten |= overwritten
    copies.best = long
    return True


def _begins_as(short: Path, long: Path) -> bool:
    with short.open("rb") as one, long.open("rb") as other:
        while chunk := one.read(_CHUNK):
            if other.read(len(chunk)) != chunk:
                return False
    return True


def _differ_in_removed(short: Path, long: Path) -> dict[int, bytes] | None:
    """The removed records of either, by offset, where nothing else differs; None where something does."""
    found: dict[int, bytes] = {}
    for one, other in zip_longest(members(short), members(long, 0, short.stat().st_size)):
        if one is None or other is None or (one.offset, one.length) != (other.offset, other.length):
            return None
        raw = [_bytes(path, one.offset, one.length) for path in (short, long)]
        if raw[0] != raw[1]:
            gone = [data for data, member in zip(raw, (one, other), strict=True) if is_removed(member.data)]
            if not gone:
                return None
            found[one.offset] = min(gone)
    return found


def _bytes(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read(length)


def _copied(copies: _Copies, place: Path) -> None:
    shutil.copyfile(copies.best, place)
    descriptor = os.open(place, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for offset, data in copies.overwritten.items():
            os.pwrite(descriptor, data, offset)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
