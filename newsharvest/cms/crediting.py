"""What the lines beside a headline say of an article's credits: its byline and its dates."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.headlines import HeadLine
from newsharvest.cms.labels import LABEL, byline_in
from newsharvest.cms.lookups import alternatives, is_furniture, words
from newsharvest.cms.stamps import MODIFIED, PUBLISHED, Stamp, labelled, stamps

_STRONG = alternatives(words("credits", "strong"))
_NAME_LABEL = re.compile(
    r"(?:기자명|작성자|글쓴이|취재기자명|기자이름|등록자|필자|(?:Reporter|Writer|Author|By)\b)\s*[:|]?\s*(?P<name>.*?)(?=\s*(?:작성일|등록일|댓글|조회|추천|이메일|$))"
)
_BYLINE = re.compile(
    rf"(?:[\w·, ]{{1,40}}\s?(?:{_STRONG})|(?:{_STRONG})\s[가-힣]{{2,4}})"
    r"(?:\s*외 \d+명)?(?:\s*\|?\s*[(<\[]?[\w.+-]+@[\w.-]*[)>\]]?)?"
)
_PERSON_MARKS = re.compile(r"user|writer|author|reporter|name", re.IGNORECASE)
# What stands between a reporter and the date on one line: "윤달래 기자 l 기사입력 2026/02/27 [17:33]".
_SEPARATOR = re.compile(r"\s*[|ㅣl·/]?\s*$")
_BARE_NAME = re.compile(rf"(?P<name>[{words('credits', 'surnames')[0]}][가-힣]{{2}})")
_LABELS = frozenset(PUBLISHED + MODIFIED + words("credits", "labels"))
_DATE = re.compile(r"\d{2,4}\s?[년./-]\s?\d")
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
    headings: list[str] = field(default_factory=list)
    """Unmarked headings after the title: the subtitle where no mark names one."""
    over: list[str] = field(default_factory=list)
    """Unmarked headings directly before the title."""
    lines: Sequence[HeadLine] = ()
    dated: bool = False
    """Whether a date stands between headline and body."""
    where: str = "head"
    """Where the dates stand: ``head`` is between headline and body."""
    byline_where: str = "head"


def take_credit(line: HeadLine, above: Above, *, near: bool = False) -> bool:
    """Take dates and byline of a line; whether it has a byline. ``near``: it stands beside a date, so every form of byline is one."""
    found = stamps(line.text)
    if found and line.after_title:
        found, above.dated = labelled(line.text, found), True
    if not line.linked:  # a date that is a link is another article's
        above.stamps += [stamp for stamp in found if line.after_title or _certain(stamp)]
    text = beside(line.text, found)
    text = _credit_part(text) if found and " | " in text else text
    named = _NAME_LABEL.match(text) or (_bare_name(line.text, text) if found and line.after_title else None)
    credit = named["name"].strip() if named else byline_in(text, labelled=bool(found) or line.listed)
    if LABEL.fullmatch(f"{text} "):
        return True  # the label of a name that is not there
    if named or (line.after_title and (credit != text or (is_byline(text) if found or near else _is_byline(line)))):
        above.byline = above.byline or credit or None
        return True
    return False


def _credit_part(text: str) -> str:
    """Of a line parted by bars the part that is a byline; the label before it is one of its own: ``작성자 | 나하늘 기자``."""
    parts = [part.strip() for part in text.split(" | ")]
    return next((part for part in parts if is_byline(byline_in(part))), text)


def _bare_name(line: str, beside_date: str) -> re.Match[str] | None:
    """A name without a title behind a date: ``2026.02.01 10:00:00 / 나하늘`` (mediaOn)."""
    return _BARE_NAME.fullmatch(beside_date) if re.search(r"\d\s?/\s?\S{3}$", line) else None


def beside(text: str, found: list[Stamp]) -> str:
    """What a line says beside its dates: before the first, else after the last."""
    if not found:
        return text
    before = _SEPARATOR.sub("", text[: text.find(found[0].raw)])
    return before or text[text.rfind(found[-1].raw) + len(found[-1].raw) :].strip(" |·,/")


def _certain(stamp: Stamp) -> bool:
    """Before the title only a labelled publication counts: "UPDATED. …" there is the site's, a bare date the day's."""
    return stamp.label is not None and stamp.label not in MODIFIED


def _is_byline(line: HeadLine) -> bool:
    """A reporter's name and title, or a short line in a list beside a person's icon."""
    if _BYLINE.fullmatch(line.text):
        return True
    short = line.listed and len(line.text) <= _NAME_MAX and not stamps(line.text)
    return short and bool(_PERSON_MARKS.search(line.marks)) and not is_furniture(line.text)


def take_byline_near_date(above: Above) -> None:
    """A line that is a byline by the grammar of credits, right beside a date: in no list, but in the place of one."""
    own = [line for line in above.lines if line.after_title]
    dated = [place for place, line in enumerate(own) if stamps(line.text) and not line.linked]
    near = [own[place + step] for place in dated for step in (-1, 1) if 0 <= place + step < len(own)]
    credit = next((line for line in near if is_byline(byline_in(line.text))), None)
    if credit is not None:
        above.byline = byline_in(credit.text)
        above.loose = [text for text in above.loose if text != credit.text]


def joined(lines: Sequence[HeadLine]) -> Iterator[HeadLine]:
    """The lines; a label on a line of its own (a term, a table's head) stands before what it labels."""
    waiting: HeadLine | None = None
    for line in lines:
        if waiting is not None and line.text.strip(" :") in _LABELS:
            yield waiting
            waiting = line
        elif waiting is not None:
            yield from (replace(line, text=f"{waiting.text} {line.text}"),) if _is_labelled(line) else (waiting, line)
            waiting = None
        elif line.text.strip(" :") in _LABELS:
            waiting = line
        else:
            yield line
    if waiting is not None:
        yield waiting


def _is_labelled(line: HeadLine) -> bool:
    """Whether a line begins as what a label stands before: with a date, or it is a byline, or short in a list."""
    return bool(_DATE.match(line.text)) or is_byline(line.text) or (line.listed and len(line.text) <= _NAME_MAX)
