"""What runs are expected to give: quiet years without an alarm, and every break told on its day."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from math import comb
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from newsharvest.expectations.calendar import holidays, is_holiday, weekday_kind
from newsharvest.expectations.facts import ABSENT, RunFacts, measured
from newsharvest.expectations.judge import judge
from newsharvest.expectations.mix import shift
from newsharvest.expectations.tails import count_tail, share_tails
from newsharvest.expectations.volume import windows

KST = ZoneInfo("Asia/Seoul")
START = datetime(2026, 6, 29, 20, tzinfo=KST)
DAYS = 100


def test_shares_are_binomial_once_the_history_is_long() -> None:
    low, high = share_tails(2, 10, [(3_000_000, 10_000_000)])
    below = sum(comb(10, k) * 0.3**k * 0.7 ** (10 - k) for k in range(3))
    assert low == pytest.approx(below, rel=1e-3)
    assert high == pytest.approx(1 - below + comb(10, 2) * 0.09 * 0.7**8, rel=1e-3)


def test_a_short_history_proves_little() -> None:
    assert share_tails(0, 3, [(5, 5)])[0] > 1e-3
    assert share_tails(0, 3, [(300, 300)])[0] < 1e-6


def test_runs_that_differ_among_themselves_weigh_less() -> None:
    steady = [(5, 10)] * 20
    clustered = [(0, 10), (10, 10)] * 10
    assert share_tails(0, 10, steady)[0] < 0.005 < 0.05 < share_tails(0, 10, clustered)[0]


def test_counts_of_a_weekly_are_no_daily_counts() -> None:
    assert count_tail(0, [12, 11, 13, 12, 12]) < 1e-4
    assert count_tail(0, [12, 0, 0, 0, 0, 0, 0] * 3) > 0.1
    assert count_tail(0, []) == 1.0


@pytest.mark.parametrize(
    ("day", "name"),
    [("2026-02-17", "설날"), ("2026-02-16", "설날 전날"), ("2026-09-25", "추석"), ("2026-10-05", "개천절 대체 휴일"), ("2027-02-09", "설날 대체 휴일"),
     ("2025-10-08", "추석 대체 휴일"), ("2024-04-10", "국회의원 선거일")],
)  # fmt: skip
def test_holidays(day: str, name: str) -> None:
    on = date.fromisoformat(day)
    assert name in holidays()[on]
    assert is_holiday(on)
    assert weekday_kind(on) == 6


def test_the_table_of_holidays_is_in_order_and_whole() -> None:
    days = list(holidays())
    assert days == sorted(days)
    assert {day.year for day in days} == set(range(2015, 2036))
    assert min(Counter(day.year for day in days).values()) >= 15
    assert is_holiday(date(2040, 3, 1))
    assert not is_holiday(date(2040, 3, 4))


class Paper:
    """A made-up outlet: what its daily run finds, by a seeded generator."""

    def __init__(self, seed: int, rhythm: str) -> None:
        self.source, self.rhythm = random.Random(seed), rhythm
        self.runs: list[RunFacts] = []

    def count(self, on: datetime) -> int:
        kind, source = weekday_kind(on.date()), self.source
        if self.rhythm == "weekly":
            return source.randint(9, 15) if kind == 3 else 0
        if self.rhythm == "sparse":
            return source.choice((0, 0, 1, 1, 2, 3)) if kind < 6 else source.choice((0, 0, 1))
        return source.randint(0, 2) if kind == 6 else source.randint(2, 5) if kind == 5 else source.randint(7, 14)

    def run(self, at: datetime, **changed: Any) -> RunFacts:
        """A quiet day: bylines on 70 % of pages, subtitles on 50 %, two skins, photos without text, some revisits."""
        new, source = self.count(at), self.source
        pages = new + source.randint(0, 6)
        mix: dict[str, Counter[str]] = {}
        photos = sum(source.random() < 0.06 for _ in range(pages))
        for page in range(pages):
            old, photo = source.random() < 0.2, page < photos
            for name, category in (
                ("title", "ndsoft:.article-head-title" if old else "ndsoft:h3.heading"),
                ("paragraphs", ABSENT if photo else "ndsoft:#article-view-content-div"),
                ("byline_raw", "ndsoft:head" if source.random() < 0.7 else ABSENT),
                ("subtitle", "ndsoft:marked subtitle" if source.random() < 0.5 and not photo else ABSENT),
                ("template", "t0" if old else "t1"),
                ("published_at_label", "승인" if old else "입력"),
                ("body_length", "0" if photo else str(source.choice((9, 10, 10, 10, 11)))),
                ("order", source.choice(("TSYDB", "TSDB", "TYDB", "TDB")) + ("x" if source.random() < 0.003 else "")),
            ):
                mix.setdefault(name, Counter())[category] += 1
        published = Counter((at - timedelta(hours=source.uniform(0.5, 12))).strftime("%Y-%m-%dT%H") for _ in range(new))
        facts = {
            "requests": pages + 4, "answered": pages + 4, "own_pages": pages + 2, "pages": pages, "new": new,
            "mix": {name: dict(counts) for name, counts in mix.items()}, "published": dict(published), "tickers": 3, "stations": 93,
        }  # fmt: skip
        return RunFacts(outlet_id="a_paper", run_id=f"{at:%Y%m%d}", at=at, **(facts | changed))

    def day(self, at: datetime, **changed: Any) -> set[str]:
        facts = self.run(at, **changed)
        found = {violation.signal for violation in judge(facts, self.runs)}
        self.runs.append(
            RunFacts(**{name: getattr(facts, name) for name in facts.__slots__} | {"signals": tuple(sorted(found))})
        )
        return found


@pytest.mark.parametrize("rhythm", ["daily", "weekly", "sparse"])
def test_quiet_days_raise_no_alarm(rhythm: str) -> None:
    """100 days over 추석 of eight papers of each rhythm."""
    for seed in range(8):
        paper = Paper(seed, rhythm)
        alarms = {day: found for day in range(DAYS) if (found := paper.day(START + timedelta(days=day)))}
        assert alarms == {}, (rhythm, seed)


def quiet(seed: int, rhythm: str, days: int) -> tuple[Paper, datetime]:
    paper = Paper(seed, rhythm)
    for day in range(days):
        paper.day(START + timedelta(days=day))
    return paper, START + timedelta(days=days)


CERTAIN = {"template": True, "title": True, "paragraphs": True, "published_at_label": True, "byline_raw": False}
"""A byline that 7 of 10 pages had may be missing by chance on all of a day's: it takes a day or two more."""


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("template", "t1", "t2"), ("title", "ndsoft:h3.heading", "meta:og:title"), ("paragraphs", "ndsoft:#article-view-content-div", "generic:densest"),
     ("byline_raw", "ndsoft:head", ABSENT), ("published_at_label", "입력", "meta")],
)  # fmt: skip
def test_a_rule_that_stops_is_told_on_its_day_and_once(seed: int, name: str, before: str, after: str) -> None:
    """After three quiet weeks; the days after are compared with the new state."""
    paper, today = quiet(seed, "daily", 21)
    told = []
    for day in range(5):
        at = today + timedelta(days=day)
        mix = dict(paper.run(at).mix)
        moved = Counter[str]()
        for category, count in mix[name].items():
            moved[after if category == before else category] += count
        mix[name] = dict(moved)
        told.append(f"mix:{name}" in paper.day(at, mix=mix))
    assert told.count(True) == 1
    assert told.index(True) <= (0 if CERTAIN[name] else 2)


def test_two_pages_are_enough_where_all_pages_were_alike() -> None:
    assert shift("template", {"new": 2}, [{"old": 400}]) is None
    assert shift("template", {"new": 3}, [{"old": 100}]) is not None
    assert shift("template", {"new": 3}, [{"old": 15}]) is None


def test_new_templates_that_come_one_by_one_are_no_redesign() -> None:
    """Where every tenth page has a template of its own (Good and Turing), two more are no news."""
    history = [{"old": 9, f"own{day}": 1} for day in range(30)]
    assert shift("template", {"old": 5, "ownx": 1, "owny": 1}, history) is None
    assert shift("template", {"ownx": 8}, history) is not None


def test_a_paper_that_falls_silent() -> None:
    paper, today = quiet(1, "daily", 22)
    assert weekday_kind(today.date()) == 1
    assert paper.day(today, new=0, published={}) == {"volume"}


def test_a_sparse_paper_that_falls_silent_is_told_within_a_fortnight() -> None:
    """0 to 3 articles a day: one day without says nothing, a fortnight does once three are known."""
    paper, today = quiet(1, "sparse", 46)
    silent = [paper.day(today + timedelta(days=day), new=0, published={}) for day in range(16)]
    assert not any("volume" in found for found in silent[:3])
    assert any("volume" in found for found in silent)


def test_a_weekly_that_does_not_come_out() -> None:
    paper, _ = quiet(2, "weekly", 45)
    thursday = START + timedelta(days=45)
    assert thursday.weekday() == 3
    assert paper.day(thursday, new=0, published={}) == {"volume"}


@pytest.mark.parametrize(
    ("changed", "signal"),
    [({"answered": 0, "failed": 2, "reasons": {"http_503": 2}}, "unreachable"),
     ({"answered": 0, "failed": 1, "reasons": {"robots_unreachable": 3, "network": 1}}, "unreachable"),
     ({"answered": 5, "failed": 1, "reasons": {"http_429": 1, "retry_after": 9}}, "throttled"),
     ({"answered": 5, "failed": 8, "reasons": {"http_403": 8}}, "banned"),
     ({"answered": 9, "reasons": {"challenge": 4}}, "banned"),
     ({"foreign_pages": 2, "own_pages": 0}, "taken_over"),
     ({"rejected": 9}, "rejected"),
     ({"tickers": 0, "stations": 0}, "tickers"),
     ({"stations": 40}, "stations")],
)  # fmt: skip
def test_what_befalls_an_outlet_has_its_name(changed: dict[str, Any], signal: str) -> None:
    paper, today = quiet(3, "daily", 15)
    assert signal in paper.day(today, **changed)


def test_a_few_failures_are_as_usual() -> None:
    paper, today = quiet(3, "daily", 15)
    assert paper.day(today, failed=2, reasons={"http_500": 1, "http_403": 1}) == set()
    assert paper.day(today + timedelta(days=1), foreign_pages=2) == set()


def test_one_refusal_is_told_where_it_is_a_third_of_what_was_asked() -> None:
    facts = RunFacts("a_paper", "1", START, requests=3, answered=2, failed=1, reasons={"http_429": 1})
    assert [v.signal for v in judge(facts, [])] == ["throttled"]
    assert judge(replace(facts, requests=4, answered=3), []) == []
    left_out = RunFacts("a_paper", "1", START, requests=26, answered=2, reasons={"retry_after": 2, "host_backoff": 22})
    assert [v.signal for v in judge(left_out, [])] == ["throttled"], "what the back-off left out was not asked"


def test_a_paper_that_only_throttles_is_not_unreachable() -> None:
    facts = RunFacts("a_paper", "1", START, requests=9, failed=0, reasons={"retry_after": 9})
    assert [v.signal for v in judge(facts, [])] == ["throttled"]


def test_what_a_stanza_asks_for() -> None:
    paper, today = quiet(4, "daily", 3)
    asked = {"articles": 50, "fields": {"byline_raw": 0.99}, "stations": 95, "rejected": 0.0}
    facts = paper.run(today)
    assert {v.signal for v in judge(facts, paper.runs, asked)} == {"volume", "field:byline_raw", "stations"}
    assert judge(facts, paper.runs, asked | {"off": ["volume", "field", "stations"]}) == []


def test_windows_end_at_the_run() -> None:
    at = datetime(2026, 9, 9, 6, tzinfo=KST)
    published = {"2026-09-09T05": 1, "2026-09-08T07": 2, "2026-09-08T05": 4, "2026-09-07T23": 8}
    assert windows(published, at, at - timedelta(days=3)) == [3, 12, 0]


def test_backfill_is_no_baseline() -> None:
    at = datetime(2026, 9, 9, 20, tzinfo=KST)
    row = {
        "title": "제목", "subtitle": None, "body": "가" * 600, "captions": [], "byline_raw": None, "authors": [], "section": None, "keywords": [],
        "images": [], "published_at_raw": "x", "rights_notice": None, "dateline_raw": None, "published_at_label": "입력",
        "extractors": [("title", "ndsoft:h3.heading"), ("paragraphs", "ndsoft:#b")], "template": "abcd:TDB", "fetched_at": at,
    }  # fmt: skip
    old = row | {"published_at": at - timedelta(days=400), "first_seen_at": at}
    new = row | {"published_at": at - timedelta(hours=3), "first_seen_at": at}
    again = row | {"published_at": at - timedelta(days=3), "first_seen_at": at - timedelta(days=3)}
    found = measured([old, new, again], at - timedelta(minutes=5), at)
    assert (found["pages"], found["new"], found["published"]) == (2, 2, {"2026-09-09T17": 1})
    assert found["mix"]["title"] == {"ndsoft:h3.heading": 2}
    assert found["mix"]["byline_raw"] == {ABSENT: 2}
    assert (found["mix"]["template"], found["mix"]["order"], found["mix"]["body_length"]) == (
        {"abcd": 2},
        {"TDB": 2},
        {"10": 2},
    )


def test_the_same_articles_again_are_no_new_evidence() -> None:
    """A small paper without validators: every run reads the same few articles, one of them new."""

    def run(day: int, dated: int) -> RunFacts:
        mix = {"dateline_raw": {"credits:dateline": dated, ABSENT: 8 - dated}, "title": {"gnuboard:.bo_v_tit": 8}}
        return RunFacts("a_paper", str(day), START + timedelta(days=day), answered=9, pages=8, new=1, mix=mix)

    history = [run(day, 5) for day in range(30)]
    for day in range(30, 38):
        today = run(day, 2)
        assert judge(today, history) == []
        history.append(today)
    changed = RunFacts(
        "a_paper", "38", START + timedelta(days=38), answered=9, pages=8, new=1, mix={"title": {"meta:og:title": 8}}
    )
    assert [violation.signal for violation in judge(changed, history)] == ["mix:title"]
