"""Tickers: found, split and resolved on the real forms, on the seed's 97 entries, and on bad ones."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from newsharvest.items import WeatherBulletin
from newsharvest.markup import document, text_of
from newsharvest.page import Page
from newsharvest.weather import ticker
from tests.conftest import PAGES, SHARED
from tests.weather_tools import dump, from_html, from_text, pairs

SEED = (PAGES / "seed_ticker.txt").read_text(encoding="utf-8")
LINES = [line.removeprefix("  • ") for line in SEED.splitlines() if line.startswith("  • ") and "℃" in line]


def truth() -> list[dict[str, str]]:
    with (PAGES / "seed_ticker.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_seed_equals_its_97_rows() -> None:
    found = from_text(SEED)
    assert found is not None
    assert (found.form, found.displayed_date, found.observed_at) == ("glued", date(2024, 4, 30), None)
    assert found.displayed_date_raw == "2024.04.30 (화)"
    got = [(r.position, r.sky, r.stn_id, r.station, r.temperature_c, r.station_match) for r in found.readings]
    expected = truth()
    assert len(expected) == 97
    assert got == [
        (int(t["position"]), t["sky"], int(t["stn_id"]), t["station"], float(t["temperature_c"]), t["station_match"])
        for t in expected
    ]
    assert [r.stn_id for r in found.readings if r.station_match == "bracket"] == [93, 181, 239, 296]
    assert [r.station_raw for r in found.readings if r.station_match == "bracket"] == [None] * 4
    assert found.flags == []
    assert {r.qc for r in found.readings} == {"good"}


def test_the_lines_of_the_ticker_and_no_others_are_taken() -> None:
    lines = SEED.splitlines()
    found = ticker.find_in_text(lines, Page(None, SEED.encode(), media="text"), "x")
    assert found is not None
    rest = [line for number, line in enumerate(lines) if number not in found[1]]
    assert rest[0] == "노을시, 들꽃 공원 새 산책길 연다"
    assert len(lines) - len(rest) == 99  # the date line, a blank one and 97 entries
    assert found[0].text == "\n".join(LINES)


# One entry under a date line with two plain ones, so that each form is met in a ticker.
FORMS = [
    ("구름조금속초8.2℃", ("구름조금", "속초", 90, 8.2)),
    ("흐림동두천 1.0℃", ("흐림", "동두천", 98, 1.0)),
    ("제주 30.4℃", (None, "제주", 184, 30.4)),
    ("맑음22.9℃", ("맑음", None, None, 22.9)),
    ("맑음고창 ℃", ("맑음", "고창", 172, None)),
    ("맑음고창", ("맑음", "고창", 172, None)),
    ("구름조금고창군", ("구름조금", "고창군", 251, None)),
    ("-거제 -0.6℃", ("-", "거제", 294, -0.6)),
    ("맑음대관령-0.4℃", ("맑음", "대관령", 100, -0.4)),
    ("안개-4.8℃", ("안개", None, None, -4.8)),
    ("비전주16.3℃", ("비", "전주", 146, 16.3)),
    ("박무홍성(예)14.3℃", ("박무", "홍성(예)", 177, 14.3)),
    ("-진도(첨찰산) 30.2℃", ("-", "진도(첨찰산)", 175, 30.2)),
    ("동두천 27.7℃구름많음", ("구름많음", "동두천", 98, 27.7)),
    ("-속초9.5℃", ("-", "속초", 90, 9.5)),
    ("흐림-9.5℃", ("흐림", None, None, -9.5)),
    ("속초-℃", (None, "속초", 90, None)),
    ("--9.5℃", ("-", None, None, -9.5)),
    ("맑음북춘천9.5℃", ("맑음", "북춘천", 93, 9.5)),
    ("비 끝 성산 −3.2℃", ("비 끝", "성산", 188, -3.2)),
    ("약한 비 단속적속초8.2℃", ("약한 비 단속적", "속초", 90, 8.2)),
    ("뇌우,눈/비경주1.0℃", ("뇌우,눈/비", "경주", 283, 1.0)),
    ("천둥번개보성12°C", ("천둥번개", "보성", 258, 12.0)),
    ("맑음가나다12.3℃", (None, "맑음가나다", None, 12.3)),
    ("비끝남양주3.0℃", (None, "비끝남양주", None, 3.0)),
    ("맑음송파3.0℃", ("맑음", "송파", None, 3.0)),
    ("연무3.0℃", ("연무", None, None, 3.0)),
]  # fmt: skip


@pytest.mark.parametrize(("line", "expected"), FORMS)
def test_every_real_form(line: str, expected: tuple[str | None, str | None, int | None, float | None]) -> None:
    found = from_text(dump(["흐림울산13.2℃", line, "흐림강릉9.2℃"]))
    assert found is not None
    reading = found.readings[1]
    assert reading.raw == line
    assert (reading.sky_raw, reading.station_raw, reading.stn_id, reading.temperature_c) == expected


def test_a_dash_before_a_bare_value_is_kept_as_a_sign_and_flagged() -> None:
    found = from_text(dump(["흐림울산13.2℃", "-9.5℃", "흐림강릉9.2℃"]))
    assert found is not None
    assert found.readings[1].temperature_c == -9.5
    assert found.flags == ["ambiguous_sign:2", "ids_not_ascending"]


@pytest.mark.fault("F35")
def test_ambiguous_strings_are_kept_with_their_candidates() -> None:
    found = from_text(dump(["흐림강릉9.2℃", "비끝남양주3.0℃", "맑음송파3.0℃", "흐림울산13.2℃"]))
    assert found is not None
    kept = [(r.station_match, r.station_candidates, r.stn_id) for r in found.readings[1:3]]
    assert kept == [("ambiguous", [541, 598], None), ("unknown", [403], None)]


def li(*entries: str) -> str:
    return "".join(f"<li>{entry}</li>" for entry in entries)


def mediaon(*entries: str) -> str:
    """The structure of mediaon pages, with entries of our own."""
    return (
        '<html><body><div id="top"><p class="today_txt">2026.03.02 (월)</p>\n<div class="weather_box wt02 ico01">'
        f'<ul class="weather_slide" id="weather_slide_0123">{"".join(entries)}</ul><script>slide(1);</script>'
        '<a href="http://www.kma.go.kr/" class="wc">기상청 제공</a></div></div>'
        '<div id="news_body_area"><p>서울 -9.1도, 인천 -7.5도로 추웠다.</p></div></body></html>'
    )


def icon(number: int, sky: str, rest: str) -> str:
    return f'<li class="icon_w"><span class="iw{number:02d}">{sky}</span>{rest}</li>'


SEPARATED = mediaon(
    icon(0, "-", "동두천 -3.8℃"), icon(8, "비", "서울 8.2℃"), icon(0, "", "제주 30.4℃"), icon(1, "맑음", "고창 ℃"),
    icon(1, "맑음", " 24.5℃"), icon(0, "-", "-9.5℃"), icon(9, "돌개바람", "거제 3.0&deg;C"), icon(1, "맑음", "가나다 3.0℃"),
)  # fmt: skip


def test_sky_and_station_that_the_tree_separates() -> None:
    found = from_html(SEPARATED)
    assert found is not None
    assert (found.form, found.displayed_date) == ("dom", date(2026, 3, 2))
    assert [(r.sky_raw, r.sky, r.station_raw, r.stn_id, r.temperature_c) for r in found.readings] == [
        ("-", None, "동두천", 98, -3.8), ("비", "비", "서울", 108, 8.2), ("", None, "제주", 184, 30.4),
        ("맑음", "맑음", "고창", 172, None), ("맑음", "맑음", None, None, 24.5), ("-", None, None, None, -9.5),
        ("돌개바람", None, "거제", 294, 3.0), ("맑음", "맑음", "가나다", None, 3.0),
    ]  # fmt: skip
    assert "ambiguous_sign:6" not in found.flags


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ('<li><a href="#">구름조금속초8.2℃</a></li>', ("구름조금", "속초", 8.2)),
        ('<li><img src="NB01.png" alt="맑음"> 속초 8.2℃</li>', ("맑음", "속초", 8.2)),
        ("<li><span>속초</span> <b>-8.2℃</b></li>", (None, "속초", -8.2)),
        ('<li><span class="iw01">맑음</span><em>속초</em> <b>-8.2</b>℃</li>', ("맑음", "속초", -8.2)),
        ('<li><!-- 1 --><span class="iw00">-</span>속초 8.2 °C</li>', ("-", "속초", 8.2)),
        ("<li>\n\t맑음\n\t속초&nbsp;8.2&nbsp;℃\n</li>", ("맑음", "속초", 8.2)),
    ],
)
def test_other_ways_to_write_an_item(item: str, expected: tuple[str | None, str | None, float]) -> None:
    found = from_html(mediaon(item, icon(4, "흐림", "철원 1.0℃"), icon(4, "흐림", "서울 2.0℃")))
    assert found is not None
    first = found.readings[0]
    assert (first.sky_raw, first.station, first.temperature_c) == expected


def test_take_leaves_no_ticker_in_the_tree() -> None:
    doc = document(Page(None, SEPARATED.encode()))
    found = ticker.take(doc, "x")
    assert found is not None
    assert len(found.readings) == 8
    assert text_of(doc.root).split() == ["서울", "-9.1도,", "인천", "-7.5도로", "추웠다."]


SHAPES = {
    "glued list": '<div class="weather_ticker"><p class="today">2026.03.02 (월)</p><ul>{li}</ul></div>',
    "list without any mark": "<div><ul>{li}</ul></div>",
    "lines of a box": '<div class="today_weather">{br}</div>',
    "boxes in a box": '<div class="kma_slide">{div}</div><p>기상청 제공</p>',
    "entity": '<div class="wthr"><ul>{entity}</ul></div>',
}
ENTRIES = ["흐림강릉9.2℃", "비전주-16.3℃", "맑음3.0℃", "제주 1.0℃", "흐림경주시", "안개고창군 ℃"]
EXPECTED = [(105, 9.2), (146, -16.3), (None, 3.0), (184, 1.0), (283, None), (251, None)]


@pytest.mark.parametrize("shape", SHAPES)
def test_other_shapes_of_a_ticker_in_html(shape: str) -> None:
    html = SHAPES[shape].format(
        li=li(*ENTRIES), br="<br>".join(ENTRIES), div="".join(f"<div>{e}</div>" for e in ENTRIES),
        entity=li(*(e.replace("℃", "&#8451;") for e in ENTRIES)),
    )  # fmt: skip
    assert pairs(from_html(f"<html><body>{html}<p>기사</p></body></html>")) == EXPECTED


def test_one_entry_beside_a_choice_of_stations() -> None:
    options = "".join(f"<option>{name}</option>" for name in ("강릉", "서울", "대전", "천안", "부산", "제주"))
    html = f"<html><body><div><span>천안</span> <b>11 °C</b> <select>{options}</select></div><p>글</p></body></html>"
    assert pairs(from_html(html.replace(options, ""))) == []
    page = "<html><body><div class='top'><p>천안 11 °C</p><select>" + options + "</select></div></body></html>"
    assert pairs(from_html(page)) == [(232, 11.0)]
    assert pairs(from_text("천안 11 °C\n강릉\n서울\n대전\n천안\n부산\n제주\n\n기사 제목")) == [(232, 11.0)]


NO_TICKER = [
    "<p>서울 -9.1도, 인천 -7.5도</p>",
    "<p>서울 -9.1도</p><p>인천 -7.5도</p><p>수원 -8.0도</p><p>춘천 -12.0도</p>",
    "<ul><li>서울 -9.1℃</li><li>인천 -7.5℃</li><li>수원 -8.0℃</li><li>춘천 -12.0℃</li></ul>",
    "<p>서울 -9.1℃<br>인천 -7.5℃<br>수원 -8.0℃<br>춘천 -12.0℃</p>",
    '<div id="bo_v_con"><ul>' + li(*ENTRIES) + "</ul></div>",
    '<div itemprop="articleBody"><p>2026.03.02 (월)</p><ul>' + li("서울 -9.1℃", "인천 -7.5℃", "수원 3℃") + "</ul></div>",
    "<p>낮 최고기온은 30℃</p><p>속초 -2.3도, -1.6도</p>",
    "<p>1~5㎝의 눈, 영하 9도</p>",
    '<div class="weather_box"><p>오늘은 30℃까지 오른다</p></div>',
    "<ul><li>8℃ 이하에서 보관</li><li>30℃를 넘지 않게</li><li>서늘한 곳</li></ul>",
]  # fmt: skip


@pytest.mark.parametrize("body", NO_TICKER)
def test_body_text_never_becomes_an_observation(body: str) -> None:
    assert from_html(f"<html><body><h1>제목</h1>{body}</body></html>") is None


@pytest.mark.parametrize(
    "text",
    [
        "제목\n\n서울 -9.1도, 인천 -7.5도로 추웠다.",
        "제목\n서울 -9.1도\n인천 -7.5도\n수원 -8.0도\n춘천 -12.0도",
        "제목\n서울 -9.1℃\n인천 -7.5℃\n수원 -8.0℃\n춘천 -12.0℃\n본문이다.",
        "2026.03.02 (월)\n\n낮 최고기온은 30℃\n아침은 8℃",
        "제주\n4℃\n서울",
        "제목\n2026.03.02\n서울 -9.1℃\n인천 -7.5℃\n수원 -8.0℃\n본문이다.",
    ],
)
def test_body_text_of_a_dump_never_becomes_an_observation(text: str) -> None:
    assert from_text(text) is None


def test_the_page_without_a_degree_sign_costs_nothing_and_has_none() -> None:
    assert from_html("<html><body><ul><li>맑음속초</li><li>흐림강릉</li></ul></body></html>") is None


@pytest.mark.parametrize(
    ("line", "day", "flags"),
    [
        ("2024.04.30 (화)", date(2024, 4, 30), []),
        ("2024-04-30", date(2024, 4, 30), []),
        ("2024년 4월 30일 화요일", date(2024, 4, 30), []),
        ("2024.04.30 (월)", date(2024, 4, 30), ["displayed_weekday_differs"]),
        ("2024.02.31 (토)", None, ["displayed_date_invalid"]),
    ],
)
def test_date_lines(line: str, day: date | None, flags: list[str]) -> None:
    found = from_text(dump(LINES[4:9], line))
    assert found is not None
    assert (found.displayed_date_raw, found.displayed_date, found.flags) == (line, day, flags)


# F35: bad tickers. What is wrong is quarantined, what is right is kept, and no value goes to another station.
GOOD = ["흐림강릉9.2℃", "흐림동해10.8℃", "구름많음서울17.6℃", "구름많음인천15.1℃", "흐림원주15.3℃", "박무울릉도12.5℃"]
RIGHT = [(105, 9.2), (106, 10.8), (108, 17.6), (112, 15.1), (114, 15.3), (115, 12.5)]
BAD = {
    "missing name": ("구름많음17.6℃", (108, 17.6)),  # 106 < x < 112: only 108
    "missing value": ("구름많음서울℃", (108, None)),
    "nothing but the name": ("구름많음서울", (108, None)),
    "dash for a value": ("구름많음서울-", (108, None)),
    "dash for everything": ("-", (108, None)),
    "implausible": ("구름많음서울99.9℃", (108, 99.9)),
    "sentinel": ("구름많음서울-50℃", (108, None)),
    "unknown station": ("구름많음가나다17.6℃", (None, 17.6)),
    "duplicate with another value": ("구름많음원주17.6℃", (None, 17.6)),
    "garbled value": ("구름많음서울1?.6℃", (108, None)),
    "unknown sky word": ("엉뚱함서울17.6℃", (None, 17.6)),
}


@pytest.mark.fault("F35")
@pytest.mark.parametrize("kind", BAD)
def test_bad_entries_are_quarantined(kind: str) -> None:
    line, expected = BAD[kind]
    found = from_text(dump([*GOOD[:2], line, *GOOD[3:]]))
    got, wanted = pairs(found), [*RIGHT[:2], expected, *RIGHT[3:]]
    if kind.startswith("duplicate"):
        wanted[4] = (None, 15.3)
        assert found is not None
        assert found.flags == ["duplicate_station"]
        assert found.readings[4].station_candidates == [114]
    assert got == wanted


@pytest.mark.fault("F35")
def test_an_implausible_value_is_kept_and_judged() -> None:
    found = from_text(dump([*GOOD[:2], "구름많음서울99.9℃", *GOOD[3:]]))
    assert found is not None
    assert [r.qc for r in found.readings] == ["good", "good", "erroneous", "good", "good", "good"]


def shared(folder: str, ending: str) -> list[Path]:
    found = sorted((SHARED / "pages" / folder).glob(ending))
    return found or [Path(f"no shared/pages/{folder}")]


@pytest.mark.parametrize("path", shared("tickers", "*.txt"), ids=lambda p: p.stem)
def test_real_dumps_equal_their_truth(path: Path) -> None:
    if not path.exists():
        pytest.skip("the shared pages are not here")
    expected = json.loads(path.with_suffix(".truth.json").read_text(encoding="utf-8"))
    found = from_text(path.read_text(encoding="utf-8"))
    assert found is not None
    if "temperatures" in expected:
        assert pairs(found) == [(None, t) for t in expected["temperatures"]]
        return
    assert found.displayed_date == date.fromisoformat(expected["displayed_date"])
    _equal(found, expected)


@pytest.mark.parametrize("path", shared("mediaon", "*.html"), ids=lambda p: p.stem)
def test_real_pages_equal_their_truth(path: Path) -> None:
    if not path.exists():
        pytest.skip("the shared pages are not here")
    found = from_html(path.read_bytes())
    assert found is not None
    expected = json.loads((path.parent / (path.name.split(".")[0] + ".truth.json")).read_text(encoding="utf-8"))
    assert found.displayed_date_raw == expected["displayed_date"]
    _equal(found, expected)


def _equal(found: WeatherBulletin, expected: dict[str, list[dict[str, object]]]) -> None:
    rows = expected["rows"]
    got = [(r.sky, r.station, r.temperature_c) for r in found.readings]
    assert got == [(row["sky"], row["station"], row["temperature_c"]) for row in rows]
    assert all(r.stn_id is not None for r in found.readings)
    assert [r.sky_raw for r in found.readings] == [row.get("sky_raw", row["sky"]) for row in rows]


def test_a_comment_within_an_entry_is_no_text() -> None:
    """Seen as an exception on an article whose container held inline elements and a comment."""
    entries = "".join(
        f"<li><span>맑음</span>{name} <!-- {name} -->8.{n}℃</li>" for n, name in enumerate(("속초", "춘천", "강릉"))
    )
    found = from_html(f'<div class="weather"><p>2026.03.02 (월)</p><ul>{entries}</ul></div>')
    assert found is not None
    assert [(r.station, r.temperature_c) for r in found.readings] == [("속초", 8.0), ("춘천", 8.1), ("강릉", 8.2)]
