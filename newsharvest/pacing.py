"""How fast groups of hosts are asked: a host, an address, a vendor, everybody. Pure: time is an argument, in seconds.

A request belongs to several groups at once and goes out when all of them allow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds between two requests of a group, from one's start to the next one's, and how many may be under way."""

    delay: float = 0.0
    concurrency: int = 1_000_000


@dataclass(slots=True)
class _Group:
    next_at: float = float("-inf")
    under_way: int = 0


@dataclass(slots=True)
class Pace:
    """The groups' state. The kind of a group is its name up to the colon: ``address:127.0.0.1`` has the limit of ``address``.

    >>> pace = Pace({"address": Limit(0.5, 2)})
    >>> pace.begin(["address:10.0.0.1"], 100.0)
    >>> pace.wait(["address:10.0.0.1"], 100.2), pace.wait(["address:10.0.0.2"], 100.2)
    (0.3, 0.0)
    """

    limits: Mapping[str, Limit]
    _groups: dict[str, _Group] = field(default_factory=dict)

    def wait(self, names: Iterable[str], now: float) -> float | None:
        """Seconds until a request of these groups may begin, 0 for now; null while one of them has too many under way."""
        latest = now
        for name in names:
            group, limit = self._groups.get(name), self.limit(name)
            if group is None:
                continue
            if group.under_way >= limit.concurrency:
                return None
            latest = max(latest, group.next_at)
        return round(latest - now, 6)

    def begin(self, names: Iterable[str], now: float) -> None:
        """A request of these groups goes out."""
        for name in names:
            group = self._groups.setdefault(name, _Group())
            group.next_at, group.under_way = now + self.limit(name).delay, group.under_way + 1

    def end(self, names: Iterable[str]) -> None:
        """It is over."""
        for name in names:
            self._groups[name].under_way -= 1

    def limit(self, name: str) -> Limit:
        """The limit of a group."""
        return self.limits[name.partition(":")[0]]
