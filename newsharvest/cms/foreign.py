"""Whose page it is: a registered host's page that carries neither the outlet's name, nor a CMS's marks, nor its language.

A domain that a paper lost goes on answering every address, with a page for sale or a casino's; and a wall against robots
answers in the paper's place. Neither may become an article of the paper.
"""

from __future__ import annotations

import re

from newsharvest.cms import CMS, links
from newsharvest.cms.lookups import words
from newsharvest.markup import Document, fold, text_of
from newsharvest.reference import Outlet

FOREIGN, CHALLENGE = "foreign_site", "challenge"
_LETTERS = re.compile(r"[^\W\d_]")
_HANGUL = re.compile(r"[가-힣]")
_LEAST = 100
_HANGUL_LEAST = 0.1
_TRADE = tuple(word.lower() for word in words("foreign", "trade"))
_WALLS = tuple(word.lower() for word in words("foreign", "challenge"))
_TRADE_LEAST = 2


def is_its_own(doc: Document, outlet: Outlet) -> bool:
    """Whether a page carries all three: the outlet's name, its CMS's marks or links to its articles, and Korean text.

    What only `whose` does not call foreign (a notice, an empty page) is no proof that a paper is back.
    """
    text = fold(text_of(doc.root)).lower()
    named = _names(doc.decoded.text, outlet) or _names("".join(doc.decoded.text.split()), outlet)
    family = CMS.get(outlet.cms)
    marked = (family is not None and family.recognises(doc)) or bool(links(doc, doc.page.url or "", outlet))
    return named and marked and _is_korean(text) and not _is_trade(text)


def _is_korean(text: str) -> bool:
    letters, hangul = len(_LETTERS.findall(text)), len(_HANGUL.findall(text))
    return letters >= _LEAST and hangul >= _HANGUL_LEAST * letters


def _is_trade(text: str) -> bool:
    """Words of gambling, or of domains for sale."""
    return sum(word in text for word in _TRADE) >= _TRADE_LEAST


def _names(text: str, outlet: Outlet) -> bool:
    return any("".join(name.split()) in text for name in (outlet.name, *outlet.other_names))


def whose(doc: Document, outlet: Outlet) -> str | None:
    """`FOREIGN` or `CHALLENGE` for a page that is not the outlet's; None for its own, and for what tells too little.

    Name and CMS are both missing, and the language is not Korean or the words are those of gambling and of domains for sale.
    """
    if _names(doc.decoded.text, outlet) or any(family.recognises(doc) for family in CMS.values()):
        return None
    if _names("".join(doc.decoded.text.split()), outlet) or links(doc, doc.page.url or "", outlet):
        return None
    text = fold(text_of(doc.root)).lower()
    if any(mark in doc.decoded.text.lower() for mark in _WALLS):
        return CHALLENGE
    if _is_trade(text):
        return FOREIGN
    return FOREIGN if len(_LETTERS.findall(text)) >= _LEAST and not _is_korean(text) else None
