"""ITEM_PIPELINES without a crawler: the same classes in the same order, for everything that is not a live crawl."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from newsharvest import settings
from newsharvest.harvest import harvest
from newsharvest.items import Article, Forecast, Item, Reject, Sighting, TickerAgain, WeatherBulletin
from newsharvest.page import Page
from newsharvest.versions import check_pipelines

if TYPE_CHECKING:  # a crawl's workers have pipelines and no need of Arrow
    from newsharvest.collecting import Sink
    from newsharvest.same_pages import SamePages

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

    def take(self) -> dict[str, int]:
        """The counters; from now on they count from nothing."""
        taken, self.values = self.values, {}
        return taken


class StandIn:
    """In a crawler's place: settings, stats and the sink, which is all that a pipeline asks a crawler for."""

    def __init__(self, sink: Sink | None = None) -> None:
        self.settings: dict[str, Any] = {"ITEM_PIPELINES": settings.ITEM_PIPELINES}
        self.stats = Stats()
        self._sink = sink

    def get_extension(self, kind: type[T]) -> T | None:
        """The sink, where it is of that class."""
        return self._sink if isinstance(self._sink, kind) else None


class Steps:
    """Pipelines in the order of their numbers; those that hand items on need a stand-in with a sink."""

    def __init__(self, pipelines: Mapping[str, int], stand_in: StandIn) -> None:
        check_pipelines()
        self.stand_in = stand_in
        self._steps = [self._load(path).process_item for path in sorted(pipelines, key=lambda path: pipelines[path])]

    def _load(self, path: str) -> Pipeline:
        module, _, name = path.rpartition(".")
        made = cast("Any", getattr(importlib.import_module(module), name)).from_crawler(self.stand_in)
        return cast("Pipeline", made)

    def item(self, item: Item) -> Item:
        """An item after all steps; where one raised, the reject of that: a failure on one item never costs another."""
        given = item
        try:
            for step in self._steps:
                item = step(item)
        except Exception as error:  # noqa: BLE001 - whatever a pipeline raises
            return self.failed(given, error)
        return item

    def failed(self, item: Item, error: Exception) -> Reject:
        """The reject of an item on which a pipeline raised."""
        return failed_in_pipeline(item, error)


class Chain(Steps):
    """All pipelines, the last of which puts items into a sink.

    >>> # Chain(sink).page(page) does what a crawl does with a response
    """

    def __init__(self, sink: Sink, same: SamePages | None = None) -> None:
        super().__init__(settings.ITEM_PIPELINES, StandIn(sink))
        self._sink, self._same = sink, same

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

    def failed(self, item: Item, error: Exception) -> Reject:
        """The reject, which is put into the sink instead."""
        reject = super().failed(item, error)
        self._sink.put(reject)
        return reject


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
