"""A server of broken answers, byte by byte: a framework would not send them. On loopback, a forward proxy for ``.test`` hosts.

And the crawl that is sent there: `newsharvest.crawl.running.run` in a process of its own, its network watched.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.dataset as ds

from tests.conftest import CHILD_PATH
from tests.fault_report import observed

HTML = "Content-Type: text/html; charset=utf-8"


class Ask(NamedTuple):
    """One request as it came in."""

    host: str
    path: str
    head: bytes
    before: int
    """How often this page was asked for before."""
    at: float

    def header(self, name: str) -> str | None:
        found = re.search(rb"(?im)^" + name.encode() + rb":[ \t]*([^\r\n]*)", self.head)
        return found.group(1).decode("latin-1") if found else None


def answer(body: bytes | str = b"", *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    """A well-formed answer; ``length`` lies."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", *(headers or (HTML,)), f"Content-Length: {len(data) if length is None else length}"]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("utf-8") + data


def redirect(to: str, status: str = "302 Found") -> bytes:
    return answer(b"", HTML, f"Location: {to}", status=status)


NOT_FOUND = answer("<p>404</p>", status="404 Not Found")


@dataclass
class FaultSite:
    """The server: ``routes`` by (host, path); other pages are 404."""

    routes: dict[tuple[str, str], Any] = field(default_factory=dict)
    asks: list[Ask] = field(default_factory=list)
    counted: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: dict[tuple[str, str], int] = field(default_factory=dict)
    url: str = ""

    def paths(self, host: str) -> list[str]:
        return [ask.path for ask in self.asks if ask.host == host]

    def count(self, host: str, path: str) -> int:
        return self.counted[host, path]

    def ask(self, host: str, path: str) -> Ask:
        return next(ask for ask in self.asks if (ask.host, ask.path) == (host, path))


def _serve(site: FaultSite, connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        connection.settimeout(60)
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(65_536)
            if not more:
                return
            head += more
        target = head.split(b" ", 2)[1].decode("latin-1")
        found = re.match(r"http://([^/:]+)(?::\d+)?(/.*)?$", target)
        own = re.search(rb"(?im)^host:[ \t]*([^\r\n:]*)", head)
        host, path = (found[1], found[2] or "/") if found else (own.group(1).decode() if own else "", target)
        ask = Ask(host, path, head, site.count(host, path), time.monotonic())
        site.counted[host, path] += 1
        site.asks.append(ask)
        _send(site, connection, ask)


def _send(site: FaultSite, connection: socket.socket, ask: Ask) -> None:
    route = site.routes.get((ask.host, ask.path), NOT_FOUND)
    if isinstance(route, Wire):
        route.act(connection, ask, site)
        return
    data = route(ask) if callable(route) else route
    if isinstance(data, Wire):
        data.act(connection, ask, site)
        return
    connection.sendall(data)
    _finish(connection)


def _finish(connection: socket.socket) -> None:
    """Close in order: a close with unread input would be a reset."""
    connection.shutdown(socket.SHUT_WR)
    connection.settimeout(2)
    while connection.recv(65_536):
        pass


@dataclass(frozen=True)
class Wire:
    """Something done with the connection itself."""

    act: Callable[[socket.socket, Ask, FaultSite], None]


def _stream(connection: socket.socket, ask: Ask, site: FaultSite, head: bytes, chunk: bytes, total: int) -> None:
    sent = 0
    try:
        connection.sendall(head)
        while sent < total:
            connection.sendall(chunk)
            sent += len(chunk)
    finally:
        site.sent[ask.host, ask.path] = sent


def endless(head: str, chunk: bytes = b"a" * 65_536, total: int = 500 << 20) -> Wire:
    """A body without end."""
    return Wire(lambda connection, ask, site: _stream(connection, ask, site, head.encode(), chunk, total))


def drip(head: str, chunk: bytes, every: float) -> Wire:
    def act(connection: socket.socket, _ask: Ask, _site: FaultSite) -> None:
        connection.sendall(head.encode())
        while True:
            connection.sendall(chunk)
            time.sleep(every)

    return Wire(act)


def hang(head: bytes = b"") -> Wire:
    """Sends what there is of the head, and then nothing until the client leaves."""

    def act(connection: socket.socket, _ask: Ask, _site: FaultSite) -> None:
        if head:
            connection.sendall(head)
        while connection.recv(65_536):
            pass

    return Wire(act)


def reset() -> Wire:
    def act(connection: socket.socket, _ask: Ask, _site: FaultSite) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")

    return Wire(act)


@contextmanager
def fault_site(routes: Mapping[tuple[str, str], Any] | None = None) -> Iterator[FaultSite]:
    """The server, running on an ephemeral port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    site = FaultSite(dict(routes or {}), url=f"http://127.0.0.1:{listener.getsockname()[1]}")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=_serve, args=(site, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield site
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@dataclass(frozen=True)
class Paper:
    """A newspaper of the test: where its articles are found."""

    host: str
    lists: tuple[str, ...] = ("/list.html",)
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    more_hosts: tuple[str, ...] = ()

    @property
    def outlet_id(self) -> str:
        return "f_" + re.sub(r"[^a-z0-9]", "_", self.host)

    def stanza(self) -> str:
        def urls(paths: tuple[str, ...]) -> str:
            return json.dumps([f"http://{self.host}{path}" for path in paths])

        lines = [f"[{self.outlet_id}]", 'name = "시험신문"', f"hosts = {json.dumps([self.host, *self.more_hosts])}"]
        lines += ['cms = "ndsoft"']
        for key, paths in (("list_pages", self.lists), ("feeds", self.feeds), ("sitemaps", self.sitemaps)):
            lines += [f"{key} = {urls(paths)}"] if paths else []
        return "\n".join(lines) + "\n"


def path_of(number: int) -> str:
    return f"/news/articleView.html?idxno={number}"


def listing(*hrefs: str) -> bytes:
    """A list page."""
    links = "".join(f'<li><a href="{href}">기사</a></li>' for href in hrefs)
    return answer(f"<html><body><ul>{links}</ul></body></html>")


TITLE = "해솔마을에 새 쉼터가 문을 연다"
TEXT = "해솔군은 마을 어귀에 쉼터를 연다고 밝혔다. 쉼터에는 의자와 책장이 놓인다. 군은 내년에 두 곳을 더 열 계획이다."


def page(
    number: int, text: str = TEXT, *, title: str = TITLE, date: str | None = "승인 2026.03.02 10:00", more: str = ""
) -> str:
    """An article as the ndsoft family shows it, in our own words."""
    info = f'<ul class="infomation"><li>{date}</li></ul>' if date else ""
    return (
        f'<html><head><title>{title} - 시험신문</title><meta property="og:title" content="{title}"></head><body>{more}'
        f'<h3 class="heading">{title}</h3>{info}'
        f'<article id="article-view-content-div" itemprop="articleBody"><p>{text}</p><p>{number}번째 소식이다.</p></article>'
        "</body></html>"
    )


@dataclass
class Crawled:
    """How a crawl ended, and what it left. ``report["peak_kb"]`` is the most its main process held (VmHWM)."""

    exit_code: int
    report: dict[str, Any]
    data: Path
    stderr: str
    seconds: float
    network: list[str]
    """Attempts to connect elsewhere than to loopback."""
    peak_kb: int = 0
    """The most that all its processes held together, sampled 20 times a second: the sum of their PSS."""

    def rows(self, name: str) -> list[dict[str, Any]]:
        folder = self.data / "datasets" / name
        if not folder.exists():
            return []
        found: list[dict[str, Any]] = ds.dataset(folder, format="parquet", partitioning="hive").to_table().to_pylist()
        return found

    def fetches(self) -> list[dict[str, Any]]:
        return [row for row in self.rows("fetches") if row["run_id"] == self.report["run_id"]]

    def outcome(self, url: str) -> tuple[str, str | None]:
        (row,) = [row for row in self.fetches() if row["url"] == url]
        return row["outcome"], row["reason"]

    def fetch(self, url: str) -> dict[str, Any]:
        (row,) = [row for row in self.fetches() if row["url"] == url]
        return row

    def articles(self, host: str) -> dict[str, dict[str, Any]]:
        outlet_id = Paper(host).outlet_id
        return {row["article_id"]: row for row in self.rows("articles") if row["outlet_id"] == outlet_id}


_CHILD = """
import json, re, sys
from newsharvest.crawl.running import run
job = json.loads(sys.argv[1])
result = run("outlets", job["settings"], job["arguments"])
status = open("/proc/self/status").read()
peak = {"peak_kb": int(re.search(r"VmHWM:\\s*(\\d+)", status)[1])}
print(json.dumps({"run_id": result.run_id, "ended": result.ended, "counts": result.counts, "reasons": result.reasons,
                  "exit_code": result.exit_code, "recovered": result.recovered, **peak}))
sys.exit(result.exit_code)
"""


def crawl_job(folder: Path, site: FaultSite, papers: list[Paper], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings and arguments of a crawl of papers into ``folder``/data."""
    options = {
        "NEWSHARVEST_DATA": str(folder / "data"), "NEWSHARVEST_DEMO_PROXY": site.url, "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False, "CONCURRENT_REQUESTS_PER_DOMAIN": 16, "RETRY_PRIORITY_ADJUST": 0, **settings,
    }  # fmt: skip
    return {"settings": options, "arguments": {"outlet": ",".join(p.outlet_id for p in papers)}}


def crawl_environment(folder: Path, dns: Mapping[str, list[str]] | None = None) -> dict[str, str]:
    """A child's environment: its network watched, its names from a table, its outlets those of ``folder``."""
    return {
        **os.environ, "PYTHONPATH": CHILD_PATH, "NETWORK_LOG": str(folder / "network.log"),
        "FAKE_DNS": json.dumps(dict(dns or {})), "NEWSHARVEST_OUTLETS": str(folder / "outlets.toml"),
    }  # fmt: skip


def start_crawl(
    folder: Path,
    site: FaultSite,
    papers: list[Paper],
    *,
    dns: Mapping[str, list[str]] | None = None,
    before: Callable[[], None] | None = None,
    **settings: Any,
) -> subprocess.Popen[str]:
    """A crawl of papers into ``folder``/data, in a process of its own, which calls ``before`` before it begins."""
    (folder / "outlets.toml").write_text("\n".join(sorted(p.stanza() for p in papers)), encoding="utf-8")
    script = folder / "child.py"
    script.write_text(_CHILD, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), json.dumps(crawl_job(folder, site, papers, settings))], cwd=folder,
        env=crawl_environment(folder, dns), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=before,  # noqa: PLW1509 - sets a limit, no more
    )  # fmt: skip


def ended(process: subprocess.Popen[str], folder: Path, began: float, timeout: float = 60) -> Crawled:
    """What a started crawl came to."""
    watch = Memory(process.pid)
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"the crawl did not end: {process.communicate()[1][-3000:]}") from None
    lines = [line for line in out.splitlines() if line.startswith("{")]
    log = folder / "network.log"
    network = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    report = json.loads(lines[-1]) if lines else {}
    return Crawled(process.returncode, report, folder / "data", err, time.monotonic() - began, network, watch.peak_kb())


class Memory:
    """Samples what a process and its children hold: PSS counts a shared page once. (``ru_maxrss`` of a child begins with
    the size of the process that started it, so it says nothing here.)"""

    def __init__(self, pid: int) -> None:
        self._pid, self._most = pid, 0
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak_kb(self) -> int:
        """The most, after the process has ended."""
        self._thread.join(5)
        return self._most

    def _watch(self) -> None:
        while total := sum(map(pss_kb, [self._pid, *children(self._pid)])):
            self._most = max(self._most, total)
            time.sleep(0.05)


def pss_kb(pid: int) -> int:
    """What a process holds; 0 for one that is gone."""
    with contextlib.suppress(OSError):
        found = re.search(r"(?m)^Pss:\s*(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())
        return int(found[1]) if found else 0
    return 0


def children(pid: int) -> list[int]:
    """The processes that a process started, theirs included."""
    with contextlib.suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").glob("*/children")
        found = [int(word) for task in tasks for word in task.read_text().split()]
        return found + [grandchild for child in found for grandchild in children(child)]
    return []


def crawl(folder: Path, site: FaultSite, papers: list[Paper], timeout: float = 60, **more: Any) -> Crawled:
    """A whole crawl; its sums agree and it connected to nothing but loopback."""
    folder.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    done = ended(start_crawl(folder, site, papers, **more), folder, began, timeout)
    assert done.report, done.stderr[-5000:]
    assert done.network == []
    return done


note = observed
