"""The station table, the vocabulary, and names resolved: over every sky word and every station, and over gaps."""

from __future__ import annotations

import itertools
import random
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsharvest import reference
from newsharvest.items import Reading, Source, WeatherBulletin
from newsharvest.reference import ReferenceDataError, asos_ids, sky_words, squeezed, station_names, stations
from newsharvest.weather.entry import entry, splits
from pipelines.stations import StationsPipeline, canonical_sky, resolve
from tests.weather_tools import Stats, dump, from_text, pairs

SEED_IDS = (
    90, 93, 95, 98, 99, 100, 101, 102, 104, 105, 106, 108, 112, 114, 115, 119, 121, 127, 129, 130, 131, 133, 135, 136, 137,
    138, 140, 143, 146, 152, 155, 156, 159, 162, 165, 168, 169, 170, 172, 174, 177, 181, 184, 185, 188, 189, 192, 201, 202,
    203, 211, 212, 216, 217, 221, 226, 232, 235, 236, 238, 239, 243, 244, 245, 247, 248, 251, 252, 253, 254, 255, 257, 258,
    259, 260, 261, 262, 263, 264, 266, 268, 271, 272, 273, 276, 277, 278, 279, 281, 283, 284, 285, 288, 289, 294, 295, 296,
)  # fmt: skip


def test_the_table_holds_every_station_of_the_list() -> None:
    assert asos_ids() == SEED_IDS
    networks = [s.network for s in stations().values()]
    assert {n: networks.count(n) for n in set(networks)} == {"ASOS": 97, "special": 3, "closed": 2, "AWS": 576}
    assert all(
        s.lat and s.lon and s.altitude_m is not None and s.name_en and s.sig_code
        for s in stations().values()
        if s.network == "ASOS"
    )
    assert {s.stn_id for s in stations().values() if s.altitude_source == "unverified"} == {257, 283}


def test_wmo_ids_are_facts_and_never_computed() -> None:
    known = {s.stn_id: s.wmo_id for s in stations().values() if s.network == "ASOS" and s.wmo_id}
    assert len(known) == 49
    assert {i: w for i, w in known.items() if w != str(47000 + i)} == {
        203: "47097", 232: "47145", 235: "47150", 245: "47171", 247: "47173", 279: "47154", 284: "47157",
    }  # fmt: skip
    assert {104, 127, 93, 177, 181, 239, 296}.isdisjoint(known)
    assert stations()[175].wmo_id == "47175"


@pytest.mark.parametrize(
    ("name", "stn_id", "match"),
    [
        ("고창", 172, "named"), ("고창군", 251, "named"), ("홍성(예)", 177, "alias"), ("서청주(예)", 181, "alias"), ("홍성", 177, "named"),
        ("진도", 268, "alias"), ("진도군", 268, "named"), ("진도(레)", 175, "named"), ("진도(첨찰산)", 175, "alias"), ("보성", 258, "alias"),
        ("백령", 102, "alias"), ("문산", 99, "alias"), ("마산", 155, "alias"), ("충무", 162, "alias"), ("주암", 174, "alias"),
        ("순천(주암)", 174, "alias"), ("성산포", 188, "alias"), ("관악산", 116, "alias"), ("경주", 283, "alias"), ("북춘천", 93, "named"),
    ],
)  # fmt: skip
def test_names_that_bite(name: str, stn_id: int, match: str) -> None:
    assert station_names()[name] == (stn_id, match)


def test_the_vocabulary_tells_sky_from_weather() -> None:
    kinds = [w.kind for w in sky_words().values()]
    assert {k: kinds.count(k) for k in set(kinds)} == {
        "sky": 11, "composite": 8, "obscuration": 19, "precipitation": 78, "past": 16, "thunder_wind": 14, "forecast": 7, "missing": 2,
    }  # fmt: skip
    assert sum(w.observed for w in sky_words().values() if w.kind != "missing") == 125
    assert (sky_words()["구름많음"].cloud_tenths, sky_words()["구름많음"].wmo_4677) == ((6, 8), "00-03")


@pytest.mark.parametrize(
    ("word", "canonical"),
    [("비끝남", "비끝"), ("약한비단속", "비"), ("약한 비 단속적", "비"), ("뇌우끝,비", "뇌우끝"), ("눈/비", "비/눈"), ("천둥번개", "뇌우"), ("-", None), ("", None), (None, None), ("가끔 비", None), ("구름 많음", "구름많음"), ("모르는말", None)],
)  # fmt: skip
def test_canonical_words(word: str | None, canonical: str | None) -> None:
    assert canonical_sky(word) == canonical


def _printed_words() -> list[str]:
    """Every word with and without its spaces and slashes, which glued text loses."""
    return sorted(
        {
            form
            for w in sky_words()
            for form in (w, w.replace(" ", ""), w.replace("/", ""), squeezed(w).replace("/", ""))
        }
    )


def test_every_word_before_every_asos_name_splits_in_one_way_and_the_right_one() -> None:
    names = sorted(n for n, (i, _) in station_names().items() if stations()[i].network == "ASOS")
    strings = [(w, n) for w in _printed_words() for n in ["", *names] if w + n]
    assert (len(names), len(strings)) == (120, 23_594)
    wrong = [
        (w, n, splits(w + n)) for w, n in strings if [(squeezed(s), m) for s, m in splits(w + n)] != [(squeezed(w), n)]
    ]
    assert wrong == []


def test_every_word_before_every_aws_name_is_right_unknown_or_one_of_five_ambiguities() -> None:
    ambiguous, wrong = set(), []
    listed = station_names()
    for station in (s for s in stations().values() if s.network == "AWS" and s.name not in listed):
        for word in _printed_words():
            found = entry(f"{word}{station.name}1.0℃")
            if found.match == "ambiguous" and len({stations()[i].name for i in found.candidates}) > 1:
                ambiguous.add(f"{word}{station.name}")
            elif station.stn_id not in found.candidates and f"{word}{station.name}" != "연무":
                wrong.append((word, station.name, found))
    assert {squeezed(a) for a in ambiguous} == {"비끝남양주", "눈끝남양주"}
    assert wrong == []
    assert (entry("연무1.0℃").sky, entry("연무1.0℃").station) == ("연무", None)  # among ASOS stations a sky word


def _full() -> list[str]:
    return [f"흐림{stations()[i].name}{place / 10}℃" for place, i in enumerate(SEED_IDS, 1)]


def _without(lines: list[str], nameless: set[int]) -> list[str]:
    """The lines without the names at these places."""
    return [
        f"흐림{line.rsplit(stations()[i].name, 1)[1]}" if n in nameless else line
        for n, (i, line) in enumerate(zip(_ids(lines), lines, strict=True))
    ]


def _ids(lines: list[str]) -> list[int]:
    names = {stations()[i].name: i for i in SEED_IDS}
    return [names[line.removeprefix("흐림").rstrip("℃.0123456789")] for line in lines]


@settings(max_examples=150, deadline=None)
@given(st.sets(st.integers(0, 96)), st.sets(st.integers(0, 96), max_size=6), st.booleans())
def test_any_subset_of_names_removed_none_is_wrong_and_all_that_can_be_given_are(
    names: set[int], rows: set[int], winter: bool
) -> None:
    absent = rows | ({SEED_IDS.index(181), SEED_IDS.index(296)} if winter else set())
    kept = [line for n, line in enumerate(_full()) if n not in absent]
    ids = _ids(kept)
    nameless = {n for n in names if n < len(kept)}
    found = pairs(from_text(dump(_without(kept, nameless))))
    assert len(found) == len(kept)
    # Independent statement of the rule: between two names, k lines and exactly k stations are these stations.
    marks = [0, *(i for n, i in enumerate(ids) if n not in nameless), 1000]
    for n, (stn_id, value) in enumerate(found):
        truth = ids[n]
        low, high = max(m for m in marks if m <= truth), min(m for m in marks if m >= truth)
        solvable = low == high or not any(low < SEED_IDS[a] < high for a in absent)
        assert stn_id == (truth if solvable else None)
        assert value == (SEED_IDS.index(truth) + 1) / 10


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_two_lines_swapped_give_no_wrong_pair(data: st.DataObject) -> None:
    nameless = {1, 41, 60, 96}
    lines = _without(_full(), nameless)
    one, other = data.draw(st.integers(0, 96)), data.draw(st.integers(0, 96))
    if {one, other} <= nameless:
        return  # nothing on the page tells two nameless lines apart
    lines[one], lines[other] = lines[other], lines[one]
    values = {(i, n / 10) for n, i in enumerate(SEED_IDS, 1)}
    assert all(pair[0] is None or pair in values for pair in pairs(from_text(dump(lines))))


def test_a_shuffled_list_solves_nothing_but_what_it_names() -> None:
    lines = _without(_full(), {1, 41, 60, 96})
    for seed in range(20):
        random.Random(seed).shuffle(lines)
        found = from_text(dump(lines))
        assert found is not None
        assert all(r.station_match != "bracket" for r in found.readings)
        assert "ids_not_ascending" in found.flags


def test_short_lists_are_solved_between_names_and_never_at_their_ends() -> None:
    assert [i for i, _ in pairs(from_text(dump(["흐림1.0℃", "흐림철원2.0℃", "흐림4.0℃", "흐림파주3.0℃"])))] == [
        None,
        95,
        98,
        99,
    ]
    assert [i for i, _ in pairs(from_text(dump(["흐림대구1.0℃", "흐림2.0℃", "흐림광주3.0℃", "흐림4.0℃"])))] == [
        143,
        None,
        156,
        None,
    ]


def test_two_candidates_are_kept_and_none_is_chosen() -> None:
    found = from_text(dump(["흐림대구1.0℃", "흐림2.0℃", "흐림광주3.0℃"]))
    assert found is not None
    assert (found.readings[1].station_match, found.readings[1].station_candidates) == ("unknown", [146, 152, 155])


def test_a_station_that_did_not_operate_is_no_candidate() -> None:
    lines = ["흐림금산1.0℃", "흐림2.0℃", "흐림부안3.0℃"]
    assert pairs(from_text(dump(lines, "2019.06.01 (토)")))[1] == (None, 2.0)
    assert pairs(from_text(dump(lines, "2024.06.01 (토)")))[1] == (239, 2.0)


def test_an_unknown_name_stops_the_rule() -> None:
    assert [i for i, _ in pairs(from_text(dump(["흐림속초1.0℃", "흐림2.0℃", "흐림가나다2.5℃", "흐림철원3.0℃"])))] == [
        90,
        None,
        None,
        95,
    ]


def test_the_same_value_twice_is_no_contradiction() -> None:
    found = from_text(dump(["흐림속초1.0℃", "흐림철원3.0℃", "흐림속초1.0℃"]))
    assert pairs(found) == [(90, 1.0), (95, 3.0), (90, 1.0)]


@pytest.mark.parametrize(
    ("number", "name", "expected"),
    [
        ("90", "속초", (90, "named", (90,))), ("90", None, (90, "named", (90,))), ("177", "홍성(예)", (177, "named", (177,))),
        ("90", "춘천", (None, "ambiguous", (90, 101))), ("9999", "속초", (None, "unknown", ())), ("x", "속초", (None, "unknown", ())),
        ("403", "송파", (403, "named", (403,))), ("732", "보성", (732, "named", (732,))),
    ],
)  # fmt: skip
def test_a_stated_number_decides_unless_the_name_contradicts(
    number: str, name: str | None, expected: tuple[object, ...]
) -> None:
    found, _ = resolve([Reading(1, "", station_raw=name, stn_id_raw=number)], None)
    assert (found[0].stn_id, found[0].match, found[0].candidates) == expected


def test_the_pipeline_counts_and_is_idempotent() -> None:
    readings = [
        Reading(1, "", "맑음", "속초"),
        Reading(2, "", "비"),
        Reading(3, "", "엉뚱함", "철원"),
        Reading(4, "", "-", "가나다"),
    ]
    item, stats = WeatherBulletin("x", "", Source(), "glued", readings=readings), Stats()
    pipeline = StationsPipeline(stats)
    once = [
        (r.stn_id, r.station, r.station_match, tuple(r.station_candidates), r.sky)
        for r in pipeline.process_item(item).readings
    ]  # type: ignore[union-attr]
    assert once == [
        (90, "속초", "named", (90,), "맑음"), (93, "북춘천", "bracket", (93,), "비"), (95, "철원", "named", (95,), None), (None, None, "unknown", (), None),
    ]  # fmt: skip
    assert stats.values["newsharvest/station/bracket"] == 1
    assert stats.values["newsharvest/sky/unknown_word"] == 1
    again = [
        (r.stn_id, r.station, r.station_match, tuple(r.station_candidates), r.sky)
        for r in pipeline.process_item(item).readings
    ]  # type: ignore[union-attr]
    assert again == once


HEADER = "stn_id,network,name,variants,aliases,legacy_names,name_en,wmo_id,wmo_source,lat,lon,coordinate_sources,altitude_m,altitude_source,since,since_source,until,sido,sigungu,sig_code,sig_code_2025,flags"
ROW = "90,ASOS,속초,,,,Sokcho,47090,S8,38.25,128.56,4,17.5,S3,,,,,,,,"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([ROW, ROW], "line 3: must have stn_id 90 once"),
        ([ROW.replace("ASOS", "asos")], "line 2: must have a network"),
        ([ROW.replace("38.25", "83.25")], "line 2: must have a latitude in South Korea"),
        ([ROW.replace("38.25", "")], "line 2: must have both or neither of lat and lon"),
        ([ROW.replace("S3", "")], "line 2: must have a source exactly where there is an altitude"),
        ([ROW.replace("S8", "")], "line 2: must have a source exactly where there is a WMO id"),
        ([ROW.replace(",17.5,S3", ",,")], "line 2: must have position and altitude"),
        ([ROW + ","], "line 2: must have as many cells as the header"),
        ([ROW.replace("38.25", "x")], "line 2: could not convert"),
        ([ROW.replace("90,", "95,", 1), ROW], "not sorted by stn_id"),
        ([ROW, ROW.replace("90,ASOS,속초,,", "95,ASOS,철원,,속초")], "속초 means 90 and 95"),
    ],
)
def test_a_bad_table_names_file_line_and_rule(
    rows: list[str], rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stations.csv").write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    monkeypatch.setattr(reference, "directory", lambda: tmp_path)
    with pytest.raises(ReferenceDataError, match=r"stations\.csv") as caught:
        stations.__wrapped__()
    assert rule in str(caught.value)


def test_operating_periods() -> None:
    assert [stations()[239].operates_on(d) for d in (date(2020, 3, 31), date(2020, 4, 1), None)] == [False, True, True]
    assert stations()[135].operates_on(date(1935, 6, 1))
    assert not stations()[135].operates_on(date(1934, 12, 31))
    assert all(stations()[i].operates_on(date(2024, 4, 30)) for i in SEED_IDS)


def test_neighbouring_ids_leave_one_station_at_the_four_nameless_places() -> None:
    gaps = {
        (a, c): b
        for a, b, c in zip(
            SEED_IDS, itertools.islice(SEED_IDS, 1, None), itertools.islice(SEED_IDS, 2, None), strict=False
        )
    }
    assert [gaps[pair] for pair in ((90, 95), (177, 184), (238, 243))] == [93, 181, 239]
