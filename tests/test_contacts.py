"""Reporters' addresses stay out of the datasets."""

from __future__ import annotations

import pytest

from newsharvest.items import Article, Source
from pipelines import contacts
from pipelines.contacts import strip_contacts, without_contacts
from pipelines.credits import credit_article


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("나하늘 기자", "나하늘 기자"),
        ("나하늘 기자 sky@haeram.test", "나하늘 기자"),
        ("나하늘 기자 (sky@haeram.test)", "나하늘 기자"),
        ("나하늘 기자 <sky@haeram.test>", "나하늘 기자"),
        ("[나하늘 기자 sky@haeram.test]", "[나하늘 기자]"),
        ("나하늘 기자 | sky@haeram.test", "나하늘 기자"),
        ("/나하늘기자 sky@", "/나하늘기자"),
        ("나하늘 기자 a@haeram.test, 도은별 기자 b@haeram.test", "나하늘 기자, 도은별 기자"),
        ("나하늘 기자 02-123-4567", "나하늘 기자"),
        ("나하늘 기자 (☎ 010-1234-5678)", "나하늘 기자"),
        ("해람일보 sky.b-c_d@mail.haeram.test", "해람일보"),
        ("▲ 2026-02-01 솔바람 언덕 /도은별 기자 star@haeram.test", "▲ 2026-02-01 솔바람 언덕 /도은별 기자"),
        ("▲ 사진 2,024명 1234-5678", "▲ 사진 2,024명 1234-5678"),
        ("▲ 가격 @1,000원", "▲ 가격 @1,000원"),
    ],
)
def test_addresses_leave_a_credit(printed: str, kept: str) -> None:
    assert without_contacts(printed)[0] == kept
    assert without_contacts(kept) == (kept, [])


def article() -> Article:
    return Article(
        "a_kr", "1", Source(), paragraphs=["행사 문의는 help@haeram.test 로 하면 된다."], byline_raw="나하늘 기자 sky@haeram.test",
        captions=["▲ 언덕 /도은별 기자 star@haeram.test", "moon@haeram.test"], dateline_raw="[해람/CTN]나하늘 기자 sky@haeram.test =",
        container_chars=1000,
    )  # fmt: skip


def test_byline_dateline_and_captions_lose_them_and_the_text_does_not() -> None:
    stripped = article()
    assert strip_contacts(stripped) == 4
    assert (stripped.byline_raw, stripped.dateline_raw) == ("나하늘 기자", "[해람/CTN]나하늘 기자 =")
    assert stripped.captions == ["▲ 언덕 /도은별 기자"]
    assert [(d.rule, d.text) for d in stripped.dropped] == [
        ("contact", "star@haeram.test"),
        ("contact", "moon@haeram.test"),
    ]
    assert stripped.paragraphs == article().paragraphs


def test_they_are_kept_where_the_reference_data_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contacts, "switch", lambda table, name: (table, name) == ("credits", "keep_contacts"))
    kept = article()
    assert strip_contacts(kept) == 0
    assert kept == article()


def test_a_byline_that_is_an_address_only_is_null() -> None:
    item = Article("a_kr", "1", Source(), paragraphs=["해람시가 쉼터를 연다고 밝혔다."], byline_raw="sky@haeram.test")
    credit_article(item)
    assert item.byline_raw is None
