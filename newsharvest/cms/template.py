"""A page's template as one short text: where container and headline stand in the markup, and in which order the fields come.

Pages of one skin give few different texts, a redesign gives new ones even where every field is still read: the first sign
of a change of markup (``newsharvest drift`` says which).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from newsharvest.items import Article
from newsharvest.markup import fold, text_of

_DIGITS = re.compile(r"\d+")


def template_of(article: Article, scope: HtmlElement, container: HtmlElement, title: HtmlElement | None) -> str:
    """``<digest>:<order>``: of the ways to container and headline, and of title T, subtitle S, date D, byline Y and body B.

    Numbers in class and id names count as one, so that an article's own number makes no template.
    """
    way = "|".join("/".join(_steps(element)) for element in (container, title) if element is not None)
    digest = hashlib.sha256(way.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{digest}:{_order(article, fold(text_of(scope)))}"


def _steps(element: HtmlElement) -> Iterator[str]:
    """The elements from the page's body down, each with its names."""
    for node in [*[*element.iterancestors()][::-1], element][2:]:
        names = sorted(_DIGITS.sub("0", name) for name in (node.get("class") or "").split())
        mark = _DIGITS.sub("0", node.get("id") or "")
        yield f"{node.tag}#{mark}.{'.'.join(names)}"


def _order(article: Article, text: str) -> str:
    rules = article.extractors
    printed = {
        "T": article.title,
        "S": (article.subtitle or "").partition("\n")[0],
        "D": article.published_at_raw if rules.get("published_at_raw", "").endswith(":head") else None,
        "Y": article.byline_raw if rules.get("byline_raw", "").endswith(":head") else None,
        "B": article.paragraphs[0] if article.paragraphs else None,
    }
    places = {name: text.find(value) for name, value in printed.items() if value}
    return "".join(name for name, place in sorted(places.items(), key=lambda pair: pair[1]) if place >= 0)
