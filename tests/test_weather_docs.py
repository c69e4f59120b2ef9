"""The examples in the docstrings of everything that concerns weather hold."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    "newsharvest.checks", "newsharvest.reference", "newsharvest.weather.blocks", "newsharvest.weather.dateline", "newsharvest.weather.entry",
    "newsharvest.weather.kma", "newsharvest.weather.kma_hub", "pipelines.brackets", "pipelines.neighbours", "pipelines.quality",
    "pipelines.quantities", "pipelines.stations", "pipelines.temperature",
]  # fmt: skip


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
