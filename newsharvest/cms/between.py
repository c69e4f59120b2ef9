"""Credits that stand between paragraphs: what the tail of an article may end with, printed before its last sentence."""

from __future__ import annotations

import re

from newsharvest.cms.bylines import MAIL_LINE, is_byline
from newsharvest.cms.content import Body
from newsharvest.cms.rights import RIGHTS
from newsharvest.cms.texts import SENTENCE
from newsharvest.items import Dropped

_HINT = re.compile(r"기자|특파원|통신원|리포터|@|금지|eserved|끝|사진|이미지|자료|출처|영상")
"""Every line that a rule below takes has one of these: most lines have none."""
_SHORT = 130
_STRONG = re.compile(r"기자|특파원|통신원|리포터|@")
END_MARK = re.compile(r"[(\[<]\s?끝\s?[)\]>]")
PHOTO_CREDIT = re.compile(
    r"[\[(<]\s?(?:사진|이미지|자료|출처|영상)(?:\s?(?:제공|출처|자료))?\s?[=:|ㅣ]\s?[^\[\]()<>]{1,40}[\])>]"
)
"""A line that only says whose the pictures are: ``[사진=JTBC]``."""


def sort_between(body: Body) -> None:
    """Move copyright lines, bylines, mail addresses and photo credits that are whole lines above the last paragraph.

    What stands below the last sentence is left to ``pipelines.tails``, which reads the lines from the end.
    """
    lines = [(line, _target(line)) for line in body.paragraphs]
    if not any(target for _, target in lines):
        return
    lines = _without_headlines_below(body, lines)
    last = max((place for place, (_, target) in enumerate(lines) if target is None), default=-1)
    kept = []
    for place, (line, target) in enumerate(lines):
        if place > last or target is None:
            kept.append(line)
        else:
            _move(body, line, target)
    body.paragraphs = kept


_Lines = list[tuple[str, str | None]]
"""Each line with its target."""


def _without_headlines_below(body: Body, lines: _Lines) -> _Lines:
    """Lines without a sentence below the copyright line are other articles' headlines."""
    place = next((place for place, (_, target) in enumerate(lines) if target == "rights_notice"), None)
    if place is None or not any(SENTENCE.search(line) for line, _ in lines[:place]):
        return lines
    below = lines[place + 1 :]
    if any(SENTENCE.search(line) and target is None for line, target in below):
        return lines
    body.dropped += [Dropped("below_article", line) for line, target in below if target is None]
    return [*lines[: place + 1], *(pair for pair in below if pair[1] is not None)]


def _target(line: str) -> str | None:
    """What a line is that is nothing else; None for text."""
    if len(line) > _SHORT or _HINT.search(line) is None:
        return None
    if RIGHTS.match(line):
        return "rights_notice"
    if MAIL_LINE.fullmatch(line):
        return "mail"
    if _STRONG.search(line) and is_byline(line):
        return "byline"
    if PHOTO_CREDIT.fullmatch(line):
        return "caption"
    return "end_mark" if END_MARK.fullmatch(line) else None


def _move(body: Body, line: str, target: str) -> None:
    fields = {"rights_notice": body.notices, "byline": body.bylines, "caption": body.captions}
    if target in fields and line not in fields[target]:
        fields[target].append(line)
    else:
        body.dropped.append(Dropped(target, line))
