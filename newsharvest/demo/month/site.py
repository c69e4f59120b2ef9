"""The month's site: answers requests on its present day and keeps count of what it served."""

from __future__ import annotations

import functools
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from newsharvest.demo import feeds
from newsharvest.demo.drafts import draft
from newsharvest.demo.editions import Entry
from newsharvest.demo.listing import listing
from newsharvest.demo.month.cast import CAST
from newsharvest.demo.month.ledger import Ledger
from newsharvest.demo.month.noise import noisy
from newsharvest.demo.month.parked import CAPTCHA, PARKED
from newsharvest.demo.month.redesign import redesigned
from newsharvest.demo.month.script import BAN, OUTAGE, THROTTLE, Script
from newsharvest.demo.papers import Paper, at
from newsharvest.demo.server import HANG_UP
from newsharvest.demo.site import SKINS, Response, answer, is_unchanged, page_number
from newsharvest.demo.tickers import list_slot, slot_of

_GIVEN = 2
"""Requests that a throttling or banning server still answers."""
_GONE = "요청하신 기사를 찾을 수 없습니다."
_VALIDATORS = ("ETag", "Last-Modified")


@dataclass(frozen=True, slots=True)
class Asked:
    """One answered request for an article, as the site counts them."""

    day: int
    outlet_id: str
    number: int
    conditional: bool
    status: int


class MonthSite:
    """All papers of a script. Set ``day`` to what it is; several threads may ask."""

    def __init__(self, script: Script, day: int) -> None:
        self.script, self.day = script, day
        self.ledgers = {part.paper.outlet_id: Ledger(part, script) for part in CAST}
        self.asked: list[Asked] = []
        self.requests: Counter[tuple[int, str]] = Counter()
        """(day, outlet_id) → requests."""
        self.tickers: set[tuple[str, int, int]] = set()
        """(outlet_id, day, slot) of every ticker that a 200 showed."""
        self._by_host = {host: ledger for ledger in self.ledgers.values() for host in ledger.paper.hosts}
        self._fetches = 0
        self._guard = threading.Lock()
        self._rendered = functools.lru_cache(maxsize=4096)(self._render)

    @property
    def hosts(self) -> frozenset[str]:
        """Every host of the papers."""
        return frozenset(self._by_host)

    def respond(self, host: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a GET."""
        ledger = self._by_host[host.lower()]
        with self._guard:
            self.requests[self.day, ledger.outlet_id] += 1
            self._fetches += 1
            fetch = self._fetches
        trouble = self._trouble(ledger)
        if trouble is not None:
            return trouble
        if host.lower() != ledger.paper.host:
            return Response(301, {"Location": ledger.paper.base + path, "Content-Type": "text/html"}, b"")
        return self._page(ledger, path, headers or {}, fetch)

    def _trouble(self, ledger: Ledger) -> Response | None:
        if self.script.is_lost(ledger.outlet_id, self.day):
            return Response(
                200, {"Content-Type": "text/html; charset=utf-8"}, PARKED.format(host=ledger.paper.host).encode()
            )
        asked = self.requests[self.day, ledger.outlet_id]
        for event in self.script.on(self.day, ledger.outlet_id):
            if event.kind == OUTAGE:
                return Response(HANG_UP if event.how == "hang up" else 503, {"Content-Type": "text/html"}, b"")
            if event.kind == THROTTLE and asked > _GIVEN:
                return Response(429, {"Retry-After": "7200", "Content-Type": "text/html"}, b"too many requests")
            if event.kind == BAN and asked > _GIVEN:
                return Response(403, {"Content-Type": "text/html; charset=utf-8"}, CAPTCHA.encode())
        return None

    def _page(self, ledger: Ledger, path: str, headers: Mapping[str, str], fetch: int) -> Response:
        paper, parts = ledger.paper, urlsplit(path)
        query = {k: v[0] for k, v in parse_qs(parts.query, encoding=paper.encoding, errors="replace").items()}
        skin = SKINS[paper.family]
        if parts.path == skin.article_route and skin.number in query:
            return self._article(ledger, query[skin.number], headers, fetch)
        page = self._other(ledger, path, parts.path, query, fetch)
        return self._conditional(page, headers) if ledger.part.validators else _bare(page)

    def _other(self, ledger: Ledger, full: str, path: str, query: Mapping[str, str], fetch: int) -> Response:
        paper, changed = ledger.paper, self._changed()
        if full == paper.feed:
            return answer(200, feeds.feed(paper, self.day), changed, "text/xml", paper.encoding)
        if path == "/robots.txt":
            return answer(200, feeds.robots(paper), changed, "text/plain", "utf-8")
        if path == "/sitemap.xml" and ledger.part.sitemap:
            return answer(200, feeds.sitemap(paper, self.day), changed, "application/xml", "utf-8")
        if path in {"/", SKINS[paper.family].list_route}:
            number = 0 if path == "/" else page_number(query)
            text = SKINS[paper.family].listing(listing(paper, self.day, number, None))
            shown, slot = noisy(text, paper, self.day, list_slot(paper, number), fetch)
            self._showed(ledger, slot)
            return answer(200, shown, changed, "text/html", paper.encoding)
        return answer(404, _GONE, changed, "text/html", paper.encoding)

    def _article(self, ledger: Ledger, text: str, headers: Mapping[str, str], fetch: int) -> Response:
        known = {entry.number: entry for entry in ledger.entries(self.day)}
        number = int(text) if text.isascii() and text.isdigit() else 0
        entry = known.get(number)
        if entry is None or entry.gone_at is not None:
            page = answer(
                entry.gone_status or 404 if entry else 404, _GONE, self._changed(), "text/html", ledger.paper.encoding
            )
        else:
            page = self._standing(ledger, entry, headers, fetch)
        conditional = bool({"if-none-match", "if-modified-since"} & set(headers))
        self.asked.append(Asked(self.day, ledger.outlet_id, number, conditional, page.status))
        return page

    def _standing(self, ledger: Ledger, entry: Entry, headers: Mapping[str, str], fetch: int) -> Response:
        """An article; its validators tell of the article and the template, not of what surrounds it."""
        paper, designs = ledger.paper, self.script.designs(ledger.outlet_id, self.day)
        tag = f'"{paper.outlet_id}-{entry.number}-{len(entry.edits)}-{len(designs)}"'
        page = answer(200, "", entry.changed_at, "text/html", paper.encoding)
        page.headers["ETag"] = tag
        if designs:  # a template's day changes every page
            page.headers["Last-Modified"] = answer(200, "", self._changed(), "text/html", "utf-8").headers[
                "Last-Modified"
            ]
        if ledger.part.validators and is_unchanged(page, headers):
            return Response(304, {name: page.headers[name] for name in _VALIDATORS}, b"")
        shown, slot = noisy(
            self._rendered(paper, entry, self.day, designs), paper, self.day, slot_of(paper, entry.number), fetch
        )
        self._showed(ledger, slot)
        full = replace(page, body=shown.encode(paper.encoding, "xmlcharrefreplace"))
        return full if ledger.part.validators else _bare(full)

    def _render(self, paper: Paper, entry: Entry, day: int, designs: tuple[str, ...]) -> str:
        return redesigned(SKINS[paper.family].article(draft(paper, entry), day), paper.family, designs)

    def _conditional(self, page: Response, headers: Mapping[str, str]) -> Response:
        if page.status == 200 and is_unchanged(page, headers):
            return Response(304, {name: page.headers[name] for name in _VALIDATORS}, b"")
        return page

    def _showed(self, ledger: Ledger, slot: int | None) -> None:
        if slot is not None:
            self.tickers.add((ledger.outlet_id, self.day, slot))

    def _changed(self) -> datetime:
        return at(self.day, 18, 30)


def _bare(page: Response) -> Response:
    """An answer of a server that sends no validators."""
    return replace(page, headers={name: value for name, value in page.headers.items() if name not in _VALIDATORS})
