"""KMA's hourly feed of all ASOS stations: sfc_web_map.xml, and sfc_web_now.xml before it."""

from __future__ import annotations

from lxml import etree

from newsharvest.items import Reading, WeatherBulletin
from newsharvest.markup import PageError, fold
from newsharvest.page import Decoded, Page
from newsharvest.weather import kma_common as kma

SOURCE = "kma_feed"


def recognises(decoded: Decoded) -> bool:
    """Whether a document looks like the feed: its root, with or without the namespace, near the beginning."""
    return "<current" in decoded.text[:500]


def parse(page: Page, decoded: Decoded) -> list[WeatherBulletin]:
    """A bulletin for every ``<weather>`` of the feed, everything raw; PageError where it states no hour or no station.

    The hour stands in the attributes year, month, day, hour; ``desc="-"`` is no report.
    """
    root = kma.xml_root(decoded)
    hours = [
        element for element in root.iter() if isinstance(element.tag, str) and kma.local_name(element) == "weather"
    ]
    if kma.local_name(root) != "current" or not hours:
        raise PageError("parse", "kma_rows", "no <weather> in <current>")
    return [_bulletin(page, hour) for hour in hours]


def _bulletin(page: Page, hour: etree._Element) -> WeatherBulletin:
    stated = [hour.get(name) or "" for name in ("year", "month", "day", "hour")]
    try:
        observed_at = kma.moment(*(int(part) for part in stated))
    except ValueError as error:
        raise PageError("parse", "kma_time", f"{stated}: {error}") from error
    readings: list[Reading] = []
    unknown: list[str] = []
    for local in hour:
        if isinstance(local.tag, str) and kma.local_name(local) == "local":
            found, foreign = _reading(len(readings) + 1, local)
            readings.append(found)
            unknown += foreign
    if not readings:
        raise PageError("parse", "kma_rows", "no <local> in <weather>")
    made = WeatherBulletin(SOURCE, "\n".join(r.raw for r in readings), page.source, "feed")
    made.observed_at_raw, made.observed_at = "-".join(stated), observed_at
    made.readings, made.flags = readings, kma.flags(unknown)
    return made


def _reading(position: int, local: etree._Element) -> tuple[Reading, list[str]]:
    printed = {str(name): fold(str(value)) for name, value in local.attrib.items()}
    meanings, unknown = kma.columns("feed", printed)
    name = fold(local.text or "")
    raw = " ".join([*(f'{key}="{value}"' for key, value in printed.items()), name]).strip()
    return kma.reading(position, raw, name, zip(meanings, printed.values(), strict=True)), unknown
