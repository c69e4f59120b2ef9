"""Why a request gave no page: our own exceptions, and every exception as an outcome with its reason."""

from __future__ import annotations

import asyncio

from scrapy import exceptions
from scrapy.exceptions import IgnoreRequest
from twisted.internet.defer import CancelledError

from newsharvest.archive import Damaged

STORED, UNCHANGED, DUPLICATE = "stored", "unchanged", "duplicate"
SKIPPED, REJECTED, FAILED = "skipped", "rejected", "failed"
STOPPED, FORGOTTEN = "stopped", "forgotten"
SAME = "same_content"
"""Reason of `UNCHANGED` for a page that came whole, though its article is the one that is known."""
SAME_BYTES = "same_bytes"
"""Reason of `UNCHANGED` for a page that came whole, byte for byte as before: the archive keeps its head alone."""
DAILY_CAP, HOST_BACKOFF, VENDOR_BACKOFF = "daily_cap", "host_backoff", "vendor_backoff"
THROTTLED = "http_429"
"""Reason of `SKIPPED` for a request that was throttled and is not asked again: its host is left alone by now."""
PASSING = frozenset(
    {
        "robots_unreachable",
        "retry_after",
        "demo_not_running",
        STOPPED,
        DAILY_CAP,
        HOST_BACKOFF,
        VENDOR_BACKOFF,
        THROTTLED,
    }
)
"""Reasons for skipping a request that may be gone in the next run."""


class Refused(IgnoreRequest):
    """A request that is not made: forbidden host, robots.txt, scheme …"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Undecodable(IgnoreRequest):
    """A response that is archived but whose coding does not explain its body (cut gzip, bomb)."""

    def __init__(self, damaged: Damaged) -> None:
        super().__init__(damaged.reason)
        self.damaged = damaged


class StorageFailed(IgnoreRequest):
    """The archive cannot be written: nothing more may be accepted."""


# Scrapy 2.19 wraps the errors of its handlers in these; the first that fits decides.
_REASONS: tuple[tuple[type[BaseException], str, str], ...] = (
    (StorageFailed, FAILED, "storage"),
    (exceptions.DownloadTimeoutError, FAILED, "timeout"),
    (exceptions.CannotResolveHostError, FAILED, "dns"),
    (exceptions.DownloadConnectionRefusedError, FAILED, "connection_refused"),
    (exceptions.ResponseDataLossError, FAILED, "data_loss"),
    (exceptions.DownloadCancelledError, FAILED, "too_large"),
    (exceptions.DownloadFailedError, FAILED, "network"),
    (exceptions.UnsupportedURLSchemeError, SKIPPED, "scheme"),
    (asyncio.CancelledError, SKIPPED, STOPPED),
    (CancelledError, SKIPPED, STOPPED),
)
_REDIRECTS = "max redirections reached"


def outcome_of(error: BaseException) -> tuple[str, str]:
    """Outcome and reason of a request that ended with an exception; one not known here is failed by its own name.

    >>> outcome_of(Refused("robots")), outcome_of(exceptions.DownloadTimeoutError()), outcome_of(KeyError("x"))
    (('skipped', 'robots'), ('failed', 'timeout'), ('failed', 'KeyError'))
    """
    if isinstance(error, Refused):
        return SKIPPED, error.reason
    if isinstance(error, Undecodable):
        return REJECTED, error.damaged.reason
    for kind, outcome, reason in _REASONS:
        if isinstance(error, kind):
            return outcome, reason
    redirects = isinstance(error, IgnoreRequest) and str(error) == _REDIRECTS
    return FAILED, "redirects" if redirects else type(error).__name__
