"""Articles whose own text was saved by a wrong table while the page around it was not."""

from __future__ import annotations

from collections.abc import Iterable

from newsharvest.items import Article
from newsharvest.mojibake import reversed_mojibake


def repair_article(article: Article, lines: Iterable[str], lists: Iterable[str]) -> None:
    """Make the named fields readable where the first paragraph is provably reversible mojibake; flag ``mojibake_repaired``.

    A field that cannot be brought back byte for byte stays as it is.
    """
    if not article.paragraphs or reversed_mojibake(article.paragraphs[0]) is None:
        return
    for name in lines:
        setattr(article, name, _readable(getattr(article, name)))
    for name in lists:
        setattr(article, name, [_readable(text) for text in getattr(article, name)])
    article.container_chars = None  # no longer comparable with what the container shows
    article.flags.append("mojibake_repaired")


def _readable(text: str | None) -> str | None:
    return (reversed_mojibake(text) or text) if text is not None else None
