"""What makes a list of short lines a ticker: decided on the lines alone, for pages and text dumps alike."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from newsharvest.items import Source, WeatherBulletin
from newsharvest.reference import lookups
from newsharvest.weather.dateline import DateLine
from newsharvest.weather.entry import UNKNOWN, Entry

_ENTRIES_WITH_EVIDENCE = 3
_ENTRIES_WITH_SKY = 4
_ENTRIES_BARE = 8
_LABEL_MAX = 25
FOREIGN_MAX = 20
"""Length of a line among entries that may be none itself."""
SIGN, FOREIGN = "ambiguous_sign", "foreign_lines"


@dataclass(slots=True)
class Block:
    """Lines that may be a ticker, and what stands beside them."""

    raws: list[str]
    entries: list[Entry]
    dated: DateLine | None = None
    credited: bool = False
    """KMA is named right below."""
    boxed: bool = False
    """An element around it is named after the weather, or a list of station names stands beside it."""
    separated: bool = False
    """The tree, not the text, tells sky word and name apart."""
    markup: bytes = b""
    """The markup that the lines were read from; empty for a text dump's."""

    @property
    def evident(self) -> bool:
        """Whether anything but the lines themselves says that this is a ticker.

        A date without its weekday above bare names and values is none: an article may begin with a date and a list.
        """
        if self.credited or self.boxed:
            return True
        return self.dated is not None and (self.dated.weekday or any(e.sky is not None for e in self.entries))


def is_ticker(block: Block) -> bool:
    """Whether the lines are a ticker.

    Half of them must be entries that split in one way, and one must carry a degree sign: prose writes "서울 -9.1도". With a
    date line, a credit or a weather box three lines suffice, or one whole entry; without, four with their sky words (an
    article that lists temperatures has none) or eight bare temperatures.
    """
    entries = block.entries
    whole = [e for e in entries if e.match is None]
    valued = [e for e in whole if e.has_value and e.has_degrees]
    if not valued or 2 * len(whole) < len(entries):
        return False
    if block.evident:
        return len(entries) >= _ENTRIES_WITH_EVIDENCE or all(e.station and e.has_value for e in entries)
    with_sky = [e for e in whole if e.sky]
    bare = [e for e in valued if not e.sky and not e.station]
    if len(bare) == len(entries):
        return len(bare) >= _ENTRIES_BARE
    return len(entries) >= _ENTRIES_WITH_SKY and 2 * len(with_sky) >= len(entries)


def bulletin(block: Block, source_id: str, source: Source) -> WeatherBulletin:
    """The block as an item, everything raw."""
    made = WeatherBulletin(source_id, "\n".join(block.raws), source, _form(block))
    if block.dated:
        made.displayed_date_raw, made.displayed_date = block.dated.raw, block.dated.day
        made.flags += block.dated.flags
    made.readings = [e.reading(n, raw) for n, (e, raw) in enumerate(zip(block.entries, block.raws, strict=True), 1)]
    made.flags += [f"{SIGN}:{n}" for n, e in enumerate(block.entries, 1) if e.sign_ambiguous]
    made.flags += [FOREIGN] if any(e.match == UNKNOWN and not e.has_degrees for e in block.entries) else []
    return made


def _form(block: Block) -> str:
    """dom, backwards, bare, spaced or glued."""
    entries = block.entries
    if block.separated:
        return "dom"
    if any(e.backwards for e in entries):
        return "backwards"
    if not any(e.sky or e.station for e in entries):
        return "bare"
    spaced = sum(1 for e, raw in zip(entries, block.raws, strict=True) if e.token and f" {e.token}" in raw)
    return "spaced" if 2 * spaced > len(entries) else "glued"


def looks_like_entry(entry: Entry) -> bool:
    """Whether a line on its own could stand in a ticker: a short label with a degree sign, or a split of sky and name."""
    if entry.match == UNKNOWN and len(entry.station or "") > _LABEL_MAX:
        return False
    return entry.has_degrees or (entry.match is None and bool(entry.sky))


def is_credit(line: str) -> bool:
    """Whether a line names KMA as the source and says nothing else."""
    return line in _credits()


@functools.cache
def _credits() -> frozenset[str]:
    return frozenset(lookups("weather")["block"]["credits"])
