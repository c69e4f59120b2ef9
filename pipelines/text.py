"""Korean text, cleaned without destroying any: what holds for every text of an item after number 100."""

from __future__ import annotations

import html
import re
import unicodedata

from newsharvest.items import Article, Item, printed_chars
from pipelines.crawling import Counting
from pipelines.halfwidth import HALF_WIDTH, composed
from pipelines.repairs import repair_article

# Middle dots counted on saved pages: ㆍ 312, · 206, ・ 3, ‧ 2.
_DOTS = "\u318d\u30fb\u2027"
# U+3164 is a letter by its class and a blank by its looks; Korean pages use it (and its half-width twin) as a space.
_BLANK = re.compile(r"[\s\u1680\u180e\u3164\uffa0]+")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x9f\xad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    "|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d"  # a joiner belongs to an emoji or to nobody
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
# Entities that lost their semicolon on real pages; only these, so that "?a=1&copy=2" and "R&D" stand.
_BROKEN = re.compile(r"&(ldquo|rdquo|lsquo|rsquo|middot|hellip|nbsp|quot|amp|lt|gt)(?![A-Za-z0-9=;])")
# Any character that a step below may change; most strings have none.
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2027\u3000\u3164\u30fb\u318d\ud800-\udfff"
    "\ufeff\uff61-\uffdc\ufff9-\ufffb&]"
)
_EDGES = ("| ", " |", "||")
_CP1252 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0) if code != 0x85}


def clean(text: str) -> str:
    """A text on one line: NFC, one kind of space and of middle dot, nothing invisible, no entity left undecoded.

    Never NFKC: ㈜ ℃ ⅓ ㎡ … and fullwidth marks stay as the author wrote them. ``clean(clean(x)) == clean(x)``.

    >>> clean("산ㆍ학\\u00a0 ㈜해솔 &quot;8.2℃&quot;\\u200b ")
    '산·학 ㈜해솔 "8.2℃"'
    """
    if _is_clean(text) and text[:1] != " " and text[-1:] != " ":
        return text
    while (cleaned := _step(text)) != text:
        text = cleaned
    return text


def _is_clean(text: str) -> bool:
    """Whether no step changes anything but spaces at the ends."""
    return _SUSPECT.search(text) is None and "  " not in text and unicodedata.is_normalized("NFC", text)


def _step(text: str) -> str:
    """One round of all rules; repeated until nothing changes, since one rule can uncover work for another."""
    if "&" in text:
        text = _BROKEN.sub(r"&\1;", text)
        text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
    text = _INVISIBLE.sub(_visible, text)
    text = HALF_WIDTH.sub(lambda match: composed(match.group()), text)
    for dot in _DOTS:
        text = text.replace(dot, "·")
    return unicodedata.normalize("NFC", _BLANK.sub(" ", text)).strip(" ")


def _visible(match: re.Match[str]) -> str:
    """Windows' quotes that came as C1 controls (``&#147;``) are quotes; everything else invisible goes."""
    return _CP1252.get(ord(match.group()), "")


def clean_lines(text: str) -> str:
    """Every line of a text cleaned, empty ones left out.

    >>> clean_lines(" 하나 \\n\\n둘")
    '하나\\n둘'
    """
    return "\n".join(line for line in map(clean, text.split("\n")) if line)


def clean_list(texts: list[str]) -> list[str]:
    """Every text cleaned, empty ones left out."""
    return [cleaned for cleaned in map(clean, texts) if cleaned]


_LINES = ("title", "section", "byline_raw", "rights_notice", "published_at_raw", "modified_at_raw", "agency")
_LISTS = ("paragraphs", "captions", "keywords")


def clean_article(article: Article) -> list[str]:
    """Clean an article's texts in place, raw ones too (dates and bylines are printed on one line); which fields changed.

    A text that was saved by a wrong table is made readable where that is provably lossless: flag ``mojibake_repaired``.
    """
    repair_article(article, (*_LINES, "subtitle"), _LISTS)
    if _is_spotless(article):
        return []
    cleaned: dict[str, object] = {name: _line(getattr(article, name)) for name in _LINES}
    cleaned |= {name: clean_list(getattr(article, name)) for name in _LISTS}
    cleaned["subtitle"] = clean_lines(article.subtitle or "") or None
    before = _container_texts(article)
    changed = [name for name, value in cleaned.items() if value != getattr(article, name)]
    for name in changed:
        setattr(article, name, cleaned[name])
    if article.container_chars is not None and changed:
        # The container is measured in cleaned text, as all its parts are.
        article.container_chars += _container_texts(article) - before
    return changed


def _is_spotless(article: Article) -> bool:
    """Whether one look at all texts finds nothing to do: true of two articles in three, at a fraction of looking at each."""
    lines = [text for name in _LINES if (text := getattr(article, name)) is not None]
    texts = [
        *lines,
        *("-" if article.subtitle is None else article.subtitle).split("\n"),
        *article.paragraphs,
        *article.captions,
        *article.keywords,
    ]
    joined = f"|{'|'.join(texts)}|"
    return _is_clean(joined) and not any(edge in joined for edge in _EDGES)


def _container_texts(article: Article) -> int:
    return sum(map(printed_chars, article.paragraphs)) + sum(map(printed_chars, article.captions))


def _line(text: str | None) -> str | None:
    return (clean(text) or None) if text is not None else None


class TextPipeline(Counting):
    """Number 100."""

    def process_item(self, item: Item) -> Item:
        """An article's texts cleaned; other items as they are. Counts ``newsharvest/<field>/cleaned`` and ``text/unaccounted``."""
        if isinstance(item, Article):
            for name in clean_article(item):
                self._stats.inc_value(f"newsharvest/{name}/cleaned")
            if item.unaccounted:
                self._stats.inc_value("newsharvest/text/unaccounted", item.unaccounted)
        return item
