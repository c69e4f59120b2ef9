"""What a crawl asks of one outlet, and what each answer means: decisions only, no network.

Sitemaps first (they say when an article changed), then feeds and list pages, then known articles that are due. An article
is asked for once a run, and only where it is unknown, due, or its sitemap's lastmod differs from the one at its last fetch.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from newsharvest.cms.keys import article_key
from newsharvest.crawl.discovery import Entry, Sitemap, is_before, moment
from newsharvest.crawl.faults import FAILED, REJECTED, SAME, STORED, UNCHANGED
from newsharvest.crawl.gapfill import BATCH, GapFill
from newsharvest.crawl.kinds import ARTICLE, FEED, LIST, SITEMAP
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.state import CrawlState, Known, article_name
from newsharvest.crawl.visited import (
    GONE,
    NOT_MODIFIED,
    REJECTED_STATUS,
    Seen,
    fetched_at,
    is_unchanged,
    remembered,
)
from newsharvest.items import Article, Item, Reject
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.tombstones import Tombstones

logger = logging.getLogger(__name__)

SITEMAP_DEPTH_MAX = 3
LIST_PAGES_MAX = 2_000
DISCOVERY, NEW, AGAIN, LEFTOVER = 10, 0, -5, -10
"""Priorities: what leads to others, what is new, what is due once more, what nobody waits for."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A page to ask for, and what it is asked for."""

    url: str
    kind: str
    outlet_id: str
    name: str
    """The page's name in the crawl state."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The conditions under which the server may answer 304."""
    number: int = 1
    """Of a list page; of a sitemap, how deep it lies in the index."""
    template: str = ""
    """A list page's URL with ``{page}``."""
    guessed: bool = False
    """No page named it (a CMS's usual address, a number in a gap): that it is not there is no failure."""
    key: str | None = None
    """The environment variable whose value the request carries when it is sent."""
    again: bool = False
    """A known article that is due, listed or not."""
    leftover: bool = False
    """Of the past (a list page behind the first, before a list was ever walked to its end): asked when nothing else waits."""

    @property
    def priority(self) -> int:
        """The greater, the earlier among the requests of a host."""
        if self.leftover or (self.guessed and self.kind == ARTICLE):
            return LEFTOVER
        return DISCOVERY if self.kind != ARTICLE else AGAIN if self.again else NEW


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer means: the request's outcome, and what to ask for next."""

    outcome: str
    reason: str | None = None
    follow: Sequence[Visit] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a run takes place, and what that means for articles that are known."""

    now: datetime | None = None
    """Articles due by then are asked for again; null: none is."""
    steps: tuple[timedelta, ...] = ()
    room: Callable[[], bool] = lambda: True
    """Whether the day's caps leave room for one more request."""


class OutletPlan:
    """One outlet in one run."""

    def __init__(
        self,
        outlet: Outlet,
        state: CrawlState,
        since: datetime | None = None,
        limit: int | None = None,
        gapfill: int = 0,
        tombstones: Tombstones = Tombstones(),  # noqa: B008 - frozen
        schedule: Schedule | None = None,
    ) -> None:
        self.outlet, self.state, self.since, self.limit = outlet, state, since, limit
        self.tombstones, self.schedule = tombstones, schedule or Schedule()
        self.gaps = GapFill(outlet, state, gapfill)
        self.complete = True
        """Whether everything found was also fetched: only then may the next run ask on condition and stop early."""
        self._asked: set[str] = set()
        self._lastmods: dict[str, str | None] = {}
        self._sitemaps_open = 0
        self._sitemaps_seen: set[str] = set()
        self._all_listed = bool(outlet.sitemaps)
        self._listed: dict[str, set[str]] = {}
        self._held: list[Known] = []

    def begin(self) -> list[Visit]:
        """What to ask for first."""
        return self._sitemap_visits(self.outlet.sitemaps, 1) or [*self._feeds_and_lists(), *self._due()]

    def finish(self) -> None:
        """The run ended by itself: remember the validators of sitemaps, feeds and lists, if nothing is outstanding.

        A validator kept after a run that was killed or failed half-way would hide what that run did not fetch.
        """
        for known in self._held if self.complete else ():
            self.state.put(known)

    def received(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        """What an answer means. ``contents`` is what `newsharvest.crawl.reading.read` found in it."""
        if visit.kind == ARTICLE:
            answer = self._article(visit, page, contents)
            return self._guess_answered(visit, answer) if visit.guessed else answer
        return self._discovered(visit, page, contents)

    def lost(self, visit: Visit, *, for_good: bool = False) -> list[Visit]:
        """A visit gave nothing readable: what to ask for all the same. ``for_good``: nor will it in the next run."""
        self.complete = self.complete and (for_good or visit.guessed)
        if visit.guessed and visit.kind == ARTICLE:
            self.gaps.answered(visit.name, found=False)
        if visit.kind == SITEMAP:
            self._all_listed = False
        return self.ended(visit)

    @property
    def numbers_guessed(self) -> int:
        """How many article numbers were asked for that nothing named."""
        return self.gaps.asked

    def fill_gaps(self) -> list[Visit]:
        """When nothing else is waiting: the next numbers that nobody named."""
        most = BATCH if self.limit is None else min(BATCH, self.limit - len(self._asked))
        return [replace(self._ask(url, name), guessed=True) for url, name in self.gaps.batch(self._asked, most)]

    def _guess_answered(self, visit: Visit, answer: Answer) -> Answer:
        found = answer.outcome == STORED and answer.reason is None
        self.gaps.answered(visit.name, found=found)
        return answer if answer.outcome in {STORED, FAILED} else Answer(STORED, f"guessed_{answer.reason}")

    def ended(self, visit: Visit) -> list[Visit]:
        """A visit is over. After the last sitemap come articles that have vanished from them, feeds and lists."""
        if visit.kind != SITEMAP:
            return []
        self._sitemaps_open -= 1
        return [] if self._sitemaps_open else [*self._vanished(), *self._feeds_and_lists(), *self._due()]

    # --- articles

    def _article(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        if page.status in GONE:
            self._remember(visit, page, page.status)
            return Answer(STORED, "gone")
        if page.status == NOT_MODIFIED:
            self._remember(visit, page, NOT_MODIFIED)
            return Answer(UNCHANGED)
        if page.status != 200:
            self.complete = False
            return Answer(FAILED, f"http_{page.status}")
        if any(isinstance(item, Article) for item in contents.items):
            before = self.state.get(visit.name)
            self._remember(visit, page, 200, contents.content_hash)
            return Answer(UNCHANGED, SAME) if is_unchanged(before, contents.content_hash) else Answer(STORED)
        self._remember(visit, page, REJECTED_STATUS)
        return Answer(REJECTED, _reject_reason(contents.items) or "not_article")

    def _remember(self, visit: Visit, page: Page, status: int, content_hash: str | None = None) -> None:
        before, article_id = self.state.get(visit.name), visit.name.partition("/")[2]
        # Where the sitemaps were not read whole (unchanged, or failed), what they stated before still holds.
        unread = before.lastmod if before is not None and not self._all_listed else None
        lastmod = self._lastmods.get(visit.name, unread)
        seen = Seen(visit.url, visit.outlet_id, article_id, page, status, lastmod, content_hash)
        self.state.put(remembered(before, seen, self.schedule.steps))

    def _due(self) -> list[Visit]:
        """Known articles whose time has come, listed or not: the longest due first."""
        if self.schedule.now is None:
            return []
        due = list(self.state.due(self.outlet.outlet_id, self.schedule.now))
        return [
            replace(self._ask(known.url, known.name), again=True)
            for known in due
            if known.name not in self._asked and self._within_limit()
        ]

    def _wanted(self, entries: Iterable[Entry]) -> list[Visit]:
        """The articles among entries that are to be asked for; each is asked for once a run."""
        visits: list[Visit] = []
        for entry in entries:
            key = article_key(entry.url, self.outlet)
            if key is None or key.url is None or key.outlet_id != self.outlet.outlet_id:
                continue
            if self.since is not None and is_before(entry.moment, self.since):
                continue
            name = article_name(key.outlet_id, key.article_id)
            if name not in self._asked and self._may_be_new(name) and self._within_limit():
                visits.append(self._ask(key.url, name))
        return visits

    def _may_be_new(self, name: str) -> bool:
        if self.tombstones and self.tombstones.hold(name):
            return False
        known = self.state.get(name)
        if known is None or known.status == REJECTED_STATUS:
            return True
        return name in self._lastmods and self._lastmods[name] != known.lastmod

    def _within_limit(self) -> bool:
        if (self.limit is None or len(self._asked) < self.limit) and self.schedule.room():
            return True
        self.complete = False
        return False

    def _ask(self, url: str, name: str) -> Visit:
        self._asked.add(name)
        return self._visit(url, ARTICLE, name)

    def _visit(self, url: str, kind: str, name: str, number: int = 1, template: str = "") -> Visit:
        known = self.state.get(name)
        headers = known.conditions() if known is not None and known.status == 200 and known.url == url else {}
        return Visit(url, kind, self.outlet.outlet_id, name, headers, number, template)

    # --- where articles are found

    def _discovered(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        if page.status == NOT_MODIFIED:
            if visit.kind == SITEMAP:
                self._all_listed = False
            return Answer(UNCHANGED, None, self.ended(visit))
        if visit.kind == LIST and visit.number > 1 and page.status in GONE:
            return Answer(STORED, f"http_{page.status}")
        if visit.guessed and 400 <= page.status < 500:
            return Answer(STORED, f"guessed_http_{page.status}")
        if page.status != 200:
            return Answer(FAILED, f"http_{page.status}", self.lost(visit))
        if contents.unreadable is not None:
            if visit.guessed:
                return Answer(STORED, f"guessed_{contents.unreadable}")
            return Answer(REJECTED, contents.unreadable, self.lost(visit))
        follow = _READERS[visit.kind](self, visit, page, contents)
        reason = _reject_reason(contents.items)
        return Answer(REJECTED if reason else STORED, reason, follow)

    def _read_sitemap(self, visit: Visit, page: Page, contents: Contents) -> list[Visit]:
        found = contents.sitemap or Sitemap()
        children = self._sitemap_visits(found.children, visit.number + 1)
        if not found.children:
            self._hold(visit, page)  # an index without dates never changes: it is always read whole
        self._note_lastmods(found)
        return [*children, *self._wanted(found.pages), *self.ended(visit)]

    def _sitemap_visits(self, urls: Iterable[str], depth: int) -> list[Visit]:
        visits = []
        for url in urls:
            if depth > SITEMAP_DEPTH_MAX:
                logger.warning("%s: %s lies deeper than %d sitemaps", self.outlet.outlet_id, url, SITEMAP_DEPTH_MAX)
                self.complete = self._all_listed = False
            elif url not in self._sitemaps_seen:
                self._sitemaps_seen.add(url)
                visits.append(self._visit(url, SITEMAP, url, depth))
        self._sitemaps_open += len(visits)
        return visits

    def _note_lastmods(self, found: Sitemap) -> None:
        for entry in found.pages:
            key = article_key(entry.url, self.outlet)
            if key is not None:
                self._lastmods[article_name(key.outlet_id, key.article_id)] = entry.stated

    def _vanished(self) -> list[Visit]:
        """Known articles that the sitemaps no longer list, though they list older ones: they may be deleted."""
        moments = [found for stated in self._lastmods.values() if stated and (found := moment(stated))]
        if not self._all_listed or not moments or self.since is not None:
            return []
        oldest, visits = min(moments), []
        for known in self.state.listed(self.outlet.outlet_id):
            stated = moment(known.lastmod) if known.lastmod else None
            missing = known.name not in self._lastmods and known.name not in self._asked
            if missing and stated is not None and stated >= oldest and self._within_limit():
                visits.append(self._ask(known.url, known.name))
        return visits

    def _feeds_and_lists(self) -> list[Visit]:
        """With ``since``, list pages, which state no dates, are only read where nothing else names articles.

        Of a list at the CMS's usual address only the first page is read, and of every outlet the front page.
        """
        outlet = self.outlet
        feeds = [self._visit(url, FEED, url) for url in outlet.feeds]
        feeds += [replace(self._visit(url, FEED, url), guessed=True) for url in outlet.feeds_unverified]
        if self.since is not None and (outlet.sitemaps or outlet.feeds):
            return feeds
        front = [self._list_visit(outlet.home, 1)] if outlet.home else []
        guessed = [replace(self._list_visit(template, 1), guessed=True) for template in outlet.list_pages_unverified]
        return [*feeds, *(self._list_visit(template, 1) for template in outlet.list_pages), *guessed, *front]

    def _list_visit(self, template: str, number: int) -> Visit:
        url = template.replace("{page}", str(number))
        return self._visit(url, LIST, url, number, template)

    def _read_feed(self, visit: Visit, page: Page, contents: Contents) -> list[Visit]:
        self._hold(visit, page)
        return self._wanted(contents.entries)

    def _read_list(self, visit: Visit, page: Page, contents: Contents) -> list[Visit]:
        keys = (article_key(entry.url, self.outlet) for entry in contents.entries)
        names = {article_name(key.outlet_id, key.article_id) for key in keys if key}
        going_on = self._goes_on(visit, names)
        if visit.number == 1:
            self._hold(visit, page)
        wanted = self._wanted(contents.entries)
        if not going_on:
            return wanted
        further = self._list_visit(visit.template, visit.number + 1)
        return [*wanted, replace(further, leftover=not self._walked_before(visit.template))]

    def _goes_on(self, visit: Visit, names: set[str]) -> bool:
        """Whether the next list page is asked for: not behind a page that shows nothing new."""
        seen = self._listed.setdefault(visit.template, set())
        fresh = names - seen
        seen |= names
        if not fresh or visit.guessed or "{page}" not in visit.template or self.since is not None:
            return False
        if visit.number >= LIST_PAGES_MAX:
            logger.warning("%s: stopped after %d list pages", self.outlet.outlet_id, LIST_PAGES_MAX)
            self.complete = False
            return False
        all_known = all(name not in self._asked and self.state.get(name) is not None for name in fresh)
        within = self.limit is None or len(self._asked) < self.limit
        return within and not (self._walked_before(visit.template) and all_known)

    def _walked_before(self, template: str) -> bool:
        """Whether a run has been to the end of a list: from then on what is new stands before what is known."""
        return self.state.get(template.replace("{page}", "1")) is not None

    def _hold(self, visit: Visit, page: Page) -> None:
        etag, last_modified = page.headers.get("etag"), page.headers.get("last-modified")
        known = Known(visit.url, visit.outlet_id, None, etag, last_modified, None, 200, fetched_at(page))
        self._held.append(known)


def _reject_reason(items: Sequence[Item]) -> str | None:
    return next((item.reason for item in items if isinstance(item, Reject)), None)


_Read = Callable[[OutletPlan, Visit, Page, Contents], list[Visit]]
_READERS: dict[str, _Read] = {
    SITEMAP: OutletPlan._read_sitemap,  # noqa: SLF001 - a table of the class's own methods
    FEED: OutletPlan._read_feed,  # noqa: SLF001
    LIST: OutletPlan._read_list,  # noqa: SLF001
}
