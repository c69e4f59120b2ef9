"""The benchmarks by name, in the order in which they run and are told."""

from __future__ import annotations

import importlib

from benchmarks.measure import Benchmark

NAMES = ("reparse", "crawl", "warc", "scaling", "memory", "planted", "analysts", "foreign", "tables", "years")
"""Modules of this package; each has a BENCHMARK."""
BY_NAME_ONLY = frozenset({"years"})
"""Run only when named: it writes gigabytes and takes many minutes."""


def benchmark(name: str) -> Benchmark:
    """The benchmark of a name; KeyError for an unknown one."""
    if name not in NAMES:
        raise KeyError(name)
    found: Benchmark = importlib.import_module(f"benchmarks.{name}").BENCHMARK
    return found
