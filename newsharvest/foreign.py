"""Whose pages a file of many sites is read for.

A file of Common Crawl holds some registered outlet's page among hundreds of others: those are passed over by their URL,
before they are checked, decoded or parsed.
"""

from __future__ import annotations

from pathlib import Path

from newsharvest.kma_registry import kma_source_for
from newsharvest.reference import outlet_for

ALL, REGISTERED = "all", "registered"
CHOICES = (ALL, REGISTERED)
_COMMON_CRAWL = ("CC-NEWS-", "CC-MAIN-")


def hosts_of(path: Path, stated: str | None = None) -> str:
    """Which hosts' pages of a file are read: as stated; else registered ones of Common Crawl's files, all of others.

    >>> hosts_of(Path("CC-NEWS-20240430002241-00042.warc.gz")), hosts_of(Path("20260302T000000Z-ab12cd-00000.warc.gz"))
    ('registered', 'all')
    """
    return stated or (REGISTERED if path.name.startswith(_COMMON_CRAWL) else ALL)


class Registered:
    """Tells the pages of registered outlets and of KMA's sources from others, and counts the others."""

    def __init__(self) -> None:
        self.passed_over = 0

    def __call__(self, url: str) -> bool:
        """Whether a URL is one of a registered host; an address that is none is for the parse to reject."""
        try:
            known = outlet_for(url) is not None or kma_source_for(url) is not None
        except ValueError:  # "http://[bad"
            return True
        self.passed_over += not known
        return known
