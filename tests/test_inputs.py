"""Re-parsing every kind of input gives the rows that the crawl of the same page gives."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from newsharvest import operations
from newsharvest.demo import truth
from newsharvest.files import DataDir
from newsharvest.saved import page_from_file, sources
from newsharvest.shards import Stated
from tests import saved_copies as copies
from tests.conftest import frames

Run = Callable[..., Any]
INPUTS = Path(__file__).parent / "inputs"
WHERE_FROM = ("source_file", "warc_filename", "warc_record_offset", "warc_record_length")
TIMES = ("fetched_at", "first_seen_at", "last_seen_at")


def rows(paths: list[Path], root: Path, **stated: Any) -> dict[str, list[dict[str, Any]]]:
    operations.add(DataDir(root), paths, 1, Stated(**stated))
    return frames(root)


def content(row: dict[str, Any], *without: str) -> dict[str, Any]:
    """A row without where and when its page was received: that differs between the forms."""
    return {name: value for name, value in row.items() if name not in {*WHERE_FROM, *TIMES, *without}}


@pytest.fixture(scope="module")
def page() -> copies.Original:
    return copies.original()


@pytest.fixture(scope="module")
def crawled(page: copies.Original, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The rows of the page as a crawl archives it."""
    root = tmp_path_factory.mktemp("crawled")
    found = rows([copies.ours(root, page)], root / "d")
    (row,) = found["articles"]
    assert (row["title"], row["body"], row["url"]) == (page.true.title, "\n".join(page.true.paragraphs), page.true.url)
    assert row["fetched_at"] == copies.AT
    return found


@pytest.mark.parametrize("name", copies.FILES)
def test_saved_files(name: str, page: copies.Original, crawled: dict[str, Any], tmp_path: Path) -> None:
    made, timed = copies.FILES[name]
    path = tmp_path / name
    path.write_bytes(made(page))
    found = rows([path], tmp_path / "d")
    assert found.keys() == crawled.keys()
    for dataset in found.keys() - {"stations", "outlets"}:
        wanted = [content(row) for row in crawled[dataset]]
        assert [content(row) for row in found[dataset]] == wanted, dataset
    (row,) = found["articles"]
    assert [row[column] for column in (*TIMES, *WHERE_FROM)] == [copies.AT if timed else None] * 3 + [
        name,
        None,
        None,
        None,
    ]


def test_a_page_without_any_address(page: copies.Original, tmp_path: Path) -> None:
    """Its article is named by its bytes: nothing is guessed from the file's name or time."""
    bare = page.body.replace(page.true.url.encode(), b"").replace(page.true.url.replace("&", "&amp;").encode(), b"")
    (tmp_path / "a.html").write_bytes(bare)
    (row,) = rows([tmp_path / "a.html"], tmp_path / "d")["articles"]
    assert (row["outlet_id"], row["url"], row["fetched_at"], row["title"]) == ("unknown", None, None, page.true.title)


@pytest.mark.parametrize("made", [copies.ours, copies.unpacked])
def test_warc_files(
    made: Callable[[Path, copies.Original], Path], page: copies.Original, crawled: dict[str, Any], tmp_path: Path
) -> None:
    path = made(tmp_path, page)
    found = rows([path], tmp_path / "d")
    assert [content(r) for r in found["articles"]] == [content(r) for r in crawled["articles"]]
    assert found["articles"][0]["warc_filename"] == path.name


def test_a_warc_file_of_wget(tmp_path: Path) -> None:
    """Made by GNU Wget 1.21.3 from six pages of the demo site; its own notes (arguments, log) are no pages."""
    found = rows([INPUTS / "wget.warc.gz"], tmp_path / "d")
    wanted = {t.article_id: t for t in [t for t in truth.articles(1) if not t.gone][:6]}
    assert {row["article_id"]: (row["title"], row["body"], row["url"]) for row in found["articles"]} == {
        key: (t.title, "\n".join(t.paragraphs) or None, t.url) for key, t in wanted.items()
    }
    assert "rejects" not in found
    assert {row["fetched_at"].date() for row in found["articles"]} == {date(2026, 11, 27)}


def test_common_crawls_news_passes_over_foreign_hosts(
    page: copies.Original, crawled: dict[str, Any], command: Run, tmp_path: Path
) -> None:
    path = copies.common_crawl(tmp_path, page, 20)
    done = command("reparse", path, "--data-dir", "d")
    assert done.returncode == 0, done.stderr
    assert "reparse: 1 pages" in done.stdout
    assert "20 pages of hosts that are not registered" in done.stdout
    found = frames(tmp_path / "d")
    assert [content(r) for r in found["articles"]] == [content(r) for r in crawled["articles"]]


def test_whose_pages_are_read_can_be_said_and_a_rebuild_remembers(page: copies.Original, tmp_path: Path) -> None:
    path, data = copies.common_crawl(tmp_path, page, 3), DataDir(tmp_path / "d")
    assert operations.add(data, [path], 1, Stated(hosts="all")).report.pages == 4
    before = frames(data.root)
    assert len(before["rejects"]) == 3
    assert operations.rebuild_all(data, 1).exit_code == 3
    assert frames(data.root) == before
    own = operations.add(DataDir(tmp_path / "e"), [copies.ours(tmp_path, page)], 1, Stated(hosts="registered")).report
    assert (own.pages, own.foreign) == (1, 0)


def test_a_foreign_record_is_not_even_checked(page: copies.Original, tmp_path: Path) -> None:
    """Its digest is wrong: nobody looked."""
    path = copies.common_crawl(tmp_path, page, 1)
    plain = gzip.decompress(path.read_bytes()).replace(b"x" * 500, b"y" * 500)
    (tmp_path / "CC-NEWS-plain.warc").write_bytes(plain)
    outcome = operations.add(DataDir(tmp_path / "d"), [tmp_path / "CC-NEWS-plain.warc"], 1)
    assert (outcome.report.pages, outcome.report.foreign, outcome.report.rejected) == (1, 1, {})
    outcome = operations.add(DataDir(tmp_path / "e"), [tmp_path / "CC-NEWS-plain.warc"], 1, Stated(hosts="all"))
    assert outcome.report.rejected == {"bad_digest": 1}


def test_text_of_common_crawl(page: copies.Original, tmp_path: Path) -> None:
    found = rows([copies.wet(tmp_path, page)], tmp_path / "d")
    (row,) = found["articles"]
    assert (row["outlet_id"], row["article_id"], row["title"]) == ("demo_haeram", page.true.article_id, page.true.title)
    assert row["body"].splitlines()[-1] == page.true.paragraphs[-1]
    assert row["fetched_at"] == copies.AT


def test_folders_and_patterns(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/0.html", "a/b/1.html", "c/2.html", "c/[x].html"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"<p>")
    monkeypatch.chdir(tmp_path)
    wanted = {
        "a": ["a/0.html", "a/b/1.html"], "a/**/*.html": ["a/0.html", "a/b/1.html"], "[ac]/?.html": ["a/0.html", "c/2.html"],
        "**/2.*": ["c/2.html"], "[a]": ["a/0.html", "a/b/1.html"], "c/[x].html": ["c/[x].html"],
    }  # fmt: skip
    assert {given: list(map(str, sources([Path(given)]))) for given in wanted} == wanted
    refused = command("reparse", "x/*.html", "--data-dir", "e")
    assert refused.returncode == 2
    assert "no file or folder matches this pattern" in refused.stderr
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize(
    ("content", "url"),
    [
        (b"From: x\r\n\r\nno html at all", None),
        (b"Content-Type: text/html\r\nContent-Location: cid:frame@x\r\n\r\n<link rel=canonical href=http://a.test/1>", "http://a.test/1"),
        (b"Date: 31 Feb 2026\r\nContent-Type: text/html\r\nContent-Location: http://a.test/2\r\n\r\n<p>", "http://a.test/2"),
        ((b"Content-Type: multipart/related; boundary=b; start=\"<2>\"\r\n\r\n--b\r\nContent-Type: text/html\r\nContent-ID: <1>\r\n"
         b"Content-Location: http://ad.test/\r\n\r\nad\r\n--b\r\nContent-Type: text/html\r\nContent-ID: <2>\r\n"
         b"Content-Location: http://a.test/3\r\n\r\npage\r\n--b--\r\n"), "http://a.test/3"),
        (b"", None),
    ],
)  # fmt: skip
def test_mhtml_as_it_may_be(tmp_path: Path, content: bytes, url: str | None) -> None:
    (tmp_path / "a.mhtml").write_bytes(content)
    page = page_from_file(tmp_path / "a.mhtml")
    assert (page.url, page.fetched_at, page.media) == (url, None, "html")
