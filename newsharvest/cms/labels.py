"""Words that a page prints before a reporter's name to say that it is one."""

from __future__ import annotations

import re

from newsharvest.cms.bylines import is_byline
from newsharvest.cms.lookups import alternatives, words

LABEL = re.compile(rf"(?:{alternatives(words('credits', 'labels'))})\s*[:|]?\s+")
"""What labels a byline."""
_ANY_LABEL = re.compile(r"[가-힣]{1,5}\s*[:|]?\s+")


def byline_in(text: str, *, labelled: bool = False) -> str:
    """A byline without the word that labels it; ``labelled``: where labels stand, an unknown word before a byline is one, too.

    >>> byline_in("취재 나하늘 기자"), byline_in("글·사진 나하늘 기자"), byline_in("적은이 나하늘 기자", labelled=True)
    ('나하늘 기자', '글·사진 나하늘 기자', '나하늘 기자')
    """
    match = LABEL.match(text) or (_ANY_LABEL.match(text) if labelled and not is_byline(text) else None)
    return text[match.end() :] if match is not None and is_byline(text[match.end() :]) else text
