"""Whether stanzas of the registry do what they promise: beyond their form, which is checked at load."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from newsharvest.cms.keys import article_key
from newsharvest.cms.shapes import FAMILY_ID, SHAPES
from newsharvest.registry import Outlet, outlet_for

_NAMES = frozenset(shape.id_name for shape in SHAPES)


def check(outlets: Iterable[Outlet]) -> list[str]:
    """What is wrong, a line each, with the stanza's id first."""
    return [f"[{outlet.outlet_id}] {found}" for outlet in outlets for rule in _RULES if (found := rule(outlet))]


def summary(outlets: Iterable[Outlet]) -> dict[str, int]:
    """How many outlets there are of each kind that a reader of the registry asks for."""
    real = [outlet for outlet in outlets if not outlet.demo]
    return {
        "outlets": len(real),
        "enabled": sum(o.enabled for o in real),
        "with a feed that was seen": sum(bool(o.feeds) for o in real),
        "names unconfirmed": sum(o.name_status != "seen" for o in real),
        "robots.txt never read by a person": sum(o.robots_checked is None for o in real),
        "terms of use never read by a person": sum(o.terms_checked is None for o in real),
        "TLS exceptions": sum(o.tls_exception is not None for o in real),
    }


def _id_rule(outlet: Outlet) -> str | None:
    if outlet.id_names or outlet.cms in FAMILY_ID or not outlet.enabled:
        return None
    return "no id rule: this CMS has none, give id_names (and id_patterns)"


def _id_names(outlet: Outlet) -> str | None:
    unknown = set(outlet.id_names) - _NAMES - {name for name, _ in outlet.id_patterns}
    return f"id_names: nothing knows {min(unknown)}; give an id_patterns entry of this name" if unknown else None


def _evidence(outlet: Outlet) -> str | None:
    """The evidence of an enabled outlet is an article on one of its hosts."""
    if outlet.evidence_url is None or not outlet.enabled:
        return None
    owner = outlet_for(outlet.evidence_url)
    if owner is None or owner.outlet_id != outlet.outlet_id:
        return f"evidence_url lies on no host of it: {outlet.evidence_url}"
    return None if article_key(outlet.evidence_url, outlet) else f"evidence_url gives no article: {outlet.evidence_url}"


def _sources(outlet: Outlet) -> str | None:
    found = (outlet.home, *outlet.feeds, *outlet.feeds_unverified, *outlet.sitemaps, *outlet.list_pages)
    return None if any(found) else "nothing names its articles: give home, feeds, sitemaps or list_pages"


_RULES: tuple[Callable[[Outlet], str | None], ...] = (_id_rule, _id_names, _evidence, _sources)
