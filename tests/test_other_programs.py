"""What other programs keep of the demo site gives the rows of the crawl: a WARC file of wget, pages saved by a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from newsharvest import operations
from newsharvest.demo.server import serve
from newsharvest.files import DataDir
from tests import saving
from tests.conftest import frames

pytestmark = pytest.mark.xdist_group("report")
Rows = dict[str, list[dict[str, Any]]]
RECEIVED = frozenset(
    {"fetched_at", "first_seen_at", "last_seen_at", "source_file", "warc_filename", "warc_record_offset", "warc_record_length"}
)  # fmt: skip
DECODED = frozenset({"encoding", "encoding_source"})
"""A browser writes UTF-8 and says so in the page, whatever it received and where that said so."""
FIRST_PAGE = frozenset({"url"})
"""Of the pages that show one ticker the first names it: which was first differs."""


def content(rows: Rows) -> Rows:
    """Rows without when and where their page was received."""
    plain: Rows = {}
    for name, its in rows.items():
        without = RECEIVED | (FIRST_PAGE if name in {"bulletins", "observations"} else frozenset())
        kept = [{column: value for column, value in row.items() if column not in without} for row in its]
        plain[name] = sorted(kept, key=lambda row: repr(sorted(row.items(), key=lambda pair: pair[0])))
    return plain


def requested(data: Path) -> list[str]:
    """Every page that the crawl received; list pages show tickers too."""
    fetches = ds.dataset(data / "datasets" / "fetches", partitioning="hive").to_table(columns=["url", "status"])
    return sorted({row["url"] for row in fetches.to_pylist() if row["status"] == 200})


def of_the_site(data: Path) -> Rows:
    """The crawl's rows without what the fixture re-parsed beside it, and without those of answers other than 200."""
    rows = frames(data)
    return {name: [row for row in its if row.get("source_file") is None] for name, its in rows.items()}


def wget() -> str:
    """The program's path. In CI its absence is a failure: `make system` installs it."""
    found = shutil.which("wget")
    if found is None and os.environ.get("CI"):
        pytest.fail("wget is not installed: `make system` installs it on Debian")
    if found is None:
        pytest.skip("wget is not installed: `make system` installs it on Debian")
    return found


def test_a_warc_file_made_by_wget_gives_the_rows_of_the_crawl(demo_data: Path, tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("\n".join(requested(demo_data)))
    with serve(1, max_seconds=300) as server:
        words = [wget(), "--quiet", "--tries=1", "--input-file=urls", "--warc-file=site", "--output-document=/dev/null"]
        env = {**os.environ, "http_proxy": server.proxy_url, "no_proxy": ""}
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    outcome = operations.add(DataDir(tmp_path / "d"), [tmp_path / "site.warc.gz"], 1)
    assert outcome.report.pages == len(requested(demo_data))
    found, wanted = content(frames(tmp_path / "d")), content(of_the_site(demo_data))
    for name in ("articles", "observations", "bulletins", "forecasts"):
        assert len(found[name]) > 50 or name == "bulletins"
        assert found[name] == wanted[name], name


def test_pages_saved_by_a_browser_give_the_rows_of_the_crawl(demo_data: Path, tmp_path: Path) -> None:
    """One page of each paper, as MHTML and as HTML: scripts have run, and the markup is the browser's own."""
    crawled = {row["url"]: row for row in frames(demo_data)["articles"] if row["gone_at"] is None}
    by_paper = {row["outlet_id"]: url for url, row in sorted(crawled.items())}
    (tmp_path / "mhtml").mkdir()
    (tmp_path / "html").mkdir()
    with serve(1, max_seconds=300) as server, saving.tab(server.proxy_url) as tab:
        for outlet_id, url in by_paper.items():
            tab.open(url)
            (tmp_path / "mhtml" / f"{outlet_id}.mhtml").write_bytes(tab.mhtml())
            (tmp_path / "html" / f"{outlet_id}.html").write_bytes(tab.html(url))
    wanted = content({"articles": [crawled[url] for url in by_paper.values()]})["articles"]
    assert len(wanted) == 3
    for form in ("mhtml", "html"):
        operations.add(DataDir(tmp_path / form / "d"), [tmp_path / form], 1)
        found = frames(tmp_path / form / "d")
        pairs = list(zip(content(found)["articles"], wanted, strict=True))
        differing = {name: (its[name], row[name]) for its, row in pairs for name in its if its[name] != row[name]}
        assert differing.keys() <= DECODED, (form, differing)
        assert "rejects" not in found
    saved = frames(tmp_path / "mhtml" / "d")["articles"]
    assert all(row["fetched_at"] is not None for row in saved)
