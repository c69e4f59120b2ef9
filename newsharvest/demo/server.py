"""The demo site over real HTTP on loopback: a forward proxy for the site's own ``.test`` hosts and nothing else.

Crawlers are pointed at it as a proxy, so the papers keep their fixed host names whatever the port is.
"""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from newsharvest.demo.site import Response, Site

_IDLE_SECONDS = 30.0
_HOP_STATUSES_WITHOUT_BODY = frozenset({204, 304})


class Answering(Protocol):
    """A site to serve: its hosts, and its answer to a GET."""

    @property
    def hosts(self) -> frozenset[str]:
        """Every host it answers for, in lower case."""
        ...

    def respond(self, host: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer; status `HANG_UP` ends the connection without one."""
        ...


HANG_UP = 0


class Seen(NamedTuple):
    """One answered request; ``bytes`` counts the body as sent."""

    host: str
    path: str
    status: int
    bytes: int


class DemoServer:
    """A running demo site. It ends with `close`, at the end of a ``with`` block, or after ``max_seconds``."""

    def __init__(self, site: Answering, max_seconds: float) -> None:
        self.site = site
        self.requests: list[Seen] = []
        """Every answered request, in order."""
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.demo = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), name="demo-site", daemon=True)
        self._timer = threading.Timer(max_seconds, self.close)
        self._timer.daemon = True
        self._closing = threading.Lock()
        self._packed: dict[bytes, bytes] = {}
        self._thread.start()
        self._timer.start()

    @property
    def port(self) -> int:
        """The ephemeral port on 127.0.0.1."""
        return int(self._http.server_address[1])

    @property
    def proxy_url(self) -> str:
        """What a client sets as its HTTP proxy, e.g. ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """Stop listening and end open connections; a second call does nothing."""
        with self._closing:
            self._timer.cancel()
            if self._thread.is_alive():
                self._http.shutdown()
                self._http.server_close()
                self._http.hang_up()
                self._thread.join()

    def packed(self, body: bytes) -> bytes:
        """The body gzipped; one body is packed once, and always to the same bytes."""
        if body not in self._packed:
            self._packed[body] = gzip.compress(body, compresslevel=1, mtime=0)
        return self._packed[body]

    def __enter__(self) -> DemoServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve(day: int, max_seconds: float = 3600.0) -> DemoServer:
    """Start the site of a day on 127.0.0.1; it answers as soon as this returns.

    >>> with serve(1) as server:
    ...     server.requests
    []
    """
    return DemoServer(Site(day), max_seconds)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    demo: DemoServer

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self._open: set[socket.socket] = set()

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        if isinstance(request, socket.socket):
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """End connections that clients keep alive."""
        for connection in tuple(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                self._open.discard(connection)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    # Head and body leave in one write: two small ones cost a delayed acknowledgement of 40 ms each.
    wbufsize = 1 << 18
    server: _Http

    def do_GET(self) -> None:
        """Answer an absolute-form request line, or an origin-form one by its Host header."""
        host, path = self._target()
        if host not in self.server.demo.site.hosts:
            self._send(host, path, _refusal(f"not a host of the demo: {host}"))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(host, path, self.server.demo.site.respond(host, path, headers))

    do_HEAD = do_GET  # noqa: N815 - the base class names it

    def do_CONNECT(self) -> None:
        """Refuse tunnels: the demo speaks plain HTTP for its own hosts."""
        self.close_connection = True
        self._send(self.path, "", _refusal("no tunnels"))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Stay silent: `DemoServer.requests` is the log."""

    def _target(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        if parts.scheme:
            path = parts.path or "/"
            return (parts.hostname or "").lower(), f"{path}?{parts.query}" if parts.query else path
        host = self.headers["Host"] or ""
        return host.rsplit(":", 1)[0].lower(), self.path

    def _send(self, host: str, path: str, answer: Response) -> None:
        if answer.status == HANG_UP:
            self.close_connection = True
            self.server.demo.requests.append(Seen(host, path, HANG_UP, 0))
            return
        body, headers = answer.body, dict(answer.headers)
        if body and "gzip" in (self.headers["Accept-Encoding"] or "").lower():
            body = self.server.demo.packed(body)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if answer.status not in _HOP_STATUSES_WITHOUT_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        sent = b"" if self.command == "HEAD" else body
        self.wfile.write(sent)
        self.server.demo.requests.append(Seen(host, path, answer.status, len(sent)))


def _refusal(reason: str) -> Response:
    return Response(403, {"Content-Type": "text/plain; charset=utf-8"}, reason.encode())
