"""Where a hostile site tries to lead a crawl: forbidden addresses, schemes, robots.txt, feeds, URLs. One crawl meets all of it."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from newsharvest.archive import pages
from newsharvest.page import Page
from tests.faultsite import (
    HTML,
    Ask,
    Crawled,
    FaultSite,
    Paper,
    answer,
    crawl,
    fault_site,
    hang,
    listing,
    note,
    page,
    path_of,
    redirect,
    reset,
)

pytestmark = pytest.mark.xdist_group("network")

MB = 1 << 20
LEAD, OTHER, START = "lead.test", "other.test", "start.test"
XML, MAPS, URLS, SAME, SLOW = "xml.test", "maps.test", "urls.test", "same.test", "slow.test"
TEXT = "Content-Type: text/plain; charset=utf-8"
SECRET = "c4n4ry-s3cr3t"
FORBID_2 = "User-agent: *\nDisallow: /news/articleView.html?idxno=2\n"
UNREACHABLE: dict[str, Any] = {
    "robots_500": answer("x", status="500 Internal Server Error"),
    "robots_429": answer("x", status="429 Too Many Requests"),
    "robots_rst": reset(),
    "robots_timeout": hang(),
}
ALL_ALLOWED: dict[str, Any] = {
    "robots_404": answer("x", status="404 Not Found"),
    "robots_403": answer("x", status="403 Forbidden"),
    "robots_html": answer("<!DOCTYPE html><html>Disallow: /</html>"),
    "robots_empty": answer("", TEXT),
}
RULED: dict[str, Any] = {
    "robots_8mb": answer(FORBID_2 + "# x\n" * (2 * MB) + "Disallow: /\n", TEXT),
    "robots_nul": answer(FORBID_2.replace("*", "*\0"), TEXT),
    "robots_bom": answer(b"\xef\xbb\xbf" + FORBID_2.encode(), TEXT),
    "robots_cross_redirect": redirect(f"http://{OTHER}/the-rules.txt"),
    "robots_cp949": answer(FORBID_2.encode() + "# 수집 금지\n".encode("cp949"), "Content-Type: text/plain"),
}
ROBOTS = UNREACHABLE | ALL_ALLOWED | RULED
FOREIGN = ("file:///etc/passwd", "ftp://lead.test/x", "data:text/html,x", "s3://lead.test/x", "javascript:alert(1)")


def host_of(name: str) -> str:
    return f"{name.replace('_', '-')}.test"


@contextmanager
def canary() -> Iterator[tuple[int, list[bytes]]]:
    """What no request may reach: a port of loopback, on every address of it, that notes whatever comes."""
    listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    hits: list[bytes] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                hits.append(connection.recv(1000))

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1], hits
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def led_to(port: int) -> dict[str, tuple[str, Any]]:
    """What an article of the leading paper answers, by name, with the fault it stands for."""
    disguises = ("2130706433", "0x7f.1", "127.1", "0", "[::ffff:127.0.0.1]", "inner.kr")
    home = f"http://127.0.0.1:{port}/secret"
    refresh = f'<html><head><meta http-equiv="refresh" content="0;url={home}"></head><body>잠시만</body></html>'
    return {
        "a good page": ("–", answer(page(1), HTML, f"Set-Cookie: id={SECRET}; Domain=.test")),
        "redirect_loopback": ("F14", redirect(home)),
        "meta_refresh": ("F14", answer(refresh)),
        **{f"redirect to {text}": ("F15", redirect(f"http://{text}:{port}/secret")) for text in disguises},
        **{f"redirect to {url.partition(':')[0]}:": ("F16", redirect(url)) for url in FOREIGN},
        "crlf_location": ("F30", redirect(f"http://{OTHER}/landed\rX-Injected:1")),
        "redirect to another paper": ("F31", redirect(f"http://{OTHER}{path_of(5)}")),
    }


def entity(name: str, target: str = "") -> str:
    kinds = {
        "billion_laughs": '<!ENTITY a "lol">'
        + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9)),
        "quadratic": f'<!ENTITY j "{"x" * 50_000}">',
        "xxe": '<!ENTITY j SYSTEM "file:///etc/passwd">',
        "dtd_remote": f'<!ENTITY j SYSTEM "{target}">',
    }
    return f'<?xml version="1.0"?><!DOCTYPE r [{kinds[name]}]>'


ENTITIES = ("billion_laughs", "quadratic", "xxe", "dtd_remote")
URLSET = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


def urlset(*urls: str) -> str:
    return URLSET.format("".join(f"<url><loc>{url}</loc></url>" for url in urls))


def index(*urls: str) -> str:
    return f"<sitemapindex>{''.join(f'<sitemap><loc>{url}</loc></sitemap>' for url in urls)}</sitemapindex>"


def sitemaps() -> dict[str, tuple[Any, tuple[str, str | None]]]:
    """Sitemaps by name, with what is expected of their request."""
    xml = "Content-Type: application/xml"
    many = urlset(*(f"http://{MAPS}{path_of(7)}" for n in range(50_000)))
    return {
        "sitemap_empty": (answer("", xml), ("rejected", "not_xml")),
        "sitemap_html": (answer("<html><body><p>점검 중</p></body></html>"), ("rejected", "not_sitemap")),
        "sitemap_gz_bad": (answer(gzip.compress(urlset(f"http://{MAPS}{path_of(8)}").encode())[:-9], xml), ("rejected", "truncated")),
        "sitemap_nested_loop": (answer(index(f"http://{MAPS}/sitemap_nested_loop.xml", f"http://{MAPS}/deep1.xml"), xml), ("stored", None)),
        "sitemap_50k": (answer(many, xml), ("stored", None)),
    }  # fmt: skip


LONG = {
    "url_1mb": path_of(1) + "&" + "x" * MB,
    "url_2084": "/news/articleView.html?idxno=2&" + "y" * 2_040,
    "url_ctrl_chars": "/news/articleView.html?idxno=3\x01\x02%0d%0aX-Injected:%201",
    "url_unicode_host": f"http://해솔.kr{path_of(4)}",
}
SESSIONS = [
    *(f"{path_of(7)}&PHPSESSID={n:032x}" for n in range(8)),
    *(f"{path_of(7)}&utm_source=s{n}&utm_medium=rss" for n in range(8)),
    "/news/articleView.html?idxno=07", "/news/articleView.html?idxno=007", f"{path_of(7)}#body", f"{path_of(7)}#reply",
    f"{path_of(7)}&page=2", f"http://{SAME}:80{path_of(7)}",
]  # fmt: skip


def routes(port: int) -> dict[tuple[str, str], Any]:
    led = led_to(port)
    found: dict[tuple[str, str], Any] = {(LEAD, path_of(n)): data for n, (_, data) in enumerate(led.values(), 1)}
    found[LEAD, "/list.html"] = listing(*(path_of(n) for n in range(1, len(led) + 1)))
    found |= {(OTHER, "/the-rules.txt"): answer(FORBID_2, TEXT), (OTHER, "/list.html"): listing(path_of(1))}
    found |= {
        (OTHER, path_of(1)): answer(page(1)),
        (OTHER, path_of(5)): answer(page(5)),
        (START, "/list.html"): redirect(f"http://127.0.0.1:{port}/start"),
    }
    for name, robots in ROBOTS.items():
        found[host_of(name), "/robots.txt"] = robots
        found[host_of(name), "/list.html"] = listing(path_of(1), path_of(2))
        found |= {(host_of(name), path_of(n)): answer(page(n)) for n in (1, 2)}
    return found | documents(port)


def documents(port: int) -> dict[tuple[str, str], Any]:
    """Feeds, sitemaps and the lists of odd links."""
    found: dict[tuple[str, str], Any] = {}
    for name in ENTITIES:
        head = entity(name, f"http://127.0.0.1:{port}/dtd")
        used = f"&{'j' * (10_000 if name == 'quadratic' else 1)};"
        found[XML, f"/{name}.rss"] = answer(
            f"{head}<rss><item><link>{used}</link></item></rss>", "Content-Type: text/xml"
        )
        found[XML, f"/{name}.xml"] = answer(head + urlset(used), "Content-Type: text/xml")
    found |= {(MAPS, f"/{name}.xml"): data for name, (data, _) in sitemaps().items()}
    found |= {
        (MAPS, f"/deep{n}.xml"): answer(index(f"http://{MAPS}/deep{n + 1}.xml"), "Content-Type: application/xml")
        for n in range(1, 6)
    }
    found |= {(MAPS, path_of(n)): answer(page(n)) for n in (7, 8)}
    found[URLS, "/list.html"] = listing(*LONG.values(), path_of(9))
    found |= {(URLS, path_of(n)): answer(page(n)) for n in range(1, 10)}
    found[SAME, "/list.html"] = listing(*SESSIONS)
    found[SAME, path_of(7)] = answer(page(7))
    found[SLOW, "/list.html"] = listing(path_of(1), path_of(2), path_of(3))
    found[SLOW, path_of(1)] = lambda ask: (
        answer(page(1)) if ask.before else answer("x", HTML, "Retry-After: 2", status="429 Too Many Requests")
    )
    found |= {(SLOW, path_of(n)): answer(page(n)) for n in (2, 3)}
    return found  # fmt: skip


class Seen:
    """The crawl, the server and the canary."""

    def __init__(self, done: Crawled, site: FaultSite, port: int, hits: list[bytes]) -> None:
        self.done, self.site, self.port, self.hits = done, site, port, hits
        self.outcomes = {row["url"]: (row["outcome"], row["reason"]) for row in done.fetches()}

    def asked(self, host: str) -> list[str]:
        return [path for path in self.site.paths(host) if path != "/robots.txt"]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with canary() as (port, hits), fault_site(routes(port)) as site:
        papers = [
            Paper(LEAD), Paper(OTHER), Paper(START), *(Paper(host_of(name)) for name in ROBOTS),
            Paper(XML, (), tuple(f"/{n}.rss" for n in ENTITIES), tuple(f"/{n}.xml" for n in ENTITIES)),
            Paper(MAPS, (), (), tuple(f"/{name}.xml" for name in sitemaps())),
            Paper(URLS), Paper(SAME), Paper(SLOW), Paper("rebind.kr"), Paper("inner.kr"),
        ]  # fmt: skip
        dns = {"rebind.kr": ["8.8.8.8", "127.0.0.1"], "inner.kr": ["127.0.0.1"]}
        folder = tmp_path_factory.mktemp("network")
        (folder / "data").mkdir()
        (folder / "data" / "newsharvest.toml").write_text('contact = "crawls@example.org"\n', encoding="utf-8")
        done = crawl(folder, site, papers, timeout=150, dns=dns, DOWNLOAD_TIMEOUT=4)
        yield Seen(done, site, port, hits)


def article(number: int, host: str = LEAD) -> str:
    return f"http://{host}{path_of(number)}"


LEADS = list(enumerate(((name, fault) for name, (fault, _) in led_to(1).items()), 1))
AFTER = {
    "a good page": ("stored", None),
    "meta_refresh": ("rejected", "not_article"),
    "crlf_location": ("stored", "gone"),
}
AFTER |= {"redirect to another paper": ("stored", None), "redirect to javascript:": ("failed", "ValueError")}
AFTER |= {f"redirect to {scheme}:": ("failed", "http_302") for scheme in ("file", "ftp", "data", "s3")}
SKIPPED = ("skipped", "forbidden_host")


@pytest.mark.parametrize(
    ("number", "name"),
    [pytest.param(n, name, id=name, marks=pytest.mark.fault(fault)) for n, (name, fault) in LEADS if fault != "–"],
)
def test_where_an_article_leads(seen: Seen, number: int, name: str) -> None:
    expected = AFTER.get(name, SKIPPED)
    fault = dict(entry for _, entry in LEADS)[name]
    note(fault, name, "nothing is asked for there", "{}({})".format(*seen.outcomes[article(number)]))
    assert seen.outcomes[article(number)] == expected
    assert seen.hits == []


@pytest.mark.fault("F14")
def test_a_start_url_leads_nowhere_else_either(seen: Seen) -> None:
    assert seen.outcomes[f"http://{START}/list.html"] == SKIPPED
    assert seen.hits == []


@pytest.mark.fault("F15")
def test_a_name_that_is_loopback_is_not_asked(seen: Seen) -> None:
    assert seen.outcomes["http://inner.kr/list.html"] == ("skipped", "forbidden_address")


@pytest.mark.fault("F17")
def test_a_name_server_that_answers_otherwise_the_second_time(seen: Seen) -> None:
    """The guard hears 8.8.8.8, the connection 127.0.0.1: nothing goes to port 80 of either."""
    assert seen.outcomes["http://rebind.kr/robots.txt"] == ("failed", "dns")
    assert seen.outcomes["http://rebind.kr/list.html"] == ("skipped", "robots_unreachable")
    places = (seen.done.data.parent / "network.log.places").read_text(encoding="utf-8").split("\n")
    assert {place.split()[1] for place in places if place} == {seen.site.url.rpartition(":")[2]}
    note("F17", "dns_rebind", "0 connections", "the lookup for the connection fails; 0 connections but to the site")


@pytest.mark.fault("F16")
def test_no_scheme_but_http_has_a_handler() -> None:
    from newsharvest import settings

    assert {name for name, handler in settings.DOWNLOAD_HANDLERS.items() if handler} == {"http", "https"}


@pytest.mark.fault("F18")
@pytest.mark.parametrize("name", UNREACHABLE)
def test_where_robots_txt_cannot_be_had_nothing_is_fetched(seen: Seen, name: str) -> None:
    host = host_of(name)
    assert seen.asked(host) == []
    assert seen.site.count(host, "/robots.txt") == 3
    assert seen.outcomes[f"http://{host}/list.html"] == ("skipped", "robots_unreachable")
    assert seen.done.exit_code == 3
    note("F18", name, "host skipped, exit 3", "0 pages asked for, robots.txt 3 times, exit 3")


@pytest.mark.fault("F19")
@pytest.mark.parametrize("name", ALL_ALLOWED)
def test_where_there_are_no_rules_all_is_fetched(seen: Seen, name: str) -> None:
    assert sorted(seen.asked(host_of(name))) == ["/list.html", path_of(1), path_of(2)]
    assert set(seen.done.articles(host_of(name))) == {"1", "2"}
    note("F19", name, "all articles", "2 of 2 articles")


@pytest.mark.fault("F20")
@pytest.mark.parametrize("name", RULED)
def test_rules_however_they_are_sent(seen: Seen, name: str) -> None:
    """Of 8 MB the first 512 KiB count: the Disallow of everything in its last line does not."""
    assert sorted(seen.asked(host_of(name))) == ["/list.html", path_of(1)]
    assert seen.outcomes[article(2, host_of(name))] == ("skipped", "robots")
    note("F20", name, "the rule is kept", "1 allowed page fetched, 1 disallowed skipped")


@pytest.mark.fault("F27")
@pytest.mark.parametrize("name", ENTITIES)
def test_entities_are_never_expanded(seen: Seen, name: str) -> None:
    for end in ("rss", "xml"):
        assert seen.outcomes[f"http://{XML}/{name}.{end}"] == ("rejected", "entities")
    assert seen.hits == []
    note("F27", name, "rejected, 0 hits on the remote DTD", "rejected(entities) as feed and as sitemap, 0 hits")


@pytest.mark.fault("F28")
@pytest.mark.parametrize("name", sitemaps())
def test_sitemaps(seen: Seen, name: str) -> None:
    expected = sitemaps()[name][1]
    assert seen.outcomes[f"http://{MAPS}/{name}.xml"] == expected
    note("F28", name, "counted, no crash", "{}({})".format(*expected))


@pytest.mark.fault("F28")
def test_nested_sitemaps_end_at_the_third_and_none_is_asked_for_twice(seen: Seen) -> None:
    asked = seen.asked(MAPS)
    assert [path for path in asked if path.startswith("/deep")] == ["/deep1.xml", "/deep2.xml"]
    assert len(asked) == len(set(asked))
    assert path_of(8) not in asked


@pytest.mark.fault("F29")
def test_odd_links_become_the_canonical_url_or_nothing(seen: Seen) -> None:
    """The key is host, path and number: a megabyte of query is not asked for, control characters are not sent."""
    asked = seen.asked(URLS)
    assert {path_of(1), path_of(2), path_of(9)} <= set(asked)
    assert max(map(len, asked)) < 100
    assert all(path.isprintable() and path.isascii() for path in asked)
    assert not [ask for ask in seen.site.asks if ask.header("X-Injected")]
    note(
        "F29",
        "url_1mb, url_2084, url_ctrl_chars, url_unicode_host",
        "sums hold, nothing odd is sent",
        "canonical URLs asked for, the foreign host not",
    )


@pytest.mark.fault("F31")
def test_nothing_of_one_page_is_told_to_another(seen: Seen) -> None:
    """Cookies set, redirects to another paper, links followed: no request says where it comes from."""
    asks: list[Ask] = seen.site.asks
    assert len(asks) > 60
    for name in ("Cookie", "Referer", "Authorization", "X-Api-Key"):
        assert [ask.path for ask in asks if ask.header(name)] == [], name
    assert not [ask for ask in asks if SECRET.encode() in ask.head]
    note(
        "F31",
        "cookie_cross, referer_secret",
        "nothing sent",
        f"0 of {len(asks)} requests carry Cookie, Referer or Authorization",
    )


@pytest.mark.fault("F32")
def test_twenty_two_links_to_one_article_are_one_download(seen: Seen) -> None:
    assert len(SESSIONS) == 22
    assert seen.asked(SAME) == ["/list.html", path_of(7)]
    assert set(seen.done.articles(SAME)) == {"7"}
    note("F32", "session ids and other spellings ×22", "1 row, ≤ 2 downloads", "1 row, 1 download")


@pytest.mark.fault("F37")
def test_a_pause_that_is_asked_for_is_kept(seen: Seen) -> None:
    first, second = (ask.at for ask in seen.site.asks if (ask.host, ask.path) == (SLOW, path_of(1)))
    between = [
        ask for ask in seen.site.asks if ask.host == SLOW and first < ask.at < first + 1.9 and ask.path != path_of(1)
    ]
    assert second - first >= 1.95
    assert seen.outcomes[article(1, SLOW)] == ("stored", None)
    assert len(between) <= 2  # those that were under way
    note("F37", "429_retry_after 2 s", "gap ≥ 2 s", f"{second - first:.1f} s")


def test_every_request_has_one_outcome(seen: Seen) -> None:
    rows = seen.done.fetches()
    assert sorted(row["sequence"] for row in rows) == list(range(1, len(rows) + 1))
    totals = json.loads(json.dumps(seen.done.report["counts"]))
    articles = sum(count for counts in totals.values() for count in counts.values())
    assert articles == sum(1 for row in rows if row["kind"] == "article")


def test_a_secret_that_a_server_sets_is_nowhere_but_in_its_own_record(seen: Seen) -> None:
    assert SECRET not in seen.done.stderr
    for name in ("fetches", "articles", "rejects", "runs"):
        assert SECRET not in repr(seen.done.rows(name))
    found = [entry for path in (seen.done.data / "archive").glob("*.gz") for entry in pages(path)]
    holding = [entry.url for entry in found if isinstance(entry, Page) and SECRET in repr(entry.headers)]
    assert holding == [article(1)]
