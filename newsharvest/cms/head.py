"""What stands above the body inside the article's block: the lines from its start to the container, and their meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.crediting import Above, joined, take_byline_near_date, take_credit
from newsharvest.cms.headlines import HeadLine, head_lines
from newsharvest.cms.lookups import field_mark, is_furniture
from newsharvest.cms.stamps import stamps

_HOME = frozenset({"홈", "home", "HOME", "Home", "메인", "처음"})
_ARROWS = re.compile(r"[>›»|ㅣ]")
_LINE_MAX = 200
_SECTION_MAX = 20


def read_above(scope: HtmlElement, container: HtmlElement, title: HtmlElement | None) -> Above:
    """Everything that the lines between the scope's start and the container say."""
    above = Above(lines=list(joined(head_lines(scope, container, title))))
    for line in above.lines:
        if field_mark(line.marks) == "section" and not stamps(line.text):
            above.section = above.section or next(filter(_is_section, map(str.strip, _ARROWS.split(line.text))), None)
        else:
            _take(line, above)
    if above.byline is None:
        take_byline_near_date(above)
    above.over = _directly_over(above.lines)
    return above


def _directly_over(lines: Sequence[HeadLine]) -> list[str]:
    """The headings that stand right before the title."""
    found: list[str] = []
    for line in reversed([line for line in lines if not line.after_title]):
        plain = field_mark(line.marks) is None and not line.linked and not line.listed and not _is_info(line.text)
        if not line.heading or not plain or len(line.text) > _LINE_MAX:
            break
        found.append(line.text)
    return found[::-1]


def _is_section(word: str) -> bool:
    return bool(word) and word not in _HOME


def _take(line: HeadLine, above: Above) -> None:
    if not take_credit(line, above) and not stamps(line.text) and not is_furniture(line.text):
        _take_text(line, above)


def _is_info(text: str) -> bool:
    return bool(stamps(text)) or is_byline(text) or is_furniture(text)


def _take_text(line: HeadLine, above: Above) -> None:
    mark = field_mark(line.marks)
    if mark in {"subtitle", "subtitle_above"}:
        above.subtitles += [*_together(above, line), line.text]
    elif mark is None and not line.linked and not line.listed:
        if line.after_title and len(line.text) <= _LINE_MAX:
            above.loose.append(line.text)
            above.headings += [line.text] if line.heading else []
        elif not line.after_title and len(line.text) <= _SECTION_MAX:
            above.before.append(line.text)


def _together(above: Above, line: HeadLine) -> list[str]:
    """The headings just before a marked subtitle that belong to it: a redesign may mark but one of its lines."""
    if not line.after_title or above.subtitles:
        return []
    return list(above.headings)
