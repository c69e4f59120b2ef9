"""The registry of outlets, ``data/reference/outlets.toml``: one stanza each, validated at load.

An error names file, stanza and rule. A user's own file (``--outlets FILE``, or NEWSHARVEST_OUTLETS) adds stanzas of the
same form; it may not change the registry's own.
"""

from __future__ import annotations

import functools
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsharvest import expecting

OUTLET_ID = re.compile(r"^[a-z][a-z0-9_]{1,30}$")
CMS_NAMES = frozenset(
    {"ndsoft", "mediaon", "gnuboard", "view_php_idx", "sub_read", "default_index", "article_php_aid", "mbc_local",
     "view_php_key", "html_view_idx", "netfu", "detail_php_number", "page_view", "aspx_view_no", "newsview_htm",
     "bcatagori", "site_specific"}
)  # fmt: skip
"""Labels of CMSs: the families that `newsharvest.cms` reads by their own marks, and URL forms whose pages are read by the
generic extractor; ``site_specific`` is a site of its own."""
OWN_FILES = "NEWSHARVEST_OUTLETS"
"""The environment variable that names a user's own files, os.pathsep between."""
NAME_STATUSES = frozenset({"seen", "unconfirmed"})


class ReferenceDataError(ValueError):
    """A reference file that breaks its own rules: names the file, the entry and the rule."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """One newspaper: constants only, never selectors.

    ``id_names`` are the names of its article numbers, newest first (``idxno``, ``no``, ``wr_id``); an article found under
    an older one keeps that name in its id, so that two number spaces of one domain never merge.
    """

    outlet_id: str
    name: str
    hosts: tuple[str, ...]
    """Every host its articles were seen on: bare, www, mobile, old and the vendor's."""
    cms: str
    other_names: tuple[str, ...] = ()
    name_status: str = "seen"
    """``unconfirmed``: guessed from the domain, or only a latin handle."""
    home: str | None = None
    """The front page, scheme and host as seen: an old site may answer on no other."""
    feeds: tuple[str, ...] = ()
    feeds_unverified: tuple[str, ...] = ()
    """The CMS's usual addresses; asked too, and nobody is told where they do not exist."""
    sitemaps: tuple[str, ...] = ()
    list_pages: tuple[str, ...] = ()
    """List page URLs, with ``{page}`` where they have pages."""
    list_pages_unverified: tuple[str, ...] = ()
    id_names: tuple[str, ...] = ()
    """Only where the CMS's own rule does not give the numbers, or where the outlet had another CMS before."""
    id_patterns: tuple[tuple[str, str], ...] = ()
    """Name of the number, and the regular expression of the path (else of path?query) whose group it is: for URLs of no known
    form."""
    region_code: str | None = None
    """Code of the 시도 or 시군구 it writes for, as valid in 2025 (before the changes of 2026-07-01)."""
    region_basis: str | None = None
    """What the region was told by."""
    evidence_url: str | None = None
    evidence_date: date | None = None
    """The day the evidence was looked at: a stored copy, not the live web."""
    robots_checked: date | None = None
    """The day a person read robots.txt; null: nobody has. A crawl obeys it all the same."""
    terms_checked: date | None = None
    """The day a person read the terms of use; null: nobody has."""
    tls_exception: Mapping[str, Any] | None = None
    """``reason`` and ``date`` why its certificate is not verified."""
    expect: Mapping[str, Any] | None = None
    """What its runs must give, beside what its own history says (`newsharvest.expectations.judge`)."""
    enabled: bool = True
    disabled_reason: str | None = None
    demo: bool = False


def directory() -> Path:
    """The folder of the reference data: inside an installed wheel, else the checkout's ``data/reference``."""
    packed = Path(__file__).parent / "_reference"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "data" / "reference"


@functools.cache
def outlets() -> dict[str, Outlet]:
    """Every registered outlet by its id, sorted; the user's own among them."""
    found = read_outlets(directory() / "outlets.toml")
    if list(found) != sorted(found):
        raise ReferenceDataError("outlets.toml: the stanzas are not sorted by id")
    for own in filter(None, os.environ.get(OWN_FILES, "").split(os.pathsep)):
        added = read_outlets(Path(own))
        if clash := sorted(set(added) & set(found)):
            raise ReferenceDataError(f"{Path(own).name} [{clash[0]}]: the registry has an outlet of this id")
        found |= added
    _host_table(found)
    return dict(sorted(found.items()))


def use_own_outlets(*paths: Path) -> None:
    """Add a user's own stanzas, for this process and the ones it starts; ReferenceDataError where they are not valid."""
    os.environ[OWN_FILES] = os.pathsep.join(str(path.absolute()) for path in paths)
    forget()
    outlets()


def forget() -> None:
    """Read the registry anew at its next use."""
    outlets.cache_clear()
    _hosts.cache_clear()


def read_outlets(path: Path) -> dict[str, Outlet]:
    """The stanzas of a file, in its order, each checked. ReferenceDataError names stanza and rule."""
    try:
        stanzas = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReferenceDataError(f"{path.name}: no TOML: {error}") from error
    except OSError as error:
        raise ReferenceDataError(f"{path}: {error.strerror}") from error
    return {outlet_id: _outlet(path.name, outlet_id, stanza) for outlet_id, stanza in stanzas.items()}


def _outlet(file: str, outlet_id: str, stanza: object) -> Outlet:
    def refuse(rule: str) -> ReferenceDataError:
        return ReferenceDataError(f"{file} [{outlet_id}]: {rule}")

    if not OUTLET_ID.match(outlet_id):
        raise refuse(f"an id matches {OUTLET_ID.pattern}")
    if not isinstance(stanza, dict):
        raise refuse("a stanza is a table [id]")
    if (wrong := _wrong_key(stanza)) is not None:
        raise refuse(wrong)
    if missing := [key for key in _MANDATORY if key not in stanza]:
        raise refuse(f"{missing[0]} is missing")
    for holds_whole, rule in _WHOLE:
        if not holds_whole(stanza):
            raise refuse(rule)
    return Outlet(outlet_id=outlet_id, **{key: _frozen(key, value) for key, value in stanza.items()})


def _wrong_key(stanza: Mapping[str, Any]) -> str | None:
    for key, value in stanza.items():
        if key not in _RULES:
            return f"unknown key {key}"
        holds, rule = _RULES[key]
        if not holds(value):
            return f"{key} is {rule}"
    return expecting.fault(stanza.get("expect", {}), expecting.OUTLET)


def _frozen(key: str, value: Any) -> Any:  # noqa: ANN401 - a value of TOML
    if isinstance(value, list):
        return tuple(value)
    return tuple(value.items()) if key == "id_patterns" else value


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == value.strip()


def _is_day(value: object) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def _list_of(holds: Callable[[Any], bool], *, least: int = 0) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(holds, value))


_HOST = re.compile(r"^[a-z0-9-]+(?:\.[a-z0-9-]+)+$")


def _is_host(value: object) -> bool:
    return isinstance(value, str) and bool(_HOST.match(value))


def _is_url(value: object) -> bool:
    if not isinstance(value, str) or value != value.strip():
        return False
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and _is_host(parts.hostname)


def _is_region(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"\d{2}|\d{5}", value) is not None


def _is_patterns(value: object) -> bool:
    """Each one compiles and has one group: the number."""
    if not isinstance(value, dict):
        return False
    try:
        return all(isinstance(text, str) and re.compile(text).groups == 1 for text in value.values())
    except re.error:
        return False


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_Check = tuple[Callable[[Any], bool], str]
_TEXT: _Check = (_is_text, "a text without outer blanks")
_URLS: _Check = (_list_of(_is_url), "a list of http(s) URLs")
_DAY: _Check = (_is_day, "a day, e.g. 2026-11-22")
_FLAG: _Check = (lambda value: isinstance(value, bool), "true or false")
_RULES: dict[str, _Check] = {
    "name": _TEXT,
    "hosts": (_list_of(_is_host, least=1), "a list of host names in lower case"),
    "cms": (lambda value: value in CMS_NAMES, f"one of {', '.join(sorted(CMS_NAMES))}"),
    "other_names": (_list_of(_is_text), "a list of texts"),
    "name_status": (lambda value: value in NAME_STATUSES, "seen or unconfirmed"),
    "home": (_is_url, "an http(s) URL"),
    "feeds": _URLS,
    "feeds_unverified": _URLS,
    "sitemaps": _URLS,
    "list_pages": _URLS,
    "list_pages_unverified": _URLS,
    "id_names": (_list_of(_is_text, least=1), "a list of names of numbers, newest first"),
    "id_patterns": (_is_patterns, "a table of name = regular expression with one group"),
    "region_code": (_is_region, "a code of 2 or 5 digits"),
    "region_basis": _TEXT,
    "evidence_url": (_is_url, "an http(s) URL"),
    "evidence_date": _DAY,
    "robots_checked": _DAY,
    "terms_checked": _DAY,
    "tls_exception": (
        lambda v: isinstance(v, dict) and set(v) == {"reason", "date"} and _is_text(v["reason"]) and _is_day(v["date"]),
        "a table of reason and date",
    ),
    "expect": (lambda value: isinstance(value, dict), f"a table of {', '.join(expecting.OUTLET)}; see docs/monitoring.md"),
    "enabled": _FLAG,
    "disabled_reason": _TEXT,
    "demo": _FLAG,
}  # fmt: skip
_MANDATORY = ("name", "hosts", "cms")


def _own_urls(stanza: Mapping[str, Any]) -> bool:
    lists = ("feeds_unverified", "list_pages", "list_pages_unverified")
    urls = [url for key in lists for url in stanza.get(key, ())] + [stanza.get("home")]
    return all(urlsplit(url).hostname in stanza["hosts"] for url in urls if url)


_WHOLE: tuple[tuple[Callable[[Mapping[str, Any]], bool], str], ...] = (
    (_own_urls, "home and list pages lie on a host of the stanza"),
    (lambda s: ("disabled_reason" in s) == (s.get("enabled") is False), "disabled_reason stands where enabled = false"),
    (lambda s: ("region_code" in s) == ("region_basis" in s), "region_code and region_basis stand together"),
    (lambda s: ("evidence_url" in s) == ("evidence_date" in s), "evidence_url and evidence_date stand together"),
    (lambda s: len(set(s["hosts"])) == len(s["hosts"]), "each host stands once"),
    (lambda s: set(s.get("id_patterns", ())) <= set(s.get("id_names", ())), "a pattern's name stands in id_names"),
)

_undocumented = {field.name for field in fields(Outlet)} - {"outlet_id"} ^ _RULES.keys()
if _undocumented:
    raise AssertionError(f"fields of Outlet without a rule, or rules without a field: {_undocumented}")


def _host_table(known: Mapping[str, Outlet]) -> dict[str, Outlet]:
    table: dict[str, Outlet] = {}
    for outlet in known.values():
        for host in outlet.hosts:
            if (other := table.setdefault(host, outlet)) is not outlet:
                raise ReferenceDataError(
                    f"outlets: host {host} belongs to [{other.outlet_id}] and [{outlet.outlet_id}]"
                )
    return table


@functools.cache
def _hosts() -> dict[str, Outlet]:
    return _host_table(outlets())


_DOORS = ("www.", "m.", "mobile.")
"""Names under which every site of these CMSs also answers; another subdomain may be another paper (gg.breaknews.com)."""


def outlet_for(url: str) -> Outlet | None:
    """The registered outlet of a URL's host, or None; a www., m. or mobile. host belongs to the bare one's outlet.

    >>> outlet_for("http://mobile.haeram.test/news/").outlet_id, outlet_for("http://cafe.haeram.test/")
    ('demo_haeram', None)
    """
    host = (urlsplit(url).hostname or "").lower()
    table = _hosts()
    if host in table:
        return table[host]
    return next((table.get(host.removeprefix(door)) for door in _DOORS if host.startswith(door)), None)
