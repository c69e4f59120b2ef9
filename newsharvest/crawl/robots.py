"""robots.txt by RFC 9309: fetched once a host and day, awaited by every request that waits for it.

Scrapy 2.19's own middleware lets disallowed URLs through when three or more requests wait for one robots.txt, and crawls
on where robots.txt cannot be had.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from newsharvest.clock import now
from newsharvest.crawl.faults import FAILED, STORED, UNCHANGED, Refused
from newsharvest.crawl.outcomes import KIND, ROBOTS, Tally
from newsharvest.crawl.robots_kept import Kept, keep, kept, lifetime
from newsharvest.crawl.state import CrawlState
from newsharvest.page import decode

logger = logging.getLogger(__name__)

BYTES_MAX = 512 * 1024
_PRIORITY = 1_000
_IS_ROBOTS = "newsharvest_is_robots"
_TOO_MANY = 429
_NOT_MODIFIED = 304


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
            self._rules[origin] = asyncio.ensure_future(self._known_or_fetched(origin))
        # Shielded: a request that is given up must not end the task that the others wait for.
        rules = await asyncio.shield(self._rules[origin])
        if (reason := rules.refusal(request.url, self.agent)) is not None:
            raise Refused(reason)
        if parts.hostname in self._delayed:
            request.meta["autothrottle_dont_adjust_delay"] = True

    async def _known_or_fetched(self, origin: str) -> Rules:
        state = self._state
        held = kept(state, origin) if state is not None else None
        if held is not None and held.is_fresh(now()):
            rules = rules_of(held.status, held.body)
        else:
            rules = await self._fetch(origin, held)
        self._keep_delay(origin, rules)
        return rules

    @property
    def _state(self) -> CrawlState | None:
        state: CrawlState | None = getattr(getattr(self.crawler, "spider", None), "state", None)
        return state

    async def _fetch(self, origin: str, held: Kept | None) -> Rules:
        request = Request(
            f"{origin}/robots.txt", meta={_IS_ROBOTS: True, KIND: ROBOTS}, callback=NO_CALLBACK, priority=_PRIORITY,
            headers=held.conditions() if held is not None else {},
        )  # fmt: skip
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
        same = held if response.status == _NOT_MODIFIED and held is not None and held.conditions() else None
        rules = rules_of(same.status, same.body) if same is not None else rules_of(response.status, response.body)
        if tally is not None:
            reason = None if response.status == 200 or same is not None else f"http_{response.status}"
            outcome = UNCHANGED if same is not None else STORED if rules.reachable else FAILED
            tally.record(request, outcome, reason)
        if rules.reachable:
            self._keep(origin, response, same)
        return rules

    def _keep(self, origin: str, response: Response, same: Kept | None) -> None:
        """Keep an answer that says something. One that came by way of redirects is never asked for on condition."""
        state, at = self._state, now()
        if state is None:
            return
        headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
                   for name, values in ((n, response.headers.getlist(n)) for n in response.headers)}  # fmt: skip
        until = at + lifetime(headers)
        if same is not None:
            keep(state, replace(same, fetched_at=at, fresh_until=until))
            return
        body = response.body[: BYTES_MAX + 1] if response.status // 100 == 2 else b""
        direct = response.url == f"{origin}/robots.txt"
        etag, modified = (headers.get("etag"), headers.get("last-modified")) if direct else (None, None)
        keep(state, Kept(origin, response.status, body, etag, modified, at, until))

    def _unreachable(self, request: Request, error: Exception, tally: Tally | None) -> None:
        logger.warning("%s cannot be had (%r): nothing is fetched from there in this run", request.url, error)
        if tally is not None:
            tally.failed(request, error)

    def _keep_delay(self, origin: str, rules: Rules) -> None:
        """Make the host's slot wait; what creates the slot anew after a pause reads the same table."""
        delay = rules.delay(self.agent)
        host = urlsplit(origin).hostname
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
