"""robots.txt by RFC 9309: fetched once a host and run, awaited by every request that waits for it.

Scrapy 2.19's own middleware lets disallowed URLs through when three or more requests wait for one robots.txt, and crawls
on where robots.txt cannot be had.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from newsharvest.crawl.faults import FAILED, STORED, Refused
from newsharvest.crawl.outcomes import KIND, ROBOTS, Tally
from newsharvest.page import decode

logger = logging.getLogger(__name__)

BYTES_MAX = 512 * 1024
_PRIORITY = 1_000
_IS_ROBOTS = "newsharvest_is_robots"
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Rules:
    """What a host's robots.txt says: its rules, none at all (all allowed), or unreachable (nothing allowed)."""

    parser: Protego | None = None
    reachable: bool = True

    def refusal(self, url: str, agent: str) -> str | None:
        """Why a URL may not be fetched; null where it may."""
        if not self.reachable:
            return "robots_unreachable"
        return None if self.parser is None or self.parser.can_fetch(url, agent) else "robots"

    def delay(self, agent: str) -> float | None:
        """Crawl-delay in seconds; null where none is asked for."""
        return None if self.parser is None else self.parser.crawl_delay(agent)


NONE, UNREACHABLE = Rules(), Rules(reachable=False)


def rules_of(status: int, body: bytes) -> Rules:
    """The rules of an answer: 2xx are read, 4xx mean none (429 does not), everything else means stay away.

    >>> rules_of(404, b""), rules_of(503, b"") == UNREACHABLE
    (Rules(parser=None, reachable=True), True)
    >>> rules_of(200, b"User-agent: *\\nDisallow: /admin/").refusal("http://a.kr/admin/x", "newsharvest")
    'robots'
    """
    if 200 <= status < 300:
        return _parsed(body)
    return NONE if 400 <= status < 500 and status != _TOO_MANY else UNREACHABLE


def _parsed(body: bytes) -> Rules:
    """The first 512 KiB, whole lines, without BOM and NUL; an HTML page is no robots.txt."""
    if len(body) > BYTES_MAX:
        body = body[: body.rfind(b"\n", 0, BYTES_MAX) + 1]
    text = decode(body).text
    if text.lstrip().startswith("<"):
        return NONE
    return Rules(Protego.parse(text))


class Robots:
    """Downloader middleware: refuses (outcome ``skipped``) what robots.txt disallows, and keeps its Crawl-delay."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._rules: dict[str, asyncio.Task[Rules]] = {}
        self._delayed: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For every spider, unless ROBOTSTXT_OBEY is switched off."""
        if not crawler.settings.getbool("ROBOTSTXT_OBEY"):
            raise NotConfigured("ROBOTSTXT_OBEY is off")
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Let a request pass once its host's rules are known and allow it. Refused otherwise."""
        if request.meta.get(_IS_ROBOTS):
            return
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        if origin not in self._rules:
            self._rules[origin] = asyncio.ensure_future(self._fetch(origin))
        # Shielded: a request that is given up must not end the task that the others wait for.
        rules = await asyncio.shield(self._rules[origin])
        if (reason := rules.refusal(request.url, self.agent)) is not None:
            raise Refused(reason)
        if parts.hostname in self._delayed:
            request.meta["autothrottle_dont_adjust_delay"] = True

    async def _fetch(self, origin: str) -> Rules:
        request = Request(
            f"{origin}/robots.txt", meta={_IS_ROBOTS: True, KIND: ROBOTS}, callback=NO_CALLBACK, priority=_PRIORITY
        )
        engine, tally = self.crawler.engine, self.crawler.get_extension(Tally)
        if engine is None:
            raise RuntimeError("no engine: robots.txt is asked for outside of a crawl")
        if tally is not None:
            tally.open(request)
        try:
            response = await engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rules are unknown: nothing is fetched
            self._unreachable(request, error, tally)
            return UNREACHABLE
        rules = rules_of(response.status, response.body)
        if tally is not None:
            reason = None if response.status == 200 else f"http_{response.status}"
            tally.record(request, STORED if rules.reachable else FAILED, reason)
        self._keep_delay(response, rules)
        return rules

    def _unreachable(self, request: Request, error: Exception, tally: Tally | None) -> None:
        logger.warning("%s cannot be had (%r): nothing is fetched from there in this run", request.url, error)
        if tally is not None:
            tally.failed(request, error)

    def _keep_delay(self, response: Response, rules: Rules) -> None:
        """Make the host's slot wait; what creates the slot anew after a pause reads the same table."""
        delay = rules.delay(self.agent)
        host = urlsplit(response.url).hostname
        engine = self.crawler.engine
        if not delay or host is None or engine is None:
            return
        downloader = engine.downloader
        delay = max(delay, self.crawler.settings.getfloat("DOWNLOAD_DELAY"))
        downloader.per_slot_settings[host] = {"delay": delay, "jitter": 0.0, "concurrency": 1}
        if host in downloader.slots:
            downloader.slots[host].delay, downloader.slots[host].jitter = delay, 0.0
        self._delayed.add(host)
        logger.info("%s asks for %g s between requests", host, delay)
