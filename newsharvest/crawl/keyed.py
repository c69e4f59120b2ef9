"""Keys of sources that want one: part of the request on the wire, and of nothing else.

The key is read from the environment when the request is sent. The rest of the crawl sees the URL without it: archive,
fetches, crawl state and log. What the server sends back is cleaned of it, and so is every line that is logged.
"""

from __future__ import annotations

import functools
import logging
import os
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from scrapy import exceptions
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Headers, Request, Response
from twisted.internet.defer import CancelledError

from newsharvest.crawl.faults import Refused
from newsharvest.crawl.heads import BoundedFactory

KEY = "newsharvest_key"
"""Of a request's meta: the name of the environment variable, never its value."""
MASK = "***"
_PARAMETER = "authKey"
_MISSING = "no_key"
_KNOWN = (
    exceptions.DownloadTimeoutError,
    exceptions.CannotResolveHostError,
    exceptions.DownloadConnectionRefusedError,
    exceptions.ResponseDataLossError,
    exceptions.DownloadCancelledError,
)


def with_key(url: str, key: str) -> str:
    """The URL as it goes over the wire.

    >>> with_key("https://a.kr/x.php?stn=0", "abc")
    'https://a.kr/x.php?stn=0&authKey=abc'
    """
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({_PARAMETER: key}))))
    return urlunsplit(parts._replace(query=query))


def masked(text: str, key: str) -> str:
    """Text without the key, as it stands or quoted for a URL.

    >>> masked("no such key: a+b (authKey=a%2Bb)", "a+b")
    'no such key: *** (authKey=***)'
    """
    return text.replace(quote(key, safe=""), MASK).replace(key, MASK)


def clean(response: Response, url: str, key: str) -> Response:
    """The response to a request with a key as one to the URL without it, the key cut out of headers and body."""
    headers = Headers(
        {name: [_cut(value, key) for value in response.headers.getlist(name)] for name in response.headers}
    )
    return response.replace(url=url, headers=headers, body=_cut(response.body, key))


def failed(error: Exception) -> Exception:
    """The same failure without a message: Scrapy's name the URL."""
    kind = next((known for known in _KNOWN if isinstance(error, known)), exceptions.DownloadFailedError)
    return kind(f"{type(error).__name__} (the address holds a key)")


class Keyed(HTTP11DownloadHandler):
    """Adds the key to requests whose meta names one; sends every other request as it is.

    Refused (``no_key``) where the environment does not hold it.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = BoundedFactory  # noqa: SLF001 - where Scrapy 2.19 puts its own

    async def download_request(self, request: Request) -> Response:
        """The answer, clean of the key."""
        name = request.meta.get(KEY)
        if name is None:
            return await super().download_request(request)
        key = os.environ.get(name)
        if not key:
            raise Refused(_MISSING)
        keep_out_of_the_log(key)
        sent = request.replace(url=with_key(request.url, key))
        # Compressed, the key could not be found in what the server sends back.
        sent.headers["Accept-Encoding"] = "identity"
        try:
            response = await super().download_request(sent)
        except CancelledError:  # the run is being stopped; names nothing
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its message may hold the key
            raise failed(error) from None
        if "download_latency" in sent.meta:
            request.meta["download_latency"] = sent.meta["download_latency"]
        return clean(response, request.url, key)


@functools.cache
def keep_out_of_the_log(key: str) -> None:
    """From now on every record that this process logs is made without the key."""
    make = logging.getLogRecordFactory()

    def record(*arguments: Any, **named: Any) -> logging.LogRecord:  # noqa: ANN401 - logging's signature
        made = make(*arguments, **named)
        text = made.getMessage()
        if masked(text, key) != text:
            made.msg, made.args = masked(text, key), ()
        return made

    logging.setLogRecordFactory(record)


def _cut(value: bytes, key: str) -> bytes:
    return value.replace(quote(key, safe="").encode(), MASK.encode()).replace(key.encode(), MASK.encode())
