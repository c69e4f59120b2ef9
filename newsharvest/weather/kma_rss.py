"""KMA's forecasts as RSS: the mid-term forecast by province and city, and the short-term one (DFS) of a place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from lxml import etree

from newsharvest.items import Forecast, Source
from newsharvest.markup import PageError, fold
from newsharvest.page import Decoded, Page
from newsharvest.reference import lookups
from newsharvest.weather import kma_common as kma

MIDTERM, SHORT = "kma_midterm", "kma_short"
_HEAD = 3_000


def recognises(decoded: Decoded) -> bool:
    """Whether a feed is one of the two: news feeds have neither of these elements."""
    head = decoded.text[:_HEAD]
    return "<rss" in head and "<tm>" in head and ("<wf>" in head or "<wfKor>" in head or "<ts>" in head)


def parse(page: Page, decoded: Decoded) -> list[Forecast]:
    """Every location and time of the feed, everything raw; PageError where it states no time of issue or holds nothing.

    The prose of the header's ``<wf>`` is ignored by name: it belongs to no location.
    """
    root = kma.xml_root(decoded)
    source = page.source
    found: list[Forecast] = []
    for item in root.iter("item"):
        raw, issued_at = kma.stated_hour(_first(item, "tm"))
        locations = list(item.iter("location"))
        made = _midterm(source, locations) if locations else _short(source, item, issued_at)
        for forecast in made:
            forecast.issued_at_raw, forecast.issued_at = raw, issued_at
            found.append(forecast)
    if not found:
        raise PageError("parse", "kma_rows", "no forecast in the feed")
    return found


def _midterm(source: Source, locations: list[etree._Element]) -> Iterator[Forecast]:
    for location in locations:
        province, city = kma.child_text(location, "province"), kma.child_text(location, "city")
        twice = city in lookups("weather")["places"]["ambiguous"]
        for data in location.iter("data"):
            forecast, valid_at = _forecast(source, MIDTERM, "midterm", data)
            forecast.location = f"{city} ({province})" if twice else city
            forecast.values_raw["province"] = province
            (stamp,) = valid_at
            forecast.valid_at_raw, forecast.valid_at = kma.stated_hour(stamp)
            yield forecast


def _short(source: Source, item: etree._Element, issued_at: datetime) -> Iterator[Forecast]:
    """Days count from the day of issue; hour 24 is its end."""
    place = kma.child_text(item, "category")
    for data in item.iter("data"):
        forecast, valid_at = _forecast(source, SHORT, "dfs", data)
        hour, day = valid_at
        forecast.location, forecast.valid_at_raw = place, f"{day} {hour}"
        try:
            on = (issued_at + timedelta(days=int(day))).date()
            forecast.valid_at = kma.moment(on.year, on.month, on.day, int(hour))
        except ValueError as error:
            raise PageError("parse", "kma_time", f"day {day!r}, hour {hour!r}: {error}") from error
        yield forecast


def _forecast(source: Source, source_id: str, table: str, data: etree._Element) -> tuple[Forecast, list[str]]:
    """A forecast with its raw values by column, and the cells that state its time in the order of lookups.toml."""
    cells = {kma.local_name(c): fold(c.text or "") for c in data if isinstance(c.tag, str)}
    meanings, unknown = kma.columns(table, cells)
    made = Forecast(source_id, source, flags=kma.flags(unknown))
    named = dict(zip(cells, meanings, strict=True))
    made.values_raw = {
        str(named[name]): cell for name, cell in cells.items() if cell and named[name] not in {None, "valid_at"}
    }
    stamps = [name for name, meaning in lookups("weather")[table].items() if meaning == "valid_at"]
    missing = [name for name in stamps if not cells.get(name)]
    if missing:
        raise PageError("parse", "kma_time", f"<data> without {missing}")
    return made, [cells[name] for name in stamps]


def _first(item: etree._Element, name: str) -> str:
    found = next(item.iter(name), None)
    return (found.text or "") if found is not None else ""
