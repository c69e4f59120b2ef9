"""What stands above the body inside the article's block: the lines from its start to the container, and their meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.headlines import HeadLine, head_lines
from newsharvest.cms.lookups import alternatives, field_mark, is_furniture, words
from newsharvest.cms.stamps import MODIFIED, Stamp, stamps

_STRONG = alternatives(words("credits", "strong"))
_NAME_LABEL = re.compile(
    r"(?:기자명|작성자|글쓴이)\s*[:|]?\s*(?P<name>.*?)(?=\s*(?:작성일|등록일|댓글|조회|추천|이메일|$))"
)
_BYLINE = re.compile(
    rf"(?:[\w·, ]{{1,40}}\s?(?:{_STRONG})|(?:{_STRONG})\s[가-힣]{{2,4}})"
    r"(?:\s*외 \d+명)?(?:\s*\|?\s*[(<\[]?[\w.+-]+@[\w.-]*[)>\]]?)?"
)
_PERSON_MARKS = re.compile(r"user|writer|author|reporter|name", re.IGNORECASE)
# What stands between a reporter and the date on one line: "윤달래 기자 l 기사입력 2026/02/27 [17:33]".
_SEPARATOR = re.compile(r"\s*[|ㅣl·/]?\s*$")
_BARE_NAME = re.compile(rf"(?P<name>[{words('credits', 'surnames')[0]}][가-힣]{{2}})")
_HOME = frozenset({"홈", "home", "HOME", "Home", "메인", "처음"})
_ARROWS = re.compile(r"[>›»|ㅣ]")
_LINE_MAX = 200
_SECTION_MAX = 20
_NAME_MAX = 30


@dataclass(slots=True)
class Above:
    """The block above the body, read. Each line is one of these, furniture, or nothing the article has a field for."""

    section: str | None = None
    before: list[str] = field(default_factory=list)
    """Short unmarked lines before the title: the section in skins that do not mark it."""
    subtitles: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    """Unmarked lines after the title: the subtitle in skins that do not mark it."""
    byline: str | None = None
    stamps: list[Stamp] = field(default_factory=list)


def read_above(scope: HtmlElement, container: HtmlElement, title: HtmlElement | None) -> Above:
    """Everything that the lines between the scope's start and the container say."""
    above = Above()
    for line in head_lines(scope, container, title):
        if field_mark(line.marks) == "section" and not stamps(line.text):
            above.section = above.section or next(filter(_is_section, map(str.strip, _ARROWS.split(line.text))), None)
        else:
            _take(line, above)
    return above


def _is_section(word: str) -> bool:
    return bool(word) and word not in _HOME


def _take(line: HeadLine, above: Above) -> None:
    found = stamps(line.text)
    if not line.linked:  # a date that is a link is another article's
        above.stamps += [stamp for stamp in found if line.after_title or _certain(stamp)]
    text = beside(line.text, found)
    named = _NAME_LABEL.match(text) or (_bare_name(line.text, text) if found and line.after_title else None)
    if named or (line.after_title and (is_byline(text) if found else _is_byline(line))):
        above.byline = above.byline or (named["name"].strip() if named else text) or None
    elif not found and not is_furniture(line.text):
        _take_text(line, above)


def _bare_name(line: str, beside_date: str) -> re.Match[str] | None:
    """A name without a title behind a date: ``2026.02.01 10:00:00 / 나하늘`` (mediaOn)."""
    return _BARE_NAME.fullmatch(beside_date) if re.search(r"\d\s?/\s?\S{3}$", line) else None


def beside(text: str, found: list[Stamp]) -> str:
    """What a line says beside its dates: before the first, else after the last."""
    if not found:
        return text
    before = _SEPARATOR.sub("", text[: text.find(found[0].raw)])
    return before or text[text.rfind(found[-1].raw) + len(found[-1].raw) :].strip(" |·,/")


def _take_text(line: HeadLine, above: Above) -> None:
    mark = field_mark(line.marks)
    if mark in {"subtitle", "subtitle_above"}:
        above.subtitles.append(line.text)
    elif mark is None and not line.linked and not line.listed:
        if line.after_title and len(line.text) <= _LINE_MAX:
            above.loose.append(line.text)
        elif not line.after_title and len(line.text) <= _SECTION_MAX:
            above.before.append(line.text)


def _certain(stamp: Stamp) -> bool:
    """Before the title only a labelled publication counts: "UPDATED. …" there is the site's, a bare date the day's."""
    return stamp.label is not None and stamp.label not in MODIFIED


def _is_byline(line: HeadLine) -> bool:
    """A reporter's name and title, or a short line in a list beside a person's icon."""
    if _BYLINE.fullmatch(line.text):
        return True
    short = line.listed and len(line.text) <= _NAME_MAX and not stamps(line.text)
    return short and bool(_PERSON_MARKS.search(line.marks)) and not is_furniture(line.text)
