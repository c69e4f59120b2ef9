"""A page's template as one short text: where container and headline stand in the markup, and in which order the fields come.

Pages of one skin give few different texts, a redesign gives new ones even where every field is still read: the first sign
of a change of markup (``newsharvest drift`` says which).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from newsharvest.cms.headlines import HeadLine
from newsharvest.cms.lines import one_line
from newsharvest.items import Article

_DIGITS = re.compile(r"\d+")


def template_of(article: Article, container: HtmlElement, title: HtmlElement | None, above: Sequence[HeadLine]) -> str:
    """``<digest>:<order>``: of the ways to container and headline, and of title T, subtitle S, date D, byline Y and body B.

    ``above``: the lines above the body; what was taken out of the body counts as if it stood before its first paragraph.
    Numbers in class and id names count as one, so that an article's own number makes no template.
    """
    way = "|".join("/".join(_steps(element)) for element in (container, title) if element is not None)
    digest = hashlib.sha256(way.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{digest}:{_order(article, _printed(article, title, above))}"


def _printed(article: Article, title: HtmlElement | None, above: Sequence[HeadLine]) -> str:
    """The article's lines in the order of the page, down to the first of its text."""
    before = [line.text for line in above if not line.after_title]
    after = [line.text for line in above if line.after_title]
    headline = [one_line(title)] if title is not None else []
    within = [dropped.text for dropped in article.dropped]
    return "\n".join([*before, *headline, *after, *within, *article.paragraphs[:1]])


def _steps(element: HtmlElement) -> Iterator[str]:
    """The elements from the page's body down, each with its names."""
    for node in [*[*element.iterancestors()][::-1], element][2:]:
        yield _step(str(node.tag), node.get("id") or "", node.get("class") or "")


@functools.lru_cache(maxsize=4096)
def _step(tag: str, mark: str, classes: str) -> str:
    names = sorted(_DIGITS.sub("0", name) for name in classes.split())
    return f"{tag}#{_DIGITS.sub('0', mark)}.{'.'.join(names)}"


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
