"""The reference data: outlets, stations, sky words, lookups. Loaded once, validated at load."""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

OUTLET_ID = re.compile(r"^[a-z][a-z0-9_]{1,30}$")


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
    cms: str
    start_urls: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    list_pages: tuple[str, ...] = ()
    """List page URLs with ``{page}``."""
    id_names: tuple[str, ...] = ()
    region_code: str | None = None
    enabled: bool = True
    demo: bool = False


def directory() -> Path:
    """The folder of the reference data: inside an installed wheel, else the checkout's ``data/reference``."""
    packed = Path(__file__).parent / "_reference"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "data" / "reference"


@functools.cache
def outlets() -> dict[str, Outlet]:
    """Every registered outlet by its id, in the file's (sorted) order."""
    path = directory() / "outlets.toml"
    with path.open("rb") as stream:
        stanzas: dict[str, dict[str, Any]] = tomllib.load(stream)
    loaded = {outlet_id: _outlet(outlet_id, stanza) for outlet_id, stanza in stanzas.items()}
    if list(loaded) != sorted(loaded):
        raise ReferenceDataError(f"{path.name}: the stanzas are not sorted by id")
    return loaded


def _outlet(outlet_id: str, stanza: dict[str, Any]) -> Outlet:
    if not OUTLET_ID.match(outlet_id):
        raise ReferenceDataError(f"outlets.toml [{outlet_id}]: an id matches {OUTLET_ID.pattern}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in stanza.items()}
    try:
        return Outlet(outlet_id=outlet_id, **values)
    except TypeError as error:
        raise ReferenceDataError(f"outlets.toml [{outlet_id}]: {error}") from error


@functools.cache
def _hosts() -> dict[str, Outlet]:
    table: dict[str, Outlet] = {}
    for outlet in outlets().values():
        for host in outlet.hosts:
            if table.setdefault(host, outlet) is not outlet:
                raise ReferenceDataError(f"outlets.toml: host {host} belongs to two outlets")
    return table


def outlet_for(url: str) -> Outlet | None:
    """The registered outlet of a URL's host (the list of hosts is exact), or None."""
    host = (urlsplit(url).hostname or "").lower()
    return _hosts().get(host) or _hosts().get(host.removeprefix("www."))
