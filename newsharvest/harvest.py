"""harvest(page) -> items: the one way from a page to what is on it, for a live crawl and a re-parse alike.

The only caller of ``cms`` and ``weather``. An exception becomes a Reject: one page never costs another.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Container
from urllib.parse import urlsplit

from newsharvest.cms import Family, family_of, generic, redesigned, textdump
from newsharvest.cms.foreign import whose
from newsharvest.cms.keys import ArticleKey, article_key, outlet_id_of
from newsharvest.cms.reread import page_reread
from newsharvest.items import Article, Item, Reject, Sighting, WeatherBulletin
from newsharvest.markup import Document, PageError, document, flattened
from newsharvest.page import HTML, TEXT, UTF16_BOMS, XML, Decoded, Page, decode
from newsharvest.reference import outlet_for
from newsharvest.weather import kma, ticker
from newsharvest.weather.ticker import Ticker

BODY_MAX = 10 * 1024 * 1024
# 10 MB of <br> take 600 to 900 MB of memory; real pages have up to 3,500 tags.
TAGS_MAX = 100_000
# Pipelines read what is left word by word, outside the parse's time limit.
ARTICLE_CHARS_MAX, READINGS_MAX = 300_000, 2_000
# 20,000 attributes in one tag cost libxml2 1.1-2.5 s, of one name 31 s, and grow with the square; a real page's longest tag
# is below 8 KB, but for pictures as data: addresses.
_LONG_TAG = re.compile(rb"<[A-Za-z][A-Za-z0-9:-]{0,20}[\s/][^>]{32768}")
_LONG = 32_768
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
_UNQUOTED_MAX = 16_384
# Control characters that no text of any encoding holds; a stray NUL in a page is dropped, a PNG is full of them.
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROLS_MAX = 50
_REPLACED_SHARE_MAX = 0.001
_RAW_MAX = 2_000
_SIGHTINGS = frozenset({304, 404, 410})


def harvest(page: Page, known: Container[bytes] = frozenset()) -> list[Item]:
    """What a page holds: at most one Article and one ticker, or what a source of KMA holds, a Sighting, a Reject, or nothing.

    Nothing for what is no page of news (robots.txt, feeds, sitemaps, redirects, server errors) and for a registered
    outlet's list page without a ticker. Never raises; the same page always gives the same items. A ticker that ``known``
    holds, by what it is read from, is given as a TickerAgain.
    """
    try:
        if page.status != 200:
            return _sighting(page)
        if page.url and urlsplit(page.url).path == "/robots.txt":
            return []
        _check(page)
        items = _html(page, known) if page.media == HTML else _READERS[page.media](page)
        _check_items(items)
        return items
    except PageError as error:
        return [_reject(page, error)]
    except Exception as error:  # noqa: BLE001 - whatever a parser raises, the page becomes a reject and the run goes on
        where = traceback.extract_tb(error.__traceback__)[-1]
        return [_reject(page, PageError("parse", "exception", f"{error!r} in {where.name}, line {where.lineno}"))]


def _sighting(page: Page) -> list[Item]:
    if page.status not in _SIGHTINGS or not page.url:
        return []
    key = article_key(page.url, outlet_for(page.url))
    return [Sighting(key.outlet_id, key.article_id, page.source, page.status)] if key else []


def _check(page: Page) -> None:
    """The limits that hold before anything is parsed."""
    if len(page.body) > BODY_MAX:
        raise PageError("limits", "too_large", f"{len(page.body)} bytes")
    if not page.body or page.body.isspace():
        raise PageError("limits", "empty")
    if len(_CONTROLS.findall(page.body[:1024])) > _CONTROLS_MAX and not page.body.startswith(UTF16_BOMS):
        raise PageError("limits", "binary")
    if _has_long_gap(page.body) and any(map(_has_many_attributes, _LONG_TAG.finditer(page.body))):
        raise PageError("limits", "tag_too_long")
    # The shortest element takes two bytes of markup.
    if page.media == HTML and len(page.body) > 2 * TAGS_MAX and (tags := page.body.count(b"<")) > TAGS_MAX:
        raise PageError("limits", "too_many_tags", f"{tags} tags")


def _has_long_gap(body: bytes) -> bool:
    """Whether anywhere so many bytes stand without a ``>``: without that no tag is long, and the search for one costs 15 % of a parse."""
    at = 0
    while at + _LONG <= len(body):
        end = body.rfind(b">", at, at + _LONG)
        if end < 0:
            return True
        at = end + 1
    return False


def _has_many_attributes(match: re.Match[bytes]) -> bool:
    """Whether a long tag is long without its quoted values too: one picture as a data: address is no danger."""
    end = match.string.find(b">", match.end())
    tag = match.string[match.start() : end if end >= 0 else len(match.string)]
    return len(_QUOTED.sub(b"", tag)) > _UNQUOTED_MAX


def _check_items(items: list[Item]) -> None:
    """The limits of what a page may hold."""
    for item in items:
        if isinstance(item, Article) and sum(map(len, item.paragraphs)) > ARTICLE_CHARS_MAX:
            raise PageError("limits", "article_too_long")
        if isinstance(item, WeatherBulletin) and len(item.readings) > READINGS_MAX:
            raise PageError("limits", "too_many_readings", f"{len(item.readings)}")


def _check_text(decoded: Decoded) -> None:
    if decoded.replacement_chars > _REPLACED_SHARE_MAX * len(decoded.text):
        raise PageError("decode", "replacement_chars", f"{decoded.replacement_chars} of {len(decoded.text)}")
    if not decoded.text or decoded.text.isspace():
        raise PageError("decode", "empty")


def _html(page: Page, known: Container[bytes]) -> list[Item]:
    try:
        return _html_items(page, document(page), known)
    except RecursionError:  # <font> and <span> that are never closed nest a level with every paragraph
        return _html_items(page, flattened(document(page)), known)


def _html_items(page: Page, doc: Document, known: Container[bytes]) -> list[Item]:
    _check_text(doc.decoded)
    found = kma.read(page, doc.decoded, doc)
    if found is not None:
        return found
    outlet_id = outlet_id_of(page.url)
    outlet = outlet_for(page.url) if page.url else None
    if outlet and (other := whose(doc, outlet)):
        raise PageError("parse", other, f"{outlet.name} is not named, no CMS known")
    bulletin = ticker.take(doc, outlet_id, known)
    key = article_key(page.url, outlet) if page.url else None
    if outlet and key is None:
        return _news_less(bulletin)
    family = family_of(doc, outlet) or generic.FAMILY
    return _with_article(bulletin, lambda: _article(doc, family, key or _keyless(page)), known=outlet is not None)


def _article(doc: Document, family: Family, key: ArticleKey) -> Article:
    """The article as its family reads it; as any newspaper's page where the family's own container is missing."""
    try:
        article = family.parse(doc, key)
    except PageError as error:
        if error.reason != "not_article":
            raise
        article = _other(doc, family, key, error)
    return _stamped(article, doc.decoded)


def _other(doc: Document, family: Family, key: ArticleKey, error: PageError) -> Article:
    """The article by the generic extractor; of a page whose end is not in the tree, re-read, by its family again."""
    again = page_reread(doc)
    if again is not None:
        return (family_of(again, None) or generic.FAMILY).parse(again, key)
    if family is generic.FAMILY:
        raise error
    return redesigned.parse(doc, key, family.skin) if family.skin else generic.parse(doc, key)


def _text(page: Page) -> list[Item]:
    decoded = decode(page.body, page.headers.get("content-type"))
    _check_text(decoded)
    weather = kma.read(page, decoded)
    if weather is not None:
        return weather
    lines = decoded.text.splitlines()
    found = ticker.find_in_text(lines, page, outlet_id_of(page.url))
    bulletin, taken = found or (None, frozenset())
    rest = [line for number, line in enumerate(lines) if number not in taken]
    key = (article_key(page.url, outlet_for(page.url)) if page.url else None) or _keyless(page)
    return _with_article(bulletin, lambda: _stamped(textdump.parse(rest, key, page), decoded), known=False)


def _xml(page: Page) -> list[Item]:
    """KMA's feeds; those of newspapers, and sitemaps, lead to pages and hold nothing that the pages do not."""
    return kma.read(page, decode(page.body, page.headers.get("content-type"))) or []


_READERS: dict[str, Callable[[Page], list[Item]]] = {TEXT: _text, XML: _xml}


def _news_less(bulletin: Ticker | None) -> list[Item]:
    return [bulletin] if bulletin else []


def _nothing_else(bulletin: Ticker | None, why: str) -> list[Item]:
    """A page of an unknown site without an article: its ticker, else a reject."""
    if bulletin is None:
        raise PageError("parse", "not_article_nor_ticker", why)
    return [bulletin]


def _with_article(bulletin: Ticker | None, parse: Callable[[], Article], *, known: bool) -> list[Item]:
    """The article beside the ticker; where the parse fails, the ticker still stands and the failure is a reject.

    ``known``: the URL says that this is an article, so that its absence is news even beside a ticker.
    """
    try:
        return [parse(), *_news_less(bulletin)]
    except PageError as error:
        if error.reason == "not_article" and not known:
            return _nothing_else(bulletin, error.detail or "no article in it")
        if bulletin is None:
            raise
        return [_reject_of(bulletin, error), bulletin]


def _keyless(page: Page) -> ArticleKey:
    """The key of an article whose URL states no number: of its bytes."""
    return ArticleKey(outlet_id_of(page.url), f"x-{page.source.body_sha1}", page.url)


def _stamped(article: Article, decoded: Decoded) -> Article:
    article.encoding, article.encoding_source = decoded.encoding, decoded.source
    article.replacement_chars = decoded.replacement_chars
    if decoded.source == "repaired":
        article.flags.append("mojibake_repaired")
    return article


def _reject(page: Page, error: PageError) -> Reject:
    raw = page.body[: 4 * _RAW_MAX].decode("utf-8", "replace").replace("\x00", "")[:_RAW_MAX]
    return Reject(error.stage, error.reason, page.source, outlet_id_of(page.url), error.detail, raw)


def _reject_of(bulletin: Ticker, error: PageError) -> Reject:
    source = bulletin.source
    return Reject(error.stage, error.reason, source, outlet_id_of(source.url), error.detail, None)
