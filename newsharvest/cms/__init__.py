"""CMS families: which one a page belongs to, its article, and the article links of a list page."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from newsharvest.cms import gnuboard, mediaon, ndsoft, sub_read, view_php_idx
from newsharvest.cms.family import Family
from newsharvest.cms.keys import article_key
from newsharvest.markup import Document, XPath
from newsharvest.reference import Outlet

CMS: dict[str, Family] = {
    module.FAMILY.name: module.FAMILY for module in (ndsoft, mediaon, gnuboard, view_php_idx, sub_read)
}

_HREFS = XPath("descendant::a/@href")
_BASE = XPath("descendant::base/@href")

__all__ = ["CMS", "Family", "family_of", "links"]


def family_of(doc: Document, outlet: Outlet | None) -> Family | None:
    """The family a page is read by: the one it carries the fingerprint of, the registered one first; else the registered.

    A registered outlet whose page carries no fingerprint keeps its family: the parse then says what is missing.
    """
    registered = CMS.get(outlet.cms) if outlet else None
    if registered and registered.recognises(doc):
        return registered
    return next((family for family in CMS.values() if family.recognises(doc)), registered)


def links(doc: Document, base_url: str, outlet: Outlet | None) -> list[str]:
    """The canonical URLs of the articles that a page links to, each article once, in page order; only the outlet's own.

    Known by the form of the URL, not by a list's markup: no two sites agree on that.
    """
    base = urljoin(base_url, next(iter(_BASE.strings(doc.root)), ""))
    own = urlsplit(base_url).netloc.lower()
    found: dict[tuple[str, str], str] = {}
    for href in dict.fromkeys(_HREFS.strings(doc.root)):
        url = _absolute(base, href)
        if url is None or not _belongs(url, own, outlet):
            continue
        key = article_key(url, outlet)
        if key is not None and key.url is not None:
            found.setdefault((key.outlet_id, key.article_id), key.url)
    return list(found.values())


def _absolute(base: str, href: str) -> str | None:
    try:
        return urljoin(base, href.strip())
    except ValueError:  # "http://[": an href may be anything
        return None


def _belongs(url: str, own: str, outlet: Outlet | None) -> bool:
    parts = urlsplit(url)
    if outlet is None:
        return parts.netloc.lower() == own
    host = (parts.hostname or "").lower()
    return host in outlet.hosts or host.removeprefix("www.") in outlet.hosts
