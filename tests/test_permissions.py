"""What a page says of its use by machines: every way to say it, and only what it says."""

from __future__ import annotations

import pytest

from newsharvest.cms.permissions import permission_flags
from newsharvest.harvest import harvest
from newsharvest.items import Article
from newsharvest.page import Page
from pipelines.credits import credit_article


@pytest.mark.parametrize(
    ("metas", "headers", "flags"),
    [
        ({}, {}, []),
        ({"robots": ["index,follow"]}, {"x-robots-tag": "max-image-preview:large"}, []),
        ({"robots": ["NOINDEX, nofollow"]}, {}, ["noindex"]),
        ({"robots": ["none"]}, {}, ["noindex"]),
        ({"robots": ["noai, noimageai"]}, {}, ["no_ai_training"]),
        ({"robots": ["성금 줄이어, 해람일보 모바일, noindex 아님"]}, {}, []),
        ({"newsharvest": ["noindex"], "googlebot": ["noai"]}, {}, ["noindex"]),
        ({}, {"x-robots-tag": "noindex"}, ["noindex"]),
        ({}, {"x-robots-tag": "googlebot: noindex, noai"}, []),
        ({}, {"x-robots-tag": "googlebot: nofollow, newsharvest: noindex, noai"}, ["no_ai_training", "noindex"]),
        ({}, {"x-robots-tag": "max-snippet: 5, noindex"}, ["noindex"]),
        ({}, {"tdm-reservation": "1"}, ["tdm_reserved"]),
        ({}, {"tdm-reservation": "0"}, []),
        ({"tdm-reservation": ["1"]}, {}, ["tdm_reserved"]),
    ],
)
def test_flags(metas: dict[str, list[str]], headers: dict[str, str], flags: list[str]) -> None:
    assert permission_flags(metas, headers) == flags


@pytest.mark.parametrize(
    ("url", "container"),
    [
        ("http://a.test/news/articleView.html?idxno=3", 'id="article-view-content-div"'),
        ("http://a.test/x/3", 'class="view_con"'),
    ],
    ids=["family", "generic"],
)
def test_an_article_carries_them(url: str, container: str) -> None:
    text = "<p>해람시가 쉼터를 연다고 밝혔다.</p><p>주민들은 오래 기다렸다고 말했다.</p>"
    notice = "<p>저작권자 © 해람일보 무단전재, 재배포 및 AI학습 및 활용 금지</p>"
    head = '<meta property="og:type" content="article"><meta property="og:title" content="쉼터 여는 해람시"><meta name="robots" content="noindex">'
    body = f"<html><head>{head}</head><body><h3 class=heading>쉼터 여는 해람시</h3><div {container}>{text}{notice}</div></body></html>"
    (article,) = harvest(Page(url, body.encode(), headers={"tdm-reservation": "1"}))
    assert isinstance(article, Article)
    credit_article(article)
    assert article.flags == ["noindex", "tdm_reserved", "no_ai_training"]


def test_a_text_dump_carries_those_of_its_headers() -> None:
    text = "쉼터 여는 해람시\n해람시가 쉼터를 연다고 밝혔다. 주민들은 오래 기다렸다고 말했다."
    (article,) = harvest(Page(None, text.encode(), headers={"x-robots-tag": "noindex"}, media="text"))
    assert isinstance(article, Article)
    assert article.flags == ["noindex"]
    assert article.unaccounted == 0
