"""The text format of KMA's API hub (kma_sfctm2.php): hourly observations of ASOS stations.

The format is EUC-KR with ``#`` comments. A column without a value says -9 or -9.0, those of temperatures -99.0 (an answer of
2026-08-03 15:00 has WS -9.0 and TA -99.0 in one row): a TA of -9.0 is a temperature. WD goes to 36 whatever the header's "16"
says (29, 32 and 34 in real answers). A request carries a key, which is cut out of the URL here and must never reach an archive.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from newsharvest.items import Reading, WeatherBulletin
from newsharvest.markup import PageError
from newsharvest.page import Decoded, Page
from newsharvest.reference import lookups
from newsharvest.weather import kma_common as kma

SOURCE = "kma_hub"
_START = "#START7777"
_HEAD = 2_000
_HEADER = ["STN", "WD", "WS", "GST", "GST", "GST", "PA", "PS", "PT", "PR", "TA", "TD", "HM"]
_KEYS = frozenset({"authkey", "servicekey"})


def recognises(decoded: Decoded) -> bool:
    """Whether a text is an answer of the hub: its first mark, or the line that names the columns (cut copies)."""
    head = decoded.text[:_HEAD].lstrip("\ufeff \r\n")
    return head.startswith(_START) or (head.startswith("#") and any(map(_is_header, head.splitlines())))


def parse(page: Page, decoded: Decoded) -> list[WeatherBulletin]:
    """A bulletin for every hour of the answer, everything raw.

    PageError for another table of the hub (the comment that names the columns decides) and for one without rows.
    """
    lines = decoded.text.splitlines()
    if not any(map(_is_header, lines)):
        raise PageError("parse", "kma_columns", "not the hourly table kma_sfctm2")
    meanings, unknown = kma.columns("hub", list(lookups("weather")["hub"]))
    hours: dict[str, list[Reading]] = {}
    bad = 0
    for line in lines:
        if line.strip() and not line.startswith("#"):
            cells = line.split()
            if len(cells) != len(meanings):
                bad += 1
                continue
            rows = hours.setdefault(cells[0], [])
            rows.append(kma.reading(len(rows) + 1, " ".join(cells), None, zip(meanings[1:], cells[1:], strict=True)))
    if not hours:
        raise PageError("parse", "kma_rows", f"no row of {len(meanings)} columns")
    return [_bulletin(page, stamp, rows, kma.flags(unknown, bad)) for stamp, rows in hours.items()]


def _is_header(line: str) -> bool:
    return line.startswith("#") and line.lstrip("# ").split()[1 : len(_HEADER) + 1] == _HEADER


def _bulletin(page: Page, stamp: str, rows: list[Reading], flags: list[str]) -> WeatherBulletin:
    source = replace(page.source, url=without_key(page.url))
    made = WeatherBulletin(SOURCE, "\n".join(r.raw for r in rows), source, "hub")
    made.observed_at_raw, made.observed_at = kma.stated_hour(stamp)
    made.readings, made.flags = rows, list(flags)
    return made


def without_key(url: str | None) -> str | None:
    """A URL without the parameters that hold keys.

    >>> without_key("https://apihub.test/kma_sfctm2.php?tm=202606100900&authKey=secret")
    'https://apihub.test/kma_sfctm2.php?tm=202606100900'
    """
    if url is None:
        return None
    parts = urlsplit(url)
    kept = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name.lower() not in _KEYS
    ]
    return urlunsplit(parts._replace(query=urlencode(kept)))
