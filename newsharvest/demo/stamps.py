"""Date lines in the forms that Korean papers print (the page study, §6), with the value they state."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper

SECOND, MINUTE, DAY = "second", "minute", "day"
_WEEKDAYS = "월화수목금토일"


@dataclass(frozen=True, slots=True)
class Form:
    """A strftime form; ``{w}`` is the weekday, ``{ap}`` 오전 or 오후, ``{h12}`` the hour of it, ``{month}`` and ``{day}`` unpadded."""

    text: str
    label: str | None
    precision: str
    modified: str | None = None
    """The form of a later change, where the line can show one."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A printed date: the text as printed (white space folded), its label word and the value it states."""

    raw: str
    label: str | None
    precision: str
    value: datetime
    form: Form


_ND_MODIFIED = "수정 %Y.%m.%d %H:%M"
_MEDIAON_MODIFIED = "수정 %Y.%m.%d %H:%M:%S"
ND_CURRENT = Form("입력 %Y.%m.%d %H:%M", "입력", MINUTE, _ND_MODIFIED)
ND_OLD = Form("승인 %Y.%m.%d %H:%M", "승인", MINUTE, _ND_MODIFIED)
_FORMS: dict[str, tuple[tuple[Form, int], ...]] = {
    NDSOFT: ((ND_CURRENT, 4), (ND_OLD, 1)),
    MEDIAON: (
        (Form("등록 %Y.%m.%d %H:%M:%S", "등록", SECOND, _MEDIAON_MODIFIED), 6),
        (Form("등록 %Y.%m.%d {ap} {h12}:%M", "등록", MINUTE), 1),
    ),
    GNUBOARD: (
        (Form("기사입력  %Y/%m/%d [%H:%M]", "기사입력", MINUTE), 3),
        (Form("기사입력 :[ %Y-%m-%d %H:%M ]", "기사입력", MINUTE), 1),
        (Form("기사승인 %Y. %m. %d. %H:%M", "기사승인", MINUTE), 2),
        (Form("입력 %Y.%m.%d %H:%M", "입력", MINUTE), 2),
        (Form("입력 : %Y.%m.%d %H:%M:%S", "입력", SECOND, "수정 : %Y.%m.%d %H:%M:%S"), 4),
        (Form("입력 : %Y. %m. %d({w}) %H:%M", "입력", MINUTE), 1),
        (Form("%Y년 %m월 %d일({w}) %H:%M", None, MINUTE), 2),
        (Form("%Y년 {month}월 {day}일 {ap} {h12}:%M", None, MINUTE), 1),
        (Form("발행일: %Y/%m/%d", "발행일", DAY), 1),
        (Form("웹출고시간%Y.%m.%d %H:%M:%S", "웹출고시간", SECOND), 1),
        (Form("%Y/%m/%d %H:%M 송고", "송고", MINUTE), 1),
        (Form("작성일 %y.%m.%d %H:%M", "작성일", MINUTE), 3),
        (Form("입력 %Y-%m-%d %H:%M%Y년 %m월 %d일 %H시 %M분", "입력", MINUTE), 1),
    ),
}


def stamp(paper: Paper, moment: datetime, source: random.Random) -> Stamp:
    """The date line of an article that was published at a moment, in one of its paper's forms."""
    forms = _FORMS[paper.family]
    form = source.choices([f for f, _ in forms], [w for _, w in forms])[0]
    return Stamp(fold(printed(form.text, moment)), form.label, form.precision, _cut(moment, form.precision), form)


def modified(form: Form, moment: datetime) -> tuple[str, datetime] | None:
    """The printed line of a later change and its value; None where the form shows none."""
    if form.modified is None:
        return None
    return fold(printed(form.modified, moment)), _cut(moment, SECOND if "%S" in form.modified else MINUTE)


def printed(form: str, moment: datetime) -> str:
    """The date text exactly as a page prints it, double spaces included.

    >>> from newsharvest.demo.papers import at
    >>> printed("등록 %Y.%m.%d {ap} {h12}:%M", at(1, 15, 5))
    '등록 2026.03.02 오후 3:05'
    """
    parts = {
        "w": _WEEKDAYS[moment.weekday()],
        "ap": "오전" if moment.hour < 12 else "오후",
        "h12": str((moment.hour + 11) % 12 + 1),
        "month": str(moment.month),
        "day": str(moment.day),
    }
    # One code at a time: strftime encodes the text around the codes by the locale on some systems.
    for code in ("%Y", "%m", "%d", "%H", "%M", "%S", "%y"):
        form = form.replace(code, moment.strftime(code))
    return form.format(**parts)


def fold(text: str) -> str:
    """White space runs, no-break spaces included, as one space."""
    return " ".join(text.split())


def _cut(moment: datetime, precision: str) -> datetime:
    if precision == DAY:
        return moment.replace(hour=0, minute=0, second=0)
    return moment.replace(second=0) if precision == MINUTE else moment
