"""What a site is: from a saved page, and over the network (a server on loopback)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from newsharvest.crawl.discovery import sitemap
from newsharvest.crawl.looking import robots_lines
from newsharvest.markup import PageError
from newsharvest.page import Page
from newsharvest.probe import probe
from newsharvest.registry import read_outlets
from newsharvest.stanza import as_toml, cms_by_form, outlet_id_for
from tests.conftest import CHILD_PATH, PAGES
from tests.loopback import Answer, serving

TODAY = date(2026, 11, 24)
Run = Callable[..., Any]


def page_of(name: str, url: str) -> Page:
    return Page(url, (PAGES / name).read_bytes(), headers={"content-type": "text/html; charset=euc-kr"})


def test_an_article_of_an_unknown_host_tells_everything_but_its_robots() -> None:
    site = probe(
        page_of("demo_haeram/current_paragraphs.html", "http://www.sample-ilbo.co.kr/news/articleView.html?idxno=1001"),
        TODAY,
    )
    assert (site.registered, site.cms, site.cms_by) == (None, "ndsoft", "page")
    assert (site.encoding, site.encoding_source, site.encoding_declared) == ("utf-8", "bytes", "cp949 (header)")
    assert "the page declares cp949 and is utf-8" in site.remarks
    assert site.feeds == ["http://www.sample-ilbo.co.kr/rss/allArticle.xml"]
    assert site.article_links == 4
    assert site.articles[0] == "http://www.sample-ilbo.co.kr/news/articleView.html?idxno=990"
    assert site.sample["title"] == "해람시, 바닷길 쉼터 열두 곳 연다"
    assert site.sample["article"] == "sample_ilbo_co_kr/1001"
    assert site.sample["paragraphs"] == 5
    assert site.sample["published_at_raw"] == "입력 2026.02.27 15:17"
    assert site.sample["rules"]["title"] == "ndsoft:h3.heading"


def test_its_stanza_is_ready_for_the_registry(tmp_path: Path) -> None:
    url = "http://www.sample-ilbo.co.kr/news/articleView.html?idxno=1001&sc_code=1"
    site = probe(page_of("demo_haeram/current_paragraphs.html", url), TODAY)
    assert tomllib.loads(site.stanza) == {
        "sample_ilbo": {
            "name": "해람일보",
            "hosts": ["sample-ilbo.co.kr", "www.sample-ilbo.co.kr"],
            "cms": "ndsoft",
            "home": "http://www.sample-ilbo.co.kr/",
            "feeds": ["http://www.sample-ilbo.co.kr/rss/allArticle.xml"],
            "evidence_url": "http://www.sample-ilbo.co.kr/news/articleView.html?idxno=1001",
            "evidence_date": TODAY,
        }
    }
    (tmp_path / "own.toml").write_text(site.stanza, encoding="utf-8")
    assert read_outlets(tmp_path / "own.toml")["sample_ilbo"].cms == "ndsoft"


def test_a_registered_host_is_named() -> None:
    site = probe(
        page_of("demo_haeram/current_paragraphs.html", "http://www.haeram.test/news/articleView.html?idxno=1001"), TODAY
    )
    assert site.registered == "demo_haeram"
    assert "# the registry has this host already: [demo_haeram]" in site.stanza


def test_a_site_of_its_own_gets_the_name_of_its_number() -> None:
    body = b'<title>x</title><a href="/news/newsview.php?ncode=179529136855366">a</a><a href="/news/newsview.php?ncode=7">b</a>'
    site = probe(Page("https://www.x-paper.kr/", body), TODAY)
    assert (site.cms, site.articles) == (None, ["https://www.x-paper.kr/news/newsview.php?ncode=179529136855366",
                                                "https://www.x-paper.kr/news/newsview.php?ncode=7"])  # fmt: skip
    stanza = tomllib.loads(site.stanza)["x_paper"]
    assert (stanza["cms"], stanza["id_names"]) == ("site_specific", ["ncode"])
    assert "evidence_url" not in stanza
    assert "# no article was seen: probe one" in site.stanza
    assert site.sample["rejected"].startswith("not_article")


def test_a_form_of_urls_proves_no_vendor() -> None:
    site = probe(Page("http://x.kr/", b'<a href="/news/article.html?no=7">a</a>'), TODAY)
    assert (site.cms, site.cms_by) == ("mediaon", "urls")
    assert "look at an article before you believe it" in site.stanza


def test_a_page_without_address_gives_no_stanza() -> None:
    site = probe(Page(None, (PAGES / "demo_haeram/current_paragraphs.html").read_bytes()), TODAY)
    assert (site.cms, site.stanza) == ("ndsoft", "")
    assert site.remarks == [
        "the page does not say where it is from: no stanza (probe the URL, or a saved page with its address)"
    ]


def test_a_feed_is_no_page() -> None:
    with pytest.raises(PageError, match="probe the site's front page"):
        probe(Page("http://x.kr/rss", b"<rss/>", media="xml"), TODAY)


@pytest.mark.parametrize(
    ("url", "cms"),
    [
        ("http://a.kr/?mod=news&act=articleView&idxno=7", "ndsoft"),
        ("http://a.kr/news/article.html?no=7", "mediaon"),
        ("http://a.kr/bbs/board.php?bo_table=news&wr_id=7", "gnuboard"),
        ("http://a.kr/news/view.php?idx=7&mcode=m1", "view_php_idx"),
        ("http://a.kr/default/index_view_page.php?part_idx=1&idx=7", "default_index"),
        ("http://a.kr/serial_read.html?uid=7", "sub_read"),
        ("http://a.kr/27933", "sub_read"),
        ("http://a.kr/article.php?aid=1596763506243140025", "article_php_aid"),
        ("http://a.kr/web/view.php?key=20240516010002232", "view_php_key"),
        ("http://a.kr/news/view.php?no=7", "netfu"),
        ("http://a.kr/news/list.php?mcode=m1", None),
    ],
)
def test_forms_of_urls(url: str, cms: str | None) -> None:
    assert cms_by_form([url]) == cms


def test_ids_come_from_domains() -> None:
    hosts = ["www.kgnews.co.kr", "yeongwol-news.com", "nmn.ff.or.kr", "m.1gan.co.kr", "x.kr", "friday.pedien.co.kr"]
    assert [outlet_id_for(host) for host in hosts] == [
        "kgnews", "yeongwol_news", "nmn_ff", "n_1gan", "n_x", "friday_pedien",
    ]  # fmt: skip
    assert outlet_id_for("jgnews.kr", {"jgnews"}) == "jgnews_kr"


def test_a_stanza_escapes_what_toml_needs_escaped() -> None:
    text = as_toml("a_b", {"name": 'a"\\b', "hosts": ["a.kr"]}, ["one"])
    assert tomllib.loads(text) == {"a_b": {"name": 'a"\\b', "hosts": ["a.kr"]}}
    assert text.startswith("# one\n[a_b]")


def test_robots_are_told_in_plain_lines() -> None:
    body = b"User-agent: *\nDisallow: /admin/\nCrawl-delay: 3\nSitemap: http://a.kr/s.xml\n"
    assert robots_lines(Page("http://a.kr/robots.txt", body), "http://a.kr/admin/x") == [
        "http://a.kr/robots.txt answered 200",
        "http://a.kr/admin/x: robots",
        "crawl delay 3 s",
        "sitemap http://a.kr/s.xml",
    ]
    assert robots_lines(Page("http://a.kr/robots.txt", b"", 404), "http://a.kr/")[1] == "http://a.kr/: may be fetched"


def test_a_news_sitemap_states_the_day_of_publication() -> None:
    body = (
        b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        b"<url><loc>http://a.kr/1</loc><news:news><news:publication_date>2026-03-01T09:00:00+09:00</news:publication_date>"
        b"</news:news></url><url><loc>http://a.kr/2</loc><lastmod>2026-03-02</lastmod><news:news><news:publication_date>"
        b"2026-03-01</news:publication_date></news:news></url></urlset>"
    )
    assert [(e.url, e.stated) for e in sitemap(body, None).pages] == [
        ("http://a.kr/1", "2026-03-01T09:00:00+09:00"),
        ("http://a.kr/2", "2026-03-02"),
    ]


# --- over the network

ARTICLE = (PAGES / "demo_haeram/current_paragraphs.html").read_bytes()
FRONT = (
    b'<html><head><meta property="og:site_name" content="\xeb\x82\x98\xeb\xa3\xa8\xec\x8b\xa0\xeb\xac\xb8">'
    b'<link rel="alternate" type="application/rss+xml" href="/rss/allArticle.xml"></head><body>'
    b'<a href="/news/articleView.html?idxno=7">x</a></body></html>'
)


def site(_host: str, path: str, _before: int) -> Answer:
    known = {
        "/robots.txt": Answer(body=b"User-agent: *\nDisallow: /secret\n", headers=(("Content-Type", "text/plain"),)),
        "/": Answer(body=FRONT),
        "/rss/allArticle.xml": Answer(body=b"<rss/>", headers=(("Content-Type", "text/xml"),)),
        "/sitemap.xml": Answer(body=b"<urlset/>", headers=(("Content-Type", "text/xml"),)),
        "/news/articleView.html?idxno=7": Answer(body=ARTICLE),
        "/old": Answer(302, b"", (("Location", "/"),)),
    }
    return known.get(path, Answer(404))


_SCRIPT = """
import json, sys
from dataclasses import asdict
from datetime import date
from newsharvest.crawl.looking import NotFetchedError, look
from newsharvest.probe import probe
fast = {"NEWSHARVEST_DEMO_PROXY": sys.argv[2], "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_ENABLED": False}
try:
    found = look(sys.argv[1], fast, further=True)
except NotFetchedError as error:
    print(json.dumps({"error": str(error)}))
else:
    site = asdict(probe(found.page, date(2026, 11, 24), found.around))
    print(json.dumps({**site, "robots": found.robots}, default=str))
"""


def looked(url: str, proxy: str, tmp_path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT, url, proxy], cwd=tmp_path, capture_output=True, text=True, timeout=60,
        env={**os.environ, "PYTHONPATH": CHILD_PATH},
    )  # fmt: skip
    assert done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []  # nothing is left behind
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_front_page_is_looked_at_with_its_feed_sitemap_robots_and_one_article(tmp_path: Path) -> None:
    with serving(site) as server:
        found = looked("http://naru.test/old", server.url, tmp_path)
        assert sorted(server.paths("naru.test")) == sorted(
            ["/robots.txt", "/old", "/", "/rss/allArticle.xml", "/sitemap.xml", "/news/articleView.html?idxno=7"]
        )
    assert found["url"] == "http://naru.test/"
    assert (found["cms"], found["cms_by"]) == ("ndsoft", "page")
    assert (found["feeds"], found["sitemaps"]) == (
        ["http://naru.test/rss/allArticle.xml"],
        ["http://naru.test/sitemap.xml"],
    )
    assert found["robots"] == ["http://naru.test/robots.txt answered 200", "http://naru.test/old: may be fetched"]
    assert found["sample"]["article"] == "naru_test/7"
    stanza = tomllib.loads(found["stanza"])["naru"]
    assert (stanza["name"], stanza["evidence_url"]) == ("나루신문", "http://naru.test/news/articleView.html?idxno=7")


def test_what_cannot_be_fetched_is_told_in_one_line(tmp_path: Path) -> None:
    with serving(site) as server:
        assert looked("http://naru.test/secret/x", server.url, tmp_path) == {
            "error": "http://naru.test/secret/x: not fetched (skipped: robots)"
        }
        assert looked("http://naru.test/none", server.url, tmp_path) == {
            "error": "http://naru.test/none: not fetched (http_404)"
        }


def test_the_command_prints_a_stanza(command: Run, tmp_path: Path) -> None:
    url = "http://www.sample-ilbo.co.kr/news/articleView.html?idxno=1001"
    done = command("probe", PAGES / "demo_haeram/current_paragraphs.html", "--url", url)
    assert (done.returncode, done.stderr) == (0, "")
    assert "cms: ndsoft" in done.stdout
    assert '[sample_ilbo]\nname = "해람일보"' in done.stdout
    told = json.loads(command("probe", PAGES / "demo_haeram/current_paragraphs.html", "--url", url, "--json").stdout)
    assert (told["cms"], told["robots"]) == ("ndsoft", ["not asked: a saved page"])


def test_the_command_says_what_is_wrong(command: Run, tmp_path: Path) -> None:
    done = command("probe", "http://www.haeram.test/")
    assert (done.returncode, done.stdout) == (3, "")
    assert "not fetched (skipped: demo_not_running)" in done.stderr
    assert command("probe", "none.html").returncode == 2


def test_outlets_are_listed_and_checked(command: Run, tmp_path: Path) -> None:
    listed = json.loads(command("outlets", "--json").stdout)
    assert len(listed) == 220
    checked = command("outlets", "check")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert " 217 outlets" in checked.stdout
    assert " 179 enabled" in checked.stdout
    own = tmp_path / "own.toml"
    own.write_text(
        '[own_paper]\nname = "나루신문"\nhosts = ["naru.example"]\ncms = "site_specific"\n', encoding="utf-8"
    )
    checked = command("outlets", "check", "--outlets", own)
    assert checked.returncode == 3
    assert checked.stderr.splitlines() == [
        "newsharvest: [own_paper] no id rule: this CMS has none, give id_names (and id_patterns)",
        "newsharvest: [own_paper] nothing names its articles: give home, feeds, sitemaps or list_pages",
    ]
    own.write_text("[own_paper]\n", encoding="utf-8")
    done = command("outlets", "--outlets", own)
    assert (done.returncode, done.stderr) == (2, "newsharvest: own.toml [own_paper]: name is missing\n")
    assert command("outlets", env={"NEWSHARVEST_OUTLETS": str(own)}).returncode == 2
