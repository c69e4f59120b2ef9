"""What a crawl asks of one outlet, and what each answer means: decisions only, no network.

Sitemaps first (they say when an article changed), then feeds and list pages, then known articles that are due. An article
is asked for once a run, and only where it is unknown, due, or its sitemap's lastmod differs from the one at its last fetch.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from newsharvest.cms.keys import article_key
from newsharvest.crawl.discovery import Entry, Sitemap, is_before, moment
from newsharvest.crawl.faults import FAILED, REJECTED, SAME, STORED, UNCHANGED
from newsharvest.crawl.gapfill import BATCH, GapFill
from newsharvest.crawl.kinds import ARTICLE, FEED, LIST, SITEMAP
from newsharvest.crawl.pending import fetched, is_pending, pend, put_off
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.state import CrawlState, Known, article_name
from newsharvest.crawl.visited import (
    GONE,
    NOT_MODIFIED,
    PENDING_STATUS,
    REJECTED_STATUS,
    Seen,
    fetched_at,
    is_unchanged,
    remembered,
)
from newsharvest.crawl.visits import Answer, Schedule, Visit
from newsharvest.crawl.walking import PAGES_MAX, ListWalk
from newsharvest.items import Article, Item, Reject
from newsharvest.page import Page
from newsharvest.reference import Outlet
from newsharvest.tombstones import Tombstones

logger = logging.getLogger(__name__)

SITEMAP_DEPTH_MAX = 3
_KEYS_KNOWN = 256  # of each outlet: half a KB each, and a run may have a thousand outlets


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
        self._new: set[str] = set()
        """Articles that no run knew before this one."""
        self._leading: set[str] = set()
        """The pages that are under way and may lead to new articles; what is due again waits for them."""
        self._again_asked = False
        self._lastmods: dict[str, str | None] = {}
        self._sitemaps_open = 0
        self._sitemaps_seen: set[str] = set()
        self._all_listed = bool(outlet.sitemaps)
        self._walks: dict[str, ListWalk] = {}
        self._latest: datetime | None = None
        self._held: list[Known] = []
        # Sitemap, feed and lists name the same articles.
        self._key = functools.lru_cache(_KEYS_KNOWN)(functools.partial(article_key, outlet=outlet))

    def begin(self) -> list[Visit]:
        """What to ask for first."""
        first = self._sitemap_visits(self.outlet.sitemaps, 1) or [*self._feeds_and_lists(), *self._due(again=False)]
        return [*first, *self._after(None, first)]

    def _after(self, visit: Visit | None, follow: Sequence[Visit]) -> list[Visit]:
        """What is due again, once nothing under way leads to new articles: those have the first claim on limit and caps."""
        self._leading -= {visit.url} if visit is not None else set()
        self._leading |= {each.url for each in follow if each.kind != ARTICLE and not each.leftover}
        if self._leading or self._again_asked:
            return []
        self._again_asked = True
        return self._due(again=True)

    def finish(self) -> None:
        """The run ended by itself: remember the validators of sitemaps and feeds if nothing is outstanding, of lists that were
        walked to their end: what those named is remembered by itself.

        A validator kept after a run that was killed or failed half-way would hide what that run did not fetch.
        """
        for known in self._held:
            walk = self._walks.get(known.url)
            if self.complete if walk is None else walk.done:
                self.state.put(known)
            if walk is not None and walk.done and self._latest is not None:
                walk.finish(self._latest)

    def received(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        """What an answer means. ``contents`` is what `newsharvest.crawl.reading.read` found in it."""
        if page.fetched_at is not None:
            self._latest = max(self._latest or page.fetched_at, page.fetched_at)
        if visit.kind == ARTICLE:
            answer = self._article(visit, page, contents)
            return self._guess_answered(visit, answer) if visit.guessed else answer
        answer = self._discovered(visit, page, contents)
        again = self._after(visit, answer.follow)
        return replace(answer, follow=[*answer.follow, *again]) if again else answer

    def lost(self, visit: Visit, *, for_good: bool = False, failed: bool = False) -> list[Visit]:
        """A visit gave nothing readable: what to ask for all the same.

        ``for_good``: nor will it in the next run. ``failed``: the server, or the page, was at fault.
        """
        if failed or for_good:
            put_off(self.state, visit.name, self.schedule, for_good=for_good)
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
        """A visit is over, and its answer led to nothing."""
        follow = self._sitemap_over(visit)
        return [*follow, *self._after(visit, follow)]

    def _sitemap_over(self, visit: Visit) -> list[Visit]:
        """After the last sitemap come articles that have vanished from them, feeds and lists."""
        if visit.kind != SITEMAP:
            return []
        self._sitemaps_open -= 1
        return [] if self._sitemaps_open else [*self._vanished(), *self._feeds_and_lists(), *self._due(again=False)]

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
            put_off(self.state, visit.name, self.schedule)
            return Answer(FAILED, f"http_{page.status}")
        if any(isinstance(item, Article) for item in contents.items):
            before = fetched(self.state, visit.name)
            self._remember(visit, page, 200, contents.content_hash)
            return Answer(UNCHANGED, SAME) if is_unchanged(before, contents.content_hash) else Answer(STORED)
        self._remember(visit, page, REJECTED_STATUS)
        return Answer(REJECTED, _reject_reason(contents.items) or "not_article")

    def _remember(self, visit: Visit, page: Page, status: int, content_hash: str | None = None) -> None:
        before, article_id = fetched(self.state, visit.name), visit.name.partition("/")[2]
        # Where the sitemaps were not read whole (unchanged, or failed), what they stated before still holds.
        unread = before.lastmod if before is not None and not self._all_listed else None
        lastmod = self._lastmods.get(visit.name, unread)
        seen = Seen(visit.url, visit.outlet_id, article_id, page, status, lastmod, content_hash)
        self.state.put(remembered(before, seen, self.schedule.steps))

    def _due(self, *, again: bool) -> list[Visit]:
        """Articles whose time has come, listed or not, the longest due first: never fetched yet, or ``again``."""
        due = [] if self.schedule.now is None else self.state.due(self.outlet.outlet_id, self.schedule.now)
        return [
            replace(self._ask(known.url, known.name), again=again)
            for known in due
            if is_pending(known) != again and known.name not in self._asked and self._within_limit()
        ]

    def _wanted(self, entries: Iterable[Entry], found_at: datetime | None = None) -> list[Visit]:
        """The articles among entries that are to be asked for; each is asked for once a run.

        ``found_at``: the new ones are remembered until they are fetched; a sitemap is read whole again instead.
        """
        visits: list[Visit] = []
        for entry in entries:
            key = self._key(entry.url)
            if key is None or key.url is None or key.outlet_id != self.outlet.outlet_id:
                continue
            if self.since is not None and is_before(entry.moment, self.since):
                continue
            name = article_name(key.outlet_id, key.article_id)
            if name not in self._asked and self._may_be_new(name):
                if found_at is not None and pend(self.state, key.url, name, found_at):
                    self._new.add(name)
                if self._within_limit():
                    visits.append(self._ask(key.url, name))
        return visits

    def _may_be_new(self, name: str) -> bool:
        if self._is_forgotten(name):
            return False
        known = self.state.get(name)
        if known is None or known.status in {REJECTED_STATUS, PENDING_STATUS}:
            return True
        return name in self._lastmods and self._lastmods[name] != known.lastmod

    def _within_limit(self) -> bool:
        if self._has_room():
            return True
        self.complete = False
        return False

    def _has_room(self) -> bool:
        return (self.limit is None or len(self._asked) < self.limit) and self.schedule.room()

    def _ask(self, url: str, name: str) -> Visit:
        self._asked.add(name)
        return self._visit(url, ARTICLE, name)

    def _visit(self, url: str, kind: str, name: str, number: int = 1, template: str = "") -> Visit:
        known = self.state.get(name)
        same = known if known is not None and known.status == 200 and known.url == url else None
        headers = same.conditions() if same is not None else {}
        payload = (same.payload, same.payload_at) if same and same.payload and same.payload_at else None
        return Visit(url, kind, self.outlet.outlet_id, name, headers, number, template, payload=payload)

    # --- where articles are found

    def _discovered(self, visit: Visit, page: Page, contents: Contents) -> Answer:
        if page.status == NOT_MODIFIED:
            if visit.kind == SITEMAP:
                self._all_listed = False
            return Answer(UNCHANGED, None, self._sitemap_over(visit))
        if visit.kind == LIST and visit.number > 1 and page.status in GONE:
            return Answer(STORED, f"http_{page.status}", self._list_ends(visit))
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
        return [*children, *self._wanted(found.pages), *self._sitemap_over(visit)]

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
            key = self._key(entry.url)
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
        return self._wanted(contents.entries, fetched_at(page))

    def _read_list(self, visit: Visit, page: Page, contents: Contents) -> list[Visit]:
        keys = (self._key(entry.url) for entry in contents.entries)
        names = {article_name(key.outlet_id, key.article_id) for key in keys if key}
        walk = self._walk(visit)
        following = walk.following(visit.number, names, self._new) if self._is_walked(visit) else None
        walk.done = walk.done or (following is None and self.since is None and not walk.too_long)
        if visit.number == 1:
            self._hold(visit, page)
        wanted = self._wanted(contents.entries, fetched_at(page))
        if self.since is None:
            walk.read(visit.number)
        if walk.too_long:
            logger.warning("%s: stopped after %d list pages", self.outlet.outlet_id, PAGES_MAX)
        self.complete = self.complete and not walk.too_long
        return [*wanted, *(self._further(visit, following) if following is not None and self._within_limit() else [])]

    def _is_walked(self, visit: Visit) -> bool:
        """Whether a list has further pages that are read, too."""
        return not visit.guessed and "{page}" in visit.template and self.since is None

    def _walk(self, visit: Visit) -> ListWalk:
        name = visit.template.replace("{page}", "1")
        return self._walks.setdefault(name, ListWalk(self.state, name, self._is_forgotten))

    def _is_forgotten(self, name: str) -> bool:
        return bool(self.tombstones) and self.tombstones.hold(name)

    def _further(self, visit: Visit, number: int) -> list[Visit]:
        """The next page of a list; of one that was never walked to its end, when nothing else waits."""
        return [replace(self._list_visit(visit.template, number), leftover=not self._walk(visit).walked)]

    def _list_ends(self, visit: Visit) -> Sequence[Visit]:
        back = self._walk(visit).missing(visit.number)
        return () if back is None else self._further(visit, back)

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
