"""Who wrote it and who owns it: bylines, datelines and copyright lines in the forms that Korean papers print.

Every form is a real one (the page study, §3) with made-up names; mail domains are the paper's own ``.test`` host.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TypeVar

from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper
from newsharvest.demo.words import lists, person

T = TypeVar("T")
HEAD, LINE, GLUED, ELEMENT = "head", "line", "glued", "element"
"""Where a credit stands: in the page's info line, as the body's last line, glued to its last sentence, in its own box."""


@dataclass(frozen=True, slots=True)
class Credit:
    """A printed credit. ``names`` are the people it names, without titles and mail; ``place`` tells where it stands."""

    raw: str
    names: tuple[str, ...] = ()
    outlet: str | None = None
    place: str = HEAD


@dataclass(frozen=True, slots=True)
class Credits:
    """All credits of one article; each is None where the article carries none of its kind."""

    dateline: Credit | None
    byline: Credit | None
    rights: Credit | None
    the_end: bool = False
    """Agency texts close with ``(끝)``, which belongs to no field."""

    @property
    def authors(self) -> tuple[str, ...]:
        """The byline's people, else the dateline's."""
        if self.byline and self.byline.names:
            return self.byline.names
        return self.dateline.names if self.dateline else ()


# (form, weight): {p} the paper, {n} the reporter, {m} the mail name, {h} the mail host, {c} a town.
_BYLINES: dict[str, tuple[tuple[str, int], ...]] = {
    HEAD: (("{n} 기자", 10), ("{n} 기자 {m}@{h}", 4), ("{n}기자", 1)),
    LINE: (
        ("{n} 기자", 3),
        ("/{n}기자 {m}@", 2),
        ("{n} 기자 {m}@{h}", 5),
        ("/ {n}기자 {m}@{h}", 2),
        ("/{c}={n} 기자 {m}@{h}", 2),
        ("[ {p} / {c} = {n} 기자 ]", 2),
        ("{n} 기자 ({m}@{h})", 2),
        ("{n} 기자 <{m}@{h}>", 2),
        ("[{n} 기자 {m}@{h}]", 3),
        ("{n} 기자 외 1명", 1),
    ),
    GLUED: (("{n} 기자", 4), ("{c}={n} 기자 {m}@{h}", 3), ("{n} 기자 {m}@{h}", 3)),
}
_OPINION_BYLINES = ("칼럼니스트 {n}", "{n} 칼럼니스트")
_DATELINES: dict[str, tuple[tuple[str, int], ...]] = {
    NDSOFT: (("[{p}]", 3), ("[{p} {n} 기자]", 2), ("[{p}={n}]", 1), ("[{c}/{p}]{n} 기자 =", 1)),
    MEDIAON: (("[{p} {n} 기자]", 10), ("[{p} ■{c}={n} 기자]", 2), ("{p} = {n} 기자 |", 1)),
    GNUBOARD: (("[{p}]", 5), ("【{p} {c}】{n} 기자=", 2), ("[{p}/{n}기자]", 2), ("[{p} {n} 기자]", 2)),
}
_AGENCY = "연합뉴스"
_AGENCY_DATELINE = "({c}={p}) {n} 기자 ="
_RIGHTS: dict[str, tuple[tuple[str, int], ...]] = {
    NDSOFT: (("저작권자 © {p} 무단전재 및 재배포 금지", 1),),
    MEDIAON: (
        ("<저작권자 © {p}, 무단 전재 및 재배포 금지>", 3),
        ("저작권자 © {p} 무단전재 및 재배포 금지", 2),
        ("{p}(www.{h}), 무단전재 및 수집, 재배포 금지", 1),
    ),
    GNUBOARD: (
        ("<저작권자ⓒ{p}. 무단전재-재배포 금지>", 3),
        ("<저작권자(c) {p}, 무단전재 및 재배포 금지>", 2),
        ("저작권자 © {p} 무단전재, 재배포 및 AI학습 및 활용 금지", 1),
    ),
}
# Weights of the place: NDsoft prints the reporter above the text, the others mostly below it.
_BYLINE_PLACES = {
    NDSOFT: ((HEAD, 14), (LINE, 2), (GLUED, 2), (None, 1)),
    MEDIAON: ((HEAD, 5), (LINE, 4), (GLUED, 3), (None, 5)),
    GNUBOARD: ((HEAD, 3), (LINE, 8), (GLUED, 4), (None, 3)),
}
_RIGHTS_PLACES = {
    NDSOFT: ((ELEMENT, 16), (GLUED, 3), (LINE, 1)),
    MEDIAON: ((ELEMENT, 3), (GLUED, 4), (LINE, 4), (None, 4)),
    GNUBOARD: ((GLUED, 3), (LINE, 4), (None, 5)),
}
_DATELINE_SHARE = {NDSOFT: 0.3, MEDIAON: 0.7, GNUBOARD: 0.6}
_CITIES = ("춘천", "인천", "화순", "수원", "부산", "강릉", "청주", "안동")


def credits_of(paper: Paper, source: random.Random, section: str) -> Credits:
    """The credits of an article with a text: one person wherever several of its credits name one."""
    byline_place = _weighted(source, _BYLINE_PLACES[paper.family])
    slots = _slots(paper, source)
    if source.random() < 0.05:
        return _agency(paper, source, slots)
    byline = _byline(source, section, byline_place, slots)
    dateline = _dateline(paper, source, slots) if section != "오피니언" else None
    return Credits(dateline, byline, _rights(paper, source, slots))


def photo_credits(paper: Paper, source: random.Random) -> Credits:
    """The credits of a photo with a caption only: a byline in the info line at most."""
    slots = _slots(paper, source)
    byline = Credit("{n} 기자".format(**slots), (slots["n"],)) if paper.family == NDSOFT else None
    rights = _rights(paper, source, slots) if paper.family == NDSOFT else None
    return Credits(None, byline, rights and Credit(rights.raw, place=ELEMENT))


def _slots(paper: Paper, source: random.Random) -> dict[str, str]:
    name = source.choice(lists()["hanja_names"]) if source.random() < 0.02 else person(source)
    host = paper.host.removeprefix("www.")
    return {
        "p": paper.name,
        "n": name,
        "m": source.choice(lists()["mail_names"]),
        "h": host,
        "c": source.choice(_CITIES),
    }


def _byline(source: random.Random, section: str, place: str | None, slots: dict[str, str]) -> Credit | None:
    if place is None:
        return None
    if section == "오피니언":
        return Credit(source.choice(_OPINION_BYLINES).format(**slots), (slots["n"],), place=HEAD)
    if place == HEAD and source.random() < 0.04:
        return Credit("{p} webmaster@{h}".format(**slots), ())
    return Credit(_weighted(source, _BYLINES[place]).format(**slots), (slots["n"],), place=place)


def _dateline(paper: Paper, source: random.Random, slots: dict[str, str]) -> Credit | None:
    if source.random() > _DATELINE_SHARE[paper.family]:
        return None
    form = _weighted(source, _DATELINES[paper.family])
    return Credit(form.format(**slots), (slots["n"],) if "{n}" in form else (), paper.name)


def _agency(paper: Paper, source: random.Random, slots: dict[str, str]) -> Credits:
    dateline = Credit(_AGENCY_DATELINE.format(**{**slots, "p": _AGENCY}), (slots["n"],), _AGENCY)
    return Credits(dateline, None, _rights(paper, source, slots), the_end=True)


def _rights(paper: Paper, source: random.Random, slots: dict[str, str]) -> Credit | None:
    place = _weighted(source, _RIGHTS_PLACES[paper.family])
    if place is None:
        return None
    raw = _weighted(source, _RIGHTS[paper.family]).format(**slots)
    # Glued to a mail address, a line that opens with the paper's name could not be told from it even by a reader.
    return Credit(raw, place=LINE if place == GLUED and raw.startswith(paper.name) else place)


def _weighted(source: random.Random, choices: tuple[tuple[T, int], ...]) -> T:
    return source.choices([c for c, _ in choices], [w for _, w in choices])[0]
