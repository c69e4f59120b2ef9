"""What a site is: CMS, encoding, feeds, sitemaps, robots rules, a sample parse and a stanza for the registry.

From one saved page without a network, or from a page and its surroundings fetched into an archive.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from newsharvest.cms import CMS, links
from newsharvest.cms.keys import article_key
from newsharvest.cms.shapes import FAMILY_ID
from newsharvest.harvest import harvest
from newsharvest.items import Article, Item, Reject, WeatherBulletin
from newsharvest.markup import Document, PageError, XPath, document
from newsharvest.page import HTML, XML, Page, declared_encoding
from newsharvest.registry import Outlet, outlet_for, outlets
from newsharvest.stanza import as_toml, cms_by_form, home_of, hosts_for, outlet_id_for

_FEEDS = XPath(
    'descendant::link[@href and (contains(@type,"rss+xml") or contains(@type,"atom+xml"))]/@href'
    ' | descendant::a[contains(@href,"/rss") and contains(@href,".xml")]/@href'
)
_SITEMAPS = XPath('descendant::link[@rel="sitemap"]/@href')
_SITE_NAME = XPath('descendant::meta[@property="og:site_name"]/@content')
_EXAMPLES = 5
_SHOWN = ("title", "subtitle", "byline_raw", "published_at_raw", "section", "rights_notice")


@dataclass(slots=True)
class Site:
    """What was found out; what could not be is null or empty."""

    url: str | None
    registered: str | None = None
    """The outlet that the host belongs to already."""
    cms: str | None = None
    cms_by: str | None = None
    """``page``: by marks of the page itself; ``urls``: by the form of its article URLs, which proves no vendor."""
    encoding: str | None = None
    encoding_source: str | None = None
    encoding_declared: str | None = None
    feeds: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)
    robots: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    """Article URLs that the page links to: the first few."""
    article_links: int = 0
    sample: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    stanza: str = ""


def feeds_of(doc: Document) -> list[str]:
    """The feeds that a page names, absolute, each once."""
    return _absolute(doc, _FEEDS.strings(doc.root))


def _absolute(doc: Document, addresses: Iterable[str]) -> list[str]:
    base, found = doc.page.url or "", []
    for address in addresses:
        try:
            url = urljoin(base, address.strip())
        except ValueError:  # "http://[": what stands in an attribute may be anything
            continue
        if urlsplit(url).scheme in {"http", "https"}:
            found.append(url)
    return list(dict.fromkeys(found))


def probe(page: Page, today: date, around: Iterable[Page] = ()) -> Site:
    """What one page says of its site; ``around`` are pages fetched beside it (feeds, sitemaps, an article).

    PageError where the page cannot be read at all.
    """
    site = Site(page.url)
    if page.media == XML:
        raise PageError("probe", "not_a_page", "a feed or a sitemap: probe the site's front page or an article")
    doc = document(page)
    outlet = outlet_for(page.url) if page.url else None
    site.registered = outlet.outlet_id if outlet else None
    _encoding(site, doc)
    site.feeds, site.sitemaps = feeds_of(doc), _absolute(doc, _SITEMAPS.strings(doc.root))
    found = _others(links(doc, page.url, outlet), page.url, outlet) if page.url else []
    site.articles, site.article_links = found[:_EXAMPLES], len(found)
    others = list(around)
    _surroundings(site, others)
    shown = _shown_article([page, *others])
    _cms(site, [doc, *([document(shown)] if shown is not None and shown is not page else [])], found)
    _sample(site, shown or page)
    if page.url:
        site.stanza = _stanza(site, doc, outlet, shown or page, today)
    else:
        site.remarks.append(
            "the page does not say where it is from: no stanza (probe the URL, or a saved page with its address)"
        )
    return site


def _others(urls: Iterable[str], own: str, outlet: Outlet | None) -> list[str]:
    """Without the page itself: ``href="#"`` is a link too."""
    key = article_key(own, outlet)
    return [url for url in urls if key is None or article_key(url, outlet) != key]


def _encoding(site: Site, doc: Document) -> None:
    declared, where = declared_encoding(doc.page.body, doc.page.headers.get("content-type"))
    site.encoding, site.encoding_source = doc.decoded.encoding, doc.decoded.source
    site.encoding_declared = f"{declared} ({where})" if declared else None
    if declared and declared != doc.decoded.encoding:
        site.remarks.append(f"the page declares {declared} and is {doc.decoded.encoding}")


def _surroundings(site: Site, others: Iterable[Page]) -> None:
    """What was fetched counts only where it answered with what was asked for."""
    for page in others:
        if page.media != XML or page.url is None:
            continue
        head = page.body[:2_000].lower()
        if page.status == 200 and (b"<urlset" in head or b"<sitemapindex" in head) and page.url not in site.sitemaps:
            site.sitemaps.append(page.url)


def _shown_article(pages: Iterable[Page]) -> Page | None:
    """The first of some pages whose URL is an article's."""
    html = [page for page in pages if page.media == HTML and page.status == 200 and page.url]
    return next((p for p in html if article_key(p.url or "", outlet_for(p.url or "")) is not None), None)


def _cms(site: Site, docs: Iterable[Document], urls: list[str]) -> None:
    for doc in docs:
        marked = next((name for name, family in CMS.items() if family.recognises(doc)), None)
        if marked is not None:
            site.cms, site.cms_by = marked, "page"
            return
    site.cms = cms_by_form([*urls, *([site.url] if site.url else [])])
    site.cms_by = "urls" if site.cms else None


def _sample(site: Site, page: Page) -> None:
    """The fields of the page's article with their rules, or why there is none; and its ticker."""
    items: list[Item] = harvest(page)
    for item in items:
        match item:
            case Article():
                site.sample |= {name: getattr(item, name) for name in _SHOWN if getattr(item, name)}
                site.sample |= {"article": f"{item.outlet_id}/{item.article_id}", "paragraphs": len(item.paragraphs)}
                site.sample |= {"first paragraph": item.paragraphs[0] if item.paragraphs else None}
                site.sample |= {"captions": len(item.captions), "images": len(item.images), "rules": item.extractors}
            case Reject():
                site.sample["rejected"] = f"{item.reason}: {item.detail}" if item.detail else item.reason
            case WeatherBulletin():
                site.sample["ticker"] = f"{len(item.readings)} readings of {item.displayed_date_raw or 'no stated day'}"
    if not items:
        site.sample["rejected"] = "no article and no ticker: a list or a front page"


def _stanza(site: Site, doc: Document, outlet: Outlet | None, evidence: Page, today: date) -> str:
    url = site.url or ""
    host = (urlsplit(url).hostname or "").lower()
    name = next(iter(_SITE_NAME.strings(doc.root)), "").strip()
    key = article_key(evidence.url, None) if evidence.url else None
    remarks = _remarks(site, outlet, name, key is not None)
    stanza = {
        "name": name or "?",
        "hosts": hosts_for(host),
        "cms": site.cms or "site_specific",
        "home": home_of(url),
        "feeds": site.feeds,
        "sitemaps": site.sitemaps,
        "id_names": [] if site.cms in FAMILY_ID else _id_names(url, site.articles),
        "evidence_url": key.url if key else None,
        "evidence_date": today if key else None,
    }
    return as_toml(outlet_id_for(host, set(outlets()) - {site.registered}), stanza, remarks)


def _remarks(site: Site, outlet: Outlet | None, name: str, evident: bool) -> list[str]:
    told = [
        (outlet is not None, f"the registry has this host already: [{site.registered}]"),
        (not name, "the page does not state the paper's name"),
        (site.cms_by == "urls", "cms by the form of its URLs only: look at an article before you believe it"),
        (site.cms is None, "no known CMS: give id_names, and id_patterns for a URL form that nothing knows"),
        (not evident, "no article was seen: probe one"),
        (True, "robots_checked and terms_checked: a person reads them and writes the day"),
    ]
    return [text for holds, text in told if holds]


def _id_names(url: str, articles: list[str]) -> list[str]:
    """The number's name in the URLs of a site of its own: an article under it keeps its bare number."""
    probing = Outlet("x_x", "x", ("x.x",), "site_specific", id_names=("-",))
    keys = [article_key(each, probing) for each in [url, *articles]]
    return list(dict.fromkeys(key.article_id.split("-")[0] for key in keys if key))[:1]
