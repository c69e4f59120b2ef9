"""The archive: every record whole and as its digests say, offsets within their files; and where each record lies."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from newsharvest.archive.gz import TOO_LARGE, TORN, Member
from newsharvest.archive.reader import Raw, RecordError, checked, target_of
from newsharvest.archive.removing import REMOVED
from newsharvest.cms.keys import article_key
from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.scene import Scene
from newsharvest.reference import outlet_for

PAGE, OTHER, GONE = 1, 2, 3
"""What a record holds: a page, something else (warcinfo, an outcome), or that a record was removed."""
_PAGES = frozenset({"response", "revisit", "resource", "conversion"})
_SOFTWARE = b"software: newsharvest/"
_PLACE_TYPE = np.dtype([("offset", "i8"), ("length", "i8"), ("kind", "i1"), ("name", "u8"), ("canonical", "u8")])


def name_hash(url: str | None) -> int:
    """64 bits of a URL; 0 for none."""
    return int.from_bytes(hashlib.blake2b(url.encode(), digest_size=8).digest(), "big") if url else 0


@dataclass(slots=True)
class Places:
    """Where the records of one archive file lie: 33 bytes of memory a record."""

    records: np.ndarray = field(default_factory=lambda: np.empty(0, _PLACE_TYPE))
    plain: bool = False
    """The file is no series of gzip members: its offsets are of the unpacked text and are not checked."""

    def find(self, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each offset the record there (any where there is none), and whether there is one."""
        if not len(self.records):
            return np.zeros(len(offsets), _PLACE_TYPE), np.zeros(len(offsets), bool)
        at = np.minimum(np.searchsorted(self.records["offset"], offsets), len(self.records) - 1)
        return self.records[at], self.records["offset"][at] == offsets


class Archive:
    """One pass over the archive: yields its findings, and afterwards knows the place of every record."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.places: dict[str, Places] = {}
        self.damaged: set[str] = set()
        """Files of which pages were lost: their rows are not to be made anew."""

    def findings(self) -> Iterator[Finding]:
        """What is wrong, file by file."""
        known = self.scene.manifest.archive if self.scene.manifest else {}
        folder = self.scene.data.archive
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
        for path in paths:
            if path.name.endswith(".warc.gz"):
                yield from self._file(path, known.get(path.name, 0))
            else:
                text = "is no WARC file of this archive; no rebuild reads it"
                yield note("foreign_in_archive", f"archive/{path.name}", text)
        for name in sorted(known.keys() - {path.name for path in paths}):
            self.damaged.add(name)
            text = "pages of it were landed, and it is gone: a rebuild would lose their rows; put it back from a backup"
            yield damage("archive_file_missing", f"archive/{name}", text)

    @staticmethod
    def outside(scene: Scene, path: Path) -> Places:
        """Where the records of a file lie that is not of the archive; it was checked when it was re-parsed."""
        with path.open("rb") as stream:
            packed = stream.read(2) == b"\x1f\x8b"
        look = _Look(scene, path, 0)
        for _ in look.members() if packed else ():
            pass
        return look.places() if packed else Places(plain=True)

    def _file(self, path: Path, committed: int) -> Iterator[Finding]:
        place, size = f"archive/{path.name}", path.stat().st_size
        if not size:
            yield note("empty_archive_file", place, "made by a run that was killed before its first record")
        look = _Look(self.scene, path, committed)
        for finding in look.members():
            yield finding
            if finding.code == "damaged_record":
                self.damaged.add(path.name)
        self.places[path.name] = look.places()
        whole = look.whole_until
        if committed > size:
            self.damaged.add(path.name)
            text = f"{committed - size} bytes of landed pages are missing at its end; put it back from a backup"
            yield damage("archive_file_short", place, text)
        elif committed not in look.boundaries:
            text = f"the manifest's offset {committed} lies within a record"
            yield damage("offset_within_record", place, text, Repair.REWIND)
        elif whole > committed:
            text = f"{whole - committed} bytes of archived pages wait to be landed; the next run does it, too"
            yield note("uncommitted_pages", place, text, Repair.RECOVER)


class _Look:
    """One archive file, read once."""

    def __init__(self, scene: Scene, path: Path, committed: int) -> None:
        self.scene, self.path, self.committed = scene, path, committed
        self.whole_until, self.size = 0, path.stat().st_size
        self.boundaries = {0} if not committed else set()
        self._ours = False
        self._found: list[tuple[int, int, int, int, int]] = []
        self._plain = False

    def places(self) -> Places:
        """Where its records lie."""
        return Places(np.array(self._found, _PLACE_TYPE), self._plain)

    def members(self) -> Iterator[Finding]:
        """What is wrong with its members."""
        for member, records in checked(self.path):
            end = member.offset + member.length
            self._ours = self._ours or (member.offset == 0 and _SOFTWARE in member.data)
            if {member.offset, end} & {self.committed}:
                self.boundaries.add(self.committed)
            if member.fault == TOO_LARGE and member.offset == 0:
                self._plain = True
            fault = member.fault or self._fault_of(records)
            if fault is None:
                self.whole_until = end
                yield from self._whole(member, records)
            else:
                yield self._faulty(member, fault)
            self.scene.advance(member.length)

    def _fault_of(self, records: list[Raw | RecordError]) -> str | None:
        for record in records:
            if isinstance(record, RecordError):
                return record.reason
            if self._ours and not _payload_right(record):
                return "bad_payload_digest"
        return None

    def _whole(self, member: Member, records: list[Raw | RecordError]) -> Iterator[Finding]:
        raws = [record for record in records if isinstance(record, Raw)]
        target = target_of(raws[0]) if len(raws) == 1 else None
        key = article_key(target, outlet_for(target)) if target else None
        canonical = name_hash(key.url) if key else 0
        kind = max(map(_kind, raws), default=OTHER) if len(raws) == 1 else PAGE
        self._found.append((member.offset, member.length, kind, name_hash(target), canonical))
        stones = self.scene.tombstones
        if stones and any(stones.hold_page(target_of(raw)) for raw in raws):
            text = "a record of a forgotten page"
            yield damage("forgotten_left", f"archive/{self.path.name}@{member.offset}", text, Repair.ENFORCE)

    def _faulty(self, member: Member, fault: str) -> Finding:
        place = f"archive/{self.path.name}@{member.offset}"
        if fault == TORN and member.offset >= self.committed:
            text = f"{member.length} bytes of a record that was never accepted: a run was killed while it wrote them"
            return damage("torn_tail", place, text, Repair.TRUNCATE)
        if member.offset >= self.committed and member.offset + member.length == self.size:
            text = f"{fault}: {member.length} bytes at the end that cannot be read and gave no rows"
            return damage("damaged_tail", place, text, Repair.TRUNCATE)
        text = f"{fault}: {member.length} bytes cannot be read; rows of the page stay, a rebuild would lose them"
        return damage("damaged_record", place, text)


def _kind(raw: Raw) -> int:
    if raw.headers.get("warc-type", "").lower() in _PAGES:
        return PAGE
    return GONE if raw.block.startswith(f"{REMOVED}:".encode()) else OTHER


def _payload_right(raw: Raw) -> bool:
    """Whether the payload is what its digest says; right where it has none."""
    stated = raw.headers.get("warc-payload-digest", "")
    if not stated.startswith("sha1:"):
        return True
    _, _, payload = raw.block.partition(b"\r\n\r\n")
    digest = hashlib.sha1(payload, usedforsecurity=False).digest()
    return stated.removeprefix("sha1:") == base64.b32encode(digest).decode()
