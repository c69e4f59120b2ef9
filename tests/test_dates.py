"""Korean dates: every printed form, and never a year taken from now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.cms.stamps import Stamp, published, stamps
from newsharvest.items import Article, Reject, Source
from pipelines.dates import DatesPipeline, parse_korean_date

KST = timezone(timedelta(hours=9))
OLDEST, NEWEST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2068-12-31")
FETCHED = datetime(2024, 5, 2, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value", "precision", "label"),
    [
        ("기사입력 :[ 2018-08-25 15:24 ]", "2018-08-25T15:24:00", "minute", "기사입력"),
        ("기사승인 2019. 09. 16. 11:12", "2019-09-16T11:12:00", "minute", "기사승인"),
        ("입력 2020.08.27 20:27", "2020-08-27T20:27:00", "minute", "입력"),
        ("입력 : 2020.07.07 10:42:42", "2020-07-07T10:42:42", "second", "입력"),
        ("기사입력  2022/01/18 [09:51]", "2022-01-18T09:51:00", "minute", "기사입력"),
        ("기사입력 2021/04/02 [17:33]", "2021-04-02T17:33:00", "minute", "기사입력"),
        ("2020년 09월 17일(목) 17:45", "2020-09-17T17:45:00", "minute", None),
        ("발행일: 2026/01/20", "2026-01-20T00:00:00", "day", "발행일"),
        ("웹출고시간2015.12.09 18:00:11", "2015-12-09T18:00:11", "second", "웹출고시간"),
        ("입력 : 2022. 04. 28(목) 20:24", "2022-04-28T20:24:00", "minute", "입력"),
        ("입력 2005-12-26 03:042005년 12월 26일 03시 04분", "2005-12-26T03:04:00", "minute", "입력"),
        ("2020/02/18 09:04 송고", "2020-02-18T09:04:00", "minute", "송고"),
        ("승인 2022.12.11 15:00", "2022-12-11T15:00:00", "minute", "승인"),
        ("UPDATED. 2024-04-25 15:36 (목)", "2024-04-25T15:36:00", "minute", "UPDATED"),
        ("UPDATE : 2021.2.23 화 23:27", "2021-02-23T23:27:00", "minute", "UPDATE"),
        ("등록 2024.12.10 09:03:30", "2024-12-10T09:03:30", "second", "등록"),
        ("2022.08.26 08:00:00 5면", "2022-08-26T08:00:00", "second", None),
        ("기사승인 2020.07.05  11:08:01", "2020-07-05T11:08:01", "second", "기사승인"),
        ("2019-09-16T11:12:19+09:00", "2019-09-16T11:12:19", "second", None),
        ("2019-09-16T11:12:19+0900", "2019-09-16T11:12:19", "second", None),
        ("2019-09-16T02:12:19Z", "2019-09-16T11:12:19", "second", None),
        ("2023-11-07T02:00:00.000-05:00", "2023-11-07T16:00:00", "second", None),
        ("2023-11-07T02:00:00-0500", "2023-11-07T16:00:00", "second", None),
        ("2022-02-28 19:17:53", "2022-02-28T19:17:53", "second", None),
        ("Mon, 02 Mar 2026 19:17:53 +0900", "2026-03-02T19:17:53", "second", None),
        ("Mon, 02 Mar 2026 10:17:53 GMT", "2026-03-02T19:17:53", "second", None),
        ("20240430112345", "2024-04-30T11:23:45", "second", None),
        ("20240430", "2024-04-30T00:00:00", "day", None),
        ("24.04.30 11:23", "2024-04-30T11:23:00", "minute", None),
        ("작성일 24-04-30 11:23", "2024-04-30T11:23:00", "minute", "작성일"),
        ("2024년 4월 30일 오후 3:05", "2024-04-30T15:05:00", "minute", None),
        ("등록 2024.04.30 오전 9:05", "2024-04-30T09:05:00", "minute", "등록"),
        ("2024.04.30 오전 12:10", "2024-04-30T00:10:00", "minute", None),
        ("2024.04.30 오후 12:10", "2024-04-30T12:10:00", "minute", None),
        ("2024.04.30 3:05 PM", "2024-04-30T15:05:00", "minute", None),
        ("기사입력 2024-04-30 11:23:45", "2024-04-30T11:23:45", "second", "기사입력"),
        ("2024.04.30 (화)", "2024-04-30T00:00:00", "day", None),
        ("2024. 4. 30.", "2024-04-30T00:00:00", "day", None),
        ("입력 | 2011-11-21 03:00:00", "2011-11-21T03:00:00", "second", "입력"),
        ("2022년 01월 11일(화) 18:40 가가", "2022-01-11T18:40:00", "minute", None),
        ("나하늘 기자입력 : 2022. 04. 28(목) 20:24", "2022-04-28T20:24:00", "minute", "입력"),
        ("작성 2026.01.14 08:14 조회수", "2026-01-14T08:14:00", "minute", "작성"),
        ("Update. 2025.05.13 01:01", "2025-05-13T01:01:00", "minute", "Update"),
        ("최종수정2015.12.09 18:00:11", "2015-12-09T18:00:11", "second", "최종수정"),
        ("2017-12-18     나하늘 기자", "2017-12-18T00:00:00", "day", None),
        ("2018-05-02 12면", "2018-05-02T00:00:00", "day", None),
        ("2026.1.20 (화)", "2026-01-20T00:00:00", "day", None),
        ("2025-05-15T20:00:52.000+0900", "2025-05-15T20:00:52", "second", None),
        ("송고시간2026/02/01 10:00", "2026-02-01T10:00:00", "minute", "송고시간"),
        ("수정시간 : 2026.02.01 10:00", "2026-02-01T10:00:00", "minute", "수정시간"),
        ("데스크승인 2026.02.01 10:00:00", "2026-02-01T10:00:00", "second", "승인"),
        ("입력날짜 : 2026. 02.01. 10:00", "2026-02-01T10:00:00", "minute", "입력날짜"),
        ("2005년 12월 26일 03시 04분 05초", "2005-12-26T03:04:05", "second", None),
    ],
)
def test_printed_forms(text: str, value: str, precision: str, label: str | None) -> None:
    found = parse_korean_date(text, FETCHED if "24" in text[:8] else None)
    assert found is not None
    assert found.value == datetime.fromisoformat(value).replace(tzinfo=KST)
    assert found.value.utcoffset() == timedelta(hours=9)
    assert (found.precision, found.label) == (precision, label)


@pytest.mark.fault("F36")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "기자명 홍길동",
        "2024.13.01",
        "2024-02-30 11:00",
        "25:61",
        "댓글 0",
        "02-123-4567",
        "3.5",
        "1.2.3.4.5",
        "2024",
        "2024.04",
        "0000.00.00",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_korean_date(text, FETCHED) is None


def test_a_date_without_a_year_takes_it_from_the_fetch() -> None:
    same = parse_korean_date("4월 30일 11:23", FETCHED)
    before = parse_korean_date("12월 31일", FETCHED)
    assert same is not None
    assert before is not None
    assert same.value == datetime(2024, 4, 30, 11, 23, tzinfo=KST)
    assert before.value == datetime(2023, 12, 31, tzinfo=KST)


@pytest.mark.fault("F36")
def test_a_date_without_a_year_and_a_fetch_is_null() -> None:
    assert parse_korean_date("4월 30일 11:23", None) is None


def test_the_fetch_counts_in_korean_time() -> None:
    late = datetime(2024, 12, 31, 15, 30, tzinfo=UTC)  # 2025-01-01 00:30 in Korea
    found = parse_korean_date("1월 1일 00:10", late)
    assert found is not None
    assert found.value.year == 2025


def test_the_29th_of_february_without_a_year_is_the_last_one() -> None:
    found = parse_korean_date("2월 29일", datetime(2025, 3, 5, tzinfo=UTC))
    assert found is None or found.value == datetime(2024, 2, 29, tzinfo=KST)


@pytest.mark.parametrize(("fetched", "year"), [(None, 1999), (FETCHED, 1999), (datetime(2098, 1, 1, tzinfo=UTC), 2099)])
def test_the_century_of_a_short_year(fetched: datetime | None, year: int) -> None:
    found = parse_korean_date("99.12.31 23:59", fetched)
    assert found is not None
    assert found.value.year == year


@given(
    st.datetimes(min_value=OLDEST, max_value=NEWEST),
    st.sampled_from(["입력 ", "등록 : ", "", "승인"]),
)
def test_every_printed_minute_is_read_back(moment: datetime, label: str) -> None:
    forms = (
        f"{moment:%Y.%m.%d %H:%M}",
        f"{moment:%Y-%m-%d %H:%M}",
        f"{moment.year}년 {moment.month}월 {moment.day}일 {moment:%H:%M}",
    )
    for form in forms:
        found = parse_korean_date(label + form, None)
        assert found is not None
        assert found.value == moment.replace(second=0, microsecond=0, tzinfo=KST)


@given(st.text(alphabet="0123456789년월일시분초.:-/ 오전후입력수정()[]TZ+", max_size=40))
def test_nothing_raises(text: str) -> None:
    found = parse_korean_date(text, FETCHED)
    assert found is None or found.precision in {"second", "minute", "day"}


def article(**fields: str) -> Article:
    item = Article("a_kr", "1", Source(fetched_at=FETCHED))
    for name, value in fields.items():
        setattr(item, name, value)
    return item


class Stats:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] = self.values.get(key, 0) + count


def run(item: Article) -> dict[str, int]:
    stats = Stats()
    DatesPipeline(stats).process_item(item)
    return stats.values


def test_two_times_in_one_line_are_cut_apart() -> None:
    item = article(published_at_raw="입력 : 2020.07.07 10:42:42 수정 : 2020.07.07 12:20:27")
    assert run(item) == {}
    assert (item.published_at_raw, item.modified_at_raw) == ("입력 : 2020.07.07 10:42:42", "수정 : 2020.07.07 12:20:27")
    assert item.published_at == datetime(2020, 7, 7, 10, 42, 42, tzinfo=KST)
    assert item.modified_at == datetime(2020, 7, 7, 12, 20, 27, tzinfo=KST)


def test_a_time_from_the_head_says_so() -> None:
    item = article(published_at_raw="2024-02-03T10:20:30+0900")
    item.extractors["published_at_raw"] = "meta:article:published_time"
    run(item)
    assert item.published_at_label == "meta"


@pytest.mark.fault("F36")
def test_an_unreadable_date_is_null_and_counted() -> None:
    item = article(published_at_raw="입력 2024.13.01", modified_at_raw="수정 어제")
    assert run(item) == {"newsharvest/published_at/invalid": 1, "newsharvest/modified_at/invalid": 1}
    assert (item.published_at, item.published_at_precision, item.published_at_label, item.modified_at) == (
        None,
        None,
        None,
        None,
    )


def test_a_missing_date_is_counted() -> None:
    assert run(article()) == {"newsharvest/published_at/missing": 1}


def test_other_items_pass() -> None:
    other = Reject("parse", "not_article", Source())
    assert DatesPipeline(Stats()).process_item(other) is other


@pytest.mark.parametrize(
    ("raw", "value"),
    [("2024-05-03 10:00", "2024-05-03T10:00:00+09:00"), ("2024-05-04 10:31", None), ("2054-05-01 10:00", None)],
)
def test_a_time_more_than_a_day_after_the_page_was_fetched_is_null(raw: str, value: str | None) -> None:
    item = article(published_at_raw=f"입력 {raw}", modified_at_raw=f"수정 {raw}")
    run(item)
    times = [time.isoformat() if time else None for time in (item.published_at, item.modified_at)]
    assert times == [value, value]
    assert item.published_at_raw == f"입력 {raw}"
    assert (item.published_at_precision, item.published_at_label) == (("minute", "입력") if value else (None, None))
    assert item.flags == ([] if value else ["future_date"])


def test_without_a_time_of_fetching_no_time_is_in_the_future() -> None:
    item = article(published_at_raw="입력 2054-05-01 10:00")
    item.source.fetched_at = None
    run(item)
    assert item.published_at == datetime(2054, 5, 1, 10, tzinfo=KST)
    assert item.flags == []


@pytest.mark.parametrize(
    "text", ["최종편집 2024-06-06(목)", "최종편집: 2026-02-01 10:00", "기사최종편집일 2026-02-01 10:00"]
)
def test_the_sites_own_date_is_no_articles(text: str) -> None:
    assert stamps(text) == []
    assert published(stamps(f"{text} 등록 2026-01-02 03:04")) == Stamp("등록", "등록 2026-01-02 03:04")
