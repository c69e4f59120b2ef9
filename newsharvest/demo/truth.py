"""What the demo papers mean by their pages: the expected value of every field, kept by the generator.

No page is parsed here: the values are read off the drafts and tickers that the pages print. Conventions:

- text characters are the author's own; white space runs and no-break spaces are one space; a page may print a middle dot
  as ``ㆍ``, ``・`` or ``‧``, here it is ``·``;
- raw credits and dates are as printed, but without mail addresses; captions keep their ``▲``;
- a date without a time is midnight with precision ``day``; times are Korean;
- a deleted article keeps the fields of its last state and is ``gone``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from newsharvest.demo.drafts import draft
from newsharvest.demo.editions import Entry, entries, live
from newsharvest.demo.kma_truth import TrueForecast, TrueObservation, kma_forecasts, kma_observations
from newsharvest.demo.listing import page_count
from newsharvest.demo.papers import NDSOFT, PAPERS, Paper, date_of
from newsharvest.demo.stamps import fold
from newsharvest.demo.tickers import SLOTS, Ticker, list_slot, slot_of, ticker

__all__ = [
    "TrueArticle",
    "TrueBulletin",
    "TrueForecast",
    "TrueObservation",
    "TrueReading",
    "articles",
    "bulletins",
    "kma_forecasts",
    "kma_observations",
]

_MAIL = re.compile(r"\s*(?:\([\w.]+@[\w.]*\)|<[\w.]+@[\w.]*>|[\w.]+@[\w.]*)")


@dataclass(frozen=True, slots=True)
class TrueArticle:
    """The expected article of one page, field by field as in the dataset."""

    outlet_id: str
    article_id: str
    url: str
    title: str
    subtitle: str | None
    paragraphs: tuple[str, ...]
    captions: tuple[str, ...]
    dateline_raw: str | None
    dateline_outlet: str | None
    byline_raw: str | None
    authors: tuple[str, ...]
    section: str
    keywords: tuple[str, ...]
    images: tuple[str, ...]
    published_at: datetime
    published_at_raw: str
    published_at_precision: str
    published_at_label: str | None
    modified_at: datetime | None
    rights_notice: str | None
    gone: bool


@dataclass(frozen=True, slots=True)
class TrueReading:
    """The expected reading of one ticker entry. ``match`` is named, alias, bracket or unknown."""

    position: int
    sky_raw: str | None
    station: str | None
    stn_id: int | None
    temperature_c: float | None
    match: str


@dataclass(frozen=True, slots=True)
class TrueBulletin:
    """One ticker of one day. ``pages`` are the URLs that show it: articles, list pages of all articles, the front page."""

    source_id: str
    displayed_date: date
    readings: tuple[TrueReading, ...]
    pages: tuple[str, ...]


def articles(day: int) -> list[TrueArticle]:
    """Every article published up to a day, in its state of that day, paper by paper.

    >>> articles(1)[0].url
    'http://www.haeram.test/news/articleView.html?idxno=48210'
    """
    return [true_article(paper, entry) for paper in PAPERS for entry in entries(paper, day)]


def bulletins(day: int) -> list[TrueBulletin]:
    """The tickers that the site shows on a day (not those of earlier days)."""
    papers = [paper for paper in PAPERS if paper.family != NDSOFT]
    return [_bulletin(paper, day, slot) for paper in papers for slot in range(SLOTS)]


def true_article(paper: Paper, entry: Entry) -> TrueArticle:
    """One article in one state."""
    known = draft(paper, entry)
    dateline, byline, rights = known.credits.dateline, known.credits.byline, known.credits.rights
    return TrueArticle(
        outlet_id=paper.outlet_id,
        article_id=str(known.number),
        url=paper.article_url(known.number),
        title=fold(known.title),
        subtitle="\n".join(map(fold, known.subtitles)) or None,
        paragraphs=tuple(map(fold, known.paragraphs)),
        captions=tuple(fold(photo.caption) for photo in known.photos if photo.caption),
        dateline_raw=dateline.raw if dateline else None,
        dateline_outlet=dateline.outlet if dateline else None,
        byline_raw=without_mail(byline.raw) if byline else None,
        authors=known.credits.authors,
        section=known.section,
        keywords=known.keywords,
        images=tuple(paper.base + photo.path for photo in known.photos),
        published_at=known.stamp.value,
        published_at_raw=known.stamp.raw,
        published_at_precision=known.stamp.precision,
        published_at_label=known.stamp.label,
        modified_at=known.modified[1] if known.modified else None,
        rights_notice=rights.raw if rights else None,
        gone=entry.gone_at is not None,
    )


def without_mail(credit: str) -> str:
    """A printed credit without its mail address and the brackets that held nothing else.

    >>> without_mail("나해솔 기자 (sol@haeram.test)"), without_mail("[나해솔 기자 sol@haeram.test]")
    ('나해솔 기자', '[나해솔 기자]')
    """
    return " ".join(_MAIL.sub("", credit).split())


def _bulletin(paper: Paper, day: int, slot: int) -> TrueBulletin:
    shown = readings(ticker(paper, day, slot))
    return TrueBulletin(paper.outlet_id, date_of(day), shown, tuple(_pages(paper, day, slot)))


def readings(shown: Ticker) -> tuple[TrueReading, ...]:
    """The expected readings of a ticker."""
    return tuple(TrueReading(s.position, s.sky, s.station, s.stn_id, s.temperature, s.match) for s in shown.spots)


def _pages(paper: Paper, day: int, slot: int) -> list[str]:
    lists = [
        paper.base + (paper.list_path(n) if n else "/")
        for n in range(page_count(paper, day) + 1)
        if list_slot(paper, n) == slot
    ]
    return [*lists, *(paper.article_url(e.number) for e in live(paper, day) if slot_of(paper, e.number) == slot)]
