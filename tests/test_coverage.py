"""How complete the articles are by their numbers: gaps, fillings, deletions, a new counting."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import newsharvest as nh
from newsharvest.completeness import Coverage, coverage

KST = ZoneInfo("Asia/Seoul")
DAY = datetime(2026, 3, 2, 9, tzinfo=KST)


def article(
    number: int, day: int = 0, found: int | None = None, *, gone: bool = False, published: bool = True
) -> dict[str, Any]:
    seen = DAY + timedelta(days=day if found is None else found)
    return {
        "outlet_id": "a_paper", "article_id": str(number), "url": f"http://a.test/v?no={number}&x=1", "gone_at": seen if gone else None,
        "published_at": DAY + timedelta(days=day) if published else None, "first_seen_at": seen,
    }  # fmt: skip


def fetch(number: int, status: int = 404, outcome: str = "stored") -> dict[str, Any]:
    return {"outlet_id": "a_paper", "url": f"http://a.test/v?no={number}&x=1", "status": status, "outcome": outcome}


def test_gaps_are_of_the_day_of_the_next_number() -> None:
    rows = [article(10), article(11), article(13, 1), article(17, 1, gone=True)]
    first, second = coverage(rows)
    assert first == Coverage("a_paper", date(2026, 3, 2), 10, 11, seen=2, none=0, gaps=0, filled=0, gone=0, jumped=0)
    assert second == Coverage("a_paper", date(2026, 3, 3), 12, 17, seen=2, none=0, gaps=4, filled=0, gone=1, jumped=0)
    assert (second.span, second.share) == (6, pytest.approx(1 / 3))


def test_numbers_that_were_asked_for_are_no_gaps() -> None:
    (day,) = coverage([article(10), article(14)], [fetch(11), fetch(12, 200, "rejected"), fetch(13, 503, "failed")])
    assert (day.seen, day.none, day.gaps) == (2, 2, 1)


def test_an_article_found_later_than_a_higher_number_filled_a_gap() -> None:
    (day,) = coverage([article(10), article(11, 0, found=2), article(12)])
    assert (day.seen, day.gaps, day.filled) == (3, 0, 1)


def test_a_new_counting_is_no_gap() -> None:
    first, second = coverage([article(10), article(50_000, 1), article(50_001, 1)])
    assert (second.first_number, second.gaps, second.jumped) == (50_000, 0, 49_989)
    assert first.gaps == 0


def test_an_old_article_under_a_new_number_counts_for_the_day_of_the_number() -> None:
    days = coverage([article(10, 5), article(11, 0, found=5), article(12, 6)])
    assert [(d.day, d.seen) for d in days] == [(date(2026, 3, 7), 2), (date(2026, 3, 8), 1)]


def test_ids_that_are_no_counter_and_articles_without_any_time() -> None:
    odd = [{**article(1), "article_id": each} for each in ("20260302103000123", "idxno-7", "x-ab")]
    assert coverage(odd) == []
    (day,) = coverage([article(10), article(11, published=False)])
    assert day.seen == 2


def test_the_demos_numbers_the_command_and_a_second_run_that_transfers_next_to_nothing(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    """Every number of the demo is an article: no gaps; day 2 deletes one of each paper."""
    runs = [command("demo", "--day", day, "--data-dir", "d", "--json") for day in ("1", "1", "2")]
    assert [run.returncode for run in runs] == [0, 0, 0]
    first, second, _ = (json.loads(run.stdout)["bytes"] for run in runs)
    assert second < 0.05 * first
    frame = nh.coverage(data_dir=tmp_path / "d")
    assert frame["gaps"].sum() == 0
    assert frame.groupby("outlet_id")["seen"].sum().to_dict() == {
        "demo_haeram": 126,
        "demo_noeul": 130,
        "demo_sorae": 124,
    }
    assert frame["gone"].sum() == 3
    assert (frame["share"] == 1).all()
    late = nh.coverage("demo_noeul", since="2026-03-03", data_dir=tmp_path / "d")
    assert late["day"].dt.date.unique().tolist() == [date(2026, 3, 3)]
    done = command("coverage", "demo_noeul", "--data-dir", "d", "--json")
    assert sum(row["seen"] for row in json.loads(done.stdout)) == 130
    shown = command("coverage", "--data-dir", "d")
    assert "demo_sorae" in shown.stdout
    assert "100.0%" in shown.stdout
