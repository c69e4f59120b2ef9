"""Korean text: cleaned, nothing destroyed, and the same after a second cleaning."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.items import Article, Reject, Source
from pipelines.text import TextPipeline, clean, clean_article, clean_lines

KEPT = "㈜해솔 ㎝ ㎜ ㎞ ㎚ ℃ 4⅓ ㎡ ∼ ？ … ‘보통’ '보통’ “가” ▲목록 ~ -3.2℃ (가) 8% 尹 李 美 手机中國 ㅋㅋ 정치ㅣ한국일보 Ａ①"


def test_what_an_author_writes_stays() -> None:
    assert clean(KEPT) == KEPT


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("산ㆍ학・연‧관·민", "산·학·연·관·민"),
        ("가\u00a0나", "가 나"),
        ("  가\t나\r\n다  ", "가 나 다"),
        ("가\u3000나\u2003다\u2028라", "가 나 다 라"),
        ("가\u3164나", "가 나"),
        ("가\u200b나\ufeff다\u200e\u2060", "가나다"),
        ("가\u00ad나", "가나"),
        ("가\x00\x07나\x7f", "가나"),
        ("\x93가\x94", "“가”"),
        ("가\ud800나", "가나"),
        ("\uf9e1 \uf90a", "李 金"),
        (unicodedata.normalize("NFD", "한글 뉴스"), "한글 뉴스"),
        ("&quot;가&quot; &#039;나&#039; &#x27;다&#x27; &gt; &middot; &copy;", "\"가\" '나' '다' > · ©"),
        ("&ldquo가&rdquo", "“가”"),
        ("가&nbsp;나", "가 나"),
        ("&amp;amp;quot;", '"'),
        ("R&D AT&T a=1&copy=2", "R&D AT&T a=1&copy=2"),
        ("👨\u200d👩\u200d👧 가\u200d나", "👨\u200d👩\u200d👧 가나"),
        ("한국일보ㅣ정치", "한국일보ㅣ정치"),
        ("e\u0301", "é"),
    ],
)
def test_noise_goes(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.fault("F23")
@pytest.mark.parametrize(
    ("half_width", "syllables"),
    [
        ("\uffa1\uffc2", "가"),
        ("\uffbe\uffc2\uffa4\uffa1\uffda\uffa9", "한글"),
        ("\uffba\uffc2\uffa1\uffcc", "차고"),
        ("\uffb7\uffc2\uffa4", "안"),
        ("\uffa1\uffa1", "ㄱㄱ"),
        ("\uffc2", "ㅏ"),
        ("\uffa9\uffc2\uffa1\uffc2", "라가"),
    ],
)
def test_half_width_hangul_becomes_syllables(half_width: str, syllables: str) -> None:
    assert clean(half_width) == syllables


NOISE = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("&amp;#quot;lt \u00a0\u200b\u200d\ufeff\u1100\u1161\u11a8ﾡￂￓ\u0301\u318d\u3164\ud800\x93"),
    ),
    max_size=40,
)


@pytest.mark.fault("F23")
@given(NOISE)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(NOISE)
def test_signs_digits_and_marks_are_never_lost(text: str) -> None:
    marked = f"{text} -3.2℃ 8% ▲"
    assert clean(marked).endswith("-3.2℃ 8% ▲")


@given(
    st.text(alphabet=st.characters(categories=["Lo", "Nd"], min_codepoint=0xAC00, max_codepoint=0xD7A3), max_size=60)
)
def test_syllables_are_untouched(text: str) -> None:
    assert clean(text) == text


def test_lines_stay_lines() -> None:
    assert clean_lines(" 하나\u200b \n\u200b\n둘ㆍ셋") == "하나\n둘·셋"


def article() -> Article:
    return Article("a_kr", "1", Source())


def test_an_article_is_cleaned_in_place_and_reported() -> None:
    item = article()
    item.title, item.subtitle, item.section = "가\u00a0나", "하나ㆍ\n둘", "사회"
    item.paragraphs, item.captions, item.keywords = ["가\u200b", "\u200b", "나"], ["다"], ["라 "]
    assert sorted(clean_article(item)) == ["keywords", "paragraphs", "subtitle", "title"]
    assert (item.title, item.subtitle, item.paragraphs, item.keywords) == ("가 나", "하나·\n둘", ["가", "나"], ["라"])


def test_a_field_that_held_nothing_visible_is_null() -> None:
    item = article()
    item.title, item.subtitle = "\u200b ", "\u200b\n"
    clean_article(item)
    assert [item.title, item.subtitle] == [None, None]


class Stats:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def inc_value(self, key: str, count: int = 1) -> None:
        self.values[key] = self.values.get(key, 0) + count


def test_the_pipeline_counts_and_passes_other_items() -> None:
    stats = Stats()
    pipeline = TextPipeline(stats)
    item = article()
    item.title = "가ㆍ나"
    other = Reject("parse", "not_article", Source())
    assert pipeline.process_item(item) is item
    assert pipeline.process_item(other) is other
    assert stats.values == {"newsharvest/title/cleaned": 1}
