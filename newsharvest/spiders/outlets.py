"""The spider of the registered outlets: ``scrapy crawl outlets -a outlet=demo_haeram,demo_sorae``."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self

import scrapy
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from newsharvest import reference
from newsharvest.clock import KST, now, today
from newsharvest.crawl.archiving import PAYLOAD, is_same, page_of, request_of
from newsharvest.crawl.configured import config_of, need_contact
from newsharvest.crawl.extensions import extension_of
from newsharvest.crawl.faults import FAILED, PASSING, SAME_BYTES, SKIPPED, STOPPED, UNCHANGED, Undecodable
from newsharvest.crawl.gapfill import asked_on, remember
from newsharvest.crawl.keyed import KEY
from newsharvest.crawl.kma_plan import KmaPlan
from newsharvest.crawl.outcomes import ARTICLE, KIND, Tally, is_loop
from newsharvest.crawl.parsers import Parsers
from newsharvest.crawl.plan import OutletPlan
from newsharvest.crawl.politeness import Politeness
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.refining import Refined, in_workers, refined
from newsharvest.crawl.returning import ReturnPlan
from newsharvest.crawl.state import CrawlState
from newsharvest.crawl.suspension import Suspension, suspended
from newsharvest.crawl.visited import content_hash
from newsharvest.crawl.visits import Answer, Schedule, Visit
from newsharvest.crawl.writing import ArchiveHolder
from newsharvest.files import DataDir
from newsharvest.items import Item
from newsharvest.kma_registry import KmaSource, kma_chosen
from newsharvest.page import Page
from newsharvest.parsing import Abandoned, ParseFailedError
from newsharvest.reference import Outlet
from newsharvest.store import Sink
from newsharvest.tombstones import Tombstones

_GAPS = "gapfill.json"
# Every status has its outcome, `OutletPlan` holds depths, and a request's meta is made for it alone.
_NOT_NEEDED = (
    "scrapy.spidermiddlewares.start.StartSpiderMiddleware",
    "scrapy.spidermiddlewares.httperror.HttpErrorMiddleware",
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware",
    "scrapy.spidermiddlewares.depth.DepthMiddleware",
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware",
)


class OutletSpider(scrapy.Spider):
    """Crawls outlets and pages of KMA for what may be new.

    Arguments: ``outlet`` (ids of outlets and of KMA's sources, comma between; ``kma`` is every enabled source of KMA; without
    it every enabled outlet but the demo's), ``since`` (a day: articles
    that a sitemap or feed dates before it are passed over), ``limit`` (at most so many articles an outlet), ``gapfill`` (at
    most so many numbers an outlet and day that nothing names; see `newsharvest.crawl.gapfill`), ``every`` (``outlet`` is the list
    of all: that one of them is suspended is as it should be).
    """

    name = "outlets"
    lands = True
    """Its pages are archived and landed: the extensions and the guard look for this."""

    def __init__(
        self,
        outlet: str | None = None,
        since: str | None = None,
        limit: str | None = None,
        gapfill: str | None = None,
        every: str | None = None,
        **more: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(**more)
        self.outlets, self.sources = targets(outlet)
        self.since = datetime.fromisoformat(since).replace(tzinfo=KST) if since else None
        self.limit = int(limit) if limit else None
        self.gapfill = int(gapfill) if gapfill else 0
        self.named = outlet is not None and not every
        self.aside: dict[str, Suspension] = {}
        """The outlets that were asked for and are suspended."""
        self.now, self.today = now(), today()
        self._leftover: list[Visit] = []
        self._pipelines: tuple[str, ...] = ()
        self._idle = False
        hosts = frozenset(host for source in self.sources for host in source.hosts)
        self.allowed_hosts = hosts | {host for outlet in self.outlets for host in outlet.hosts}
        self.plans: dict[str, OutletPlan | KmaPlan | ReturnPlan] = {}
        self.state: CrawlState | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401 - Scrapy's signature
        """Scrapy's way to make a spider."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        if kwargs.get("gapfill") is None:
            spider.gapfill = config_of(crawler.settings).caps.gapfill
        need_contact(config_of(crawler.settings), spider.allowed_hosts, Path(crawler.settings["NEWSHARVEST_DATA"]))
        crawler.signals.connect(spider.request_dropped, signals.request_dropped)
        crawler.signals.connect(spider.spider_closed, signals.spider_closed)
        crawler.signals.connect(spider.spider_idle, signals.spider_idle)
        return spider

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Without what Scrapy does for every page and nothing here needs; whoever names one of these has it."""
        super().update_settings(settings)
        named = settings.getdict("SPIDER_MIDDLEWARES")
        settings.set("SPIDER_MIDDLEWARES", dict.fromkeys(_NOT_NEEDED) | named, priority="spider")
        settings.set("DOWNLOADER_STATS", False, priority="spider")

    @functools.cached_property
    def tally(self) -> Tally:
        """The outcomes of this run's requests."""
        return extension_of(self.crawler, Tally)

    @functools.cached_property
    def _manners(self) -> Politeness:
        return extension_of(self.crawler, Politeness)

    @functools.cached_property
    def _parsers(self) -> Parsers:
        return extension_of(self.crawler, Parsers)

    def _tickers(self, outlet_id: str) -> frozenset[bytes]:
        """The outlet's tickers that have landed: a worker need not make their readings again."""
        sink = self.crawler.get_extension(Sink)
        return frozenset() if sink is None else sink.collector.tickers_of(outlet_id)

    async def start(self) -> AsyncIterator[Request]:
        """Ask every outlet for what comes first; the extension holds the data dir's lock by now."""
        data = DataDir(Path(self.settings["NEWSHARVEST_DATA"]))
        self._pipelines = in_workers(self.settings.get_component_priority_dict_with_base("ITEM_PIPELINES"))
        try:
            self.state = CrawlState.open(data.state / "crawl.sqlite3")
            self._set_suspended_aside(data)
        except OSError as error:
            self._storage_failed(error)
            return
        asked = asked_on(data.state / _GAPS, self.today) if self.gapfill else {}
        stones = Tombstones.load(data)
        self.plans = {o.outlet_id: self._plan(o, self.state, asked.get(o.outlet_id, 0), stones) for o in self.outlets}
        self.plans |= {source.source_id: KmaPlan(source, self.state) for source in self.sources}
        self.plans |= self._looks()
        for plan in self.plans.values():
            for request in self._requests(plan.begin()):
                yield request

    def _set_suspended_aside(self, data: DataDir) -> None:
        """Outlets whose domain is somebody else's are not asked."""
        away = suspended(data)
        self.aside = {o.outlet_id: away[o.outlet_id] for o in self.outlets if o.outlet_id in away}
        for held in self.aside.values():
            self.logger.warning("%s", held.told)
        self.outlets = [o for o in self.outlets if o.outlet_id not in away]

    def _looks(self) -> dict[str, ReturnPlan]:
        """The front pages of suspended outlets that are to be looked at."""
        due = [outlet_id for outlet_id, held in self.aside.items() if held.is_to_be_looked_at(self.today)]
        return {outlet_id: ReturnPlan(reference.outlets()[outlet_id]) for outlet_id in due}

    @property
    def looks(self) -> dict[str, bool | None]:
        """Suspended outlets that were looked at → whether they are themselves again; null where that cannot be told."""
        return {name: plan.own for name, plan in self.plans.items() if isinstance(plan, ReturnPlan)}

    def _plan(self, outlet: Outlet, state: CrawlState, guessed: int, stones: Tombstones) -> OutletPlan:
        """An outlet's plan: within the limit, and within what today's caps leave."""
        left = self._manners.left(outlet.outlet_id)
        limit = min((most for most in (self.limit, left) if most is not None), default=None)
        schedule = Schedule(
            self.now, config_of(self.settings).revisit.after, lambda: self._manners.left(outlet.outlet_id) != 0
        )
        return OutletPlan(outlet, state, self.since, limit, max(0, self.gapfill - guessed), stones, schedule)

    def _requests(self, visits: Iterable[Visit]) -> Iterator[Request]:
        for visit in visits:
            if visit.leftover and not self._idle:
                self._leftover.append(visit)
                continue
            yield Request(
                visit.url,
                callback=self.received,
                errback=self.lost,
                headers=dict(visit.headers),
                meta={
                    KIND: visit.kind,
                    PAYLOAD: visit.payload,
                    **({KEY: visit.key, "dont_redirect": True} if visit.key else {}),
                },
                cb_kwargs={"visit": visit},
                priority=visit.priority,
            )

    async def received(self, response: Response, visit: Visit) -> AsyncIterator[Refined | Request]:
        """Harvest an answer, whatever its status, and go on from it."""
        items, answer = await self._understood(page_of(response), visit)
        if answer.outcome == UNCHANGED and is_same(response):
            answer = replace(answer, reason=SAME_BYTES)
        self.tally.pages += 1
        self.tally.record(request_of(response), answer.outcome, answer.reason)
        for item in items:
            yield Refined(item)
        for request in self._requests(answer.follow):
            if self._stopping:  # a sitemap of 50,000 pages would hold up the stop
                return
            yield request

    @property
    def _stopping(self) -> bool:
        engine = self.crawler.engine
        return engine is not None and not engine.running

    async def _understood(self, page: Page, visit: Visit) -> tuple[Sequence[Item], Answer]:
        """A page's items and what they mean. A page that cannot be read in time is no row: another machine may manage."""
        plan = self.plans[visit.outlet_id]
        try:
            contents = await self._contents(page, visit, plan.outlet.outlet_id if plan.outlet is not None else None)
            return contents.items, plan.received(visit, page, contents)
        except Abandoned:
            return (), Answer(SKIPPED, STOPPED, plan.lost(visit))
        except ParseFailedError as error:
            self.logger.warning("%s: %s", page.url, error)
            return (), Answer(FAILED, error.reason, plan.lost(visit, failed=True))
        except OSError as error:
            self._storage_failed(error)
            return (), Answer(FAILED, "storage")
        except Exception as error:
            self.logger.exception("%s: what it leads to cannot be told", page.url)
            return (), Answer(FAILED, type(error).__name__, plan.lost(visit, failed=True))

    async def _contents(self, page: Page, visit: Visit, outlet_id: str | None) -> Contents:
        """What a worker finds in a page, and what it counted on the way."""
        known = self._tickers(visit.outlet_id)
        contents = await self._parsers.run(refined, page, visit.kind, outlet_id, known, self._pipelines)
        for name, count in contents.counts.items():
            self.crawler.stats.inc_value(name, count)
        if visit.kind == ARTICLE:
            contents.content_hash = content_hash(contents.items)
        return contents

    def lost(self, failure: Failure) -> Iterator[Item | Request]:
        """A request that gave no page: its outcome, the reject of a page that could not be decoded, and what remains."""
        request: Request = failure.request  # type: ignore[attr-defined]
        visit: Visit = request.cb_kwargs["visit"]
        error = failure.value or RuntimeError("a failure without its exception")
        outcome, reason = self.tally.failed(request, error)
        if isinstance(error, Undecodable):
            yield error.damaged.reject()
        for_good = outcome == SKIPPED and reason not in PASSING
        yield from self._requests(self.plans[visit.outlet_id].lost(visit, for_good=for_good, failed=outcome == FAILED))

    def request_dropped(self, request: Request) -> None:
        """A redirect led to a page that was asked for before: no callback will hear of it."""
        visit: Visit = request.cb_kwargs["visit"]
        engine = self.crawler.engine
        if engine is not None:
            plan = self.plans[visit.outlet_id]
            for following in self._requests(plan.lost(visit) if is_loop(request) else plan.ended(visit)):
                engine.crawl(following)

    def spider_idle(self) -> None:
        """Nothing waits any more: go on into the past of lists, and only then fill gaps, where that was asked for."""
        engine, self._idle = self.crawler.engine, True
        left, self._leftover = self._leftover, []
        visits = left or [visit for plan in self.plans.values() for visit in plan.fill_gaps()]
        requests = list(self._requests(visits))
        if engine is None or not requests:
            return
        for request in requests:
            engine.crawl(request)
        raise DontCloseSpider

    @property
    def only_leftovers(self) -> bool:
        """Whether all that is new and all that was due is done: what is still open nobody waits for."""
        return self._idle

    def spider_closed(self, reason: str) -> None:
        """Remember what the run learned."""
        if self.gapfill and self.plans:
            self._remember_gaps()
        if self.state is not None:
            try:
                for plan in self.plans.values() if reason == "finished" else ():
                    plan.finish()
                self.state.close()
            except OSError as error:
                self._storage_failed(error)
            self.state = None

    def _storage_failed(self, error: OSError) -> None:
        """The crawl state is a cache, but a disk that refuses it refuses the datasets, too: end the run with exit code 4."""
        holder = self.crawler.get_extension(ArchiveHolder)
        if holder is not None:
            holder.storage_failed(error)

    def _remember_gaps(self) -> None:
        path = DataDir(Path(self.settings["NEWSHARVEST_DATA"])).state / _GAPS
        asked = asked_on(path, self.today)
        for outlet_id, plan in self.plans.items():
            asked[outlet_id] = asked.get(outlet_id, 0) + plan.numbers_guessed
        remember(path, self.today, asked)


def targets(ids: str | None) -> tuple[list[Outlet], list[KmaSource]]:
    """The outlets and the sources of KMA that a comma list names; without a list the outlets of `chosen`.

    >>> [source.source_id for source in targets("demo_haeram,demo_short")[1]]
    ['demo_short']
    """
    if ids is None:
        return chosen(None), []
    rest, sources = kma_chosen(ids)
    return (chosen(rest) if rest or not sources else []), sources


def chosen(ids: str | None) -> list[Outlet]:
    """The outlets of a comma list; every enabled one but the demo's without it. ValueError for an unknown one, or none.

    >>> [outlet.outlet_id for outlet in chosen("demo_sorae, demo_haeram")]
    ['demo_sorae', 'demo_haeram']
    """
    known = reference.outlets()
    if ids is None:
        found = [outlet for outlet in known.values() if outlet.enabled and not outlet.demo]
    else:
        wanted = list(dict.fromkeys(part.strip() for part in ids.split(",") if part.strip()))
        if unknown := [outlet_id for outlet_id in wanted if outlet_id not in known]:
            raise ValueError(f"unknown outlets: {', '.join(unknown)}; known are {', '.join(known)}")
        found = [known[outlet_id] for outlet_id in wanted]
    if not found:
        raise ValueError("no outlet to crawl: name some with -a outlet=ID,ID")
    return found
