"""Retry-After: a host that asks for a pause gets it; one that asks for more than a minute is left alone in this run."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from newsharvest.clock import now
from newsharvest.crawl.faults import Refused
from newsharvest.crawl.politeness import Politeness

PAUSE_MAX = 60.0
_ASKING = frozenset({429, 503})


def pause(retry_after: str, moment: datetime) -> float | None:
    """Seconds to wait from ``moment`` on; null for what is neither a number of seconds nor an HTTP date.

    >>> pause("120", datetime(2026, 3, 2, tzinfo=UTC)), pause("Mon, 02 Mar 2026 00:00:05 GMT", datetime(2026, 3, 2, tzinfo=UTC))
    (120.0, 5.0)
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        asked = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (asked.replace(tzinfo=asked.tzinfo or UTC) - moment).total_seconds())


class Backoff:
    """Downloader middleware: holds requests back until their host may be asked again, and tells who does not want us."""

    def __init__(self, manners: Politeness | None = None) -> None:
        self._until: dict[str, float] = {}
        self._manners = manners

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For every spider."""
        return cls(crawler.get_extension(Politeness))

    async def process_request(self, request: Request) -> None:
        """Wait out the pause a host asked for. Refused where it is longer than a minute, or where a ban is being sat out."""
        if self._manners is not None:
            self._manners.check_ban(request)
        host = urlsplit(request.url).netloc
        while (rest := self._until.get(host, 0.0) - time.monotonic()) > 0:
            if rest > PAUSE_MAX:
                raise Refused("retry_after")
            await asyncio.sleep(rest)

    def process_response(self, request: Request, response: Response) -> Response:
        """Remember the pause that a 429 or 503 asks for, and every refusal but the first that asks for a pause."""
        asked = (response.headers.get(b"Retry-After") or b"").decode("latin-1")
        seconds = pause(asked, now()) if response.status in _ASKING else None
        if seconds is not None:
            host = urlsplit(request.url).netloc
            self._until[host] = max(self._until.get(host, 0.0), time.monotonic() + seconds)
        patient = seconds is not None and seconds <= PAUSE_MAX and not request.meta.get("retry_times")
        if self._manners is not None and not patient:
            self._manners.answered(request, response.status, response.body)
        return response
