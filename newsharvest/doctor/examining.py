"""One look at everything."""

from __future__ import annotations

from newsharvest.doctor import litter, logs, memory
from newsharvest.doctor.archives import Archive
from newsharvest.doctor.findings import Finding, Severity
from newsharvest.doctor.records import Coordinates
from newsharvest.doctor.scene import Advance, look
from newsharvest.doctor.tables import Tables
from newsharvest.files import DataDir, parquet_files
from newsharvest.schema import DATASETS


def examine(data: DataDir, advance: Advance = lambda _: None) -> list[Finding]:
    """Everything that is wrong with a data dir or worth knowing, damage first; nothing is changed.

    Hold the lock (for reading): a run that writes meanwhile would look like damage. In memory at once: one record, one row
    group, the keys of one file, and 33 bytes for each record of the archive.

    >>> # [Finding(code='torn_tail', severity='damage', place='archive/….warc.gz@5120', …), …] = examine(DataDir(root))
    """
    scene = look(data, advance)
    archive = Archive(scene)
    coordinates = Coordinates(scene, archive)
    tables = Tables(scene, coordinates)
    checks = (archive, tables, coordinates)
    found = [*scene.findings, *litter.findings(scene), *(finding for check in checks for finding in check.findings())]
    found += [*logs.findings(scene), *memory.findings(scene), *memory.exports(scene)]
    return sorted(found, key=lambda finding: (finding.severity is Severity.NOTE, finding.code, finding.place))


def size_of(data: DataDir) -> int:
    """How many bytes an examination looks at, for a progress bar."""
    files = [path for name in DATASETS for path in parquet_files(data.datasets / name)]
    return sum(path.stat().st_size for path in [*files, *data.archive.glob("*.warc.gz")])
