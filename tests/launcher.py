"""Crawls started by fork from a process that has everything imported: a second of processor time saved for each.

The launcher is a process of its own with one thread; what it forks is killed with real signals, as any crawl would be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faultsite import FaultSite, Paper, crawl_environment, crawl_job

_SCRIPT = """
import json, os, signal, sys, traceback
import netguard
import pandas, pyarrow.dataset, pyarrow.parquet
import scrapy.crawler, scrapy.core.downloader.handlers.http11, scrapy.core.engine
from newsharvest.crawl import archiving, backoff, guards, landing, outcomes, parsers, progress, robots, running, stopping, tls
from newsharvest.spiders import outlets
import pipelines.text, pipelines.credits, pipelines.dates, pipelines.temperature, pipelines.quantities
import pipelines.stations, pipelines.quality, pipelines.parquet

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the suite may ignore it
for line in sys.stdin:
    order = json.loads(line)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            for stream, path in ((1, order["out"]), (2, order["err"])):
                os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            result = running.run("outlets", order["settings"], order["arguments"])
            print(json.dumps({"run_id": result.run_id, "ended": result.ended, "counts": result.counts,
                              "reasons": result.reasons, "recovered": result.recovered, "exit_code": result.exit_code}), flush=True)
            code = result.exit_code
        except SystemExit as end:
            code = end.code
        except BaseException:
            traceback.print_exc()
        finally:
            netguard.tell()
            os._exit(code)
    print(pid, flush=True)
    _, status = os.waitpid(pid, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


@dataclass
class Run:
    """One forked crawl; `wait` before the next is started."""

    launcher: Launcher
    pid: int
    began: float

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; nothing where it has ended."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def wait(self) -> int:
        """Its exit code; the negative of the signal that ended it."""
        return int(self.launcher.line())


class Launcher:
    """The process that forks crawls of papers into ``folder``/data, one at a time."""

    def __init__(self, folder: Path, site: FaultSite, papers: Sequence[Paper], **settings: Any) -> None:
        self.folder, self.data = folder, folder / "data"
        (folder / "outlets.toml").write_text("\n".join(sorted(p.stanza() for p in papers)), encoding="utf-8")
        self._job = crawl_job(folder, site, list(papers), settings)
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT], cwd=folder, env=crawl_environment(folder), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    @property
    def errors(self) -> str:
        """What the crawls said."""
        path = self.folder / "err"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def reports(self) -> list[dict[str, Any]]:
        """What the crawls that came to their end reported."""
        path = self.folder / "out"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start(self, data: Path | None = None) -> Run:
        """Fork a crawl."""
        settings = {**self._job["settings"], **({"NEWSHARVEST_DATA": str(data)} if data else {})}
        order = {**self._job, "settings": settings, "out": str(self.folder / "out"), "err": str(self.folder / "err")}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return Run(self, int(self.line()), time.monotonic())

    def line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the launcher ended: {self.errors[-3000:]}"
        return line

    def whole(self, data: Path | None = None) -> int:
        """A crawl to its end: its exit code."""
        return self.start(data).wait()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


@contextmanager
def launcher(folder: Path, site: FaultSite, papers: Sequence[Paper], **settings: Any) -> Iterator[Launcher]:
    folder.mkdir(parents=True, exist_ok=True)
    made = Launcher(folder, site, papers, **settings)
    try:
        yield made
    finally:
        made.close()
