"""Scrapy's lines for every page and item, made only where somebody is to read them."""

from __future__ import annotations

import logging
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter, LogFormatterResult


class Formatter(LogFormatter):
    """LOG_FORMATTER: what happened to each page and item is told at LOG_LEVEL DEBUG; below it no line is even begun.

    Scrapy's root logger takes everything and its handler drops it: two and a half records a page, 20 µs each.
    """

    def __init__(self, *, each: bool) -> None:
        self.each = each

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """By the crawl's LOG_LEVEL."""
        level = logging.getLevelNamesMapping()[str(crawler.settings["LOG_LEVEL"])]
        return cls(each=level <= logging.DEBUG)

    def crawled(self, *arguments: Any, **named: Any) -> LogFormatterResult:  # noqa: ANN401 - Scrapy's signature
        """A page that was received."""
        return super().crawled(*arguments, **named) if self.each else None  # type: ignore[return-value]  # as documented

    def scraped(self, *arguments: Any, **named: Any) -> LogFormatterResult:  # noqa: ANN401 - Scrapy's signature
        """An item behind all pipelines."""
        return super().scraped(*arguments, **named) if self.each else None  # type: ignore[return-value]
