"""Every saved page of tests/pages and what it must give after the text, credits and dates pipelines."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsharvest.cms import CMS, family_of
from newsharvest.cms.keys import article_key
from newsharvest.items import Article
from newsharvest.markup import PageError, document
from newsharvest.page import Page
from newsharvest.reference import outlet_for
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

PAGES = Path(__file__).parent / "pages"
CASES = sorted(path for path in PAGES.glob("*/*.html*") if path.parent.name != "text")
FIELDS = [
    "outlet_id",
    "article_id",
    "title",
    "subtitle",
    "paragraphs",
    "captions",
    "dateline_raw",
    "dateline_outlet",
    "byline_raw",
    "authors",
    "agency",
    "section",
    "keywords",
    "images",
    "published_at_raw",
    "published_at",
    "published_at_precision",
    "published_at_label",
    "modified_at_raw",
    "modified_at",
    "rights_notice",
]


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def expected(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.with_name(path.name.split(".")[0] + ".json").read_text(encoding="utf-8"))
    return loaded


def body_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def refined(article: Article) -> Article:
    clean_article(article)
    credit_article(article)
    date_article(article)
    return article


def parsed(body: bytes, url: str) -> Article:
    doc = document(Page(url, body, headers={"content-type": "text/html"}))
    outlet = outlet_for(url)
    family, key = family_of(doc, outlet), article_key(url, outlet)
    assert family is not None
    assert key is not None
    return refined(family.parse(doc, key))


def plain(article: Article) -> dict[str, Any]:
    values = {name: getattr(article, name) for name in FIELDS}
    times = {k: v.isoformat() for k, v in values.items() if isinstance(v, datetime)}
    return {"url": article.source.url, **values, **times}


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_saved_page_gives_its_article(path: Path) -> None:
    truth = expected(path)
    if "reject" in truth:
        with pytest.raises(PageError) as raised:
            parsed(body_of(path), truth["url"])
        assert raised.value.reason == truth["reject"]
        return
    assert plain(parsed(body_of(path), truth["url"])) == truth


def test_every_family_has_four_saved_pages() -> None:
    seen = [outlet_for(expected(path)["url"]) for path in CASES]
    for name in CMS:
        assert sum(outlet is not None and outlet.cms == name for outlet in seen) >= 4
