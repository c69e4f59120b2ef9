"""ITEM_PIPELINES without a crawler: the same classes in the same order, for everything that is not a live crawl."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar, cast

from newsharvest import settings
from newsharvest.harvest import harvest
from newsharvest.items import Article, Forecast, Item, Reject, Sighting, TickerAgain, WeatherBulletin
from newsharvest.page import Page
from newsharvest.same_pages import SamePages
from newsharvest.store import Sink
from newsharvest.versions import check_pipelines

T = TypeVar("T")


class Pipeline(Protocol):
    """What every class in ``pipelines`` is."""

    def process_item(self, item: Item) -> Item:
        """The item, refined; or another in its place."""
        ...


class Stats:
    """Counters with the interface of Scrapy's stats collector that pipelines use."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        """Add to a counter."""
        self.values[key] = self.values.get(key, 0) + count


class StandIn:
    """In a crawler's place: settings, stats and the sink, which is all that a pipeline asks a crawler for."""

    def __init__(self, sink: Sink) -> None:
        self.settings: dict[str, Any] = {"ITEM_PIPELINES": settings.ITEM_PIPELINES}
        self.stats = Stats()
        self._sink = sink

    def get_extension(self, kind: type[T]) -> T | None:
        """The sink, where it is of that class."""
        return self._sink if isinstance(self._sink, kind) else None


class Chain:
    """The pipelines in the order of their numbers.

    >>> # Chain(sink).page(page) does what a crawl does with a response
    """

    def __init__(self, sink: Sink, pipelines: Mapping[str, int] | None = None, same: SamePages | None = None) -> None:
        check_pipelines()
        self.stand_in = StandIn(sink)
        chosen = settings.ITEM_PIPELINES if pipelines is None else pipelines
        self._steps = [self._load(path).process_item for path in sorted(chosen, key=lambda path: chosen[path])]
        self._sink, self._same = sink, same

    def _load(self, path: str) -> Pipeline:
        module, _, name = path.rpartition(".")
        made = cast("Any", getattr(importlib.import_module(module), name)).from_crawler(self.stand_in)
        return cast("Pipeline", made)

    def page(self, page: Page) -> list[Item]:
        """Harvest a page and put its items through the pipelines; what became of them. One that ``same`` knows is not parsed."""
        known = self._same.recall(page) if self._same else None
        if known is None:
            return self._parsed(page)
        for item in known:
            self._sink.put(item)
        return known

    def _parsed(self, page: Page) -> list[Item]:
        items = [self.item(item) for item in harvest(page, self._sink.collector.tickers)]
        if self._same:
            self._same.put(page, items)
        return items

    def item(self, item: Item) -> Item:
        """Put one item through the pipelines; a step that raises makes it a reject."""
        return run(self._steps, item, self._sink)


def run(steps: Sequence[Callable[[Item], Item]], item: Item, sink: Sink) -> Item:
    """An item after all steps; where one raised, the reject that was put into the sink instead."""
    try:
        for step in steps:
            item = step(item)
    except Exception as error:  # noqa: BLE001 - a pipeline's failure on one item never costs another
        item = failed_in_pipeline(item, error)
        sink.put(item)
    return item


def failed_in_pipeline(item: Item, error: BaseException) -> Reject:
    """The reject of an item on which a pipeline raised."""
    return Reject("pipeline", "exception", item.source, outlet_of(item), repr(error), None)


def outlet_of(item: Item) -> str | None:
    """The outlet an item belongs to."""
    match item:
        case Article() | Sighting() | Reject():
            return item.outlet_id
        case WeatherBulletin() | TickerAgain() | Forecast():
            return item.source_id
