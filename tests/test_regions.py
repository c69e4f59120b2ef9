"""Regions: the table of codes, and tagging against sentences that were labelled before there was any code."""

from __future__ import annotations

import csv
import math
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from newsharvest.chain import Stats
from newsharvest.items import Article, RegionTag, Source
from newsharvest.reference import ASOS, ReferenceDataError, outlets, stations
from newsharvest.region_codes import codes_on, is_whole, lies_in, regions
from newsharvest.schema import DATASETS, rows
from pipelines.regions import RegionsPipeline, tag

SETS = sorted((Path(__file__).parent / "regions").glob("*.tsv"))
DAY = date(2025, 5, 12)


def sentences(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True))


def tags(row: dict[str, str]) -> list[RegionTag]:
    home = outlets()[row["outlet_id"]].region_code if row["outlet_id"] else None
    return tag([(row["where"], row["text"])], date.fromisoformat(row["date"]), home)


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_precision_and_recall_on_the_labelled_sentences(path: Path) -> None:
    """Codes: precision ≥ .97, recall ≥ .90. A name labelled ambiguous is flagged, never answered; few others are flagged."""
    right = wrong = missed = flagged = overflagged = unflagged = 0
    errors = []
    for row in sentences(path):
        found = tags(row)
        codes, expected = {t.code for t in found if t.code}, set(row["codes"].split())
        open_, labelled = {t.evidence for t in found if t.ambiguous}, set(row["ambiguous"].split())
        right, wrong, missed = (
            right + len(codes & expected),
            wrong + len(codes - expected),
            missed + len(expected - codes),
        )
        flagged += len(open_ & labelled)
        overflagged, unflagged = overflagged + len(open_ - labelled), unflagged + len(labelled - open_)
        if codes != expected or open_ != labelled:
            errors.append((row["date"], row["outlet_id"], row["text"], codes ^ expected, open_ ^ labelled))
    assert right / (right + wrong) >= 0.97, errors
    assert right / (right + missed) >= 0.90, errors
    assert unflagged <= 0.1 * (flagged + unflagged), errors
    assert overflagged <= 0.02 * right, errors


def test_there_are_enough_sentences_and_every_kind_of_them() -> None:
    rows_ = sentences(SETS[-1]) if len(SETS) == 1 else [row for path in SETS for row in sentences(path)]
    assert len(rows_) >= 300
    assert sum(not row["codes"] and not row["ambiguous"] for row in rows_) >= 60
    assert sum(bool(row["ambiguous"]) for row in rows_) >= 10
    assert {row["where"] for row in rows_} == {"title", "dateline", "body"}
    for row in rows_:
        for code in row["codes"].split():
            assert regions()[code].valid_on(date.fromisoformat(row["date"])), row


def article(**fields: object) -> Article:
    source = Source(url="http://a.test/1", fetched_at=datetime(2025, 5, 12, 16, tzinfo=UTC))
    return Article("gnnews", "1", source, **fields)  # type: ignore[arg-type]


def tagged(**fields: object) -> Article:
    made = article(**fields)
    RegionsPipeline(Stats()).process_item(made)
    return made


def test_evidence_stands_where_the_tag_says() -> None:
    made = tagged(
        title="통영 굴 축제", dateline_raw="(통영=연합뉴스) 홍길순 기자 =", dateline_outlet="연합뉴스",
        paragraphs=["경남 통영시는 12일 굴 축제를 연다.", "거제시와 고성군도 함께한다. 고성군은 올해 처음이다."],
    )  # fmt: skip
    assert [(t.code, t.where, t.count, t.basis) for t in made.regions] == [
        ("48220", "title", 3, "name"),
        ("48310", "body", 1, "name"),
        ("48820", "body", 2, "row"),
    ]
    fields = {"title": made.title, "dateline": made.dateline_raw, "body": made.body}
    for found in made.regions:
        text = fields[found.where]
        assert text is not None
        assert text[found.start : found.start + len(found.evidence)] == found.evidence
        assert found.sido_code == "48"
        assert found.candidates == [found.code]


def test_an_ambiguous_name_lists_what_it_may_mean_and_has_no_code() -> None:
    (found,) = tag([("body", "서구는 도서관을 짓는다.")], date(2026, 7, 2))
    assert found.ambiguous
    assert found.code is None
    assert found.sido_code is None
    # 인천 서구 was divided the day before: its two heirs are candidates, its own code is none any more.
    assert found.candidates == ["12240", "26140", "27170", "28275", "28290", "30170"]
    (incheon,) = tag([("body", "옛 인천 서구의 주민이다.")], date(2026, 7, 2))
    assert (incheon.code, incheon.sido_code, incheon.candidates) == (None, "28", ["28275", "28290"])


def test_a_merger_seen_from_before_means_all_of_its_parts() -> None:
    found = tag([("title", "전남광주통합특별시 출범 준비")], date(2026, 3, 2))
    assert [t.code for t in found] == ["29", "46"]
    assert not any(t.ambiguous for t in found)


def test_the_whole_article_speaks_for_a_name() -> None:
    lead = "속초시와 양양군이 협약했다."
    found = tag([("body", f"{lead}\n고성군은 빠졌다.")], DAY)
    assert [(t.code, t.basis) for t in found] == [("51210", "name"), ("51830", "name"), ("51820", "context")]
    both = tag([("body", f"{lead} 거제시도 왔다.\n고성군은 빠졌다.")], DAY)
    assert [t.candidates for t in both if t.ambiguous] == [["48820", "51820"]]


def test_figures_between_the_names_of_a_row_and_a_province_that_is_a_city_too() -> None:
    """As the health office prints them: 경기 is a word, 광주 two places; the row and 대전 say what they are."""
    text = "신규 확진은 서울 3명, 경기 7명, 인천 2명이다. 수도권과 광주, 대전에서 늘었고 성남시와 경기(6명), 대구(1명)도 늘었다."
    found = tag([("body", text)], DAY)
    assert [(t.code, t.count) for t in found] == [
        ("11", 1),
        ("41", 2),
        ("28", 1),
        ("29", 1),
        ("30", 1),
        ("41130", 1),
        ("27", 1),
    ]


def test_home_speaks_where_nothing_contradicts() -> None:
    own = tag([("body", "고성군은 축제를 연다.")], DAY, "48820")
    assert [(t.code, t.basis) for t in own] == [("48820", "outlet")]
    province = tag([("body", "고성군은 축제를 연다.")], DAY, "48")
    assert [t.code for t in province] == ["48820"]
    doubt = tag([("body", "속초시 관광객이 늘었다. 고성군도 그렇다.")], DAY, "48")
    assert [t.candidates for t in doubt if t.ambiguous] == [["48820", "51820"]]


def test_the_day_is_of_publication_else_of_reception_in_korea() -> None:
    late = datetime(2023, 6, 30, 16, tzinfo=UTC)  # 1 July in Korea
    assert [t.code for t in tagged(paragraphs=["군위군은 마늘을 판다."], published_at=late).regions] == ["27720"]
    early = datetime(2023, 6, 30, 14, tzinfo=UTC)
    assert [t.code for t in tagged(paragraphs=["군위군은 마늘을 판다."], published_at=early).regions] == ["47720"]
    assert [t.code for t in tagged(paragraphs=["군위군은 마늘을 판다."]).regions] == ["27720"]


def test_a_dateline_names_its_paper_and_its_place() -> None:
    made = tagged(dateline_raw="[경남일보 진주]", dateline_outlet="경남일보", paragraphs=["시는 새 다리를 놓는다."])
    assert [(t.code, t.where, t.evidence) for t in made.regions] == [("48170", "dateline", "진주")]


def test_counts() -> None:
    stats = Stats()
    pipeline = RegionsPipeline(stats)
    for text in ("비가 내린다.", "서구에 비가 내린다.", "춘천시에 비가 내린다."):
        made = article(paragraphs=[text])
        made.outlet_id = "nowhere"
        pipeline.process_item(made)
    assert stats.values == {"newsharvest/regions/none": 1, "newsharvest/regions/ambiguous": 1}


def test_the_column_holds_what_the_pipeline_found() -> None:
    made = tagged(paragraphs=["서구와 울산 중구가 협약했다."])
    ((_, row), _) = rows(made)
    schema = DATASETS["articles"].schema
    (stored,) = pa.Table.from_pylist([{n: row[n] for n in schema.names}], schema=schema)["regions"].to_pylist()
    assert stored == [asdict(found) for found in made.regions]
    assert [found["code"] for found in stored] == [None, "31110"]


@pytest.mark.parametrize(
    ("code", "day", "codes"),
    [
        ("47720", date(2023, 6, 30), ("47720",)),
        ("47720", date(2023, 7, 1), ("27720",)),
        ("27720", date(2023, 6, 30), ("47720",)),
        ("42820", date(2023, 6, 11), ("51820",)),
        ("52110", date(2024, 1, 17), ("45110",)),
        ("29170", date(2026, 7, 1), ("12300",)),
        ("12300", date(2026, 6, 30), ("29170",)),
        ("29", None, ("12",)),
        ("28140", date(2026, 7, 1), ("28125",)),
        ("28110", date(2026, 7, 1), ("28125", "28155")),
        ("41597", date(2026, 1, 31), ("41590",)),
        ("41597", date(2026, 2, 1), ("41597",)),
        ("36", date(2010, 1, 1), ()),
    ],
)
def test_codes_on_a_day(code: str, day: date | None, codes: tuple[str, ...]) -> None:
    assert codes_on(code, day) == codes


def test_what_is_whole() -> None:
    assert is_whole("12", date(2026, 1, 1))
    assert not is_whole("28260", date(2026, 7, 1))
    assert not is_whole("36", date(2010, 1, 1))


def test_the_regions_of_a_day_are_a_tree_and_districts_follow_their_province() -> None:
    for day, provinces, leaves in (
        (date(2022, 1, 1), 17, 248),
        (date(2025, 1, 1), 17, 251),
        (date(2026, 8, 1), 16, 256),
    ):
        valid = [r for r in regions().values() if r.valid_on(day)]
        assert sum(r.level == "sido" for r in valid) == provinces
        assert sum(r.is_leaf for r in valid) == leaves, day
        for region in valid:
            if region.parent_code:
                assert regions()[region.parent_code].valid_on(day), region
                assert region.code[:2] == region.parent_code[:2]
    assert lies_in("41111", "41110")
    assert lies_in("41111", "41")
    assert not lies_in("41110", "41111")


def test_the_nearest_station_follows_from_the_coordinates() -> None:
    def km(a: float, b: float, c: float, d: float) -> float:
        a, b, c, d = (math.radians(x) for x in (a, b, c, d))
        h = math.sin((a - c) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((b - d) / 2) ** 2
        return 2 * 6371.0088 * math.asin(math.sqrt(h))

    observing = [s for s in stations().values() if s.network == ASOS and s.lat is not None and s.lon is not None]
    for region in regions().values():
        near = min((km(region.lat, region.lon, s.lat or 0, s.lon or 0), s.stn_id) for s in observing)
        assert (near[1], round(near[0], 1)) == (region.nearest_asos, region.nearest_asos_km), region


def test_a_damaged_table_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from newsharvest import reference, region_codes

    lines = (reference.directory() / "regions.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "regions.csv").write_text("\n".join([lines[0], lines[1].replace("sido", "city")]), encoding="utf-8")
    monkeypatch.setattr(reference, "directory", lambda: tmp_path)
    region_codes.regions.cache_clear()
    with pytest.raises(ReferenceDataError, match=r"regions\.csv line 2: must have a code of its level"):
        regions()
    region_codes.regions.cache_clear()
