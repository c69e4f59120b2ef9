"""docs/reliability.md's table of faults, from what the tests saw: ``python -m tests.fault_report FILE…``.

Tests write one JSON line per fault into the file that NEWSHARVEST_FAULT_REPORT names, where it is set:
``NEWSHARVEST_FAULT_REPORT=faults.jsonl make test`` (and ``make torture``, for the long counts), then this script.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

VARIABLE = "NEWSHARVEST_FAULT_REPORT"
DOCUMENT = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
COLUMNS = ("fault", "name", "expected", "observed")


def observed(fault: str, name: str, expected: str, seen: str) -> None:
    """Note what a test saw; nothing where no report is asked for."""
    path = os.environ.get(VARIABLE)
    if path:
        line = json.dumps(dict(zip(COLUMNS, (fault, name, expected, seen), strict=True)), ensure_ascii=False)
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(line + "\n")


def table(lines: list[str]) -> str:
    """The table of the faults, each once (the last report of it holds), in their order."""
    rows = {(row["fault"], row["name"], row["expected"]): row["observed"] for row in map(json.loads, lines)}
    text = ["| # | fault | expected | observed |", "|---|---|---|---|"]
    text += [
        f"| {fault} | {name} | {expected} | {rows[fault, name, expected]} |" for fault, name, expected in sorted(rows)
    ]
    return "\n".join(text)


def put_into(document: str, faults: str) -> str:
    """A document with the table between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} in the document")
    return f"{before}{BEGIN}\n{faults}\n{END}{after}"


if __name__ == "__main__":
    found = [line for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
    DOCUMENT.write_text(put_into(DOCUMENT.read_text(encoding="utf-8"), table(found)), encoding="utf-8")
    print(f"{len(found)} lines into {DOCUMENT.name}")
