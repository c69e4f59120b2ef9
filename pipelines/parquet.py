"""900: items leave the pipelines for the datasets."""

from __future__ import annotations

from typing import Any, Self

from newsharvest.items import Item
from newsharvest.store import Sink


class ParquetPipeline:
    """Hands every item to the run's sink, which joins, stages and commits."""

    def __init__(self, sink: Sink, stats: Any) -> None:  # noqa: ANN401 - Scrapy's collector or its stand-in
        self.sink = sink
        self.stats = stats

    @classmethod
    def from_crawler(cls, crawler: Any) -> Self:  # noqa: ANN401 - a crawler or its stand-in
        """Find the sink; RuntimeError where the settings name no extension that lands rows."""
        sink = crawler.get_extension(Sink)
        if sink is None:
            raise RuntimeError("no sink: EXTENSIONS must name newsharvest.crawl.landing.Landing")
        return cls(sink, crawler.stats)

    def process_item(self, item: Item) -> Item:
        """Put an item into the sink and count it."""
        self.sink.put(item)
        self.stats.inc_value(f"newsharvest/landed/{type(item).__name__.lower()}")
        return item
