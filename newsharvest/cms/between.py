"""Credits that stand between paragraphs: what the tail of an article may end with, printed before its last sentence."""

from __future__ import annotations

import re

from newsharvest.cms.bylines import MAIL_LINE, RIGHTS, is_byline
from newsharvest.cms.content import Body
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
    if not any(map(_may_be_credit, body.paragraphs)):
        return
    _cut_below_notice(body)
    last = max((place for place, line in enumerate(body.paragraphs) if _target(line) is None), default=-1)
    kept = [line for place, line in enumerate(body.paragraphs) if place > last or not _moved(body, line)]
    body.paragraphs = kept


def _cut_below_notice(body: Body) -> None:
    """Lines without a sentence below the copyright line are other articles' headlines."""
    place = next((place for place, line in enumerate(body.paragraphs) if _target(line) == "rights_notice"), None)
    if place is None or not any(map(SENTENCE.search, body.paragraphs[:place])):
        return
    below = body.paragraphs[place + 1 :]
    if not any(SENTENCE.search(line) and _target(line) is None for line in below):
        left = [line for line in below if _target(line) is not None]
        body.dropped += [Dropped("below_article", line) for line in below if line not in left]
        body.paragraphs[place + 1 :] = left


def _may_be_credit(line: str) -> bool:
    return len(line) <= _SHORT and _HINT.search(line) is not None


def _target(line: str) -> str | None:
    """What a line is that is nothing else; None for text."""
    if not _may_be_credit(line):
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


def _moved(body: Body, line: str) -> bool:
    target = _target(line)
    if target is None:
        return False
    fields = {"rights_notice": body.notices, "byline": body.bylines, "caption": body.captions}
    if target in fields and line not in fields[target]:
        fields[target].append(line)
    else:
        body.dropped.append(Dropped(target, line))
    return True
