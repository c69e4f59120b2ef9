"""`newsharvest stations`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_the_station_table(command: Run) -> None:
    whole = json.loads(command("stations", "--json").stdout)
    assert len(whole) == 97
    seocheongju = next(row for row in whole if row["stn_id"] == 181)
    assert (seocheongju["name"], seocheongju["variants"], seocheongju["wmo_id"]) == ("서청주", ["서청주(예)"], None)
    assert len(json.loads(command("stations", "--network", "all", "--json").stdout)) == 678


def test_a_station_by_number_name_or_former_name(command: Run) -> None:
    for what in ("155", "창원", "마산", "changwon"):
        found = json.loads(command("stations", what, "--json").stdout)
        assert 155 in [row["stn_id"] for row in found], what
    shown = command("stations", "고창")
    assert "고창군" in shown.stdout
    assert command("stations", "화성기지").returncode == 2
    assert command("stations", "--network", "moon").returncode == 2
