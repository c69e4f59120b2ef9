"""The spider of KMA's own pages: ``scrapy crawl kma -a source=kma_city_obs``."""

from __future__ import annotations

from typing import Any, Self

from scrapy.crawler import Crawler

from newsharvest.kma_registry import ALL, kma_sources
from newsharvest.spiders.outlets import OutletSpider


class KmaSpider(OutletSpider):
    """Asks KMA for its current tables, feeds and forecasts; each address once, on condition where it was read before.

    Argument: ``source`` (ids of kma.toml, comma between). Without it every enabled one; while the demo site runs
    (NEWSHARVEST_DEMO_PROXY), the demo's.
    """

    name = "kma"

    def __init__(self, source: str | None = None, **more: Any) -> None:  # noqa: ANN401 - Scrapy's signature
        super().__init__(outlet=source or ALL, **more)
        if self.outlets:
            raise ValueError(f"no sources of KMA: {', '.join(outlet.outlet_id for outlet in self.outlets)}")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401 - Scrapy's signature
        """Scrapy's way to make a spider."""
        if crawler.settings["NEWSHARVEST_DEMO_PROXY"] and not kwargs.get("source"):
            kwargs["source"] = ",".join(source.source_id for source in kma_sources().values() if source.demo)
        return super().from_crawler(crawler, *args, **kwargs)
