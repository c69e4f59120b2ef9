"""Pages of unknown systems: the real ones at hand, and our own for each trap that real pages set."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks.extraction import f1, folded
from newsharvest.cms import generic
from newsharvest.cms.keys import ArticleKey, article_key
from newsharvest.harvest import harvest
from newsharvest.items import Article, Item, Reject
from newsharvest.markup import PageError, document
from newsharvest.page import Page
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

REAL = Path(__file__).parents[2] / "shared" / "pages" / "articles"
URL = "http://www.sample.test/news/story/a1"
A = "해람시는 물빛시장에 새 지붕을 얹는 공사를 6월까지 마치기로 했다고 23일 밝혔다."
B = "지붕 길이는 모두 412m이고 공사비는 18억원이며 비가 와도 장을 볼 수 있게 된다."
C = "상인회는 “장마가 오기 전에 끝나기를 바란다”고 말했다."
TITLE = "물빛시장 새 지붕 얹는다"
OG = f'<meta property="og:title" content="{TITLE}"><meta property="og:type" content="article">'
MENU = (
    '<div id="gnb"><ul>'
    + "".join(f'<li><a href="/s/{n}">{w}</a></li>' for n, w in enumerate(("정치", "경제", "사회")))
    + "</ul></div>"
)
SIDE = (
    '<div class="side"><h4>많이 본 기사</h4><ul><li><a href="/news/story/a2">갯마을 도서관 문 열어</a> <em>2026.02.09 09:00</em></li>'
    '<li><a href="/news/story/a3">솔바람 둘레길 새 단장</a> <em>2026.02.08 07:30</em></li></ul></div>'
)
FOOT = '<div id="footer"><p>해람일보 | 등록일 2011.03.04 | 발행일 2011.04.01</p><p>모든 기사는 저작권법의 보호를 받으며 무단 전재를 금합니다.</p></div>'


def page(inner: str, head: str = OG, title: str = TITLE) -> bytes:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body>{MENU}{inner}{SIDE}{FOOT}</body></html>"
    ).encode()


def parsed(body: bytes, url: str = URL) -> Article:
    article = generic.parse(document(Page(url, body)), article_key(url, None) or ArticleKey("sample_test", "x-1", url))
    clean_article(article)
    credit_article(article)
    date_article(article)
    return article


def only(items: list[Item]) -> Item:
    (item,) = items
    return item


@pytest.mark.skipif(not REAL.is_dir(), reason="the real pages are not at hand")
def test_real_pages() -> None:
    scores = []
    for path in sorted(REAL.glob("*.truth.json")):
        truth = json.loads(path.read_text(encoding="utf-8"))
        article = parsed(path.with_name(truth["file"]).read_bytes(), truth["url"])
        scores.append(f1(article.body or "", truth["body"]))
        assert article.title == folded(truth["title"])
        assert article.published_at is not None
        assert article.published_at.isoformat() == truth["published_at"]
        assert truth["author"] in article.authors
        assert article.unaccounted == 0
    assert len(scores) == 5
    assert sum(scores) / len(scores) >= 0.99
    assert min(scores) >= 0.98


PROSE = f"<p>{A}</p><p>{B}</p><p>{C}</p>"
BREAKS = f"{A}<br><br>{B}<br><br>{C}"


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        (f'<h1>{TITLE}</h1><div itemprop="articleBody">{PROSE}</div>', "generic:[itemprop=articleBody]"),
        (f'<h1>{TITLE}</h1><div id="articleBody">{BREAKS}</div>', "generic:#articleBody"),
        (f'<h1>{TITLE}</h1><div class="box view_con x">{PROSE}</div>', "generic:.view_con"),
        (f"<h1>{TITLE}</h1><article>{PROSE}</article>", "generic:article"),
        (f"<h1>{TITLE}</h1><div>{PROSE}</div>", "generic:densest"),
        (f"<table><tr><td>{TITLE}</td></tr><tr><td>{BREAKS}</td></tr></table>", "generic:densest"),
        (f"<h1>{TITLE}</h1><div><div>{A}</div><div>{B}</div><div>{C}</div></div>", "generic:densest"),
        (f'<h1>{TITLE}</h1><div class="p">{BREAKS}</div><div id="articleBody"></div>', "generic:densest"),
        (f'<h1>{TITLE}</h1><div id="articleBody"></div><div class="news_body">{BREAKS}</div>', "generic:.news_body"),
        (f'<div id="wrap_layer_popup"><h1>{TITLE}</h1><div class="q">{PROSE}</div></div>', "generic:densest"),
    ],
)
def test_the_body_is_found_whatever_holds_it(inner: str, rule: str) -> None:
    article = parsed(page(inner))
    assert article.paragraphs == [A, B, C]
    assert (article.title, article.extractors["paragraphs"]) == (TITLE, rule)
    assert article.unaccounted == 0


def test_an_article_in_pieces_between_advertisements_is_whole() -> None:
    long = [A, B, C, A.replace("지붕", "바닥"), B.replace("지붕", "바닥"), C.replace("장마", "추석")]
    pieces = "".join(
        f'<div class="g"><div class="w article_body"><div>{x}<br>{y}</div></div></div>'
        for x, y in zip(long[::2], long[1::2], strict=True)
    )
    assert parsed(page(f"<h1>{TITLE}</h1><section>{pieces}</section>")).paragraphs == long


@pytest.mark.parametrize(
    ("head", "title", "line", "wanted"),
    [
        ('<meta property="og:title" content="물빛시장 새 지붕 얹는다 - 해람의 눈">', "x", TITLE, TITLE),
        ('<meta property="og:title" content="해람 모바일 :: 물빛시장 새 지붕 얹는다">', "x", TITLE, TITLE),
        ("", "물빛시장 새 지붕 얹는다 - Haeram", TITLE, TITLE),
        ("", "해람일보", TITLE, TITLE),
        ('<meta property="og:title" content="불 - 물">', "x", "불 - 물", "불 - 물"),
        ('<meta property="og:title" content="물빛시장 새 지붕…">', TITLE, TITLE, TITLE),
        ('<script type="application/ld+json">{"@type":"NewsArticle","headline":"물빛시장 새 지붕 얹는다"}</script>', "해람", "둘째", TITLE),
        (
            '<meta property="og:title" content="물빛시장ㅣ해람일보"><meta property="og:site_name" content="해람일보">',
            "x", "다른 줄", "물빛시장",
        ),
    ],
)  # fmt: skip
def test_titles_lose_what_the_page_does_not_print(head: str, title: str, line: str, wanted: str) -> None:
    head += '<meta property="og:type" content="article">'
    assert parsed(page(f"<h2>{line}</h2><div class=view_con>{PROSE}</div>", head, title)).title == wanted


META = '<meta property="article:published_time" content="2026-02-01T10:00:30+09:00">'
LINKED = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"물빛시장 새 지붕 얹는다","datePublished":"%s"}</script>'


@pytest.mark.parametrize(
    ("head", "above", "wanted", "raw"),
    [
        (META, "입력 2026.02.01 10:00", "2026-02-01T10:00:30+09:00", "2026-02-01T10:00:30+09:00"),
        (META, "입력 2026.01.20 10:00", "2026-01-20T10:00:00+09:00", "입력 2026.01.20 10:00"),
        (LINKED % "2026-02-01T01:00:30Z", "", "2026-02-01T10:00:30+09:00", "2026-02-01T01:00:30Z"),
        (META + LINKED % "2025-02-01T01:00:30Z", "", None, None),
        ("", "기사입력 2026/02/01 [17:33]", "2026-02-01T17:33:00+09:00", "기사입력 2026/02/01 [17:33]"),
        ("", "나하늘 기자 | 2026-02-01 10:00", "2026-02-01T10:00:00+09:00", "2026-02-01 10:00"),
        ("", "2026-02-01", None, None),
        ("", "2026-02-01 10:00<br>2026-02-03 11:00", None, None),
        ("", '<a href="/news/story/a9">2026-02-01 10:00</a>', None, None),
        ("", "", None, None),
    ],
)
def test_a_date_is_the_articles_own_or_null(head: str, above: str, wanted: str | None, raw: str | None) -> None:
    article = parsed(page(f"<h1>{TITLE}</h1><div class=info>{above}</div><div class=view_con>{PROSE}</div>", OG + head))
    assert (article.published_at.isoformat() if article.published_at else None, article.published_at_raw) == (
        wanted,
        raw,
    )


def test_what_stands_in_the_container_above_and_below_the_text_is_sorted_out() -> None:
    inner = (
        f'<div id="articleBody"><h2>{TITLE}</h2><div>입력 2026.02.01 10:00</div><div>나하늘 기자</div><div>3</div>{PROSE}'
        "<p>저작권자 © 해람일보 무단전재 및 재배포 금지</p><p>갯마을 도서관 문 열어</p></div>"
    )
    article = parsed(page(inner))
    assert (article.paragraphs, article.byline_raw, article.authors) == ([A, B, C], "나하늘 기자", ["나하늘"])
    assert article.rights_notice == "저작권자 © 해람일보 무단전재 및 재배포 금지"
    assert [d.rule for d in article.dropped] == [
        "below_article",
        "repeated_head",
        "date_line",
        "byline",
        "counter",
        "rights_notice",
    ]
    assert article.published_at_raw == "입력 2026.02.01 10:00"
    assert article.unaccounted == 0


def test_the_line_before_a_dateline_is_the_subtitle() -> None:
    article = parsed(
        page(f"<h1>{TITLE}</h1><div class=view_con>비 와도 젖지 않게<br>[해람일보=나하늘 기자] {BREAKS}</div>")
    )
    assert (article.subtitle, article.paragraphs, article.dateline_raw) == (
        "비 와도 젖지 않게",
        [A, B, C],
        "[해람일보=나하늘 기자]",
    )


FLIGHT = json.dumps([1, f'3:["$","div",null,{{"html":{json.dumps(PROSE, ensure_ascii=False)}}}]\n'], ensure_ascii=False)
NEXT = {
    "props": {
        "page": {"related": [{"body": "다른 기사의 글이다. " * 30}], "article": {"title": TITLE, "content": PROSE}}
    }
}
PARTS = {
    "props": {
        "article": {
            "blocks": [
                {"type": "text", "content": A},
                {"type": "ad"},
                {"type": "text", "content": B},
                {"type": "text", "content": C},
            ]
        }
    }
}
DESCRIBED = f'<meta property="og:description" content="{A[:30]}">'


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        (
            f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(NEXT, ensure_ascii=False)}</script>',
            "script:__NEXT_DATA__",
        ),
        (
            f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(PARTS, ensure_ascii=False)}</script>',
            "script:__NEXT_DATA__",
        ),
        (
            f"<script>self.__next_f.push({FLIGHT[:40]}</script><script>self.__next_f.push({FLIGHT})</script>",
            "script:__next_f",
        ),
        (
            '<script type="application/ld+json">'
            + json.dumps(
                {"@type": "NewsArticle", "headline": TITLE, "articleBody": f"{A}\n{B}\n{C}"}, ensure_ascii=False
            )
            + "</script>",
            "json-ld:articleBody",
        ),
    ],
)
def test_a_body_that_stands_in_a_script_only_is_read(script: str, rule: str) -> None:
    article = parsed(page(f"<h1>{TITLE}</h1><div id=__next></div>{script}", OG + DESCRIBED))
    assert (article.paragraphs, article.extractors["paragraphs"]) == ([A, B, C], f"generic:{rule}")
    assert article.unaccounted == 0


ITEMS = "".join(
    f'<li><h4><a href="/news/articleView.html?idxno={n}">기사 {n} 제목</a></h4><p>{text}</p></li>'
    for n, text in enumerate((A, B, C), 1)
)
TERMS = (
    "<h2>이용약관</h2><div>"
    + "".join(f"<p>제{n}조 (목적) 이 약관은 회사가 내놓는 서비스의 이용 조건을 정한다.</p>" for n in range(1, 9))
    + "</div>"
)


@pytest.mark.parametrize(
    ("body", "url"),
    [
        (page(f"<ul class=list>{ITEMS}</ul>", "", "지역 기사"), "http://www.sample.test/news/articleList.html"),
        (page(f"<ul class=list>{ITEMS}</ul>", OG, "지역 기사"), "http://www.sample.test/news/articleView.html?idxno=3"),
        (page(f"<div class=main><p>{A}</p><p>{B}</p></div>", OG), "http://www.sample.test/"),
        (page(TERMS, "", "이용약관 - 해람일보"), "http://www.sample.test/terms"),
        (page(TERMS.replace("이용약관", "알립니다"), OG, "알립니다"), "http://www.sample.test/etc/9"),
        (
            page("<h1>로그인</h1><p>아이디와 비밀번호를 적어 주시기 바랍니다.</p>", "", "로그인"),
            "http://www.sample.test/login",
        ),
        (page("<h1>알림</h1><p>요청하신 페이지를 찾을 수 없습니다. 주소를 확인해 주세요.</p>", OG, TITLE), URL),
        (page("<p>삭제된 기사입니다. 이전 화면으로 돌아가 주세요.</p>", OG, TITLE), URL),
        (page("", OG), URL),
        (
            page("<h1>회사소개</h1><p>해람일보는 2011년에 첫 신문을 냈습니다.</p>", "", "회사소개"),
            "http://www.sample.test/com/com-1.html",
        ),
    ],
    ids=[
        "list",
        "list under an article's URL",
        "front",
        "terms",
        "clauses",
        "login",
        "missing",
        "deleted",
        "empty",
        "company",
    ],
)
def test_what_is_no_article_is_none(body: bytes, url: str) -> None:
    with pytest.raises(PageError) as raised:
        parsed(body, url)
    assert (raised.value.stage, raised.value.reason) == ("parse", "not_article")


def test_an_article_about_terms_and_lists_is_one() -> None:
    text = "<p>해람시는 누리집에서 개인정보처리방침을 고쳤다고 밝혔다.</p><p>바뀐 약관 제3조는 다음 달부터 쓰인다.</p>"
    links = '<ul><li><a href="/news/articleView.html?idxno=7">하나</a></li><li><a href="/news/articleView.html?idxno=8">둘</a></li></ul>'
    article = parsed(page(f"<h1>개인정보처리방침 고친 해람시</h1><div class=view_con>{text}{links}</div>", "", "개인정보처리방침 고친 해람시"),
                     "http://www.sample.test/news/articleView.html?idxno=5")  # fmt: skip
    assert len(article.paragraphs) == 2
    assert [d.rule for d in article.dropped] == ["link_list"]


def test_harvest_falls_back_to_it() -> None:
    unknown = only(harvest(Page(URL, page(f"<h1>{TITLE}</h1><div class=view_con>{PROSE}</div>"))))
    assert isinstance(unknown, Article)
    assert (unknown.outlet_id, unknown.paragraphs) == ("sample_test", [A, B, C])
    url = "http://www.haeram.test/news/articleView.html?idxno=9"
    known = only(harvest(Page(url, page(f"<h1>{TITLE}</h1><div class=other>{PROSE}</div>"))))
    assert isinstance(known, Article)
    assert (known.outlet_id, known.article_id, known.extractors["paragraphs"]) == (
        "demo_haeram",
        "9",
        "redesigned:prose below title",
    )
    nothing = only(harvest(Page("http://www.sample.test/login", page("<p>로그인해 주세요.</p>", "", "로그인"))))
    assert isinstance(nothing, Reject)
    assert nothing.reason == "not_article_nor_ticker"


CHANGES = {
    "extra classes": lambda h: h.replace('class="', 'class="col x '),
    "divs around": lambda h: h.replace("<h1", "<div><div><h1").replace("<div id=\"footer", "</div></div><div id=\"footer"),
    "br for p": lambda h: re.sub(r"<p>(.*?)</p>", r"\1<br><br>", h),
    "div for p": lambda h: re.sub(r"<(/?)p>", r"<\1div>", h),
    "spans": lambda h: re.sub(r"<p>([^<]+)</p>", r"<p><span>\1</span></p>", h),
    "blank lines": lambda h: h.replace("><", ">\n \n<"),
    "comments": lambda h: h.replace("</p>", "</p><!-- 가 a@b.kr -->"),
    "an ad": lambda h: h.replace("</p>", '</p><div class="banner">광고를 보시면 좋습니다.</div>', 1),
    "empty paragraphs": lambda h: h.replace("</p>", "</p><p>&nbsp;</p>"),
    "scripts": lambda h: h.replace("</p>", "</p><script>var a = '<p>가나다라마바사.</p>';</script>"),
    "no doctype": lambda h: h.replace("<!DOCTYPE html>", ""),
    "a ticker": lambda h: h.replace("<h1", '<ul class="weather"><li>맑음속초8.2℃</li><li>흐림서울 9.1℃</li><li>비부산 10.0℃</li></ul><h1'),
    "related leads": lambda h: h.replace(SIDE, SIDE + f'<div class="related"><ul>{ITEMS}</ul></div>'),
    "no og": lambda h: h.replace(OG, ""),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_a_mechanical_change_gives_the_same_article(change: str) -> None:
    html = page(f'<h1>{TITLE}</h1><p class="d">입력 2026.02.01 10:00</p><div class="view_con">{PROSE}</div>').decode()
    article = parsed(CHANGES[change](html).encode(), "http://www.sample.test/news/articleView.html?idxno=5")
    assert (article.title, article.paragraphs, article.published_at_raw) == (TITLE, [A, B, C], "입력 2026.02.01 10:00")
    assert article.unaccounted == 0
