"""newsharvest.toml: strict, documented by itself, and never guessed."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsharvest import clock
from newsharvest.clock import KST
from newsharvest.config import Config, ConfigError, load, read, template
from newsharvest.windows import Hours, span

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_the_template_says_what_holds_without_it() -> None:
    assert read(template()) == Config()
    assert template().count("\n# ") >= 20


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contakt = 'a@b.kr'", "unknown key contakt; did you mean contact?"),
        ("[caps]\noutlet_request = 5", "unknown key caps.outlet_request; did you mean caps.outlet_requests?"),
        ("host_delay = 3", "unknown key host_delay; did you mean pace.host_delay?"),
        ("[cap]\nrequests = 5", "unknown key cap; did you mean caps?"),
        ("zzz = 1", "unknown key zzz; known are contact, outlets"),
        ("caps = 5", "[caps] is a table"),
        ("[caps]\nrequests = '5'", "caps.requests = '5' is to be a whole number"),
        ("[caps]\nrequests = true", "caps.requests = True is to be a whole number"),
        ("[pace]\nhost_delay = -1", "pace.host_delay = -1 is to be a number of at least 0"),
        ("[pace]\nhost_concurrency = 0", "is to be a whole number of at least 1"),
        ("min_free = 5", "min_free = 5 is to be a size"),
        ("max_time = '5 weeks'", "is to be a length of time"),
        ("contact = 'me'", "is to be an e-mail address or a web page"),
        ("contact = 'a@b.kr (x)'", "is to be an e-mail address or a web page"),
        ("[window]\nwithin = ['22-6']", "is no span of hours"),
        ("[window]\nwithin = '22:00-06:00'", "is to be a list"),
        ("[revisit]\nafter = ['1d', '3h']", "lengths of time that grow"),
        ("contact =", "no TOML"),
    ],
)
def test_what_breaks_a_rule_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert message in str(caught.value)
    assert str(caught.value).startswith("newsharvest.toml: ")


def test_values_are_read() -> None:
    found = read(
        "contact = 'a@b.kr'\nmin_free = '500 MB'\n[window]\nwithin = ['22:00-06:00']\n[revisit]\nafter = ['90m', '7d']"
    )
    assert (found.contact, found.min_free) == ("a@b.kr", 500_000_000)
    assert found.window.hours == Hours((span("22:00-06:00"),))
    assert found.revisit.after == (timedelta(minutes=90), timedelta(days=7))
    assert found.caps == Config().caps


def test_the_environment_states_a_contact_where_the_file_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(tmp_path).contact is None
    monkeypatch.setenv("NEWSHARVEST_CONTACT", "https://paper.example/robot")
    assert load(tmp_path).contact == "https://paper.example/robot"
    (tmp_path / "newsharvest.toml").write_text("contact = 'a@b.kr'", encoding="utf-8")
    assert load(tmp_path).contact == "a@b.kr"
    monkeypatch.setenv("NEWSHARVEST_CONTACT", "nobody")
    (tmp_path / "newsharvest.toml").unlink()
    with pytest.raises(ConfigError, match="NEWSHARVEST_CONTACT is to be an e-mail"):
        load(tmp_path)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=KST)


@pytest.mark.parametrize(
    ("within", "outside", "moment", "is_open", "changes"),
    [
        ((), (), at(12), True, None),
        (("22:00-06:00",), (), at(23, 59), True, "2026-03-03T06:00"),
        (("22:00-06:00",), (), at(6), False, "2026-03-02T22:00"),
        (("09:00-18:00",), (), at(9), True, "2026-03-02T18:00"),
        (("09:00-18:00",), (), at(18), False, "2026-03-03T09:00"),
        (("00:00-24:00",), ("08:00-09:30",), at(9, 29), False, "2026-03-02T09:30"),
        ((), ("08:00-09:30",), at(7), True, "2026-03-02T08:00"),
        (("01:00-03:00", "02:00-04:00"), (), at(2), True, "2026-03-02T04:00"),
    ],
)
def test_hours(
    within: tuple[str, ...], outside: tuple[str, ...], moment: datetime, is_open: bool, changes: str | None
) -> None:
    hours = Hours(tuple(map(span, within)), tuple(map(span, outside)))
    found = hours.changes_at(moment)
    assert (hours.open_at(moment), found and found.isoformat()[:16]) == (is_open, changes)
    assert hours.open_at(moment.astimezone(UTC)) == is_open


@pytest.mark.parametrize("text", ["22:00", "25:00-26:00", "22:00-22:00", "09:00-24:01", "9:00-10:00"])
def test_what_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of hours"):
        span(text)


# --- the clock


def test_a_stated_present_goes_on_from_there() -> None:
    start = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    with clock.at(start):
        first, second = clock.now(), clock.now()
        assert start <= first <= second < start + timedelta(seconds=5)
        assert first.microsecond % 1000 == 0
        assert clock.today().isoformat() == "2026-03-03", "a day is a day in Korea"
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_the_environment_states_the_present(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_shift", None)
    monkeypatch.setenv("NEWSHARVEST_NOW", "2026-03-02T10:00")
    assert clock.now().isoformat()[:16] == "2026-03-02T01:00"
    monkeypatch.setattr(clock, "_shift", None)
    monkeypatch.setenv("NEWSHARVEST_NOW", "tomorrow")
    with pytest.raises(ValueError, match="'tomorrow' is no time"):
        clock.now()


# --- init, and who asks


def test_init_writes_a_file_once(command: Command, tmp_path: Path) -> None:
    done = command("init", "--data-dir", tmp_path / "d")
    assert (done.returncode, done.stderr) == (0, "")
    path = tmp_path / "d" / "newsharvest.toml"
    assert load(tmp_path / "d") == Config()
    path.write_text("contact = 'a@b.kr'", encoding="utf-8")
    again = command("init", "--data-dir", tmp_path / "d")
    assert (again.returncode, path.read_text(encoding="utf-8")) == (2, "contact = 'a@b.kr'")
    assert "is there already" in again.stderr


LIVE = """
[paper]
name = "종이"
hosts = ["paper.invalid"]
cms = "ndsoft"
home = "http://paper.invalid/"
"""


def test_the_live_web_is_not_crawled_by_nobody(command: Command, tmp_path: Path) -> None:
    """The refusal comes before anything is made: no lock, no archive, no run."""
    (tmp_path / "own.toml").write_text(LIVE, encoding="utf-8")
    done = command("crawl", "paper", "--outlets", tmp_path / "own.toml", "--data-dir", tmp_path / "d")
    assert done.returncode == 2
    assert done.stderr.startswith("newsharvest: paper.invalid is on the live web: say who asks.")
    assert 'contact = "you@example.org"' in done.stderr
    assert not (tmp_path / "d" / "state").exists()
    probed = command("probe", "http://paper.invalid/")
    assert (probed.returncode, "say who asks" in probed.stderr) == (2, True)


def test_a_wrong_file_stops_the_crawl(command: Command, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "newsharvest.toml").write_text("[caps]\nrequest = 1", encoding="utf-8")
    done = command("crawl", "demo_haeram", "--data-dir", tmp_path / "d")
    assert done.returncode == 2
    assert done.stderr.endswith("unknown key caps.request; did you mean caps.requests?\n")
