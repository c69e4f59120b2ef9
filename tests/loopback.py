"""A small server on loopback that answers as a forward proxy for `.test` hosts, and a probing spider run against it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pyarrow.dataset as ds

from tests.conftest import CHILD_PATH


class Answer(NamedTuple):
    status: int = 200
    body: bytes = b"<html><p>ok</p></html>"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)
    reset: bool = False


class Hit(NamedTuple):
    host: str
    path: str
    at: float


Respond = Callable[[str, str, int], Answer]
"""(host, path, how often it was asked before) -> answer."""


@dataclass
class Server:
    url: str
    hits: list[Hit] = field(default_factory=list)

    def paths(self, host: str) -> list[str]:
        return [hit.path for hit in self.hits if hit.host == host]


@contextmanager
def serving(respond: Respond) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path if "://" in self.path else f"http://{self.headers['Host']}{self.path}")
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            before = sum(1 for hit in server.hits if (hit.host, hit.path) == (parts.hostname, path))
            server.hits.append(Hit(parts.hostname or "", path, time.monotonic()))
            answer = respond(parts.hostname or "", path, before)
            if answer.reset:
                self.connection.close()
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


_SPIDER = """
import json, sys
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from newsharvest.crawl.archiving import page_of
from newsharvest.crawl.faults import Undecodable
from newsharvest.crawl.landing import Landing
from newsharvest.crawl.outcomes import ARTICLE, KIND, Tally
from newsharvest.harvest import harvest

job = json.loads(sys.argv[1])

class Probe(Spider):
    name, lands, allowed_hosts = "probe", True, frozenset(job["hosts"])

    @property
    def tally(self):
        return self.crawler.get_extension(Tally)

    async def start(self):
        for url in job["urls"]:
            yield Request(url, callback=self.got, errback=self.lost, meta={KIND: ARTICLE})

    def got(self, response):
        self.tally.record(response.request, "stored", f"http_{response.status}")
        yield from harvest(page_of(response))

    def lost(self, failure):
        self.tally.failed(failure.request, failure.value)
        if isinstance(failure.value, Undecodable):
            yield failure.value.damaged.reject()

settings = Settings()
settings.setmodule("newsharvest.settings", priority="project")
settings.update(job["settings"], priority="cmdline")
process = AsyncCrawlerProcess(settings)
crawler = process.create_crawler(Probe)
process.crawl(crawler)
process.start()
tally, landing = crawler.get_extension(Tally), crawler.get_extension(Landing)
print(json.dumps({"counts": tally.counts, "reasons": tally.reasons(), "made": tally.made,
                  "finish": crawler.stats.get_value("finish_reason"), "exit_code": landing.exit_code}))
"""


@dataclass
class Probed:
    """What a probing crawl reported, and the rows it landed."""

    report: dict[str, Any]
    data: Path

    def rows(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (
            ds.dataset(self.data / "datasets" / name, partitioning="hive").to_table().to_pylist()
        )
        return found

    def outcomes(self) -> dict[str, tuple[str, str | None]]:
        return {row["url"]: (row["outcome"], row["reason"]) for row in self.rows("fetches")}


def probe(
    tmp_path: Path, server: Server, hosts: list[str], urls: list[str], file_limit: int | None = None, **settings: Any
) -> Probed:
    """Run a spider that asks for URLs once, with the project's settings, in a process of its own.

    ``file_limit``: no file of the process may grow beyond so many bytes.
    """
    job = {
        "hosts": hosts,
        "urls": urls,
        "settings": {
            "NEWSHARVEST_DATA": str(tmp_path / "data"),
            "NEWSHARVEST_DEMO_PROXY": server.url,
            "AUTOTHROTTLE_START_DELAY": 0,
            "DOWNLOAD_DELAY": 0,
            "LOG_LEVEL": "WARNING",
            **settings,
        },
    }
    script = tmp_path / "probe.py"  # a file: Scrapy reads the source of callbacks
    script.write_text(_SPIDER, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, json.dumps(job)],
        env={**os.environ, "PYTHONPATH": CHILD_PATH}, cwd=tmp_path, capture_output=True, text=True, timeout=60,
        preexec_fn=(lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))) if file_limit else None,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return Probed(json.loads(done.stdout.splitlines()[-1]), tmp_path / "data")
