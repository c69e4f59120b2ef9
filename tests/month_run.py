"""A month of real crawls on loopback: the month's site in this process, every crawl in a forked child on its own day."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds

from newsharvest.demo.month.cast import CAST, FIRST_DAY, write_stanzas
from newsharvest.demo.month.script import Script
from newsharvest.demo.month.site import MonthSite
from newsharvest.demo.papers import at
from newsharvest.demo.server import DemoServer

PAPERS = ",".join(part.paper.outlet_id for part in CAST)
_FAST = {
    "AUTOTHROTTLE_ENABLED": False,
    "DOWNLOAD_DELAY": 0,
    "CONCURRENT_REQUESTS": 16,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
    "RETRY_TIMES": 1,
}
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["newsharvest.settings", "newsharvest.demo.month.site", "tests.month_imports"])
SECONDS = 240
CAP = 300  # of an outlet and day; a killed run counts, and the run after it asks for what was not yet remembered
_CONFIG = f"""[pace]
host_delay = 0.0
host_concurrency = 16
address_delay = 0.0
address_concurrency = 16
vendor_delay = 0.0
vendor_concurrency = 16
[caps]
outlet_requests = {CAP}
"""


@dataclass(frozen=True)
class Day:
    """What one day's crawl came to."""

    day: int
    exit_code: int
    violations: tuple[str, ...]
    bytes: int
    requests: int
    killed: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    cpu: float = 0.0
    archive: int = 0
    """How many bytes the archive grew by."""

    @property
    def signals(self) -> set[tuple[str, str]]:
        """(outlet, kind of signal)."""
        return {(line.split()[0], line.split()[1].partition(":")[0]) for line in self.violations}


@dataclass
class Month:
    """A data dir under way through a script."""

    script: Script
    root: Path
    site: MonthSite
    server: DemoServer
    days: list[Day] = field(default_factory=list)

    @property
    def data(self) -> Path:
        """The data dir."""
        return self.root / "data"

    def rows(self, name: str) -> list[dict[str, Any]]:
        """All rows of a dataset."""
        found: list[dict[str, Any]] = (
            ds.dataset(self.data / "datasets" / name, partitioning="hive").to_table().to_pylist()
        )
        return found

    def crawl(self, day: int, kill: random.Random | None = None, kills: int = 0) -> Day:
        """The crawl of a day's evening; killed ``kills`` times at random before it may end."""
        self.site.day = day
        before, asked = self.archived(), sum(c for (d, _), c in self.site.requests.items() if d == day)
        moment = at(day, 20)
        for number in range(kills):
            assert kill is not None
            self._child(moment + timedelta(minutes=5 * number), kill.uniform(0.0, 1.5))
        report = self._child(moment + timedelta(minutes=5 * kills), None)
        assert report is not None, f"the crawl of day {day} said nothing"
        asked = sum(c for (d, _), c in self.site.requests.items() if d == day) - asked
        done = Day(
            day,
            report["exit_code"],
            tuple(report["violations"]),
            report["bytes"],
            asked,
            kills,
            report["reasons"],
            report["cpu"],
            self.archived() - before,
        )
        self.days.append(done)
        return done

    def run(
        self, last: int | None = None, kill: random.Random | None = None, kills: dict[int, int] | None = None
    ) -> None:
        """Every day from the first to the script's last."""
        for day in range(FIRST_DAY, (last or self.script.last_day) + 1):
            self.crawl(day, kill, (kills or {}).get(day, 0))

    def archived(self) -> int:
        """Bytes in the archive."""
        return sum(path.stat().st_size for path in (self.data / "archive").glob("*")) if self.data.exists() else 0

    def _child(self, moment: datetime, kill_after: float | None) -> dict[str, Any] | None:
        before = self.archived()
        ours, theirs = _CONTEXT.Pipe()
        job = (theirs, str(self.data), str(self.root / "outlets.toml"), self.server.proxy_url, moment)
        process = _CONTEXT.Process(target=_crawl, args=job)
        process.start()
        theirs.close()
        try:
            if kill_after is not None:
                _wait_for_page(self, before, process)
                process.join(kill_after)
                process.kill()
            process.join(SECONDS)
            assert process.exitcode is not None, "the crawl hangs"
        finally:
            process.kill()
            process.join()
        try:
            report: dict[str, Any] | None = ours.recv() if ours.poll() else None
        except EOFError:  # killed before it could say anything
            report = None
        return report


def _wait_for_page(month: Month, before: int, process: Any) -> None:
    """Until the crawl has archived something: a kill before that interrupts nothing."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.is_alive() and month.archived() <= before:
        time.sleep(0.005)


def _crawl(answer: Connection, data: str, outlets: str, proxy: str, moment: datetime) -> None:
    """In the child: one crawl of all papers at a moment."""
    os.environ["NEWSHARVEST_OUTLETS"] = outlets
    os.environ["NEWSHARVEST_NOW"] = moment.isoformat()
    from newsharvest.crawl.running import run

    options = {
        **_FAST,
        "NEWSHARVEST_DATA": data,
        "NEWSHARVEST_COMMAND": "crawl",
        "NEWSHARVEST_DEMO_PROXY": proxy,
        "LOG_LEVEL": "ERROR",
    }
    result = run("outlets", options, {"outlet": PAPERS, "every": "yes"})
    report = {name: getattr(result, name) for name in ("exit_code", "violations", "bytes", "reasons", "counts")}
    answer.send({**report, "cpu": time.process_time()})


@contextmanager
def month(script: Script, root: Path) -> Iterator[Month]:
    """A fresh month; its server ends with the block."""
    root.mkdir(parents=True, exist_ok=True)
    write_stanzas(root / "outlets.toml")
    (root / "data").mkdir()
    (root / "data" / "newsharvest.toml").write_text(_CONFIG, encoding="utf-8")
    site = MonthSite(script, FIRST_DAY)
    with DemoServer(site, max_seconds=3600) as server:
        yield Month(script, root, site, server)
