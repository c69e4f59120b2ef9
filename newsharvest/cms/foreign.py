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
    letters, hangul = len(_LETTERS.findall(text)), len(_HANGUL.findall(text))
    traded = sum(word in text for word in _TRADE) >= _TRADE_LEAST
    if letters < _LEAST:
        return FOREIGN if traded else None
    return FOREIGN if traded or hangul < _HANGUL_LEAST * letters else None
