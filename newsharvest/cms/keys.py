"""Article URL -> the key of its article. The number is unique per outlet and number space only."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from newsharvest.reference import OUTLET_ID, Outlet, outlet_for


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """The name of an article in every dataset, and the canonical form of the URL it was named by."""

    outlet_id: str
    article_id: str
    url: str | None


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


# Evidence: pages.md §1 and §2, 177 of 179 evidence URLs; the other two outlets need a pattern of their own.
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

# The number's name in each family; an outlet whose stanza names its own (id_names) overrides it.
FAMILY_ID = {
    "ndsoft": "idxno",
    "mediaon": "no",
    "gnuboard": "wr_id",
    "view_php_idx": "idx",
    "sub_read": "uid",
    "article_php_aid": "aid",
}

_NUMBER = re.compile(r"(?:idg)?[0-9]{1,24}(?:\.[0-9]{1,24})?")
_SESSION = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_UNSAFE = re.compile(r"[^a-z0-9]")
_ID_LENGTH = 31
_USUAL_SUFFIX = {"bo_table": "news"}
_SUFFIX_LABEL = {"bo_table": "", "opt": "opt"}


def article_key(url: str, outlet: Outlet | None) -> ArticleKey | None:
    """The key of the article a URL names, or None where it is no article URL.

    Variants of one article (AMP, mobile, legacy, session ids, list parameters in any order) have one key. A number under
    an older rule of the outlet keeps its name, so that two number spaces of one domain stay apart.

    >>> article_key("http://www.a.kr/news/articleView.html?idxno=0042&sc_code=1#x", None)
    ArticleKey(outlet_id='a_kr', article_id='42', url='http://www.a.kr/news/articleView.html?idxno=0042')
    """
    try:
        parts = urlsplit(url.strip().replace("&amp;", "&"))
    except ValueError:  # "http://[bad": an href in a page may be anything
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    path = _SESSION.sub("", parts.path) or "/"
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    for shape in SHAPES:
        if (number := _number(shape, path, query)) is not None and _applies(shape, outlet):
            owner = outlet.outlet_id if outlet else outlet_id_of(url)
            return ArticleKey(owner, _article_id(shape, number, query, outlet), _canonical(parts, path, query, shape))
    return None


def _number(shape: Shape, path: str, query: dict[str, str]) -> str | None:
    match = shape.path.match(path)
    if match is None or any(not query.get(name) for name in shape.required):
        return None
    printed = match.group(1) if shape.param is None else query.get(shape.param, "").strip()
    return (printed.lstrip("0") or "0") if _NUMBER.fullmatch(printed) else None


def _applies(shape: Shape, outlet: Outlet | None) -> bool:
    """A bare number at the root is an article only where the outlet's rules say so, or nothing is known of the host."""
    bare = shape.id_name == "uid" and shape.param is None
    return not bare or outlet is None or "uid" in _id_names(outlet)


def _id_names(outlet: Outlet) -> tuple[str, ...]:
    family = FAMILY_ID.get(outlet.cms)
    return outlet.id_names or ((family,) if family else ())


def _article_id(shape: Shape, number: str, query: dict[str, str], outlet: Outlet | None) -> str:
    names = _id_names(outlet) if outlet else ()
    older = bool(names) and shape.id_name != names[0]
    return (f"{shape.id_name}-" if older else "") + number + _suffix(shape, query)


def _suffix(shape: Shape, query: dict[str, str]) -> str:
    value = query.get(shape.suffix, "") if shape.suffix else ""
    if not shape.suffix or not value or value == _USUAL_SUFFIX.get(shape.suffix):
        return ""
    return f"-{_SUFFIX_LABEL[shape.suffix]}{re.sub(r'[^A-Za-z0-9_]', '_', value)}"


def _canonical(parts: SplitResult, path: str, query: dict[str, str], shape: Shape) -> str:
    names = (*shape.required, *shape.kept, shape.suffix, shape.param)
    kept = [(name, query[name].strip()) for name in dict.fromkeys(names) if name and query.get(name)]
    return urlunsplit((parts.scheme, parts.netloc.lower(), path, urlencode(kept), ""))


def outlet_id_of(url: str | None) -> str:
    """The registered outlet's id, else one made from the host: it always matches `OUTLET_ID`.

    >>> outlet_id_of("http://www.sample-ilbo.co.kr:8080/x"), outlet_id_of("http://1gan.co.kr/"), outlet_id_of(None)
    ('sample_ilbo_co_kr', 'h_1gan_co_kr', 'unknown')
    """
    host = _host(url)
    if url is None or not host:
        return "unknown"
    outlet = outlet_for(url)
    return outlet.outlet_id if outlet else _host_id(host)


def _host(url: str | None) -> str:
    try:
        return (urlsplit(url or "").hostname or "").lower()
    except ValueError:
        return ""


def _host_id(host: str) -> str:
    bare = host.removeprefix("www.")
    try:
        name = _UNSAFE.sub("_", bare.encode("idna").decode("ascii"))
    except UnicodeError:  # a label the IDNA codec refuses: too long or empty
        name = f"h_{zlib.crc32(bare.encode()):08x}"
    if not OUTLET_ID.match(f"{name:.{_ID_LENGTH}}"):
        name = f"h_{name}"
    return name if len(name) <= _ID_LENGTH else f"{name[: _ID_LENGTH - 9]}_{zlib.crc32(bare.encode()):08x}"


def nameless_key(body_sha1: str) -> ArticleKey:
    """The key of a page without URL: named by its bytes.

    >>> nameless_key("da39a3ee").article_id
    'x-da39a3ee'
    """
    return ArticleKey("unknown", f"x-{body_sha1}", None)
