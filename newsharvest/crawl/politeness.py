"""Who may be asked, and when: pace by host, address and vendor, daily caps, and groups that do not want us.

Scrapy's slots hold a host's delay (AutoThrottle and Crawl-delay move it); what several hosts share is held here, at the
last step before the network, so that neither retries nor redirects nor robots.txt pass it by.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings

from newsharvest.bans import Bans, from_json, is_refusal
from newsharvest.clock import KST, now
from newsharvest.crawl.configured import PRIORITY, config_of
from newsharvest.crawl.faults import DAILY_CAP, HOST_BACKOFF, STOPPED, THROTTLED, VENDOR_BACKOFF, Refused, StorageFailed
from newsharvest.crawl.guards import ADDRESSES
from newsharvest.crawl.kinds import ARTICLE, ROBOTS
from newsharvest.crawl.outcomes import KIND, TICKET, asked_of
from newsharvest.crawl.state import CrawlState
from newsharvest.files import DataDir
from newsharvest.pacing import Limit, Pace
from newsharvest.quotas import Quota
from newsharvest.reference import outlet_for
from newsharvest.vendors import vendor_of

logger = logging.getLogger(__name__)

_BANS = "backoff.json"
_LONGEST = 1.0
"""Seconds after which a request that waits looks again whether it is still wanted."""
_FULL_SECONDS = 0.05
ALL = "all"


class Politeness:
    """The manners of one crawl."""

    def __init__(self, crawler: Crawler, bans_at: Path | None) -> None:
        config = config_of(crawler.settings)
        self.crawler = crawler
        self.pace = Pace(limits(crawler.settings))
        self.quota = Quota(config.caps.outlet_requests, config.caps.requests)
        self.bans = _kept(bans_at)
        self._bans_at = bans_at
        self._day: date | None = None
        self._freed = asyncio.Event()
        self._held: dict[Request, tuple[str, ...]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For spiders that land."""
        if not getattr(crawler.spidercls, "lands", False):
            raise NotConfigured("the spider lands nothing")
        manners = cls(crawler, DataDir(Path(crawler.settings["NEWSHARVEST_DATA"])).state / _BANS)
        crawler.signals.connect(manners.spider_closed, signals.spider_closed)
        return manners

    def left(self, outlet_id: str) -> int | None:
        """Requests that today's caps still allow to an outlet; null for no end."""
        self._look_at_the_day()
        return self.quota.left(outlet_id)

    def check_ban(self, request: Request) -> None:
        """Refused where the request's host or its vendor is left alone; one that was throttled before says so."""
        held = self.bans.until(_banned_as(request), now())
        if held is not None:
            ticket = request.meta.get(TICKET)
            if ticket is not None and ticket.throttled:
                raise Refused(THROTTLED)
            raise Refused(VENDOR_BACKOFF if held[0].startswith("vendor:") else HOST_BACKOFF)

    def answered(self, request: Request, status: int, body: bytes) -> None:
        """Take an answer in: a refusal, a welcome, or neither (a server's own trouble; robots.txt, which firewalls let pass)."""
        groups, host = _banned_as(request), urlsplit(request.url).hostname or ""
        if is_refusal(status, body, is_article=request.meta.get(KIND) == ARTICLE and status == 200):
            for group in self.bans.refused(groups, host, now()):
                until = self.bans.standings[group].until
                logger.warning(
                    "%s refuses us (%d): left alone until %s", group, status, until and until.astimezone(KST)
                )
        elif (status < 400 or status in {404, 410}) and request.meta.get(KIND) != ROBOTS:
            self.bans.welcomed(groups)

    async def turn(self, request: Request, given_up: Callable[[], bool]) -> None:
        """Wait until every group of the request lets it go out; count it. Refused where it is not to go out any more."""
        groups = _groups(request)
        while (wait := self.pace.wait(groups, time.monotonic())) != 0 or self._is_full():
            await self._look_again(_FULL_SECONDS if wait == 0 else wait)
            if given_up():
                raise Refused(STOPPED)
        self.check_ban(request)
        self._count(request)
        self._held[request] = groups
        self.pace.begin(groups, time.monotonic())

    def _is_full(self) -> bool:
        """Whether more answers wait to be read than memory is meant for: no other is asked for until they are."""
        engine = self.crawler.engine
        slot = engine.scraper.slot if engine is not None else None
        return slot is not None and slot.needs_backout()

    def over(self, request: Request) -> None:
        """The request has ended, well or not, and its answer is archived: until then it counts as under way."""
        groups = self._held.pop(request, None)
        if groups is None:  # it never went out
            return
        self.pace.end(groups)
        self._freed.set()
        self._freed = asyncio.Event()

    async def _look_again(self, wait: float | None) -> None:
        """Sleep until the pace allows a request, or until one that is under way ends."""
        if wait is not None:
            await asyncio.sleep(min(wait, _LONGEST))
            return
        try:
            await asyncio.wait_for(self._freed.wait(), _LONGEST)
        except TimeoutError:
            return

    def _count(self, request: Request) -> None:
        """Refused where the day's caps are used up."""
        self._look_at_the_day()
        outlet_id = asked_of(request.url)
        if not self.quota.take(outlet_id):
            raise Refused(DAILY_CAP)
        if (state := self._state()) is not None and self._day is not None:
            try:
                state.ask(self._day, outlet_id)
            except OSError as error:
                raise StorageFailed(str(error)) from error

    def _look_at_the_day(self) -> None:
        """At its first use, and at midnight in Korea, begin with what was asked for on that day."""
        today, state = now().astimezone(KST).date(), self._state()
        if today != self._day and state is not None:
            self._day = today
            state.forget_asked(today)
            self.quota.begin(state.asked(today))

    def _state(self) -> CrawlState | None:
        state: CrawlState | None = getattr(self.crawler.spider, "state", None)
        return state

    def spider_closed(self) -> None:
        """Keep who does not want us, for the next run."""
        if self._bans_at is None or not self._bans_at.parent.is_dir():
            return
        fresh = self._bans_at.with_name(f"{self._bans_at.name}.new")
        try:
            fresh.write_text(json.dumps(self.bans.as_json(), sort_keys=True), encoding="utf-8")
            os.replace(fresh, self._bans_at)
        except OSError as error:
            logger.error("who does not want us is forgotten: %s", error)


def limits(settings: BaseSettings) -> dict[str, Limit]:
    """The limits of what hosts share. A delay or a number given with ``-s`` is the most, or the least, for them too."""
    pace = config_of(settings).pace
    delay = settings.getfloat("DOWNLOAD_DELAY") if _is_given(settings, "DOWNLOAD_DELAY") else float("inf")
    name = "CONCURRENT_REQUESTS_PER_DOMAIN"
    least = settings.getint(name) if _is_given(settings, name) else 1
    total = settings.getint("CONCURRENT_REQUESTS") if _is_given(settings, "CONCURRENT_REQUESTS") else pace.concurrency
    return {
        "address": Limit(min(pace.address_delay, delay), max(pace.address_concurrency, least)),
        "vendor": Limit(min(pace.vendor_delay, delay), max(pace.vendor_concurrency, least)),
        ALL: Limit(0.0, total),
    }


def _is_given(settings: BaseSettings, name: str) -> bool:
    return (settings.getpriority(name) or 0) > SETTINGS_PRIORITIES[PRIORITY]


def _groups(request: Request) -> tuple[str, ...]:
    """What the request shares with those to other hosts."""
    vendor = vendor_of(outlet_for(request.url))
    addresses = (f"address:{address}" for address in request.meta.get(ADDRESSES, ()))
    return (ALL, *addresses, *((f"vendor:{vendor}",) if vendor else ()))


def _banned_as(request: Request) -> tuple[str, ...]:
    vendor = vendor_of(outlet_for(request.url))
    host = f"host:{urlsplit(request.url).hostname}"
    return (host, f"vendor:{vendor}") if vendor else (host,)


def _kept(path: Path | None) -> Bans:
    """What the last run kept; nothing where it is damaged: it is a cache like the crawl state."""
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8"))) if path is not None else Bans()
    except FileNotFoundError:
        return Bans()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        logger.warning("%s is damaged (%r) and begun anew", path, error)
        return Bans()
