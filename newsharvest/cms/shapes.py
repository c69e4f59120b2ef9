"""The forms of article URLs: which path and which parameter carry an article's number. Pure data."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """One form of article URL: the number's name, the path it stands on and the parameters that belong to the key.

    Without ``param`` the number is the path's first group.
    """

    id_name: str
    path: re.Pattern[str]
    param: str | None = None
    required: tuple[str, ...] = ()
    """Parameters without which it is no article; kept in the URL."""
    kept: tuple[str, ...] = ()
    """Parameters kept in the URL where present."""
    suffix: str | None = None
    """A kept parameter that tells two articles of one number apart (``bo_table``, ``opt``)."""


def _shape(
    id_name: str,
    path: str,
    param: str | None = None,
    required: tuple[str, ...] = (),
    kept: tuple[str, ...] = (),
    suffix: str | None = None,
) -> Shape:
    return Shape(id_name, re.compile(path), param, required, kept, suffix)


# Evidence: article URLs of 179 outlets (tests/pages/evidence_urls.csv); 177 have one of these forms, two a pattern of their own.
# The order matters where two names stand on one path: `view.php?key=` before `view.php?idx=`.
SHAPES = (
    _shape("idxno", r"^/(?:news/)?article(?:View|ViewAmp|Print)\.html$", "idxno"),
    _shape("idxno", r"^/(?:index\.html)?$", "idxno", required=("mod", "act")),
    _shape("no", r"^/(?:(?:news|mobile)/article|ezview/article_main)\.html$", "no"),
    _shape("wr_id", r"^(?:/[\w-]+)*?/bbs/board\.php$", "wr_id", required=("bo_table",), suffix="bo_table"),
    _shape("wr_id", r"^/m/view\.php$", "wr_id"),
    _shape("uid", r"^/(?:sub|serial)_read\.html$", "uid"),
    _shape("uid", r"^/(\d{2,})$"),
    _shape("aid", r"^/(?:m/)?(?:article|print)\.(?:php|asp)$", "aid"),
    _shape("key", r"^(?:/[\w-]+)*/(?:view\.php|newsbody\.asp)$", "key"),
    _shape("code", r"^/view/\w+/view\.php$", "code"),
    _shape("idx", r"^/(?:(?:news|m)/)*view\.php$", "idx"),
    _shape("idx", r"^/default/(?:index|mp)_view_page\.php$", "idx"),
    _shape("idx", r"^/(?:html/view\.html|n(?:ews)?View\.htm|(?:news/)?(?:news_)?(?:read|view)\.(?:asp|html))$", "idx",
           suffix="opt"),
    _shape("idx", r"^/\d+/$", "idx", required=("bmode",)),
    _shape("number", r"^/detail\.php$", "number", kept=("thread",)),
    _shape("ncode", r"^/news/newsview\.php$", "ncode"),
    _shape("ns_id", r"^/$", "ns_id", required=("doc",)),
    _shape("newsid", r"^/news/$", "newsid", required=("mid",)),
    _shape("pk_no", r"^/(?:news/newsitem|mnews)\.asp$", "pk_no"),
    _shape("no", r"^/news/view\.php$", "no"),
    _shape("No", r"^/View\.aspx$", "No"),
    _shape("path", r"^/news/\d{4}/\d\d/\d\d/(\d+)\.html$"),
    _shape("path", r"^/(?:page/view|NewsArticle|article(?:Amp)?|news|post|newsView|detail/\w+)/((?:idg)?\d+)/?$"),
)  # fmt: skip

# The number's name under each CMS; an outlet whose stanza names its own (id_names) overrides it. None under the CMSs of
# which no article was seen, nor for sites of their own.
FAMILY_ID = {
    "ndsoft": "idxno",
    "mediaon": "no",
    "gnuboard": "wr_id",
    "view_php_idx": "idx",
    "sub_read": "uid",
    "default_index": "idx",
    "article_php_aid": "aid",
    "mbc_local": "path",
    "view_php_key": "key",
    "html_view_idx": "idx",
    "netfu": "no",
    "detail_php_number": "number",
    "page_view": "path",
    "aspx_view_no": "No",
    "newsview_htm": "idx",
}
