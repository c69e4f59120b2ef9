"""KMA's XML as the demo prints it: the hourly feed, the mid-term forecast and the short-term one of a place."""

from __future__ import annotations

from datetime import timedelta

from newsharvest.demo import kma
from newsharvest.demo.kma import HOUR, MIDTERM_HOUR, PLACES, SHORT_HOUR, SHORT_PLACE, Outlook, Station
from newsharvest.demo.kma_truth import fed_word
from newsharvest.demo.papers import at, date_of

_ICONS = {
    "맑음": "01",
    "구름조금": "02",
    "구름많음": "03",
    "흐림": "04",
    "비": "08",
    "눈": "11",
    "박무": "17",
    "연무": "18",
    "-": "",
}
_WINDS = ("북", "북동", "동", "남동", "남", "남서", "서", "북서")
_ENGLISH = {
    "맑음": "Clear", "구름 많음": "Mostly Cloudy", "흐림": "Cloudy", "비": "Rain", "비/눈": "Rain/Snow", "눈": "Snow", "소나기": "Shower",
}  # fmt: skip
_SKY_CODES = {"맑음": 1, "구름많음": 3}
_FALLS = ("none", "rain", "rain/snow", "snow", "shower")
# The short-term forecast prints binary fractions as they are.
_NOISE = {0.6: "0.6000000000000001", 1.2: "1.2000000000000002", 2.9: "2.9000000000000004"}
_NOTHING = -999.0


def hourly(day: int) -> str:
    """sfc_web_map.xml.

    >>> hourly(1).splitlines()[2]
    '<weather year="2026" month="03" day="02" hour="10">'
    """
    on = date_of(day)
    rows = "\n".join(map(_local, kma.stations(day, HOUR)))
    return (
        '<?xml version="1.0" encoding="UTF-8" ?>\n<current xmlns="current">\n'
        f'<weather year="{on:%Y}" month="{on:%m}" day="{on:%d}" hour="{HOUR:02d}">\n{rows}\n</weather>\n</current>\n'
    )


def _local(s: Station) -> str:
    word = fed_word(s)
    rain = "" if s.rain_hour is None else f' rn_hr1="{s.rain_hour:.1f}"'
    snow = "" if s.snow_day is None else f' sd_day="{s.snow_day:.1f}"'
    degrees = "" if s.temperature is None else f"{s.temperature:.1f}"
    return f'<local stn_id="{s.stn_id}" icon="{_ICONS[word]}" desc="{word}" ta="{degrees}"{rain}{snow}>{s.name}</local>'


def midterm(day: int) -> str:
    """mid-term-rss3: three kinds of ``<wf>``, of which the first is prose about the whole country."""
    issued = at(day, MIDTERM_HOUR)
    shown = _shown_time(day, MIDTERM_HOUR)
    head = (
        "\t<header>\n\t\t<title>전국 육상중기예보</title>\n"
        f"\t\t<tm>{issued:%Y%m%d%H%M}</tm>\n"
        "\t\t<wf><![CDATA[고기압의 가장자리에 들어 구름이 많은 날이 있겠습니다.<br />기온은 평년(최저기온: -6~2℃, 최고기온: 4~11℃)과 비슷하겠습니다.]]></wf>\n"
        "\t</header>\n"
    )
    body = "".join(_location(day, province, city) for province, city in PLACES)
    title = f"전국 육상 중기예보 - {shown} 발표"
    return _rss("기상청 육상 중기예보", shown, "육상중기예보", title, f"{head}\t<body>\n{body}\t</body>\n")


def _location(day: int, province: str, city: str) -> str:
    rows = "".join(_midterm_data(day, outlook) for outlook in kma.midterm(day, province, city))
    return f'\n\t\t<location wl_ver="3">\n\t\t\t\t<province>{province}</province>\n\t\t\t\t<city>{city}</city>\n{rows}\n\t\t</location>\n'


def _midterm_data(day: int, o: Outlook) -> str:
    on = date_of(day) + timedelta(days=o.day)
    cells = (
        ("mode", o.mode), ("tmEf", f"{on:%Y-%m-%d} {o.hour:02d}:00"), ("wf", o.word[0]), ("tmn", o.lowest), ("tmx", o.highest),
        ("reliability", o.reliability), ("rnSt", o.chance),
    )  # fmt: skip
    inner = "\n".join(f"\t\t\t\t\t<{name}>{value}</{name}>" for name, value in cells)
    return f"\t\t\t\t<data>\n{inner}\n\t\t\t\t</data>\n"


def short(day: int) -> str:
    """queryDFSRSS: hour 24 ends a day, -999.0 is no value."""
    issued = at(day, SHORT_HOUR)
    head = f" <header>\n  <tm>{issued:%Y%m%d%H%M}</tm>\n  <ts>3</ts>\n  <x>92</x>\n  <y>131</y>\n </header>\n"
    body = "".join(_short_data(place, outlook) for place, outlook in enumerate(kma.short(day)))
    title = f"동네예보(도표) : {SHORT_PLACE} [X=92,Y=131]"
    described = f"{head} <body>\n{body} </body>\n"
    return _rss(
        f"기상청 동네예보 웹서비스 - {SHORT_PLACE} 도표예보",
        _shown_time(day, SHORT_HOUR),
        SHORT_PLACE,
        title,
        described,
    )


def _short_data(place: int, o: Outlook) -> str:
    printed, meaning, falls = o.word
    cells = (
        ("hour", o.hour), ("day", o.day), ("temp", o.temperature), ("tmx", _or_nothing(o.highest)), ("tmn", _or_nothing(o.lowest)),
        ("sky", _SKY_CODES.get(meaning, 4)), ("pty", _FALLS.index(falls)), ("wfKor", printed), ("wfEn", _ENGLISH[printed]), ("pop", o.chance),
        ("r12", _noisy(o.rain_12h)), ("s12", _noisy(o.snow_12h)), ("ws", _noisy(o.speed or 0.0)), ("wd", _WINDS.index(o.wind or "북")),
        ("wdKor", o.wind), ("wdEn", kma.POINTS[o.wind or "북"]), ("reh", o.humidity), ("r06", _noisy(o.rain_6h)), ("s06", _noisy(o.snow_6h)),
    )  # fmt: skip
    inner = "\n".join(f"   <{name}>{value}</{name}>" for name, value in cells)
    return f'  <data seq="{place}">\n{inner}\n  </data>\n'


def _noisy(value: float) -> str:
    return _NOISE.get(value, str(value))


def _or_nothing(value: int | None) -> float:
    return _NOTHING if value is None else float(value)


def _shown_time(day: int, hour: int) -> str:
    on = date_of(day)
    return f"{on:%Y}년 {on:%m}월 {on:%d}일 ({'월화수목금토일'[on.weekday()]})요일 {hour:02d}:00"


def _rss(channel: str, shown: str, category: str, title: str, description: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0">\n<channel>\n<title>{channel}</title>\n'
        "<link>http://www.kma.test/weather/main.jsp</link>\n<description>날씨 웹서비스</description>\n<language>ko</language>\n"
        f"<generator>기상청</generator>\n<pubDate>{shown}</pubDate>\n <item>\n<author>기상청</author>\n<category>{category}</category>\n"
        f"<title>{title}</title>\n<link>http://www.kma.test/weather/forecast/</link>\n<guid>http://www.kma.test/weather/forecast/</guid>\n"
        f"<description>\n{description}</description>\n </item>\n</channel>\n</rss>\n"
    )
