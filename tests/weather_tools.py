"""What the weather tests share: a page or dump in, refined bulletins out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from newsharvest.items import Item, WeatherBulletin
from newsharvest.markup import document
from newsharvest.page import Page
from newsharvest.weather import ticker
from pipelines.quality import QualityPipeline
from pipelines.stations import StationsPipeline
from pipelines.temperature import TemperaturePipeline


class Stats:
    """Counters as Scrapy's."""

    def __init__(self) -> None:
        self.values: Counter[str] = Counter()

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] += count


def refined(item: Item, stats: Stats | None = None) -> Item:
    """An item after the pipelines that concern weather."""
    stats = stats or Stats()
    for step in (TemperaturePipeline(stats), StationsPipeline(stats), QualityPipeline(stats)):
        item = step.process_item(item)
    return item


def from_text(text: str, source_id: str = "x") -> WeatherBulletin | None:
    """The refined ticker of a text dump."""
    found = ticker.find_in_text(text.splitlines(), Page(None, text.encode(), media="text"), source_id)
    return _bulletin(found[0]) if found else None


def from_html(html: str | bytes, source_id: str = "x") -> WeatherBulletin | None:
    """The refined ticker of a page."""
    body = html if isinstance(html, bytes) else html.encode()
    found = ticker.find(document(Page(None, body)), source_id)
    return _bulletin(found) if found else None


def _bulletin(raw: WeatherBulletin) -> WeatherBulletin:
    item = refined(raw)
    assert isinstance(item, WeatherBulletin)
    return item


def dump(lines: Sequence[str], day: str = "2024.04.30 (화)") -> str:
    """A text dump of a ticker."""
    return "\n".join([day, "", *(f"  • {line}" for line in lines), "기사 제목", "", "본문 첫 문장이다."])


def pairs(bulletin: WeatherBulletin | None) -> list[tuple[int | None, float | None]]:
    """(station, value) of every reading."""
    return [(r.stn_id, r.temperature_c) for r in bulletin.readings] if bulletin else []
