"""The quality step: physical limits, and what every article and bulletin has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from newsharvest.items import Article, Forecast, Item, Reading, Reject, Sighting, Source, WeatherBulletin
from pipelines.quality import QualityPipeline, check_range, worst
from tests.weather_tools import Stats

FETCHED = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (8.2, "good"), (-9.0, "good"), (0.0, "good"), (-32.6, "good"), (41.0, "good"), (-33.0, "good"), (41.5, "good"),
        (-33.1, "doubtful"), (41.6, "doubtful"), (-40.0, "doubtful"), (50.0, "doubtful"),
        (-40.1, "erroneous"), (50.1, "erroneous"), (99.9, "erroneous"), (176.0, "erroneous"), (None, "missing"),
    ],
)  # fmt: skip
def test_physical_limits(value: float | None, verdict: str) -> None:
    assert check_range(value) == verdict


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        (("good", "not checked"), "good"), (("not checked", "not checked"), "not checked"), (("good", "doubtful"), "doubtful"),
        (("erroneous", "doubtful"), "erroneous"), (("missing", "not checked"), "missing"), (("doubtful", "not checked"), "doubtful"),
    ],
)  # fmt: skip
def test_the_worst_verdict(checks: tuple[str, ...], verdict: str) -> None:
    assert worst(*checks) == verdict


def article(**more: object) -> Article:
    made = Article("x", "1", Source(url="http://x.test/1", fetched_at=FETCHED), title="제목", paragraphs=["본문이다."])
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_an_article_passes() -> None:
    item = article()
    assert QualityPipeline(Stats()).process_item(item) is item
    assert item.flags == []


def test_a_photo_with_its_caption_passes() -> None:
    item = article(paragraphs=[], captions=["▲ 들꽃 공원."])
    assert QualityPipeline(Stats()).process_item(item) is item


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"title": None}, "missing_title"), ({"title": ""}, "missing_title"), ({"paragraphs": []}, "empty_body")],
)
def test_what_is_no_article_becomes_a_reject_with_its_raw(more: dict[str, object], reason: str) -> None:
    item, stats = article(**more), Stats()
    reject = QualityPipeline(stats).process_item(item)
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason, reject.outlet_id, reject.source) == ("quality", reason, "x", item.source)
    assert reject.raw == "\n".join(item.paragraphs)
    assert stats.values == {f"newsharvest/quality/{reason}": 1}


@pytest.mark.fault("F36")
@pytest.mark.parametrize(
    ("published", "kept"),
    [
        (FETCHED - timedelta(days=400), True), (FETCHED, True), (FETCHED + timedelta(days=1), True),
        (FETCHED + timedelta(days=1, minutes=1), False),
    ],
)  # fmt: skip
def test_a_date_in_the_future_is_null_and_flagged(published: datetime, kept: bool) -> None:
    item = article(
        published_at=published,
        published_at_raw="승인 2031.01.01",
        published_at_precision="day",
        published_at_label="승인",
    )
    assert QualityPipeline(Stats()).process_item(item) is item
    assert item.published_at == (published if kept else None)
    assert (item.published_at_precision, item.published_at_label) == (("day", "승인") if kept else (None, None))
    assert item.published_at_raw == "승인 2031.01.01"
    assert item.flags == ([] if kept else ["future_date"])


def test_without_a_fetch_time_no_date_is_judged() -> None:
    item = article(source=Source(), published_at=datetime(2100, 1, 1, tzinfo=UTC))
    QualityPipeline(Stats()).process_item(item)
    assert item.published_at == datetime(2100, 1, 1, tzinfo=UTC)


def test_readings_are_judged_and_never_changed() -> None:
    values = [8.2, 99.9, None, -34.0]
    readings = [Reading(n, "", temperature_c=value) for n, value in enumerate(values, 1)]
    item, stats = WeatherBulletin("x", "t", Source(), "glued", readings=readings), Stats()
    assert QualityPipeline(stats).process_item(item) is item
    assert [r.temperature_c for r in readings] == values
    assert [(r.qc_range, r.qc_spatial, r.qc) for r in readings] == [
        ("good", "not checked", "good"), ("erroneous", "not checked", "erroneous"),
        ("missing", "missing", "missing"), ("doubtful", "not checked", "doubtful"),
    ]  # fmt: skip
    assert stats.values == {
        **{f"newsharvest/qc_range/{v}": 1 for v in ("good", "erroneous", "missing", "doubtful")},
        "newsharvest/qc_spatial/missing": 1,
        "newsharvest/qc_spatial/not_checked": 3,
    }


def test_a_bulletin_without_readings_is_a_reject() -> None:
    reject = QualityPipeline(Stats()).process_item(WeatherBulletin("x", "t", Source(), "glued"))
    assert isinstance(reject, Reject)
    assert (reject.stage, reject.reason) == ("quality", "no_readings")


@pytest.mark.parametrize(
    "item",
    [Forecast("kma_midterm", Source()), Sighting("x", "1", Source(), 304), Reject("parse", "exception", Source())],
)
def test_other_items_pass(item: Item) -> None:
    assert QualityPipeline(Stats()).process_item(item) is item
