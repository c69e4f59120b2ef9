"""What a page says of its use by machines, in its metas and headers: recorded as flags, obeyed by whoever exports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_DIRECTIVES = {
    "noindex": "noindex",
    "none": "noindex",  # none = noindex, nofollow
    "noai": "no_ai_training",
    "noimageai": "no_ai_training",
    "noml": "no_ai_training",
}
_ROBOTS_METAS = ("robots", "newsharvest")
_ADDRESSED = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*:\s*")


def permission_flags(metas: Mapping[str, list[str]], headers: Mapping[str, str]) -> list[str]:
    """``noindex``, ``no_ai_training`` and ``tdm_reserved``, each once, as robots metas, X-Robots-Tag and TDM-Reservation say.

    Directives for another robot by name do not count. Real pages write keywords into the robots meta: only known words count.

    >>> permission_flags({"robots": ["noindex, noai"]}, {"tdm-reservation": "1"})
    ['no_ai_training', 'noindex', 'tdm_reserved']
    """
    found = {flag for word in _words(metas, headers) if (flag := _DIRECTIVES.get(word)) is not None}
    if "1" in {
        headers.get("tdm-reservation", "").strip(),
        *(value.strip() for value in metas.get("tdm-reservation", ())),
    }:
        found.add("tdm_reserved")
    return sorted(found)


def _words(metas: Mapping[str, list[str]], headers: Mapping[str, str]) -> Iterator[str]:
    for name in _ROBOTS_METAS:
        for value in metas.get(name, ()):
            yield from (word.strip().lower() for word in value.split(","))
    ours = True
    for part in headers.get("x-robots-tag", "").split(","):
        match = _ADDRESSED.match(part)
        if match is not None and match.group(1).lower() not in {
            "unavailable_after",
            "max-snippet",
            "max-image-preview",
        }:
            ours = match.group(1).lower() in {"newsharvest", "*"}
            part = part[match.end() :]  # noqa: PLW2901 - the directive behind the robot's name
        if ours:
            yield part.strip().lower()
