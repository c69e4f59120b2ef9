"""The articles of a page's JSON-LD scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_ARTICLE_TYPES = frozenset(
    {"NewsArticle", "Article", "ReportageNewsArticle", "OpinionNewsArticle", "AnalysisNewsArticle", "BlogPosting"}
)
_LEVELS = 20


def linked_articles(scripts: list[str]) -> Iterator[dict[str, Any]]:
    """Every object whose type is an article's, in page order, those of ``@graph`` too."""
    for script in scripts:
        try:
            loaded = json.loads(script, strict=False)
        except (ValueError, RecursionError):  # broken JSON-LD is common; the other sources stand
            continue
        yield from _typed(loaded, 0)


def _typed(node: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _LEVELS:
        return
    if isinstance(node, list):
        for part in node:
            yield from _typed(part, depth + 1)
    elif isinstance(node, dict):
        kinds = node.get("@type")
        if _ARTICLE_TYPES.intersection(kinds if isinstance(kinds, list) else [kinds]):
            yield node
        yield from _typed(node.get("@graph"), depth + 1)
