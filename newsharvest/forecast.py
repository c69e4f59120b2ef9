"""What a crawl would ask of each outlet, how long that takes and what it adds to the disk: from the crawl state, measured
sizes and the configuration. Asks nobody for anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsharvest import reference
from newsharvest.config import Config
from newsharvest.disk import told
from newsharvest.files import DataDir
from newsharvest.kma_registry import kma_sources
from newsharvest.vendors import vendor_of

WEEK = timedelta(days=7)
ASSUMED_BYTES = 20_000
"""Of a page's record where nothing was measured: 80 KB of HTML, gzipped."""
UNCHANGED_BYTES = 700
"""Of the record of a 304."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """One outlet, or all together."""

    outlet_id: str
    discovery: int
    """robots.txt, sitemaps, feeds, list pages."""
    new: int | None
    """Articles a day, by the mean of the last seven; null where the outlet was never crawled."""
    again: int
    """Known articles that are due within a day."""
    requests: int
    hours: float
    bytes: int
    basis: str
    """Where the figures are from."""
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    def told(self) -> tuple[str, ...]:
        """A row of the table."""
        new = "?" if self.new is None else f"{self.new:,}"
        cells = (f"{self.discovery:,}", new, f"{self.again:,}", f"{self.requests:,}", f"{self.hours:.2f}")
        return (self.outlet_id, *cells, told(self.bytes), self.basis)


def forecast(chosen: Sequence[str], data: DataDir, config: Config, now: datetime) -> list[Forecast]:
    """The next day of crawling, outlet by outlet; a data dir that is not there yet is as good as an empty one."""
    from newsharvest.crawl.state import CrawlState
    from newsharvest.crawl.suspension import suspended

    away = suspended(data)
    aside = [_aside(away[outlet_id]) for outlet_id in chosen if outlet_id in away]
    chosen = [outlet_id for outlet_id in chosen if outlet_id not in away]
    path = data.state / "crawl.sqlite3"
    sizes = _sizes(data)
    if not path.exists():
        return [*(_of(outlet_id, None, 0, config, sizes) for outlet_id in chosen), *aside]
    state = CrawlState.open(path)
    try:
        asked = [
            _of(outlet_id, _a_day(state, outlet_id, now), _due(state, outlet_id, now), config, sizes)
            for outlet_id in chosen
        ]
        return [*asked, *aside]
    finally:
        state.close()


def _aside(held: Any) -> Forecast:  # noqa: ANN401 - Suspension
    return Forecast(held.outlet_id, 0, 0, 0, 0, 0.0, 0, f"suspended since {held.since}: not asked")


def total(plans: Sequence[Forecast], config: Config) -> Forecast:
    """All together: outlets are asked side by side, as far as the pace of vendors and the cap of a day allow."""
    requests = sum(each.requests for each in plans)
    capped = min(requests, config.caps.requests or requests)
    share = capped / requests if requests else 0
    known = [each.new for each in plans if each.new is not None]
    vendors: dict[str, int] = {}
    for each in plans:
        vendor = vendor_of(reference.outlets().get(each.outlet_id))
        if vendor:
            vendors[vendor] = vendors.get(vendor, 0) + each.requests
    by_vendor = {name: count * config.pace.vendor_delay / 3600 * share for name, count in vendors.items()}
    hours = max([*(each.hours for each in plans), *by_vendor.values()], default=0.0)
    slowest = max(by_vendor, key=lambda name: by_vendor[name], default=None)
    remark = f"{requests:,} requests, {capped:,} within the cap of a day; longest: {hours:.2f} h"
    if slowest is not None and by_vendor[slowest] >= hours:
        remark += f" ({vendors[slowest]:,} requests to {slowest}'s papers at {config.pace.vendor_delay:g} s)"
    return Forecast(
        "all", sum(each.discovery for each in plans), sum(known) if known else None, sum(each.again for each in plans),
        capped, hours, round(sum(each.bytes for each in plans) * share), "", remark,
    )  # fmt: skip


def _of(outlet_id: str, new: int | None, again: int, config: Config, sizes: dict[str, int]) -> Forecast:
    discovery = _discovery(outlet_id)
    if outlet_id in kma_sources():
        grown = discovery * (sizes.get(outlet_id) or sizes.get("") or ASSUMED_BYTES)
        hours = discovery * config.pace.host_delay / 3600
        return Forecast(outlet_id, discovery, 0, 0, discovery, hours, grown, "each of its pages once, robots.txt")
    cap = config.caps.outlet_requests
    wanted = discovery + (new if new is not None else cap or 1_000) + again
    requests = min(wanted, cap or wanted)
    size = sizes.get(outlet_id) or sizes.get("") or ASSUMED_BYTES
    fresh = max(0, requests - again)
    basis = "measured" if outlet_id in sizes and new is not None else "never crawled: as much as the cap allows"
    grown = fresh * size + min(again, requests) * UNCHANGED_BYTES
    return Forecast(outlet_id, discovery, new, again, requests, requests * config.pace.host_delay / 3600, grown, basis)


def _discovery(outlet_id: str) -> int:
    outlet = reference.outlets().get(outlet_id)
    if outlet is None:
        return len(kma_sources()[outlet_id].urls) + 1
    lists = (outlet.sitemaps, outlet.feeds, outlet.feeds_unverified, outlet.list_pages, outlet.list_pages_unverified)
    return 1 + sum(map(len, lists)) + (outlet.home is not None)


def _a_day(state: Any, outlet_id: str, now: datetime) -> int | None:  # noqa: ANN401 - CrawlState
    """New articles a day; of an outlet crawled for the first time this week, what that first crawl found counts too."""
    if not state.first_seen(outlet_id, datetime.min.replace(year=1970, tzinfo=now.tzinfo)):
        return None
    return -(-int(state.first_seen(outlet_id, now - WEEK)) // 7)


def _due(state: Any, outlet_id: str, now: datetime) -> int:  # noqa: ANN401 - CrawlState
    return sum(1 for _ in state.due(outlet_id, now + timedelta(days=1)))


def _sizes(data: DataDir) -> dict[str, int]:
    """The mean length of a stored page's record by outlet, and over all ("")."""
    folder = data.datasets / "fetches"
    if not folder.is_dir():
        return {}
    dataset = ds.dataset(folder, format="parquet", partitioning="hive")
    stored = (ds.field("outcome") == "stored") & ds.field("warc_record_length").is_valid()
    held = dataset.to_table(columns=["outlet_id", "warc_record_length"], filter=stored)
    if not held.num_rows:
        return {}
    means = held.group_by("outlet_id").aggregate([("warc_record_length", "mean")]).to_pylist()
    by_outlet = {row["outlet_id"]: int(row["warc_record_length_mean"]) for row in means}
    return by_outlet | {"": int(pc.mean(held["warc_record_length"]).as_py())}
