"""A day's cap holds over runs that are killed: what a killed run asked for is not asked for anew by the next."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from newsharvest.crawl.state import FILE, CrawlState
from tests.faultsite import FaultSite, Paper, answer, crawl, fault_site, listing, page, path_of, start_crawl

CAP, ALL = 14, 20
PAPERS = [Paper("one.kr.test"), Paper("two.kr.test")]


def kill_after(folder: Path, site: FaultSite, number: int, now: str) -> None:
    """A crawl that is killed as soon as the server has seen so many requests of it (or ends before)."""
    before = len(site.asks)
    process = start_crawl(folder, site, PAPERS, NEWSHARVEST_NOW=now, CONCURRENT_REQUESTS_PER_DOMAIN=1)
    end = time.monotonic() + 60
    while process.poll() is None and len(site.asks) - before < number:
        assert time.monotonic() < end
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("kills", [(1, 4, 9), (7, 2)])
def test_requests_of_two_days_with_kills_stay_within_the_caps(tmp_path: Path, kills: tuple[int, ...]) -> None:
    (tmp_path / "data").mkdir()
    toml = f"[pace]\naddress_delay = 0\nvendor_delay = 0\n[caps]\noutlet_requests = {CAP}\nrequests = {ALL}\n"
    (tmp_path / "data" / "newsharvest.toml").write_text(toml, encoding="utf-8")
    routes = {(paper.host, path_of(n)): answer(page(n)) for paper in PAPERS for n in range(1, 41)}
    routes |= {(paper.host, "/list.html"): listing(*(path_of(n) for n in range(40, 0, -1))) for paper in PAPERS}
    with fault_site(routes) as site:
        for day in (2, 3):
            before = len(site.asks)
            for number, asks in enumerate(kills):
                kill_after(tmp_path, site, asks, f"2026-03-0{day}T{10 + number}:00")
            crawl(tmp_path, site, PAPERS, NEWSHARVEST_NOW=f"2026-03-0{day}T15:00")
            asked = site.asks[before:]
            assert len(asked) <= ALL
            assert max(sum(ask.host == paper.host for ask in asked) for paper in PAPERS) <= CAP
            # A killed run may have counted what it had no time to send: one request to each host.
            assert len(asked) >= ALL - 2 * len(kills)
            state = CrawlState.open(tmp_path / "data" / "state" / FILE)
            (day_asked,) = state.rows("SELECT sum(requests) FROM asked WHERE day = ?", f"2026-03-0{day}")
            state.close()
            assert day_asked == (ALL,), "all of the day's requests are used, and counted once"
            crawl(tmp_path, site, PAPERS, NEWSHARVEST_NOW=f"2026-03-0{day}T23:00")
            assert len(site.asks) == before + len(asked), "nothing is left of that day"
