"""The archive: records as others read them, and every damage named."""

from __future__ import annotations

import functools
import gzip
import itertools
import os
import random
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import brotli
import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from newsharvest.archive import (
    ArchiveWriter,
    Damaged,
    RecordDraft,
    members,
    metadata_draft,
    pages,
    pieces,
    response_draft,
    revisit_draft,
    whole_until,
)
from newsharvest.archive.writer import member
from newsharvest.coding import CodingError, decoded
from newsharvest.items import Record
from newsharvest.page import Page

AT = datetime(2026, 3, 2, 10, 17, 53, 123_000, tzinfo=UTC)
URL = "http://www.haeram.test/news/articleView.html?idxno=101"
BODY = "<html><body><h3>속초 산불 진화</h3></body></html>".encode()
gzipped = functools.partial(gzip.compress, mtime=0)  # the names of tests hold the bytes: alike in every process
HTML = [("Content-Type", "text/html; charset=utf-8")]


def response(number: int = 101, body: bytes = BODY, *headers: tuple[str, str]) -> RecordDraft:
    url = f"http://www.haeram.test/news/articleView.html?idxno={number}"
    return response_draft(url, 200, "OK", [*HTML, *headers], body, AT)


def written(folder: Path, *drafts: RecordDraft) -> tuple[Path, list[Record]]:
    writer = ArchiveWriter(folder, "run")
    records = writer.append(drafts)
    writer.close()
    return folder / "run-00000.warc.gz", records


def only(path: Path) -> Page:
    [page] = pages(path)
    assert isinstance(page, Page)
    return page


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
def test_a_body_that_came_compressed_stands_in_its_record_as_it_came(coding: str, tmp_path: Path) -> None:
    plain = b"<html><body>" + "속초 산불 진화 ".encode() * 3_000 + os.urandom(70_000).hex().encode() + b"</body></html>"
    body = {"gzip": gzip.compress, "br": brotli.compress, "deflate": zlib.compress}[coding](plain)
    path, [first, second] = written(tmp_path, response(101, body, ("Content-Encoding", coding)), response(102, plain))
    raw = path.read_bytes()
    assert len(body) > 65_535, "more than one of deflate's blocks"
    assert body[:60_000] in raw, "not packed again"
    assert first.warc_record_length < len(body) + 1_000
    assert gzip.decompress(raw[first.warc_record_offset :][: first.warc_record_length]).endswith(body + b"\r\n\r\n")
    read = [page for page in pages(path) if isinstance(page, Page)]
    assert [page.body for page in read] == [plain, plain]
    with path.open("rb") as stream:
        found = [record.raw_stream.read() for record in ArchiveIterator(stream, check_digests="raise")]
    assert found[1] == body
    with path.open("rb") as stream:
        verified = [record.verify_block_digest() for record in FastIterator(stream, parse_http=False)]
    assert verified[1:] == [True, True]
    assert second.warc_record_offset == first.warc_record_offset + first.warc_record_length


def _forged(kind: str) -> tuple[bytes, list[tuple[str, str]]]:
    """A body that holds records of another paper's page, and the headers it is sent with."""
    forged = member(response_draft("http://www.noeul.test/news/articleView.html?idxno=9", 200, "OK", HTML, BODY, AT))
    noise = random.Random(1).randbytes(40_000)
    return {
        "sent as gzip": (forged + noise, [("Content-Encoding", "gzip")]),
        "behind noise": (noise + forged + noise + forged, []),
        "sent as gzip, behind a page": (gzipped(BODY) + forged * 3, [("Content-Encoding", "gzip")]),
    }[kind]


@pytest.mark.parametrize("kind", ["sent as gzip", "behind noise", "sent as gzip, behind a page"])
def test_what_a_server_sends_is_never_taken_for_a_record(kind: str, tmp_path: Path) -> None:
    """Neither where a file is cut for several processes nor behind damage."""
    body, headers = _forged(kind)
    path, records = written(tmp_path, response(101), response(102, body, *headers), response(103))
    whole = path.read_bytes()
    assert gzip.decompress(whole[records[1].warc_record_offset :][: records[1].warc_record_length]).endswith(
        body + b"\r\n\r\n"
    )
    begins = {found.offset for found in members(path)}
    cuts = {cut for at in range(0, len(whole), 7) for cut, _ in pieces(path, [at])}
    assert cuts == begins
    torn = tmp_path / "torn.warc.gz"
    at = records[1].warc_record_offset
    torn.write_bytes(whole[: at + 20] + b"\xff" * 20 + whole[at + 40 :])
    numbers = [page.url[-3:] for page in pages(torn) if isinstance(page, Page)]
    assert numbers == ["101", "103"]


def test_warcio_and_fastwarc_read_what_is_written_and_find_every_digest_right(tmp_path: Path) -> None:
    drafts = [
        response(101),
        response(102, zlib.compress(BODY), ("Content-Encoding", "deflate")),
        revisit_draft(URL, [("ETag", '"a"')], AT),
        metadata_draft(URL, {"outcome": "failed", "reason": "dns"}, AT),
        response_draft("http://www.haeram.test/empty", 204, "", [], b"", AT),
    ]
    path, records = written(tmp_path, *drafts)
    kinds = ["warcinfo", "response", "response", "revisit", "metadata", "response"]
    with path.open("rb") as stream:
        seen = [(r.rec_type, r.content_stream().read()) for r in ArchiveIterator(stream, check_digests="raise")]
    assert [kind for kind, _ in seen] == kinds
    assert [content for kind, content in seen if kind == "response"] == [BODY, BODY, b""]
    assert seen[4][1] == b"outcome: failed\r\nreason: dns\r\n"
    with path.open("rb") as stream:
        blocks = [(r.headers["WARC-Type"], r.verify_block_digest()) for r in FastIterator(stream, parse_http=False)]
    assert blocks == [(kind, True) for kind in kinds]
    with path.open("rb") as stream:
        payloads = [r.verify_payload_digest() for r in FastIterator(stream) if r.headers["WARC-Type"] == "response"]
    assert payloads == [True, True, True]
    offsets = [found.offset for found in members(path)]
    assert [record.warc_record_offset for record in records] == offsets[1:]
    assert records[-1].warc_record_offset + records[-1].warc_record_length == path.stat().st_size


def test_a_page_comes_back_as_it_was_received(tmp_path: Path) -> None:
    kst = AT.astimezone(timezone(timedelta(hours=9)))
    head = [*HTML, ("ETag", '"x"'), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Name", "caf\xe9")]
    path, [record] = written(tmp_path, response_draft(URL, 200, "OK", head, BODY, kst))
    page = only(path)
    assert (page.url, page.status, page.body, page.media, page.record) == (URL, 200, BODY, "html", record)
    assert page.fetched_at == AT
    assert page.fetched_at.utcoffset() == timedelta(0)
    assert page.headers["etag"] == '"x"'
    assert page.headers["set-cookie"] == "a=1, b=2"
    assert page.headers["x-name"] == "café"
    assert page.headers["content-length"] == str(len(BODY))


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzipped(BODY)),
        ("x-gzip", gzipped(BODY[:9]) + gzipped(BODY[9:])),
        ("deflate", zlib.compress(BODY)),
        ("Deflate", zlib.compressobj(wbits=-15).compress(b"") + zlib.compress(BODY)[2:-4]),
        ("br", brotli.compress(BODY)),
        ("deflate, gzip", gzipped(zlib.compress(BODY))),
        ("identity", BODY),
    ],
)
def test_content_encodings_are_undone_on_reading_and_kept_in_the_archive(
    tmp_path: Path, name: str, packed: bytes
) -> None:
    path, _ = written(tmp_path, response(1, packed, ("Content-Encoding", name)))
    assert only(path).body == BODY
    assert packed in [found.data for found in members(path)][1]


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("gzip", gzipped(BODY)[:-1], "truncated"),
        ("gzip", gzipped(BODY)[:-8], "truncated"),
        ("gzip", gzipped(BODY)[: len(BODY) // 2], "truncated"),
        ("deflate", zlib.compress(BODY)[:-2], "truncated"),
        ("br", brotli.compress(BODY)[:-4], "truncated"),
        ("gzip", BODY, "encoding"),
        ("compress", BODY, "encoding"),
        ("gzip", gzipped(bytes(11 << 20)), "too_large"),
        ("deflate", zlib.compress(bytes(11 << 20)), "too_large"),
        ("br", brotli.compress(bytes(11 << 20), quality=1), "too_large"),
    ],
)
def test_a_body_that_its_coding_does_not_explain_is_damage_and_the_next_page_is_read(
    tmp_path: Path, name: str, body: bytes, reason: str
) -> None:
    path, records = written(tmp_path, response(1, body, ("Content-Encoding", name)), response(2))
    damaged, page = pages(path)
    assert damaged == Damaged(path, records[0].warc_record_offset, reason, URL.replace("101", "1"))
    assert isinstance(page, Page)
    assert page.body == BODY
    assert damaged.reject().reason == reason


def test_transfer_encoding_is_renamed_because_the_body_is_stored_without_it(tmp_path: Path) -> None:
    path, _ = written(tmp_path, response(1, BODY, ("Transfer-Encoding", "chunked"), ("Content-Length", "7")))
    page = only(path)
    assert page.body == BODY
    assert page.headers["x-crawler-transfer-encoding"] == "chunked"
    assert "transfer-encoding" not in page.headers


def test_a_header_can_not_smuggle_in_another(tmp_path: Path) -> None:
    path, _ = written(tmp_path, response(1, BODY, ("X-A", "1\r\nX-Injected: 2")))
    assert only(path).headers["x-a"] == "1  X-Injected: 2"


def test_a_304_is_a_page_without_body_and_an_outcome_is_no_page(tmp_path: Path) -> None:
    revisit = revisit_draft(URL, [("ETag", '"a"')], AT)
    path, records = written(tmp_path, metadata_draft(URL, {"outcome": "failed"}, AT), revisit)
    page = only(path)
    assert (page.status, page.body, page.url, page.fetched_at, page.record) == (304, b"", URL, AT, records[1])


def test_files_are_rotated_by_size_and_each_begins_with_a_warcinfo(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path, "run", max_bytes=1_000)
    noise = os.urandom(900)
    records = [writer.append([response(n, noise)])[0] for n in range(3)]
    records += writer.append([response(n, noise) for n in range(3, 5)])
    writer.close()
    names = [f"run-{n:05d}.warc.gz" for n in range(5)]
    assert [record.warc_filename for record in records] == names
    for name in names:
        assert b"WARC-Type: warcinfo" in next(members(tmp_path / name)).data
    again = ArchiveWriter(tmp_path, "run")
    assert again.append([response()])[0].warc_filename == "run-00005.warc.gz"


def test_append_is_durable_in_the_right_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real_write, real_sync = os.write, os.fsync

    def spy_write(descriptor: int, data: memoryview) -> int:
        calls.append("write")
        return real_write(descriptor, data)

    def spy_sync(descriptor: int) -> None:
        calls.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{descriptor}") else "fsync file")
        real_sync(descriptor)

    monkeypatch.setattr(os, "write", spy_write)
    monkeypatch.setattr(os, "fsync", spy_sync)
    writer = ArchiveWriter(tmp_path, "run")
    writer.append([response(1), response(2)])
    writer.append([response(3)])
    assert calls == ["fsync folder", "write", "write", "write", "fsync file", "write", "fsync file"]
    assert writer.append([]) == []


def test_after_a_failed_write_nothing_is_appended_behind_the_torn_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = ArchiveWriter(tmp_path, "run")
    writer.append([response(1)])
    real_write = os.write

    def half_then_full(descriptor: int, data: memoryview) -> int:
        monkeypatch.setattr(os, "write", no_space)
        return real_write(descriptor, data[: len(data) // 2])

    def no_space(_descriptor: int, _data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", half_then_full)
    with pytest.raises(OSError, match="No space"):
        writer.append([response(2)])
    monkeypatch.setattr(os, "write", real_write)
    with pytest.raises(OSError, match="No space"):
        writer.append([response(3)])
    page, torn = pages(tmp_path / "run-00000.warc.gz")
    assert isinstance(page, Page)
    assert isinstance(torn, Damaged)
    assert torn.reason == "torn_tail"


@pytest.mark.fault("F51")
@pytest.mark.parametrize("cut", [1, 4, 8, 9, 10, 100, -1])
def test_a_torn_tail_is_the_end_of_the_file_and_was_never_accepted(tmp_path: Path, cut: int) -> None:
    path, records = written(tmp_path, response(1), response(2))
    last = records[1]
    size = path.stat().st_size
    kept = size - cut if cut > 0 else last.warc_record_offset + 1
    os.truncate(path, kept)
    page, torn = pages(path)
    assert isinstance(page, Page)
    assert isinstance(torn, Damaged)
    assert (page.url, torn.reason, torn.offset) == (URL.replace("101", "1"), "torn_tail", last.warc_record_offset)
    assert whole_until(path) == last.warc_record_offset


@pytest.mark.fault("F51")
def test_a_tail_of_zeros_is_torn_and_an_empty_file_holds_nothing(tmp_path: Path) -> None:
    path, records = written(tmp_path, response(1))
    size = path.stat().st_size
    with path.open("ab") as stream:
        stream.write(bytes(70_000))
    page, torn = pages(path)
    assert isinstance(page, Page)
    assert torn == Damaged(path, size, "torn_tail", "")
    assert whole_until(path) == size
    assert whole_until(path, size) == size
    assert next(iter(pages(path, records[0].warc_record_offset))) == page
    (tmp_path / "empty.warc.gz").touch()
    assert list(pages(tmp_path / "empty.warc.gz")) == []
    assert whole_until(tmp_path / "empty.warc.gz") == 0


def _is_padding(flipped: bytes, whole: bytes, hit: Record) -> bool:
    """Whether a flip changed nothing that is read: the last byte of a deflate stream has up to seven bits of padding."""
    end = hit.warc_record_offset + hit.warc_record_length
    if whole[: end - 9] + whole[end - 8 :] != flipped[: end - 9] + flipped[end - 8 :]:
        return False  # only the byte before the eight of the trailer
    member = flipped[hit.warc_record_offset : end]
    try:
        return gzip.decompress(member) == gzip.decompress(whole[hit.warc_record_offset : end])
    except (EOFError, OSError, zlib.error):
        return False


@pytest.mark.fault("F51")
def test_every_flipped_byte_of_a_record_is_noticed_and_costs_no_other_record(tmp_path: Path) -> None:
    path, records = written(tmp_path, response(1), response(2), response(3))
    whole = path.read_bytes()
    first, third = (page for page in pages(path) if isinstance(page, Page) and page.record in {records[0], records[2]})
    hit = records[1]
    # Bytes 4 to 9 of a gzip header are time, level and system: they say nothing about the content.
    places = [n for n in range(hit.warc_record_length) if n not in range(4, 10)]
    for place in places[:12] + places[12::9]:
        at = hit.warc_record_offset + place
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x10]) + whole[at + 1 :])
        found = list(pages(path))
        if _is_padding(path.read_bytes(), whole, hit):
            assert len([page for page in found if isinstance(page, Page)]) == 3, place
            continue
        assert [page for page in found if isinstance(page, Page)] == [first, third], place
        assert [page.offset for page in found if isinstance(page, Damaged)] == [hit.warc_record_offset], place


@pytest.mark.fault("F54")
def test_a_cut_record_in_the_middle_is_damage_and_the_rest_is_read(tmp_path: Path) -> None:
    path, records = written(tmp_path, response(1, os.urandom(40_000)), response(2))
    whole = path.read_bytes()
    at = records[0].warc_record_offset
    path.write_bytes(whole[: at + 20_000] + whole[records[1].warc_record_offset :])
    damaged, page = pages(path)
    assert isinstance(damaged, Damaged)
    assert isinstance(page, Page)
    assert (damaged.offset, damaged.reason, page.url) == (at, "damaged_member", URL.replace("101", "2"))
    assert page.record == Record(path.name, at + 20_000, records[1].warc_record_length)
    assert whole_until(path) == path.stat().st_size


def by_hand(kind: str, block: bytes, **more: str) -> bytes:
    head = {"WARC-Type": kind, "WARC-Target-URI": URL, "WARC-Date": "2026-03-02T10:17:53Z"}
    head |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}: {value}" for name, value in head.items()]
    return (
        ("\r\n".join(["WARC/1.0", *lines, f"Content-Length: {len(block)}"]) + "\r\n\r\n").encode() + block + b"\r\n\r\n"
    )


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + BODY


def put(path: Path, *records: bytes, pack: Callable[[bytes], bytes] = bytes, whole: bool = False) -> Path:
    path.write_bytes(pack(b"".join(records)) if whole else b"".join(pack(record) for record in records))
    return path


def test_a_cut_within_a_record_of_others_is_told(tmp_path: Path) -> None:
    body, _ = _forged("behind noise")
    records = [
        by_hand("response", HTTP + body, WARC_Target_URI=f"<{URL}>"),
        by_hand("response", HTTP, WARC_Target_URI=f"<{URL}>"),
    ]
    path = put(tmp_path / "others.warc.gz", *records, pack=gzip.compress)
    [(_, cut), (_, end)] = pieces(path, [1_000])
    first, told = pages(path, 0, cut)
    assert (isinstance(first, Page), isinstance(told, Damaged) and (told.offset, told.reason)) == (
        True,
        (cut, "cut_within_record"),
    )
    behind = [page.url for page in pages(path, cut, end) if isinstance(page, Page)]
    assert behind[0] == "http://www.noeul.test/news/articleView.html?idxno=9", "a forged page is what must be told"
    assert [page.url for page in pages(path) if isinstance(page, Page)] == [URL, URL]


@pytest.mark.fault("F54")
@pytest.mark.parametrize("layout", ["plain", "member per record", "one stream"])
def test_files_of_others_in_every_layout(tmp_path: Path, layout: str) -> None:
    records = [
        by_hand("warcinfo", b"software: Wget/1.21.3\r\n"),
        by_hand("request", b"GET / HTTP/1.1\r\n\r\n", Content_Type="application/http;msgtype=request"),
        by_hand("response", HTTP, WARC_Target_URI=f"<{URL}>", Content_Type="application/http;msgtype=response"),
        by_hand("response", b"10.0.0.1", Content_Type="text/dns"),
        by_hand("conversion", "속초 산불 진화".encode(), Content_Type="text/plain"),
        by_hand("resource", b"<?xml version='1.0'?><rss/>", Content_Type="application/xml"),
        by_hand("revisit", b"", WARC_Profile="http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"),
        by_hand("riddle", b"?"),
    ]
    pack = bytes if layout == "plain" else gzip.compress
    path = put(tmp_path / "a.warc", *records, pack=pack, whole=layout == "one stream")
    html, text, xml, riddle = pages(path)
    assert isinstance(html, Page)
    assert isinstance(text, Page)
    assert isinstance(xml, Page)
    assert isinstance(riddle, Damaged)
    assert (html.url, html.body, html.media, html.status) == (URL, BODY, "html", 200)
    assert html.fetched_at == datetime(2026, 3, 2, 10, 17, 53, tzinfo=UTC)
    assert (text.media, text.body.decode()) == ("text", "속초 산불 진화")
    assert xml.media == "xml"
    assert (riddle.reason, riddle.excerpt) == ("unknown_type", "riddle")
    if layout == "plain":
        place = html.record
        assert place is not None
        raw = path.read_bytes()[place.warc_record_offset :]
        assert raw[: place.warc_record_length] + b"\r\n\r\n" == records[2]


def test_a_huge_single_stream_is_read_record_by_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsharvest.archive.gz.MEMBER_MAX", 1_000)
    monkeypatch.setattr("newsharvest.archive.reader.MEMBER_MAX", 1_000)
    records = [by_hand("response", HTTP) for _ in range(20)] + [by_hand("response", HTTP + bytes(1_000))]
    path = put(tmp_path / "a.warc.gz", *records, pack=gzip.compress, whole=True)
    found = list(pages(path))
    assert [page.body for page in found if isinstance(page, Page)] == [BODY] * 20
    assert [page.reason for page in found if isinstance(page, Damaged)] == ["too_large"]
    os.truncate(path, path.stat().st_size - 20)
    *before, last = list(pages(path))
    assert [page.body for page in before if isinstance(page, Page)] == [BODY] * 20
    assert isinstance(last, Damaged)
    assert last.reason == "torn_tail"


def test_of_a_torn_single_stream_all_but_the_last_record_is_read(tmp_path: Path) -> None:
    noise = [random.Random(n).randbytes(3_000) for n in range(5)]
    records = [by_hand("response", HTTP + block) for block in noise]
    path = put(tmp_path / "a.warc.gz", *records, pack=gzip.compress, whole=True)
    os.truncate(path, path.stat().st_size - 2_000)
    *before, last = list(pages(path))
    assert [page.body for page in before if isinstance(page, Page)] == [BODY + block for block in noise[:4]]
    assert isinstance(last, Damaged)
    assert (last.reason, last.offset) == ("torn_tail", 0)
    one = put(tmp_path / "b.warc.gz", records[0], pack=gzip.compress)
    os.truncate(one, one.stat().st_size - 4)  # all of its text is there, but nothing vouches for it
    assert [entry.reason for entry in pages(one) if isinstance(entry, Damaged)] == ["torn_tail"]
    assert len(list(pages(one))) == 1


@pytest.mark.parametrize(
    ("http", "outcome"),
    [
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>ab\r\n4;x=1\r\n</p>\r\n0\r\n\r\n",
            b"<p>ab</p>",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<p>stored without</p>", b"<p>stored without</p>"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<p>ab\r\n9\r\n</p>", "truncated"),
        (b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>\r\n\r\n</p>", b"<p>\r\n\r\n</p>"),
        (b"HTTP/2 200\r\n\r\n<p>two</p>", b"<p>two</p>"),
        (b"not http at all", "bad_header"),
    ],
)
def test_http_messages_as_they_are_found(tmp_path: Path, http: bytes, outcome: bytes | str) -> None:
    [found] = pages(put(tmp_path / "a.warc", by_hand("response", http)))
    assert (found.body if isinstance(found, Page) else found.reason) == outcome


@pytest.mark.fault("F54")
@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({"WARC_Date": "2026-03-02T10:17:53.123987Z"}, datetime(2026, 3, 2, 10, 17, 53, 123_000, tzinfo=UTC)),
        ({"WARC_Date": "2026-03-02T10:17:53.5Z"}, datetime(2026, 3, 2, 10, 17, 53, 500_000, tzinfo=UTC)),
        ({"WARC_Date": "2026-03"}, None),
        ({"WARC_Date": "yesterday"}, "bad_header"),
        ({"WARC_Date": "2026-13-02T10:17:53Z"}, "bad_header"),
        ({"WARC_Target_URI": ""}, "bad_header"),
        ({"WARC_Block_Digest": "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "bad_digest"),
        ({"WARC_Block_Digest": "md5:00"}, "bad_digest"),
        ({"WARC_Block_Digest": "crc32:00"}, datetime(2026, 3, 2, 10, 17, 53, tzinfo=UTC)),
    ],
)
def test_headers_as_they_are_found(tmp_path: Path, more: dict[str, str], outcome: datetime | str | None) -> None:
    path = put(tmp_path / "a.warc", by_hand("response", HTTP, **more), by_hand("response", HTTP))
    found, after = pages(path)
    assert (found.fetched_at if isinstance(found, Page) else found.reason) == outcome
    assert isinstance(after, Page)


def test_junk_between_records_and_a_cut_plain_file(tmp_path: Path) -> None:
    good = by_hand("response", HTTP)
    path = put(tmp_path / "a.warc", good, b"junk\r\nmore junk\r\n", good, good[:-30])
    found = list(pages(path))
    reasons = [entry.reason if isinstance(entry, Damaged) else entry.url for entry in found]
    assert reasons == [URL, "not_warc", URL, "torn_tail"]


def test_decoding_has_a_limit_and_says_which() -> None:
    assert decoded(b"12345", None, limit=5) == b"12345"
    for name in (None, "identity"):
        with pytest.raises(CodingError, match="too_large: more than 4 bytes"):
            decoded(b"12345", name, limit=4)
    assert decoded(b"", "gzip") == b""


@pytest.mark.parametrize("wanted", [1, 2, 3, 7, 50])
def test_the_parts_of_a_file_hold_every_record_once(tmp_path: Path, wanted: int) -> None:
    writer = ArchiveWriter(tmp_path, "20260302T000000Z-aaaaaa")
    bodies = [f"<p>{number}</p>".encode() * (number * 40 + 1) for number in range(20)]
    at = datetime(2026, 3, 2, tzinfo=UTC)
    writer.append([response_draft(f"http://x.test/{n}", 200, "OK", [], body, at) for n, body in enumerate(bodies)])
    writer.close()
    (path,) = tmp_path.glob("*.warc.gz")
    size = path.stat().st_size
    parts = pieces(path, [size * number // wanted for number in range(1, wanted)])
    assert (parts[0][0], parts[-1][1]) == (0, size)
    assert all(one[1] == two[0] for one, two in itertools.pairwise(parts))
    assert len(parts) == min(wanted, len(parts))
    read = [page.body for start, end in parts for page in pages(path, start, end) if isinstance(page, Page)]
    assert read == bodies
