"""What KMA's own sources share: hours in Korean time, columns by name, readings from their cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone

from lxml import etree

from newsharvest.items import Reading
from newsharvest.markup import PageError
from newsharvest.page import Decoded
from newsharvest.reference import lookups

KST = timezone(timedelta(hours=9), "KST")
UNKNOWN_COLUMN, BAD_ROW = "unknown_column", "bad_row"
_STAMP = re.compile(r"((?:19|20)\d\d)\D?(\d{1,2})\D?(\d{1,2})\D?(\d{1,2}):?(\d{2})")
_COMPACT = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)(\d\d)(\d\d)")


def moment(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """A time in Korea; hour 24 is midnight of the next day. ValueError for a time that does not exist.

    >>> moment(2021, 7, 17, 24).isoformat()
    '2021-07-18T00:00:00+09:00'
    """
    if hour == 24 and minute == 0:
        return datetime(year, month, day, tzinfo=KST) + timedelta(days=1)
    return datetime(year, month, day, hour, minute, tzinfo=KST)


def stated_hour(text: str) -> tuple[str, datetime]:
    """The time that a heading or a ``tm`` states, as printed and in Korean time; PageError where it states none.

    >>> stated_hour("기상실황표2026.09.25.19:00")[0], stated_hour("202107171400")[1].isoformat()
    ('2026.09.25.19:00', '2021-07-17T14:00:00+09:00')
    """
    found = _COMPACT.search(text) or _STAMP.search(text)
    if found is None:
        raise PageError("parse", "kma_time", f"no hour in {text[:60]!r}")
    try:
        return found.group(), moment(*(int(part) for part in found.groups()))
    except ValueError as error:
        raise PageError("parse", "kma_time", f"{found.group()}: {error}") from error


def columns(source: str, names: Iterable[str]) -> tuple[list[str | None], list[str]]:
    """For each column of a source its meaning (null: ignored by name), and the names that lookups.toml does not know."""
    table: Mapping[str, str] = lookups("weather")[source]
    listed = list(names)
    return [table.get(name) or None for name in listed], [name for name in listed if name not in table]


def reading(position: int, raw: str, station: str | None, cells: Iterable[tuple[str | None, str]]) -> Reading:
    """A reading from (meaning, cell) pairs, everything as printed; blank cells of quantities are left out."""
    made = Reading(position, raw, station_raw=station or None)
    for meaning, cell in cells:
        if meaning == "sky":
            made.sky_raw = cell
        elif meaning == "temperature":
            made.temperature_raw = cell or None
        elif meaning == "stn_id":
            made.stn_id_raw = cell or None
        elif meaning == "station":
            made.station_raw = cell or made.station_raw
        elif meaning is not None and cell:
            made.values_raw[meaning] = cell
    return made


def flags(unknown: Iterable[str], bad_rows: int = 0) -> list[str]:
    """Flags of a bulletin or forecast: unknown columns by name, and rows that had another number of cells."""
    named = [f"{UNKNOWN_COLUMN}:{name}" for name in dict.fromkeys(unknown)]
    return named + ([f"{BAD_ROW}:{bad_rows}"] if bad_rows else [])


def xml_root(decoded: Decoded) -> etree._Element:
    """The root of an XML document; PageError where it is not well-formed or declares entities of its own.

    KMA's documents have no DTD; an entity of a document's own can only hide what a value says, or grow without end.
    """
    if "<!ENTITY" in decoded.text:
        raise PageError("parse", "xml", "declares entities")
    parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(decoded.text.strip().encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise PageError("parse", "xml", str(error)) from error


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace: the hourly feed has a default one (``current``)."""
    return etree.QName(element).localname


def child_text(element: etree._Element, name: str) -> str:
    """The folded text of the child of that local name, "" where there is none."""
    found = next((c for c in element if isinstance(c.tag, str) and local_name(c) == name), None)
    return " ".join((found.text or "").split()) if found is not None else ""
