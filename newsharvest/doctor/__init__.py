"""`newsharvest doctor`: every invariant of a data dir looked at, and what is safe to repair repaired."""

from newsharvest.doctor.examining import examine, size_of
from newsharvest.doctor.findings import Finding, Repair, Severity
from newsharvest.doctor.mending import Mended, mend

__all__ = ["Finding", "Mended", "Repair", "Severity", "examine", "mend", "size_of"]
