"""Runs after runs: sites that change, signals, restarts, no network. Crawls forked from one launcher where that will do."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from newsharvest.archive import Damaged, pages, whole_until
from tests.conftest import frames
from tests.crash_scenarios import keys
from tests.fault_report import observed
from tests.faultsite import (
    HTML,
    FaultSite,
    Paper,
    answer,
    crawl,
    fault_site,
    hang,
    page,
    path_of,
)
from tests.launcher import Launcher, launcher

HOST = "paper.test"
PAPER = Paper(HOST, (), (), ("/sitemap.xml",))
NUMBERS = range(1, 9)
LATE = frozenset(
    {"fetched_at", "first_seen_at", "last_seen_at", "warc_filename", "warc_record_offset", "warc_record_length"}
)


def rows(root: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        ds.dataset(root / "datasets" / name, format="parquet", partitioning="hive").to_table().to_pylist()
    )
    return found


def outcomes(root: Path) -> dict[str, list[tuple[str, str | None]]]:
    """What each article's requests came to, run after run."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    for row in sorted(rows(root, "fetches"), key=lambda row: row["run_id"]):
        if row["kind"] == "article":
            found.setdefault(row["url"].rpartition("=")[2], []).append((row["outcome"], row["reason"]))
    return found


def by_number(root: Path) -> dict[str, dict[str, Any]]:
    return {row["article_id"]: row for row in rows(root, "articles")}


@pytest.fixture(scope="module")
def crawls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Launcher, FaultSite]]:
    with (
        fault_site() as site,
        launcher(tmp_path_factory.mktemp("runs"), site, [PAPER], LOG_LEVEL="ERROR", DOWNLOAD_TIMEOUT=10) as made,
    ):
        yield made, site


def sitemap(numbers: Iterable[int], lastmod: str = "2026-03-01") -> bytes:
    entries = "".join(f"<url><loc>http://{HOST}{path_of(n)}</loc><lastmod>{lastmod}</lastmod></url>" for n in numbers)
    return answer(f"<urlset>{entries}</urlset>", "Content-Type: application/xml")


def whole_site() -> dict[tuple[str, str], Any]:
    return {(HOST, path_of(n)): answer(page(n)) for n in NUMBERS} | {(HOST, "/sitemap.xml"): sitemap(NUMBERS)}


@pytest.mark.fault("F56")
def test_the_same_crawl_three_times(crawls: tuple[Launcher, FaultSite], tmp_path: Path) -> None:
    made, site = crawls
    site.routes = whole_site()
    found = []
    for _ in range(3):
        assert made.whole(tmp_path) == 0, made.errors[-2000:]
        kept = {
            name: [{k: v for k, v in row.items() if k not in LATE} for row in each]
            for name, each in frames(tmp_path).items()
        }
        found.append({name: sorted(map(repr, each)) for name, each in kept.items()})
    assert found[0] == found[1] == found[2]
    assert len(found[0]["articles"]) == len(NUMBERS)


@pytest.mark.fault("F38")
@pytest.mark.fault("F39")
def test_an_article_that_is_changed_and_then_deleted(crawls: tuple[Launcher, FaultSite], tmp_path: Path) -> None:
    """Sitemap's lastmod moves each run, so that every article is asked for again."""
    made, site = crawls
    site.routes = whole_site()
    assert made.whole(tmp_path) == 0
    before = by_number(tmp_path)
    site.routes[HOST, path_of(1)] = answer(
        page(1, "군은 쉼터를 세 곳으로 늘리기로 했다. 주민들은 반겼다. 문은 다음 달에 연다.")
    )
    site.routes[HOST, path_of(2)] = answer("x", status="410 Gone")
    site.routes[HOST, path_of(3)] = answer(b"", HTML, status="304 Not Modified")  # nobody asked conditionally
    site.routes[HOST, "/sitemap.xml"] = sitemap(NUMBERS, "2026-03-05")
    code = made.whole(tmp_path)
    after = by_number(tmp_path)
    assert set(after) == set(before)
    assert after["1"]["body"].startswith("군은 쉼터를 세 곳으로")
    assert len([row for row in rows(tmp_path, "revisions") if row["article_id"] == "1"]) == 2
    assert after["2"]["gone_at"] is not None
    assert (after["2"]["title"], after["2"]["body"]) == (before["2"]["title"], before["2"]["body"])
    assert after["3"]["content_hash"] == before["3"]["content_hash"]
    assert (after["4"]["content_hash"], after["4"]["last_seen_at"] >= before["4"]["last_seen_at"]) == (
        before["4"]["content_hash"],
        True,
    )
    assert code in {0, 3}
    observed(
        "F38",
        "304 to an unconditional request, equal bodies",
        "no row lost or doubled",
        f"{len(after)} of {len(before)} rows, equal content",
    )
    observed(
        "F39",
        "changed, 410",
        "newest wins; gone_at",
        "2 revisions of the changed one; the deleted one keeps its row with gone_at",
    )


LATER, EARLIER = "Wed, 04 Mar 2026 00:00:00 GMT", "Sun, 01 Mar 2026 00:00:00 GMT"
TEXT = "군은 쉼터를 세 곳으로 늘리기로 했다. 주민들은 반겼다. 문은 다음 달에 연다."


def validated(number: int, *tags: str) -> Any:
    """A page whose n-th answer has the n-th ETag; 304 where the request names the one that is due."""

    def respond(ask: Any) -> bytes:
        tag = tags[min(ask.before, len(tags) - 1)]
        if ask.header("If-None-Match") == tag:
            return answer(b"", f"ETag: {tag}", status="304 Not Modified")
        return answer(page(number), HTML, f"ETag: {tag}")

    return respond


def dated(number: int) -> Any:
    """A page that is changed while its Last-Modified goes back (a file restored from a copy); 304 for the present date."""

    def respond(ask: Any) -> bytes:
        first = ask.before == 0
        if ask.header("If-Modified-Since") == (LATER if first else EARLIER):
            return answer(b"", status="304 Not Modified")
        return answer(
            page(number) if first else page(number, TEXT), HTML, f"Last-Modified: {LATER if first else EARLIER}"
        )

    return respond


@pytest.mark.fault("F38")
def test_validators_of_every_kind(crawls: tuple[Launcher, FaultSite], tmp_path: Path) -> None:
    """Three runs; the sitemap's lastmod moves, so that every article is asked for in each."""
    made, site = crawls
    for (host, path), _ in list(site.counted.items()):
        site.counted[host, path] = 0
    site.routes = whole_site()
    site.routes[HOST, path_of(1)] = validated(1, '"a"')
    site.routes[HOST, path_of(2)] = validated(2, 'W/"a"')
    site.routes[HOST, path_of(3)] = validated(3, '"a"', '"b"', '"c"')
    site.routes[HOST, path_of(4)] = dated(4)
    for day in ("2026-03-01", "2026-03-05", "2026-03-06"):
        site.routes[HOST, "/sitemap.xml"] = sitemap(NUMBERS, day)
        assert made.whole(tmp_path) == 0, made.errors[-2000:]
    same, not_modified = ("unchanged", "same_bytes"), ("unchanged", None)
    found = outcomes(tmp_path)
    assert {number: found[number][1:] for number in "12345"} == {
        "1": [not_modified, not_modified],
        "2": [not_modified, not_modified],
        "3": [same, same],
        "4": [("stored", None), not_modified],
        "5": [same, same],
    }
    articles, revisions = by_number(tmp_path), rows(tmp_path, "revisions")
    assert set(articles) == {str(n) for n in NUMBERS}
    assert articles["4"]["body"].startswith("군은 쉼터를 세 곳으로")
    versions = [row["article_id"] for row in revisions]
    assert {number: versions.count(number) for number in articles} == {
        number: 2 if number == "4" else 1 for number in articles
    }
    observed(
        "F38",
        "weak, changing and going-back validators, none",
        "no row lost or doubled",
        f"{len(articles)} rows, {len(revisions)} revisions after 3 runs",
    )


@pytest.mark.fault("F34")
def test_a_template_that_changed_overnight(crawls: tuple[Launcher, FaultSite], tmp_path: Path) -> None:
    made, site = crawls
    site.routes = whole_site()
    for n in NUMBERS:
        renamed = (
            page(n, text="<b></b>")
            .replace("article-view-content-div", "x7f3")
            .replace("articleBody", "q")
            .replace(f"{n}번째 소식이다.", "")
        )
        site.routes[HOST, path_of(n)] = answer(renamed)
    assert made.whole(tmp_path) == 3
    (run,) = rows(tmp_path, "runs")
    assert (run["ended"], run["exit_code"], run["rejected"]) == ("incomplete", 3, len(NUMBERS))
    assert not (tmp_path / "datasets" / "articles").exists()
    reasons = {outcome for each in outcomes(tmp_path).values() for outcome in each}
    assert {outcome for outcome, _ in reasons} == {"rejected"}
    observed(
        "F34",
        "template_change",
        "exit 3, the run marked",
        f"{len(NUMBERS)} of {len(NUMBERS)} rejected, exit 3, runs.ended = incomplete",
    )


@pytest.mark.fault("F37")
@pytest.mark.parametrize("value", ["3600", "Fri, 31 Dec 2100 00:00:00 GMT"], ids=["hour", "date"])
def test_a_pause_of_more_than_a_minute_is_left_to_the_next_run(
    crawls: tuple[Launcher, FaultSite], tmp_path: Path, value: str
) -> None:
    made, site = crawls
    site.routes = whole_site()
    site.routes[HOST, path_of(1)] = answer("x", HTML, f"Retry-After: {value}", status="429 Too Many Requests")
    began = time.monotonic()
    assert made.whole(tmp_path) == 3
    assert time.monotonic() - began < 60
    assert outcomes(tmp_path)["1"] == [("skipped", "retry_after")]
    observed("F37", f"Retry-After: {value}", "the host is left in this run", "skipped(retry_after), exit 3")


@pytest.mark.fault("F59")
def test_without_a_name_server_nothing_changes(tmp_path: Path) -> None:
    """A real host, no table of names: every lookup fails."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "newsharvest.toml").write_text('contact = "crawls@example.org"\n', encoding="utf-8")
    with fault_site() as site:
        done = crawl(tmp_path, site, [Paper("nowhere.kr")], timeout=120)
    assert (done.exit_code, done.report["ended"]) == (3, "incomplete")
    assert done.outcome("http://nowhere.kr/robots.txt") == ("failed", "dns")
    assert not (done.data / "datasets" / "articles").exists()
    assert done.seconds < 100
    observed("F59", "offline", "exit 3 within 2 min, no data change", f"exit 3 after {done.seconds:.0f} s, no rows")


# --- signals

SLOW_PAGES = 200


def slow_site() -> dict[tuple[str, str], Any]:
    """A site that takes a while: 200 pages that come slowly, one that hangs."""

    def late(number: int) -> Any:
        def respond(_ask: Any) -> bytes:
            time.sleep(0.15)
            return answer(page(number))

        return respond

    found: dict[tuple[str, str], Any] = {(HOST, path_of(n)): late(n) for n in range(1, SLOW_PAGES)}
    found[HOST, path_of(SLOW_PAGES)] = hang()
    found[HOST, "/sitemap.xml"] = sitemap(range(SLOW_PAGES, 0, -1))
    return found


def check_after_stop(root: Path, made: Launcher, site: FaultSite) -> None:
    """The archive is closed and whole, no key twice; the next run has every article."""
    for path in (root / "archive").glob("*.warc.gz"):
        assert whole_until(path) == path.stat().st_size, "a torn record after an orderly stop"
    keys(root)
    accepted = {
        entry.url.rpartition("=")[2] for path in (root / "archive").glob("*.gz") for entry in pages(path)
        if not isinstance(entry, Damaged) and entry.url and "idxno" in entry.url and entry.status == 200
    }  # fmt: skip
    site.routes = whole_site()
    assert made.whole(root) == 0, made.errors[-2000:]
    assert accepted | {str(n) for n in NUMBERS} == set(by_number(root))


def wait_for(site: FaultSite, asked: int, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while len(site.asks) < asked:
        assert time.monotonic() < deadline, len(site.asks)
        time.sleep(0.02)


SIGNALS = [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)]


@pytest.mark.fault("F42")
@pytest.mark.parametrize(
    ("number", "code"), SIGNALS, ids=lambda value: value.name if isinstance(value, signal.Signals) else ""
)
def test_one_signal_stops_in_order(
    crawls: tuple[Launcher, FaultSite], tmp_path: Path, number: signal.Signals, code: int
) -> None:
    made, site = crawls
    site.routes, before = slow_site(), len(site.asks)
    run = made.start(tmp_path)
    wait_for(site, before + 40)
    began = time.monotonic()
    run.kill(number)
    assert run.wait() == code, made.errors[-2000:]
    seconds = time.monotonic() - began
    assert seconds < 10
    assert [row["ended"] for row in rows(tmp_path, "runs")] == ["stopped"]
    fetched = rows(tmp_path, "fetches")
    assert sorted(row["sequence"] for row in fetched) == list(range(1, len(fetched) + 1))
    check_after_stop(tmp_path, made, site)
    observed(
        "F42", number.name, f"{code} in 10 s, 0 lost", f"{code} after {seconds:.1f} s with a server that hangs, 0 lost"
    )


@pytest.mark.torture
@pytest.mark.fault("F42")
@pytest.mark.parametrize(("number", "code"), SIGNALS, ids=lambda value: getattr(value, "name", ""))
def test_one_signal_at_many_moments(
    crawls: tuple[Launcher, FaultSite],
    tmp_path: Path,
    number: signal.Signals,
    code: int,
    pytestconfig: pytest.Config,
) -> None:
    made, site = crawls
    points = pytestconfig.getoption("signals")
    slowest = 0.0
    for point in range(points):
        root = tmp_path / str(point)
        site.routes, before = slow_site(), len(site.asks)
        run = made.start(root)
        wait_for(site, before + 1 + 150 * point // points)
        began = time.monotonic()
        run.kill(number)
        assert run.wait() == code, made.errors[-2000:]
        slowest = max(slowest, time.monotonic() - began)
        check_after_stop(root, made, site)
    assert slowest < 10
    observed(
        "F42",
        f"{number.name}, {points} moments",
        f"{code} in 10 s, 0 lost",
        f"{points} of {points}, {slowest:.1f} s at most",
    )


@pytest.mark.fault("F42")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda value: value.name)
def test_two_signals_end_at_once_and_the_next_run_recovers(
    crawls: tuple[Launcher, FaultSite], tmp_path: Path, number: signal.Signals
) -> None:
    made, site = crawls
    site.routes, before = slow_site(), len(site.asks)
    run = made.start(tmp_path)
    wait_for(site, before + 40)
    run.kill(number)
    time.sleep(0.3)
    began = time.monotonic()
    run.kill(number)
    code = run.wait()
    seconds = time.monotonic() - began
    assert seconds < 5
    assert code != 0
    check_after_stop(tmp_path, made, site)
    observed(
        "F42",
        f"{number.name} twice",
        "immediate, recoverable",
        f"exit {code} after {seconds:.1f} s; the next run landed all",
    )
