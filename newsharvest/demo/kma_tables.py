"""KMA's city observation tables as the demo prints them: today's page and the one of 2017."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from string import Template

from newsharvest.demo.kma import HOUR, OLD_HOUR, Station
from newsharvest.demo.kma_truth import new_rows, old_name, old_rows
from newsharvest.demo.papers import date_of

_BLANK = "&nbsp;"
_HEADER_EVERY = 16
"""The old table repeats its header among the rows: five times in 95."""
_OLD_HEADER = "".join(
    f'<th class="nm" scope="col">{name}</th>\n'
    for name in ("지점", "현재일기", "시정", "운량", "중하운량", "현재기온", "이슬점온도", "불쾌지수", "일강수", "습도", "풍향", "풍속", "해면기압")
)  # fmt: skip


def city_obs(day: int) -> str:
    """city-obs.do: rows by name, wind speeds inside scripts.

    >>> "기상실황표</strong>2026.03.02.10:00" in city_obs(1)
    True
    """
    on = date_of(day)
    rows = "\n".join(_new_row(station, f"{on.year}.{on.month}.{on.day}.{HOUR}:00") for station in new_rows(day))
    return _template("city_obs").substitute(hour=f"{on:%Y.%m.%d}.{HOUR:02d}:00", rows=rows)


def currentweather(day: int) -> str:
    """currentweather.jsp: lines end in CR LF, the header is repeated among the rows."""
    on = date_of(day)
    rows: list[str] = []
    for place, station in enumerate(old_rows(day)):
        if place and place % _HEADER_EVERY == 0:
            rows.append(f'<tr class="table_subheader">\n{_OLD_HEADER}</tr>')
        rows.append(_old_row(station, f"{on.year}.{on.month}.{on.day}.{OLD_HOUR}:00"))
    text = _template("currentweather").substitute(hour=f"{on:%Y.%m.%d}.{OLD_HOUR:02d}:00", rows="\n".join(rows))
    return text.replace("\n", "\r\n")


def _new_row(s: Station, hour: str) -> str:
    link = f"city-obs.do?tm={hour}&amp;type=t99&amp;mode=0&amp;reg=100&amp;auto_man=m&amp;stn={s.stn_id}"
    speed = _BLANK if s.speed is None else f"<script>writeWindSpeed('{s.speed:.1f}', false, '', '', 1);</script>"
    return _row(f'<a href="{link}">{s.name}</a>', [*_cells(s, _tenth(s.apparent)), speed, _tenth(s.pressure)])


def _old_row(s: Station, hour: str) -> str:
    link = (
        f"/weather/observation/currentweather.jsp?tm={hour}&amp;type=t99&amp;mode=0&amp;auto_man=m&amp;stn={s.stn_id}"
    )
    discomfort = _BLANK if s.temperature is None else str(round(50 + s.temperature))
    return _row(f'<a href="{link}">{old_name(s)}</a>', [*_cells(s, discomfort), _tenth(s.speed), _tenth(s.pressure)])


def _cells(s: Station, eighth: str) -> list[str]:
    """The cells from 현재일기 to 풍향; the two pages differ in the eighth column."""
    sight = _BLANK if s.visibility is None else "20 이상" if s.visibility == 20.0 else f"{s.visibility:.1f}"
    words = (s.sky[0] if s.sky else _BLANK, sight, _whole(s.cloud), _whole(s.low_cloud))
    return [
        *words,
        _tenth(s.temperature),
        _tenth(s.dew_point),
        eighth,
        _tenth(s.rain_day),
        _whole(s.humidity),
        s.wind or _BLANK,
    ]


def _row(first: str, cells: Iterable[str]) -> str:
    return "<tr>\n" + "\n".join(f"\t<td>{cell}</td>" for cell in (first, *cells)) + "\n</tr>"


def _tenth(value: float | None) -> str:
    return _BLANK if value is None else f"{value:.1f}"


def _whole(value: int | None) -> str:
    return _BLANK if value is None else str(value)


@functools.cache
def _template(name: str) -> Template:
    return Template((Path(__file__).parent / "skins" / f"{name}.html").read_text(encoding="utf-8"))
