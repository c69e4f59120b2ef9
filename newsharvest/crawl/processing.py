"""Scrapy's item pipelines, for items that have been through most of them already."""

from __future__ import annotations

import inspect
from typing import Any

from scrapy.crawler import Crawler
from scrapy.pipelines import ItemPipelineManager

from newsharvest.crawl.refining import Refined, in_workers


class Processor(ItemPipelineManager):
    """ITEM_PROCESSOR: an item that a worker refined goes through what remains; every other through all of ITEM_PIPELINES."""

    def __init__(self, *pipelines: Any, crawler: Crawler) -> None:  # noqa: ANN401 - whatever ITEM_PIPELINES name
        super().__init__(*pipelines, crawler=crawler)
        done = in_workers(crawler.settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
        self._rest = [pipeline.process_item for pipeline in pipelines[len(done) :] if hasattr(pipeline, "process_item")]

    async def process_item_async(self, item: Any) -> Any:  # noqa: ANN401 - Scrapy's signature
        """The item after the last pipeline. DropItem, or whatever else a pipeline raises, passes through."""
        if not isinstance(item, Refined):
            return await super().process_item_async(item)
        result: Any = item.item
        for step in self._rest:
            result = step(result)
            if inspect.isawaitable(result):
                result = await result
        return result
