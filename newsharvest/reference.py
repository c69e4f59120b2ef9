"""The reference data: outlets (from `newsharvest.registry`), stations, sky words, lookups. Loaded once, validated at load."""

from __future__ import annotations

import csv
import functools
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from newsharvest.registry import (
    OUTLET_ID,
    Outlet,
    ReferenceDataError,
    directory,
    outlet_for,
    outlets,
)

__all__ = [
    "ALIAS",
    "ASOS",
    "AWS",
    "CLOSED",
    "NAMED",
    "OUTLET_ID",
    "SPECIAL",
    "Outlet",
    "ReferenceDataError",
    "SkyWord",
    "Station",
    "asos_ids",
    "aws_names",
    "csv_rows",
    "directory",
    "lookups",
    "must",
    "outlet_for",
    "outlets",
    "sky_index",
    "sky_words",
    "squeezed",
    "station_names",
    "stations",
]

ASOS, SPECIAL, CLOSED, AWS = "ASOS", "special", "closed", "AWS"
NAMED, ALIAS = "named", "alias"
_NETWORKS = frozenset({ASOS, SPECIAL, CLOSED, AWS})
_SKY_KINDS = frozenset(
    {"sky", "composite", "obscuration", "precipitation", "past", "thunder_wind", "forecast", "missing"}
)
_DAY = re.compile(r"^\d{4}(-\d{2}-\d{2})?$")


@dataclass(frozen=True, slots=True)
class Station:
    """One KMA station; the meaning and the sources of each field are in data/reference/README.md.

    Null means that no source states it. ``wmo_id`` is never computed: 47000 + stn_id is another site for 104 and 127.
    """

    stn_id: int
    network: str
    """ASOS, special (radar sites), closed or AWS."""
    name: str
    variants: tuple[str, ...]
    """Official spellings with a type remark, e.g. ``홍성(예)``."""
    aliases: tuple[str, ...]
    """Short forms that mean no other station of the ASOS list, e.g. ``경주`` of 경주시."""
    legacy_names: tuple[str, ...]
    """Former names, e.g. ``마산`` of 창원; when they ended is not known, so they hold on any date."""
    name_en: str | None
    wmo_id: str | None
    wmo_source: str | None
    lat: float | None
    lon: float | None
    coordinate_sources: int
    """How many lists state the position."""
    altitude_m: float | None
    altitude_source: str | None
    """``unverified`` where no source was found."""
    since: str | None
    """First day of operation, or its year; null: not known."""
    since_source: str | None
    until: str | None
    sido: str | None
    sigungu: str | None
    sig_code: str | None
    """District code after the changes of 2026; ``sig_code_2025`` before them."""
    sig_code_2025: str | None
    flags: tuple[str, ...]

    def operates_on(self, day: date | None) -> bool:
        """Whether it observes on a day; an unknown day or period counts as yes.

        >>> stations()[239].operates_on(date(2019, 5, 1)), stations()[239].operates_on(None)
        (False, True)
        """
        if day is None:
            return True
        began, ended = self.since or "", self.until or "9999"
        return began <= day.isoformat() and day.isoformat()[: len(ended)] <= ended


@dataclass(frozen=True, slots=True)
class SkyWord:
    """One word for the sky's state or the present weather."""

    word: str
    canonical: str | None
    """Null for words that state nothing about sky or weather now (forecast wording, missing marks)."""
    kind: str
    """sky, composite, obscuration, precipitation, past (the last hour), thunder_wind, forecast or missing."""
    meaning_en: str
    cloud_tenths: tuple[int, int] | None
    """Lowest and highest cloud amount that the word stands for, where it stands for one."""
    wmo_4677: str | None
    wmo_4680: str | None
    observed: bool
    """Seen in something that comes from KMA."""
    seen_in: tuple[str, ...]


@functools.cache
def stations() -> dict[int, Station]:
    """Every station by its KMA number, in the order of the numbers: 97 ASOS, 5 special or closed ones, the AWS."""
    loaded = {s.stn_id: s for s in csv_rows("stations.csv", _station)}
    if list(loaded) != sorted(loaded):
        raise ReferenceDataError("stations.csv: the rows are not sorted by stn_id")
    _name_index(loaded.values())
    return loaded


@functools.cache
def sky_words() -> dict[str, SkyWord]:
    """Every word of the vocabulary as KMA writes it, the two missing marks ``-`` and "" included."""
    return {s.word: s for s in csv_rows("sky.csv", _sky_word)}


@functools.cache
def station_names() -> dict[str, tuple[int, str]]:
    """Printed name → (stn_id, ``named`` or ``alias``), for the ASOS list with its special and closed stations.

    AWS are not in it: their names are not unique, and 보성 in a list of ASOS stations is 258, not AWS 732.

    >>> station_names()["홍성"], station_names()["홍성(예)"], station_names()["보성"]
    ((177, 'named'), (177, 'alias'), (258, 'alias'))
    """
    return _name_index(stations().values())


@functools.cache
def aws_names() -> dict[str, tuple[int, ...]]:
    """Name → numbers of the AWS that bear it; several for 옥천, 가산 and 진안."""
    table: dict[str, tuple[int, ...]] = {}
    for station in stations().values():
        if station.network == AWS:
            table[station.name] = (*table.get(station.name, ()), station.stn_id)
    return table


@functools.cache
def asos_ids() -> tuple[int, ...]:
    """The numbers of the 97 ASOS stations in the order of a full ticker."""
    return tuple(s.stn_id for s in stations().values() if s.network == ASOS)


def squeezed(word: str) -> str:
    """A word without white space: KMA wrote 약한비단속 until about 2021, 약한 비 단속적 since."""
    return "".join(word.split())


@functools.cache
def sky_index() -> dict[str, SkyWord]:
    """Sky words by every spelling they are met in, white space squeezed out; slashes get lost in glued text.

    >>> sky_index()["눈비"].canonical, sky_index()["비끝남"].canonical
    ('비/눈', '비끝')
    """
    index: dict[str, SkyWord] = {squeezed(word): entry for word, entry in reversed(sky_words().items())}
    for word, entry in sky_words().items():
        index.setdefault(squeezed(word).replace("/", ""), entry)
    return index


@functools.cache
def lookups(part: str) -> Mapping[str, Any]:
    """The tables ``[<part>.*]`` of lookups.toml."""
    with (directory() / "lookups.toml").open("rb") as stream:
        tables: dict[str, Any] = tomllib.load(stream)
    if part not in tables:
        raise ReferenceDataError(f"lookups.toml: no tables [{part}.*]")
    return dict(tables[part])


T = TypeVar("T")


def csv_rows(name: str, make: Callable[[Mapping[str, str]], T]) -> list[T]:
    """Every row of a CSV; ReferenceDataError names file, line and rule of the first bad one."""
    loaded: list[T] = []
    keys: set[str] = set()
    with (directory() / name).open(encoding="utf-8", newline="") as stream:
        for row in (reader := csv.DictReader(stream, strict=True)):
            key = next(iter(row.values()))
            try:
                must(None not in row and None not in row.values(), "as many cells as the header")
                must(key not in keys, f"{reader.fieldnames and reader.fieldnames[0]} {key} once")
                loaded.append(make(row))
            except (ValueError, KeyError) as error:
                raise ReferenceDataError(f"{name} line {reader.line_num}: {error}") from error
            keys.add(key)
    return loaded


def must(holds: bool, rule: str) -> None:
    """ValueError with the rule that a row breaks."""
    if not holds:
        raise ValueError(f"must have {rule}")


def _station(row: Mapping[str, str]) -> Station:
    stn_id, lat, lon = int(row["stn_id"]), _number(row["lat"]), _number(row["lon"])
    must(0 < stn_id < 1000, "a stn_id of 1 to 999")
    must(row["network"] in _NETWORKS, f"a network of {sorted(_NETWORKS)}")
    must(bool(row["name"]) and row["name"] == row["name"].strip(), "a name without outer blanks")
    must((lat is None) == (lon is None), "both or neither of lat and lon")
    must(lat is None or 32 < lat < 39.5, "a latitude in South Korea")
    must(lon is None or 124 < lon < 132.5, "a longitude in South Korea")
    must(row["network"] != ASOS or bool(row["altitude_m"] and lat), "position and altitude (ASOS)")
    must(bool(row["altitude_m"]) == bool(row["altitude_source"]), "a source exactly where there is an altitude")
    must(bool(row["wmo_id"]) == bool(row["wmo_source"]), "a source exactly where there is a WMO id")
    must(all(not row[c] or bool(_DAY.match(row[c])) for c in ("since", "until")), "a day or a year in since and until")
    return Station(
        stn_id=stn_id, network=row["network"], name=row["name"], variants=_list(row["variants"]),
        aliases=_list(row["aliases"]), legacy_names=_list(row["legacy_names"]), name_en=row["name_en"] or None,
        wmo_id=row["wmo_id"] or None, wmo_source=row["wmo_source"] or None, lat=lat, lon=lon,
        coordinate_sources=int(row["coordinate_sources"]), altitude_m=_number(row["altitude_m"]),
        altitude_source=row["altitude_source"] or None, since=row["since"] or None,
        since_source=row["since_source"] or None, until=row["until"] or None, sido=row["sido"] or None,
        sigungu=row["sigungu"] or None, sig_code=row["sig_code"] or None,
        sig_code_2025=row["sig_code_2025"] or None, flags=_list(row["flags"]),
    )  # fmt: skip


def _sky_word(row: Mapping[str, str]) -> SkyWord:
    must(row["kind"] in _SKY_KINDS, f"a kind of {sorted(_SKY_KINDS)}")
    must(row["observed"] in {"yes", "no"}, "yes or no in observed")
    low, _, high = row["cloud_tenths"].partition("-")
    tenths = (int(low), int(high or low)) if low else None
    must(tenths is None or 0 <= tenths[0] <= tenths[1] <= 10, "cloud_tenths of 0 to 10")
    return SkyWord(
        row["word"], row["canonical"] or None, row["kind"], row["meaning_en"], tenths, row["wmo_4677"] or None,
        row["wmo_4680"] or None, row["observed"] == "yes", _list(row["seen_in"]),
    )  # fmt: skip


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _name_index(all_stations: Iterable[Station]) -> dict[str, tuple[int, str]]:
    """Official names first: an alias never hides another station's name."""
    listed = [s for s in all_stations if s.network != AWS]
    index = {s.name: (s.stn_id, NAMED) for s in listed}
    for station in listed:
        for name in (*station.variants, *station.aliases, *station.legacy_names):
            if index.setdefault(name, (station.stn_id, ALIAS))[0] != station.stn_id:
                raise ReferenceDataError(f"stations.csv: {name} means {index[name][0]} and {station.stn_id}")
    return index
