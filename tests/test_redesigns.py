"""Redesigns: what becomes of every field under every kind, on the pages of every family; and kinds that the demo site does not have.

The table names what a kind really changes or takes off the page; everything else must be read exactly as before.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from newsharvest.chain import Chain
from newsharvest.demo.drafts import draft
from newsharvest.demo.editions import Entry
from newsharvest.demo.month.cast import CAST, FIRST_DAY
from newsharvest.demo.month.ledger import Ledger
from newsharvest.demo.month.redesign import DESIGNS, redesigned, relabelled
from newsharvest.demo.month.script import Script
from newsharvest.demo.papers import GNUBOARD
from newsharvest.demo.site import SKINS
from newsharvest.demo.truth import TrueArticle, true_article
from newsharvest.items import Article
from newsharvest.page import Page
from newsharvest.schema import Row, rows
from newsharvest.store import Collector, Sink
from tests.redesigns import EXTRA, changed
from tests.test_month import wrong_fields

DAY = FIRST_DAY + 12
FETCHED = datetime(2026, 9, 20, 12, tzinfo=UTC)
LABELS = frozenset({"published_at_raw", "published_at_label"})
PRINTED = {
    ("english_labels", None): LABELS,
    ("strange_labels", None): LABELS,
    ("no_labels", None): LABELS,
    # The header goes with the section's name and the second line of the subtitle.
    ("flattened", GNUBOARD): {"section", "subtitle"},
    # White space between label and date is not the site's own any more.
    ("definition_list", GNUBOARD): {"published_at_raw"},
}
"""(kind, family or None for all) → fields that the page itself prints otherwise, or no longer."""
MISSED = {
    ("strange_labels", "ndsoft"): {"byline_raw", "authors"},
    ("no_labels", GNUBOARD): {"byline_raw", "authors"},
    ("title_in_div", GNUBOARD): {"subtitle"},
}
"""What no rule reads yet: an unknown word before a name without a title, and one of two subtitle lines without any mark."""


class Nowhere(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


CHAIN = Chain(Nowhere())


def row_of(url: str, text: str, family: str) -> Row | None:
    charset, codec = ("euc-kr", "cp949") if family == GNUBOARD else ("utf-8", "utf-8")
    body = text.encode(codec, "xmlcharrefreplace")
    page = Page(url, body, 200, {"content-type": f"text/html; charset={charset}"}, FETCHED)
    article = next((item for item in CHAIN.page(page) if isinstance(item, Article)), None)
    return dict(next(iter(rows(article)))[1]) if article is not None else None


def pages(place: int, count: int) -> tuple[Ledger, list[Entry]]:
    """The newest articles of a paper, and those that were edited last."""
    ledger = Ledger(CAST[place], Script(1, 30, ()))
    standing = [entry for entry in ledger.entries(DAY) if entry.gone_at is None]
    edited = [entry for entry in standing if entry.edits]
    return ledger, list(dict.fromkeys([*edited[-(count // 3) :], *standing[-count:]]))


def printed(true: TrueArticle, kinds: tuple[str, ...]) -> TrueArticle:
    if "relabelled" not in kinds:
        return true
    label = relabelled(true.published_at_label) if true.published_at_label else None
    return replace(true, published_at_raw=relabelled(true.published_at_raw), published_at_label=label)


def faults(place: int, kinds: tuple[str, ...], count: int) -> dict[str, list[str]]:
    """Field → articles of which it is not what the page prints."""
    ledger, entries = pages(place, count)
    paper = ledger.paper
    excused = set().union(
        *(table.get((kind, of), set()) for table in (PRINTED, MISSED) for kind in kinds for of in (None, paper.family))
    )
    found: dict[str, list[str]] = {}
    for entry in entries:
        text = SKINS[paper.family].article(draft(paper, entry), DAY)
        text = redesigned(text, paper.family, tuple(kind for kind in kinds if kind in DESIGNS))
        text = changed(text, paper.family, tuple(kind for kind in kinds if kind in EXTRA))
        row = row_of(paper.article_url(entry.number), text, paper.family)
        true = printed(true_article(paper, entry), kinds)
        names = wrong_fields(row, true) if row is not None else ["article"]
        for name in set(names) - excused:
            found.setdefault(name, []).append(true.article_id)
    return found


@pytest.mark.parametrize("kind", DESIGNS)
@pytest.mark.parametrize("place", range(3))
def test_every_field_survives(place: int, kind: str) -> None:
    assert faults(place, (kind,), 12) == {}


@pytest.mark.parametrize("kind", EXTRA)
@pytest.mark.parametrize("place", range(3))
def test_every_field_survives_other_kinds(place: int, kind: str) -> None:
    assert faults(place, (kind,), 6) == {}


@pytest.mark.parametrize(
    "kinds", [("renamed", "reordered"), ("tabled", "hashed"), ("retagged", "relabelled", "wrapped")], ids="+".join
)
@pytest.mark.parametrize("place", range(3))
def test_every_field_survives_one_redesign_upon_another(place: int, kinds: tuple[str, ...]) -> None:
    assert faults(place, kinds, 6) == {}


@pytest.mark.torture
@pytest.mark.parametrize("kind", [*DESIGNS, *EXTRA])
@pytest.mark.parametrize("place", range(3))
def test_every_field_of_many_articles_survives(place: int, kind: str) -> None:
    assert faults(place, (kind,), 80) == {}
