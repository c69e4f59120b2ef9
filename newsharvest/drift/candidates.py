"""Selectors that might find an element again on other pages of its template, simple ones first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement

from newsharvest.markup import fold, text_of

_LEVELS = 3
_NAME = re.compile(r"[A-Za-z][\w-]*\Z")
_OWN = re.compile(r"\d{4,}")
_LABEL = re.compile(r"\s*([가-힣A-Za-z][가-힣A-Za-z ]{0,11}?)\s*[:|.\[]?\s*(?=\d|$)")


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector in both notations."""

    css: str
    xpath: str


def candidates(element: HtmlElement, label: str | None = None) -> Iterator[Selector]:
    """By id, class, itemprop, then below a named ancestor, then by the label that its text begins with, then by place."""
    own = list(_own(element))
    yield from own
    bare = Selector(element.tag, element.tag)
    scoped = [*own, bare]
    above = [(depth, parent) for depth, parent in enumerate(element.iterancestors()) if depth < _LEVELS]
    for depth, parent in above:
        for outer in _own(parent):
            for inner in scoped:
                yield Selector(f"{outer.css} {inner.css}", f"{outer.xpath}//{inner.xpath.removeprefix('//')}")
            tags = _down(parent, element)
            yield Selector(f"{outer.css} > {' > '.join(tags)}", f"{outer.xpath}/{'/'.join(tags)}")
            if label:
                yield _labelled(outer, element.tag, label)
            if depth == 0:
                place = 1 + sum(sibling.tag == element.tag for sibling in element.itersiblings(preceding=True))
                yield Selector(
                    f"{outer.css} > {element.tag}:nth-of-type({place})", f"{outer.xpath}/{element.tag}[{place}]"
                )
    if label:
        yield _labelled(None, element.tag, label)
    yield Selector(element.tag, f"//{element.tag}")


def _labelled(outer: Selector | None, tag: str, label: str) -> Selector:
    test = f'[starts-with(normalize-space(.), "{label}")]'
    css = f'{tag}:starts-with("{label}")'
    if outer is None:
        return Selector(css, f"//{tag}{test}")
    return Selector(f"{outer.css} {css}", f"{outer.xpath}//{tag}{test}")


def _down(parent: HtmlElement, element: HtmlElement) -> list[str]:
    tags = [element.tag]
    for node in element.iterancestors():
        if node is parent:
            break
        tags.append(node.tag)
    return tags[::-1]


def _own(element: HtmlElement) -> Iterator[Selector]:
    """By what the element itself is named; names that hold a number of the article's are no names."""
    mark = element.get("id") or ""
    if mark and not _OWN.search(mark) and '"' not in mark:
        yield Selector(f"#{mark}", f'//*[@id="{mark}"]')
    for name in (element.get("class") or "").split():
        if _NAME.match(name) and not _OWN.search(name):
            test = f'[contains(concat(" ", normalize-space(@class), " "), " {name} ")]'
            yield Selector(f"{element.tag}.{name}", f"//{element.tag}{test}")
            yield Selector(f".{name}", f"//*{test}")
    if prop := element.get("itemprop"):
        yield Selector(f"[itemprop={prop}]", f'//*[@itemprop="{prop}"]')


def label_of(element: HtmlElement) -> str | None:
    """The word that an element's text begins with, before a date: ``게시`` of ``게시 2026.09.14 10:22``."""
    match = _LABEL.match(fold(text_of(element)))
    return match.group(1).strip() if match else None
