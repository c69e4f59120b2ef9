"""Pages that take a parser minutes, and tails of archives that nobody committed: what a run makes of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.files import DataDir
from newsharvest.recover import recover
from newsharvest.store import RunLock, Store
from tests import crash_scenarios as scenes
from tests.conftest import CHILD_PATH, frames
from tests.crash_scenarios import keys
from tests.fault_report import observed
from tests.faultsite import Paper, answer, ended, fault_site, listing, page, path_of, start_crawl
from tests.test_faults_answers import attributes, nested

HOST = "slow.test"


@pytest.mark.fault("F25")
@pytest.mark.fault("F42")
def test_a_page_that_takes_minutes_fails_while_the_crawl_goes_on_and_a_signal_still_works(tmp_path: Path) -> None:
    """200,000 attributes, hidden from the check of tag lengths, and 100,000 nested tags; SIGTERM while a parser is at it."""
    hostile = {4: attributes(4, 200_000, ">"), 5: attributes(5, 200_000, ">"), 6: nested(6, 99_000)}
    routes = {(HOST, path_of(n)): answer(page(n)) for n in range(1, 40)} | {
        (HOST, path_of(n)): data for n, data in hostile.items()
    }
    routes[HOST, "/list.html"] = listing(*(path_of(n) for n in (*hostile, *range(1, 40))))
    with fault_site(routes) as site:
        began = time.monotonic()
        process = start_crawl(tmp_path, site, [Paper(HOST)], NEWSHARVEST_PARSE_SECONDS=60, DOWNLOAD_TIMEOUT=30)
        while site.count(HOST, path_of(39)) == 0:
            assert process.poll() is None, process.communicate()[1][-3000:]
            assert time.monotonic() - began < 90
            time.sleep(0.05)
        time.sleep(1)
        told = time.monotonic()
        process.send_signal(signal.SIGTERM)
        done = ended(process, tmp_path, began)
    seconds = time.monotonic() - told
    assert (done.exit_code, done.report["ended"]) == (143, "stopped"), done.stderr[-3000:]
    assert seconds < 10
    given_up = {
        row["url"].rpartition("=")[2] for row in done.fetches() if row["reason"] == "stopped" and row["status"] == 200
    }
    assert given_up & {"4", "5"}, "no hostile page was under way"
    assert len(done.articles(HOST)) > 5, "the crawl did not go on beside them"
    observed(
        "F25",
        "SIGTERM while 200,000 attributes are parsed",
        "143 within 10 s",
        f"143 after {seconds:.1f} s, {len(done.articles(HOST))} other pages landed meanwhile",
    )


@pytest.mark.fault("F42")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("words", [("reparse", "saved"), ("reparse",)], ids=["reparse", "rebuild"])
def test_a_signal_ends_a_re_parse_and_the_same_command_again_is_right(
    tmp_path: Path, number: signal.Signals, code: int, words: tuple[str, ...]
) -> None:
    scenes.crawl(tmp_path / "data")
    saved = scenes.save_pages(tmp_path / "saved")
    (saved / "slow.html").write_bytes(attributes(9, 200_000, ">").partition(b"\r\n\r\n")[2])
    before = keys(tmp_path / "data")
    archive = ArchiveWriter(tmp_path / "data" / "archive", "20260301T000000Z-abcdef")
    archive.append(
        [
            response_draft(
                "http://www.haeram.test/news/articleView.html?idxno=9",
                200,
                "OK",
                [("Content-Type", "text/html")],
                (saved / "slow.html").read_bytes(),
                scenes.T0,
            )
        ]
    )
    archive.close()
    env = {**os.environ, "PYTHONPATH": CHILD_PATH, "NEWSHARVEST_PARSE_SECONDS": "60"}
    command = [sys.executable, "-m", "newsharvest", *words, "--data-dir", "data"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    lock, deadline = tmp_path / "data" / "state" / "run.lock", time.monotonic() + 60
    while lock.read_text(encoding="utf-8") != str(process.pid):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    told = time.monotonic()
    error = process.communicate(timeout=30)[1]
    assert process.returncode == code, error
    assert time.monotonic() - told < 10
    assert "Traceback" not in error
    held = keys(tmp_path / "data")
    assert all(rows <= held[name] for name, rows in before.items())
    observed(
        "F42",
        f"{number.name}, {' '.join(words)}",
        f"{code}, nothing lost",
        f"{code} after {time.monotonic() - told:.1f} s, every key kept",
    )


@pytest.mark.fault("F51")
def test_what_an_archive_holds_beyond_the_committed_offset_is_counted_exactly(tmp_path: Path) -> None:
    """60 whole records, one flipped, one file empty, one torn: 61 pages parsed, one reject, one torn tail named."""
    data = DataDir(tmp_path)
    data.create()
    (url, body, headers), *_ = scenes.site_pages()
    base = url.rpartition("=")[0]
    writer = ArchiveWriter(data.archive, "20260301T000000Z-aaaaaa")
    drafts = [response_draft(f"{base}={n}", 200, "OK", list(headers.items()), body, scenes.T0) for n in range(1, 63)]
    records = writer.append(drafts)
    writer.close()
    path = data.archive / records[0].warc_filename
    whole = bytearray(path.read_bytes())
    whole[records[30].warc_record_offset + records[30].warc_record_length // 2] ^= 0x10
    path.write_bytes(whole[: records[61].warc_record_offset + 400])
    (data.archive / "20260301T000000Z-bbbbbb-00000.warc.gz").touch()
    with RunLock(data):
        store = Store(data)
        store.resume()
        report = recover(store)
        again = recover(store)
    assert (report.pages, report.rejects, len(report.torn)) == (60, 1, 1), report
    assert again.pages == 0
    assert len(frames(tmp_path)["articles"]) == 60
    observed(
        "F51",
        "60 whole, 1 flipped, 1 torn, 1 empty file",
        "exact counts",
        f"{report.pages} parsed, {report.rejects} rejected, {len(report.torn)} torn",
    )


@pytest.mark.torture
@pytest.mark.fault("F57")
def test_a_long_run_keeps_its_size(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Descriptors and memory between half of the requests and all of them; every page is gone, so that only requests grow.

    The first half is not counted: while a sitemap is read its requests are made beside those that are asked, 3 KB each.
    """
    wanted = pytestconfig.getoption("requests")
    gone = answer("<p>410</p>", status="410 Gone")
    entries = "".join(f"<url><loc>http://{HOST}{path_of(n)}</loc></url>" for n in range(1, wanted + 1))
    sitemap = answer(f"<urlset>{entries}</urlset>", "Content-Type: application/xml")
    routes = {(HOST, path_of(n)): gone for n in range(1, wanted + 1)} | {(HOST, "/sitemap.xml"): sitemap}
    sizes: list[tuple[int, int, int]] = []
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "newsharvest.toml").write_text("[caps]\noutlet_requests = 0\n", encoding="utf-8")
    with fault_site(routes) as site:
        began = time.monotonic()
        process = start_crawl(tmp_path, site, [Paper(HOST, (), (), ("/sitemap.xml",))], CLOSESPIDER_TIMEOUT=0)
        while process.poll() is None and len(site.asks) < wanted:
            if len(site.asks) > len(sizes) * wanted // 10:
                sizes.append((len(site.asks), _resident_kb(process.pid), len(os.listdir(f"/proc/{process.pid}/fd"))))
            time.sleep(0.1)
        done = ended(process, tmp_path, began, timeout=600)
    assert done.report["counts"][Paper(HOST).outlet_id] == {"stored": wanted}
    half = len(sizes) // 2
    (first, before, _), (last, after, _) = sizes[half], sizes[-1]
    few, many = (max(descriptors for _, _, descriptors in some) for some in (sizes[:half], sizes[half:]))
    growth = (after - before) * 1024 / (last - first)
    observed(
        "F57",
        f"{wanted:,} requests",
        "descriptors flat, < 2 KB a request",
        f"{few} and {many} descriptors, {growth:,.0f} bytes a request, {done.peak_kb // 1024} MB at most",
    )
    assert many <= few + 8
    assert growth < 2_048


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0])
