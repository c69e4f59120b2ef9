"""What surrounds an article on every page: menus, boxes with other headlines, scripts, legal lines. None of it is a field."""

from __future__ import annotations

import functools
import html
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from newsharvest.demo.drafts import Draft, draft
from newsharvest.demo.editions import Entry, entries, live
from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper
from newsharvest.demo.words import lists, rng

_BOXES = {
    NDSOFT: ("많이 본 기사", "최신기사", "오피니언", "해람 사람들", "포토뉴스", "지역 이슈", "기획연재", "하단영역"),
    MEDIAON: (
        "많이 본 기사",
        "실시간 기사",
        "COVER STORY",
        "포토뉴스",
        "소래 사람들",
        "동네 소식",
        "사설·칼럼",
        "기획",
    ),
    GNUBOARD: ("많이 본 기사", "최신글", "인기글", "노을 포토", "우리 동네", "독자 마당", "기획 기사", "전체 보기"),
}


@functools.cache
def style() -> str:
    """The style sheet that stands in every page's head."""
    return f"<style>\n{_file('page.css')}</style>"


@functools.cache
def script() -> str:
    """The script that stands at every page's end."""
    return f'<script type="text/javascript">\n{_file("page.js")}</script>'


@functools.cache
def menu(paper: Paper) -> str:
    """The main menu: sections, and pages that robots.txt forbids (search, administration)."""
    sections = "\n".join(_section_item(paper, section) for section in paper.sections)
    forbidden = "\n".join(f'<li><a href="{path}">{name}</a></li>' for path, name in _tools(paper))
    return f'<nav id="gnb" class="user-menu"><ul class="nav-menu">\n{sections}\n</ul>\n<ul class="util">\n{forbidden}\n</ul></nav>'


@functools.cache
def town_grid(paper: Paper) -> str:
    """A directory of the towns, three searches each: all forbidden by robots.txt."""
    return '<dl class="town-grid">\n' + "\n".join(_town(paper, town) for town in lists()["towns"]) + "\n</dl>"


def side_boxes(paper: Paper, number: int) -> str:
    """Boxes with other headlines. They change with the article's number, never with the day.

    All link to articles of day 1, with the headlines of that day: such boxes are written once, when the page is.
    """
    source = rng(paper.outlet_id, number, "boxes")
    pool = entries(paper, 1)
    return "\n".join(
        _box(paper, title, source.sample(pool, source.randint(9, 14)), source) for title in _BOXES[paper.family]
    )


def bundle(paper: Paper, number: int) -> str:
    """``묶음기사``: titles of other articles in front of a body."""
    others = rng(paper.outlet_id, number, "bundle").sample(entries(paper, 1), 12)
    return (
        '<div class="series-box"><strong>묶음기사</strong><ul>'
        + "".join(_headline(paper, e) for e in others)
        + "</ul></div>"
    )


def related(paper: Paper, number: int, count: int) -> str:
    """List items of related articles, for under a body."""
    return "\n".join(
        _headline(paper, e) for e in rng(paper.outlet_id, number, "related").sample(entries(paper, 1), count)
    )


def epaper(paper: Paper) -> str:
    """Links to the faces of the e-paper, which robots.txt forbids."""
    links = "\n".join(
        f'<li><a href="/admin/epaper.html?paper={paper.outlet_id}&amp;face={n}">지면보기 {n}면</a></li>'
        for n in range(1, 19)
    )
    return f'<div class="side-box epaper"><h4>지면보기(유료)</h4><ul>\n{links}\n</ul></div>'


def newest(paper: Paper, day: int, count: int) -> Sequence[Draft]:
    """The newest articles of a day in their current state."""
    return [draft(paper, entry) for entry in live(paper, day)[:count]]


def attr(text: str) -> str:
    """Text for an attribute or element where the page prints without habits of its own."""
    return html.escape(text)


def joined(parts: Iterable[str]) -> str:
    """Non-empty parts, one a line."""
    return "\n".join(part for part in parts if part)


@functools.cache
def _file(name: str) -> str:
    return (Path(__file__).parent / "skins" / name).read_text(encoding="utf-8")


def _section_item(paper: Paper, section: str) -> str:
    entries_ = lists()["menu"]
    start = paper.sections.index(section) * 3
    under = "\n".join(
        f'<a href="{attr(paper.section_path(section))}">{name}</a>' for name in entries_[start : start + 5]
    )
    return f'<li class="menu-item"><a href="{attr(paper.section_path(section))}">{section}</a>\n<div class="sub">\n{under}\n</div></li>'


def _tools(paper: Paper) -> tuple[tuple[str, str], ...]:
    return (
        ("/admin/", "관리자"),
        ("/admin/login.html", "기자방"),
        ("/search?mode=advanced", "상세검색"),
        ("/search?word=" + quote(paper.city, encoding=paper.encoding), "오늘의 검색어"),
        (paper.feed.replace("&", "&amp;"), "RSS"),
        ("/company.html", "회사소개"),
    )


def _town(paper: Paper, town: str) -> str:
    word = quote(town, encoding=paper.encoding)
    parts = (("소식", "news"), ("사람", "people"), ("알림", "notice"))
    links = "".join(
        f'<dd><a href="/search?area={word}&amp;kind={kind}" class="town">{town} {name}</a></dd>' for name, kind in parts
    )
    return f"<dt>{town}</dt>{links}"


def _box(paper: Paper, title: str, chosen: Sequence[Entry], source: random.Random) -> str:
    items = "\n".join(_box_item(paper, entry, place, source) for place, entry in enumerate(chosen, 1))
    return (
        f'<section class="side-box auto-box">\n<h4>{title}</h4>\n<ul class="rolling-list">\n{items}\n</ul>\n</section>'
    )


def _box_item(paper: Paper, entry: Entry, place: int, source: random.Random) -> str:
    known = draft(paper, entry)
    thumb = ""
    if known.photos and source.random() < 0.5:
        thumb = f'<span class="thumb"><img src="{paper.base}{known.photos[0].path.replace(".jpg", "_s.jpg")}" width="84" height="56" alt=""></span>'
    return (
        f'<li><a href="{attr(paper.article_path(entry.number))}" title="{attr(known.title)}">{thumb}<span class="num">{place}</span>'
        f'<strong class="auto-titles">{attr(known.title)}</strong></a> <em class="auto-date">{known.published_at:%m-%d %H:%M}</em></li>'
    )


def _headline(paper: Paper, entry: Entry) -> str:
    return f'<li><a href="{attr(paper.article_path(entry.number))}">{attr(draft(paper, entry).title)}</a></li>'
