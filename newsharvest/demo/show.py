"""`newsharvest demo`: the bundled site served on loopback, crawled for real."""

from __future__ import annotations

import time
from pathlib import Path

from newsharvest import reference
from newsharvest.crawl.running import CrawlResult, run
from newsharvest.demo.server import serve
from newsharvest.kma_registry import kma_sources
from newsharvest.terminal import note

MAX_SECONDS = 600
# The site is ours and on loopback: nothing to be polite to.
_FAST = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
}


def crawl(data_dir: Path, day: int) -> CrawlResult:
    """Crawl the three demo papers and KMA's pages as of their day ``day`` into a data dir."""
    papers = [outlet.outlet_id for outlet in reference.outlets().values() if outlet.demo]
    weather = [source.source_id for source in kma_sources().values() if source.demo]
    with serve(day, max_seconds=MAX_SECONDS) as server:
        options = {
            **_FAST,
            "NEWSHARVEST_DATA": str(data_dir),
            "NEWSHARVEST_COMMAND": "demo",
            "NEWSHARVEST_ARGUMENTS": f"day {day}",
            "NEWSHARVEST_DEMO_PROXY": server.proxy_url,
        }
        return run("outlets", options, {"outlet": ",".join([*papers, *weather])})


def serve_only(day: int, seconds: int) -> None:
    """Serve the site for a while, for a browser or `scrapy crawl` beside it."""
    with serve(day, max_seconds=seconds) as server:
        note(f"the demo site of day {day} is a proxy at {server.proxy_url} for {seconds} s, for example:")
        note(f"    curl --proxy {server.proxy_url} http://www.haeram.test/rss/allArticle.xml")
        note(f"    NEWSHARVEST_DEMO_PROXY={server.proxy_url} newsharvest crawl demo_haeram demo_city_obs")
        note(f"    scrapy crawl outlets -a outlet=demo_haeram -s NEWSHARVEST_DEMO_PROXY={server.proxy_url}")
        note(f"    scrapy crawl kma -s NEWSHARVEST_DEMO_PROXY={server.proxy_url}")
        time.sleep(seconds)
