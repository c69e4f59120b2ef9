"""Families: recognition, links, named drops, and the same article under mechanical changes of its page."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from test_cms_pages import CASES, body_of, expected, name_of, parsed, plain

from newsharvest.cms import CMS, family_of, links
from newsharvest.cms.body import read_body
from newsharvest.cms.content import Body
from newsharvest.cms.keys import article_key
from newsharvest.cms.lookups import is_furniture
from newsharvest.cms.meta import bare_title, page_title
from newsharvest.items import Dropped
from newsharvest.markup import Document, PageError, document
from newsharvest.page import Page, decode
from newsharvest.reference import outlets

pytestmark = pytest.mark.usefixtures("sample_outlets")

ARTICLES = [path for path in CASES if "reject" not in expected(path)]


def doc_of(html: str, url: str = "http://b.kr/news/articleView.html?idxno=1") -> Document:
    return document(Page(url, html.encode()))


@pytest.mark.parametrize(
    ("html", "name"),
    [
        ('<article id="article-view-content-div">가</article>', "ndsoft"),
        ('<div id="news_body_area">가</div>', "mediaon"),
        ('<div class="cnt_view news_body_area">가</div>', "mediaon"),
        ('<article id="bo_v"><div id="bo_v_con">가</div></article>', "gnuboard"),
        ('<div class="View_Title"><strong>가</strong></div><div id="articleBody">가</div>', "ndsoft"),
        ('<div class="View_Title"><h1>가</h1></div><div id="_article">가</div>', "ndsoft"),
        ('<div id="arl_view_content">가</div>', "ndsoft"),
        ('<div id="viewContent">가</div><a href="/news/view.php?idx=7&mcode=m1">나</a>', "view_php_idx"),
        ('<div id="viewContent">가</div><a href="/m/view.php?idx=7">나</a>', "view_php_idx"),
        ('<div id="CLtag">가</div><a href="/sub_read.html?uid=7&section=sc1">나</a>', "sub_read"),
        ('<div id="CLtag">가</div><a href="/serial_read.html?uid=7">나</a>', "sub_read"),
        ('<div id="CLtag">가</div><a href="/sub.html?section=sc1">나</a>', "sub_read"),
    ],
)
def test_a_page_of_an_unregistered_host_is_known_by_its_fingerprint(html: str, name: str) -> None:
    assert family_of(doc_of(html), None) is CMS[name]


@pytest.mark.parametrize(
    "html",
    [
        '<div id="articleBody">가</div>',
        '<div id="viewContent">가</div>',
        '<div id="CLtag">가</div><a href="/read/7">나</a>',
    ],
)
def test_a_name_that_other_systems_use_too_is_no_fingerprint_by_itself(html: str) -> None:
    assert family_of(doc_of(html), None) is None


def test_a_page_without_a_fingerprint_belongs_to_its_outlets_family_or_to_none() -> None:
    doc = doc_of("<p>가</p>")
    assert family_of(doc, None) is None
    assert family_of(doc, outlets()["demo_sorae"]) is CMS["mediaon"]


def test_an_outlet_that_changed_its_cms_is_read_by_what_the_page_is() -> None:
    assert family_of(doc_of('<div id="news_body_area">가</div>'), outlets()["demo_haeram"]) is CMS["mediaon"]


def test_a_page_without_container_is_no_article() -> None:
    key = article_key("http://b.kr/news/articleView.html?idxno=1", None)
    assert key is not None
    with pytest.raises(PageError) as raised:
        CMS["ndsoft"].parse(doc_of("<h3 class=heading>가</h3>"), key)
    assert (raised.value.stage, raised.value.reason) == ("parse", "not_article")


def test_an_empty_container_beside_the_real_one_is_passed_over() -> None:
    html = '<h2>가나</h2><div class="news_body_area">해람시는 쉼터를 연다.</div><div id="news_body_area"></div>'
    key = article_key("http://b.kr/news/article.html?no=1", None)
    assert key is not None
    assert CMS["mediaon"].parse(doc_of(html), key).paragraphs == ["해람시는 쉼터를 연다."]


LIST = """<base href="http://www.haeram.test/"><a href="/news/articleView.html?idxno=7&sc_code=1">가</a>
<a href="news/articleView.html?idxno=7">또</a><a href="http://m.haeram.test/news/articleView.html?idxno=8#c">나</a>
<a href="http://other.test/news/articleView.html?idxno=9">남</a><a href="/news/articleList.html?page=2">목록</a>
<a href="javascript:void(0)">x</a><a href="http://[">y</a><a>z</a>"""


def test_links_of_a_list_page() -> None:
    found = links(doc_of(LIST), "http://www.haeram.test/news/articleList.html", outlets()["demo_haeram"])
    assert found == [
        "http://www.haeram.test/news/articleView.html?idxno=7",
        "http://m.haeram.test/news/articleView.html?idxno=8",
    ]


def body_of_html(inner: str) -> Body:
    doc = doc_of(f'<div id="c">{inner}</div>')
    return read_body(doc.root.get_element_by_id("c"), "http://b.kr/news/x.html")


@pytest.mark.parametrize(
    ("inner", "dropped"),
    [
        ('<p>가.</p><div class="ad-template">광고글</div>', Dropped("ad", "광고글")),
        ('<p>가.</p><ul class="sns_list"><li>밴드</li></ul>', Dropped("share", "밴드")),
        ('<p>가.</p><div class="related_box">관련 소식</div>', Dropped("related", "관련 소식")),
        (
            '<p>가.</p><ul><li><a href="/1">하나</a></li><li><a href="/2">둘</a></li></ul>',
            Dropped("link_list", "하나 둘"),
        ),
        ("<p>가.</p><p>배너</p>", Dropped("furniture", "배너")),
        ("<p>가.</p><p>홍길동 기자의 다른기사 보기</p>", Dropped("furniture", "홍길동 기자의 다른기사 보기")),
        ("<p>가.</p><p>가.</p>", Dropped("repeated_body", "가.")),
        (
            "<figure><img src=a.jpg><figcaption>▲ 그림</figcaption></figure><p>▲ 그림</p><p>가.</p>",
            Dropped("repeated_caption", "▲ 그림"),
        ),
    ],
)
def test_what_is_left_out_has_a_name(inner: str, dropped: Dropped) -> None:
    body = body_of_html(inner)
    assert body.paragraphs == ["가."]
    assert body.dropped == [dropped]


@pytest.mark.parametrize(
    ("inner", "paragraphs", "captions"),
    [
        ("<img src=a.jpg><br>▲ 그림<br>▲ 목록", ["▲ 목록"], ["▲ 그림"]),
        ("가.<br>▲ 하나<br>▲ 둘", ["가.", "▲ 하나", "▲ 둘"], []),
        ("<img src=a.jpg><p>가.</p><p>▲ 하나</p>", ["가.", "▲ 하나"], []),
        ("<table><tr><td><img src=a.jpg></td></tr><tr><td>그림말</td></tr></table>가.", ["가."], ["그림말"]),
        ("<table><tr><td>하나</td><td>둘</td></tr></table>", ["하나", "둘"], []),
        ("<p>하나<br>둘</p>셋<div>넷<p>다섯</p></div>", ["하나", "둘", "셋", "넷", "다섯"], []),
        ("<p>가<b>나</b><span>다</span><script>x</script><!-- a@b --></p>", ["가나다"], []),
        ("<p>&nbsp;</p><p> \n</p><p>가나</p>", ["가나"], []),
    ],
)
def test_paragraphs_and_captions(inner: str, paragraphs: list[str], captions: list[str]) -> None:
    body = body_of_html(inner)
    assert (body.paragraphs, body.captions, body.dropped) == (paragraphs, captions, [])


def test_images_are_absolute_and_real() -> None:
    body = body_of_html(
        '<img src="/a.jpg"><img src="data:image/gif;base64,x" data-src="//c.b.kr/b.jpg"><img src="p.gif" width="1"><img><img src="/a.jpg">'
    )
    assert body.images == ["http://b.kr/a.jpg", "http://c.b.kr/b.jpg"]


@pytest.mark.parametrize(
    ("title", "bare"),
    [
        ("코로나19 신규확진 - 매일경제", "코로나19 신규확진"),
        ("수출 늘었다 #MoneyS", "수출 늘었다"),
        ("봄이 왔다 : 뉴스 : 동아닷컴", "봄이 왔다"),
        ("대전일보 모바일 :: 성금 줄이어", "성금 줄이어"),
        ("불 - 물", "불 - 물"),
        ("해람일보", "해람일보"),
    ],
)
def test_only_known_affixes_leave_a_title(title: str, bare: str) -> None:
    assert bare_title(title, ["해람일보"]) == bare


def test_the_way_to_the_page_leaves_a_page_title() -> None:
    assert page_title("쉼터 연다 < 지역 < 사회 < 기사본문 - 해람일보", ["해람일보"]) == "쉼터 연다"


def test_furniture_is_whole_lines_only() -> None:
    assert is_furniture("모바일 버전으로 보기")
    assert not is_furniture("모바일 버전으로 보기 좋은 사진")


def _sub(pattern: str, new: str | Callable[[re.Match[str]], str]) -> Callable[[str], str]:
    return lambda html: re.sub(pattern, new, html)


CHANGES: dict[str, Callable[[str], str]] = {
    "extra classes": _sub(r'class="', 'class="col-12 js_x '),
    "single quotes": _sub(r'="([^"\']*)"', r"='\1'"),
    "upper-case tags": _sub(r"<(/?)(p|div|ul|li|h2|h3)(?=[\s>])", lambda m: f"<{m[1]}{m[2].upper()}"),
    "br for p": lambda h: re.sub(r"<p>(?!&nbsp;)(.*?)</p>", r"\1<br><br>", h),
    "div for p": lambda h: re.sub(r"<(/?)p(?=[\s>])", r"<\1div", h),
    "spans inside paragraphs": _sub(r"<p>([^<]+)</p>", r'<p><span style="color:#000">\1</span></p>'),
    "blank lines everywhere": lambda h: h.replace("><", ">\n \n<"),
    "comments everywhere": lambda h: h.replace("</p>", "</p><!-- 가 a@b.kr -->"),
    "an ad before the end": lambda h: h.replace("</p>", '</p><div class="banner">광고 보기</div>', 1),
    "an empty paragraph after each": lambda h: h.replace("</p>", "</p><p>&nbsp;</p>"),
    "a script after each paragraph": lambda h: h.replace("</p>", "</p><script>var a = '<p>가</p>';</script>"),
    "no doctype": lambda h: h.replace("<!DOCTYPE html>", ""),
    "a side box before the article": lambda h: h.replace(
        "<article", '<div class="box"><h4>알림</h4><p>2026.01.01 00:00</p></div><article', 1
    ),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("path", ARTICLES, ids=name_of)
def test_a_mechanical_change_gives_the_same_article(path: Path, change: str) -> None:
    truth = expected(path)
    url = truth.pop("seen_as", truth["url"])
    html = decode(body_of(path)).text
    assert plain(parsed(CHANGES[change](html).encode(), url)) == truth
