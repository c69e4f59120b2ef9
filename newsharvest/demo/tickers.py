"""The weather tickers of the demo papers: what they print and what they mean.

A ticker is fixed by (paper, day, slot). The forms and gaps are those of real tickers (the weather study, §2.3): a glued
one of 97 entries, four of them without a name, and one of 16 whose parts the DOM separates.
"""

from __future__ import annotations

import functools
import hashlib
import random
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper, date_of
from newsharvest.demo.words import rng

SLOTS = 3
"""Tickers that one paper shows on one day."""
NAMED, ALIAS, BRACKET, UNKNOWN = "named", "alias", "bracket", "unknown"
_ICONS = {
    "맑음": 1,
    "구름조금": 2,
    "구름많음": 3,
    "흐림": 4,
    "비": 8,
    "안개": 15,
    "황사": 16,
    "박무": 17,
    "연무": 18,
    "-": 0,
}
_WEIGHTS = (24, 12, 18, 26, 8, 2, 1, 5, 4, 0)
# The glued ticker's table of names lacks these four; each is the only operating id between its neighbours.
_NAMELESS = frozenset({93, 181, 239, 296})
_PRINTED_NAMES = {177: "홍성(예)"}
_SHORT_LIST = (98, 105, 108, 133, 143, 152, 156, 159, 172, 184, 201, 226, 238, 259, 283, 294)
_ULSAN = 152


@dataclass(frozen=True, slots=True)
class Spot:
    """One printed entry and its meaning. ``sky`` is the printed word, "-" or "" as printed, None without a place for one."""

    position: int
    stn_id: int | None
    station: str | None
    """The official name."""
    match: str
    printed_name: str
    sky: str | None
    temperature: float | None
    value: str
    """The value as printed, unit included; "" where nothing is printed."""

    @property
    def glued(self) -> str:
        """The entry as one word, e.g. ``구름조금속초8.2℃``."""
        return f"{self.sky or ''}{self.printed_name}{self.value}"


@dataclass(frozen=True, slots=True)
class Ticker:
    """One ticker as a page shows it under the day of rendering."""

    paper: Paper
    day: int
    slot: int
    spots: tuple[Spot, ...]

    @property
    def date_line(self) -> str:
        """``2026.03.02 (월)``."""
        on = date_of(self.day)
        return f"{on:%Y.%m.%d} ({'월화수목금토일'[on.weekday()]})"


def slot_of(paper: Paper, number: int) -> int | None:
    """Which ticker an article's page shows; None where it shows none (NDsoft papers, and one mediaon page in ten)."""
    if paper.family == NDSOFT or (paper.family == MEDIAON and number % 10 == 7):
        return None
    return number % SLOTS


def list_slot(paper: Paper, page: int) -> int | None:
    """Which ticker a list page (the front page is 0) shows."""
    return None if paper.family == NDSOFT else page % SLOTS


@functools.cache
def ticker(paper: Paper, day: int, slot: int) -> Ticker:
    """The ticker of a paper that has them."""
    source = rng(paper.outlet_id, "ticker", day, slot)
    chill = rng("chill", day).uniform(6.5, 10.0) - 0.9 * slot
    rows = [row for row in asos() if paper.family == GNUBOARD or row[0] in _SHORT_LIST]
    spots = [_spot(place, *row, chill, source) for place, row in enumerate(rows, 1)]
    return Ticker(paper, day, slot, tuple(_GAPS[paper.family](spots, slot, source)))


def block(paper: Paper, day: int, slot: int | None) -> str:
    """A ticker's block as its CMS prints it; nothing where the page shows none (slot None)."""
    return "" if slot is None else _HTML[paper.family](ticker(paper, day, slot))


@functools.cache
def asos() -> tuple[tuple[int, str, float], ...]:
    """The 97 ASOS stations by number: number, name, and the temperature of the hour whose pattern the demo keeps."""
    with (Path(__file__).parent / "stations.toml").open("rb") as stream:
        return tuple((int(i), str(name), float(t)) for i, name, t in tomllib.load(stream)["rows"])


def _spot(position: int, stn_id: int, name: str, spring: float, chill: float, source: random.Random) -> Spot:
    # Rounded before printing, and never "-0.0": the truth is what stands on the page.
    degrees = round(spring - chill + source.uniform(-0.5, 0.5), 1) + 0.0
    sky = source.choices(list(_ICONS), _WEIGHTS)[0]
    return Spot(position, stn_id, name, NAMED, name, sky, degrees, f"{degrees:.1f}℃")


def _glued_gaps(spots: list[Spot], _slot: int, source: random.Random) -> list[Spot]:
    spots = [_renamed(spot) for spot in spots]
    named = [i for i, spot in enumerate(spots) if spot.match == NAMED]
    bare, dashed, *valueless = source.sample(named, 4)
    spots[bare] = replace(spots[bare], sky=None)
    spots[dashed] = replace(spots[dashed], sky="-")
    for place, value in zip(valueless, (" ℃", ""), strict=True):
        spots[place] = replace(spots[place], temperature=None, value=value)
    return spots


def _renamed(spot: Spot) -> Spot:
    if spot.stn_id in _NAMELESS:
        return replace(spot, printed_name="", match=BRACKET)
    if spot.stn_id in _PRINTED_NAMES:
        return replace(spot, printed_name=_PRINTED_NAMES[spot.stn_id], match=ALIAS)
    return spot


def _separated_gaps(spots: list[Spot], slot: int, source: random.Random) -> list[Spot]:
    order = source.sample(range(len(spots)), 6)
    for place in order[:4]:
        spots[place] = replace(spots[place], sky="-")
    spots[order[4]] = replace(spots[order[4]], sky="")
    if slot == 2:
        # Three operating stations lie between 대구 (143) and 광주 (156): the entry cannot be named.
        return [
            replace(s, stn_id=None, station=None, printed_name="", match=UNKNOWN) if s.stn_id == _ULSAN else s
            for s in spots
        ]
    spots[order[5]] = replace(spots[order[5]], temperature=None, value="℃")
    return spots


_GAPS = {GNUBOARD: _glued_gaps, MEDIAON: _separated_gaps}


def _glued_html(shown: Ticker) -> str:
    items = "\n".join(f"<li>{spot.glued}</li>" for spot in shown.spots)
    return f'<div class="weather_ticker"><p class="today">{shown.date_line}</p>\n<ul class="weather_list">\n{items}\n</ul></div>'


def _separated_html(shown: Ticker) -> str:
    name = hashlib.md5(f"{shown.day}:{shown.slot}".encode(), usedforsecurity=False).hexdigest()
    items = "\n".join(
        f'\t\t\t<li class="icon_w">{_icon(spot)}{spot.printed_name} {spot.value}</li>' for spot in shown.spots
    )
    return (
        f'<p class="today_txt">{shown.date_line}</p>\n<div class="weather_box wt02 ico01">\n'
        f'\t\t<ul class="weather_slide" id="weather_slide_{name}">\n{items}\n\t\t</ul>\n'
        f"<script>\n\tjQuery11('#weather_slide_{name}').bxSlider({{ auto: true, mode: 'fade', pause: 2500 }});\n</script>\n"
        '<a href="http://www.kma.go.kr/" class="wc" target="_blank">기상청 제공</a>\n</div>'
    )


def _icon(spot: Spot) -> str:
    number = _ICONS[spot.sky] if spot.sky else 0
    return f'<span class="iw{number:02d}">{spot.sky}</span>'


_HTML = {GNUBOARD: _glued_html, MEDIAON: _separated_html}
