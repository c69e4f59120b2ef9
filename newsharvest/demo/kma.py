"""What KMA's pages of the demo site say: the weather of two hours and two forecasts, as a function of the day.

The words and signs are those of KMA's real pages, the values are made up around the pattern of a real spring hour. The
pages print these values and the truth is read off them: nothing is parsed here.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass, replace

from newsharvest.demo.tickers import asos
from newsharvest.demo.words import rng

OLD_HOUR, HOUR = 9, 10
"""The old city table shows 09:00, the new one and the hourly feed 10:00."""
OLDER_TABLE_LACKS = frozenset({181, 296})
"""The copy of the old table of 2017 has 95 rows: these two did not observe yet."""

# (printed, what it means); words in 끝 speak of the past hour.
SKIES = (
    ("맑음", "맑음"),
    ("구름조금", "구름조금"),
    ("구름많음", "구름많음"),
    ("흐림", "흐림"),
    ("박무", "박무"),
    ("연무", "연무"),
    ("약한 비 단속적", "비"),
    ("약한 눈 단속적", "눈"),
    ("비 끝", "비끝"),
    ("뇌전 끝", "뇌우끝"),
)
POINTS = {
    "북": "N", "북북동": "NNE", "북동": "NE", "동북동": "ENE", "동": "E", "동남동": "ESE", "남동": "SE", "남남동": "SSE", "남": "S",
    "남남서": "SSW", "남서": "SW", "서남서": "WSW", "서": "W", "서북서": "WNW", "북서": "NW", "북북서": "NNW",
}  # fmt: skip
CALM = "정온"
_STAFFED = 23
"""Only so many of the 97 rows carry a word for the present weather (page of 2026-09-25)."""


@dataclass(frozen=True, slots=True)
class Station:
    """One station at one hour; None where it reports nothing."""

    stn_id: int
    name: str
    sky: tuple[str, str] | None
    temperature: float | None
    dew_point: float | None
    apparent: float | None
    humidity: int | None
    wind: str | None
    """Direction as KMA prints it, 정온 among them."""
    speed: float | None
    pressure: float | None
    rain_hour: float | None
    rain_day: float | None
    visibility: float | None
    """In km; 20.0 stands for 20 and more."""
    cloud: int | None
    low_cloud: int | None
    snow_day: float | None
    """Printed by the feed only; no dataset has it."""


@functools.cache
def stations(day: int, hour: int) -> tuple[Station, ...]:
    """The 97 stations of one hour, by number. One of them is silent, and another lacks its thermometer."""
    chill = rng("kma", "chill", day).uniform(6.5, 10.0) + 0.9 * (HOUR - hour)
    source = rng("kma", day, hour)
    staffed = set(rng("kma", "staffed").sample([row[0] for row in asos()], _STAFFED))
    found = [_station(*row, chill, row[0] in staffed, source) for row in asos()]
    silent, cold = source.sample([place for place, s in enumerate(found) if s.stn_id not in staffed], 2)
    found[silent] = Station(found[silent].stn_id, found[silent].name, *_NOTHING)
    found[cold] = replace(found[cold], temperature=None, dew_point=None, apparent=None)
    return tuple(found)


_NOTHING = (None,) * 14


def _station(stn_id: int, name: str, spring: float, chill: float, staffed: bool, source: random.Random) -> Station:
    degrees = round(spring - chill + source.uniform(-0.5, 0.5), 1) + 0.0
    calm = source.random() < 0.15
    speed = round(source.uniform(0.0, 0.2) if calm else source.uniform(0.5, 9.0), 1)
    rain_day = source.choice((None, None, 0.0, round(source.uniform(0.1, 24.0), 1)))
    cloud = source.randint(0, 10) if staffed else None
    return Station(
        stn_id=stn_id,
        name=name,
        sky=source.choice(SKIES) if staffed else None,
        temperature=degrees,
        dew_point=round(degrees - source.uniform(1.0, 9.0), 1) + 0.0,
        apparent=round(degrees - 0.5 * speed, 1) + 0.0,
        humidity=source.randint(24, 99),
        wind=CALM if calm else source.choice(list(POINTS)),
        speed=speed,
        pressure=round(source.uniform(1009.0, 1029.9), 1),
        rain_hour=min(rain_day, 0.5) if rain_day is not None else None,
        rain_day=rain_day,
        visibility=20.0 if source.random() < 0.6 else round(source.uniform(0.2, 19.9), 1),
        cloud=cloud,
        low_cloud=source.randint(0, cloud) if cloud is not None else None,
        snow_day=1.2 if source.random() < 0.05 else None,
    )


@dataclass(frozen=True, slots=True)
class Outlook:
    """One time of a forecast: offsets in days and the printed hour, the rest as the page prints it."""

    day: int
    hour: int
    word: tuple[str, str, str]
    """Printed, canonical, and what falls."""
    lowest: int | None
    highest: int | None
    chance: int
    mode: str = ""
    reliability: str = ""
    temperature: float | None = None
    rain_6h: float = 0.0
    snow_6h: float = 0.0
    rain_12h: float = 0.0
    snow_12h: float = 0.0
    humidity: int | None = None
    wind: str | None = None
    speed: float | None = None


# Both wordings: the short-term forecast writes 구름 많음 with a space.
MIDTERM_WORDS = (
    ("맑음", "맑음", "none"), ("구름많음", "구름많음", "none"), ("흐림", "흐림", "none"), ("구름많고 비", "비", "rain"),
    ("흐리고 비/눈", "비/눈", "rain/snow"), ("흐리고 눈", "눈", "snow"), ("구름많고 소나기", "소나기", "shower"),
)  # fmt: skip
SHORT_WORDS = (
    ("맑음", "맑음", "none"), ("구름 많음", "구름많음", "none"), ("흐림", "흐림", "none"), ("비", "비", "rain"),
    ("비/눈", "비/눈", "rain/snow"), ("눈", "눈", "snow"), ("소나기", "소나기", "shower"),
)  # fmt: skip
# 광주 stands twice: the city of 경기도 and the metropolis.
PLACES = (
    ("서울ㆍ인천ㆍ경기도", "서울"), ("서울ㆍ인천ㆍ경기도", "인천"), ("서울ㆍ인천ㆍ경기도", "광주"), ("강원도영서", "춘천"), ("강원도영동", "강릉"),
    ("대전ㆍ세종ㆍ충청남도", "세종"), ("충청북도", "청주"), ("광주ㆍ전라남도", "광주"), ("전북자치도", "전주"), ("대구ㆍ경상북도", "안동"),
    ("부산ㆍ울산ㆍ경상남도", "부산"), ("제주도", "제주"),
)  # fmt: skip
SHORT_PLACE = "강원특별자치도 노을시 들꽃동"
MIDTERM_HOUR, SHORT_HOUR = 6, 8
_RELIABILITIES = ("높음", "보통", "낮음", "")


@functools.cache
def midterm(day: int, province: str, city: str) -> tuple[Outlook, ...]:
    """13 times of a place: half days from the third day to the seventh, whole days to the tenth."""
    source = rng("kma", "midterm", day, province, city)
    times = [(n, hour, "A02") for n in range(3, 8) for hour in (0, 12)] + [(n, 0, "A01") for n in range(8, 11)]
    lows = {n: source.randint(-9, 4) for n in range(3, 11)}
    return tuple(
        Outlook(
            day=n, hour=hour, word=source.choice(MIDTERM_WORDS), lowest=lows[n], highest=lows[n] + 9,
            chance=10 * source.randint(0, 9), mode=mode, reliability=source.choice(_RELIABILITIES),
        )
        for n, hour, mode in times
    )  # fmt: skip


@functools.cache
def short(day: int) -> tuple[Outlook, ...]:
    """Every three hours from noon of the day of issue to the end of the second day after it; hour 24 ends a day."""
    source = rng("kma", "short", day)
    times = [(n, hour) for n in range(3) for hour in range(3, 25, 3) if n or hour > SHORT_HOUR + 3]
    return tuple(_short(n, hour, source) for n, hour in times)


def _short(day: int, hour: int, source: random.Random) -> Outlook:
    word = source.choice(SHORT_WORDS)
    wet, white = word[2] in {"rain", "shower", "rain/snow"}, word[2] in {"snow", "rain/snow"}
    rain, snow = (0.6 if wet else 0.0), (0.3 if white else 0.0)
    return Outlook(
        day=day, hour=hour, word=word, lowest=-4 if day else None, highest=6 if day else None, chance=10 * source.randint(0, 9),
        temperature=float(source.randint(-4, 9)), rain_6h=rain, snow_6h=snow, rain_12h=2 * rain, snow_12h=2 * snow,
        humidity=5 * source.randint(6, 19), wind=source.choice(("북", "북동", "동", "남동", "남", "남서", "서", "북서")),
        speed=source.choice((0.9, 1.6, 2.0, 2.9)),
    )  # fmt: skip
