"""The content_hash that an article will have in the datasets, told before it is landed.

In the crawl's own process, which holds the pipelines anyway: in the workers they would cost memory twice, and time of the
page's limit.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Sequence

from newsharvest import settings
from newsharvest.chain import Chain
from newsharvest.items import Article, Item
from newsharvest.schema import rows
from newsharvest.store import Collector, Sink

_DATES = 200
"""From here on pipelines add to an article, and leave what is hashed as it is: a test compares the hashes of a whole crawl."""


class _Nowhere(Sink):
    def __init__(self) -> None:
        self.collector = Collector()


def content_hash(items: Sequence[Item]) -> str | None:
    """The hash of the article among a page's items; null where there is none, or where a pipeline fails on it.

    The items stay as they are: the pipelines work on a copy.
    """
    article = next((item for item in items if isinstance(item, Article)), None)
    if article is None:
        return None
    refined = _chain().item(copy.deepcopy(article))
    if not isinstance(refined, Article):
        return None
    return next(str(row["content_hash"]) for name, row in rows(refined) if name == "articles")


@functools.cache
def _chain() -> Chain:
    """The pipelines that clean what is hashed."""
    return Chain(_Nowhere(), {path: at for path, at in settings.ITEM_PIPELINES.items() if at < _DATES})
