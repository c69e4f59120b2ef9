"""A registry stanza for a site that was looked at: its id from the domain, its CMS from the page or else its URLs, as TOML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from newsharvest.registry import OUTLET_ID

# Public suffixes of two labels under .kr; everything else of Korean papers ends in one label (.com, .net, .tv …).
_SECOND_LEVEL = frozenset({"co", "or", "ne", "re", "pe", "go", "ac", "hs", "ms", "es", "sc", "kg", "mil"})
_DOORS = frozenset({"www", "m", "mobile"})
# The form of an article's path and query -> label of the CMS. A form proves no vendor: kukinews.com has mediaOn's.
FORMS = (
    (re.compile(r"articleView(?:Amp)?\.html\?.*idxno=|[?&]act=articleView"), "ndsoft"),
    (re.compile(r"/(?:news|mobile)/article\.html\?(?:.*&)?no=|/ezview/article_main\.html"), "mediaon"),
    (re.compile(r"[?&]wr_id=\d"), "gnuboard"),
    (re.compile(r"/default/(?:index|mp)_view_page\.php\?"), "default_index"),
    (re.compile(r"view\.php\?(?:.*&)?idx=\d"), "view_php_idx"),
    (re.compile(r"/(?:sub|serial)_read\.html\?(?:.*&)?uid="), "sub_read"),
    (re.compile(r"/(?:article|print)\.php\?(?:.*&)?aid=\d"), "article_php_aid"),
    (re.compile(r"/NewsArticle/\d"), "mbc_local"),
    (re.compile(r"view\.php\?(?:.*&)?key=\d"), "view_php_key"),
    (re.compile(r"/html/view\.html\?(?:.*&)?idx=\d"), "html_view_idx"),
    (re.compile(r"/news/view\.php\?(?:.*&)?no=\d"), "netfu"),
    (re.compile(r"/detail\.php\?(?:.*&)?number=\d"), "detail_php_number"),
    (re.compile(r"/page/view/\d"), "page_view"),
    (re.compile(r"/View\.aspx\?(?:.*&)?No=\d"), "aspx_view_no"),
    (re.compile(r"/n(?:ews)?View\.htm\?"), "newsview_htm"),
    (re.compile(r"^https?://[^/?]+/\d{2,}(?:\?|$)"), "sub_read"),
)


def cms_by_form(urls: Iterable[str]) -> str | None:
    """The CMS that most of some article URLs look like, or None.

    >>> cms_by_form(["http://a.kr/news/view.php?idx=7&mcode=m1", "http://a.kr/news/list.php?mcode=m1"])
    'view_php_idx'
    """
    found = [cms for url in urls for form, cms in FORMS if form.search(url)]
    return max(dict.fromkeys(found), key=found.count, default=None)


def outlet_id_for(host: str, taken: Iterable[str] = ()) -> str:
    """An id from a host's domain: the name before the public suffix, the whole domain where that id is taken.

    >>> outlet_id_for("www.sample-ilbo.co.kr"), outlet_id_for("gg.breaknews.com"), outlet_id_for("1gan.kr")
    ('sample_ilbo', 'gg_breaknews', 'n_1gan')
    >>> outlet_id_for("m.jgnews.kr", {"jgnews"})
    'jgnews_kr'
    """
    labels = host.lower().split(".")
    while len(labels) > 2 and labels[0] in _DOORS:
        labels = labels[1:]
    suffix = 2 if len(labels) > 2 and labels[-1] == "kr" and labels[-2] in _SECOND_LEVEL else 1
    short, whole = _id("_".join(labels[:-suffix])), _id("_".join(labels))
    return whole if short in set(taken) else short


def _id(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]", "_", name)
    plain = plain if re.match(r"[a-z]", plain) else f"n_{plain}"
    return plain[:31] if OUTLET_ID.match(plain[:31]) else f"n_{plain}"[:31]


def hosts_for(host: str) -> list[str]:
    """The bare and the www host beside the one that was seen."""
    bare = host.removeprefix("www.")
    names = [host, bare] if host == f"www.{bare}" else [host, f"www.{host}"]
    return sorted(names, key=lambda name: (name.startswith("www."), name))


def home_of(url: str) -> str:
    """The front page of a URL's site: scheme and host as seen.

    >>> home_of("http://www.a.kr/news/view.php?idx=7")
    'http://www.a.kr/'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}/"


def as_toml(outlet_id: str, stanza: Mapping[str, Any], remarks: Iterable[str] = ()) -> str:
    """A stanza as the registry writes it, remarks as comments before it; empty values are left out.

    >>> print(as_toml("a_paper", {"name": '"가"', "hosts": ["a.kr"], "feeds": [], "enabled": False}))
    [a_paper]
    name = "\\"가\\""
    hosts = ["a.kr"]
    enabled = false
    """
    lines = [f"# {remark}" for remark in remarks] + [f"[{outlet_id}]"]
    return "\n".join(
        lines + [f"{key} = {_value(value)}" for key, value in stanza.items() if value not in (None, [], "")]
    )


def _value(value: Any) -> str:  # noqa: ANN401 - what TOML can hold
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
