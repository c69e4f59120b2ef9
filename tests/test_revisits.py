"""Known articles that are asked for again: when, on which condition, and what counts as a change."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from newsharvest import settings
from newsharvest.chain import StandIn, Steps
from newsharvest.crawl import visited
from newsharvest.crawl.plan import OutletPlan
from newsharvest.crawl.reading import Contents, read
from newsharvest.crawl.refining import in_workers
from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visited import Seen, content_hash, remembered
from newsharvest.crawl.visits import AGAIN, DISCOVERY, LEFTOVER, NEW, Answer, Schedule, Visit
from newsharvest.items import Article, Record, Source
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.schedule import next_due
from newsharvest.versions import parser_version

BORN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (3 * HOUR, DAY, 7 * DAY)
URL = "http://a.kr/news/articleView.html?idxno=1"
PAPER = Outlet("paper", "종이", ("a.kr",), "ndsoft", list_pages=("http://a.kr/list?page={page}",))


@pytest.mark.parametrize(
    ("visited", "due"),
    [(timedelta(), 3 * HOUR), (2 * HOUR, 3 * HOUR), (3 * HOUR, DAY), (2 * DAY, 7 * DAY), (7 * DAY, None), (90 * DAY, None)],
)  # fmt: skip
def test_steps_grow_and_end(visited: timedelta, due: timedelta | None) -> None:
    assert next_due(BORN, BORN + visited, STEPS) == (None if due is None else BORN + due)
    assert next_due(BORN, BORN + visited, ()) is None


def seen(at: datetime, status: int = 200, digest: str | None = None, **headers: str) -> Seen:
    page = Page(URL, b"", status, headers, at, Record("w", 0, 1), None, "html")
    return Seen(URL, "paper", "1", page, status, None, digest)


def history(*visits: Seen) -> Known:
    known: Known | None = None
    for visit in visits:
        known = remembered(known, visit, STEPS)
    assert known is not None
    return known


def test_an_article_grows_old_until_it_changes() -> None:
    first = seen(BORN, digest="a", etag='"1"')
    assert history(first).due_at == BORN + 3 * HOUR
    same = seen(BORN + 3 * HOUR, 304)
    assert (history(first, same).due_at, history(first, same).etag) == (BORN + DAY, '"1"')
    whole = seen(BORN + DAY, digest="a", etag='"2"')
    known = history(first, same, whole)
    assert (known.due_at, known.etag, known.changed_at, known.first_at) == (BORN + 7 * DAY, '"2"', BORN, BORN)
    edited = seen(BORN + 7 * DAY, digest="b")
    known = history(first, same, whole, edited)
    assert (known.due_at, known.changed_at, known.first_at) == (
        BORN + 7 * DAY + 3 * HOUR,
        BORN + 7 * DAY,
        BORN,
    )
    assert known.content_hash == "b"
    assert known.conditions() == {}, "validators of another version of the page would hide the next change"


def test_a_deletion_and_a_return_are_changes_a_broken_page_is_none() -> None:
    first = seen(BORN, digest="a")
    gone = history(first, seen(BORN + DAY, 404))
    assert (gone.status, gone.changed_at, gone.due_at) == (404, BORN + DAY, BORN + DAY + 3 * HOUR)
    still = history(first, seen(BORN + DAY, 404), seen(BORN + DAY + 3 * HOUR, 410))
    assert (still.changed_at, still.due_at) == (BORN + DAY, BORN + 2 * DAY)
    back = history(first, seen(BORN + DAY, 404), seen(BORN + 2 * DAY, digest="a"))
    assert (back.status, back.changed_at) == (200, BORN + 2 * DAY)
    broken = history(first, seen(BORN + DAY, visited.REJECTED_STATUS), seen(BORN + 2 * DAY, digest="a"))
    assert (broken.changed_at, broken.content_hash) == (BORN, "a")


def test_another_parser_reads_otherwise_and_nothing_was_edited(monkeypatch: pytest.MonkeyPatch) -> None:
    before = history(seen(BORN, digest="a"))
    monkeypatch.setattr(visited, "parser_version", lambda: parser_version() + 1)
    assert not visited.is_unchanged(before, "a")
    after = remembered(before, seen(BORN + DAY, digest="b"), STEPS)
    assert (after.changed_at, after.content_hash) == (BORN, "b")


# --- the plan


@pytest.fixture
def state(tmp_path: Path) -> Iterator[CrawlState]:
    opened = CrawlState.open(tmp_path / "crawl.sqlite3")
    yield opened
    opened.close()


def answered(plan: OutletPlan, visit: Visit, at: datetime, status: int = 200, digest: str | None = "a") -> Answer:
    page = Page(visit.url, b"<html>", status, {"etag": '"v"'}, at, Record("w", 0, 1), None, "html")
    contents = Contents((Article("paper", "1", Source()),), content_hash=digest) if status == 200 else Contents()
    return plan.received(visit, page, contents)


def listed(plan: OutletPlan, visit: Visit, at: datetime, *numbers: int) -> Answer:
    anchors = "".join(f'<a href="/news/articleView.html?idxno={n}">x</a>' for n in numbers)
    page = Page(visit.url, f"<html>{anchors}</html>".encode(), 200, {}, at, Record("w", 0, 1), None, "html")
    return plan.received(visit, page, read(page, visit.kind, plan.outlet))


def run_at(state: CrawlState, at: datetime, limit: int | None = None) -> OutletPlan:
    return OutletPlan(PAPER, state, limit=limit, schedule=Schedule(at, STEPS))


def revisits(plan: OutletPlan, at: datetime) -> list[Visit]:
    """What is asked for again when the pages that lead to new articles showed none."""
    first = plan.begin()
    assert not any(visit.again for visit in first), "new articles come first"
    return [visit for lead in first for visit in answered(plan, lead, at, 304).follow if visit.again]


def test_what_is_due_is_asked_for_though_nothing_lists_it(state: CrawlState) -> None:
    plan = run_at(state, BORN)
    (front,) = plan.begin()
    article, _ = listed(plan, front, BORN, 1).follow
    assert answered(plan, article, BORN) == Answer("stored")
    plan.finish()
    assert [visit.url for visit in run_at(state, BORN + 2 * HOUR).begin()] == [front.url]
    later = BORN + 3 * HOUR
    plan = run_at(state, later)
    (again,) = revisits(plan, later)
    assert (again.url, again.again, again.priority) == (article.url, True, AGAIN)
    assert again.headers == {"If-None-Match": '"v"', "Cache-Control": "max-age=0"}
    assert answered(plan, again, later, 304) == Answer("unchanged")
    # Next, a day after its birth, it comes whole: bytes differ, the article does not.
    plan = run_at(state, BORN + DAY)
    (again,) = revisits(plan, BORN + DAY)
    assert answered(plan, again, BORN + DAY) == Answer("unchanged", "same_content")
    plan = run_at(state, BORN + 7 * DAY)
    (again,) = revisits(plan, BORN + 7 * DAY)
    assert answered(plan, again, BORN + 7 * DAY, digest="b") == Answer("stored")
    at = BORN + 7 * DAY + 3 * HOUR
    assert len(revisits(run_at(state, at), at)) == 1


def test_a_failed_revisit_stays_due(state: CrawlState) -> None:
    state.put(history(seen(BORN, digest="a")))
    plan = run_at(state, BORN + DAY)
    (again,) = revisits(plan, BORN + DAY)
    assert answered(plan, again, BORN + DAY, 500).outcome == "failed"
    assert len(revisits(run_at(state, BORN + DAY + HOUR), BORN + DAY + HOUR)) == 1


def test_revisits_keep_to_the_limit_and_the_caps_longest_due_first(state: CrawlState) -> None:
    for number in range(1, 6):
        url = f"http://a.kr/news/articleView.html?idxno={number}"
        page = Page(url, b"", 200, {}, BORN - number * HOUR, Record("w", 0, 1), None, "html")
        state.put(remembered(None, Seen(url, "paper", str(number), page, 200, None, "a"), STEPS))
    at = BORN + DAY
    assert [v.name for v in revisits(run_at(state, at, limit=2), at)] == ["paper/5", "paper/4"]
    left = iter([True, True, True])
    plan = OutletPlan(PAPER, state, schedule=Schedule(at, STEPS, lambda: next(left, False)))
    assert [v.name for v in revisits(plan, at)] == ["paper/5", "paper/4", "paper/3"]
    assert not plan.complete
    plan = run_at(state, at, limit=2)
    (front,) = plan.begin()
    follow = listed(plan, front, at, 9).follow
    asked = [(v.name, v.again) for v in follow if v.kind == "article"]
    assert asked == [("paper/9", False), ("paper/5", True)], "a new article has the first claim on the limit"


def test_the_past_of_a_list_waits_for_everything_else_until_it_was_walked_once(state: CrawlState) -> None:
    plan = run_at(state, BORN)
    (front,) = plan.begin()
    assert (front.priority, front.leftover) == (DISCOVERY, False)
    article, further = listed(plan, front, BORN, 2).follow
    assert (article.priority, further.leftover, further.priority) == (NEW, True, LEFTOVER)
    older, further = listed(plan, further, BORN, 1).follow
    answered(plan, article, BORN)
    answered(plan, older, BORN)
    assert listed(plan, further, BORN, 1).follow == []
    plan.finish()
    plan = run_at(state, BORN + HOUR)
    _, further = listed(plan, plan.begin()[0], BORN + HOUR, 3, 2).follow
    assert not further.leftover, "a missed page of news is no past"


# --- the hash, and the file


def test_the_hash_is_the_one_that_lands() -> None:
    """Through all pipelines before the last: what they take off and what they normalise is not in it."""
    steps = Steps({path: at for at, path in enumerate(in_workers(settings.ITEM_PIPELINES))}, StandIn())

    def hash_of(title: str, body: str) -> str | None:
        return content_hash([steps.item(Article("paper", "1", Source(url=URL), title=title, paragraphs=[body]))])

    first = hash_of(" 제목  하나", "본문\u00a0이다.")
    assert first == hash_of("제목 하나", "본문 이다.")
    assert first != hash_of("제목 하나", "본문이다.")
    assert content_hash([]) is None


def test_a_state_of_the_first_version_is_carried_on(tmp_path: Path) -> None:
    path = tmp_path / "crawl.sqlite3"
    from newsharvest.crawl.state import _FIRST

    with sqlite3.connect(path) as old:
        old.executescript(f"{_FIRST} PRAGMA user_version = 1;")
        for number, at in ((1, "2026-03-02T10:00:00+00:00"), (2, "2025-03-02T10:00:00+00:00")):
            values = (f"paper/{number}", URL, "paper", str(number), '"1"', None, None, 200, at)
            old.execute("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        old.execute(
            "INSERT INTO pages VALUES ('http://a.kr/rss', 'http://a.kr/rss', 'paper', NULL, NULL, NULL, NULL, 200, '2026-03-02T10:00:00+00:00')"
        )
    state = CrawlState.open(path)
    known = state.get("paper/1")
    assert known == Known(URL, "paper", "1", '"1"', None, None, 200, BORN, None, None, BORN, BORN, BORN)
    assert [each.name for each in state.due("paper", BORN)] == ["paper/1"], "what is older than a month is left alone"
    state.close()


def test_requests_are_counted_at_once_by_day(tmp_path: Path) -> None:
    state = CrawlState.open(tmp_path / "crawl.sqlite3")
    for outlet_id in ("a", "b", "a"):
        state.ask(BORN.date(), outlet_id)
    other = CrawlState.open(tmp_path / "crawl.sqlite3")  # as after a kill: nothing was flushed
    assert (other.asked(BORN.date()), other.asked(BORN.date() + DAY)) == ({"a": 2, "b": 1}, {})
    for number in range(3, 301):
        state.ask(BORN.date(), "a")
        assert state.asked(BORN.date()) == {"a": number, "b": 1}
        assert number <= other.asked(BORN.date())["a"] <= 1.1 * number, "never too few, and at most a tenth too many"
    state.close()
    assert other.asked(BORN.date()) == {"a": 300, "b": 1}, "a run that ends takes back what it did not ask for"
    state = CrawlState.open(tmp_path / "crawl.sqlite3")
    state.ask(BORN.date(), "a")
    assert state.asked(BORN.date()) == {"a": 301, "b": 1}
    other.forget_asked(BORN.date() + DAY)
    assert state.asked(BORN.date()) == {}
    other.close()
    state.close()


# --- a whole crawl of the demo site: the first day, once more at once, four hours later, and the second day


def demo(command: Callable[..., subprocess.CompletedProcess[str]], at: str, day: int) -> dict[str, Any]:
    options = ("demo", "--data-dir", "data", "--day", day, "--json")
    done = command(*options, env={"NEWSHARVEST_NOW": at})
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_four_runs_of_the_demo(command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """The demo's servers validate: of what is asked for again and is as it was, at least 90 % is a 304 (measured: all)."""
    first = demo(command, "2026-03-02T19:00", 1)
    second = demo(command, "2026-03-02T19:10", 1)
    assert second["bytes"] < 0.05 * first["bytes"]
    assert second["revisits"] == {}, "nothing is due after ten minutes"
    third = demo(command, "2026-03-02T23:00", 1)
    again = third["revisits"]
    assert (
        again["304"]["number"]
        == first["rows"]["articles"]["demo_haeram"]
        + first["rows"]["articles"]["demo_sorae"]
        + first["rows"]["articles"]["demo_noeul"]
    )
    assert again["304"]["number"] >= 0.9 * sum(each["number"] for each in again.values())
    assert again["304"]["bytes"] / again["304"]["number"] < 700, "archive growth of a revisit"
    articles = rows_of(tmp_path / "data", "articles", ["outlet_id", "article_id", "content_hash"])
    state = CrawlState.open(tmp_path / "data" / "state" / "crawl.sqlite3")
    for row in articles:
        known = state.get(f"{row['outlet_id']}/{row['article_id']}")
        assert known is not None
        assert known.content_hash == row["content_hash"], "what the crawl compares is what lands"
    state.close()
    before = rows_of(tmp_path / "data", "revisions", ["content_hash"])
    assert len(before) == len(articles), "no article has a second revision yet"
    fourth = demo(command, "2026-03-03T19:30", 2)
    revisions = rows_of(tmp_path / "data", "revisions", ["outlet_id", "article_id", "content_hash"])
    new = fourth["rows"]["articles"]
    added = sum(new.values()) - len(articles)
    edited = len(revisions) - len(before) - added
    stored = sum(counts.get("stored", 0) for outlet, counts in fourth["counts"].items() if outlet in new)
    gone = sum(1 for row in rows_of(tmp_path / "data", "articles", ["gone_at"]) if row["gone_at"] is not None)
    assert edited > 0
    assert stored == added + edited + gone, (
        "stored is what is new, edited or gone; a page that only looks new is unchanged"
    )
    assert fourth["revisits"]["whole"]["number"] > 0, "tickers change their pages' bytes from day to day"


def rows_of(data: Path, name: str, columns: list[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        ds.dataset(data / "datasets" / name, format="parquet", partitioning="hive")
        .to_table(columns=columns)
        .to_pylist()
    )
    return found
