"""The crawls that `benchmarks.crawl` compares, each in a process of its own: ``python -m benchmarks.crawlers bare|ours …``."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

# The site is on loopback: nothing to be polite to. The same for both.
FAST = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "LOG_LEVEL": "WARNING",
}


class Bare(scrapy.Spider):
    """Fetches the addresses of a file and does nothing with the answers."""

    name = "bare"

    def __init__(self, addresses: str, name: str | None = None) -> None:
        super().__init__(name)
        self.addresses = Path(addresses).read_text(encoding="utf-8").split()

    async def start(self) -> AsyncIterator[scrapy.Request]:
        for address in self.addresses:
            yield scrapy.Request(address, callback=self.received)

    async def received(self, response: Response) -> None:
        """Nothing."""


def bare(proxy: str, addresses: str) -> None:
    """A spider with Scrapy's own settings: robots.txt and compression on, as a project's template has it."""
    process = AsyncCrawlerProcess({**FAST, "ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False})
    os.environ["http_proxy"] = proxy  # for robots.txt too
    process.crawl(Bare, addresses=addresses)
    process.start()


def ours(proxy: str, data: str, outlets: str, limit: str) -> None:
    """All of a crawl: archive, parse workers, pipelines, Parquet."""
    from newsharvest.crawl.running import run

    run(
        "outlets",
        {**FAST, "NEWSHARVEST_DATA": data, "NEWSHARVEST_DEMO_PROXY": proxy},
        {"outlet": outlets, "limit": limit},
    )


if __name__ == "__main__":
    {"bare": bare, "ours": ours}[sys.argv[1]](*sys.argv[2:])
