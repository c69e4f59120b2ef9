"""The registry of KMA's own pages, ``data/reference/kma.toml``: one stanza each, validated at load.

An error names file, stanza and rule. Ids share one space with those of the outlets: both are crawled by name.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from newsharvest import expecting
from newsharvest.registry import OUTLET_ID, ReferenceDataError, directory, outlets

ALL = "kma"
"""Where an outlet's id is asked for: every enabled source of KMA."""
GIVES = frozenset({"kma_table", "kma_feed", "kma_midterm", "kma_short", "kma_hub"})
_FILE = "kma.toml"
_ENV_NAME = re.compile(r"^[A-Z][A-Z0-9_]{2,60}$")


@dataclass(frozen=True, slots=True)
class KmaSource:
    """One page of KMA: constants only, never selectors."""

    source_id: str
    """The stanza's name."""
    name: str
    gives: str
    """The ``source`` of the rows that its pages become, e.g. ``kma_table``."""
    urls: tuple[str, ...]
    key: str | None = None
    """The environment variable that holds the key which the host wants as ``authKey``; null: it wants none."""
    enabled: bool = True
    disabled_reason: str | None = None
    robots_checked: date | None = None
    """The day a person read robots.txt; null: nobody has. A crawl obeys it all the same."""
    terms_checked: date | None = None
    expect: Mapping[str, Any] | None = field(default=None, hash=False)
    """What its runs must give, before ``[expect_kma]`` of newsharvest.toml (`newsharvest.expectations.weather`)."""
    demo: bool = False

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts of its URLs."""
        return frozenset((urlsplit(url).hostname or "").lower() for url in self.urls)


@functools.cache
def kma_sources() -> dict[str, KmaSource]:
    """Every registered source of KMA by its id, sorted. ReferenceDataError where the file breaks its rules."""
    return read_sources((directory() / _FILE).read_text(encoding="utf-8"))


def read_sources(text: str) -> dict[str, KmaSource]:
    """The stanzas of a file's text, each checked."""
    try:
        stanzas = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ReferenceDataError(f"{_FILE}: no TOML: {error}") from error
    found = {source_id: _source(source_id, stanza) for source_id, stanza in stanzas.items()}
    if list(found) != sorted(found):
        raise ReferenceDataError(f"{_FILE}: the stanzas are not sorted by id")
    return found


def kma_enabled() -> list[KmaSource]:
    """Every source that is crawled without being named: none of the demo's."""
    return [source for source in kma_sources().values() if source.enabled and not source.demo]


def kma_chosen(ids: str) -> tuple[str, list[KmaSource]]:
    """What a comma list names beside KMA's sources, as a comma list, and the sources; ``kma`` is every enabled one but the
    demo's. ValueError where there is none of those.

    >>> kma_chosen("demo_haeram, demo_short")[0], kma_chosen("demo_haeram, demo_short")[1][0].gives
    ('demo_haeram', 'kma_short')
    """
    known = kma_sources()
    names = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
    every = kma_enabled() if ALL in names else []
    if ALL in names and not every:
        raise ValueError("no source of KMA is enabled: name one of " + ", ".join(known))
    named = [known[name] for name in names if name in known]
    rest = [name for name in names if name not in known and name != ALL]
    return ",".join(rest), list(dict.fromkeys([*every, *named]))


def kma_source_for(url: str) -> KmaSource | None:
    """The source under whose address (host and path) a URL lies, or None.

    >>> kma_source_for("http://www.weather.test/w/weather/land/city-obs.do?tm=2026.3.2.9:00").source_id
    'demo_city_obs'
    >>> kma_source_for("http://www.weather.test/w/index.do") is None
    True
    """
    try:
        parts = urlsplit(url)
    except ValueError:  # a saved page's URL may be anything
        return None
    return _addresses().get(((parts.hostname or "").lower(), parts.path))


@functools.cache
def _addresses() -> dict[tuple[str, str], KmaSource]:
    split = [(source, urlsplit(url)) for source in kma_sources().values() for url in source.urls]
    return {((parts.hostname or "").lower(), parts.path): source for source, parts in split}


def _source(source_id: str, stanza: object) -> KmaSource:
    def refuse(rule: str) -> ReferenceDataError:
        return ReferenceDataError(f"{_FILE} [{source_id}]: {rule}")

    if not OUTLET_ID.match(source_id) or source_id == ALL or source_id in outlets():
        raise refuse(f"an id matches {OUTLET_ID.pattern}, is not {ALL} and is no outlet's")
    if not isinstance(stanza, dict):
        raise refuse("a stanza is a table [id]")
    for key, value in stanza.items():
        if key not in _RULES:
            raise refuse(f"unknown key {key}")
        holds, rule = _RULES[key]
        if not holds(value):
            raise refuse(f"{key} is {rule}")
    if (wrong := expecting.fault(stanza.get("expect", {}), expecting.KMA)) is not None:
        raise refuse(wrong)
    if missing := [key for key in ("name", "gives", "urls") if key not in stanza]:
        raise refuse(f"{missing[0]} is missing")
    if ("disabled_reason" in stanza) != (stanza.get("enabled") is False):
        raise refuse("disabled_reason stands where enabled = false")
    return KmaSource(source_id, **{**stanza, "urls": tuple(stanza["urls"])})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _is_urls(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_url, value))


def _is_url(value: object) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).hostname)


_Check = tuple[Callable[[Any], bool], str]
_DAY: _Check = (lambda value: type(value) is date, "a day, e.g. 2026-11-22")
_FLAG: _Check = (lambda value: isinstance(value, bool), "true or false")
_RULES: dict[str, _Check] = {
    "name": (_is_text, "a text without outer blanks"),
    "gives": (lambda value: value in GIVES, f"one of {', '.join(sorted(GIVES))}"),
    "urls": (_is_urls, "a list of http(s) URLs"),
    "key": (lambda value: isinstance(value, str) and bool(_ENV_NAME.match(value)), "the name of an environment variable"),
    "enabled": _FLAG,
    "disabled_reason": (_is_text, "a text without outer blanks"),
    "robots_checked": _DAY,
    "terms_checked": _DAY,
    "expect": (lambda value: isinstance(value, dict), f"a table of {', '.join(expecting.KMA)}; see docs/monitoring.md"),
    "demo": _FLAG,
}  # fmt: skip
