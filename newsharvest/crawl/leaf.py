"""What plans have in common whose pages lead to no others."""

from __future__ import annotations

from collections.abc import Sequence

from newsharvest.crawl.visits import Visit


class LeafPlan:
    """A plan of which nothing follows but what it asks for first."""

    numbers_guessed = 0

    def lost(self, visit: Visit, *, for_good: bool = False, failed: bool = False) -> Sequence[Visit]:  # noqa: ARG002 - as an outlet's plan
        """Nothing follows."""
        return ()

    def ended(self, visit: Visit) -> Sequence[Visit]:  # noqa: ARG002 - as an outlet's plan
        """Nothing follows."""
        return ()

    def fill_gaps(self) -> Sequence[Visit]:
        """There are no gaps: an hour of weather that was not asked for in time is gone."""
        return ()

    def finish(self) -> None:
        """What was read is remembered already, or is not to be: no other page hangs on it."""
