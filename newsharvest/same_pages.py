"""A page that comes again unchanged is known before it is decoded and parsed, by all that its items depend on."""

from __future__ import annotations

from collections.abc import Container, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from newsharvest.files import KST
from newsharvest.items import Article, Item, TickerAgain, WeatherBulletin
from newsharvest.page import Page
from newsharvest.registry import outlet_for

READ_HEADERS = ("content-type", "x-robots-tag", "tdm-reservation")
"""The headers that a parser looks at; a test holds it to these."""
HELD_MAX = 16 * 1024 * 1024
_ITEM, _CHARACTER, _READING = 4_000, 2, 1_000
"""Bytes that an item takes, and each of its characters or readings: estimated from above."""
_WHOLE = 200
"""Other answers are not parsed."""


@dataclass(frozen=True, slots=True)
class _Met:
    fetched_at: datetime | None
    items: tuple[Item, ...]
    held: int


class SamePages:
    """What the pages that came last gave, behind all pipelines, within so many bytes; what was unasked longest goes first.

    ``tickers`` are the readings that are known by what they were read from: they are not held twice.
    """

    def __init__(self, tickers: Container[bytes], held_max: int = HELD_MAX) -> None:
        self._tickers, self._held_max = tickers, held_max
        self._met: dict[Hashable, _Met] = {}
        self.held = 0
        self.recalled = 0

    def recall(self, page: Page) -> list[Item] | None:
        """The items of an equal page with this one's provenance; null where none is known, or its ticker is no more."""
        name = _name(page)
        met = self._met.get(name)
        if met is None or _is_earlier(page, met) or not all(map(self._is_known, met.items)):
            return None
        self._met[name] = self._met.pop(name)
        self.recalled += 1
        return [_stamped(item, page) for item in met.items]

    def put(self, page: Page, items: Sequence[Item]) -> None:
        """Remember what a page gave; its items must not be changed any more."""
        if page.status != _WHOLE or not all(map(_lasts, items)):
            return
        kept = tuple(map(_without_readings, items))
        name, met = _name(page), _Met(page.fetched_at, kept, sum(map(_size, kept), _ITEM))
        former = self._met.pop(name, None)
        self._met[name] = met
        self.held += met.held - (former.held if former else 0)
        while self.held > self._held_max:
            self.held -= self._met.pop(next(iter(self._met))).held

    def _is_known(self, item: Item) -> bool:
        return not isinstance(item, TickerAgain) or item.read_from in self._tickers


def _name(page: Page) -> Hashable:
    """Python's own 64-bit digest of the bytes (SipHash, its key made anew with every process: nobody can make two alike).

    31 µs for 100 KB, SHA-1 68 µs, a parse 1,100 µs; beside URL and length it need not be longer.
    """
    headers = tuple(page.headers.get(name) for name in READ_HEADERS)
    days = _days(page.fetched_at)
    return page.url, _outlet_of(page.url), page.status, page.media, headers, days, len(page.body), hash(page.body)


def _outlet_of(url: str | None) -> str | None:
    try:
        outlet = outlet_for(url) if url else None
    except ValueError:  # "http://[bad": its reject is remembered like any other
        return None
    return outlet.outlet_id if outlet else None


def _days(moment: datetime | None) -> tuple[date, date] | None:
    """A ticker's day is that of the time as it is given, an article's that in Korea."""
    return (moment.date(), moment.astimezone(KST).date()) if moment else None


def _is_earlier(page: Page, met: _Met) -> bool:
    """A time that was not in the future when one page was fetched may be so for an earlier one."""
    return page.fetched_at is not None and met.fetched_at is not None and page.fetched_at < met.fetched_at


def _lasts(item: Item) -> bool:
    """A time that was in the future may be so no more later in the day."""
    return not (isinstance(item, Article) and "future_date" in item.flags)


def _without_readings(item: Item) -> Item:
    if isinstance(item, WeatherBulletin) and item.read_from is not None:
        return TickerAgain(item.source_id, item.source, item.read_from)
    return item


def _stamped(item: Item, page: Page) -> Item:
    source = replace(item.source, fetched_at=page.fetched_at, record=page.record, source_file=page.source_file)
    return replace(item, source=source)


def _size(item: Item) -> int:
    match item:
        case Article():
            texts = (*item.paragraphs, *item.captions, *item.images, *(dropped.text for dropped in item.dropped))
            return _ITEM + _CHARACTER * sum(map(len, texts)) + _READING * len(item.regions)
        case WeatherBulletin():
            return _ITEM + _READING * len(item.readings)
        case _:
            return _ITEM
