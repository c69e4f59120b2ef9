"""Where a known value stands on a page: the smallest element that prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, cast

from lxml.html import HtmlElement

from newsharvest.clock import KST
from newsharvest.markup import fold, text_of

_DOTS = str.maketrans("ㆍ・‧·", "····", "\u200b\ufeff")
_SHORT = 80
_PARAGRAPHS = 0.8
_BLOCKS = frozenset({"html", "body", "head", "script", "style", "meta", "title", "option"})


def squeezed(text: str) -> str:
    """A text as values are compared: one blank for white space, one form of the middle dot."""
    return fold(text).translate(_DOTS)


def locate(root: HtmlElement, field: str, known: Mapping[str, Any]) -> HtmlElement | None:
    """The element that prints a field's known value; None where there is none, or no value."""
    value = known[field]
    if not value or field not in _FINDERS:
        return None
    return _FINDERS[field](root, known)


def shown(root: HtmlElement) -> Iterator[HtmlElement]:
    """Every element that may print something."""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag not in _BLOCKS:
            yield cast("HtmlElement", element)


def _exact(root: HtmlElement, text: str) -> HtmlElement | None:
    """The last of nested elements with just this text, the first on the page that is no link to elsewhere."""
    wanted, best = squeezed(text), None
    if not wanted:
        return None
    for element in shown(root):
        if best is not None and not _within(element, best):
            break
        if squeezed(text_of(element)) == wanted and not _linked(element):
            best = element
    return best


def _linked(element: HtmlElement) -> bool:
    return element.tag == "a" or any(parent.tag == "a" for parent in element.iterancestors())


def _within(element: HtmlElement, other: HtmlElement) -> bool:
    return any(parent is other for parent in element.iterancestors())


def _title(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    return _exact(root, known["title"])


def _subtitle(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    lines = known["subtitle"].split("\n")
    tries = ("".join(lines), " ".join(lines), lines[0])
    return next((found for text in tries if (found := _exact(root, text)) is not None), None)


def _section(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    """Menus print every section: only what stands in the article's own block counts."""
    title = _title(root, known) if known.get("title") else None
    body = _body(root, known) if known.get("body") else None
    if title is None or body is None:
        return None
    around = set(title.iterancestors())
    scope = next((parent for parent in body.iterancestors() if parent in around), None)
    wanted = squeezed(known["section"])
    found = None
    for element in shown(scope) if scope is not None else ():
        if squeezed(text_of(element)) == wanted and not _within(element, body):
            found = element
    return found


def _body(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    """The smallest element that holds most of the paragraphs."""
    lines = [squeezed(line).replace(" ", "") for line in known["body"].split("\n")]
    best = None
    for element in shown(root):
        text = squeezed(text_of(element)).replace(" ", "")
        if sum(line in text for line in lines) >= max(1, _PARAGRAPHS * len(lines)):
            best = element if best is None or _within(element, best) else best
    return best


def _byline(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    """A short element with the byline, outside the body."""
    body = _body(root, known) if known.get("body") else None
    wanted = squeezed(known["byline_raw"])
    return _smallest(root, lambda text: wanted in text, body)


def _published(root: HtmlElement, known: Mapping[str, Any]) -> HtmlElement | None:
    body = _body(root, known) if known.get("body") else None
    forms = tuple(date_forms(known["published_at"]))
    return _smallest(root, lambda text: any(form in "".join(text.split()) for form in forms), body)


def _smallest(root: HtmlElement, holds: Callable[[str], bool], body: HtmlElement | None) -> HtmlElement | None:
    best = None
    for element in shown(root):
        if best is not None and not _within(element, best):
            break
        text = squeezed(text_of(element))
        outside = body is None or (element is not body and not _within(element, body))
        if outside and len(text) <= _SHORT and holds(text):
            best = element
    return best


def date_forms(moment: datetime) -> Iterator[str]:
    """A time as pages print it, without white space.

    >>> next(date_forms(datetime(2026, 3, 2, 15, 5, tzinfo=KST)))
    '2026.03.02.15:05'
    """
    at = moment.astimezone(KST)
    days = [f"{at:%Y}{s}{at:%m}{s}{at:%d}" for s in (".", "-", "/")] + [
        f"{at:%y}{s}{at:%m}{s}{at:%d}" for s in (".", "-", "/")
    ]
    days += [f"{at:%Y}년{at.month}월{at.day}일", f"{at:%Y}년{at:%m}월{at:%d}일"]
    half, hour = "오전" if at.hour < 12 else "오후", (at.hour + 11) % 12 + 1
    weekday = f"({'월화수목금토일'[at.weekday()]})"
    for day in days:
        for gap in (".", "", "[", weekday, f".{weekday}", "T"):
            yield from (f"{day}{gap}{at:%H:%M}", f"{day}{gap}{half}{hour}:{at:%M}")
    if (at.hour, at.minute) == (0, 0):
        yield from days


_FINDERS: dict[str, Callable[[HtmlElement, Mapping[str, Any]], HtmlElement | None]] = {
    "title": _title,
    "subtitle": _subtitle,
    "section": _section,
    "body": _body,
    "byline_raw": _byline,
    "published_at": _published,
}


def way(element: HtmlElement) -> str:
    """The elements from the page's body down to one, in CSS's notation: ``div#wrap > article.view > h1``."""
    line = [*[*element.iterancestors()][::-1], element][2:]
    return " > ".join(map(step, line))


def step(element: HtmlElement) -> str:
    """One element in CSS's notation."""
    mark = f"#{element.get('id')}" if element.get("id") else ""
    return f"{element.tag}{mark}{''.join(f'.{name}' for name in (element.get('class') or '').split())}"
