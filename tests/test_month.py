"""The simulated month: real crawls of the month's site day by day, held against the site's own truth.

The short variant runs twelve days; `make torture` runs whole months of several seeds, once in peace and once with twenty kills.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsharvest.archive import pages
from newsharvest.demo.month import truth
from newsharvest.demo.month.cast import DAILY, FIRST_DAY
from newsharvest.demo.month.redesign import relabelled
from newsharvest.demo.month.script import BAN, OUTAGE, REDESIGN, RENUMBER, TAKEOVER, THROTTLE, Script, write_script
from newsharvest.demo.papers import date_of
from newsharvest.demo.truth import TrueArticle
from tests.month_run import CAP, Day, Month, month

pytestmark = pytest.mark.xdist_group("month")
FIELDS = (
    "url", "title", "subtitle", "captions", "dateline_raw", "dateline_outlet", "byline_raw", "authors", "section", "keywords",
    "images", "published_at", "published_at_raw", "published_at_precision", "published_at_label", "modified_at", "rights_notice",
)  # fmt: skip
SIGNALS = {OUTAGE: "unreachable", THROTTLE: "throttled", BAN: "banned", TAKEOVER: "taken_over", REDESIGN: "mix"}
SETTLE = 2
Key = tuple[str, str]


def is_relabelled(script: Script, row: dict[str, Any]) -> bool:
    """Whether a row was read from a page whose dates have other labels than those of the truth."""
    days = [e.day for e in script.events if (e.kind, e.how, e.outlet_id) == (REDESIGN, "relabelled", row["outlet_id"])]
    return bool(days) and row["fetched_at"].date() >= date_of(min(days))


def as_printed(script: Script, row: dict[str, Any], true: TrueArticle) -> TrueArticle:
    """The truth as the page of that day printed it: a date stands there with that day's label."""
    if not is_relabelled(script, row):
        return true
    label = relabelled(true.published_at_label) if true.published_at_label else None
    return replace(true, published_at_raw=relabelled(true.published_at_raw), published_at_label=label)


def plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def wrong_fields(row: dict[str, Any], true: TrueArticle) -> list[str]:
    wanted = {name: plain(getattr(true, name)) for name in FIELDS} | {"body": "\n".join(true.paragraphs) or None}
    return [name for name, value in wanted.items() if row[name] != value]


def article_faults(done: Month, day: int) -> list[str]:
    """Differences from the truth."""
    found = {(row["outlet_id"], row["article_id"]): row for row in done.rows("articles")}
    wanted = {(true.outlet_id, true.article_id): true for true in truth.articles(done.site, day)}
    faults = [f"{key}: invented" for key in set(found) - set(wanted)]
    for key, true in wanted.items():
        row = found.get(key)
        if row is None:
            faults.append(f"{key}: missing")
            continue
        if (row["gone_at"] is not None) != true.gone:
            faults.append(f"{key}: gone is {row['gone_at']}, should be {true.gone}")
        printed = as_printed(done.script, row, true)
        faults += [f"{key} {n}: {getattr(printed, n, '')!r} but {row[n]!r}" for n in wrong_fields(row, printed)]
    return faults


def version(row: Any) -> tuple[Any, ...]:
    if isinstance(row, TrueArticle):
        body = "\n".join(row.paragraphs) or None
        return (row.outlet_id, row.article_id, row.title, row.subtitle, body, row.captions, row.byline_raw)
    return (
        row["outlet_id"],
        row["article_id"],
        row["title"],
        row["subtitle"],
        row["body"],
        tuple(row["captions"]),
        row["byline_raw"],
    )


def revision_faults(done: Month, day: int) -> list[str]:
    """Edits without a revision, and revisions that no edit made."""
    rows = done.rows("revisions")
    found = {version(row): row for row in rows}
    wanted = {version(true): true for true in truth.versions(done.site, day)}
    faults = [
        f"false revision {row['outlet_id']}/{row['article_id']} of {row['fetched_at']}: {key}"
        for key, row in found.items()
        if key not in wanted
    ]
    faults += [f"{len(rows) - len(found)} versions twice"] if len(found) < len(rows) else []
    return faults + [f"no revision of {key[:3]}" for key in wanted if key not in found]


def bulletin_faults(done: Month) -> int:
    """Tickers that were shown and are not there as they were, or the other way round."""
    readings: dict[str, list[tuple[Any, ...]]] = {}
    about: dict[str, Key] = {}
    for row in done.rows("observations"):
        entry = (
            row["position"],
            row["sky_raw"],
            row["station"],
            row["stn_id"],
            row["temperature_c"],
            row["station_match"],
        )
        readings.setdefault(row["bulletin_id"], []).append(entry)
        about[row["bulletin_id"]] = (row["source"], str(row["displayed_date"]))
    found = Counter((*about[name], *sorted(entries)) for name, entries in readings.items())
    wanted = Counter(
        (
            b.source_id,
            b.displayed_date.isoformat(),
            *sorted((e.position, e.sky_raw, e.station, e.stn_id, e.temperature_c, e.match) for e in b.readings),
        )
        for b in truth.bulletins(done.site)
    )
    return (found - wanted).total() + (wanted - found).total()


def alarm_faults(script: Script, days: list[Day]) -> list[str]:
    """Events that were not told on their day, and alarms on days without one."""
    faults = []
    for day in days:
        if day.day > script.last_day:
            continue  # the papers have stopped: that they are silent is no false alarm
        expected = {(e.outlet_id, SIGNALS[e.kind]) for e in script.on(day.day) if e.kind != RENUMBER}
        faults += [f"{date_of(day.day)}: not told: {each}" for each in expected - day.signals]
        faults += [f"{date_of(day.day)}: false alarm: {each} {day.violations}" for each in day.signals - expected]
        if bool(day.exit_code) != bool(day.violations):
            faults.append(f"{date_of(day.day)}: exit {day.exit_code} with {day.violations}, {day.reasons}")
    return faults


def repeat_shares(done: Month) -> tuple[float, float]:
    """Of article requests that repeat an earlier one, to servers with validators: the share of 304 where nothing had
    changed, and in all."""
    last: dict[tuple[str, int], tuple[Any, int]] = {}
    same, repeats, answered, unchanged = 0, 0, 0, 0
    for asked in done.site.asked:
        ledger = done.site.ledgers[asked.outlet_id]
        state = next((e for e in ledger.entries(asked.day) if e.number == asked.number), None)
        now = (state, len(done.script.designs(asked.outlet_id, asked.day)))
        before = last.get((asked.outlet_id, asked.number))
        if ledger.part.validators and before is not None and state is not None and state.gone_at is None:
            repeats += 1
            answered += asked.status == 304
            if before == now:
                unchanged += 1
                same += asked.status == 304
        if asked.status in {200, 304}:
            last[asked.outlet_id, asked.number] = now
    return same / max(1, unchanged), answered / max(1, repeats)


def revisit_bytes(done: Month) -> list[int]:
    """The length of every 304's record in the archive."""
    found = []
    for path in (done.data / "archive").glob("*.warc.gz"):
        found += [
            p.record.warc_record_length
            for p in pages(path)
            if not hasattr(p, "reason") and p.status == 304 and p.record
        ]
    return found


def check(done: Month, last: int) -> dict[str, Any]:
    assert article_faults(done, last)[:8] == []
    assert revision_faults(done, last)[:8] == []
    assert bulletin_faults(done) == 0
    requests = max(done.site.requests.values())
    assert requests <= CAP
    share, overall = repeat_shares(done)
    assert share >= 0.9
    sizes = revisit_bytes(done)
    return {
        "articles": len(done.rows("articles")), "revisions": len(done.rows("revisions")),
        "carried over": sum("carried_over" in row["flags"] for row in done.rows("articles")), "most requests of an outlet and day": requests, "304 of unchanged": round(share, 3),
        "304 of all repeats": round(overall, 3), "bytes of a 304 in the archive": sum(sizes) // max(1, len(sizes)),
        "CPU seconds": round(sum(day.cpu for day in done.days)), "kills": sum(day.killed for day in done.days),
    }  # fmt: skip


def live(script: Script, root: Path, kills: dict[int, int] | None = None, seed: int = 0) -> Iterator[Month]:
    with month(script, root) as done:
        done.run(script.last_day + SETTLE, random.Random(seed), kills)
        yield done


SHORT = write_script(11, days=12, kinds=("wrapped", "relabelled"), warm_up=7, settle=1)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Twelve days and two to settle, killed on three quiet ones."""
    yield from live(SHORT, tmp_path_factory.mktemp("short"), {FIRST_DAY + 1: 1, FIRST_DAY + 4: 1, FIRST_DAY + 5: 1})


def test_the_short_month_equals_its_truth(short: Month) -> None:
    print(check(short, SHORT.last_day + SETTLE))


def test_every_event_of_the_short_month_is_told_on_its_day(short: Month) -> None:
    assert {event.kind for event in SHORT.events} >= {REDESIGN, TAKEOVER}
    assert alarm_faults(SHORT, short.days) == []


def test_the_domain_that_was_lost_gives_no_row_and_is_not_asked_again(short: Month) -> None:
    (lost,) = [event for event in SHORT.events if event.kind == TAKEOVER]
    day = date_of(lost.day)
    assert not [
        row for row in short.rows("articles") if row["outlet_id"] == lost.outlet_id and row["fetched_at"].date() >= day
    ]
    assert {row["reason"] for row in short.rows("rejects") if row["outlet_id"] == lost.outlet_id} == {"foreign_site"}
    assert short.site.requests[lost.day, lost.outlet_id] > 0
    later = {on: count for (on, who), count in short.site.requests.items() if who == lost.outlet_id and on > lost.day}
    assert set(later) <= {lost.day + 7, lost.day + 14}, "but for a look at its front page once a week"
    assert max(later.values(), default=0) <= 2, "and at its robots.txt"


def test_numbers_of_the_short_month(short: Month) -> None:
    """Gaps are at most the numbers that drafts and photos took."""
    from newsharvest.load import coverage

    frame = coverage(data_dir=short.data)
    for outlet_id, ledger in short.site.ledgers.items():
        numbers = sorted(truth_number for truth_number in ledger.seen(SHORT.last_day + SETTLE))
        own = frame[frame["outlet_id"] == outlet_id]
        taken = numbers[-1] - numbers[0] + 1 - len(numbers)
        assert own["seen"].sum() == len(numbers)
        assert (own["gaps"] + own["none"] + own["jumped"]).sum() == taken


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5, 6])
def test_a_month(seed: int, tmp_path: Path) -> None:
    script = write_script(seed)
    for done in live(script, tmp_path):
        print(seed, check(done, script.last_day + SETTLE))
        assert alarm_faults(script, done.days) == []


@pytest.mark.torture
@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_with_twenty_kills(seed: int, tmp_path: Path) -> None:
    """Killed at random 20 times: the same articles and versions, field by field, as without."""
    script, source = write_script(seed), random.Random(seed)
    kills = Counter(source.choices(range(FIRST_DAY, script.last_day + 1), k=20))
    contents = []
    for number, planned in enumerate(({}, dict(kills))):
        for done in live(script, tmp_path / str(number), planned, seed):
            print(seed, check(done, script.last_day + SETTLE))
            rows = [
                {
                    k: v
                    for k, v in row.items()
                    if k in FIELDS or k in {"outlet_id", "article_id", "body", "content_hash"}
                }
                for row in done.rows("articles")
            ]
            contents.append(
                (
                    sorted(rows, key=lambda r: (r["outlet_id"], r["article_id"])),
                    sorted(map(repr, map(version, done.rows("revisions")))),
                )
            )
    assert contents[0] == contents[1]


def test_only_dailies_are_down() -> None:
    """Weekly and sparse papers have no outage in the script: an outage shows on any day, their silence does not."""
    assert DAILY == "daily"
