"""The papers of the month: the three of the demo, and three that only the month has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from newsharvest.demo.papers import BASE_DATE, HAERAM, NOEUL, SORAE, Paper

DAILY, WEEKLY, SPARSE = "daily", "weekly", "sparse"
FIRST_DATE = date(2026, 9, 7)
"""A Monday; 추석 (24 to 26 September) and 개천절 lie within the month."""
HOLIDAYS = frozenset({date(2026, 9, 24), date(2026, 9, 25), date(2026, 9, 26), date(2026, 10, 3), date(2026, 10, 5)})
"""What the papers themselves take for holidays: they do not ask newsharvest's table."""


@dataclass(frozen=True, slots=True)
class Part:
    """One paper's part: how often it comes out, and what its server and site can do."""

    paper: Paper
    rhythm: str = DAILY
    validators: bool = True
    """Whether pages carry ETag and Last-Modified, which tell of the article and not of its surroundings."""
    sitemap: bool = True
    weekday: int = 3
    """Of a weekly: Thursday."""


MARU = replace(
    HAERAM, outlet_id="month_maru", name="주간마루", hosts=("www.maru.test", "maru.test"), city="마루군", first_number=5300, day_one=36
)  # fmt: skip
DALBIT = replace(
    NOEUL, outlet_id="month_dalbit", name="달빛소식", hosts=("dalbit.test", "www.dalbit.test"), city="달빛면", first_number=411, day_one=34
)  # fmt: skip
SAETEO = replace(
    SORAE, outlet_id="month_saeteo", name="새터일보", hosts=("www.saeteo.test", "saeteo.test"), city="새터시", first_number=77120, day_one=40
)  # fmt: skip
CAST = (
    Part(replace(HAERAM, day_one=40)),
    Part(replace(NOEUL, day_one=40), validators=False),
    Part(replace(SORAE, day_one=40)),
    Part(MARU, WEEKLY),
    Part(DALBIT, SPARSE, validators=False, sitemap=False),
    Part(SAETEO),
)


def day_number(on: date) -> int:
    """The demo's number of a date: its papers, tickers and stamps count days from `BASE_DATE`."""
    return (on - BASE_DATE).days + 1


FIRST_DAY = day_number(FIRST_DATE)


def write_stanzas(path: Path) -> None:
    """The stanzas of the papers that the registry does not know, as a user's own file."""
    path.write_text(
        "\n".join(_stanza(part) for part in CAST if part.paper.outlet_id.startswith("month_")), encoding="utf-8"
    )


def _stanza(part: Part) -> str:
    paper = part.paper
    lists = paper.base + paper.list_page
    sitemap = f'sitemaps = ["{paper.base}/sitemap.xml"]\n' if part.sitemap else ""
    hosts = ", ".join(f'"{host}"' for host in paper.hosts)
    return (
        f'[{paper.outlet_id}]\nname = "{paper.name}"\nhosts = [{hosts}]\ncms = "{paper.family}"\nhome = "{paper.base}/"\n'
        f'feeds = ["{paper.base}{paper.feed}"]\n{sitemap}list_pages = ["{lists}"]\ndemo = true\n'
    )
