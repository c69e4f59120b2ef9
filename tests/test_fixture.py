"""Saving pages for the tests: what is replaced, what stays, and that a person must have read them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pytest

from newsharvest.archive import ArchiveWriter, response_draft
from newsharvest.fixture import differences, expectation, save, saved_page, scrub
from newsharvest.page import Page, decode
from newsharvest.saved import SourceError
from newsharvest.scrub import Scrubber, scrubber_for
from tests.conftest import PAGES
from tests.test_cms_pages import CASES, body_of, expected, name_of

pytestmark = pytest.mark.usefixtures("sample_outlets")
Run = Callable[..., Any]
URL = "http://www.haeram.test/news/articleView.html?idxno=1001"
PAGE = PAGES / "demo_haeram" / "current_paragraphs.html"
ARTICLES = [path for path in CASES if "reject" not in expected(path)]


def page_at(path: Path) -> Page:
    truth = expected(path)
    return Page(truth.get("seen_as", truth["url"]), body_of(path), headers={"content-type": "text/html"})


@pytest.mark.parametrize("path", ARTICLES, ids=name_of)
def test_a_scrubbed_page_gives_the_same_fields_of_the_same_length(path: Path) -> None:
    page = page_at(path)
    assert differences(expectation(page), expectation(scrub(page))) == []


@pytest.mark.parametrize("path", ARTICLES, ids=name_of)
def test_no_sentence_no_name_and_no_address_is_left(path: Path) -> None:
    truth, text = expected(path), decode(scrub(page_at(path)).body).text
    written = [*truth["paragraphs"], *truth["captions"], truth["title"], truth["subtitle"] or ""]
    assert [line for line in written if line and line in text] == []
    assert [name for name in truth["authors"] if name in text] == []
    assert [mail for mail in re.findall(r"[\w.]+@[\w.]+", text) if not re.fullmatch(r"x[x.]*@x[x.]*\w*", mail)] == []


def test_labels_dates_numbers_and_the_papers_name_stay() -> None:
    text = scrub(Page(URL, PAGE.read_bytes())).body.decode()
    for kept in ("기자명", "입력 2026.02.27 15:17", "이 기사를 공유합니다", "저작권자 © 해람일보 무단전재 및 재배포 금지", "1,240㎡", "[해람일보=", "UPDATED. 2026-03-02 09:10 (월)",
                 "article-veiw-body", "관련기사", "기사본문 - 해람일보", "<li><a href=\"/\">홈</a></li>"):  # fmt: skip
        assert kept in text


def test_a_ticker_stays_whole() -> None:
    line = "구름조금속초8.2℃ 흐림동두천 1.0℃ -거제 -0.6℃ 홍성(예) 2.1℃ 비서울 3.0℃"
    assert Scrubber().page(f"<p>{line}</p>") == f"<p>{line}</p>"


def test_words_become_the_same_words_everywhere_and_keep_their_ends() -> None:
    made = Scrubber().text("홍길동이 왔다. 홍길동 기자, 홍길동기자가")
    first, second, third, fourth = made.replace(".", "").replace(",", "").split(" ")[0], *made.split(" ")[2:]
    assert first == f"{Scrubber().hangul('홍길동')}이"
    assert (second, third) == (Scrubber().hangul("홍길동"), "기자,")
    assert fourth == f"{Scrubber().hangul('홍길동')}기자가"[: len(fourth)] or fourth.endswith("가")
    assert "홍길동" not in made


@pytest.mark.parametrize(
    ("html", "pattern"),
    [
        ("<p>&amp;quot;&nbsp;</p>", r"<p>&amp;quot;&nbsp;</p>"),
        ("<p>default_setNet1_2 COVER STORY</p>", r"<p>default_setNet1_2 COVER STORY</p>"),
        ("<a href='mailto:kim.hong@naru.co.kr'>kim@</a>", r"<a href='mailto:xxx\.xxxx@xxxx\.xx\.kr'>[a-z]{3}@</a>"),
        ("<p>☎ 033-123-4567</p>", r"<p>☎ 000-000-0000</p>"),
        ("<p>Kim Minsu, TV · AI</p>", r"<p>[A-Z][a-z]{2} [A-Z][a-z]{4}, TV · AI</p>"),
        ("<p>A&nbsp;&amp;&lt;B</p>", r"<p>A&nbsp;&amp;&lt;B</p>"),
        ('<div class="writer" id="view_con">', r'<div class="writer" id="view_con">'),
        ("<p>崔東烈</p>", r"<p>[\u4e00-\u9fff]{3}</p>"),
        ('<script>var a = "main";</script>', r'<script>var a = "main";</script>'),
        ("<style>.a{color:red}</style>", r"<style>\.a\{color:red\}</style>"),
    ],
)
def test_what_is_replaced(html: str, pattern: str) -> None:
    made = Scrubber().page(html)
    assert re.fullmatch(pattern, made), made
    assert len(made) == len(html)


@pytest.mark.parametrize("name", ["홍길동", "쉼터지기"])
def test_words_are_found_in_every_coding(name: str) -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in name)
    numbered = "".join(f"&#{ord(letter)};" for letter in name)
    percent = "".join(f"%{byte:02X}" for byte in name.encode())
    korean = "".join(f"%{byte:02X}" for byte in name.encode("cp949"))
    made = Scrubber().hangul(name)
    out = Scrubber().page(f'<script>{{"a":"{escaped}"}}</script><p>{numbered}</p><a href="?n={percent}&m={korean}">')
    assert json.loads(re.search(r"\{.*\}", out).group())["a"] == made  # type: ignore[union-attr]
    assert re.search(r"<p>(.*)</p>", out).group(1) == "".join(f"&#{ord(letter)};" for letter in made)  # type: ignore[union-attr]
    assert unquote(re.search(r"n=([^&]*)", out).group(1)) == made  # type: ignore[union-attr]
    assert unquote(re.search(r'm=([^"]*)', out).group(1), "cp949") == made  # type: ignore[union-attr]


def test_a_title_in_the_head_is_the_title_on_the_page() -> None:
    html = '<meta property="og:title" content="Naru 다리 열려"><script type="application/ld+json">{"headline": "Naru 다리 열려"}</script><h1>Naru 다리 열려</h1>'
    made = Scrubber().page(html)
    (title,) = re.findall(r"<h1>(.*)</h1>", made)
    assert "Naru" not in made
    assert made.count(title) == 3


def test_the_papers_own_name_and_host_stay() -> None:
    scrubber = scrubber_for("http://www.naru.example/x", "나루신문", "Naru Times")
    assert scrubber.page("<p>나루신문(www.naru.example) Naru Times 이음뉴스</p>").startswith(
        "<p>나루신문(www.naru.example) Naru Times "
    )


def test_a_page_in_cp949_stays_in_cp949() -> None:
    body = PAGE.read_bytes().decode().replace("utf-8", "euc-kr").encode("cp949", "replace")
    scrubbed = scrub(Page(URL, body))
    assert scrubbed.body.decode("cp949").count("저작권자") == body.decode("cp949").count("저작권자")


# --- saving


def test_it_saves_a_page_and_what_it_gives_unread(tmp_path: Path) -> None:
    saved = save(Page(URL, PAGE.read_bytes()), tmp_path, None, scrubbed=True)
    assert (saved.page, saved.json) == (
        tmp_path / "demo_haeram" / "1001.html.gz",
        tmp_path / "demo_haeram" / "1001.json",
    )
    assert saved.differences == []
    stated = json.loads(saved.json.read_text(encoding="utf-8"))
    assert list(stated)[:3] == ["reviewed", "url", "outlet_id"]
    assert (stated["reviewed"], stated["article_id"], len(stated["paragraphs"])) == (False, "1001", 5)
    with pytest.raises(AssertionError, match="set reviewed to true"):
        expected(saved.page)
    saved.json.write_text(saved.json.read_text(encoding="utf-8").replace("false", "true", 1), encoding="utf-8")
    assert expected(saved.page) == {k: v for k, v in stated.items() if k != "reviewed"}
    assert gzip.decompress(saved.page.read_bytes())[:15] == b"<!DOCTYPE html>"


def test_it_never_writes_over_a_page(tmp_path: Path) -> None:
    save(Page(URL, PAGE.read_bytes()), tmp_path, None, scrubbed=True)
    with pytest.raises(SourceError, match="give another --name"):
        save(Page(URL, PAGE.read_bytes()), tmp_path, None, scrubbed=True)
    assert save(Page(URL, PAGE.read_bytes()), tmp_path, "again", scrubbed=True).page.name == "again.html.gz"


def test_a_page_that_is_rejected_says_so(tmp_path: Path) -> None:
    page = Page("http://www.haeram.test/news/articleView.html?idxno=9", b"<p>\xea\xb0\x80</p>")
    stated = json.loads(save(page, tmp_path, None, scrubbed=True).json.read_text())
    assert stated == {"reviewed": False, "url": page.url, "reject": "not_article"}


def test_a_page_without_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="give its address with --url"):
        save(Page(None, PAGE.read_bytes()), tmp_path, None, scrubbed=True)
    assert list(tmp_path.iterdir()) == []


def test_the_command_saves_a_private_page_as_it_is(command: Run, tmp_path: Path) -> None:
    done = command("fixture", PAGE, "--url", URL, "--private", tmp_path / "own")
    assert (done.returncode, done.stderr) == (0, "")
    assert gzip.decompress((tmp_path / "own/demo_haeram/1001.html.gz").read_bytes()) == PAGE.read_bytes()
    assert f"NEWSHARVEST_PRIVATE_PAGES={tmp_path / 'own'}" in done.stdout


def test_the_command_keeps_unscrubbed_pages_out_of_the_repository(command: Run, tmp_path: Path) -> None:
    done = command("fixture", PAGE, "--url", URL, "--no-scrub")
    assert done.returncode == 2
    assert "--private DIR" in done.stderr
    done = command("fixture", PAGE, "--url", URL, "--out", "saved")
    assert (done.returncode, done.stderr) == (0, "")
    assert "쉼터" not in gzip.decompress((tmp_path / "saved/demo_haeram/1001.html.gz").read_bytes()).decode()


def test_one_record_of_an_archive(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    writer = ArchiveWriter(tmp_path, "r")
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    drafts = [
        response_draft(f"http://a.test/{n}", 200, "OK", [("Content-Type", "text/html")], b"<p>%d</p>" % n, moment)
        for n in (1, 2)
    ]
    records = writer.append(drafts)
    writer.close()
    place = f"{tmp_path / records[1].warc_filename}@{records[1].warc_record_offset}"
    assert (saved_page(place).url, saved_page(place).body) == ("http://a.test/2", b"<p>2</p>")
    with pytest.raises(SourceError, match="no page there"):
        saved_page(f"{tmp_path / records[1].warc_filename}@7")


# --- a new outlet on a known CMS: one stanza and one saved page


def test_a_new_outlet_needs_a_stanza_and_a_page_and_no_python(command: Run, tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        '[byeolbit]\nname = "별빛신문"\nhosts = ["byeolbit.example", "www.byeolbit.example"]\ncms = "ndsoft"\n',
        encoding="utf-8",
    )
    page = PAGES / "sample_byeolbit" / "first_page.html"
    saved = tmp_path / "saved" / "a.html"
    saved.parent.mkdir()
    url = b'<link rel="canonical" href="http://www.byeolbit.example/news/articleView.html?idxno=5">'
    saved.write_bytes(page.read_bytes().replace(b"<head>", b"<head>" + url))
    done = command("reparse", saved, "--data-dir", "d", "--outlets", own, "--fetched-at", "2026-03-01")
    assert done.returncode == 0, done.stderr
    (row,) = pd.read_parquet(tmp_path / "d/datasets/articles").to_dict("records")
    assert (row["outlet_id"], row["article_id"], row["title"]) == ("byeolbit", "5", "별빛못 둘레에 등불")
    assert row["body"] == "별빛못 둘레 900m에 등불 2백 개가 걸렸다.\n등불은 3월 15일까지 저녁 7시에 켜진다."
    assert row["published_at"].isoformat() == "2026-02-28T18:11:00+09:00"
