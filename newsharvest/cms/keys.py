"""Article URL -> the key of its article. The number is unique per outlet and number space only."""

from __future__ import annotations

import base64
import re
import zlib
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from newsharvest.cms.shapes import FAMILY_ID, SHAPES, Shape
from newsharvest.reference import OUTLET_ID, Outlet, outlet_for


@dataclass(frozen=True, slots=True)
class ArticleKey:
    """The name of an article in every dataset, and the canonical form of the URL it was named by."""

    outlet_id: str
    article_id: str
    url: str | None


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
    query = _unpacked(dict(parse_qsl(parts.query, keep_blank_values=True)))
    if outlet and outlet.id_patterns and (key := _by_pattern(parts, path, outlet)):
        return key
    for shape in SHAPES:
        if (number := _number(shape, path, query)) is not None and _applies(shape, outlet):
            owner = outlet.outlet_id if outlet else outlet_id_of(url)
            return ArticleKey(owner, _article_id(shape, number, query, outlet), _canonical(parts, path, query, shape))
    return None


def _unpacked(query: dict[str, str]) -> dict[str, str]:
    """The query with what ``board_data`` holds: base64 of ``idx%3D26776%26startPage%3D0||`` (the default_index CMS)."""
    packed = query.get("board_data")
    if not packed or "idx" in query:
        return query
    try:
        text = base64.b64decode(packed.replace(" ", "+").rstrip("|") + "==").decode("ascii")
    except ValueError:  # no base64, or bytes of something else
        return query
    return dict(parse_qsl(unquote(text).rstrip("|"))) | query


def _by_pattern(parts: SplitResult, path: str, outlet: Outlet) -> ArticleKey | None:
    """The key by an expression of the outlet's own: the URL keeps its path, and its query only where the number is in it."""
    for name, pattern in outlet.id_patterns:
        for query in dict.fromkeys(("", parts.query)):
            match = re.search(pattern, f"{path}?{query}" if query else path)
            if match is not None and _NUMBER.fullmatch(match.group(1) or ""):
                number = _named(name, match.group(1).lstrip("0") or "0", outlet)
                return ArticleKey(
                    outlet.outlet_id, number, urlunsplit((parts.scheme, parts.netloc.lower(), path, query, ""))
                )
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
    return _named(shape.id_name, number, outlet) + _suffix(shape, query)


def _named(name: str, number: str, outlet: Outlet | None) -> str:
    """The number, with its name before it where it is none of the outlet's newest rule."""
    names = _id_names(outlet) if outlet else ()
    return number if not names or name == names[0] else f"{name}-{number}"


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

    >>> outlet_id_of("http://www.sample-ilbo.co.kr:8080/x"), outlet_id_of("http://2gan.co.kr/"), outlet_id_of(None)
    ('sample_ilbo_co_kr', 'h_2gan_co_kr', 'unknown')
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
