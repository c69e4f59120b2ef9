"""Rows that wait to be landed, joined as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from newsharvest.gathering import Batch, Gathered, Waiting, gathered
from newsharvest.items import Item, TickerAgain, WeatherBulletin
from newsharvest.known import Known
from newsharvest.schema import DATASETS, Dataset, Row
from newsharvest.schema.joining import group_key, join, newer_block
from newsharvest.schema.rows import blocks, bulletin_id

TICKERS_KNOWN = 128
_SIGHTINGS_WAITING = 200  # joined together: the union of a ticker's pages is sorted once for so many


class Collector:
    """Rows of items, joined as they come: what waits is one group a key, however many pages showed it."""

    def __init__(self, tickers: Known[bytes, WeatherBulletin] | None = None) -> None:
        self._groups: dict[tuple[str, tuple[Any, ...]], Sequence[Row]] = {}
        self.waiting = 0
        self.counts: dict[str, int] = {}
        self.tickers: Known[bytes, WeatherBulletin] = Known(TICKERS_KNOWN) if tickers is None else tickers
        """The tickers that came last, by what they were read from: one that is shown again is not made again."""

    def add(self, item: Item) -> None:
        """Join an item's rows to those that wait. LookupError for a ticker shown again that is not known."""
        if isinstance(item, TickerAgain):
            item = replace(self.tickers[item.read_from], source=item.source)
        elif isinstance(item, WeatherBulletin) and item.read_from is not None:
            self.tickers.put(item.read_from, item)
        if isinstance(item, WeatherBulletin) and self._seen_again(item):
            return
        for name, block in blocks(item):
            self.add_group(name, block)

    def tickers_of(self, source_id: str) -> frozenset[bytes]:
        """What the known tickers of an outlet were read from."""
        return frozenset(key for key, bulletin in self.tickers.items() if bulletin.source_id == source_id)

    def add_group(self, name: str, block: Sequence[Row]) -> None:
        """Join one group's rows (all of one key or one bulletin) to those that wait."""
        dataset = DATASETS[name]
        self.counts[name] = self.counts.get(name, 0) + len(block)
        key = (name, group_key(dataset, block[0]))
        held = self._groups.get(key)
        joined = block if held is None else _joined(dataset, held, block)
        self.waiting += len(joined) - (len(held) if held else 0)
        self._groups[key] = joined

    def _seen_again(self, bulletin: WeatherBulletin) -> bool:
        """Note a ticker that waits already and was seen earlier: its readings cannot win, so no rows are made of them."""
        key = ("bulletins", (bulletin_id(bulletin),))
        held, at = self._groups.get(key), bulletin.source.fetched_at
        if held is None or at is None or bulletin.observed_at is not None:
            return False
        first = held[0]
        if first["fetched_at"] is None or at <= first["fetched_at"]:
            return False
        again = {**first, "first_seen_at": at, "last_seen_at": at, "pages": [bulletin.source.page_key]}
        seen = [*held, again]
        self._groups[key] = join(DATASETS["bulletins"], seen) if len(seen) > _SIGHTINGS_WAITING else seen
        self.counts["bulletins"] += 1
        return True

    def groups(self) -> Iterator[tuple[str, Sequence[Row]]]:
        """What waits, a group at a time."""
        for (name, _), block in self._groups.items():
            dataset = DATASETS[name]
            yield name, join(dataset, block) if len(block) > 1 and dataset.key == dataset.group else block

    def gathered(self) -> list[Gathered]:
        """What waits, as columns; afterwards nothing waits."""
        found = gathered(self.groups())
        self._groups.clear()
        self.waiting = 0
        return found

    def take(self) -> Batch:
        """What waits, by file; afterwards nothing waits."""
        waiting = Waiting()
        for more in self.gathered():
            waiting.add(more)
        return waiting.take()


def _joined(dataset: Dataset, held: Sequence[Row], block: Sequence[Row]) -> Sequence[Row]:
    """A bulletin's readings are compared as blocks: 97 readings cost one comparison."""
    if dataset.key != dataset.group:
        return newer_block(dataset, held, block)
    return join(dataset, [*held, *block])


class Sink:
    """Where the last pipeline puts items; a crawl's extension and a re-parse are sinks."""

    collector: Collector

    def put(self, item: Item) -> None:
        """Take an item for landing."""
        self.collector.add(item)
