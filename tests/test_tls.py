"""Certificates are verified for every host but those whose outlet states an exception. Two real servers, self-signed."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import CHILD_PATH

_CHILD = """
import json, sys, types
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from newsharvest.crawl import tls

job = json.loads(sys.argv[1])
tls.outlets = lambda: {"old": types.SimpleNamespace(tls_exception="expired", hosts=(job["excepted"],))}
found = {}

class Asking(scrapy.Spider):
    name = "asking"

    async def start(self):
        for host in (job["excepted"], job["verified"]):
            yield scrapy.Request(f"https://{host}/", callback=self.got, errback=self.lost, meta={"dont_retry": True})

    def got(self, response):
        found[response.url.split("/")[2]] = response.text

    def lost(self, failure):
        found[failure.request.url.split("/")[2]] = repr(failure.value)

settings = Settings()
settings.setmodule("newsharvest.settings", priority="project")
settings.update({"NEWSHARVEST_DEMO_PROXY": "http://localhost:1", "ROBOTSTXT_OBEY": False, "LOG_LEVEL": "ERROR",
                 "NEWSHARVEST_DATA": job["data"], "DOWNLOAD_TIMEOUT": 20}, priority="cmdline")
process = AsyncCrawlerProcess(settings)
process.crawl(Asking)
process.start()
print(json.dumps(found))
"""


def self_signed(folder: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def https(pem: Path) -> Iterator[tuple[int, list[str]]]:
    """A server with that certificate; the paths that it was asked for after a handshake that the client accepted."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_only_an_outlet_with_an_exception_is_read_without_a_valid_certificate(tmp_path: Path) -> None:
    pem = self_signed(tmp_path)
    with https(pem) as (first, asked), https(pem) as (second, refused):
        job = {"excepted": f"localhost:{first}", "verified": f"localhost:{second}", "data": str(tmp_path)}
        script = tmp_path / "child.py"
        script.write_text(_CHILD, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(script), json.dumps(job)], cwd=tmp_path, capture_output=True, text=True, timeout=90,
            env={**os.environ, "PYTHONPATH": CHILD_PATH},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])
    assert found[job["excepted"]] == "ok", found
    assert "certificate verify failed" in found[job["verified"]], found
    assert (asked, refused) == (["/"], [])
