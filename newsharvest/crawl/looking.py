"""Fetching a page, and what tells of its site, outside of any data dir: a guarded crawl into a folder that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsharvest.archive import Damaged, pages
from newsharvest.crawl.robots import rules_of
from newsharvest.crawl.running import run
from newsharvest.page import Page
from newsharvest.settings import ROBOTSTXT_USER_AGENT

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotFetchedError(Exception):
    """A page that could not be had, told in one line."""


@dataclass(frozen=True, slots=True)
class Look:
    """The page that was asked for (after redirects), what was fetched beside it, and what robots.txt says."""

    page: Page
    around: list[Page]
    robots: list[str]


def look(url: str, options: Mapping[str, Any], *, further: bool) -> Look:
    """Fetch a page, robots.txt and the network's guards obeyed; with ``further`` also feeds, sitemap and one article.

    NotFetchedError where it cannot be had, with the reason.
    """
    with tempfile.TemporaryDirectory(prefix="newsharvest-") as folder:
        settings = {"NEWSHARVEST_DATA": folder, "NEWSHARVEST_COMMAND": "probe", "NEWSHARVEST_ARGUMENTS": url, **options}
        result = run("probe", settings, {"url": url, "further": "yes" if further else ""})
        files = sorted((Path(folder) / "archive").glob("*.warc*"))
        fetched = [page for file in files for page in pages(file) if not isinstance(page, Damaged)]
    told = [line for page in fetched if _path(page) == "/robots.txt" for line in robots_lines(page, url)]
    wanted = [page for page in fetched if _path(page) != "/robots.txt" and page.status not in _REDIRECTS]
    first = next((page for page in wanted if page.status == 200), None)
    if first is None:
        reasons = [*result.reasons, *(f"http_{page.status}" for page in wanted)]
        raise NotFetchedError(f"{url}: not fetched ({', '.join(reasons) or 'no answer'})")
    return Look(first, [page for page in wanted if page is not first], told)


def _path(page: Page) -> str:
    return urlsplit(page.url or "").path


def robots_lines(page: Page, url: str) -> list[str]:
    """What a fetched robots.txt means for us and for one URL."""
    rules = rules_of(page.status, page.body)
    refusal, delay = rules.refusal(url, ROBOTSTXT_USER_AGENT), rules.delay(ROBOTSTXT_USER_AGENT)
    lines = [f"{page.url} answered {page.status}", f"{url}: {'may be fetched' if refusal is None else refusal}"]
    if delay is not None:
        lines.append(f"crawl delay {delay:g} s")
    listed = list(rules.parser.sitemaps) if rules.parser is not None else []
    return lines + [f"sitemap {each}" for each in listed]
