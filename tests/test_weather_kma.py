"""KMA's own sources: both city tables, the hourly feeds, both forecasts, the API hub's text."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from newsharvest.harvest import harvest
from newsharvest.items import Forecast, Reject, WeatherBulletin
from newsharvest.markup import PageError, document
from newsharvest.page import XML, Page, decode
from newsharvest.reference import lookups
from newsharvest.schema.columns import DATASETS
from newsharvest.schema.rows import rows
from newsharvest.weather import kma_feed, kma_hub, kma_rss, kma_table
from pipelines.quantities import QuantitiesPipeline, clean
from tests.conftest import PAGES, SHARED
from tests.weather_tools import Stats, refined

KMA = PAGES / "kma"


def finished(item: WeatherBulletin | Forecast) -> Any:
    return refined(QuantitiesPipeline(Stats()).process_item(item))


def table(body: bytes, url: str | None = None) -> list[WeatherBulletin]:
    return [finished(b) for b in kma_table.parse(document(Page(url, body)))]


def xml(parse: Callable[..., list[Any]], body: bytes, url: str | None = None) -> list[Any]:
    return [finished(item) for item in parse(Page(url, body, media=XML), decode(body))]


def kst(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+09:00")


def test_the_city_table_since_2021() -> None:
    (found,) = table((KMA / "city_obs.htm").read_bytes())
    assert (found.source_id, found.form, found.flags) == ("kma_table", "table", [])
    assert (found.observed_at_raw, found.observed_at, found.displayed_date) == (
        "2026.03.02.15:00",
        kst("2026-03-02T15:00"),
        None,
    )
    assert [
        (r.position, r.stn_id, r.station, r.station_match, r.sky_raw, r.sky, r.temperature_c) for r in found.readings
    ] == [
        (1, 105, "강릉", "named", "", None, -3.4),
        (2, 259, "강진군", "named", "", None, 3.6),
        (3, 102, "백령도", "named", "약한 눈 단속적", "눈", -1.0),
        (4, 108, "서울", "named", "구름많음", "구름많음", -9.0),
        (5, 90, "속초", "named", "비 끝", "비끝", None),
        (6, 184, "제주", "named", "맑음", "맑음", 6.2),
    ]
    assert found.readings[2].values == {
        "visibility_km": 6.7, "visibility_or_more": False, "cloud_tenths": 10, "low_cloud_tenths": 8, "dew_point_c": -2.2,
        "apparent_temperature_c": -6.5, "precipitation_day_mm": 2.9, "humidity_pct": 92.0, "wind_direction": "NW", "wind_speed_ms": 5.4,
        "sea_level_pressure_hpa": 1027.2,
    }  # fmt: skip
    assert found.readings[0].values == {
        "visibility_km": 20.0, "visibility_or_more": True, "dew_point_c": -17.8, "apparent_temperature_c": -8.0, "humidity_pct": 31.0,
        "wind_direction": "SSW", "wind_speed_ms": 2.1, "sea_level_pressure_hpa": 1026.9,
    }  # fmt: skip
    assert (found.readings[3].values["wind_direction"], found.readings[3].values["wind_speed_ms"]) == ("calm", 0.1)
    assert (found.readings[5].values["cloud_tenths"], type(found.readings[5].values["cloud_tenths"])) == (0, int)
    assert found.readings[4].values == {
        "visibility_km": 12.3, "visibility_or_more": False, "cloud_tenths": 9, "low_cloud_tenths": 9, "precipitation_day_mm": 0.5,
    }  # fmt: skip
    assert found.readings[0].raw == "강릉||20 이상|||-3.4|-17.8|-8.0||31|남남서|2.1|1026.9"


def test_the_city_table_before_in_cp949_with_repeated_headers() -> None:
    body = (KMA / "currentweather.htm").read_bytes()
    assert decode(body).encoding == "cp949"
    (found,) = table(body)
    assert (found.observed_at_raw, found.observed_at) == ("2017.01.12.06:00", kst("2017-01-12T06:00"))
    assert [(r.stn_id, r.station, r.sky_raw, r.sky, r.temperature_c) for r in found.readings] == [
        (108, "서울", "맑음", "맑음", -6.6),
        (102, "백령도", "구름조금", "구름조금", -0.4),
        (93, "북춘천", "", None, -12.6),
        (115, "울릉도", "뇌전 끝", "뇌우끝", 1.8),
        (177, "홍성", "", None, -4.3),
    ]
    assert found.readings[0].values == {
        "visibility_km": 18.9, "visibility_or_more": False, "cloud_tenths": 1, "low_cloud_tenths": 1, "dew_point_c": -13.7,
        "humidity_pct": 57.0, "wind_direction": "WSW", "wind_speed_ms": 2.1, "sea_level_pressure_hpa": 1030.1,
    }  # fmt: skip
    assert (found.readings[2].values["wind_direction"], "wind_speed_ms" in found.readings[2].values) == ("calm", False)
    assert found.readings[3].values["precipitation_day_mm"] == 12.5
    assert found.readings[4].station_raw == "홍성(예)"
    # The discomfort index stands where the newer page has the apparent temperature.
    assert all("apparent_temperature_c" not in r.values for r in found.readings)
    assert found.flags == []


def changed(old: str, new: str) -> bytes:
    text = (KMA / "city_obs.htm").read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new).encode()


def test_a_first_cell_as_th_shifts_nothing() -> None:
    text = (KMA / "city_obs.htm").read_text(encoding="utf-8")
    body = (
        text.replace('<td><a href="city-obs', '<th scope="row"><a href="city-obs')
        .replace("</a></td>", "</a></th>")
        .encode()
    )
    assert body.count(b'<th scope="row">') == 6
    assert table(body)[0].readings == table(text.encode())[0].readings


def test_the_table_of_a_region_is_a_source_of_its_own() -> None:
    assert table(changed("reg=100", "reg=109"))[0].source_id == "kma_table_109"


def test_a_column_that_is_not_known_is_named_and_one_that_is_ignored_is_not() -> None:
    (unknown,) = table(changed("운량<br/>1/10", "일조<br/>hr"))
    assert unknown.flags == ["unknown_column:일조hr"]
    assert "cloud_tenths" not in unknown.readings[2].values
    assert unknown.readings[2].values["low_cloud_tenths"] == 8
    (snow,) = table(changed("일강수<br/>mm", "적설<br/>cm"))
    assert snow.flags == []
    assert "precipitation_day_mm" not in snow.readings[2].values


def test_a_row_of_another_length_keeps_its_station_and_no_value() -> None:
    (found,) = table(changed("<td>6.7</td>\n", ""))
    assert found.flags == ["bad_row:1"]
    assert (found.readings[2].stn_id, found.readings[2].temperature_c, found.readings[2].values) == (102, None, {})
    assert found.readings[3].temperature_c == -9.0


def test_a_value_that_cannot_be_is_null_and_flagged() -> None:
    text = (
        changed("<td>92</td>", "<td>192</td>")
        .decode()
        .replace("1027.2", "10272")
        .replace("<td>북서</td>", "<td>북숴</td>")
    )
    (found,) = table(text.encode())
    assert found.flags == [
        "out_of_limits:humidity_pct",
        "unparsed_value:wind_direction",
        "out_of_limits:sea_level_pressure_hpa",
    ]
    assert {found.readings[2].values[c] for c in ("humidity_pct", "wind_direction", "sea_level_pressure_hpa")} == {None}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("2026.03.02.15:00</div>", "</div>", "kma_time"),
        ("2026.03.02.15:00</div>", "2026.02.31.15:00</div>", "kma_time"),
        ("현재<br/>기온", "최고<br/>기온", "kma_columns"),
        ("stn=", "no=", "kma_rows"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(old: str, new: str, reason: str) -> None:
    with pytest.raises(PageError) as caught:
        table(changed(old, new))
    assert caught.value.reason == reason


def test_a_page_without_the_table_has_none() -> None:
    assert table(b"<html><body><table class='x'><tr><td>1</td></tr></table></body></html>") == []


def test_the_hourly_feed() -> None:
    (found,) = xml(kma_feed.parse, (KMA / "sfc_web_map.xml").read_bytes())
    assert (found.source_id, found.form, found.observed_at) == ("kma_feed", "feed", kst("2026-03-02T15:00"))
    assert [
        (r.stn_id, r.station, r.sky_raw, r.sky, r.temperature_c, r.values.get("precipitation_1h_mm"))
        for r in found.readings
    ] == [
        (90, "속초", "-", None, -0.4, 0.0),
        (93, "북춘천", "구름조금", "구름조금", 3.6, None),
        (115, "울릉도", "눈", "눈", 0.7, 1.1),
        (177, "홍성", "연무", "연무", None, None),
        (296, "북부산", "비", "비", 8.9, 0.5),
    ]
    assert found.flags == []


def test_the_feed_before_it_and_hour_24() -> None:
    (found,) = xml(kma_feed.parse, (KMA / "sfc_web_now.xml").read_bytes())
    assert found.observed_at == kst("2016-05-04T00:00")
    assert [(r.stn_id, r.station_raw, r.sky_raw, r.sky) for r in found.readings] == [
        (156, "광주", "약한비단속", "비"), (165, "목포", "비 끝남", "비끝"),
    ]  # fmt: skip
    assert found.readings[0].values == {
        "visibility_km": 11.0, "visibility_or_more": False, "cloud_tenths": 10, "wind_direction": "NNE", "wind_speed_ms": 1.4,
        "humidity_pct": 81.0, "precipitation_day_mm": 4.5, "sea_level_pressure_hpa": 1005.4,
    }  # fmt: skip
    assert found.flags == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('hour="15"', 'hour="25"', "kma_time"), ('hour="15"', "", "kma_time"), ("<weather", "<wether", "xml"),
        ("local", "place", "kma_rows"), ("weather", "wether", "kma_rows"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_read_says_why(old: str, new: str, reason: str) -> None:
    text = (KMA / "sfc_web_map.xml").read_text(encoding="utf-8")
    with pytest.raises(PageError) as caught:
        xml(kma_feed.parse, text.replace(old, new).encode())
    assert caught.value.reason == reason


def test_an_unknown_attribute_of_the_feed_is_named() -> None:
    body = (KMA / "sfc_web_map.xml").read_text(encoding="utf-8").replace("rn_hr1", "rn_hr3").encode()
    assert xml(kma_feed.parse, body)[0].flags == ["unknown_column:rn_hr3"]


def test_a_document_with_entities_of_its_own_is_refused() -> None:
    body = b'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY x SYSTEM "file:///etc/hostname">]><current><weather year="2026" month="3" day="2" hour="1"><local stn_id="90" ta="1.0">&x;</local></weather></current>'
    with pytest.raises(PageError, match="declares entities"):
        xml(kma_feed.parse, body)


def test_the_mid_term_forecast() -> None:
    found = xml(kma_rss.parse, (KMA / "midterm.xml").read_bytes())
    assert [(f.source_id, f.location, f.valid_at) for f in found] == [
        ("kma_midterm", "서울", kst("2026-03-05T00:00")),
        ("kma_midterm", "서울", kst("2026-03-05T12:00")),
        ("kma_midterm", "광주 (서울ㆍ인천ㆍ경기도)", kst("2026-03-05T00:00")),
        ("kma_midterm", "광주 (광주ㆍ전라남도)", kst("2026-03-05T00:00")),
    ]
    assert {f.issued_at for f in found} == {kst("2026-03-02T06:00")}
    assert (found[0].issued_at_raw, found[0].valid_at_raw) == ("202603020600", "2026-03-05 00:00")
    assert found[0].values == {
        "province": "서울ㆍ인천ㆍ경기도", "mode": "A02", "sky_raw": "맑음", "sky": "맑음", "temperature_min_c": -6.0, "temperature_max_c": 5.0,
        "reliability": "높음", "precipitation_type": "none",
    }  # fmt: skip
    assert (found[1].values["sky_raw"], found[1].values["sky"], found[1].values["precipitation_type"]) == (
        "흐리고 비/눈",
        "비/눈",
        "rain/snow",
    )
    assert "reliability" not in found[1].values
    assert (
        found[2].values["sky"],
        found[2].values["precipitation_type"],
        found[2].values["precipitation_probability_pct"],
    ) == ("소나기", "shower", 60.0)
    assert all(f.flags == [] for f in found)


def test_the_short_term_forecast_of_a_place() -> None:
    found = xml(kma_rss.parse, (KMA / "dfs.xml").read_bytes())
    assert [(f.source_id, f.location, f.valid_at_raw, f.valid_at) for f in found] == [
        ("kma_short", "강원특별자치도 노을시 들꽃동", "0 21", kst("2026-03-02T21:00")),
        ("kma_short", "강원특별자치도 노을시 들꽃동", "0 24", kst("2026-03-03T00:00")),
        ("kma_short", "강원특별자치도 노을시 들꽃동", "1 3", kst("2026-03-03T03:00")),
    ]
    assert found[0].values == {
        "temperature_c": -1.0, "temperature_max_c": None, "temperature_min_c": None, "sky_raw": "눈", "sky": "눈", "precipitation_type": "snow",
        "precipitation_probability_pct": 70.0, "precipitation_12h_mm": 0.0, "snow_12h_cm": 2.5, "wind_speed_ms": 2.7, "wind_direction": "SE",
        "humidity_pct": 70.0, "precipitation_6h_mm": 0.6, "snow_6h_cm": 1.2,
    }  # fmt: skip
    assert (found[1].values["sky"], found[1].values["wind_speed_ms"]) == ("구름많음", 2.9)
    assert (found[2].values["temperature_max_c"], found[2].values["temperature_min_c"]) == (6.0, -4.0)
    assert all(f.flags == [] for f in found)


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        ("midterm.xml", "<tm>202603020600</tm>", "<tm></tm>", "kma_time"),
        ("midterm.xml", "<tmEf>2026-03-05 12:00</tmEf>", "", "kma_time"),
        ("dfs.xml", "<hour>24</hour>", "<hour>25</hour>", "kma_time"),
        ("dfs.xml", "data", "datum", "kma_rows"),
        ("dfs.xml", "</rss>", "", "xml"),
    ],
)
def test_a_forecast_that_cannot_be_read_says_why(name: str, old: str, new: str, reason: str) -> None:
    text = (KMA / name).read_text(encoding="utf-8")
    with pytest.raises(PageError) as caught:
        xml(kma_rss.parse, text.replace(old, new).encode())
    assert caught.value.reason == reason


def test_the_hubs_text() -> None:
    body = (KMA / "hub.txt").read_bytes()
    url = "https://apihub.test/api/typ01/url/kma_sfctm2.php?tm=202603020600&stn=0&help=0&authKey=SECRET"
    found = xml(kma_hub.parse, body, url)
    assert [(b.source_id, b.form, b.observed_at_raw, b.observed_at) for b in found] == [
        ("kma_hub", "hub", "202603020600", kst("2026-03-02T06:00")), ("kma_hub", "hub", "202603020700", kst("2026-03-02T07:00")),
    ]  # fmt: skip
    assert [[(r.stn_id, r.station, r.temperature_c) for r in b.readings] for b in found] == [
        [(90, "속초", -9.0), (108, "서울", None)], [(90, "속초", -8.4)],
    ]  # fmt: skip
    assert found[0].readings[0].values == {
        "wind_direction": "NW", "wind_speed_ms": 1.7, "station_pressure_hpa": 1022.1, "sea_level_pressure_hpa": 1024.7, "dew_point_c": -12.5,
        "humidity_pct": 86.0, "precipitation_day_mm": None, "cloud_tenths": None, "low_cloud_tenths": None, "visibility_km": 29.07,
        "visibility_or_more": False,
    }  # fmt: skip
    assert found[0].readings[1].values == {
        "wind_direction": "calm", "wind_speed_ms": 0.0, "station_pressure_hpa": 1018.0, "sea_level_pressure_hpa": 1028.4, "dew_point_c": None,
        "humidity_pct": None, "precipitation_day_mm": 4.5, "cloud_tenths": 10, "low_cloud_tenths": 7, "visibility_km": 8.0, "visibility_or_more": False,
    }  # fmt: skip
    last = found[1].readings[0].values
    assert (last["wind_direction"], last["wind_speed_ms"], last["visibility_km"], last["visibility_or_more"]) == (
        "N",
        None,
        None,
        None,
    )
    assert (last["precipitation_day_mm"], last["sea_level_pressure_hpa"]) == (0.0, None)
    assert all(b.flags == [] for b in found)
    assert all("SECRET" not in str(b) and "authKey" not in str(b) for b in found)
    assert found[0].source.url == "https://apihub.test/api/typ01/url/kma_sfctm2.php?tm=202603020600&stn=0&help=0"


def test_another_table_of_the_hub_is_refused_and_a_short_row_counted() -> None:
    text = (KMA / "hub.txt").read_bytes().decode("euc-kr")
    with pytest.raises(PageError) as caught:
        xml(kma_hub.parse, text.replace("STN  WD   WS", "STN  WS   WD").encode("euc-kr"))
    assert caught.value.reason == "kma_columns"
    cut = text.replace(" 108   0 ", " 108 ")
    assert cut != text
    first, _ = xml(kma_hub.parse, cut.encode("euc-kr"))
    assert (first.flags, [r.stn_id for r in first.readings]) == (["bad_row:1"], [90])


@pytest.mark.parametrize(
    ("column", "raw", "form", "values", "wrong"),
    [
        ("humidity_pct", "100", "table", {"humidity_pct": 100.0}, None),
        ("humidity_pct", "-", "table", {"humidity_pct": None}, None),
        ("humidity_pct", "101", "table", {"humidity_pct": None}, "out_of_limits"),
        ("humidity_pct", "x", "table", {"humidity_pct": None}, "unparsed_value"),
        ("precipitation_1h_mm", "0.0", "feed", {"precipitation_1h_mm": 0.0}, None),
        ("precipitation_1h_mm", "-9.0", "feed", {"precipitation_1h_mm": None}, None),
        ("precipitation_1h_mm", "-3.0", "feed", {"precipitation_1h_mm": None}, "out_of_limits"),
        ("dew_point_c", "-9.0", "table", {"dew_point_c": -9.0}, None),
        ("dew_point_c", "−9.0", "table", {"dew_point_c": -9.0}, None),
        ("dew_point_c", "-99.0", "hub", {"dew_point_c": None}, None),
        ("wind_direction", "북북서", "table", {"wind_direction": "NNW"}, None),
        ("wind_direction", "정온", "table", {"wind_direction": "calm"}, None),
        ("wind_direction", "-", "table", {"wind_direction": None}, None),
        ("wind_direction", "36", "hub", {"wind_direction": "N"}, None),
        ("wind_direction", "34", "hub", {"wind_direction": "NNW"}, None),
        ("wind_direction", "37", "hub", {"wind_direction": None}, "out_of_limits"),
        ("wind_direction", "-9", "hub", {"wind_direction": None}, None),
        ("visibility_km", "20 이상", "table", {"visibility_km": 20.0, "visibility_or_more": True}, None),
        ("visibility_km", "0.1", "table", {"visibility_km": 0.1, "visibility_or_more": False}, None),
        ("visibility_km", "-", "table", {"visibility_km": None, "visibility_or_more": None}, None),
    ],
)  # fmt: skip
def test_quantities(column: str, raw: str, form: str, values: dict[str, Any], wrong: str | None) -> None:
    assert clean(column, raw, form) == (values, wrong)


@pytest.mark.parametrize("source", ["table", "feed", "hub"])
def test_every_source_column_is_in_the_schema_or_ignored_by_name(source: str) -> None:
    known = {c.name for c in DATASETS["observations"].columns} | {
        "sky",
        "temperature",
        "stn_id",
        "station",
        "observed_at",
    }
    assert set(lookups("weather")[source].values()) - {""} <= known


@pytest.mark.parametrize("source", ["midterm", "dfs"])
def test_every_element_of_a_forecast_is_in_the_schema_or_ignored_by_name(source: str) -> None:
    assert set(lookups("weather")[source].values()) - {""} <= {c.name for c in DATASETS["forecasts"].columns}


def real(name: str) -> Path:
    path = SHARED / "pages" / "kma" / name
    if not path.exists():
        pytest.skip("the shared pages are not here")
    return path


def test_a_real_mid_term_forecast_equals_its_truth() -> None:
    path = real("midterm_anolddeok.xml")
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    body = path.read_bytes()
    assert kma_rss.recognises(decode(body))
    found = xml(kma_rss.parse, body)
    expected = [(place["province"], place["city"], data) for place in truth["locations"] for data in place["data"]]
    assert {f.issued_at for f in found} == {datetime.fromisoformat(truth["issued_at"])}
    assert len(found) == len(expected)
    for forecast, (province, city, data) in zip(found, expected, strict=True):
        assert forecast.location in {city, f"{city} ({province})"}
        assert (forecast.values["province"], forecast.values["mode"], forecast.valid_at_raw) == (
            province,
            data["mode"],
            data["tmEf"],
        )
        assert forecast.valid_at == kst(data["tmEf"].replace(" ", "T"))
        assert forecast.values["sky_raw"] == data["wf"]
        assert forecast.values["sky"] is not None
        assert (forecast.values["temperature_min_c"], forecast.values["temperature_max_c"]) == (
            float(data["tmn"]),
            float(data["tmx"]),
        )
        assert forecast.values.get("reliability") == (data["reliability"] or None)
        assert forecast.flags == []
    assert len({(f.location, f.valid_at) for f in found}) == len(found)


def test_a_real_short_term_forecast_equals_its_truth() -> None:
    path = real("dfs_yatap_happydarling.xml")
    truth = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    body = path.read_bytes()
    assert kma_rss.recognises(decode(body))
    found = xml(kma_rss.parse, body)
    assert {f.location for f in found} == {truth["category"]}
    assert {f.issued_at for f in found} == {datetime.fromisoformat(truth["issued_at"])}
    names = {
        "temp": "temperature_c",
        "pop": "precipitation_probability_pct",
        "reh": "humidity_pct",
        "ws": "wind_speed_ms",
        "r06": "precipitation_6h_mm",
    }
    for forecast, data in zip(found, truth["data"], strict=True):
        assert forecast.valid_at_raw == f"{data['day']} {data['hour']}"
        assert {n: forecast.values[c] for n, c in names.items()} == {n: round(float(data[n]), 6) for n in names}
        assert forecast.values["temperature_max_c"] == (None if data["tmx"] == "-999.0" else float(data["tmx"]))
        assert forecast.values["sky_raw"] == data["wfKor"]
        assert forecast.values["wind_direction"] == data["wdEn"]
        assert forecast.flags == []
    assert len({f.valid_at for f in found}) == len(found)


def test_real_lines_of_the_feeds() -> None:
    text = real("sfc_web_map_fragments.xml.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("<local")]
    body = (
        '<current xmlns="current"><weather year="2017" month="08" day="04" hour="15">'
        + "".join(lines)
        + "</weather></current>"
    )
    (found,) = xml(kma_feed.parse, body.encode())
    assert found.flags == ["duplicate_station"]  # the fragments are of several hours
    assert [(r.stn_id_raw, r.temperature_c) for r in found.readings][:6] == [
        ("90", 28.2), ("93", 33.6), ("95", 31.9), ("98", 32.8), ("99", 31.3), ("100", 26.2),
    ]  # fmt: skip
    assert (found.readings[-1].sky, found.readings[-1].values["sea_level_pressure_hpa"]) == ("비끝", 1015.1)


@pytest.mark.parametrize(
    ("name", "recognises"),
    [("sfc_web_map.xml", kma_feed.recognises), ("sfc_web_now.xml", kma_feed.recognises), ("midterm.xml", kma_rss.recognises), ("dfs.xml", kma_rss.recognises), ("hub.txt", kma_hub.recognises)],
)  # fmt: skip
def test_documents_are_recognised_and_news_feeds_are_not(name: str, recognises: Callable[..., bool]) -> None:
    assert recognises(decode((KMA / name).read_bytes()))
    news = '<?xml version="1.0"?><rss version="2.0"><channel><title>노을뉴스</title><item><title>날씨</title><description>맑음</description></item></channel></rss>'
    assert not recognises(decode(news.encode()))


@pytest.mark.parametrize(
    ("name", "media", "items"),
    [
        ("city_obs.htm", "html", ["kma_table"]), ("currentweather.htm", "html", ["kma_table"]), ("sfc_web_map.xml", XML, ["kma_feed"]),
        ("sfc_web_now.xml", XML, ["kma_feed"]), ("midterm.xml", XML, ["kma_midterm"] * 4), ("dfs.xml", XML, ["kma_short"] * 3),
        ("hub.txt", "text", ["kma_hub"] * 2),
    ],
)  # fmt: skip
def test_harvest_finds_them_and_they_become_rows(name: str, media: str, items: list[str]) -> None:
    page = Page(None, (KMA / name).read_bytes(), media=media)
    found = [finished(item) for item in harvest(page) if isinstance(item, WeatherBulletin | Forecast)]
    assert [item.source_id for item in found] == items
    written = [row for item in found for row in rows(item)]
    assert {dataset for dataset, _ in written} <= {"bulletins", "observations", "forecasts"}
    for dataset, row in written:
        schema = DATASETS[dataset].schema
        stored = pa.Table.from_pylist([row], schema=schema).to_pylist()[0]
        assert {n: stored[n] for n in ("humidity_pct", "wind_direction") if n in stored} == {
            n: row[n] for n in ("humidity_pct", "wind_direction") if n in stored
        }


def test_a_table_that_cannot_be_read_becomes_a_reject() -> None:
    (item,) = harvest(Page("http://kma.test/city-obs.do", changed("2026.03.02.15:00</div>", "</div>")))
    assert isinstance(item, Reject)
    assert (item.stage, item.reason) == ("parse", "kma_time")
