"""robots.txt, sitemaps and RSS in each family's own form."""

from __future__ import annotations

from email.utils import format_datetime
from html import escape

from newsharvest.demo.drafts import Draft
from newsharvest.demo.editions import entries
from newsharvest.demo.furniture import newest
from newsharvest.demo.papers import GNUBOARD, MEDIAON, NDSOFT, Paper, at

_FEED_LENGTH = 30


def robots(paper: Paper) -> str:
    """Administration (the e-paper with it) and search are closed to crawlers."""
    return (
        f"User-agent: *\nDisallow: /admin/\nDisallow: /search\nAllow: /\n\n"
        f"User-agent: BadBot\nDisallow: /\n\nSitemap: {paper.base}/sitemap.xml\n"
    )


def sitemap(paper: Paper, day: int) -> str:
    """Every article ever published with its last change; a deleted one stays listed with the time of its deletion.

    (The papers write the sitemap from their log of changes, so a crawl learns of deletions whenever it comes.)
    """
    rows = "\n".join(
        f"<url><loc>{escape(paper.article_url(e.number))}</loc><lastmod>{e.changed_at.isoformat(timespec='seconds')}</lastmod></url>"
        for e in reversed(entries(paper, day))
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}\n</urlset>\n'


def feed(paper: Paper, day: int) -> str:
    """The newest 30 articles as the paper's CMS writes its RSS."""
    items = "\n".join(_ITEM[paper.family](d) for d in newest(paper, day, _FEED_LENGTH))
    encoding = "euc-kr" if paper.encoding == "cp949" else "utf-8"
    built = _built(paper, day)
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\n<channel>\n'
        f"<title>{paper.name} - 전체기사</title>\n<link>{paper.base}</link>\n<description>{paper.name}</description>\n<language>ko</language>\n"
        f"<copyright>Copyright (c) {paper.host} All rights reserved</copyright>\n{built}\n{items}\n</channel>\n</rss>\n"
    )


def _built(paper: Paper, day: int) -> str:
    moment = at(day, 18, 30)
    return f"<lastBuildDate>{format(moment, '%Y-%m-%d %H:%M:%S') if paper.family == NDSOFT else format_datetime(moment)}</lastBuildDate>"


def _ndsoft_item(draft: Draft) -> str:
    """Sentences glued, author with spaces, a date without zone (seen: ``2022-02-28 19:17:53``)."""
    author = f"\n<author><![CDATA[ {draft.credits.authors[0]} 기자 ]]></author>" if draft.credits.authors else ""
    return (
        f"<item>\n<title>{escape(draft.title)}</title>\n<link>{escape(draft.paper.article_url(draft.number))}</link>\n"
        f"<description><![CDATA[ {''.join(draft.paragraphs)[:300]} ]]></description>{author}\n"
        f"<pubDate>{draft.published_at:%Y-%m-%d %H:%M:%S}</pubDate>\n</item>"
    )


def _mediaon_item(draft: Draft) -> str:
    return (
        f"<item>\n<title><![CDATA[{draft.title}]]></title>\n<link><![CDATA[{draft.paper.article_url(draft.number)}]]></link>\n"
        f"<description><![CDATA[{' '.join(draft.paragraphs)[:200]}]]></description>\n<category>{draft.section}</category>\n"
        f"<pubDate>{format_datetime(draft.published_at)}</pubDate>\n</item>"
    )


def _gnuboard_item(draft: Draft) -> str:
    """Stock Gnuboard writes dc:date instead of pubDate."""
    return _strict_ks(
        f"<item>\n<title>{escape(draft.title)}</title>\n<link>{escape(draft.paper.article_url(draft.number))}</link>\n"
        f"<description>{escape(' '.join(draft.paragraphs)[:200])}</description>\n<dc:creator>{draft.paper.name}</dc:creator>\n"
        f"<dc:date>{draft.published_at.isoformat(timespec='seconds')}</dc:date>\n</item>"
    )


def _strict_ks(text: str) -> str:
    """Syllables that only cp949 has (똠, 찦) as references: an XML reader takes ``euc-kr`` by its word."""
    return "".join(sign if _in_ks(sign) else f"&#{ord(sign)};" for sign in text)


def _in_ks(sign: str) -> bool:
    coded = sign.encode("cp949", "xmlcharrefreplace")
    return len(coded) != 2 or min(coded) >= 0xA1


_ITEM = {NDSOFT: _ndsoft_item, MEDIAON: _mediaon_item, GNUBOARD: _gnuboard_item}
