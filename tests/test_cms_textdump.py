"""Text dumps: the seed's shape and mediaOn's, told line by line."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from newsharvest.cms import textdump
from newsharvest.cms.keys import ArticleKey
from newsharvest.items import Article
from newsharvest.markup import PageError
from newsharvest.page import TEXT, Page
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

DUMPS = sorted((Path(__file__).parent / "pages" / "text").glob("*.txt"))
SHARED = Path(__file__).parents[2] / "shared"
KEY = ArticleKey("unknown", "x-0", None)
TICKER = re.compile(r"^\s*•.*℃$")


def parsed(text: str) -> Article:
    lines = [line for line in text.splitlines() if not TICKER.match(line)]
    article = textdump.parse(lines, KEY, Page(None, text.encode(), media=TEXT))
    clean_article(article)
    credit_article(article)
    date_article(article)
    return article


@pytest.mark.parametrize("path", DUMPS, ids=lambda path: path.stem)
def test_a_text_dump_gives_its_article(path: Path) -> None:
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    article = parsed(path.read_text(encoding="utf-8"))
    assert {name: getattr(article, name) for name in truth} == truth


def shared(*parts: str) -> Article:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip("the real pages are not here")
    return parsed(path.read_text(encoding="utf-8"))


def test_the_seed() -> None:
    article = shared("seeds", "000_169c1880556189b4.txt")
    assert article.title == "창원시, 창원 강소특구 활성화 위해 혁신네트워크 본격 가동"
    assert article.subtitle == "창원 강소특구 육성 및 인프라시설 활성화 방안 논의"
    assert article.section == "지역뉴스"
    assert (article.dateline_raw, article.dateline_outlet) == ("[동북아뉴스타임]", "동북아뉴스타임")
    assert len(article.paragraphs) == 7
    assert article.paragraphs[0].startswith("창원시와 한국전기연구원은 17일")
    assert article.paragraphs[6].endswith("현실이 될 것”이라고 말했다.")
    assert not re.search(r"℃|공유합니다|모바일|뉴스타임", "\n".join(article.paragraphs))
    assert (article.authors, article.published_at, article.captions) == ([], None, [])


def test_kgnews() -> None:
    article = shared("pages", "tickers", "kgnews_622518_20251220.txt")
    assert (article.title, article.subtitle, article.section) == ("한파 속 산책나온 시민들", None, None)
    assert len(article.paragraphs) == 1
    assert article.paragraphs[0].startswith("전국 대부분 지역에")
    assert article.byline_raw == "[ 경기신문 / 인천 = 이재민 기자 ]"
    assert article.authors == ["이재민"]


def test_sisanews() -> None:
    article = shared("pages", "tickers", "sisanews_200020_20220703.txt")
    assert (article.title, article.section) == ("오늘 낮 체감 최고 31도 여름 날씨…대체로 맑아", "사회")
    assert article.subtitle is not None
    assert article.subtitle.split("\n")[0] == "당분간 평년보다 높은 여름 날씨"
    assert len(article.subtitle.split("\n")) == 4
    assert (article.dateline_outlet, article.authors) == ("시사뉴스", ["김백순"])
    assert article.paragraphs == [
        "월요일인 오늘(23일)은 전국이 대체로 맑은 가운데 최고 체감온도가 31도 이상으로 오르는 등 여름 날씨를 보이겠다."
    ]


def test_chuksannews() -> None:
    article = shared("pages", "tickers", "chuksannews_102767_20250918.txt")
    assert (article.title, article.section) == ("음매~ 덥소", "포토뉴스")
    assert (article.dateline_raw, article.dateline_outlet) == ("[축산신문 ■청원=이동일 기자]", "축산신문")
    assert article.authors == ["이동일"]
    assert len(article.paragraphs) == 1
    assert article.paragraphs[0].endswith("젖소들의 여름나기 모습.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "사회\n경제\n문화\n",
        "로그인\n회원가입\nURL복사\n",
        "가나다\n" * 30 + "해람시는 27일 쉼터를 연다고 밝혔다. 쉼터는 열두 곳이다.",
    ],
    ids=["empty", "blank", "menu", "widgets", "many lines and no title"],
)
def test_other_texts_are_rejected(text: str) -> None:
    if text.count("가나다") == 30:
        text = "".join(f"차림 {n}\n" for n in range(30)) + text.rsplit("\n", 1)[1]
    with pytest.raises(PageError) as raised:
        parsed(text)
    assert raised.value.reason == "not_article"
