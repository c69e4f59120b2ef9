"""Where requests may go: checked for every request, start URLs and redirects included, before anything is sent.

Scrapy's own filter lets redirects of start requests through and never looks at the address behind a name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from newsharvest.crawl.faults import FORGOTTEN, Refused
from newsharvest.files import DataDir
from newsharvest.tombstones import Tombstones

Resolve = Callable[[str], Awaitable[list[str]]]
URL_MAX = 2_083
ADDRESSES = "newsharvest_addresses"
"""In a request's meta: the addresses behind its host, which it shares with the host's neighbours."""
_DEMO = ".test"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def refusal(url: str, allowed_hosts: Collection[str], *, demo: bool) -> str | None:
    """Why a URL may not be asked for; null where it may, as far as its text says.

    A host is allowed by its exact name (with ``:port`` where it is not the scheme's own), so that no disguise of an
    address ever passes.

    >>> refusal("http://127.1/", {"a.kr"}, demo=False), refusal("https://a.kr/news", {"a.kr"}, demo=False)
    ('forbidden_host', None)
    """
    if len(url) > URL_MAX:
        return "url_too_long"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "malformed_url"
    if parts.scheme not in _DEFAULT_PORTS:
        return "scheme"
    if parts.username is not None or parts.password is not None:
        return "credentials_in_url"
    host = (parts.hostname or "").lower()
    if (host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}") not in allowed_hosts:
        return "forbidden_host"
    return "demo_not_running" if is_demo(host) and not demo else None


def is_demo(host: str) -> bool:
    """Whether a host is of the bundled site: ``.test`` names resolve nowhere else (RFC 6761)."""
    return host.endswith(_DEMO)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; an IPv4 address within an IPv6 one decides for it.

    >>> is_public("8.8.8.8"), is_public("::ffff:127.0.0.1"), is_public("169.254.169.254"), is_public("100.64.0.1")
    (True, False, False, False)
    """
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    decisive = _inner(ip) or ip if isinstance(ip, ipaddress.IPv6Address) else ip
    return decisive.is_global and not decisive.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to: mapped, 6to4 or NAT64."""
    nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None
    return ip.ipv4_mapped or ip.sixtofour or nat64


async def resolve(host: str) -> list[str]:
    """The addresses of a host, as the system knows them; none where it knows none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        return []
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Guard:
    """The first downloader middleware: refuses (outcome ``skipped``) what may not be asked for."""

    def __init__(
        self,
        allowed_hosts: Collection[str],
        demo_proxy: str,
        resolver: Resolve = resolve,
        tombstones: Tombstones = Tombstones(),  # noqa: B008 - frozen
    ) -> None:
        self.allowed_hosts, self.demo_proxy, self.tombstones = allowed_hosts, demo_proxy, tombstones
        self._resolver = resolver
        self._addresses: dict[str, list[str]] = {}
        self._verdicts: dict[str, asyncio.Task[str | None]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """For spiders that land; they say which hosts they may ask (``allowed_hosts``)."""
        if not getattr(crawler.spidercls, "lands", False):
            raise NotConfigured("the spider lands nothing")
        stones = Tombstones.load(DataDir(Path(crawler.settings["NEWSHARVEST_DATA"])))
        hosts = crawler.spider.allowed_hosts  # type: ignore[union-attr]
        return cls(hosts, crawler.settings["NEWSHARVEST_DEMO_PROXY"], tombstones=stones)

    async def process_request(self, request: Request) -> None:
        """Let a request pass, through the demo's proxy where it is for the demo. Refused otherwise."""
        reason = refusal(request.url, self.allowed_hosts, demo=bool(self.demo_proxy))
        if reason is not None:
            raise Refused(reason)
        if self.tombstones and self.tombstones.hold_page(request.url):
            raise Refused(FORGOTTEN)
        host = (urlsplit(request.url).hostname or "").lower()
        if is_demo(host):
            request.meta["proxy"] = self.demo_proxy
            request.meta[ADDRESSES] = (urlsplit(self.demo_proxy).hostname or "",)
            return
        if self.demo_proxy and request.meta.get("proxy") == self.demo_proxy:
            del request.meta["proxy"]  # a redirect away from the demo
        if (reason := await self._address_refusal(host)) is not None:
            raise Refused(reason)
        request.meta[ADDRESSES] = tuple(self._addresses.get(host, ()))

    async def _address_refusal(self, host: str) -> str | None:
        """Resolve a host once a run; requests that wait for it together share the answer."""
        if host not in self._verdicts:
            self._verdicts[host] = asyncio.ensure_future(self._look(host))
        return await asyncio.shield(self._verdicts[host])

    async def _look(self, host: str) -> str | None:
        addresses = self._addresses[host] = await self._resolver(host)
        if not addresses:
            return None  # the download fails with its own, better named, error
        return None if all(is_public(address) for address in addresses) else "forbidden_address"
