"""Text dumps of article pages: no tags, so each line is told by its kind.

Seen order (pages.md §1.2 and the page this project started from): site lines, section, title, ``URL복사``, subtitle lines, body,
and below it other parts of the page (``배너``, ``실시간 기사``, ``COVER STORY``, ``모바일 버전으로 보기``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from newsharvest.cms.bylines import is_byline, read_dateline
from newsharvest.cms.keys import ArticleKey
from newsharvest.cms.lookups import is_furniture, words
from newsharvest.cms.permissions import permission_flags
from newsharvest.cms.rights import find_rights
from newsharvest.cms.stamps import Stamp, modified, published, stamps
from newsharvest.items import Article, Dropped, printed_chars
from newsharvest.markup import PageError, fold
from newsharvest.page import Page

_ENDS = frozenset(words("furniture", "ends"))
_AFTER_TITLE = frozenset({"URL복사", "URL 복사"})
_BULLET = re.compile(r"^[•*]\s+")
_SENTENCE = re.compile(r"[가-힣][.!?](?:[\s\"”’')]|$)")
_SECTION = re.compile(r"[가-힣A-Za-z]{2,8}(?:[/·&>][가-힣A-Za-z]{2,8})?")
_BODY_MIN = 25
_STAMP_LINE_MAX = 60
_HEAD_MAX = 8


@dataclass(slots=True)
class _Head:
    """The lines above the body, in order."""

    lines: list[str] = field(default_factory=list)
    title_at: int | None = None
    """The place of the line before ``URL복사``."""
    stamps: list[Stamp] = field(default_factory=list)
    byline: str | None = None


def parse(lines: Iterable[str], key: ArticleKey, page: Page) -> Article:
    """The article of a text dump whose ticker lines are already out; every text raw.

    PageError (not_article) where no line reads like a body or no line above it can be the title.
    """
    article = Article(key.outlet_id, key.article_id, replace(page.source, url=key.url or page.url))
    texts = [text for line in lines if (text := _BULLET.sub("", fold(line)))]
    start = next((place for place, text in enumerate(texts) if _starts_body(text)), None)
    if start is None:
        raise PageError("parse", "not_article", "no line reads like a body")
    article.container_chars = sum(map(printed_chars, texts[start:]))
    article.flags += permission_flags({}, page.headers)
    head = _read_head(texts[:start], article)
    article.container_chars += sum(printed_chars(dropped.text) for dropped in article.dropped)
    _name(article, head)
    _read_body(texts[start:], article)
    _date(article, head)
    return article


def _starts_body(text: str) -> bool:
    if is_furniture(text) or find_rights(text):
        return False
    return (len(text) >= _BODY_MIN and _SENTENCE.search(text) is not None) or read_dateline(text) is not None


def _read_head(texts: Sequence[str], article: Article) -> _Head:
    head = _Head()
    for text in texts:
        found = stamps(text)
        if text in _AFTER_TITLE and head.lines:
            head.title_at = len(head.lines) - 1
        if is_furniture(text):
            article.dropped.append(Dropped("furniture", text))
        elif found and len(text) <= _STAMP_LINE_MAX:
            head.stamps += [stamp for stamp in found if stamp.label]  # a bare date is the day the page was rendered
            article.dropped.append(Dropped("date_line", text))
        elif is_byline(text):
            head.byline = text
        else:
            head.lines.append(text)
    return head


def _name(article: Article, head: _Head) -> None:
    """Section, title and subtitle from the lines above the body."""
    place = _title_place(head)
    section = head.lines[place - 1] if place else None
    subtitles = [line for line in head.lines[place + 1 :] if line != head.lines[place]]
    article.title, article.extractors["title"] = head.lines[place], "text:title line"
    if section is not None and _SECTION.fullmatch(section):
        article.section, article.extractors["section"] = section, "text:line above title"
    if subtitles:
        article.subtitle, article.extractors["subtitle"] = "\n".join(subtitles), "text:lines below title"
    if head.byline:
        article.byline_raw, article.extractors["byline_raw"] = head.byline, "text:byline line"


def _title_place(head: _Head) -> int:
    """The line before ``URL복사``; else the line printed twice; else the first that is no section word."""
    if head.title_at is not None:
        return head.title_at
    for place in range(len(head.lines) - 1, 0, -1):
        if head.lines[place] in head.lines[:place]:
            return place
    if not head.lines or len(head.lines) > _HEAD_MAX:
        raise PageError("parse", "not_article", f"{len(head.lines)} lines above the body and none known as the title")
    return 1 if len(head.lines) > 1 and _SECTION.fullmatch(head.lines[0]) else 0


def _read_body(texts: Sequence[str], article: Article) -> None:
    """The lines from the body's first to the first line of another part of the page."""
    ended = False
    for text in texts:
        ended = ended or text in _ENDS
        if ended:
            article.dropped.append(Dropped("below_article", text))
        elif is_furniture(text):
            article.dropped.append(Dropped("furniture", text))
        else:
            article.paragraphs.append(text)
            ended = find_rights(text) is not None
    article.extractors["paragraphs"] = "text:body lines"


def _date(article: Article, head: _Head) -> None:
    first, changed = published(head.stamps), modified(head.stamps)
    if first is not None:
        article.published_at_raw, article.extractors["published_at_raw"] = first.raw, "text:date line"
    if changed is not None:
        article.modified_at_raw, article.extractors["modified_at_raw"] = changed.raw, "text:date line"
