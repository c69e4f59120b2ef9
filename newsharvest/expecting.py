"""What an operator may ask of a run of an outlet, or of a source of KMA: the keys of ``expect`` and what each must be.

One set of rules for newsharvest.toml and for the stanzas of both registries. A key, a field or a signal that is not known is
an error: an expectation that is misspelt must not be one that never fires.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

FIELDS = (
    "title", "subtitle", "paragraphs", "captions", "byline_raw", "authors", "section", "keywords", "images", "published_at_raw",
    "rights_notice", "dateline_raw",
)  # fmt: skip
"""Fields of an article whose rules are counted; rule names are those of ``extractors``."""
KMA_FIELDS = (
    "temperature_c", "humidity_pct", "wind_direction", "wind_speed_ms", "sea_level_pressure_hpa", "station_pressure_hpa",
    "visibility_km", "dew_point_c", "apparent_temperature_c", "cloud_tenths", "low_cloud_tenths", "precipitation_1h_mm",
    "precipitation_day_mm", "sky", "temperature_min_c", "temperature_max_c", "precipitation_probability_pct", "reliability",
)  # fmt: skip
"""Columns of a source's observations and forecasts that are counted."""
MIX = (*FIELDS, "published_at_label", "template", "order", "body_length")
_REACH = ("unreachable", "throttled", "banned")
SIGNALS = frozenset(
    {*_REACH, "taken_over", "foreign", "mix", "field", "volume", "rejected", "tickers", "stations"}
    | {f"mix:{name}" for name in MIX}
    | {f"field:{name}" for name in FIELDS}
)
KMA_SIGNALS = frozenset(
    {*_REACH, "field", "rejected", "stations", "unresolved"} | {f"field:{name}" for name in KMA_FIELDS}
)
Read = Callable[[object], Any]
"""A value as it is stated → as it is used. ValueError with the rule where it is none."""


def count(value: object) -> int:
    """A whole number, 0 for none."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("a whole number of at least 0")
    return value


def share(value: object) -> float:
    """A share of 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a share between 0 and 1, e.g. 0.9")
    return float(value)


def shares(known: Iterable[str]) -> Read:
    """Reads a table of field = share."""
    names = tuple(known)

    def read(value: object) -> tuple[tuple[str, float], ...]:
        if not isinstance(value, dict):
            raise ValueError("a table of field = share, e.g. { title = 0.95 }")
        return tuple((_known(name, names), share(each)) for name, each in value.items())

    return read


def names(known: Iterable[str]) -> Read:
    """Reads a list of signals."""
    signals = tuple(sorted(known))

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError("a list of signals; see docs/monitoring.md")
        return tuple(_known(each, signals) for each in value)

    return read


def _known(name: str, known: tuple[str, ...]) -> str:
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    raise ValueError(f"of known names: {name!r} is none; {hint}")


OUTLET: Mapping[str, Read] = {
    "articles": count, "stations": count, "rejected": share, "fields": shares(FIELDS), "off": names(SIGNALS),
}  # fmt: skip
KMA: Mapping[str, Read] = {
    "stations": count, "unresolved": share, "rejected": share, "fields": shares(KMA_FIELDS), "off": names(KMA_SIGNALS),
}  # fmt: skip


def fault(stated: object, keys: Mapping[str, Read]) -> str | None:
    """What is wrong with the ``expect`` of a stanza; null for nothing.

    >>> fault({"artikles": 5}, OUTLET)
    'expect.artikles is unknown; did you mean articles?'
    >>> fault({"fields": {"titel": 0.9}}, OUTLET)
    "expect.fields is to be of known names: 'titel' is none; did you mean title?"
    """
    if not isinstance(stated, dict):
        return f"expect is a table of {', '.join(keys)}; see docs/monitoring.md"
    for key, value in stated.items():
        if key not in keys:
            near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
            return f"expect.{key} is unknown; " + (
                f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}"
            )
        try:
            keys[key](value)
        except ValueError as error:
            return f"expect.{key} is to be {error}"
    return None


def of_each(keys: Mapping[str, Read], known: Callable[[], Iterable[str]]) -> Read:
    """Reads a table of id = expect."""

    def read(value: object) -> tuple[tuple[str, Mapping[str, Any]], ...]:
        if not isinstance(value, dict):
            raise ValueError("a table of id = expect, e.g. [expect.of.a_paper]")
        ids = tuple(known()) if value else ()
        for name, stated in value.items():
            if (wrong := fault(stated, keys)) is not None:
                raise ValueError(f"what a stanza may state: {_known(name, ids)}: {wrong}")
        return tuple((_known(name, ids), stated) for name, stated in value.items())

    return read


def asked(*stated: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is asked of one outlet or source, the general first: what is stated later holds, key by key and field by field.

    A least number of 0 asks for nothing.

    >>> asked({"articles": 3, "fields": (("title", 0.9), ("section", 0.5))}, {"articles": 0, "fields": {"section": 0.1}})
    {'fields': {'title': 0.9, 'section': 0.1}}
    """
    found: dict[str, Any] = {}
    for each in filter(None, stated):
        fields = {**found.get("fields", {}), **dict(each.get("fields", ()))}
        found |= {**each, "fields": fields}
    return {key: value for key, value in found.items() if key not in _NUMBERS or value}


_NUMBERS = frozenset({"articles", "stations"})
