"""The grammar of copyright lines."""

from __future__ import annotations

import re

COPYRIGHT = re.compile(r"저작권자|무단\s?전재|copyright|[ⓒ©]|all rights", re.IGNORECASE)
"""What a box that is marked as a copyright line must say to be one ("copy" also marks copy-the-address buttons)."""
RIGHTS = re.compile(
    r"[<〈＜\[(「]?\s?(?:저작권자\s?(?:[©ⓒ]|\([cC]\))|[Cc]opyright\s?(?:[©ⓒ@]|\([cC]\))|[©ⓒ](?=.{1,40}무단\s?전재))"
    r".{1,120}?(?:금지|[Rr]eserved\.?)[^가-힣]{0,3}$"
    r"|(?:^[가-힣A-Za-z0-9]|(?:(?<=[.!?…”’\"'>)\]@A-Za-z])|(?<=기자))\s?[가-힣])(?:(?!기자)[가-힣A-Za-z0-9 ]){1,19}"
    r"\([A-Za-z0-9./:-]+\)\s?,?\s?무단\s?전재.{0,60}금지[^가-힣]{0,3}$"
)
"""A copyright line at a paragraph's end, glued to the last sentence or alone; a sentence about copyright is none."""


def find_rights(text: str) -> re.Match[str] | None:
    """The copyright line that a text is or ends with; the grammar is tried only on texts with one of the words it ends in.

    >>> find_rights("문을 열었다. 저작권자 © 해람일보 무단전재 및 재배포 금지").group().strip(), find_rights("문을 열었다.")
    ('저작권자 © 해람일보 무단전재 및 재배포 금지', None)
    """
    return RIGHTS.search(text) if "금지" in text or "eserved" in text else None
