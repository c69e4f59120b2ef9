"""Pages of KMA are told by what they hold; the registry of their addresses; a revised table replaces the first."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from newsharvest.chain import Chain
from newsharvest.harvest import harvest
from newsharvest.items import Article, Forecast, Item, Reject, WeatherBulletin
from newsharvest.kma_registry import kma_source_for, kma_sources, read_sources
from newsharvest.page import HTML, TEXT, XML, Page
from newsharvest.registry import ReferenceDataError
from newsharvest.schema.columns import DATASETS
from newsharvest.schema.joining import join_all
from newsharvest.schema.rows import rows
from newsharvest.store import Collector, Sink
from tests.conftest import PAGES

KMA = PAGES / "kma"
CITY = (KMA / "city_obs.htm").read_text(encoding="utf-8")


def sources_of(items: list[Item]) -> list[str]:
    return [item.source_id for item in items if isinstance(item, WeatherBulletin | Forecast)]


def rejected(page: Page) -> tuple[str, str]:
    (item,) = harvest(page)
    assert isinstance(item, Reject)
    return item.stage, item.reason


DOCUMENTS = {
    "sfc_web_map.xml": "kma_feed", "sfc_web_now.xml": "kma_feed", "midterm.xml": "kma_midterm", "dfs.xml": "kma_short", "hub.txt": "kma_hub",
}  # fmt: skip
TABLES = {"city_obs.htm": "kma_table", "currentweather.htm": "kma_table"}


@pytest.mark.parametrize(
    ("name", "source", "media"),
    [
        *((name, source, media) for name, source in DOCUMENTS.items() for media in (HTML, XML, TEXT)),
        *((name, source, HTML) for name, source in TABLES.items()),
    ],
)
def test_what_a_server_calls_a_document_does_not_matter(name: str, source: str, media: str) -> None:
    found = sources_of(harvest(Page(None, (KMA / name).read_bytes(), media=media)))
    assert found
    assert set(found) == {source}


@pytest.mark.parametrize(
    ("name", "media"), [("city_obs.htm", HTML), ("currentweather.htm", HTML), ("midterm.xml", XML), ("hub.txt", TEXT)]
)
def test_a_registered_papers_page_is_never_kmas(name: str, media: str) -> None:
    body = (KMA / name).read_bytes()
    assert sources_of(harvest(Page("http://unknown.test/x", body, media=media)))
    assert sources_of(harvest(Page("http://www.haeram.test/x", body, media=media))) == []


def test_a_hub_text_whose_first_line_was_cut_off() -> None:
    text = (KMA / "hub.txt").read_bytes().decode("euc-kr")
    cut = text.removeprefix("#START7777\n")
    assert cut != text
    assert sources_of(harvest(Page(None, cut.encode("euc-kr"), media=TEXT))) == ["kma_hub", "kma_hub"]


def test_a_newspapers_table_of_that_name_is_no_table_of_kma() -> None:
    """Without the line that states the hour it is another site's: the page is read as any other."""
    body = CITY.replace("cmp-table-topinfo", "info").encode()
    assert rejected(Page("http://paper.test/x.html", body)) == ("parse", "not_article_nor_ticker")


def test_the_hours_of_one_station_are_no_hour_of_all_stations() -> None:
    """currentweather.jsp?stn=152 shows rows 17.14H, 17.13H … of one station in the same table."""
    body = CITY
    for number in (259, 102, 108, 90, 184):
        body = body.replace(f"stn={number}", "stn=105")
    assert rejected(Page(None, body.encode())) == ("parse", "kma_rows")


def test_an_address_of_kma_without_its_table_is_a_reject_and_never_an_article() -> None:
    text = "".join(f"<p>해람시는 올해 사업 {n}건을 차례로 진행할 계획이라고 밝혔다.</p>" for n in range(30))
    page = f'<html><head><meta property="og:type" content="article"><meta property="og:title" content="새 화면 안내"></head><body><h1>새 화면 안내</h1><div id="articleBody">{text}</div></body></html>'.encode()
    (elsewhere,) = harvest(Page("http://paper.test/news/articleView.html?idxno=12", page))
    assert isinstance(elsewhere, Article)
    assert rejected(Page("https://www.weather.go.kr/w/weather/land/city-obs.do?tm=2026.3.2.9:00", page)) == (
        "parse",
        "not_kma",
    )
    assert rejected(Page("http://www.kma.go.kr/XML/weather/sfc_web_map.xml", b"<rss><channel/></rss>", media=XML)) == (
        "parse",
        "not_kma",
    )


class Rows(Sink):
    def __init__(self) -> None:
        self.collector = Collector()
        self.items: list[Item] = []

    def put(self, item: Item) -> None:
        self.items.append(item)


def landed(body: str, hour: int) -> list[tuple[str, dict[str, object]]]:
    sink = Rows()
    fetched = datetime(2026, 3, 2, hour, tzinfo=UTC)
    Chain(sink).page(Page("http://www.weather.test/w/weather/land/city-obs.do", body.encode(), fetched_at=fetched))
    return [row for item in sink.items for row in rows(item)]


@pytest.mark.parametrize("order", [1, -1])
def test_a_revised_table_of_the_same_hour_replaces_the_first_whatever_the_order(order: int) -> None:
    revised = CITY.replace("<td>-3.4</td>", "<td>-3.1</td>")
    # The station of the last row is no longer there: a block is replaced whole, so that its old row goes.
    start, end = revised.rindex("<tr>"), revised.rindex("</tr>") + len("</tr>")
    revised = revised[:start] + revised[end:]
    both = [*landed(CITY, 6), *landed(revised, 7)][::order]
    observations = join_all(DATASETS["observations"], [row for name, row in both if name == "observations"])
    assert {row["bulletin_id"] for row in observations} == {observations[0]["bulletin_id"]}
    assert sorted((row["position"], row["stn_id"], row["temperature_c"]) for row in observations) == [
        (1, 105, -3.1), (2, 259, 3.6), (3, 102, -1.0), (4, 108, -9.0), (5, 90, None),
    ]  # fmt: skip
    (bulletin,) = join_all(DATASETS["bulletins"], [row for name, row in both if name == "bulletins"])
    assert (bulletin["readings"], bulletin["first_seen_at"].hour, bulletin["last_seen_at"].hour) == (5, 6, 7)


def test_the_registry_names_what_is_asked_for() -> None:
    known = kma_sources()
    assert {s.gives for s in known.values() if s.demo} == {"kma_table", "kma_feed", "kma_midterm", "kma_short"}
    assert {s.source_id for s in known.values() if s.enabled} == {s.source_id for s in known.values() if s.demo}
    assert all(host.endswith(".test") == s.demo for s in known.values() for host in s.hosts)
    assert [s.source_id for s in known.values() if s.key] == ["kma_api_hub"]
    found = kma_source_for("http://www.kma.go.kr/wid/queryDFSRSS.jsp?zone=1159068000")
    assert found is not None
    assert found.source_id == "kma_short"
    assert kma_source_for("http://[bad") is None
    assert kma_source_for("http://www.kma.go.kr/") is None


STANZA = '[kma_x]\nname = "이름"\ngives = "kma_feed"\nurls = ["http://a.kr/x"]\n'


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[kma_x", "kma.toml: no TOML"),
        (STANZA + 'selector = "x"', "[kma_x]: unknown key selector"),
        (STANZA.replace("kma_feed", "feed"), "[kma_x]: gives is one of kma_feed"),
        (STANZA.replace('name = "이름"\n', ""), "[kma_x]: name is missing"),
        (STANZA.replace("http://a.kr/x", "ftp://a.kr/x"), "[kma_x]: urls is a list of http"),
        (STANZA + 'key = "secret-value"', "[kma_x]: key is the name of an environment variable"),
        (STANZA + "enabled = false", "[kma_x]: disabled_reason stands where"),
        (STANZA.replace("kma_x", "demo_haeram"), "[demo_haeram]: an id"),
        (STANZA.replace("[kma_x]", "[kma]"), "[kma]: an id"),
        (STANZA + STANZA.replace("kma_x", "kma_a"), "not sorted by id"),
    ],
)
def test_a_stanza_that_breaks_a_rule_is_named(text: str, rule: str) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        read_sources(text)
    assert rule in str(caught.value)
    assert read_sources(STANZA)["kma_x"].urls == ("http://a.kr/x",)
