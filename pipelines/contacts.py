"""Reporters' mail addresses and telephone numbers stay in the archive, unless the reference data says to keep them."""

from __future__ import annotations

import re

from newsharvest.cms.lookups import switch
from newsharvest.items import Article, Dropped
from newsharvest.markup import fold

_ADDRESS = r"[A-Za-z0-9][A-Za-z0-9._%+-]*@(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)?"
_NUMBER = r"(?:☎|(?:전화|문의|[Tt][Ee][Ll])\s?[.:)]?)?\s?(?<!\d)\(?0\d{1,2}\)?[-.\s]?\d{3,4}[-.]\d{4}(?!\d)"
# A pair of brackets goes with what stood alone in it; a separator goes with what it set apart.
CONTACT = re.compile(
    rf"\s?(?:\(\s?(?:{_ADDRESS}|{_NUMBER})\s?\)|<\s?(?:{_ADDRESS}|{_NUMBER})\s?>|\[\s?(?:{_ADDRESS}|{_NUMBER})\s?\]"
    rf"|[|,·/]?\s?(?:{_ADDRESS}|{_NUMBER}))"
)
_BEFORE_BRACKET = re.compile(r"\s+(?=[\])>】])")


def without_contacts(text: str) -> tuple[str, list[str]]:
    """A credit without addresses and numbers, white space folded, and what was taken out.

    >>> without_contacts("[솔바람 기자 sol@haeram.test]"), without_contacts("/ 솔바람기자 sol@")
    (('[솔바람 기자]', ['sol@haeram.test']), ('/ 솔바람기자', ['sol@']))
    """
    found = [match.group().strip() for match in CONTACT.finditer(text)]
    return (_BEFORE_BRACKET.sub("", fold(CONTACT.sub("", text))), found) if found else (text, found)


def strip_contacts(article: Article) -> int:
    """Take addresses and numbers out of byline, dateline and captions; how many went. Nothing where they are to be kept."""
    if switch("credits", "keep_contacts"):
        return 0
    before = len(article.dropped)
    captions = [_taken(article, caption) for caption in article.captions]
    article.captions = [caption for caption in captions if caption]
    article.byline_raw, bylines = without_contacts(article.byline_raw or "")
    article.byline_raw = article.byline_raw or None
    article.dateline_raw, datelines = without_contacts(article.dateline_raw or "")
    article.dateline_raw = article.dateline_raw or None
    return len(article.dropped) - before + len(bylines) + len(datelines)


def _taken(article: Article, caption: str) -> str:
    """A caption without contacts, which are part of the container's text and so are recorded."""
    rest, found = without_contacts(caption)
    article.dropped += [Dropped("contact", contact) for contact in found]
    return rest
