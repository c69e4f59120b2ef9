"""Saved files: what they state of themselves, and what is refused by name."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from newsharvest import saved
from newsharvest.saved import kind, page_from_file, sources

URL = "http://www.haeram.test/news/articleView.html?idxno=101&sc_code=1"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
AT = datetime(2024, 4, 30, 2, 23, tzinfo=UTC)

SINGLEFILE = f"""<!DOCTYPE html> <html lang=ko><!--
 Page saved with SingleFile
 url: {URL}
 saved date: Tue Apr 30 2024 11:23:00 GMT+0900 (대한민국 표준시)
--><head><link rel=canonical href="http://other.test/"></head>"""
HTTRACK = f"""<!DOCTYPE html>
<html><!-- Mirrored from {URL.removeprefix("http://")} by HTTrack Website Copier/3.x [XR&CO'2014], Tue, 30 Apr 2024 02:23:00 GMT -->
<head><meta property="og:url" content="http://other.test/"></head>"""
BROWSER = f"<!DOCTYPE html>\n<!-- saved from url=({len(URL):04d}){URL} -->\n<html></html>"


def saved_as(folder: Path, content: str | bytes, name: str = "a.html") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "url", "moment"),
    [
        (SINGLEFILE, URL, AT),
        (SINGLEFILE.replace("\n", "\r\n"), URL, AT),
        (SINGLEFILE.replace("Tue Apr 30 2024 11:23:00", "sometime"), URL, None),
        (HTTRACK, URL, AT),
        (HTTRACK.replace("30 Apr", "99 Apr"), URL, None),
        (BROWSER, URL, None),
        ("<!-- saved from url=(0014)about:internet --><link rel='canonical' href='http://a.test/1'>", "http://a.test/1", None),
        ('<meta property="og:url" content="http://a.test/2"><LINK href="http://a.test/1" REL="canonical"/>', "http://a.test/1", None),
        ('<meta content="http://a.test/view?a=1&amp;b=2" property="og:url">', "http://a.test/view?a=1&b=2", None),
        ('<link rel="canonical" href="/news/1"><meta property="og:url" content="http://a.test/2">', "http://a.test/2", None),
        ('<meta property="og:url" content="">', None, None),
        ("<html>http://a.test/</html>", None, None),
    ],
)  # fmt: skip
def test_url_and_time_are_what_the_file_states(
    tmp_path: Path, content: str, url: str | None, moment: datetime | None
) -> None:
    page = page_from_file(saved_as(tmp_path, content))
    assert (page.url, page.fetched_at) == (url, moment)
    assert (page.status, page.source_file, page.record, dict(page.headers)) == (200, "a.html", None, {})


def test_the_time_that_is_given_goes_first_and_is_cut_to_milliseconds(tmp_path: Path) -> None:
    given = datetime(2024, 5, 1, 9, 0, 0, 123_987, tzinfo=timezone(timedelta(hours=9)))
    assert page_from_file(saved_as(tmp_path, SINGLEFILE), given).fetched_at == given.replace(microsecond=123_000)


def test_a_cp949_url_of_a_saved_page(tmp_path: Path) -> None:
    content = '<link rel="canonical" href="http://a.test/속초">'.encode("cp949")
    assert page_from_file(saved_as(tmp_path, content)).url == "http://a.test/속초"


@pytest.mark.parametrize(
    ("name", "content", "media"),
    [
        ("a.html", b"<p>x</p>", "html"),
        ("a.HTM", b"<p>x</p>", "html"),
        ("a.xml", b"<rss/>", "xml"),
        ("a.txt", "맑음속초8.2℃ <b>".encode(), "text"),
        ("a.txt", b"\xef\xbb\xbf\n<!DOCTYPE html><p>x", "html"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_media_and_gzip(tmp_path: Path, name: str, content: bytes, media: str, packed: bool) -> None:
    path = saved_as(tmp_path, gzip.compress(content) if packed else content, name + ".gz" * packed)
    page = page_from_file(path)
    assert (page.body, page.media, kind(path)) == (content, media, "page")


def test_a_text_dump_states_no_url_even_where_its_text_mentions_one(tmp_path: Path) -> None:
    assert page_from_file(saved_as(tmp_path, BROWSER[15:], "a.txt")).url is None


def test_a_damaged_gzip_file_is_a_page_of_its_bytes_for_the_parse_to_reject(tmp_path: Path) -> None:
    packed = gzip.compress(b"<p>" + os.urandom(5_000))[:-100]
    assert page_from_file(saved_as(tmp_path, packed, "a.html.gz")).body == packed


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.warc", b"", "warc"),
        ("a.warc.gz", b"", "warc"),
        ("a.warc.wet.gz", b"?", "warc"),
        ("CC-MAIN.gz", gzip.compress(b"WARC/1.0\r\n", mtime=0), "warc"),
        ("a.html", b"WARC/1.0\r\n", "warc"),
        ("a.html", b"", "page"),
        ("a.html", PNG, None),
        ("a.html.gz", gzip.compress(PNG, mtime=0), None),
        ("a.html", b"\x1f\x8b not gzip", None),
        ("a.png", PNG, None),
        ("a.json", b"{}", None),
    ],
)
def test_kind(tmp_path: Path, name: str, content: bytes, expected: str | None) -> None:
    assert kind(saved_as(tmp_path, content, name)) == expected


def test_folders_are_walked_in_order_and_files_of_other_kinds_passed_over(tmp_path: Path) -> None:
    (tmp_path / "b" / ".git").mkdir(parents=True)
    for name in ("b/2.html", "b/10.htm", "b/.git/x.html", "b/.hidden.html", "a.txt.gz", "c.warc.gz", "c.png", "c.json"):
        saved_as(tmp_path, b"", name)
    found = [str(path.relative_to(tmp_path)) for path in sources([tmp_path, tmp_path / "b"])]
    assert found == ["a.txt.gz", "b/10.htm", "b/2.html", "c.warc.gz", "b/10.htm", "b/2.html"]


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("nowhere.html", None, saved.MissingPathError, "nowhere.html: no such file or folder"),
        ("file.html/x.html", None, saved.MissingPathError, "no such file or folder"),
        ("empty.html", b"", saved.EmptyFileError, "empty.html: the file is empty"),
        ("picture.html", PNG, saved.NotAPageError, "picture.html: neither a page"),
        ("table.csv", b"a,b", saved.NotAPageError, "nor a WARC or WET file"),
        ("folder", None, saved.NoPagesError, "folder: no pages in this folder"),
    ],
)
def test_a_path_without_pages_is_an_error_that_names_it(
    tmp_path: Path, name: str, content: bytes | None, error: type[Exception], message: str
) -> None:
    (tmp_path / "folder").mkdir()
    saved_as(tmp_path, b"<p>", "file.html")
    if content is not None:
        saved_as(tmp_path, content, name)
    with pytest.raises(error, match=message):
        list(sources([tmp_path / name]))
    assert issubclass(error, saved.SourceError)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything: the answer of the system is given by hand."""
    path = saved_as(tmp_path, b"<p>", "secret.html")
    monkeypatch.setattr(os, "access", lambda asked, _mode: Path(asked) != path)
    for asked in (path, tmp_path):
        with pytest.raises(saved.NoPermissionError, match=r"secret\.html: no permission"):
            list(sources([asked]))


SHARED = Path(__file__).parents[2] / "shared" / "pages" / "articles"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared pages are not here")
def test_real_saved_pages_state_their_urls() -> None:
    urls = {path.name: page_from_file(path).url for path in SHARED.glob("*.html")}
    assert urls["asiatoday_20190916010007974.html"] == "http://www.asiatoday.co.kr/view.php?key=20190916010007974"
    assert urls["daejonilbo_m_1412361.html"] == "http://m.daejonilbo.com/mnews.asp?pk_no=1412361"
    assert urls["entermedia_8576.html"] is None
