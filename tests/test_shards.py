"""How files are cut into shards, and what a process has made before its first one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from newsharvest import shards


@pytest.mark.parametrize(
    ("size", "behind", "first", "count"),
    [(100, 0, None, 1), (18_000_000, 0, 1_125_000, 28), (18_000_000, 10**9, 8_388_608, 3), (10**9, 0, 8_388_608, 163)],
)
def test_shards_are_large_while_much_is_left(size: int, behind: int, first: int | None, count: int) -> None:
    cuts = list(shards._cuts(size, behind))
    assert (cuts[0] if cuts else None, len(cuts) + 1) == (first, count)
    sizes = [b - a for a, b in zip([0, *cuts], [*cuts, size], strict=True)]
    assert sum(sizes) == size
    assert sizes[:-1] == sorted(sizes[:-1], reverse=True)
    if not behind:
        assert sizes[-1] <= 524_288


def test_a_warmed_process_makes_nothing_anew_for_its_first_page() -> None:
    """What a page of the usual kind leaves in the caches of a fresh process is there before the first."""
    code = """
from newsharvest import shards
shards._warm()
from newsharvest.reference import station_names
from pipelines.regionnames import known_for, names
print(*(made.cache_info().currsize for made in (station_names, known_for, names)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"1 1 1\n"
