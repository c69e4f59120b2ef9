"""The demo site of one day: answers requests as a pure function of (day, host, path, headers)."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qs, urlsplit

from newsharvest.demo import feeds, gnuboard, kma_site, mediaon, ndsoft
from newsharvest.demo.drafts import Draft, draft
from newsharvest.demo.editions import by_number
from newsharvest.demo.listing import Listing, listing
from newsharvest.demo.papers import BY_HOST, GNUBOARD, MEDIAON, NDSOFT, Paper, at
from newsharvest.demo.shell import Frame, framed


@dataclass(frozen=True, slots=True)
class Response:
    """What the site answers: header names as sent, the body without content encoding."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Skin:
    """The pages of one CMS family, and what names an article and a list in its URLs."""

    article: Callable[[Draft, int], str]
    listing: Callable[[Listing], str]
    article_route: str
    list_route: str
    number: str
    section: str


SKINS = {
    NDSOFT: Skin(
        ndsoft.article, ndsoft.listing, "/news/articleView.html", "/news/articleList.html", "idxno", "sc_section_code"
    ),
    MEDIAON: Skin(
        mediaon.article, mediaon.listing, "/news/article.html", "/news/section_list_all.html", "no", "sec_no"
    ),
    GNUBOARD: Skin(gnuboard.article, gnuboard.listing, "/bbs/board.php", "/bbs/board.php", "wr_id", "sca"),
}
_NOTES = {
    "admin": "관리자만 볼 수 있는 화면입니다.",
    "search": "검색 결과가 없습니다.",
    "company": "작은 고장의 큰 이야기를 전합니다.",
}
_MISSING = {404: "요청하신 페이지를 찾을 수 없습니다.", 410: "삭제된 기사입니다."}


HOSTS = frozenset(BY_HOST) | kma_site.HOSTS


class Site:
    """The three papers and KMA's pages on one day. The same day and request always give the same bytes."""

    hosts = HOSTS

    def __init__(self, day: int) -> None:
        at(day, 0)
        self.day = day
        self._pages = functools.lru_cache(maxsize=4096)(self._page)

    def respond(self, host: str, path: str, headers: Mapping[str, str] | None = None) -> Response:
        """The answer to a GET; header names in lower case. A host that is none of `HOSTS` is a KeyError.

        >>> Site(1).respond("www.haeram.test", "/robots.txt").status
        200
        """
        if host.lower() in kma_site.HOSTS:
            page = self._weather(host.lower(), path)
        else:
            paper = BY_HOST[host.lower()]
            if host.lower() != paper.host:
                return Response(301, {"Location": paper.base + path, "Content-Type": "text/html"}, b"")
            page = self._pages(paper, path)
        if page.status == 200 and is_unchanged(page, headers or {}):
            kept = {name: page.headers[name] for name in ("ETag", "Last-Modified")}
            return Response(304, kept, b"")
        return page

    def _weather(self, host: str, path: str) -> Response:
        shown = kma_site.page(host, path, self.day)
        return answer(shown.status, shown.text, at(self.day, shown.hour, shown.minute), shown.kind, shown.encoding)

    def _page(self, paper: Paper, path: str) -> Response:
        parts = urlsplit(path)
        query = {k: v[0] for k, v in parse_qs(parts.query, encoding=paper.encoding, errors="replace").items()}
        if path == paper.feed:
            return answer(200, feeds.feed(paper, self.day), _changed(self.day), "text/xml", paper.encoding)
        if parts.path in {"/robots.txt", "/sitemap.xml"}:
            return self._plain(paper, parts.path)
        return self._html(paper, parts.path, query)

    def _plain(self, paper: Paper, path: str) -> Response:
        if path == "/robots.txt":
            return answer(200, feeds.robots(paper), at(1, 0), "text/plain", "utf-8")
        return answer(200, feeds.sitemap(paper, self.day), _changed(self.day), "application/xml", "utf-8")

    def _html(self, paper: Paper, path: str, query: Mapping[str, str]) -> Response:
        skin = SKINS[paper.family]
        if path == skin.article_route and skin.number in query:
            return self._article(paper, skin, query[skin.number])
        if path == "/" or path == skin.list_route:
            number = 0 if path == "/" else page_number(query)
            section = _section(paper, query.get(skin.section, ""))
            page = skin.listing(listing(paper, self.day, number, section))
            return answer(200, page, _changed(self.day), "text/html", paper.encoding)
        for note in ("admin", "search", "company"):
            if path.startswith(f"/{note}"):
                return self._note(paper, 200, _NOTES[note])
        return self._note(paper, 404, _MISSING[404])

    def _article(self, paper: Paper, skin: Skin, text: str) -> Response:
        number = int(text) if text.isascii() and text.isdigit() else 0
        known = by_number(paper.outlet_id, self.day)
        if number not in known:
            return self._note(paper, 404, _MISSING[404])
        entry = known[number]
        if entry.gone_status is not None:
            return self._note(paper, entry.gone_status, _MISSING[entry.gone_status])
        # NDsoft pages show nothing of the day, so an unchanged article answers 304 on later days too.
        changed = entry.changed_at if paper.family == NDSOFT else _changed(self.day)
        return answer(200, skin.article(draft(paper, entry), self.day), changed, "text/html", paper.encoding)

    def _note(self, paper: Paper, status: int, text: str) -> Response:
        page = framed(Frame(paper, paper.name, 0), f'<div class="notice"><p>{text}</p></div>')
        return answer(status, page, at(1, 0), "text/html", paper.encoding)


def answer(status: int, text: str, changed: datetime, kind: str, encoding: str) -> Response:
    """A page with its validators, in the encoding it is labelled with."""
    # Signs outside the encoding become references, as PHP's output does: © in a cp949 page.
    body = text.encode(encoding, "xmlcharrefreplace")
    label = "euc-kr" if encoding == "cp949" else encoding
    headers = {
        "Content-Type": f"{kind}; charset={label}",
        "ETag": f'W/"{hashlib.sha1(body, usedforsecurity=False).hexdigest()[:20]}"',
        "Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True),
        "Cache-Control": "no-cache",
    }
    return Response(status, headers, body)


def is_unchanged(page: Response, headers: Mapping[str, str]) -> bool:
    """Whether a conditional request may be answered with 304: If-None-Match wins over If-Modified-Since (RFC 9110)."""
    if "if-none-match" in headers:
        tags = {tag.strip().removeprefix("W/") for tag in headers["if-none-match"].split(",")}
        return "*" in tags or page.headers["ETag"].removeprefix("W/") in tags
    if "if-modified-since" not in headers:
        return False
    try:
        since = parsedate_to_datetime(headers["if-modified-since"])
    except ValueError:  # an unreadable date is ignored (RFC 9110, 13.1.3)
        return False
    return parsedate_to_datetime(page.headers["Last-Modified"]) <= since


def _changed(day: int) -> datetime:
    return at(day, 18, 30)


def page_number(query: Mapping[str, str]) -> int:
    """Which page of a list a query asks for."""
    text = query.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 10_000 else 1


def _section(paper: Paper, code: str) -> str | None:
    """The section of a code (its place + 2, or its name); None for all articles and for unknown codes."""
    if code in paper.sections:
        return code
    digits = code.removeprefix("S1N")
    place = int(digits) - 2 if digits.isascii() and digits.isdigit() else -1
    return paper.sections[place] if 0 <= place < len(paper.sections) else None
