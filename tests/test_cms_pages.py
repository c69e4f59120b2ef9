"""Every saved page of tests/pages and what it must give after the text, credits and dates pipelines.

Real pages that may not be in a public repository lie in folders of their own, named by NEWSHARVEST_PRIVATE_PAGES.
"""

from __future__ import annotations

import gzip
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsharvest.cms import CMS
from newsharvest.fixture import FIELDS
from newsharvest.harvest import harvest
from newsharvest.items import Article, Reject
from newsharvest.markup import PageError
from newsharvest.page import Page
from newsharvest.registry import outlet_for
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

pytestmark = pytest.mark.usefixtures("sample_outlets")

PRIVATE = [Path(folder) for folder in os.environ.get("NEWSHARVEST_PRIVATE_PAGES", "").split(os.pathsep) if folder]
FOLDERS = [Path(__file__).parent / "pages", *PRIVATE]
CASES = sorted(path for folder in FOLDERS for path in folder.glob("*/*.html*") if path.parent.name != "text")


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name.split('.')[0]}"


def json_of(path: Path) -> Path:
    return path.with_name(path.name.split(".")[0] + ".json")


def expected(path: Path) -> dict[str, Any]:
    """What a person has read and found right; ``seen_as`` is the URL it was fetched by, where that is not the canonical one."""
    loaded: dict[str, Any] = json.loads(json_of(path).read_text(encoding="utf-8"))
    assert loaded.pop("reviewed") is True, f"{json_of(path)}: read it, mend it, then set reviewed to true"
    return loaded


def body_of(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def refined(article: Article) -> Article:
    clean_article(article)
    credit_article(article)
    date_article(article)
    return article


def parsed(body: bytes, url: str) -> Article:
    """The page's article as a row would have it; PageError where it became a reject."""
    for item in harvest(Page(url, body, headers={"content-type": "text/html"})):
        if isinstance(item, Article):
            return refined(item)
        if isinstance(item, Reject):
            raise PageError(item.stage, item.reason, item.detail)
    raise AssertionError(f"neither article nor reject: {url}")


def plain(article: Article) -> dict[str, Any]:
    values = {name: getattr(article, name) for name in FIELDS}
    times = {k: v.isoformat() for k, v in values.items() if isinstance(v, datetime)}
    return {"url": article.source.url, **values, **times}


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_a_saved_page_gives_its_article(path: Path) -> None:
    truth = expected(path)
    url = truth.pop("seen_as", truth["url"])
    if "reject" in truth:
        with pytest.raises(PageError) as raised:
            parsed(body_of(path), url)
        assert raised.value.reason == truth["reject"]
        return
    assert plain(parsed(body_of(path), url)) == truth


def test_a_page_that_nobody_has_read_fails(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"reviewed": false, "url": "http://b.kr/"}', encoding="utf-8")
    with pytest.raises(AssertionError, match="set reviewed to true"):
        expected(tmp_path / "a.html")


def test_every_family_has_four_saved_pages() -> None:
    seen = [outlet_for(expected(path)["url"]) for path in CASES]
    for name in CMS:
        assert sum(outlet is not None and outlet.cms == name for outlet in seen) >= 4
