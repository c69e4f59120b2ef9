"""One article of the demo site in every form in which people keep pages: each as the program that makes it writes it."""

from __future__ import annotations

import gzip
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from backports import zstd

from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.archive.writer import RecordDraft, member
from newsharvest.demo import truth
from newsharvest.demo.site import Site
from newsharvest.demo.truth import TrueArticle

AT = datetime(2026, 3, 2, 3, 21, 7, tzinfo=UTC)


@dataclass(frozen=True)
class Original:
    """An article of the site, and its page as the site sends it."""

    true: TrueArticle
    body: bytes


def original(number: int = 0, outlet_id: str = "demo_haeram") -> Original:
    true = [t for t in truth.articles(1) if t.outlet_id == outlet_id and not t.gone][number]
    host, _, path = true.url.removeprefix("http://").partition("/")
    return Original(true, Site(1).respond(host, f"/{path}").body)


def _into_head(page: Original, text: str) -> bytes:
    at = page.body.index(b"<head") if b"<head" in page.body else 0
    return page.body[:at] + text.encode() + page.body[at:]


def browser(page: Original) -> bytes:
    """Chrome's and Internet Explorer's "save complete": the address, no time."""
    return f"<!-- saved from url=({len(page.true.url):04d}){page.true.url} -->\r\n".encode() + page.body


def singlefile(page: Original) -> bytes:
    comment = (
        f"<!--\n Page saved with SingleFile \n url: {page.true.url} \n"
        f" saved date: {AT.strftime('%a %b %d %Y %H:%M:%S')} GMT+0000 (협정 세계시)\n-->"
    )
    return _into_head(page, comment)


def httrack(page: Original) -> bytes:
    comment = (
        f"<!-- Mirrored from {page.true.url.removeprefix('http://')} by HTTrack Website Copier/3.x [XR&CO'2014], "
        f"{AT.strftime('%a, %d %b %Y %H:%M:%S')} GMT -->\n"
    )
    return _into_head(page, comment)


def mhtml(page: Original) -> bytes:
    """Chrome's: the page quoted-printable, a picture beside it."""
    head = (
        "From: <Saved by Blink>\r\n"
        f"Snapshot-Content-Location: {page.true.url}\r\n"
        "Subject: =?utf-8?Q?=EB=89=B4=EC=8A=A4?=\r\n"
        f"Date: {AT.strftime('%a, %d %b %Y %H:%M:%S')} -0000\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="----MultipartBoundary--x----"\r\n\r\n\r\n'
        "------MultipartBoundary--x----\r\nContent-Type: text/html\r\nContent-ID: <frame-1@mhtml.blink>\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\nContent-Location: {page.true.url}\r\n\r\n"
    )
    tail = (
        "\r\n------MultipartBoundary--x----\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n"
        "Content-Location: http://www.haeram.test/logo.png\r\n\r\niVBORw0KGgo=\r\n\r\n------MultipartBoundary--x------\r\n"
    )
    return head.encode() + quopri.encodestring(page.body).replace(b"\n", b"\r\n") + tail.encode()


def mht(page: Original) -> bytes:
    """Internet Explorer's: base64, the charset said, no address of the snapshot."""
    from base64 import encodebytes

    head = (
        "From: <Saved by WebKit>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"b\"\r\n\r\n"
        f"--b\r\nContent-Type: text/html; charset=\"utf-8\"\r\nContent-Transfer-Encoding: base64\r\nContent-Location:\r\n {page.true.url}\r\n\r\n"
    )  # fmt: skip
    return head.encode() + encodebytes(page.body) + b"\r\n--b--\r\n"


FILES: dict[str, tuple[Callable[[Original], bytes], bool]] = {
    "browser.html": (browser, False),
    "browser.html.gz": (lambda page: gzip.compress(browser(page)), False),
    "browser.htm.zst": (lambda page: zstd.compress(browser(page)), False),
    "browser.htm.gz": (lambda page: gzip.compress(browser(page)), False),
    "browser.html.zst": (lambda page: zstd.compress(browser(page)), False),
    "canonical.html": (lambda page: page.body, False),
    "singlefile.html": (singlefile, True),
    "httrack.html": (httrack, True),
    "chrome.mhtml": (mhtml, True),
    "chrome.mhtml.gz": (lambda page: gzip.compress(mhtml(page)), True),
    "ie.mht": (mht, False),
}
"""Name → what it holds, and whether it states when it was saved (`AT`)."""


def common_crawl(folder: Path, page: Original, foreign: int) -> Path:
    """A file of Common Crawl's news: the page among those of other sites, as their crawler writes records."""
    path = folder / "CC-NEWS-20260302031500-00042.warc.gz"
    records = [_crawled(f"http://news{n}.example.net/story/{n}", b"<html>" + b"x" * 500, n) for n in range(foreign)]
    records.insert(foreign // 2, _crawled(page.true.url, page.body, foreign))
    info = RecordDraft(
        AT, (("WARC-Type", "warcinfo"), ("Content-Type", "application/warc-fields")), b"robots: obey\r\n"
    )
    path.write_bytes(b"".join(map(member, [info, *records])))
    return path


def _crawled(url: str, body: bytes, number: int) -> RecordDraft:
    """Already unpacked; the headers of the transfer renamed."""
    headers = (
        f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nX-Crawler-Transfer-Encoding: chunked\r\n"
        f"X-Crawler-Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    head = (
        ("WARC-Type", "response"),
        ("WARC-Target-URI", url),
        ("WARC-IP-Address", "127.0.0.1"),
        ("WARC-Identified-Payload-Type", "text/html"),
        ("Content-Type", "application/http; msgtype=response"),
    )
    return RecordDraft(AT, head, headers + body, len(headers))


def wet(folder: Path, page: Original) -> Path:
    """Common Crawl's text of pages: the article's lines, and another site's."""
    lines = [page.true.title, *page.true.paragraphs]
    path = folder / "CC-MAIN-20260302-00000.warc.wet.gz"
    records = [_text(page.true.url, "\n".join(lines)), _text("http://news.example.net/1", "Some text\nof another site")]
    path.write_bytes(b"".join(map(member, records)))
    return path


def _text(url: str, text: str) -> RecordDraft:
    head = (("WARC-Type", "conversion"), ("WARC-Target-URI", url), ("Content-Type", "text/plain"))
    return RecordDraft(AT, head, text.encode())


def ours(folder: Path, page: Original) -> Path:
    """A WARC file as a crawl writes it; its path."""
    writer = ArchiveWriter(folder, "20260302T032107Z-0000aa")
    draft = response_draft(page.true.url, 200, "OK", [("Content-Type", "text/html; charset=utf-8")], page.body, AT)
    (record,) = writer.append([draft])
    writer.close()
    return folder / record.warc_filename


def unpacked(folder: Path, page: Original) -> Path:
    """The same, not compressed."""
    path = folder / "plain.warc"
    path.write_bytes(gzip.decompress(ours(folder, page).read_bytes()))
    return path
