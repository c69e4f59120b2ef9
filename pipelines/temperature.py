"""300: temperature tokens become degrees Celsius."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from newsharvest.items import Item, WeatherBulletin
from newsharvest.reference import lookups
from newsharvest.weather.entry import DASHES
from pipelines.crawling import Counting

OK, MISSING, UNPARSED = "ok", "missing", "unparsed"

_UNIT = r"(?:℃|[°˚º]\s*[CcＣ]|o?[CＣ]|도)"
_NUMBER = re.compile(
    rf"(?P<word>영하|영상)?\s*(?P<sign>[{DASHES}+＋])?\s*(?P<digits>[0-9０-９]{{1,4}}(?:[.．][0-9０-９]{{1,20}})?)\s*{_UNIT}?"
)
_ONLY_UNIT = re.compile(rf"{_UNIT}?$")


@dataclass(frozen=True, slots=True)
class Celsius:
    """A temperature in °C, or null with the reason: ``missing`` (the page says there is none) or ``unparsed``."""

    value: float | None
    flag: str


@functools.lru_cache(maxsize=16_384)
def parse_celsius(token: str | None) -> Celsius:
    """Degrees Celsius of a printed temperature; the whole token must be understood, so no sign is ever lost.

    Any dash is a minus sign, 영하 too; ``-0.0`` is 0.0. Null and ``missing`` for empty tokens, dashes and KMA's
    sentinels (−50, −99, −999 …); −9 is a temperature. Null and ``unparsed`` for everything else.

    >>> parse_celsius("8.2 ℃"), parse_celsius("−3.2°C"), parse_celsius("영하 0.5도").value
    (Celsius(value=8.2, flag='ok'), Celsius(value=-3.2, flag='ok'), -0.5)
    >>> parse_celsius("-"), parse_celsius("-99.9"), parse_celsius("~3℃")
    (Celsius(value=None, flag='missing'), Celsius(value=None, flag='missing'), Celsius(value=None, flag='unparsed'))
    """
    text = (token or "").strip()
    found = _NUMBER.fullmatch(text)
    if found is None:
        bare = _ONLY_UNIT.sub("", text).strip()
        return Celsius(None, MISSING if _is_missing(bare) else UNPARSED)
    word, sign, digits = found.group("word", "sign", "digits")
    if word and sign:
        return Celsius(None, UNPARSED)
    # NFKC for the digits alone: on a whole text it would turn ㆍ into a Jamo and ㎡ into m2.
    size = float(unicodedata.normalize("NFKC", digits))
    value = -size if word == "영하" or (sign and sign in DASHES) else size
    if value in _sentinels():
        return Celsius(None, MISSING)
    return Celsius(value + 0.0, OK)


def _is_missing(bare: str) -> bool:
    return not bare.strip(DASHES) or bare in _missing()


@functools.cache
def _sentinels() -> frozenset[float]:
    return frozenset(lookups("weather")["temperature"]["sentinels"])


@functools.cache
def _missing() -> frozenset[str]:
    return frozenset(lookups("weather")["temperature"]["missing"])


class TemperaturePipeline(Counting):
    """Fills ``temperature_c`` of every reading and counts the flags."""

    def process_item(self, item: Item) -> Item:
        """A bulletin with temperatures; every other item as it is."""
        if isinstance(item, WeatherBulletin):
            flags: Counter[str] = Counter()
            for reading in item.readings:
                parsed = parse_celsius(reading.temperature_raw)
                reading.temperature_c = parsed.value
                flags[parsed.flag] += 1
            for flag, count in flags.items():
                self._stats.inc_value(f"newsharvest/temperature/{flag}", count)
        return item
