"""Every row's record: whole, where the row says, and of the row's page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsharvest import saved
from newsharvest.doctor.archives import GONE, OTHER, PAGE, Archive, Places, name_hash
from newsharvest.doctor.findings import Finding, Repair, damage, note
from newsharvest.doctor.scene import Scene
from newsharvest.schema import Dataset

_PLACE = ["warc_filename", "warc_record_offset", "warc_record_length", "url"]
_LOGGED = "fetches"
# A request's record is the last of its redirects, and an outcome without a response is a record of its own.


@dataclass(slots=True)
class Coordinates:
    """Looks up the records that row groups name; `findings` afterwards says which were not there."""

    scene: Scene
    archive: Archive
    _outside: dict[str, Path] | None = None
    _wrong: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _elsewhere: Counter[str] = field(default_factory=Counter)

    def add(self, dataset: Dataset, place: str, group: pa.Table) -> None:
        """Look up the records of a row group."""
        if "warc_filename" not in group.column_names:
            return
        named = group.select(_PLACE).filter(pc.is_valid(group["warc_filename"]))
        distinct = named.group_by(_PLACE).aggregate([])
        for name in distinct["warc_filename"].unique().to_pylist():
            rows = distinct.filter(pc.equal(distinct["warc_filename"], name))
            places = self._places(name)
            if places is None:
                self._elsewhere[name] += rows.num_rows
            elif not places.plain:
                self._look_up(dataset, place, name, rows, places)

    def findings(self) -> Iterator[Finding]:
        """Rows whose record is not there, or of another page; rows of files that are not here."""
        for (place, name, what), count in sorted(self._wrong.items()):
            repair = None if self.archive.damaged else Repair.RESTORE
            yield damage("record_not_there", place, f"{count} pages in {name}: {what}", repair)
        for name, count in sorted(self._elsewhere.items()):
            if self.scene.manifest is not None and name not in self.scene.manifest.archive:
                text = f"{count} pages come from a file that is not here (re-parsed, or pruned): their records were not checked"
                yield note("records_elsewhere", name, text)

    def _look_up(self, dataset: Dataset, place: str, name: str, rows: pa.Table, places: Places) -> None:
        offsets, lengths = (rows[column].to_numpy() for column in _PLACE[1:3])
        found, there = places.find(offsets)
        damaged = lengths == 0  # the reject of a record that nobody can read
        wrong = {"no whole record begins at the offset": ~there & ~damaged}
        there &= ~damaged
        wrong["its length is another"] = there & (found["length"] != lengths)
        kinds = {PAGE, GONE} | ({OTHER} if dataset.name == _LOGGED else set())
        wrong["it holds no page"] = there & ~np.isin(found["kind"], list(kinds))
        if dataset.name != _LOGGED:
            wrong["it holds another page"] = there & (found["kind"] == PAGE) & _of_another(found, rows["url"])
        for what, mask in wrong.items():
            if count := int(mask.sum()):
                self._wrong[place, name, what] += count

    def _places(self, name: str) -> Places | None:
        """The records of a file by its name: of the archive, else of the files that were re-parsed from outside."""
        if name not in self.archive.places and name in self._sources():
            self.archive.places[name] = Archive.outside(self.scene, self._sources()[name])
        return self.archive.places.get(name)

    def _sources(self) -> dict[str, Path]:
        if self._outside is None:
            manifest = self.scene.manifest
            paths = [Path(path) for path in manifest.sources] if manifest else []
            self._outside = {file.name: file for path in paths for file in _warc_files(path)}
        return self._outside


def _warc_files(path: Path) -> list[Path]:
    try:
        return [file for file in saved.sources([path]) if saved.kind(file) == saved.WARC]
    except saved.SourceError:
        return []


def _of_another(found: np.ndarray, urls: Any) -> np.ndarray:  # noqa: ANN401 - a column of Arrow
    """Whether records are of other pages than rows: neither the row's URL nor that of the same article."""
    hashes = np.array([name_hash(url) for url in urls.to_pylist()], "u8")
    known = (hashes != 0) & (found["name"] != 0)
    another: np.ndarray = known & (hashes != found["name"]) & (hashes != found["canonical"])
    return another
