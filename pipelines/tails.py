"""What stands under an article's last sentence: bylines, copyright lines, end marks, cut off one by one."""

from __future__ import annotations

import re
from collections.abc import Callable

from newsharvest.cms.between import PHOTO_CREDIT
from newsharvest.cms.bylines import GLUED_BYLINE, MAIL_LINE, is_byline
from newsharvest.cms.lookups import is_furniture
from newsharvest.cms.rights import find_rights
from newsharvest.items import Article, Dropped

_END = re.compile(r"\s?[(\[<]\s?끝\s?[)\]>]$")
_GLUED_MAX = 80


def take_tail(article: Article) -> list[str]:
    """Cut credits off the end until the last paragraph is text; the bylines, the last printed first."""
    bylines: list[str] = []
    while article.paragraphs and any(cut(article, bylines) for cut in _CUTS):
        if article.paragraphs and not article.paragraphs[-1]:
            article.paragraphs.pop()
    return bylines


def _cut_end(article: Article, _bylines: list[str]) -> bool:
    match = _END.search(article.paragraphs[-1])
    return match is not None and _drop(article, match.start(), "end_mark")


def _cut_rights(article: Article, _bylines: list[str]) -> bool:
    match = find_rights(article.paragraphs[-1])
    if match is None:
        return False
    if article.rights_notice is None:
        article.rights_notice = match.group().strip()
        article.extractors["rights_notice"] = "credits:copyright line"
    return _drop(article, match.start(), "rights_notice")


def _cut_byline(article: Article, bylines: list[str]) -> bool:
    last = article.paragraphs[-1]
    if is_byline(last):
        bylines.append(last)
        return _drop(article, 0, "byline")
    tail = max(0, len(last) - _GLUED_MAX)
    match = GLUED_BYLINE.fullmatch(last, tail)
    if match is None:
        return False
    bylines.append(match["byline"].strip())
    return _drop(article, match.start("byline"), "byline")


def _cut_mail(article: Article, _bylines: list[str]) -> bool:
    return MAIL_LINE.fullmatch(article.paragraphs[-1]) is not None and _drop(article, 0, "mail")


def _cut_photo_credit(article: Article, _bylines: list[str]) -> bool:
    """A line that only says whose the pictures are goes to the captions: ``[사진=JTBC]``."""
    last = article.paragraphs[-1]
    if PHOTO_CREDIT.fullmatch(last) is None:
        return False
    if last not in article.captions:
        article.captions.append(last)
        article.extractors.setdefault("captions", "credits:photo credit")
        del article.paragraphs[-1]
        return True
    return _drop(article, 0, "repeated_caption")


def _cut_furniture(article: Article, _bylines: list[str]) -> bool:
    return is_furniture(article.paragraphs[-1]) and _drop(article, 0, "furniture")


_CUTS: tuple[Callable[[Article, list[str]], bool], ...] = (
    _cut_end, _cut_rights, _cut_byline, _cut_mail, _cut_photo_credit, _cut_furniture,
)  # fmt: skip


def _drop(article: Article, start: int, rule: str) -> bool:
    """Cut the last paragraph at a place and record what went."""
    last = article.paragraphs[-1]
    article.dropped.append(Dropped(rule, last[start:].strip()))
    article.paragraphs[-1] = last[:start].rstrip()
    return True
