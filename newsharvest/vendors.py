"""Who runs an outlet's CMS: outlets of one vendor share what that vendor's firewall remembers of us."""

from __future__ import annotations

from newsharvest.registry import Outlet

HOSTED = frozenset({"ndsoft", "mediaon", "netfu"})
"""CMSs that a vendor runs for its papers on its own machines. The other labels are forms of URLs, or software that papers
run themselves (gnuboard): nobody is known who could shut us out of all of them."""


def vendor_of(outlet: Outlet | None) -> str | None:
    """The vendor of an outlet; null where none is known.

    >>> vendor_of(Outlet("a", "가", ("a.kr",), "ndsoft")), vendor_of(Outlet("b", "나", ("b.kr",), "gnuboard"))
    ('ndsoft', None)
    """
    return outlet.cms if outlet is not None and outlet.cms in HOSTED else None
