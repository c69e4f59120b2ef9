"""Every fault of the plan has a test, every test's fault is in the plan, and docs/reliability.md shows them all."""

from __future__ import annotations

import re

import pytest

from tests.conftest import LONG_RUNS, REPO
from tests.fault_plan import PLAN
from tests.fault_report import BEGIN, DOCUMENT, END, HEAD, NOT_RUN, table

_MARKED = re.compile(r'mark\.fault\("(F\d\d)"\)|\bFault\("(F\d\d)"|\("(F\d\d)", (?:redirect|answer)\(')


def marked() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((REPO / "tests").glob("test_*.py")))
    return {fault for groups in _MARKED.findall(text) for fault in groups if fault}


def test_every_fault_has_a_test_and_every_test_its_fault() -> None:
    assert set(PLAN) == {f"F{n:02d}" for n in range(1, 61)}
    # F60 is the suite itself: tests/conftest.py ends it as failed.
    assert marked() | {"F60"} == set(PLAN)


def rows() -> list[list[str]]:
    document = DOCUMENT.read_text(encoding="utf-8")
    lines = document.partition(BEGIN)[2].partition(END)[0].strip().splitlines()
    assert tuple(lines[:2]) == HEAD
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


@pytest.mark.parametrize("fault", PLAN)
def test_the_document_shows_the_fault_as_planned_and_no_failure(fault: str) -> None:
    (row,) = [row for row in rows() if row[0] == fault]
    assert tuple(row[1:3]) == PLAN[fault]
    ran = re.match(r"(\d+) of (\d+) tests pass", row[3])
    assert ran or row[3].startswith(NOT_RUN)
    assert ran is None or ran[1] == ran[2], row[3]


def test_a_fault_without_a_test_and_a_failed_test_show() -> None:
    lines = ['{"fault": "F01", "test": "a", "outcome": "failed"}', '{"fault": "F01", "test": "b", "outcome": "passed"}']
    made = table(lines).splitlines()
    assert made[2].endswith("| 1 of 2 tests pass |")
    assert made[3].endswith(f"| {NOT_RUN} |")


def test_the_makefile_hands_on_the_counts() -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    for name in LONG_RUNS:
        assert f"--{name} $({name.upper()})" in makefile
