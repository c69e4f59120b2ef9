"""The names of hosts, resolved for a connection: only public addresses come out.

The guard looks a name up before the request, the connection once more: a name server that answers differently the second
time (DNS rebinding) must not lead anywhere else.
"""

from __future__ import annotations

from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.crawler import Crawler
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from newsharvest.crawl.guards import is_public


class PublicResolver(CachingThreadedResolver):
    """Scrapy's resolver, which fails for an address that is not of the open internet; proxies excepted."""

    excepted: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Scrapy's way to make a resolver."""
        resolver = super().from_crawler(crawler, reactor)
        proxies = (crawler.settings["NEWSHARVEST_DEMO_PROXY"], *getproxies().values())
        resolver.excepted = frozenset(host for proxy in proxies if (host := urlsplit(proxy).hostname))
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> Deferred[str]:  # noqa: ANN401, N802 - Twisted's signature
        """The host's address; DNSLookupError for one that a request may not go to."""
        return super().getHostByName(name, timeout).addCallback(self._checked, name)

    def _checked(self, address: str, name: str) -> str:
        if name not in self.excepted and not is_public(address):
            raise DNSLookupError(f"{name} is {address}, no address of the open internet")
        return address
