"""What a page's head says of its article: og:*, article:*, dable:* metas, JSON-LD and <title>."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml.html import HtmlElement

from newsharvest.cms.linked import linked_articles
from newsharvest.cms.lookups import words
from newsharvest.markup import Document, fold, text_of
from newsharvest.reference import outlets

_PREFIXES = words("titles", "prefixes")
_SUFFIXES = words("titles", "suffixes")
_SEPARATORS = words("titles", "separators")
_TRAILS = words("titles", "trails")


@dataclass(slots=True)
class Head:
    """The metas by name (all values of a name in page order), the title element and the JSON-LD article, read when asked."""

    metas: dict[str, list[str]] = field(default_factory=dict)
    page_title: str | None = None
    scripts: list[str] = field(default_factory=list)
    site_names: list[str] = field(default_factory=list)
    """The names that a page's title may end with: the registered outlet's and og:site_name."""
    title: tuple[str, str] | None = None
    """The headline that the head states, without the site's name, and its rule."""
    titles: list[str] = field(default_factory=list)
    """Every headline that the head may mean: without the site's name, and without the way to the page (``제목 > 뉴스``), too."""
    _article: dict[str, Any] | None = None

    def meta(self, *names: str) -> tuple[str, str] | None:
        """The rule and the value of the first of these names that says something: ``("meta:og:title", "…")``."""
        for name in names:
            for value in self.metas.get(name, ()):
                if value:
                    return f"meta:{name}", value
        return None

    def linked(self, *path: str) -> tuple[str, str] | None:
        """The rule and the string at a path of the JSON-LD article: ``linked("author", "name")``."""
        found = self.linked_raw(*path)
        return (f"json-ld:{'.'.join(path)}", fold(found)) if found is not None and fold(found) else None

    def linked_raw(self, *path: str) -> str | None:
        """The string at a path of the JSON-LD article as it stands, line ends included."""
        if self._article is None:
            self._article = next(linked_articles(self.scripts), {})
        found: Any = self._article
        for step in path:
            found = found[0] if isinstance(found, list) and found else found
            found = found.get(step) if isinstance(found, dict) else None
        found = found[0] if isinstance(found, list) and found else found
        return found if isinstance(found, str) else None

    def all(self, *names: str) -> list[str]:
        """All values of the first of these names that has any."""
        return next((self.metas[name] for name in names if any(self.metas.get(name, ()))), [])


def read_head(doc: Document, outlet_id: str, *, everywhere: bool = False) -> Head:
    """The metas, the title and the JSON-LD scripts of a page; of its body too where the head lacks og:title (broken pages)."""
    head = Head()
    top = next(doc.root.iterchildren("head"), None)
    if top is not None and not everywhere:
        _read(head, top)
    if "og:title" not in head.metas:
        head = Head()
        _read(head, doc.root)
    head.site_names = _site_names(head, outlet_id)
    head.title = _title(head)
    head.titles = _titles(head)
    return head


def _read(head: Head, root: HtmlElement) -> None:
    for element in root.iter("meta", "title", "script"):
        if element.tag == "meta":
            name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
            if name:
                head.metas.setdefault(name, []).append(fold(element.get("content") or ""))
        elif element.tag == "script":
            if (element.get("type") or "").lower() == "application/ld+json" and element.text:
                head.scripts.append(element.text)
        elif head.page_title is None:
            head.page_title = fold(text_of(element))


def bare_title(title: str, site_names: list[str]) -> str:
    """A headline without the site's own name: only known affixes and a known name behind a known separator go.

    >>> bare_title("강물 위로 얼음 축제 - 해람일보", ["해람일보"]), bare_title("불 - 물", ["해람일보"])
    ('강물 위로 얼음 축제', '불 - 물')
    """
    for prefix in _PREFIXES:
        title = title.removeprefix(prefix)
    for name in site_names:
        for separator in _SEPARATORS:
            if name and title.endswith(separator + name) and len(title) > len(separator + name):
                title = title.removesuffix(separator + name)
    for suffix in _SUFFIXES:
        title = title.removesuffix(suffix)
    return title.strip()


def page_title(title: str, site_names: list[str]) -> str:
    """The headline of a <title>: without the site's name and the way to the page (``제목 < 섹션 < 기사본문 - 매체``).

    >>> page_title("쉼터 연다 < 지역 < 기사본문 - 해람일보", ["해람일보"])
    '쉼터 연다'
    """
    bare = bare_title(title, site_names)
    for trail in _TRAILS:
        bare = bare.split(trail)[0]
    return bare.strip()


def _site_names(head: Head, outlet_id: str) -> list[str]:
    outlet = outlets().get(outlet_id)
    stated = head.meta("og:site_name")
    return [name for name in (outlet.name if outlet else None, stated[1] if stated else None) if name]


def _titles(head: Head) -> list[str]:
    if head.title is None:
        return []
    stated = head.title[1]
    return list(dict.fromkeys(text for text in (stated, page_title(stated, head.site_names)) if text))


def _title(head: Head) -> tuple[str, str] | None:
    if stated := head.meta("og:title", "twitter:title", "dable:title"):
        return stated[0], bare_title(stated[1], head.site_names)
    if stated := head.linked("headline"):
        return stated
    bare = page_title(head.page_title or "", head.site_names)
    return ("title", bare) if bare else None
