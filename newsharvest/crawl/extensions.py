"""The extensions that parts of a crawl cannot do without."""

from __future__ import annotations

from typing import TypeVar

from scrapy.crawler import Crawler

_T = TypeVar("_T")


def extension_of(crawler: Crawler, kind: type[_T]) -> _T:
    """The crawler's extension of a class; RuntimeError where the settings name none."""
    found = crawler.get_extension(kind)
    if found is None:
        raise RuntimeError(f"EXTENSIONS must name {kind.__module__}.{kind.__qualname__}")
    return found
