"""Keys: one article, one key, whatever URL it was seen under."""

from __future__ import annotations

import base64
import csv
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.buckets import bucket
from newsharvest.cms.keys import article_key, outlet_id_of
from newsharvest.reference import OUTLET_ID, Outlet, outlet_for

SHARED = Path(__file__).parents[2] / "shared"
PAGES = Path(__file__).parent / "pages"

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


def evidence() -> list[dict[str, str]]:
    with (PAGES / "evidence_urls.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_every_evidence_url_gives_its_outlet_and_its_article_and_no_two_are_one() -> None:
    found = [article_key(row["url"], outlet_for(row["url"])) for row in evidence()]
    assert [(k.outlet_id, k.article_id) for k in found if k] == [(r["outlet_id"], r["article_id"]) for r in evidence()]
    assert len({(k.outlet_id, k.article_id) for k in found if k}) == 179


def test_the_tracked_evidence_is_the_study_s() -> None:
    path = SHARED / "reference" / "outlets.csv"
    if not path.exists():
        pytest.skip("the evidence table is not here")
    kinds = {"article_page", "article_link_in_public_repo"}
    with path.open(encoding="utf-8") as stream:
        rows = [r for r in csv.DictReader(stream) if r["evidence_kind"] in kinds]
    assert sorted(r["evidence_url"] for r in rows) == sorted(r["url"] for r in evidence())
    numbers = {r["outlet_id"]: r["article_number_in_evidence"].lstrip("0") for r in rows}
    told = {r["outlet_id"]: re.sub(r"^[A-Za-z_]+-|-opt1$", "", r["article_id"]) for r in evidence()}
    assert told == numbers


def test_without_the_registry_two_of_the_evidence_urls_have_no_known_form() -> None:
    unknown = {row["outlet_id"] for row in evidence() if article_key(row["url"], None) is None}
    assert unknown == {"dymaeil", "weeklyhadong"}  # `/<section>/N`: their stanzas hold a pattern


@pytest.mark.parametrize(
    ("urls", "outlet_id", "article_id"),
    [
        (
            [f"http://seosanilbo.kr/bbs/board.php?bo_table=news&wr_id=1968&{more}"
             for more in ("page=4&me_id=2&me_code=10", "me_id=39&me_code=80", "page=62&me_id=1")],
            "seosanilbo", "1968",
        ),
        (
            ["http://www.cynews.co.kr/news/articleView.html?idxno=3171",
             "http://www.cynews.co.kr/news/articleViewAmp.html?idxno=3171"],
            "cynews", "3171",
        ),
        (["https://sh-news.com/27933", "https://sh-news.com/serial_read.html?uid=27933&section=sc68"], "sh_news", "27933"),
        (
            ["http://www.ulsanilbo.co.kr/news/articleViewAmp.html?idxno=60810",
             "http://ulsanilbo.co.kr/news/articleView.html?idxno=60810"],
            "ulsanilbo", "60810",
        ),
        (
            [f"http://www.icj.kr/bbs/board.php?bo_table=news&wr_id=30187&device={d}" for d in ("mobile", "pc")],
            "icj", "30187",
        ),
        (
            ["https://www.gheadline.co.kr/news/article.html?no=399533",
             "http://gheadline3.mediaon.co.kr/news/article.html?no=399533"],
            "gheadline", "399533",
        ),
        (
            ["http://www.yonginilbo.com/news/article.html?no=74644",
             "https://www.yonginilbo.com/mobile/article.html?no=74644",
             "https://www.yonginilbo.com/ezview/article_main.html?no=74644"],
            "yonginilbo", "74644",
        ),
        (
            ["https://www.jjan.kr/article/20201028719311", "https://www.jjan.kr/articleAmp/20201028719311",
             "https://m.jjan.kr/article/20201028719311"],
            "jjan", "20201028719311",
        ),
        (
            ["https://www.joongdo.co.kr/web/view.php?key=20170831000032399",
             "http://joongdo.co.kr/main/view.php?key=20170831000032399", "http://m.joongdo.co.kr/view.php?key=20170831000032399"],
            "joongdo", "20170831000032399",
        ),
        (
            ["http://ctnews.kr/print.php?aid=1596763506243140025", "http://m.ctnews.kr/article.php?aid=1596763506243140025&page=16"],
            "ctnews", "1596763506243140025",
        ),
        (
            ["http://m.seongjuro.co.kr/view.php?idx=38437", "http://www.seongjuro.co.kr/news/view.php?idx=38437&mcode=m1"],
            "seongjuro", "38437",
        ),
    ],
)  # fmt: skip
def test_urls_of_one_article_of_a_registered_outlet_collapse(urls: list[str], outlet_id: str, article_id: str) -> None:
    keys = [article_key(url, outlet_for(url)) for url in urls]
    assert {(k.outlet_id, k.article_id) if k else None for k in keys} == {(outlet_id, article_id)}


@pytest.mark.parametrize(
    ("newer", "older", "ids"),
    [
        ("https://www.kgnews.co.kr/news/article.html?no=552243", "http://www.kgnews.co.kr/news/articleView.html?idxno=552243",
         ("552243", "idxno-552243")),
        ("https://www.sjpost.co.kr/news/article.html?no=4346", "http://www.sjpost.co.kr/news/articleView.html?idxno=4346",
         ("4346", "idxno-4346")),
        ("https://www.jnilbo.com/news/articleView.html?idxno=73020873415", "http://www.jnilbo.com/73020873415",
         ("73020873415", "uid-73020873415")),
        ("https://kyeongin.com/article/1380018", "http://www.kyeongin.com/main/view.php?key=1380018", ("1380018", "key-1380018")),
        ("https://www.kbmaeil.com/article/836020", "http://www.kbmaeil.com/news/articleView.html?idxno=836020",
         ("836020", "idxno-836020")),
        ("https://www.idaegu.com/newsView/idg202307170067", "http://www.idaegu.com/news/articleView.html?idxno=202307170067",
         ("idg202307170067", "idxno-202307170067")),
        ("https://www.daejonilbo.com/news/articleView.html?idxno=1285949", "http://www.daejonilbo.com/news/newsitem.asp?pk_no=1285949",
         ("1285949", "pk_no-1285949")),
        ("http://ddmnews.com/news/news_read.asp?idx=24992", "http://ddmnews.com/news/news_read.asp?idx=24992&opt=1",
         ("24992", "24992-opt1")),
    ],
)  # fmt: skip
def test_number_spaces_of_one_domain_stay_apart(newer: str, older: str, ids: tuple[str, str]) -> None:
    keys = [article_key(url, outlet_for(url)) for url in (newer, older)]
    assert tuple(k.article_id for k in keys if k) == ids


PACKED = "http://www.kimcheon.co.kr/default/index_view_page.php?board_data={}&search_items=c2VhcmNo"


@pytest.mark.parametrize(
    ("packed", "article_id"),
    [
        ("idx%3D26776%26startPage%3D0%26listNo%3D3||", "26776"),
        ("startPage%3D0%26idx%3D26776||", "26776"),
        ("startPage%3D60||", None),
        ("idx%3D||", None),
        ("no base64", None),
    ],
)
def test_a_number_packed_in_base64_is_the_plain_one(packed: str, article_id: str | None) -> None:
    value = packed if packed == "no base64" else quote(base64.b64encode(packed.encode()).decode())
    url = PACKED.format(value)
    key = article_key(url, outlet_for(url))
    assert (key and key.article_id) == article_id
    if key is not None:
        plain = article_key("http://kimcheon.co.kr/default/index_view_page.php?part_idx=271&idx=26776", outlet_for(url))
        assert plain is not None
        assert (key.outlet_id, key.article_id) == (plain.outlet_id, plain.article_id)
        assert key.url == "http://www.kimcheon.co.kr/default/index_view_page.php?idx=26776"


OWN = Outlet("p_kr", "다", ("p.kr",), "site_specific", id_names=("seq", "old"),
             id_patterns=(("seq", r"^/story\?(?:.*&)?seq=(\d+)"), ("old", r"^/[a-z]+/(\d+)$")))  # fmt: skip


@pytest.mark.parametrize(
    ("url", "article_id", "canonical"),
    [
        ("http://p.kr/story?a=1&seq=0042#top", "42", "http://p.kr/story?a=1&seq=0042"),
        ("http://P.kr/opinion/134?utm_source=x", "old-134", "http://p.kr/opinion/134"),
    ],
)
def test_a_pattern_of_the_outlet_s_own_gives_the_number(url: str, article_id: str, canonical: str) -> None:
    key = article_key(url, OWN)
    assert key is not None
    assert (key.article_id, key.url) == (article_id, canonical)


def test_a_pattern_says_nothing_of_other_urls() -> None:
    assert article_key("http://p.kr/opinion/134/edit", OWN) is None
    assert article_key("http://p.kr/story?seq=1x", OWN) is not None  # the expression's own matter: it is not anchored
    assert article_key("http://p.kr/story?seq=", OWN) is None


PER_DAY, SAMPLED = 30, 10


def numbers_of_five_years(article_id: str) -> list[str]:
    """Every tenth id of an outlet that counts on in the way of one that was seen, at 30 articles a day."""
    prefix, digits = re.fullmatch(r"(\D*)(\d.*)", article_id.removesuffix("-opt1")).groups()  # type: ignore[union-attr]
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(1825)]
    counts = range(0, PER_DAY, SAMPLED)
    if len(digits) > 9 and digits[:2] in {"19", "20"}:
        return [f"{prefix}{day:%Y%m%d}{n:0{len(digits) - 8}d}"[: len(article_id)] for day in days for n in counts]
    if len(digits) > 9 and digits[0] in "17":  # jnilbo's 73020873415 is 1730208734, a time of 2024, without its 1
        seconds = [
            int(datetime(d.year, d.month, d.day, tzinfo=UTC).timestamp()) + 2_880 * n for d in days for n in counts
        ]
        texts = [str(moment)[digits[0] == "7" :] for moment in seconds]
        return [f"{prefix}{text}{digits[len(text) :]}" for text in texts]
    return [f"{prefix}{int(digits) + n}" for n in range(0, PER_DAY * 1825, SAMPLED)]


def test_every_outlets_files_hold_hundreds_of_articles_and_are_not_many() -> None:
    ids = {row["outlet_id"]: row["article_id"] for row in evidence()} | {"jnilbo now": "90000018894"}
    files = {name: Counter(map(bucket, numbers_of_five_years(article_id))) for name, article_id in ids.items()}
    usual = {name: SAMPLED * median(counts.values()) for name, counts in files.items()}
    most = {name: SAMPLED * max(counts.values()) for name, counts in files.items()}
    assert {name: number for name, number in usual.items() if number < 300} == {}
    assert {name: number for name, number in most.items() if number > 10_000} == {}
    assert sum(map(len, files.values())) <= 4_000


@pytest.mark.parametrize(
    ("url", "outlet_id"),
    [
        ("http://www.noeul.test/bbs/board.php?wr_id=1", "demo_noeul"),
        ("https://www.sample-ilbo.co.kr:8443/x", "sample_ilbo_co_kr"),
        ("http://2gan.co.kr/", "h_2gan_co_kr"),
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
        ("20240315.22001003892", "d202403"),
        ("20251331001", "u202"),
        ("1561958903668972286", "u156"),
        ("90000018894", "n00001"),
        ("73020873415", "u730"),
    ],
)
def test_buckets(article_id: str, name: str) -> None:
    assert bucket(article_id) == name


def test_hashes_are_spread_over_sixteen_files() -> None:
    names = {bucket(f"x-{n:040x}") for n in range(400)}
    assert names == {f"h{n}" for n in range(16)}
