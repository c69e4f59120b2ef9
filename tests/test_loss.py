"""No text is lost without a name: what libxml2 drops is read again, and every character of a container is accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import html as lxml_html
from test_cms_demo import page_of
from test_cms_pages import CASES, body_of, expected, name_of

from newsharvest.cms import reread
from newsharvest.demo.site import Site
from newsharvest.demo.truth import articles
from newsharvest.harvest import harvest
from newsharvest.items import Article, Item, Reject, printed_chars
from newsharvest.markup import document
from newsharvest.page import Page, media_type
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

URL = "http://www.haeram.test/news/articleView.html?idxno=77"
FIRST, MIDDLE, LAST = (
    "해람시가 쉼터를 연다고 밝혔다.",
    "쉼터는 갯마을 들머리에 선다.",
    "주민들은 오래 기다렸다고 말했다.",
)
SHARED = Path(__file__).parents[2] / "shared" / "pages" / "articles"


def ndsoft(inner: str, before: str = "") -> str:
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><meta property="og:title" content="쉼터 여는 해람시"></head>'
        f'<body><div id="wrap">{before}<h3 class="heading">쉼터 여는 해람시</h3><ul class="infomation"><li>승인 2026.02.01 10:00</li></ul>'
        f'<article id="article-view-content-div"><p>{FIRST}</p>{inner}<p>{LAST}</p></article></div>'
        '<footer class="foot"><p>등록일 2011.03.04</p></footer><div class="z">끝</div></body></html>'
    )


BROKEN = {
    "attribute quote": ndsoft(f'<p><a href="/x.html>둘러보기</a> {MIDDLE}</p>'),
    "attribute quote that never ends": ndsoft(f'<p><a href="/x.html>둘러보기</a> {MIDDLE}</p>').replace('class="foot"', "").replace('class="z"', ""),
    "comment": ndsoft(f"<!-- 그림 자리 <p>{MIDDLE}</p>"),
    "comment opened twice": ndsoft(f"<!-- 그림 자리 <p>{MIDDLE}</p>" + f"<p>{MIDDLE}</p>" * 3) + "<!-- 끝 -->",
    "comment before the article": ndsoft(f"<p>{MIDDLE}</p>", before="<!-- 머리 "),
    "CDATA": ndsoft(f"<p><![CDATA[{MIDDLE}]]></p>"),
    "text behind the document's end": ndsoft(f"<p>{MIDDLE}</p>").replace('<h3 class="heading">', '</body></html><h3 class="heading">'),
    "600 levels": ndsoft("<div>" * 600 + MIDDLE + "</div>" * 600),
    "1,900 unclosed tags": ndsoft("<font>" * 1900 + MIDDLE),
}  # fmt: skip
SEEN_BY_LXML = {"600 levels", "1,900 unclosed tags"}
"""There the tree is whole, and the walk over it is what would end."""


def only(body: str) -> Item:
    (item,) = harvest(Page(URL, body.encode()))
    return item


@pytest.mark.parametrize("case", BROKEN, ids=lambda name: name.replace(" ", "-"))
def test_lxml_alone_loses_the_text_and_the_row_has_it(case: str) -> None:
    root = lxml_html.document_fromstring(
        BROKEN[case].encode(), parser=lxml_html.HTMLParser(encoding="utf-8", huge_tree=True)
    )
    assert (MIDDLE in root.text_content()) == (case in SEEN_BY_LXML)
    article = only(BROKEN[case])
    assert isinstance(article, Article)
    joined = "\n".join(article.paragraphs)
    assert FIRST in joined
    assert MIDDLE in joined
    assert LAST in joined
    assert "등록일" not in joined
    assert (article.title, article.published_at_raw) == ("쉼터 여는 해람시", "승인 2026.02.01 10:00")
    assert ("bs4" in article.extractors["paragraphs"]) == (
        case not in {*SEEN_BY_LXML, "text behind the document's end"}
    )
    assert article.unaccounted == 0


@pytest.mark.fault("F24")
def test_2100_levels_are_a_reject() -> None:
    reject = only(ndsoft("<div>" * 2100 + MIDDLE + "</div>" * 2100))
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("limits", "depth")


def test_what_a_page_comments_out_stays_out() -> None:
    article = only(ndsoft(f"<!-- 옛 틀 <!-- 안 --> <p>{MIDDLE}</p><!-- {MIDDLE} a@b.kr -->"))
    assert isinstance(article, Article)
    assert article.paragraphs == [FIRST, MIDDLE, LAST]
    assert article.extractors["paragraphs"] == "ndsoft:#article-view-content-div"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that BeautifulSoup was given."""
    given: list[str] = []
    real = reread._soup
    monkeypatch.setattr(reread, "_soup", lambda text, **named: given.append(text) or real(text, **named))
    return given


def article_of(page: Page) -> Article | None:
    found = next((item for item in harvest(page) if isinstance(item, Article)), None)
    if found is not None:
        clean_article(found)
        credit_article(found)
        date_article(found)
    return found


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_every_character_of_a_saved_page_is_accounted_for(path: Path, counted: list[str]) -> None:
    truth = expected(path)
    article = article_of(Page(truth.get("seen_as", truth["url"]), body_of(path)))
    assert (article is None) == ("reject" in truth)
    if article is not None:
        _assert_whole(article)
    assert counted == []


def test_every_character_of_every_demo_page_is_accounted_for(counted: list[str]) -> None:
    site = Site(2)
    pages = [page_of(site, truth.url) for truth in articles(2) if not truth.gone]
    parsed = [article_of(page) for page in pages]
    assert len(parsed) >= 330
    for article in parsed:
        assert article is not None
        _assert_whole(article)
    assert counted == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the real pages are not at hand")
@pytest.mark.parametrize("path", sorted(SHARED.glob("*.html")), ids=lambda path: path.stem)
def test_every_character_of_a_real_page_is_accounted_for(path: Path, counted: list[str]) -> None:
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    article = article_of(Page(truth["url"], path.read_bytes()))
    assert article is not None
    _assert_whole(article)
    assert counted == []


def _assert_whole(article: Article) -> None:
    """Neither lost nor counted twice."""
    kept = [*article.paragraphs, *article.captions, *(dropped.text for dropped in article.dropped)]
    assert (article.source.url, sum(map(printed_chars, kept))) == (article.source.url, article.container_chars)
    assert article.unaccounted == 0


def test_lost_text_shows() -> None:
    article = only(ndsoft(f"<p>{MIDDLE}</p>"))
    assert isinstance(article, Article)
    del article.paragraphs[1]
    assert article.unaccounted == printed_chars(MIDDLE)


SKIN = (
    '<div class="article-head-sub">비 오는 날에도 열려</div><figure class="photo-layout"><div class="IMGFLOATING"><img src="/news/photo/1.jpg">'
    '<button>확대</button></div><figcaption>▲ 갯마을 쉼터</figcaption></figure><div id="AD1" class="ad-template"><p class="ad_title">ADVERTISEMENT</p></div>'
    f'<p>{MIDDLE}</p><ul class="info-options2"><li><button><span>기사공유하기</span></button></li></ul>'
    '<div class="view-copyright">저작권자 © 해람일보 무단전재 및 재배포 금지</div><div class="view-editors"><strong class="names">나하늘 기자</strong>'
    '<span class="email"><a href="mailto:sky@haeram.test">sky@haeram.test</a></span></div><div class="tag-group"><a href="/t">쉼터</a></div>'
)


def test_boxes_inside_the_container_go_to_their_fields() -> None:
    article = article_of(Page(URL, ndsoft(SKIN).encode()))
    assert article is not None
    assert (article.paragraphs, article.captions) == ([FIRST, MIDDLE, LAST], ["▲ 갯마을 쉼터"])
    assert (article.subtitle, article.byline_raw, article.authors) == ("비 오는 날에도 열려", "나하늘 기자", ["나하늘"])
    assert article.rights_notice == "저작권자 © 해람일보 무단전재 및 재배포 금지"
    assert article.unaccounted == 0


def test_a_box_of_buttons_by_its_name_that_holds_the_text_is_read() -> None:
    inside = f'<div id="print_area"><p>{FIRST}</p><p>{MIDDLE}</p><p>{LAST}</p><p>{MIDDLE} {LAST}</p></div><div class="banner">밴드</div>'
    article = only(ndsoft("").replace(f"<p>{FIRST}</p><p>{LAST}</p>", inside))
    assert isinstance(article, Article)
    assert article.paragraphs == [FIRST, MIDDLE, LAST, f"{MIDDLE} {LAST}"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ([FIRST, MIDDLE, LAST] * 2, [FIRST, MIDDLE, LAST]),
        ([FIRST, MIDDLE, LAST, "쉼터 안내", FIRST, MIDDLE, LAST], [FIRST, MIDDLE, LAST, "쉼터 안내"]),
        ([FIRST, MIDDLE, LAST, f"{FIRST} {MIDDLE} {LAST}"], [FIRST, MIDDLE, LAST]),
        (["◇", FIRST, "◇", MIDDLE], ["◇", FIRST, "◇", MIDDLE]),
        ([FIRST, MIDDLE, FIRST, LAST], [FIRST, MIDDLE, FIRST, LAST]),
    ],
)
def test_a_body_printed_twice_stands_once(lines: list[str], kept: list[str]) -> None:
    body = ndsoft("").replace(f"<p>{FIRST}</p><p>{LAST}</p>", "".join(f"<p>{line}</p>" for line in lines))
    article = only(body)
    assert isinstance(article, Article)
    assert article.paragraphs == kept
    assert {dropped.rule for dropped in article.dropped} <= {"repeated_body"}
    assert article.unaccounted == 0


def test_a_page_of_comments_is_empty() -> None:
    reject = only("<!-- a --><!-- b -->")
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("decode", "empty")
    assert media_type("text/html", b"") == "html"


def test_an_ordinary_page_is_not_cut() -> None:
    assert not document(Page(URL, ndsoft("").encode())).cut
    assert document(Page(URL, BROKEN["comment"].encode())).cut
