"""The three demo papers: names, hosts and the shapes of their URLs. Nothing here depends on the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from newsharvest.demo.editions import Entry

KST = timezone(timedelta(hours=9), "KST")
BASE_DATE = date(2026, 3, 2)
"""The date of day 1."""
PER_LIST_PAGE = 20
NDSOFT, MEDIAON, GNUBOARD = "ndsoft", "mediaon", "gnuboard"


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """One newspaper. ``hosts[0]`` is the canonical host; the others answer with a redirect to it."""

    outlet_id: str
    name: str
    family: str
    hosts: tuple[str, ...]
    city: str
    first_number: int
    day_one: int
    """How many articles stand there on day 1."""
    article: str
    """Path of an article with ``{n}``."""
    list_page: str
    """Path of a list page with ``{page}``."""
    feed: str
    section_page: str
    """Path of a section's list with ``{code}`` and ``{page}``."""
    sections: tuple[str, ...]
    encoding: str = "utf-8"
    written: Callable[[int], tuple[Entry, ...]] | None = None
    """Day → entries, where another history than the demo's is told (`newsharvest.demo.month`)."""

    @property
    def host(self) -> str:
        """The canonical host."""
        return self.hosts[0]

    @property
    def base(self) -> str:
        """Scheme and host, e.g. ``http://www.haeram.test``."""
        return f"http://{self.host}"

    def article_path(self, number: int) -> str:
        """``/news/articleView.html?idxno=48210``."""
        return self.article.format(n=number)

    def article_url(self, number: int) -> str:
        """The canonical URL of an article."""
        return self.base + self.article_path(number)

    def list_path(self, page: int) -> str:
        """The list of all articles, newest first."""
        return self.list_page.format(page=page)

    def section_path(self, section: str, page: int = 1) -> str:
        """A section's list page; the section's code is its place in ``sections`` or its name in the site's encoding."""
        place = self.sections.index(section) + 2
        return self.section_page.format(code=place, name=quote(section, encoding=self.encoding), page=page)


_SECTIONS = ("행정", "사회", "경제", "문화", "교육", "체육", "농수산", "오피니언", "포토")

HAERAM = Paper(
    "demo_haeram", "해람일보", NDSOFT, ("www.haeram.test", "haeram.test", "m.haeram.test"), "해람시", 48210, 114,
    "/news/articleView.html?idxno={n}", "/news/articleList.html?page={page}&view_type=sm", "/rss/allArticle.xml",
    "/news/articleList.html?sc_section_code=S1N{code}&view_type=sm&page={page}", _SECTIONS,
)  # fmt: skip
SORAE = Paper(
    "demo_sorae", "소래신문", MEDIAON, ("www.sorae.test", "sorae.test"), "소래군", 31004, 111,
    "/news/article.html?no={n}", "/news/section_list_all.html?sec_no=1&page={page}", "/data/rss/news.xml",
    "/news/section_list_all.html?sec_no={code}&page={page}", _SECTIONS,
)  # fmt: skip
NOEUL = Paper(
    "demo_noeul", "노을뉴스", GNUBOARD, ("noeul.test", "www.noeul.test"), "노을구", 2071, 118,
    "/bbs/board.php?bo_table=news&wr_id={n}", "/bbs/board.php?bo_table=news&page={page}",
    "/bbs/rss.php?bo_table=news", "/bbs/board.php?bo_table=news&sca={name}&page={page}", _SECTIONS, "cp949",
)  # fmt: skip

PAPERS = (HAERAM, NOEUL, SORAE)
BY_HOST = {host: paper for paper in PAPERS for host in paper.hosts}
BY_ID = {paper.outlet_id: paper for paper in PAPERS}


def date_of(day: int) -> date:
    """The date of a day of the site; day 1 is `BASE_DATE`.

    >>> date_of(3)
    datetime.date(2026, 3, 4)
    """
    if day < 1:
        raise ValueError(f"day {day}: the demo site begins with day 1")
    return BASE_DATE + timedelta(days=day - 1)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of a day of the site, in Korean time."""
    on = date_of(day)
    return datetime(on.year, on.month, on.day, hour, minute, second, tzinfo=KST)
