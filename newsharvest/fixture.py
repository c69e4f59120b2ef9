"""Saving a page for the tests: its markup, and beside it what it gives now, for a person to read and mend."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from newsharvest.archive import Damaged, pages
from newsharvest.chain import Chain
from newsharvest.cms.keys import outlet_id_of
from newsharvest.cms.meta import read_head
from newsharvest.items import Article, Reject
from newsharvest.markup import PageError, document
from newsharvest.page import HTML, Page, decode
from newsharvest.registry import outlet_for
from newsharvest.saved import SourceError, page_from_file, sources
from newsharvest.scrub import scrubber_for
from newsharvest.store import Collector, Sink

FIELDS = (
    "outlet_id", "article_id", "title", "subtitle", "paragraphs", "captions", "dateline_raw", "dateline_outlet",
    "byline_raw", "authors", "agency", "section", "keywords", "images", "published_at_raw", "published_at",
    "published_at_precision", "published_at_label", "modified_at_raw", "modified_at", "rights_notice",
)  # fmt: skip
"""What a saved page's json states, beside ``url``."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a page was saved, and in what the scrubbed page parses differently."""

    page: Path
    json: Path
    differences: list[str]


class _Nowhere(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def saved_page(what: str) -> Page:
    """A saved file, or one record of a WARC file by its place: ``FILE.warc.gz@OFFSET``. SourceError where there is none."""
    name, at, offset = what.rpartition("@")
    if not at or not offset.isdigit():
        (path,) = list(sources([Path(what)]))[:1]
        return page_from_file(path)
    (path,) = sources([Path(name)])
    found = next(iter(pages(path, int(offset))), None)
    if found is None or isinstance(found, Damaged) or found.status != 200:
        raise SourceError(f"{what}: no page there{f' ({found.reason})' if isinstance(found, Damaged) else ''}")
    return found


def save(page: Page, folder: Path, name: str | None, *, scrubbed: bool) -> Saved:
    """Save a page and its json into ``folder/<outlet>/``; never over an earlier one.

    SourceError for a page that does not say where it is from, or that is none; the json begins ``reviewed: false``.
    """
    if page.url is None or page.media != HTML:
        raise SourceError("the page is no HTML page that says where it is from: give its address with --url")
    kept = scrub(page) if scrubbed else page
    expected = expectation(kept)
    outlet_id = expected.get("outlet_id") or outlet_id_of(page.url)
    stem = name or str(expected.get("article_id") or "page")
    target = folder / outlet_id / f"{stem}.html.gz"
    if list(target.parent.glob(f"{stem}.*")):
        raise SourceError(f"{target.parent / stem}: is there already; give another --name")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(kept.body, mtime=0))
    beside = target.with_name(f"{stem}.json")
    beside.write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return Saved(target, beside, differences(expectation(page), expected) if scrubbed else [])


def scrub(page: Page) -> Page:
    """The page with other words, in the encoding that it was in."""
    decoded = decode(page.body, page.headers.get("content-type"))
    outlet = outlet_for(page.url) if page.url else None
    names = [outlet.name, *outlet.other_names] if outlet else []
    try:
        stated = read_head(document(page), "").meta("og:site_name")
    except PageError:
        stated = None
    scrubber = scrubber_for(page.url, *names, stated[1] if stated else "")
    return replace(page, body=scrubber.page(decoded.text).encode(decoded.encoding, "replace"))


def expectation(page: Page) -> dict[str, Any]:
    """What a page gives now, as its json states it; ``reviewed`` is false until a person has read it."""
    for item in Chain(_Nowhere()).page(page):
        if isinstance(item, Article):
            values = {name: _plain(getattr(item, name)) for name in FIELDS}
            seen = {"seen_as": page.url} if item.source.url != page.url else {}
            return {"reviewed": False, "url": item.source.url, **seen, **values}
        if isinstance(item, Reject):
            return {"reviewed": False, "url": page.url, "reject": item.reason}
    raise SourceError(f"{page.url}: neither an article nor a reject: nothing to expect of it")


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """In what a scrubbed page gives something else than the page: another number of lines, another length, another date."""
    names = [name for name in ("reject", *FIELDS) if _shape(before.get(name)) != _shape(after.get(name))]
    dates = [name for name in ("published_at", "modified_at") if before.get(name) != after.get(name)]
    return [f"the scrubbed page gives another {name} than the page" for name in dict.fromkeys(names + dates)]


def _shape(value: object) -> object:
    if isinstance(value, list):
        return [_shape(each) for each in value]
    return len(value) if isinstance(value, str) else value
