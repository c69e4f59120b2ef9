"""A whole crawl against a bare Scrapy spider on the same loopback site: CPU seconds a page, of all their processes.

Each is run over a few and over many pages, and the difference divided by the difference of the pages: what starting,
importing and stopping cost is no page's.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Benchmark, Figure, Options, Result, figure, ratios
from newsharvest.demo.server import DemoServer, serve

_OUTLETS = "demo_haeram,demo_noeul,demo_sorae"
_SITE_DAY = 20
_PEERS = {
    "bare": "bare Scrapy spider",
    "bare_one_task": "bare Scrapy spider with CONCURRENT_ITEMS 1, as ours",
    "selecting": "Scrapy spider that reads title and text with selectors into JSON lines",
}


@dataclass(frozen=True, slots=True)
class Spent:
    """What one crawl took."""

    seconds: float
    pages: int
    addresses: list[str]


def measure(options: Options) -> Result:
    """Pairs of crawls, ours and the bare one over the same addresses."""
    passes, few, many = options.size(3, 1), options.size(20, 5), options.size(300, 20)
    result = Result()
    ours: list[float] = []
    peers: dict[str, list[float]] = {name: [] for name in _PEERS}
    with serve(_SITE_DAY, max_seconds=1800) as server, tempfile.TemporaryDirectory() as scratch:
        for number in range(passes):
            short, long = (_ours(server, Path(scratch) / f"{number}-{limit}", limit) for limit in (few, many))
            ours.append(_slope(short, long))
            for peer in _PEERS:
                peers[peer].append(
                    _slope(*(_peer(peer, server, Path(scratch), run.addresses) for run in (short, long)))
                )
    sizes = [seen.bytes for seen in server.requests if seen.status == 200]
    result.conditions = [
        f"the demo site of day {_SITE_DAY}, served gzipped ({sum(sizes) / len(sizes) / 1000:.0f} KB a page as sent, about 62 KB unpacked)",
        f"{long.pages} pages against {short.pages}, 16 requests at once, no delay; WARC with zlib level 3 and one fsync a batch",
        f"{passes} pairs of crawls",
    ]
    result.figures = [
        *(figure(told, [1000 * seconds for seconds in peers[peer]], "ms a page") for peer, told in _PEERS.items()),
        figure("crawl with archive, parse workers, pipelines, Parquet", [1000 * s for s in ours], "ms a page"),
        figure("crawl against bare spider", ratios(ours, peers["bare"]), "×", at_most=2.3),
        *(figure(f"crawl against {told}", ratios(ours, peers[p]), "×") for p, told in _PEERS.items() if p != "bare"),
        Figure("start and end of a crawl", short.seconds - short.pages * ours[-1], "s"),
    ]
    return result


def _slope(short: Spent, long: Spent) -> float:
    """Seconds a page."""
    return (long.seconds - short.seconds) / (long.pages - short.pages)


def _ours(server: DemoServer, data: Path, limit: int) -> Spent:
    return _run(server, "ours", server.proxy_url, str(data), _OUTLETS, str(limit))


def _peer(name: str, server: DemoServer, scratch: Path, addresses: list[str]) -> Spent:
    listed = scratch / "addresses"
    listed.write_text("\n".join(addresses), encoding="utf-8")
    return _run(server, name, server.proxy_url, str(listed))


def _run(server: DemoServer, *words: str) -> Spent:
    before, first = _children(), len(server.requests)
    subprocess.run([sys.executable, "-m", "benchmarks.crawlers", *words], check=True, stdout=subprocess.DEVNULL)
    seen = server.requests[first:]
    addresses = [f"http://{one.host}{one.path}" for one in seen if not one.path.startswith("/robots.txt")]
    return Spent(_children() - before, len(seen), addresses)


def _children() -> float:
    """CPU seconds of all ended children and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


BENCHMARK = Benchmark("Crawl against a bare Scrapy spider", measure)
