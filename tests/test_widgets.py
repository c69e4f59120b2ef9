"""Every skin of every family, with every widget in its body: the same article, and none of the widget's text in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from skins import SENTENCES, SKINS, TITLE, WIDGETS, Skin
from test_cms_pages import body_of, expected, parsed, plain

from newsharvest import registry

pytestmark = pytest.mark.usefixtures("sample_outlets")

PUBLISHED = datetime.fromisoformat("2026-02-01T10:00:00+09:00")
PLACES = {"above": 0, "between": 2, "below": 4}


@pytest.mark.parametrize("name", SKINS)
def test_a_skin_gives_its_fields(name: str) -> None:
    skin = SKINS[name]
    article = parsed(skin.page("".join(f"<p>{line}</p>" for line in SENTENCES)).encode(), skin.url)
    assert (article.title, article.subtitle, article.authors) == (TITLE, skin.subtitle, ["나하늘"])
    assert (article.paragraphs, article.published_at) == (SENTENCES, PUBLISHED)
    assert article.extractors["paragraphs"] == skin.rule
    assert article.article_id == "77"


def page_with(skin: Skin, widget: str, place: int) -> str:
    lines = [f"<p>{line}</p>" for line in SENTENCES]
    return skin.page("\n".join([*lines[:place], widget, *lines[place:]]))


def expected_lines(skin: Skin, widget: str, place: int) -> list[str]:
    """On a page of an unknown system or template a copyright line below half of the text ends the article."""
    ends = widget.startswith("copyright") and skin.rule.startswith(("generic", "redesigned"))
    return [SENTENCES[:2], SENTENCES] if ends and place == 2 else [SENTENCES]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", SKINS)
def test_no_widget_reaches_a_body(name: str, place: str) -> None:
    skin = SKINS[name]
    for widget, markup in WIDGETS.items():
        article = parsed(page_with(skin, markup, PLACES[place]).encode(), skin.url)
        assert article.paragraphs in expected_lines(skin, widget, PLACES[place]), widget
        assert (article.title, article.published_at, article.unaccounted) == (TITLE, PUBLISHED, 0), widget
        assert article.authors == ["나하늘"], widget


@pytest.mark.parametrize("name", SKINS)
def test_sentences_that_resemble_widgets_stay(name: str) -> None:
    kept = [
        "그는 사진 제공을 거부했다고 말했다.",
        "제보자는 이름을 밝히지 않았다.",
        "▲ 첫째, 물을 아껴 쓴다. ▲ 둘째, 불을 끈다.",
        "네이버와 카카오가 함께 손을 잡았다.",
        "저작권자가 나서서 무단전재를 금지해 달라고 청했다.",
        "이에 대해 나하늘 기자가 다시 물었다.",
        "구독하기 좋은 잡지라는 평이 많다.",
    ]
    skin = SKINS[name]
    article = parsed(
        skin.page("".join(f"<p>{line}</p>" for line in [*SENTENCES, *kept, "끝으로 그는 웃었다."])).encode(), skin.url
    )
    assert article.paragraphs == [*SENTENCES, *kept, "끝으로 그는 웃었다."]


STANZA = """[hanbit]
name = "한빛신문"
hosts = ["hanbit.example", "www.hanbit.example", "m.hanbit.example"]
cms = "mediaon"
feeds = ["https://hanbit.example/data/rss/news.xml"]
evidence_url = "https://hanbit.example/news/article.html?no=901"
evidence_date = 2026-11-26
enabled = true
"""
URL = "https://m.hanbit.example/mobile/article.html?no=0901&page=2"


@pytest.fixture
def stanza(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "outlets.toml"
    path.write_text(STANZA, encoding="utf-8")
    registry.use_own_outlets(path)
    yield path
    registry.use_own_outlets(Path(__file__).parent / "pages" / "outlets.toml")


def test_a_new_outlet_on_a_known_system_takes_a_stanza_and_a_page(stanza: Path) -> None:
    """No Python: the stanza names the paper, the saved page with its json is the test that every saved page gets."""
    page = stanza.parent / "hanbit" / "first.html"
    page.parent.mkdir()
    page.write_text(SKINS["mediaon, current"].page("".join(f"<p>{line}</p>" for line in SENTENCES)), encoding="utf-8")
    article = parsed(body_of(page), URL)
    assert (article.outlet_id, article.article_id, article.title) == ("hanbit", "901", TITLE)
    assert article.source.url == "https://m.hanbit.example/mobile/article.html?no=0901"
    truth = {**plain(article), "reviewed": True}
    page.with_name("first.json").write_text(json.dumps(truth, ensure_ascii=False), encoding="utf-8")
    assert plain(parsed(body_of(page), URL)) == expected(page)
