"""Rows that wait to be landed, joined as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from newsharvest.files import file_of
from newsharvest.items import Item, TickerAgain, WeatherBulletin
from newsharvest.known import Known
from newsharvest.schema import DATASETS, Dataset, Row, rows
from newsharvest.schema.joining import group_key, join, newer_block
from newsharvest.schema.rows import bulletin_id

TICKERS_KNOWN = 128
_SIGHTINGS_WAITING = 200  # joined together: the union of a ticker's pages is sorted once for so many

Batch = dict[tuple[str, str], list[Row]]
"""Rows to land: (dataset, file below it) → rows."""


class Collector:
    """Rows of items, joined as they come: what waits is one group a key, however many pages showed it."""

    def __init__(self, tickers: Known[bytes, WeatherBulletin] | None = None) -> None:
        self._groups: dict[tuple[str, tuple[Any, ...]], list[Row]] = {}
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
        blocks: dict[str, list[Row]] = {}
        for name, row in rows(item):
            blocks.setdefault(name, []).append(row)
        for name, block in blocks.items():
            self.add_group(name, block)

    def tickers_of(self, source_id: str) -> frozenset[bytes]:
        """What the known tickers of an outlet were read from."""
        return frozenset(key for key, bulletin in self.tickers.items() if bulletin.source_id == source_id)

    def add_group(self, name: str, block: list[Row]) -> None:
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
        held.append({**first, "first_seen_at": at, "last_seen_at": at, "pages": [bulletin.source.page_key]})
        if len(held) > _SIGHTINGS_WAITING:
            self._groups[key] = join(DATASETS["bulletins"], held)
        self.counts["bulletins"] += 1
        return True

    def groups(self) -> Iterator[tuple[str, list[Row]]]:
        """What waits, a group at a time."""
        for (name, _), block in self._groups.items():
            dataset = DATASETS[name]
            yield name, join(dataset, block) if len(block) > 1 and dataset.key == dataset.group else block

    def take(self) -> Batch:
        """What waits, by file; afterwards nothing waits."""
        batch: Batch = {}
        for name, block in self.groups():
            for row in block:
                batch.setdefault((name, file_of(name, row)), []).append(row)
        self._groups.clear()
        self.waiting = 0
        return batch


def _joined(dataset: Dataset, held: list[Row], block: list[Row]) -> list[Row]:
    """A bulletin's readings are compared as blocks: 97 readings cost one comparison."""
    if dataset.key != dataset.group:
        return newer_block(dataset, held, block)
    return join(dataset, held + block)


class Sink:
    """Where the last pipeline puts items; a crawl's extension and a re-parse are sinks."""

    collector: Collector

    def put(self, item: Item) -> None:
        """Take an item for landing."""
        self.collector.add(item)
