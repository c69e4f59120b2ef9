"""Temperature tokens: every row of the table, and that no sign is ever lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsharvest.items import Reading, Source, WeatherBulletin
from newsharvest.weather.entry import DASHES, entry
from pipelines.temperature import Celsius, TemperaturePipeline, parse_celsius
from tests.weather_tools import Stats

TABLE = [
    ("8.2℃", 8.2), ("8.2°C", 8.2), ("8.2 ℃", 8.2), ("8.2\xa0℃", 8.2), ("8.2˚C", 8.2), ("8.2ºC", 8.2), ("8.2도", 8.2), ("8.2", 8.2),
    ("8.2 °C", 8.2), ("8.2° C", 8.2), ("+8.2℃", 8.2), ("11 °C", 11.0), ("0℃", 0.0),
    ("−3.2", -3.2), ("–3.2", -3.2), ("‑3.2", -3.2), ("－3.2", -3.2), ("﹣3.2", -3.2), ("—3.2℃", -3.2), ("- 3.2℃", -3.2), ("-3.2℃", -3.2),
    ("８．２", 8.2), ("８.２℃", 8.2), ("－８．２℃", -8.2),
    ("영하 3.2도", -3.2), ("영하3.2℃", -3.2), ("영상 3도", 3.0), ("영하 0.5도", -0.5),
    ("-0.0", 0.0), ("-0.0℃", 0.0),
    ("-9", -9.0), ("−9.0", -9.0), ("-9.0℃", -9.0), ("-49.9℃", -49.9), ("99.9℃", 99.9), ("41.0℃", 41.0),
]  # fmt: skip
MISSING = [
    None, "", " ", "\xa0", "-", "--", ".", "M", "결측", "℃", "°C", "-℃", "- ℃", "결측℃", "−", "－",
    "-99", "−99.9", "-99.9℃", "−999", "-999.0", "−50", "-50.0℃", "9999",
]  # fmt: skip
UNPARSED = [
    "~3℃",
    "영하 -3도",
    "영상 -3도",
    "3,2℃",
    "1e5",
    "3℃℃",
    "--3.2℃",
    "3.2.1℃",
    "−\u200b3℃",
    "▼3℃",
    "약 3℃",
    "3~5℃",
    "٣℃",
    "3℉",
]


@pytest.mark.parametrize(("token", "value"), TABLE)
def test_every_real_form_has_its_value(token: str, value: float) -> None:
    assert parse_celsius(token) == Celsius(value, "ok")


@pytest.mark.parametrize("token", MISSING)
def test_what_says_that_there_is_none_is_null_never_zero(token: str | None) -> None:
    assert parse_celsius(token) == Celsius(None, "missing")


@pytest.mark.parametrize("token", UNPARSED)
def test_what_is_not_understood_whole_is_null_and_says_so(token: str) -> None:
    assert parse_celsius(token) == Celsius(None, "unparsed")


def test_minus_zero_is_zero() -> None:
    assert str(parse_celsius("-0.0").value) == "0.0"


_MINUS_LIKE = sorted(
    {chr(c) for c in range(0x110000) if unicodedata.category(chr(c)) == "Pd"} | set(DASHES) | set("−⁻₋➖∸∖˗")
)


@pytest.mark.parametrize("sign", _MINUS_LIKE)
@pytest.mark.parametrize(
    "form", ["{}3.2℃", "{} 3.2℃", "흐림{}3.2℃", "흐림속초{}3.2℃", "속초 {}3.2 °C", "{}{}3.2℃", "{}흐림 {}3.2℃"]
)
def test_no_dash_of_unicode_is_ever_lost(sign: str, form: str) -> None:
    text = form.format(sign, sign)
    token = entry(text).token if "흐림" in form or "속초" in form else text
    value = parse_celsius(token).value
    assert value is None or value == -3.2


@given(st.text(alphabet=st.one_of(st.sampled_from("0123456789.-−–－영하상 도℃C°+"), st.characters()), max_size=12))
def test_a_positive_value_has_nothing_like_a_minus_before_it(token: str) -> None:
    value = parse_celsius(token).value
    assert value is None or str(value) != "-0.0"
    if value is not None and value > 0:
        assert not any(unicodedata.category(c) == "Pd" or c in "−⁻" for c in token)
        assert "영하" not in token
    if value is not None and value < 0:
        assert "영하" in token or any(c in DASHES for c in token)


@given(st.integers(-499, 499), st.sampled_from(DASHES), st.sampled_from(["℃", "°C", " ℃", "˚C", "ºC", "도", ""]))
def test_every_tenth_of_a_degree_survives(tenths: int, dash: str, unit: str) -> None:
    printed = f"{dash if tenths < 0 else ''}{abs(tenths) / 10}{unit}"
    assert parse_celsius(printed) == Celsius(tenths / 10 + 0.0, "ok")


def test_the_pipeline_keeps_the_raw_and_counts() -> None:
    readings = [
        Reading(1, "속초-0.4℃", temperature_raw="-0.4℃"),
        Reading(2, "철원℃", temperature_raw="℃"),
        Reading(3, "서울"),
    ]
    bulletin, stats = WeatherBulletin("x", "", Source(), "glued", readings=readings), Stats()
    assert TemperaturePipeline(stats).process_item(bulletin) is bulletin
    assert [(r.temperature_raw, r.temperature_c) for r in readings] == [("-0.4℃", -0.4), ("℃", None), (None, None)]
    assert stats.values == {"newsharvest/temperature/ok": 1, "newsharvest/temperature/missing": 2}
