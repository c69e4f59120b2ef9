"""Bodies that stand in script JSON only: Next.js (``__NEXT_DATA__``, ``self.__next_f``) and JSON-LD's articleBody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from lxml import etree, html
from lxml.html import HtmlElement

from newsharvest.cms.meta import Head
from newsharvest.cms.texts import SENTENCE
from newsharvest.markup import Document, XPath

_NEXT_DATA = XPath('//script[@id="__NEXT_DATA__" or @type="application/json"]')
_SCRIPTS = XPath("//script[contains(., '__next_f')]")
_PUSH = re.compile(r"self\.__next_f\.push\((\[.*\])\)\s*;?\s*$", re.DOTALL)
_FLIGHT_ROW = re.compile(r"(?:^|\n)[0-9a-f]+:(?=[\[{\"T])")
_TEXT_ROW = re.compile(r"T[0-9a-f]+,")
_TEXT_KEYS = frozenset({"content", "text", "value", "html", "body", "contents", "paragraph", "children", "data"})
_LEAST = 60
_DESCRIBED = 15
_NODES_MOST = 200_000
_DEPTH_MOST = 60
_ANY_TAG = re.compile(r"<[^<>]*>")
_TAG = re.compile(r"<(?:p|br|div|figure|span|h\d)\b", re.IGNORECASE)


def script_body(doc: Document, head: Head) -> tuple[str, HtmlElement] | None:
    """The rule and the body as an element of its own, from the page's scripts; None where no script holds a body.

    Scripts hold other articles too: the longest text that says what the page's description says; without such a one the longest.
    """
    found = [("json-ld:articleBody", text) for text in _linked(head)]
    found += [
        ("script:__NEXT_DATA__", text) for script in _NEXT_DATA.all(doc.root) for text in _of_json(script.text or "")
    ]
    found += [("script:__next_f", text) for text in _of_flight(doc)]
    found = [(rule, text) for rule, text in found if len(text) >= _LEAST and SENTENCE.search(_ANY_TAG.sub(" ", text))]
    described = _described(found, head)
    chosen = max(described or found, key=lambda pair: len(pair[1]), default=None)
    return (chosen[0], _as_element(chosen[1])) if chosen is not None else None


def _linked(head: Head) -> list[str]:
    stated = head.linked_raw("articleBody")
    return [stated] if stated is not None else []


def _described(found: list[tuple[str, str]], head: Head) -> list[tuple[str, str]]:
    """The candidates that start as the description does."""
    stated = head.meta("og:description", "description", "twitter:description")
    start = _letters(stated[1])[:_DESCRIBED] if stated is not None else ""
    return [pair for pair in found if len(start) == _DESCRIBED and start in _letters(pair[1])]


def _letters(text: str) -> str:
    return "".join(re.sub(r"<[^<>]*>|&[a-z#0-9]+;|\s", "", text).split())


def _of_json(source: str) -> list[str]:
    try:
        return list(_texts(json.loads(source)))
    except (ValueError, RecursionError):  # a script that only looks like JSON
        return []


def _of_flight(doc: Document) -> Iterator[str]:
    """The rows of React's flight format: pushed in pieces, each row an id, a colon and JSON or a text with its length."""
    joined = "".join(_pieces(doc))
    places = [match.end() for match in _FLIGHT_ROW.finditer(joined)]
    for start, end in pairwise([*places, len(joined)]):
        row = joined[start:end]
        if match := _TEXT_ROW.match(row):
            yield row[match.end() :]
        else:
            yield from _of_json(re.sub(r"\n[0-9a-f]+:$", "", row))


def _pieces(doc: Document) -> Iterator[str]:
    for script in _SCRIPTS.all(doc.root):
        match = _PUSH.search(script.text or "")
        pushed = _loaded(match.group(1)) if match is not None else None
        if isinstance(pushed, list) and len(pushed) == 2 and isinstance(pushed[1], str):
            yield pushed[1]


def _loaded(source: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(source)
    except ValueError:  # a push of something else
        return None


def _texts(loaded: object) -> Iterator[str]:
    """Every text in a JSON value, and the joined texts of every list of parts."""
    stack: list[tuple[object, int]] = [(loaded, 0)]
    seen = 0
    while stack and seen < _NODES_MOST:
        node, depth = stack.pop()
        seen += 1
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict) and depth < _DEPTH_MOST:
            stack += [(value, depth + 1) for value in node.values()]
        elif isinstance(node, list) and depth < _DEPTH_MOST:
            stack += [(value, depth + 1) for value in node]
            yield "\n".join(filter(None, map(_part, node)))


def _part(node: object) -> str:
    """A paragraph object's text."""
    if isinstance(node, str):
        return node if SENTENCE.search(_ANY_TAG.sub(" ", node)) else ""
    if isinstance(node, dict):
        return next((value for key, value in node.items() if key in _TEXT_KEYS and isinstance(value, str)), "")
    return ""


def _as_element(text: str) -> HtmlElement:
    """A text as a container: its own markup where it has any, else a line a paragraph."""
    if _TAG.search(text) is None:
        text = "<p>" + "</p><p>".join(html_escape(line) for line in text.splitlines()) + "</p>"
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    root: HtmlElement = etree.fromstring(f"<div>{text}</div>".encode("utf-8", "replace"), parser=parser)
    return root


def html_escape(text: str) -> str:
    """A text as markup that reads as the text; entities that it holds already stay what they are."""
    return text.replace("<", "&lt;").replace(">", "&gt;")
