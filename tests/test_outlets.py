"""The registry: what is in it, what is refused and by which rule, a user's own stanzas."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from newsharvest import registry
from newsharvest.cms import CMS
from newsharvest.cms.keys import article_key
from newsharvest.cms.shapes import FAMILY_ID, SHAPES
from newsharvest.registry import CMS_NAMES, ReferenceDataError, outlet_for, outlets, read_outlets, use_own_outlets

SHARED = Path(__file__).parents[2] / "shared"
Run = Callable[..., Any]

OWN = """
[own_paper]
name = "나루신문"
hosts = ["naru.example"]
cms = "ndsoft"
"""


@pytest.fixture
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Write a user's own file; the registry is the tracked one again afterwards."""
    monkeypatch.setenv(registry.OWN_FILES, "")  # remembered as it was, so that what the test sets is undone

    def write(text: str) -> Path:
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return path

    yield write
    monkeypatch.undo()
    monkeypatch.setenv(registry.OWN_FILES, "")  # remembered as it was, so that what the test sets is undone
    registry.forget()


def test_it_holds_the_demo_papers_and_217_outlets_sorted() -> None:
    known = outlets()
    assert sum(o.demo for o in known.values()) == 3
    assert sum(not o.demo for o in known.values()) == 217
    assert list(known) == sorted(known)


def test_high_and_medium_confidence_is_on_low_is_off_with_its_reason() -> None:
    real = [o for o in outlets().values() if not o.demo]
    assert sum(o.enabled for o in real) == 179
    reasons = {o.disabled_reason for o in real if not o.enabled}
    assert reasons == {
        "only list pages were seen, no article",
        "only its about page was seen, no article",
    }


def test_one_stanza_whole() -> None:
    outlet = outlets()["yonginilbo"]
    assert (outlet.name, outlet.cms, outlet.home) == ("용인신문", "mediaon", "http://www.yonginilbo.com/")
    assert outlet.hosts == ("yonginilbo.com", "www.yonginilbo.com")
    assert (outlet.region_code, outlet.region_basis) == ("41460", "own name (text 용인신문)")
    assert outlet.feeds == ()
    assert outlet.feeds_unverified == ("http://www.yonginilbo.com/data/rss/news.xml",)
    assert outlet.list_pages == ("http://www.yonginilbo.com/news/section.html?sec_no=168",)
    assert (outlet.evidence_url, outlet.evidence_date) == (
        "http://www.yonginilbo.com/news/article.html?no=74644",
        date(2026, 11, 22),
    )
    assert (outlet.robots_checked, outlet.terms_checked, outlet.tls_exception) == (None, None, None)
    assert (outlet.enabled, outlet.disabled_reason, outlet.name_status) == (True, None, "seen")


@pytest.mark.parametrize(
    ("host", "outlet_id"),
    [
        ("www.yonginilbo.com", "yonginilbo"),
        ("m.ggilbo.com", "ggilbo"),
        ("ssl.kado.net", "kado"),
        ("ph.itimes.co.kr", "incheonilbo"),
        ("imgm.kwangju.co.kr", "kwangju"),
        ("news.kwnews.co.kr", "kwnews"),
        ("mtest.kwnews.co.kr", "kwnews"),
        ("gheadline3.mediaon.co.kr", "gheadline"),
        ("1times.netfuhosting.com", "seosantimes"),
        ("honam.co.kr", "mdilbo"),
        ("mobile.busan.com", "busan"),
        ("m.asn24.com", "asn24"),
        ("jgnews.co.kr", "jgnews_co_kr"),
        ("jgnews.kr", "jgnews_kr"),
        ("gg.breaknews.com", "gg_breaknews"),
        ("www.breaknews.com", None),
        ("cafe.asn24.com", None),
        ("xasn24.com", None),
    ],
)
def test_a_host_has_one_outlet_or_none(host: str, outlet_id: str | None) -> None:
    found = outlet_for(f"http://{host.upper()}/x")
    assert (found.outlet_id if found else None) == outlet_id


def test_regions_are_codes_of_2025() -> None:
    codes = {o.outlet_id: o.region_code for o in outlets().values()}
    assert codes["gunwinews"] == "27720"  # 군위군 is of 대구 since 2023-07
    assert codes["muannews"] == "46840"  # 무안군 of 전라남도: its code changed on 2026-07-01
    assert codes["gosnews"] == "48820"  # 고성군 of 경남, not of 강원
    assert codes["srtoday"] == "51820"
    assert codes["kwangju"] == "29"
    path = SHARED / "reference" / "regions.csv"
    if path.exists():
        with path.open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        day = "2025-07-01"
        valid = {r["code"] for r in rows if (r["valid_from"] or "0") <= day <= (r["valid_to"] or "9")}
        assert {code for code in codes.values() if code} <= valid


def test_every_enabled_outlet_has_an_id_rule_that_its_evidence_obeys() -> None:
    names = {shape.id_name for shape in SHAPES}
    for outlet in outlets().values():
        rule = outlet.id_names or ((FAMILY_ID[outlet.cms],) if outlet.cms in FAMILY_ID else ())
        assert set(rule) <= names | {name for name, _ in outlet.id_patterns}
        if outlet.enabled:
            assert rule, outlet.outlet_id
            assert outlet.demo or article_key(outlet.evidence_url or "", outlet) is not None


def test_labels_of_cms_are_one_list() -> None:
    assert set(CMS) <= CMS_NAMES
    assert set(FAMILY_ID) <= CMS_NAMES
    assert {name: family.id_name for name, family in CMS.items()} == {name: FAMILY_ID[name] for name in CMS}


def test_addresses_keep_the_scheme_that_was_seen() -> None:
    schemes = {o.outlet_id: urlsplit(o.home or "").scheme for o in outlets().values() if not o.demo}
    assert set(schemes.values()) == {"http", "https"}
    assert (schemes["seoulilbo"], schemes["imaeil"]) == ("http", "https")


def test_loading_takes_less_than_30_ms() -> None:
    def once() -> float:
        registry.forget()
        began = time.process_time()
        outlets()
        return time.process_time() - began

    assert min(once() for _ in range(5)) < 0.030


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('cms = "ndsoft"\nselector = "div"', "[own_paper]: unknown key selector"),
        ('cms = "wordpress"', "[own_paper]: cms is one of article_php_aid, aspx_view_no"),
        ("", "[own_paper]: cms is missing"),
        ('cms = "ndsoft"\nfeeds = "http://naru.example/rss"', "[own_paper]: feeds is a list of http(s) URLs"),
        ('cms = "ndsoft"\nfeeds = ["/rss"]', "[own_paper]: feeds is a list of http(s) URLs"),
        (
            'cms = "ndsoft"\nhome = "http://other.example/"',
            "[own_paper]: home and list pages lie on a host of the stanza",
        ),
        ('cms = "ndsoft"\nenabled = false', "[own_paper]: disabled_reason stands where enabled = false"),
        ('cms = "ndsoft"\ndisabled_reason = "x"', "[own_paper]: disabled_reason stands where enabled = false"),
        ('cms = "ndsoft"\nenabled = "yes"', "[own_paper]: enabled is true or false"),
        (
            'cms = "ndsoft"\nregion_code = "1"\nregion_basis = "x"',
            "[own_paper]: region_code is a code of 2 or 5 digits",
        ),
        ('cms = "ndsoft"\nregion_code = "11"', "[own_paper]: region_code and region_basis stand together"),
        ('cms = "ndsoft"\nrobots_checked = "2026-01-01"', "[own_paper]: robots_checked is a day, e.g. 2026-11-22"),
        (
            'cms = "ndsoft"\nrobots_checked = 2026-01-01T00:00:00',
            "[own_paper]: robots_checked is a day, e.g. 2026-11-22",
        ),
        (
            'cms = "ndsoft"\ntls_exception = { reason = "x" }',
            "[own_paper]: tls_exception is a table of reason and date",
        ),
        (
            'cms = "ndsoft"\nid_patterns = { a = "(" }',
            "[own_paper]: id_patterns is a table of name = regular expression",
        ),
        (
            'cms = "ndsoft"\nid_patterns = { a = "x" }',
            "[own_paper]: id_patterns is a table of name = regular expression",
        ),
        ('cms = "ndsoft"\nid_patterns = { a = "(x)" }', "[own_paper]: a pattern's name stands in id_names"),
    ],
)
def test_what_breaks_a_rule_is_named(own_file: Callable[[str], Path], change: str, message: str) -> None:
    path = own_file(OWN.replace('cms = "ndsoft"', change))
    with pytest.raises(ReferenceDataError) as raised:
        read_outlets(path)
    assert str(raised.value).startswith(f"own.toml {message}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[Own]\nname='x'", "own.toml [Own]: an id matches"),
        ("[own", "own.toml: no TOML"),
        ("own = 1", "own.toml [own]: a stanza is a table [id]"),
        (
            OWN.replace("naru.example", "Naru.example"),
            "own.toml [own_paper]: hosts is a list of host names in lower case",
        ),
        (OWN.replace('["naru.example"]', "[]"), "own.toml [own_paper]: hosts is a list of host names in lower case"),
        (OWN.replace('"나루신문"', '" 나루신문"'), "own.toml [own_paper]: name is a text without outer blanks"),
    ],
)
def test_what_is_no_stanza_is_named(own_file: Callable[[str], Path], text: str, message: str) -> None:
    with pytest.raises(ReferenceDataError) as raised:
        read_outlets(own_file(text))
    assert str(raised.value).startswith(message)


def test_own_stanzas_join_the_registry(own_file: Callable[[str], Path]) -> None:
    use_own_outlets(own_file(OWN))
    assert len(outlets()) == 221
    assert list(outlets()) == sorted(outlets())
    found = outlet_for("http://www.naru.example/news/articleView.html?idxno=7")
    assert found is not None
    assert (found.outlet_id, found.name) == ("own_paper", "나루신문")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OWN.replace("own_paper", "asn24"), "own.toml [asn24]: the registry has an outlet of this id"),
        (OWN.replace("naru.example", "asn24.com"), "outlets: host asn24.com belongs to [asn24] and [own_paper]"),
    ],
)
def test_own_stanzas_may_not_clash(own_file: Callable[[str], Path], text: str, message: str) -> None:
    with pytest.raises(ReferenceDataError) as raised:
        use_own_outlets(own_file(text))
    assert str(raised.value) == message


def test_a_stanza_may_hold_everything(own_file: Callable[[str], Path]) -> None:
    path = own_file(
        OWN
        + """home = "https://naru.example/"
sitemaps = ["https://naru.example/sitemap.xml"]
id_names = ["seq", "idxno"]
id_patterns = { seq = '^/story/(\\d+)$' }
robots_checked = 2026-11-24
tls_exception = { reason = "certificate ended", date = 2026-11-24 }
enabled = false
disabled_reason = "closed"
"""
    )
    outlet = read_outlets(path)["own_paper"]
    assert outlet.id_patterns == (("seq", r"^/story/(\d+)$"),)
    assert outlet.robots_checked == date(2026, 11, 24)
    assert outlet.tls_exception == {"reason": "certificate ended", "date": date(2026, 11, 24)}
