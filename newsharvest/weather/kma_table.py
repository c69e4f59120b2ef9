"""KMA's city observation tables: city-obs.do (since 2021, UTF-8) and currentweather.jsp before it (cp949)."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from newsharvest.items import Reading, WeatherBulletin
from newsharvest.markup import Document, PageError, XPath, by_id, fold, text_of
from newsharvest.reference import squeezed
from newsharvest.weather import kma_common as kma

SOURCE = "kma_table"
_NEW = by_id("weather_table")
_OLD = XPath('//table[contains(concat(" ", @class, " "), " table_develop3 ")]')
_TOP = XPath('//*[contains(@class, "cmp-table-topinfo") or contains(@class, "table_topinfo")]')
_ROWS = XPath(".//tr")
_CELLS = XPath("./td | ./th")
_LINK = XPath('.//a[contains(@href, "stn=")]')
_SCRIPTS = XPath(".//script")
_STATION = re.compile(r"[?&]stn=(\d+)")
_REGION = re.compile(r"[?&]reg=(\d+)")
# The page writes wind speeds by a script: writeWindSpeed('1.1', false, '', '', 1);
_WIND = re.compile(r"writeWindSpeed\(\s*['\"]([^'\"]*)['\"]")
_NATION = "100"
_FIRST = frozenset({"지점", "이름"})
# Searched for in the source: one pass over the text instead of a walk over every news page's tree.
_OLD_GATE = "table_develop3"


def recognises(doc: Document) -> bool:
    """Whether a page may hold one of the tables; `parse` decides."""
    return _NEW.first(doc.root) is not None or _OLD_GATE in doc.decoded.text


def parse(doc: Document) -> list[WeatherBulletin]:
    """The table of one hour, everything raw, or an empty list where the page has none.

    Cells are told by their headers, never by their place: in the place of 체감온도 the old page has 불쾌지수. The station is
    the number in the row's link; rows without one are headers. The table of a part of the country is a source of its own
    (``kma_table_109``), so that it never takes the place of the whole one of its hour. A table of that name without the
    line above it that states the hour is another site's. PageError where that line states none, and for a table without
    a temperature column or stations: also for the hours of one station, which the same page shows on request.
    """
    table, tops = _table(doc.root), _TOP.all(doc.root)
    if table is None or not tops:
        return []
    raw, observed_at = kma.stated_hour(" ".join(fold(text_of(top)) for top in tops))
    rows = _ROWS.all(table)
    meanings, unknown = kma.columns("table", _headers(rows))
    if "temperature" not in meanings:
        raise PageError("parse", "kma_columns", "no column 현재기온")
    readings, bad, regions = _readings(rows, meanings)
    stations = {reading.stn_id_raw for reading in readings}
    if not stations or len(stations) == 1 < len(readings):
        raise PageError("parse", "kma_rows", f"{len(readings)} rows of {len(stations)} stations")
    source = SOURCE if regions <= {_NATION} else f"{SOURCE}_{'_'.join(sorted(regions))}"
    bulletin = WeatherBulletin(source, "\n".join(r.raw for r in readings), doc.page.source, "table")
    bulletin.observed_at_raw, bulletin.observed_at = raw, observed_at
    bulletin.readings, bulletin.flags = readings, kma.flags(unknown, bad)
    return [bulletin]


def _table(root: HtmlElement) -> HtmlElement | None:
    new = _NEW.first(root)
    return new if new is not None and new.tag == "table" else _OLD.first(root)


def _headers(rows: list[HtmlElement]) -> list[str]:
    """The names of the columns after the station's: of the header row with the most cells."""
    headers = [[squeezed(_shown(cell)) for cell in _CELLS.all(row)] for row in rows if row.find("td") is None]
    named = [[name for name in header if name not in _FIRST] for header in headers]
    return max(named, key=len, default=[])


def _readings(rows: list[HtmlElement], meanings: list[str | None]) -> tuple[list[Reading], int, set[str]]:
    readings: list[Reading] = []
    regions: set[str] = set()
    bad = 0
    for row in rows:
        link = _LINK.first(row)
        if link is None:
            continue
        href = link.get("href", "")
        regions.update(_REGION.findall(href))
        name, *cells = [_shown(cell) for cell in _CELLS.all(row)]
        fits = len(cells) == len(meanings)
        bad += not fits
        pairs = list(zip(meanings, cells, strict=True)) if fits else []
        found = kma.reading(len(readings) + 1, "|".join([name, *cells]), name, pairs)
        found.stn_id_raw = "".join(_STATION.findall(href)[:1]) or None
        readings.append(found)
    return readings, bad, regions


def _shown(cell: HtmlElement) -> str:
    """A cell's text, wind speeds out of their script."""
    written = _WIND.search("".join(script.text or "" for script in _SCRIPTS.all(cell)))
    return fold(written.group(1)) if written else fold(text_of(cell))
