"""Fields that a redesign hides: carried over, never an edit; fields that an editor takes out: gone, and an edit."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from newsharvest.schema import DATASETS, join
from newsharvest.schema.carrying import is_reading
from newsharvest.schema.joining import Row, join_all
from newsharvest.schema.rows import digest

T0 = datetime(2026, 9, 7, tzinfo=UTC)
ARTICLES, REVISIONS = DATASETS["articles"], DATASETS["revisions"]


def page(
    day: int,
    design: str,
    byline: str | None = "나하늘 기자",
    subtitle: str | None = None,
    title: str = "쉼터 문 열어",
    **more: object,
) -> Row:
    """A row as one page gives it; a design is a template and the rule that found the title."""
    at = T0 + timedelta(days=day)
    row: Row = {c.name: ([] if str(c.type).startswith("list") else None) for c in ARTICLES.columns}
    rules = {"title": f"{design}:h3", "paragraphs": f"{design}:#body"}
    rules |= {"byline_raw": f"{design}:head"} if byline else {}
    rules |= {"subtitle": f"{design}:marked"} if subtitle else {}
    row |= {"outlet_id": "x", "article_id": "1", "title": title, "body": "해람시가 쉼터를 열었다.", "byline_raw": byline, "subtitle": subtitle,
            "extractors": sorted(rules.items()), "template": f"{design}:TB", "flags": [], "fetched_at": at, "first_seen_at": at,
            "last_seen_at": at, "parser_version": 1, "warc_filename": f"{day}.warc.gz", "warc_record_offset": 0}  # fmt: skip
    row |= more
    return row | {
        "content_hash": digest(row["title"], row["subtitle"], row["body"], row["captions"], row["byline_raw"])
    }


def shown(rows: list[Row]) -> list[Row]:
    return [row for row in rows if not is_reading(row)]


def newest(*pages: Row) -> Row:
    (row,) = shown(join(ARTICLES, list(pages)))
    return row


def versions(*pages: Row) -> list[tuple[str, str | None]]:
    found = shown(join_all(REVISIONS, [{k: v for k, v in each.items() if k != "gone_at"} for each in pages]))
    return [(row["title"], row["byline_raw"]) for row in sorted(found, key=lambda row: row["first_seen_at"])]


def test_what_another_template_hides_is_carried_over_and_marked() -> None:
    row = newest(page(1, "old", subtitle="비 오는 날에도"), page(2, "new", byline=None, subtitle="비 오는 날에도"))
    assert (row["byline_raw"], row["subtitle"]) == ("나하늘 기자", "비 오는 날에도")
    assert dict(row["extractors"])["byline_raw"] == "carried:old:head"
    assert dict(row["extractors"])["title"] == "new:h3"
    assert row["flags"] == ["carried_over"]
    assert row["fetched_at"] == T0 + timedelta(days=2)


def test_a_byline_taken_out_on_the_same_template_is_gone() -> None:
    row = newest(page(1, "old"), page(2, "old", byline=None))
    assert (row["byline_raw"], row["flags"]) == (None, [])
    assert versions(page(1, "old"), page(2, "old", byline=None)) == [
        ("쉼터 문 열어", "나하늘 기자"),
        ("쉼터 문 열어", None),
    ]


def test_a_byline_that_was_taken_out_before_the_redesign_stays_out() -> None:
    pages = (page(1, "old"), page(2, "old", byline=None), page(3, "new", byline=None))
    assert newest(*pages)["byline_raw"] is None


def test_a_byline_that_the_new_template_showed_is_taken_out_by_an_editor() -> None:
    pages = (page(1, "old"), page(2, "new"), page(3, "new", byline=None))
    assert newest(*pages)["byline_raw"] is None
    assert newest(page(1, "old"), page(2, "new", byline=None), page(3, "old"))["flags"] == []


def test_a_redesign_makes_no_version_and_an_edit_under_it_does() -> None:
    old, hidden = page(1, "old"), page(2, "new", byline=None)
    assert versions(old, hidden) == [("쉼터 문 열어", "나하늘 기자")]
    edited, again = (
        page(3, "new", byline=None, title="쉼터 두 곳 열어"),
        page(4, "new", byline=None, title="쉼터 세 곳 열어"),
    )
    assert versions(old, hidden, edited, again) == [
        ("쉼터 문 열어", "나하늘 기자"),
        ("쉼터 두 곳 열어", "나하늘 기자"),
        ("쉼터 세 곳 열어", "나하늘 기자"),
    ]


def test_the_fuller_reading_is_the_version_whichever_came_first() -> None:
    assert versions(page(1, "new", byline=None), page(2, "old")) == [("쉼터 문 열어", "나하늘 기자")]


def test_the_same_words_in_other_lines_are_no_edit_through_another_template() -> None:
    one, two = page(1, "old", body="가 나다.\n라마바."), page(2, "new", body="가 나다. 라마바.")
    assert len(versions(one, two)) == 1
    assert len(versions(one, page(2, "old", body="가 나다. 라마바."))) == 2


def test_another_label_of_the_date_is_another_design() -> None:
    pages = (page(1, "old", published_at_label="입력"), page(2, "old", byline=None, published_at_label="게시"))
    assert newest(*pages)["byline_raw"] == "나하늘 기자"
    assert len(versions(*pages)) == 1


def test_a_better_parser_takes_a_field_out() -> None:
    """The same page read again is no other page: nothing is carried from the older reading."""
    wrong = page(1, "old", byline="관련 기사")
    right = page(1, "old2", byline=None) | {"parser_version": 2}
    assert newest(wrong, right)["byline_raw"] is None


def of_one_page_each(some: list[Row]) -> list[Row]:
    """Different content is of different pages."""
    return [row | {"warc_record_offset": int(digest(row["content_hash"], row["template"])[:6], 16)} for row in some]


rows = st.lists(
    st.builds(
        page, st.integers(1, 4), st.sampled_from(["t1", "t2"]), st.sampled_from([None, "가", "나"]), st.sampled_from([None, "부"]),
        st.sampled_from(["제목", "새 제목"]),
    ),
    min_size=1, max_size=5,
).map(of_one_page_each)  # fmt: skip


def settled(found: list[Row]) -> list[str]:
    return sorted(map(repr, found))


@settings(max_examples=200, deadline=None)
@given(rows)
def test_articles_join_in_any_order(some: list[Row]) -> None:
    whole = settled(join(ARTICLES, some))
    for order in itertools.islice(itertools.permutations(some), 24):
        assert settled(join(ARTICLES, list(order))) == whole
    for cut in range(1, len(some)):
        assert settled(join(ARTICLES, join(ARTICLES, some[:cut]) + join(ARTICLES, some[cut:]))) == whole
    assert settled(join(ARTICLES, join(ARTICLES, some) + some)) == whole


@settings(max_examples=200, deadline=None)
@given(rows)
def test_versions_settle_in_any_order(some: list[Row]) -> None:
    some = [{k: v for k, v in each.items() if k != "gone_at"} for each in some]
    whole = settled(join_all(REVISIONS, some))
    for order in itertools.islice(itertools.permutations(some), 24):
        assert settled(join_all(REVISIONS, list(order))) == whole
    for cut in range(1, len(some)):
        parts = join_all(REVISIONS, some[:cut]) + join_all(REVISIONS, some[cut:])
        assert settled(join_all(REVISIONS, parts)) == whole
    assert shown(join_all(REVISIONS, some))
