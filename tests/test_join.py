"""The join is commutative, associative and idempotent, and says what the design says."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsharvest.schema import DATASETS, join
from newsharvest.schema.joining import Row, is_hidden, join_all

T0 = datetime(2026, 3, 2, tzinfo=UTC)
ARTICLES, OBSERVATIONS = DATASETS["articles"], DATASETS["observations"]


def article(hours: int | None, version: int = 1, digest: str | None = "a", **more: object) -> Row:
    at = None if hours is None else T0 + timedelta(hours=hours)
    row: Row = {column.name: None for column in ARTICLES.columns}
    row |= {"outlet_id": "x", "article_id": "1", "content_hash": digest, "title": f"title {digest}", "fetched_at": at}
    row |= {"parser_version": version, "first_seen_at": at, "last_seen_at": at}
    return row | more


def sighting(hours: int, *, gone: bool = False) -> Row:
    at = T0 + timedelta(hours=hours)
    seen = {"last_seen_at": None, "gone_at": at} if gone else {"last_seen_at": at}
    return article(hours, digest=None, title=None, first_seen_at=None) | seen


def test_newest_content_wins_as_one_block_and_the_span_is_kept() -> None:
    rows_ = join(ARTICLES, [article(2, digest="new", subtitle=None), article(1, digest="old", subtitle="old only")])
    (row,) = [each for each in rows_ if not is_hidden(each)]
    assert (row["title"], row["subtitle"]) == ("title new", None)
    assert (row["first_seen_at"], row["last_seen_at"]) == (T0 + timedelta(hours=1), T0 + timedelta(hours=2))


def test_a_better_parser_replaces_the_rows_of_the_same_page() -> None:
    (row,) = join(ARTICLES, [article(1, version=2, digest="a"), article(1, version=1, digest="z")])
    assert row["parser_version"] == 2


def test_a_row_without_time_never_beats_one_with_time() -> None:
    (row,) = join(ARTICLES, [article(None, version=9, digest="z"), article(1)])
    assert (row["content_hash"], row["first_seen_at"]) == ("a", T0 + timedelta(hours=1))


def test_304_raises_last_seen_and_touches_nothing_else() -> None:
    (row,) = join(ARTICLES, [article(1), sighting(5)])
    assert row == article(1) | {"last_seen_at": T0 + timedelta(hours=5)}


def test_gone_is_kept_until_the_article_is_seen_again() -> None:
    (gone,) = join(ARTICLES, [article(1), sighting(2, gone=True)])
    assert gone["gone_at"] == T0 + timedelta(hours=2)
    (back,) = join(ARTICLES, [gone, sighting(3)])
    assert back["gone_at"] is None


def reading(position: int, hours: int, page: str, *, timed: bool, temperature: float) -> Row:
    row: Row = {column.name: None for column in OBSERVATIONS.columns}
    at = T0 + timedelta(hours=hours)
    row |= {"bulletin_id": "b", "position": position, "temperature_c": temperature, "url": page, "fetched_at": at}
    return row | {"parser_version": 1, "content_hash": page, "observed_at": T0 if timed else None}


@pytest.mark.parametrize(("timed", "kept"), [(False, [1.0, 1.5]), (True, [2.0])])
def test_a_bulletin_is_one_page_never_reading_by_reading(timed: bool, kept: list[float]) -> None:
    first = [reading(1, 0, "p1", timed=timed, temperature=1.0), reading(2, 0, "p1", timed=timed, temperature=1.5)]
    second = [reading(1, 9, "p2", timed=timed, temperature=2.0)]
    for order in (first + second, second + first):
        assert [row["temperature_c"] for row in join(OBSERVATIONS, order)] == kept


rows = st.lists(
    st.one_of(
        st.builds(article, st.one_of(st.none(), st.integers(0, 3)), st.integers(1, 2), st.sampled_from("ab"),
                  url=st.sampled_from(["u", "v"]), source_file=st.sampled_from([None, "f"])),
        st.builds(sighting, st.integers(0, 3), gone=st.booleans()),
    ), min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(rows)
def test_commutative_associative_idempotent(some: list[Row]) -> None:
    whole = join(ARTICLES, some)
    assert all(join(ARTICLES, list(order)) == whole for order in itertools.permutations(some))
    assert join(ARTICLES, [*whole, *some]) == whole
    for cut in range(1, len(some)):
        assert join(ARTICLES, join(ARTICLES, some[:cut]) + join(ARTICLES, some[cut:])) == whole


def test_groups_are_joined_apart() -> None:
    two = join_all(ARTICLES, [article(1), article(2) | {"article_id": "2"}, article(3)])
    assert [(row["article_id"], row["fetched_at"]) for row in two] == [
        ("1", T0 + timedelta(hours=3)),
        ("2", T0 + timedelta(hours=2)),
    ]
