"""``newsharvest.toml`` in the data dir: what an operator decides. Read strictly; a command's own options come before it.

A key that is not known is an error that names the nearest one: a cap that is misspelt must not be no cap.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from newsharvest import expecting
from newsharvest.kma_registry import kma_sources
from newsharvest.registry import outlets
from newsharvest.windows import Hours, Span, span

FILE = "newsharvest.toml"
CONTACT = "NEWSHARVEST_CONTACT"
"""The environment variable that states the contact where no file does."""
_MEGA, _GIGA = 10**6, 10**9


class ConfigError(ValueError):
    """A configuration that cannot be used; names the file, the key and the remedy."""


def duration(value: object) -> timedelta:
    """A written length of time. ValueError for anything else.

    >>> duration("90m"), duration("7d")
    (datetime.timedelta(seconds=5400), datetime.timedelta(days=7))
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a length of time such as 30s, 90m, 3h or 7d")
    return timedelta(seconds=float(match.group(1)) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match.group(2)])


def size(value: object) -> int:
    """A written size in bytes. ValueError for anything else.

    >>> size("2 GB"), size("500MB")
    (2000000000, 500000000)
    """
    units = {"KB": 10**3, "MB": _MEGA, "GB": _GIGA, "TB": 10**12}
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(KB|MB|GB|TB)", value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a size such as 500 MB or 2 GB")
    return int(float(match.group(1)) * units[match.group(2)])


def contact(value: object) -> str | None:
    """An e-mail address or a web page where the operator is reached; null for an empty text."""
    if value == "":
        return None
    if not isinstance(value, str) or not re.fullmatch(r"[^\s@()]+@[^\s@()]+\.[^\s@()]+|https?://[^\s()]+", value):
        raise ValueError('an e-mail address or a web page, e.g. "archive@paper.example"')
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError("a number of at least 0")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("a whole number of at least 1")
    return value


def _count_or_none(value: object) -> int:
    return 0 if value == 0 and not isinstance(value, bool) else _count(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")
    return value


def _list_of(read: Callable[[object], Any]) -> Callable[[object], tuple[Any, ...]]:
    def read_list(value: object) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("a list")
        return tuple(read(each) for each in value)

    return read_list


def _spans(value: object) -> tuple[Span, ...]:
    return tuple(span(text) for text in _list_of(_text)(value))


def _steps(value: object) -> tuple[timedelta, ...]:
    steps = tuple(_list_of(duration)(value))
    if list(steps) != sorted(set(steps)):
        raise ValueError("lengths of time that grow")
    return steps


def _key(read: Callable[[object], Any], shown: str, *about: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    """A key of the file: how it is read, its default as it is written there, and what the file says about it.

    The default is read like a value of the file, so that both mean the same.
    """
    default = read(tomllib.loads(f"x = {shown}")["x"])
    return field(default=default, metadata={"read": read, "shown": shown, "about": about})


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast anybody is asked."""

    host_delay: float = _key(
        _number, "1.0", "seconds between two requests of one host; Crawl-delay and AutoThrottle may ask for more"
    )
    host_concurrency: int = _key(_count, "1", "requests under way to one host")
    address_delay: float = _key(
        _number, "0.5", "seconds between two requests of one IP address, however many papers live there"
    )
    address_concurrency: int = _key(_count, "4", "requests under way to one address")
    vendor_delay: float = _key(
        _number, "0.25", "seconds between two requests of all papers of one CMS vendor: one ban loses them all"
    )
    vendor_concurrency: int = _key(_count, "8", "requests under way to one vendor")
    concurrency: int = _key(_count, "16", "requests under way in all")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caps:
    """How many requests a day (in Korea), over all runs of that day; 0: no cap."""

    outlet_requests: int = _key(
        _count_or_none, "3000", "requests a day to one outlet, robots.txt and retries counted; 0: no cap"
    )
    requests: int = _key(_count_or_none, "100000", "requests a day in all; 0: no cap")
    gapfill: int = _key(_count_or_none, "0", "numbers a day and outlet that nothing names, asked for from what is left of the caps")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """The hours, Korean time."""

    within: tuple[Span, ...] = _key(
        _spans, "[]", 'run only within these hours, e.g. ["22:00-06:00"]; empty: at all hours'
    )
    outside: tuple[Span, ...] = _key(_spans, "[]", "and never within these")  # fmt: skip

    @property
    def hours(self) -> Hours:
        """Both as one rule."""
        return Hours(self.within, self.outside)


@dataclass(frozen=True, slots=True)
class Revisit:
    """When an article is asked for again."""

    after: tuple[timedelta, ...] = _key(_steps, '["3h", "1d", "3d", "7d", "30d"]', "so long after it was first fetched or last changed; empty: never")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expect:
    """What a run of every outlet must give, beside what its own history says. `expect` of a stanza comes before it."""

    articles: int = _key(expecting.count, "0", "least new articles on a day of work; 0: as its history says")
    fields: tuple[tuple[str, float], ...] = _key(
        expecting.shares(expecting.FIELDS),
        "{}",
        "least share of pages with a field, e.g. { title = 0.95, byline_raw = 0.5 }",
    )
    stations: int = _key(expecting.count, "0", "least stations in the fullest weather ticker; 0: as its history says")
    rejected: float = _key(expecting.share, "0.2", "greatest share of article pages that cannot be read")
    off: tuple[str, ...] = _key(
        expecting.names(expecting.SIGNALS), "[]", 'signals that are not judged, e.g. ["mix:order"]'
    )
    of: tuple[tuple[str, Mapping[str, Any]], ...] = _key(
        expecting.of_each(expecting.OUTLET, outlets), "{}", "one outlet's own, before its stanza: { a_paper = { articles = 5 } }"
    )  # fmt: skip

    def asked(self, outlet_id: str, own: Mapping[str, Any] | None) -> dict[str, Any]:
        """What is asked of an outlet whose stanza says ``own``."""
        return _asked(self, outlet_id, own)


@dataclass(frozen=True, slots=True)
class ExpectKma:
    """What a run of every source of KMA must give, beside what its own history says."""

    stations: int = _key(expecting.count, "0", "least stations on its fullest page; 0: as its history says")
    unresolved: float = _key(expecting.share, "0.1", "greatest share of readings without a station")
    rejected: float = _key(expecting.share, "0.0", "greatest share of pages that cannot be read")
    fields: tuple[tuple[str, float], ...] = _key(
        expecting.shares(expecting.KMA_FIELDS),
        "{}",
        "least share of readings with a value, e.g. { temperature_c = 0.9 }",
    )
    off: tuple[str, ...] = _key(expecting.names(expecting.KMA_SIGNALS), "[]", "signals that are not judged")
    of: tuple[tuple[str, Mapping[str, Any]], ...] = _key(
        expecting.of_each(expecting.KMA, kma_sources), "{}", "one source's own: { kma_city_obs = { stations = 90 } }"
    )  # fmt: skip

    def asked(self, source_id: str, own: Mapping[str, Any] | None) -> dict[str, Any]:
        """What is asked of a source whose stanza says ``own``."""
        return _asked(self, source_id, own)


def _asked(general: Expect | ExpectKma, name: str, own: Mapping[str, Any] | None) -> dict[str, Any]:
    stated = {each.name: getattr(general, each.name) for each in fields(general) if each.name != "of"}
    return expecting.asked(stated, own, dict(general.of).get(name))


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of a failure and of the recovery after it (extra ``notify``)."""

    urls: tuple[str, ...] = _key(_list_of(_text), "[]", 'apprise addresses, e.g. ["mailtos://user:password@mail.example"]')  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metrics:
    """Figures for Prometheus (extra ``metrics``)."""

    textfile: str = _key(_text, '""', "file for node_exporter's textfile collector; empty: none")


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the archive is kept by ``newsharvest archive prune``."""

    archive: timedelta = _key(duration, '"0d"', "age at which an archive file may go if nothing needs it; 0d: never")  # noqa: RUF009 - frozen


@dataclass(frozen=True, slots=True)
class Log:
    """The log files in state/logs."""

    max_size: int = _key(size, '"5 MB"', "size at which a new one is begun")
    files: int = _key(_count, "10", "how many are kept")


@dataclass(frozen=True, slots=True)
class Config:
    """Everything an operator decides, with its defaults.

    >>> Config().caps.outlet_requests, read("[caps]\\noutlet_requests = 50").caps.outlet_requests
    (3000, 50)
    """

    contact: str | None = _key(
        contact, '""', "an e-mail address or web page, sent with every request: the live web is not crawled without it"
    )
    outlets: tuple[str, ...] = _key(_list_of(_text), "[]", "ids that `crawl --all` takes; empty: every enabled one")
    min_free: int = _key(size, '"2 GB"', "no run starts with less free disk")
    max_time: timedelta = _key(duration, '"6h"', "a run ends itself after so long")  # fmt: skip  # noqa: RUF009 - frozen
    pace: Pace = field(default_factory=Pace)
    caps: Caps = field(default_factory=Caps)
    window: Window = field(default_factory=Window)
    revisit: Revisit = field(default_factory=Revisit)
    expect: Expect = field(default_factory=Expect)
    expect_kma: ExpectKma = field(default_factory=ExpectKma)
    notify: Notify = field(default_factory=Notify)
    metrics: Metrics = field(default_factory=Metrics)
    retention: Retention = field(default_factory=Retention)
    log: Log = field(default_factory=Log)


def load(folder: Path) -> Config:
    """The configuration of a data dir; the defaults where it has none. ConfigError for one that breaks a rule.

    A contact in the environment (NEWSHARVEST_CONTACT) stands where the file states none.
    """
    path = folder / FILE
    try:
        found = read(path.read_text(encoding="utf-8"), str(path)) if path.exists() else Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return found if found.contact else _with_contact(found)


def _with_contact(found: Config) -> Config:
    try:
        return replace(found, contact=contact(os.environ.get(CONTACT, "")))
    except ValueError as error:
        raise ConfigError(f"{CONTACT} is to be {error}") from error


def read(text: str, name: str = FILE) -> Config:
    """A configuration from its text. ConfigError names file, key and rule."""
    try:
        stated = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: no TOML: {error}") from error
    made: Config = _section(Config, stated, name, "")
    return made


def _section(kind: type[Any], stated: Mapping[str, Any], name: str, prefix: str) -> Any:  # noqa: ANN401 - one of ours
    known = {each.name: each for each in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in stated.items():
        if key not in known:
            raise ConfigError(f"{name}: unknown key {prefix}{key}{_near(key, kind, prefix)}")
        values[key] = _value(known[key], value, name, f"{prefix}{key}")
    return kind(**values)


def _value(of: Any, value: object, name: str, key: str) -> Any:  # noqa: ANN401 - a field and its value
    if "read" not in of.metadata:
        if not isinstance(value, dict):
            raise ConfigError(f"{name}: [{key}] is a table")
        return _section(of.default_factory, value, name, f"{key}.")
    try:
        return of.metadata["read"](value)
    except ValueError as error:
        raise ConfigError(f"{name}: {key} = {value!r} is to be {error}") from error


def _near(key: str, kind: type[Any], prefix: str) -> str:
    """The nearest key, of the same table or of another; else those of this table."""
    here = [each.name for each in fields(kind)]
    near = difflib.get_close_matches(key, here, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {prefix}{near[0]}?"
    elsewhere = [whole for whole in _all_keys() if whole.rpartition(".")[2] == key]
    return f"; did you mean {elsewhere[0]}?" if elsewhere else f"; known are {', '.join(here)}"


def _all_keys() -> list[str]:
    tables = [each for each in fields(Config) if is_dataclass(each.default_factory)]
    return [f"{table.name}.{each.name}" for table in tables for each in fields(table.default_factory)]  # type: ignore[arg-type]


def template() -> str:
    """A file that states every key with its default and what it means; read, it gives `Config()`."""
    lines = ["# newsharvest: how this data dir is filled. A command's own options come before what stands here.", ""]
    tables = []
    for each in fields(Config):
        if "read" in each.metadata:
            lines += [*_lines(each), ""]
        else:
            tables.append(each)
    for table in tables:
        kind: Any = table.default_factory
        lines += [f"# {(kind.__doc__ or '').strip()}", f"[{table.name}]"]
        lines += [line for each in fields(kind) for line in _lines(each)]
        lines.append("")
    return "\n".join(lines)


def _lines(each: Any) -> list[str]:  # noqa: ANN401 - a field
    """An empty table stands as a comment: a table of that name may follow."""
    stated = f"{each.name} = {each.metadata['shown']}"
    return [*(f"# {line}" for line in each.metadata["about"]), f"# {stated}" if stated.endswith("{}") else stated]
