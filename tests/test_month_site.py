"""The month's site: a script by seed, pages that differ at every fetch, validators that tell of the article, redesigns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsharvest import registry
from newsharvest.chain import Chain
from newsharvest.demo.drafts import draft
from newsharvest.demo.month import truth
from newsharvest.demo.month.cast import CAST, FIRST_DAY, write_stanzas
from newsharvest.demo.month.redesign import DESIGNS, redesigned
from newsharvest.demo.month.script import BAN, DOWN, KINDS, OUTAGE, REDESIGN, TAKEOVER, THROTTLE, write_script
from newsharvest.demo.month.site import MonthSite
from newsharvest.demo.papers import GNUBOARD
from newsharvest.demo.server import HANG_UP
from newsharvest.demo.site import SKINS
from newsharvest.items import Article
from newsharvest.page import Page
from newsharvest.store import Collector, Sink

FETCHED = datetime(2026, 9, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def month_outlets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    path = tmp_path_factory.mktemp("month") / "outlets.toml"
    write_stanzas(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(registry.OWN_FILES, str(path))
        registry.forget()
        yield
    registry.forget()


class Nowhere(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def parsed(url: str, body: bytes, family: str) -> Article:
    charset = "euc-kr" if family == GNUBOARD else "utf-8"
    page = Page(url, body, 200, {"content-type": f"text/html; charset={charset}"}, FETCHED)
    return next(item for item in Chain(Nowhere()).page(page) if isinstance(item, Article))


@pytest.mark.parametrize("seed", range(20))
def test_a_script_has_every_kind_of_event(seed: int) -> None:
    script = write_script(seed)
    kinds = {event.kind for event in script.events}
    assert {event.how for event in script.events if event.kind == REDESIGN} == set(KINDS)
    assert kinds >= {REDESIGN, OUTAGE, THROTTLE, BAN, TAKEOVER}
    assert script.events == write_script(seed).events
    assert min(event.day for event in script.events) >= FIRST_DAY + 8


@pytest.mark.parametrize("place", range(3))
def test_two_fetches_differ_and_mean_the_same(place: int) -> None:
    site = MonthSite(write_script(1), FIRST_DAY)
    ledger = site.ledgers[CAST[place].paper.outlet_id]
    paper, entry = ledger.paper, ledger.entries(FIRST_DAY)[-1]
    first, second = (site.respond(paper.host, paper.article_path(entry.number)) for _ in range(2))
    assert first.body != second.body
    one, two = (parsed(paper.article_url(entry.number), answer.body, paper.family) for answer in (first, second))
    assert (one.title, one.paragraphs, one.byline_raw, one.template) == (
        two.title,
        two.paragraphs,
        two.byline_raw,
        two.template,
    )
    again = site.respond(
        paper.host, paper.article_path(entry.number), {"if-none-match": first.headers.get("ETag", '"none"')}
    )
    assert again.status == (304 if CAST[place].validators else 200)
    assert ("ETag" in first.headers) == CAST[place].validators


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("place", range(3))
def test_a_redesign_shows_in_template_label_or_rule(place: int, kind: str) -> None:
    """Of ten articles each one reads differently somewhere, though its title and body are still found."""
    ledger = MonthSite(write_script(1), FIRST_DAY).ledgers[CAST[place].paper.outlet_id]
    paper = ledger.paper
    for entry in ledger.entries(FIRST_DAY)[-10:]:
        text = SKINS[paper.family].article(draft(paper, entry), FIRST_DAY)
        url = paper.article_url(entry.number)
        pages = (text, redesigned(text, paper.family, (kind,)))
        old, new = (parsed(url, page.encode(paper.encoding, "xmlcharrefreplace"), paper.family) for page in pages)
        assert (old.template, old.published_at_label, old.extractors) != (
            new.template,
            new.published_at_label,
            new.extractors,
        )
        title = old.title or ""
        assert title in (new.title or "")


def test_trouble_is_as_the_script_says() -> None:
    script = write_script(3)
    site = MonthSite(script, FIRST_DAY)
    statuses = {}
    for event in script.events:
        if event.kind in DOWN | {TAKEOVER}:
            site.day = event.day
            paper = site.ledgers[event.outlet_id].paper
            answers = [site.respond(paper.host, paper.list_path(1)) for _ in range(8)]
            statuses[event.kind, event.how] = answers[-1].status
    assert statuses == {
        (OUTAGE, "hang up"): HANG_UP,
        (OUTAGE, "503"): 503,
        (THROTTLE, ""): 429,
        (BAN, ""): 403,
        (TAKEOVER, "casino"): 200,
    }


def test_the_truth_keeps_every_version_that_could_be_read() -> None:
    site = MonthSite(write_script(2), FIRST_DAY)
    articles = truth.articles(site, site.script.last_day)
    versions = truth.versions(site, site.script.last_day)
    keys = {(a.outlet_id, a.article_id) for a in articles}
    assert len(keys) == len(articles) > 500
    assert {(v.outlet_id, v.article_id) for v in versions} == keys
    assert len(versions) > len(articles) + 100
    assert sum(a.gone for a in articles) > 20


def test_own_stanzas_name_what_the_registry_does_not_know(tmp_path: Path) -> None:
    write_stanzas(tmp_path / "own.toml")
    known = registry.read_outlets(tmp_path / "own.toml")
    assert sorted(known) == ["month_dalbit", "month_maru", "month_saeteo"]
    assert not known["month_dalbit"].sitemaps
    assert re.match("http://dalbit.test/", known["month_dalbit"].feeds[0])
