"""Certificates are verified; an outlet whose stanza states a ``tls_exception`` is the only one that is read without."""

from __future__ import annotations

import copy

from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from newsharvest.crawl.keyed import Keyed
from newsharvest.reference import outlets


class Https(Keyed):
    """Scrapy's handler, and beside it one that verifies nothing, for the hosts of outlets with an exception."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.excepted = frozenset(host for o in outlets().values() if o.tls_exception for host in o.hosts)
        self._unverified = Keyed(_unverifying(crawler)) if self.excepted else None

    async def download_request(self, request: Request) -> Response:
        """The answer; a certificate that cannot be verified fails the request."""
        host = request.url.split("/", 3)[2].rpartition("@")[2].lower()
        if self._unverified is not None and host.removesuffix(":443") in self.excepted:
            return await self._unverified.download_request(request)
        return await super().download_request(request)

    async def close(self) -> None:
        """Close the connections of both."""
        if self._unverified is not None:
            await self._unverified.close()
        await super().close()


def _unverifying(crawler: Crawler) -> Crawler:
    """The same crawler as one handler is to see it."""
    seen = copy.copy(crawler)
    seen.settings = crawler.settings.copy()
    seen.settings.frozen = False  # the copy of what a running crawler holds is as frozen as that
    seen.settings.set("DOWNLOAD_VERIFY_CERTIFICATES", False, priority="cmdline")
    return seen
