"""Administrative regions of Korea by code and day: ``data/reference/regions.csv``, and what a code becomes when names change."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from newsharvest.reference import ASOS, ReferenceDataError, csv_rows, must, stations

SIDO, SIGUNGU = "sido", "sigungu"
_CODE = {SIDO: re.compile(r"\d{2}"), SIGUNGU: re.compile(r"\d{5}")}
_FIRST, _LAST = "0000-00-00", "9999-99-99"


@dataclass(frozen=True, slots=True)
class Region:
    """A 시도 or 시군구 while its code was valid. The sources of each field are in data/reference/README.md.

    A change of code (강원도 42 → 강원특별자치도 51, 군위군 47720 → 27720) makes another region, its successor.
    """

    code: str
    """Code of the administrative standard: two digits for a 시도, five for a 시군구."""
    level: str
    """sido or sigungu."""
    name: str
    full_name: str
    parent_code: str | None
    """The 시도 of a 시군구; of a city's 구 the city."""
    is_leaf: bool
    """Whether no other 시군구 lies in it by the newest codes (부천시 had no 구 before 2024)."""
    valid_from: str | None
    """First day; null: before the table begins."""
    valid_to: str | None
    """Last day; null: still valid."""
    predecessor: tuple[str, ...]
    successor: tuple[str, ...]
    short_names: tuple[str, ...]
    iso_3166_2: str | None
    lat: float
    lon: float
    coord_method: str
    nearest_asos: int
    """The ASOS station (stn_id) nearest to ``lat``, ``lon``."""
    nearest_asos_km: float
    note: str | None

    def valid_on(self, day: date | None) -> bool:
        """Whether the code holds on a day; null asks for the newest codes.

        >>> regions()["47720"].valid_on(date(2023, 6, 30)), regions()["47720"].valid_on(None)
        (True, False)
        """
        stated = _LAST if day is None else day.isoformat()
        return (self.valid_from or _FIRST) <= stated <= (self.valid_to or _LAST)


@functools.cache
def regions() -> dict[str, Region]:
    """Every region by code, in the file's order. ReferenceDataError where a code is named that is no row."""
    table = {region.code: region for region in csv_rows("regions.csv", _region)}
    for region in table.values():
        for code in (*region.predecessor, *region.successor, *([region.parent_code] if region.parent_code else [])):
            if code not in table:
                raise ReferenceDataError(f"regions.csv: {region.code} names {code}, which is no row")
    return table


@functools.lru_cache(maxsize=20_000)
def codes_on(code: str, day: date | None) -> tuple[str, ...]:
    """What a region's code is on a day: itself, or what it became, or what it was made of; sorted.

    Several where it was split or merged. What had no predecessor (부천's 구 before 2024) was its city; what was no
    region at all (세종 before 2012) gives nothing.

    >>> codes_on("47720", date(2025, 1, 1)), codes_on("52", date(2023, 1, 1)), codes_on("28260", date(2026, 8, 1))
    (('27720',), ('45',), ('28275', '28290'))
    >>> codes_on("41194", date(2020, 1, 1)), codes_on("36", date(2010, 1, 1))
    (('41190',), ())
    """
    region = regions()[code]
    if region.valid_on(day):
        return (code,)
    later = region.valid_to is not None and (day is None or day.isoformat() > region.valid_to)
    others = region.successor if later else region.predecessor or _within_city(region)
    return tuple(sorted({found for other in others for found in codes_on(other, day)}))


def _within_city(region: Region) -> tuple[str, ...]:
    return (region.parent_code,) if region.parent_code and len(region.parent_code) > 2 else ()


def is_whole(code: str, day: date | None) -> bool:
    """Whether all of `codes_on` together are that region: a merger looked at from before it, not a district cut anew.

    >>> is_whole("12", date(2026, 1, 1)), is_whole("28125", date(2026, 1, 1))
    (True, False)
    """
    found = codes_on(code, day)
    return len(found) == 1 or (bool(found) and all(regions()[other].successor == (code,) for other in found))


def sido_of(code: str) -> str:
    """The code of the 시도 a region lies in, its own for a 시도.

    >>> sido_of("41111"), sido_of("11")
    ('41', '11')
    """
    return code[:2]


def lies_in(code: str, other: str) -> bool:
    """Whether a region is another one or a part of it.

    >>> lies_in("41111", "41110"), lies_in("41111", "41"), lies_in("41", "41111")
    (True, True, False)
    """
    region: Region | None = regions()[code]
    while region is not None:
        if region.code == other:
            return True
        region = regions()[region.parent_code] if region.parent_code else None
    return False


def _region(row: Mapping[str, str]) -> Region:
    must(row["level"] in _CODE and bool(_CODE[row["level"]].fullmatch(row["code"])), "a code of its level")
    must(row["is_leaf"] in {"yes", "no"}, "yes or no in is_leaf")
    must((row["level"] == SIGUNGU) == bool(row["parent_code"]), "a parent exactly where it is a sigungu")
    must(bool(row["successor"]) <= bool(row["valid_to"]), "a last day where there is a successor")
    station = stations().get(int(row["nearest_asos"]))
    must(station is not None and station.network == ASOS, "an ASOS station as the nearest")
    return Region(
        code=row["code"], level=row["level"], name=row["name"], full_name=row["full_name"],
        parent_code=row["parent_code"] or None, is_leaf=row["is_leaf"] == "yes", valid_from=row["valid_from"] or None,
        valid_to=row["valid_to"] or None, predecessor=_list(row["predecessor"]), successor=_list(row["successor"]),
        short_names=_list(row["short_names"]), iso_3166_2=row["iso_3166_2"] or None, lat=float(row["lat"]),
        lon=float(row["lon"]), coord_method=row["coord_method"], nearest_asos=int(row["nearest_asos"]),
        nearest_asos_km=float(row["nearest_asos_km"]), note=row["note"] or None,
    )  # fmt: skip


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)
