"""A page that comes whole, byte for byte as before: the archive keeps its head alone, and every reader takes it for a sighting."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsharvest.archive import ArchiveWriter, Damaged, digest_of, pages, response_draft, same_payload_draft
from newsharvest.crawl.state import CrawlState
from newsharvest.crawl.visited import payload_of
from newsharvest.files import DataDir
from newsharvest.harvest import harvest
from newsharvest.items import Sighting
from newsharvest.page import Page
from tests.faultsite import FaultSite, Paper, answer, crawl, fault_site, listing, page, path_of

URL = "http://www.haeram.test/news/articleView.html?idxno=1001"
AT = datetime(2026, 3, 2, 10, 0, 0, 123000, tzinfo=UTC)
BODY = "<html><body>해솔마을</body></html>".encode() * 200
PAPER = Paper("plain.kr.test", lists=("/list.html",))


def test_the_record_and_what_is_read_from_it(tmp_path: Path) -> None:
    later, headers = AT + timedelta(hours=3), [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))]
    writer = ArchiveWriter(tmp_path, "20260302T100000Z-ab12cd")
    whole, head = writer.append(
        [
            response_draft(URL, 200, "OK", headers, BODY, AT, payload_digest=digest_of(BODY)),
            same_payload_draft(URL, 200, "OK", headers, digest_of(BODY), later, AT),
        ]
    )
    writer.close()
    first, second = pages(tmp_path / whole.warc_filename)
    assert isinstance(first, Page)
    assert isinstance(second, Page)
    assert (first.status, first.payload_digest) == (200, digest_of(BODY))
    assert (second.status, second.body, second.fetched_at) == (304, b"", later)
    (sighting,) = harvest(second)
    assert isinstance(sighting, Sighting)
    assert (sighting.article_id, sighting.status) == ("1001", 304)
    assert head.warc_record_length < 500
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", str(tmp_path / whole.warc_filename)],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout
    from warcio.archiveiterator import ArchiveIterator

    with (tmp_path / whole.warc_filename).open("rb") as stream:
        _, response, revisit = [(r.rec_type, dict(r.rec_headers.headers)) for r in ArchiveIterator(stream)]
    assert (response[0], revisit[0]) == ("response", "revisit")
    assert revisit[1]["WARC-Profile"].endswith("/revisit/identical-payload-digest")
    assert revisit[1]["WARC-Payload-Digest"] == response[1]["WARC-Payload-Digest"]
    assert revisit[1]["WARC-Refers-To-Target-URI"] == URL
    assert revisit[1]["WARC-Refers-To-Date"] == response[1]["WARC-Date"]


def test_bytes_of_another_url_are_no_sighting(tmp_path: Path) -> None:
    """As other crawlers write them: the page is where the payload is."""
    draft = same_payload_draft(URL, 200, "OK", [], digest_of(BODY), AT, AT)
    head = tuple((n, v + "2" if n == "WARC-Refers-To-Target-URI" else v) for n, v in draft.head)
    writer = ArchiveWriter(tmp_path, "20260302T100000Z-ab12cd")
    (place,) = writer.append([type(draft)(draft.at, head, draft.block)])
    writer.close()
    assert list(pages(tmp_path / place.warc_filename)) == []


@pytest.mark.parametrize(
    ("changed", "same"),
    [({}, True), ({"etag": "x", "date": "now"}, True), ({"content-type": "text/plain"}, False), ({"x-robots-tag": "noai"}, False)],
)  # fmt: skip
def test_headers_that_a_parser_reads_are_part_of_it(changed: dict[str, str], same: bool) -> None:
    one = Page(URL, BODY, headers={"content-type": "text/html"}, payload_digest=digest_of(BODY))
    other = Page(URL, BODY, headers={"content-type": "text/html"} | changed, payload_digest=digest_of(BODY))
    assert (payload_of(one.payload_digest, one.headers) == payload_of(other.payload_digest, other.headers)) is same
    assert payload_of(None, {}) is None


def run(folder: Path, site: FaultSite, at: str) -> dict[str, Any]:
    done = crawl(folder, site, [PAPER], NEWSHARVEST_NOW=at)
    assert done.exit_code == 0, done.stderr
    rows = [row for row in done.fetches() if row["kind"] == "article"]
    return {
        "outcomes": {row["url"].rpartition("=")[2]: (row["outcome"], row["reason"], row["status"]) for row in rows},
        "lengths": {row["url"].rpartition("=")[2]: row["warc_record_length"] for row in rows},
        "articles": done.articles(PAPER.host), "run_id": done.report["run_id"], "revisions": len(done.rows("revisions")),
    }  # fmt: skip


def dataset_rows(data: Path) -> dict[str, list[Any]]:
    import pyarrow.dataset as ds

    names = ("articles", "revisions", "bulletins", "observations", "rejects")
    found = {n: data / "datasets" / n for n in names}
    return {
        n: sorted(map(repr, ds.dataset(f, format="parquet", partitioning="hive").to_table().to_pylist()))
        for n, f in found.items()
        if f.is_dir()
    }


def test_a_server_without_validators(tmp_path: Path) -> None:
    """Four crawls: new; the same bytes; a counter that changed; the same bytes once more. Then a rebuild, and a state that is lost."""
    text = "해솔군은 마을 어귀에 쉼터를 연다고 밝혔다. " * 60
    routes: dict[tuple[str, str], Any] = {(PAPER.host, path_of(n)): answer(page(n, text)) for n in (1, 2)}
    routes |= {(PAPER.host, "/list.html"): listing(path_of(1), path_of(2)), (PAPER.host, "/robots.txt"): answer("")}
    with fault_site(routes) as site:
        first = run(tmp_path, site, "2026-03-02T10:00")
        assert first["outcomes"] == {"1": ("stored", None, 200), "2": ("stored", None, 200)}
        second = run(tmp_path, site, "2026-03-02T14:00")
        assert second["outcomes"] == {"1": ("unchanged", "same_bytes", 200), "2": ("unchanged", "same_bytes", 200)}
        assert max(second["lengths"].values()) < 450 < min(first["lengths"].values())
        for row in second["articles"].values():
            assert row["warc_filename"].startswith(first["run_id"]), "its record is the whole one"
            assert row["last_seen_at"] - row["first_seen_at"] > timedelta(hours=3)
        site.routes[PAPER.host, path_of(2)] = answer(page(2, text, more="<span class='hit'>조회수 17</span>"))
        third = run(tmp_path, site, "2026-03-03T14:30")
        assert third["outcomes"] == {"1": ("unchanged", "same_bytes", 200), "2": ("unchanged", "same_content", 200)}
        assert third["lengths"]["2"] > 450 > third["lengths"]["1"]
        fourth = run(tmp_path, site, "2026-03-05T15:00")
        assert set(fourth["outcomes"].values()) == {("unchanged", "same_bytes", 200)}
        assert fourth["revisions"] == 2, "an edit that was none"
        before = dataset_rows(tmp_path / "data")
        rebuilt(tmp_path)
        assert dataset_rows(tmp_path / "data") == before
        state_before = state_of(tmp_path)
        shutil.rmtree(tmp_path / "data" / "state")
        fifth = run(tmp_path, site, "2026-03-09T15:30")
        assert set(fifth["outcomes"].values()) == {("unchanged", "same_bytes", 200)}, (
            "the archive tells what its bytes were"
        )
    assert state_of(tmp_path) == state_before
    found = [p for f in DataDir(tmp_path / "data").archive.glob("*.gz") for p in pages(f)]
    assert not any(isinstance(p, Damaged) for p in found)


def state_of(folder: Path) -> list[tuple[Any, ...]]:
    state = CrawlState.open(folder / "data" / "state" / "crawl.sqlite3")
    found = state.rows("SELECT name, payload, payload_at FROM pages WHERE article_id IS NOT NULL ORDER BY name")
    state.close()
    assert all(payload and at for _, payload, at in found)
    return found


def rebuilt(folder: Path) -> None:
    import os

    from tests.conftest import CHILD_PATH

    done = subprocess.run(
        [sys.executable, "-m", "newsharvest", "reparse", "--data-dir", str(folder / "data")], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": CHILD_PATH, "NEWSHARVEST_OUTLETS": str(folder / "outlets.toml")}, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
