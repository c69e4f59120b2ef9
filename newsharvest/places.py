"""Regions as a notebook names them, and the articles that speak of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from newsharvest.region_codes import Region, lies_in, regions


class UnknownRegionError(ValueError):
    """No region, or several, of that name; the message lists what could be meant."""


def codes_of(wanted: str | Iterable[str]) -> set[str]:
    """The codes of regions and all that lies in them, by code or name, of every time: 군위군 is 47720 and 27720.

    A name is a full one (경상남도 고성군), one with a short province (경남 고성군), or one that only one region bears.
    UnknownRegionError else.

    >>> sorted(codes_of("경남 고성군")), sorted(codes_of("27720")), "46110" in codes_of("전남")
    (['48820'], ['27720', '47720'], True)
    """
    named = [wanted] if isinstance(wanted, str) else list(wanted)
    found = {code for name in named for region in _named(name) for code in _inside(region.code)}
    while more := {code for held in found for code in _same_as(held)} - found:
        found |= more
    return found


def _inside(code: str) -> set[str]:
    return {other for other in regions() if lies_in(other, code)}


def _same_as(code: str) -> set[str]:
    """What a region wholly became part of it, or is wholly made of it."""
    region = regions()[code]
    before = {other for other in region.predecessor if regions()[other].successor == (code,)}
    return before | {other for other in region.successor if regions()[other].predecessor == (code,)}


def _named(name: str) -> list[Region]:
    """The regions of one name, several only where they follow each other in time."""
    if name in regions():
        return [regions()[name]]
    found = [region for region in regions().values() if name in _names(region)]
    lines = {min(_line(region.code)) for region in found}
    if len(lines) == 1 or (found and all(region.level == "sido" for region in found)):
        return found
    if not found:
        known = sorted({spelling for region in regions().values() for spelling in _names(region)})
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        raise UnknownRegionError(f"no region {name!r}" + (f"; did you mean {' or '.join(near)}?" if near else ""))
    meant = ", ".join(f"{region.code} {region.full_name}" for region in found if region.valid_to is None)
    raise UnknownRegionError(f"{name!r} may be {meant}: name its province, or its code")


def _line(code: str) -> set[str]:
    found = {code}
    while more := {other for held in found for other in _same_as(held)} - found:
        found |= more
    return found


def _names(region: Region) -> set[str]:
    own = {region.name, region.full_name, *region.short_names}
    if region.parent_code is None:
        return own
    sido = regions()[region.code[:2]]
    return own | {f"{short} {name}" for short in sido.short_names for name in (*region.short_names, region.name)}


def speaking_of(table: pa.Table, codes: Iterable[str]) -> pa.Table:
    """The rows of a table with the column ``regions`` that name one of the codes; an ambiguous name names none."""
    lists = table["regions"].combine_chunks()
    lists = lists if isinstance(lists, pa.Array) else pa.concat_arrays(lists.chunks)
    hits = pc.is_in(pc.struct_field(lists.flatten(), "code"), value_set=pa.array(sorted(codes), pa.string()))
    rows: Any = pc.unique(pc.list_parent_indices(lists).filter(hits))
    return table.take(rows)
