"""docs/reliability.md's table of faults, from what the tests saw: ``python -m tests.fault_report FILE…``.

Tests write JSON lines into the file that NEWSHARVEST_FAULT_REPORT names, where it is set: how each test of a fault ended, and
what some of them counted. ``make fault-report`` runs the suite that way, ``make torture`` adds the long counts.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from tests.fault_plan import PLAN

VARIABLE = "NEWSHARVEST_FAULT_REPORT"
DOCUMENT = Path(__file__).parents[1] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults: begin -->", "<!-- faults: end -->"
NOT_RUN = "not in the report's run"
HEAD = ("| # | what is injected | expected | observed |", "|---|---|---|---|")


def observed(fault: str, name: str, expected: str, seen: str) -> None:
    """Note what a test counted; nothing where no report is asked for."""
    _note({"fault": fault, "name": name, "expected": expected, "observed": seen})


def ended(fault: str, test: str, outcome: str) -> None:
    """Note how a test of a fault ended."""
    _note({"fault": fault, "test": test, "outcome": outcome})


def _note(line: dict[str, str]) -> None:
    path = os.environ.get(VARIABLE)
    if path:
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line | {"day": date.today().isoformat()}, ensure_ascii=False) + "\n")  # noqa: DTZ011


def table(lines: Iterable[str]) -> str:
    """A row for every fault of the plan: how many of its tests passed, and what they counted (the last count of a name)."""
    found = [json.loads(line) for line in lines]
    rows = [_row(fault, *PLAN[fault], [line for line in found if line["fault"] == fault]) for fault in PLAN]
    return "\n".join([*HEAD, *rows])


def _row(fault: str, injected: str, expected: str, lines: list[dict[str, Any]]) -> str:
    tests = {line["test"]: line["outcome"] for line in lines if "test" in line}
    counts = {line["name"]: line["observed"] for line in lines if "name" in line}
    passed = sum(outcome == "passed" for outcome in tests.values())
    said = "; ".join(f"{name}: {seen}" for name, seen in counts.items())
    ran = f"{passed} of {len(tests)} tests pass" if tests else NOT_RUN
    seen = ran + (f". {said}" if said else "")
    return "| " + " | ".join(text.replace("|", "\\|") for text in (fault, injected, expected, seen)) + " |"


def put_into(document: str, faults: str) -> str:
    """A document with the table between its marks."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} in the document")
    return f"{before}{BEGIN}\n{faults}\n{END}{after}"


if __name__ == "__main__":
    read = [line for path in sys.argv[1:] for line in Path(path).read_text(encoding="utf-8").splitlines()]
    DOCUMENT.write_text(put_into(DOCUMENT.read_text(encoding="utf-8"), table(read)), encoding="utf-8")
    print(f"{len(read)} lines into {DOCUMENT.name}")
