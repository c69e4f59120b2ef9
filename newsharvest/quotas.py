"""How many requests a day allows, to each outlet and in all. Pure: what was asked for is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Quota:
    """One day's caps and what is used of them; a cap of 0 is none.

    >>> quota = Quota(outlet_cap=2, cap=3, used={"a": 1})
    >>> [quota.take(outlet) for outlet in ("a", "a", "b", "b")]
    [True, False, True, False]
    """

    outlet_cap: int = 0
    cap: int = 0
    used: dict[str, int] = field(default_factory=dict)

    def take(self, outlet_id: str) -> bool:
        """Count a request if there is room for it; whether there was."""
        if self.left(outlet_id) == 0:
            return False
        self.used[outlet_id] = self.used.get(outlet_id, 0) + 1
        return True

    def left(self, outlet_id: str) -> int | None:
        """Requests that may still be made to an outlet; null for no end."""
        caps = [(self.outlet_cap, self.used.get(outlet_id, 0)), (self.cap, sum(self.used.values()))]
        return min((max(0, cap - used) for cap, used in caps if cap), default=None)

    def begin(self, used: Mapping[str, int]) -> None:
        """A new day, or what another run has used of this one."""
        self.used = dict(used)
