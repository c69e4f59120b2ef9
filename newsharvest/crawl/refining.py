"""A page's items through the pipelines where the page is parsed: one way through Scrapy's item processing, not nine.

Runs in a worker process, within the page's time limit, as in a re-parse. The settings decide which pipelines those are: ours,
in their order, up to the first that is not ours or hands items on to the run. The crawl's own process runs the rest.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from newsharvest import settings
from newsharvest.chain import StandIn, Steps
from newsharvest.crawl.reading import Contents, read
from newsharvest.items import Item
from newsharvest.page import Page
from newsharvest.registry import outlets

_HANDING_ON = 900
"""From here on pipelines need the run that they hand items to."""


@dataclass(frozen=True, slots=True)
class Refined:
    """An item that has been through the pipelines of `in_workers`: what the spider gives to Scrapy."""

    item: Item


def plain(item: Item | Refined) -> Item:
    """The item itself."""
    return item.item if isinstance(item, Refined) else item


def in_workers(pipelines: Mapping[Any, float | None]) -> tuple[str, ...]:
    """Which pipelines of ITEM_PIPELINES run in the workers.

    >>> in_workers({"pipelines.text.TextPipeline": 100, "my.Own": 120, "pipelines.credits.CreditsPipeline": 150})
    ('pipelines.text.TextPipeline',)
    """
    chosen = sorted((at, str(path)) for path, at in pipelines.items() if at is not None)
    ours = settings.ITEM_PIPELINES
    foreign = next((n for n, (_, path) in enumerate(chosen) if ours.get(path, _HANDING_ON) >= _HANDING_ON), len(chosen))
    return tuple(path for _, path in chosen[:foreign])


def refined(
    page: Page, kind: str, outlet_id: str | None, tickers: frozenset[bytes], pipelines: tuple[str, ...]
) -> Contents:
    """What `read` finds, its items after the pipelines; one on which a pipeline failed is the reject of that."""
    outlet = outlets()[outlet_id] if outlet_id is not None else None
    contents, steps = read(page, kind, outlet, tickers), _steps(pipelines)
    items = tuple(map(steps.item, contents.items))
    return replace(contents, items=items, counts=steps.stand_in.stats.take())


@functools.cache
def _steps(pipelines: tuple[str, ...]) -> Steps:
    return Steps({path: at for at, path in enumerate(pipelines)}, StandIn())
