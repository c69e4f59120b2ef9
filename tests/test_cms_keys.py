"""Keys: one article, one key, whatever URL it was seen under."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.buckets import bucket
from newsharvest.cms.keys import article_key, outlet_id_of
from newsharvest.reference import OUTLET_ID, Outlet

SHARED = Path(__file__).parents[2] / "shared"

MOVED = Outlet("kgnews_co_kr", "경기신문", ("www.kgnews.co.kr", "kgnews.co.kr"), "mediaon", id_names=("no", "idxno"))
NDSOFT = Outlet("a_kr", "가", ("www.a.kr", "a.kr", "m.a.kr"), "ndsoft")
GNUBOARD = Outlet("g_kr", "나", ("g.kr",), "gnuboard")

NDSOFT_VARIANTS = [
    "http://www.a.kr/news/articleView.html?idxno=12345",
    "https://www.a.kr/news/articleView.html?idxno=12345",
    "http://a.kr/news/articleView.html?idxno=12345",
    "http://m.a.kr/news/articleView.html?idxno=12345",
    "http://www.a.kr/news/articleViewAmp.html?idxno=12345",
    "http://www.a.kr/?mod=news&act=articleView&idxno=12345",
    "http://www.a.kr/?mod=news&act=articleView&idxno=12345&sc_code=1482916458&page=422&total=8434",
    "http://www.a.kr/?idxno=12345&act=articleView&mod=news&page=&total=",
    "http://www.a.kr/news/articleView.html?idxno=0012345",
    "http://www.a.kr/news/articleView.html?idxno=12345&replyAll=&reply_sc_order_by=C",
    "http://www.a.kr/news/articleView.html?sc_section_code=S1N1&idxno=12345",
    "http://www.a.kr/news/articleView.html?sc_sub_section_code=S2N34&idxno=12345&toDay_by=2018-09-10",
    "http://www.a.kr/news/articleView.html?idxno=12345#comment",
    "http://www.a.kr/news/articleView.html?idxno=12345&utm_source=x&utm_medium=y",
    "http://www.a.kr/news/articleView.html?idxno=12345&feed=na",
    "http://www.a.kr/news/articleView.html;jsessionid=0A1B?idxno=12345",
    "http://www.a.kr/news/articleView.html?idxno=12345&amp;sc_code=1",
    "http://www.a.kr/news/articleView.html?page=2&total=17&idxno=12345",
    "http://www.a.kr:80/news/articleView.html?idxno=12345",
    "http://WWW.A.KR/news/articleView.html?idxno=12345",
    "  http://www.a.kr/news/articleView.html?idxno=12345\n",
    "http://www.a.kr/news/articleView.html?&idxno=12345&",
]


def test_22_variants_of_one_article_have_one_key() -> None:
    keys = [article_key(url, NDSOFT) for url in NDSOFT_VARIANTS]
    assert len(NDSOFT_VARIANTS) == 22
    assert {(k.outlet_id, k.article_id) for k in keys if k} == {("a_kr", "12345")}
    assert None not in keys


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        (NDSOFT_VARIANTS[6], "http://www.a.kr/?mod=news&act=articleView&idxno=12345"),
        (NDSOFT_VARIANTS[10], "http://www.a.kr/news/articleView.html?idxno=12345"),
        (NDSOFT_VARIANTS[15], "http://www.a.kr/news/articleView.html?idxno=12345"),
        (NDSOFT_VARIANTS[19], "http://www.a.kr/news/articleView.html?idxno=12345"),
    ],
)
def test_the_canonical_url_keeps_scheme_host_path_and_the_identifying_parameters(url: str, canonical: str) -> None:
    key = article_key(url, NDSOFT)
    assert key is not None
    assert key.url == canonical


@pytest.mark.parametrize(
    "url",
    [
        "http://www.a.kr/news/articleList.html?sc_section_code=S1N9&view_type=sm",
        "http://www.a.kr/news/section_list_all.html?sec_no=5&page=2",
        "http://www.a.kr/news/article_list_writer.html?name=x&page=1&user_no=0",
        "http://www.a.kr/news/article.html?sec_no=12",
        "http://www.a.kr/news/article.html?user_no=12",
        "http://www.a.kr/news/articleView.html?idxno=",
        "http://www.a.kr/news/articleView.html?idxno=12;drop",
        "http://www.a.kr/news/articleView.html",
        "http://www.a.kr/",
        "http://www.a.kr/12345",
        "/news/articleView.html?idxno=1",
        "javascript:void(0)",
        "mailto:a@a.kr",
        "http://[bad/news/articleView.html?idxno=1",
        "",
    ],
)
def test_other_urls_are_no_articles(url: str) -> None:
    assert article_key(url, NDSOFT) is None


def test_two_number_spaces_of_one_domain_stay_apart() -> None:
    new = article_key("https://www.kgnews.co.kr/news/article.html?no=355472", MOVED)
    old = article_key("http://www.kgnews.co.kr/news/articleView.html?idxno=355472", MOVED)
    assert new is not None
    assert old is not None
    assert (new.article_id, old.article_id) == ("355472", "idxno-355472")


def test_an_older_rule_than_the_family_default_keeps_its_name() -> None:
    key = article_key("http://www.a.kr/news/view.php?idx=7", NDSOFT)
    assert key is not None
    assert key.article_id == "idx-7"


@pytest.mark.parametrize(
    ("url", "article_id"),
    [
        ("http://g.kr/bbs/board.php?bo_table=news&wr_id=1968&me_id=39&me_code=80", "1968"),
        ("http://g.kr/bbs/board.php?wr_id=1968&device=pc&bo_table=news", "1968"),
        ("http://g.kr/bbs/board.php?bo_table=news&page=9&wr_id=1968", "1968"),
        ("http://g.kr/m/view.php?wr_id=1968", "1968"),
        ("http://g.kr/bbs/board.php?bo_table=gallery&wr_id=1968", "1968-gallery"),
    ],
)
def test_gnuboard_boards_are_number_spaces(url: str, article_id: str) -> None:
    key = article_key(url, GNUBOARD)
    assert key is not None
    assert key.article_id == article_id


def test_a_gnuboard_list_is_no_article() -> None:
    assert article_key("http://g.kr/bbs/board.php?bo_table=news&page=2", GNUBOARD) is None
    assert article_key("http://g.kr/bbs/sns_send.php?longurl=http://g.kr/bbs/board.php?wr_id=5", GNUBOARD) is None


def test_opt_tells_two_articles_apart() -> None:
    keys = [
        article_key(f"http://ddmnews.com/news/news_read.asp?idx=24992{opt}", None) for opt in ("", "&opt=1", "&page=3")
    ]
    assert [k.article_id for k in keys if k] == ["24992", "24992-opt1", "24992"]


def test_duplicate_pairs_collapse() -> None:
    pairs = [
        (
            "http://cynews.co.kr/news/articleView.html?idxno=3171",
            "http://cynews.co.kr/news/articleViewAmp.html?idxno=3171",
        ),
        ("https://sh-news.com/27933", "https://sh-news.com/serial_read.html?uid=27933&section=sc68"),
        (
            "http://www.icj.kr/bbs/board.php?bo_table=news&wr_id=30187&device=mobile",
            "http://www.icj.kr/bbs/board.php?bo_table=news&wr_id=30187&device=pc",
        ),
    ]
    for left, right in pairs:
        one, other = article_key(left, None), article_key(right, None)
        assert one is not None
        assert other is not None
        assert (one.outlet_id, one.article_id) == (other.outlet_id, other.article_id)


def test_all_evidence_urls_give_their_number() -> None:
    path = SHARED / "reference" / "outlets.csv"
    if not path.exists():
        pytest.skip("the evidence table is not here")
    kinds = {"article_page", "article_link_in_public_repo"}
    with path.open(encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream) if r["evidence_kind"] in kinds]
    wrong = {r["domain"] for r in rows if _number(r["evidence_url"]) != r["article_number_in_evidence"].lstrip("0")}
    assert len(rows) == 179
    assert wrong == {"dymaeil.kr", "weeklyhadong.com"}  # `/<section>/N`: these need a pattern of their own


def _number(url: str) -> str | None:
    key = article_key(url, None)
    return key.article_id.split("-")[0] if key else None


@pytest.mark.parametrize(
    ("url", "outlet_id"),
    [
        ("http://www.noeul.test/bbs/board.php?wr_id=1", "demo_noeul"),
        ("https://www.sample-ilbo.co.kr:8443/x", "sample_ilbo_co_kr"),
        ("http://1gan.co.kr/", "h_1gan_co_kr"),
        ("http://127.0.0.1:8000/a", "h_127_0_0_1"),
        ("http://x/", "h_x"),
        ("http://한국.kr/", "xn__3e0b707e_kr"),
        ("http://[bad/", "unknown"),
        ("file:///home/a.html", "unknown"),
        (None, "unknown"),
        ("", "unknown"),
    ],
)
def test_outlet_ids(url: str | None, outlet_id: str) -> None:
    assert outlet_id_of(url) == outlet_id


def test_a_long_host_keeps_its_difference() -> None:
    ids = {outlet_id_of(f"http://{'a' * 40}{n}.example.co.kr/") for n in range(20)}
    assert len(ids) == 20
    assert all(len(i) == 31 for i in ids)


@given(st.text(max_size=80))
def test_an_outlet_id_always_fits_the_rule(text: str) -> None:
    for url in (text, f"http://{text}/", f"https://{text}"):
        assert OUTLET_ID.match(outlet_id_of(url))


@given(st.text(max_size=60))
def test_no_url_raises(text: str) -> None:
    for url in (text, f"http://a.kr/{text}", f"http://a.kr/news/articleView.html?idxno={text}"):
        key = article_key(url, None)
        assert key is None or re.fullmatch(r"[A-Za-z0-9_.-]+", key.article_id)


@pytest.mark.parametrize(
    ("article_id", "name"),
    [
        ("0", "n00000"),
        ("9999", "n00000"),
        ("10000", "n00001"),
        ("1291034", "n00129"),
        ("999999999", "n99999"),
        ("idxno-355472", "n00035"),
        ("1968-gallery", "n00000"),
        ("20251231001", "d202512"),
        ("idg202307170067", "d202307"),
        ("20240315.22001003892", "n02024"),
        ("20251331001", "u202"),
        ("1561958903668972286", "u156"),
        ("90000018894", "u900"),
    ],
)
def test_buckets(article_id: str, name: str) -> None:
    assert bucket(article_id) == name


def test_hashes_are_spread_over_sixteen_files() -> None:
    names = {bucket(f"x-{n:040x}") for n in range(400)}
    assert names == {f"h{n}" for n in range(16)}
