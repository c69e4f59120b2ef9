"""KMA's hosts of the demo site: which page stands under which address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsharvest.demo import kma_feeds, kma_tables

HTML, XML, PLAIN = "text/html", "text/xml", "text/plain"
TABLE_HOST, FEED_HOST = "www.weather.test", "www.kma.test"
_ROBOTS = "User-agent: *\nDisallow: /admin/\nDisallow: /w/resources/\nAllow: /\n"
_MISSING = "<!DOCTYPE html>\n<html lang='ko'><head><title>안내</title></head><body><p>요청하신 페이지를 찾을 수 없습니다.</p></body></html>\n"


@dataclass(frozen=True, slots=True)
class Printed:
    """A page before it becomes a response; ``hour`` and ``minute`` are those of its last change."""

    status: int
    text: str
    kind: str
    encoding: str = "utf-8"
    hour: int = 10
    minute: int = 9


def _robots(_day: int) -> Printed:
    return Printed(200, _ROBOTS, PLAIN, hour=0, minute=0)


_PAGES: dict[str, dict[str, Callable[[int], Printed]]] = {
    TABLE_HOST: {
        "/robots.txt": _robots,
        "/w/weather/land/city-obs.do": lambda day: Printed(200, kma_tables.city_obs(day), HTML),
    },
    FEED_HOST: {
        "/robots.txt": _robots,
        "/weather/observation/currentweather.jsp": lambda day: Printed(
            200, kma_tables.currentweather(day), HTML, "cp949", 9
        ),
        "/XML/weather/sfc_web_map.xml": lambda day: Printed(200, kma_feeds.hourly(day), XML),
        "/weather/forecast/mid-term-rss3.jsp": lambda day: Printed(200, kma_feeds.midterm(day), XML, hour=6),
        "/wid/queryDFSRSS.jsp": lambda day: Printed(200, kma_feeds.short(day), XML, hour=8),
    },
}
HOSTS = frozenset(_PAGES)


def page(host: str, path: str, day: int) -> Printed:
    """The page under a path of one of `HOSTS`, whatever its query; a notice where there is none.

    >>> page("www.kma.test", "/wid/queryDFSRSS.jsp?zone=5100000000", 1).kind
    'text/xml'
    """
    found = _PAGES[host].get(urlsplit(path).path)
    return found(day) if found else Printed(404, _MISSING, HTML, hour=0, minute=0)
