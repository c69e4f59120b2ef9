"""Every article of the demo papers, on two days, against the generator's truth: every field of every page."""

from __future__ import annotations

from dataclasses import fields
from urllib.parse import urlsplit

import pytest

from newsharvest.cms import family_of, links
from newsharvest.cms.keys import article_key
from newsharvest.demo.site import Site
from newsharvest.demo.truth import TrueArticle, articles
from newsharvest.items import Article
from newsharvest.markup import document
from newsharvest.page import Page
from newsharvest.reference import outlet_for, outlets
from pipelines.credits import credit_article
from pipelines.dates import date_article
from pipelines.text import clean_article

FIELDS = [field.name for field in fields(TrueArticle) if field.name not in {"gone", "url"}]


def page_of(site: Site, url: str) -> Page:
    parts = urlsplit(url)
    answer = site.respond(parts.netloc, f"{parts.path}?{parts.query}" if parts.query else parts.path)
    return Page(url, answer.body, answer.status, {name.lower(): value for name, value in answer.headers.items()})


def parsed(page: Page) -> Article:
    assert page.url is not None
    outlet, doc = outlet_for(page.url), document(page)
    family, key = family_of(doc, outlet), article_key(page.url, outlet)
    assert family is not None
    assert key is not None
    article = family.parse(doc, key)
    clean_article(article)
    credit_article(article)
    date_article(article)
    return article


def differences(article: Article, truth: TrueArticle) -> dict[str, tuple[object, object]]:
    found = {name: _comparable(getattr(article, name)) for name in FIELDS}
    wanted = {name: _comparable(getattr(truth, name)) for name in FIELDS}
    return {name: (found[name], wanted[name]) for name in FIELDS if found[name] != wanted[name]}


def _comparable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize("day", [1, 4])
def test_every_field_of_every_article_equals_the_truth(day: int) -> None:
    site = Site(day)
    truths = [truth for truth in articles(day) if not truth.gone]
    parses = [(parsed(page_of(site, truth.url)), truth) for truth in truths]
    wrong = {truth.url: found for article, truth in parses if (found := differences(article, truth))}
    assert len(truths) >= 330
    assert wrong == {}
    assert [article.source.url for article, _ in parses] == [truth.url for truth in truths]


@pytest.mark.parametrize("outlet_id", ["demo_haeram", "demo_noeul", "demo_sorae"])
def test_the_list_pages_lead_to_every_article_and_to_nothing_else(outlet_id: str) -> None:
    site, outlet = Site(1), outlets()[outlet_id]
    wanted = {truth.url for truth in articles(1) if truth.outlet_id == outlet_id and not truth.gone}
    found: set[str] = set()
    for number in range(1, 8):
        url = outlet.list_pages[0].format(page=number)
        page = page_of(site, url)
        if page.status == 200:
            found.update(links(document(page), url, outlet))
    assert wanted <= found
    assert {article_key(url, outlet) is not None for url in found} == {True}
