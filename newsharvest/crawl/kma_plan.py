"""What a crawl asks of one source of KMA, and what each answer means: decisions only, no network."""

from __future__ import annotations

from newsharvest.crawl.faults import FAILED, REJECTED, STORED, UNCHANGED
from newsharvest.crawl.kinds import WEATHER
from newsharvest.crawl.leaf import LeafPlan
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.state import CrawlState, Known
from newsharvest.crawl.visits import Answer, Visit
from newsharvest.items import Forecast, Reject, WeatherBulletin
from newsharvest.kma_registry import KmaSource
from newsharvest.page import Page


class KmaPlan(LeafPlan):
    """One source of KMA in one run: each of its URLs is asked for once, on condition where it was read before."""

    outlet = None

    def __init__(self, source: KmaSource, state: CrawlState) -> None:
        self.source, self.state = source, state

    def begin(self) -> list[Visit]:
        """All of its pages: none leads to others."""
        return [
            Visit(url, WEATHER, self.source.source_id, url, self._conditions(url), key=self.source.key)
            for url in self.source.urls
        ]

    def received(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        """Stored where the page holds weather; a page of KMA that holds none, or cannot be read, is rejected."""
        if page.status == 304:
            return Answer(UNCHANGED)
        if page.status != 200:
            return Answer(FAILED, f"http_{page.status}")
        if reason := next((item.reason for item in contents.items if isinstance(item, Reject)), None):
            return Answer(REJECTED, reason)
        if not any(isinstance(item, WeatherBulletin | Forecast) for item in contents.items):
            return Answer(REJECTED, "not_kma")
        self._remember(visit, page)
        return Answer(STORED)

    def _conditions(self, url: str) -> dict[str, str]:
        known = self.state.get(url)
        return known.conditions() if known is not None and known.status == 200 else {}

    def _remember(self, visit: Visit, page: Page) -> None:
        if page.fetched_at is None:
            raise ValueError(f"a fetched page without a time: {page.url}")
        etag, last_modified = page.headers.get("etag"), page.headers.get("last-modified")
        self.state.put(Known(visit.url, visit.outlet_id, None, etag, last_modified, None, 200, page.fetched_at))
