"""What a crawl asks of a suspended outlet: its front page, once a week. Is it the paper again, an operator is told.

Nothing is lifted by itself: a domain that changed hands once may show a copy of the paper.
"""

from __future__ import annotations

from http import HTTPStatus

from newsharvest.crawl.faults import STORED
from newsharvest.crawl.kinds import CHECK
from newsharvest.crawl.leaf import LeafPlan
from newsharvest.crawl.reading import Contents
from newsharvest.crawl.visits import Answer, Visit
from newsharvest.page import Page
from newsharvest.reference import Outlet


class ReturnPlan(LeafPlan):
    """One suspended outlet in one run. ``own`` after the answer: whether its page is its own; null while nobody knows."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.own: bool | None = None

    @property
    def url(self) -> str | None:
        """Its front page, else its first list or feed."""
        pages = [self.outlet.home, *self.outlet.list_pages, *self.outlet.list_pages_unverified, *self.outlet.feeds]
        return next((url.replace("{page}", "1") for url in pages if url), None)

    def begin(self) -> list[Visit]:
        """One page, unconditionally: a 304 tells nothing of whose it is."""
        return [] if self.url is None else [Visit(self.url, CHECK, self.outlet.outlet_id, self.url)]

    def received(self, visit: Visit, page: Page, contents: Contents) -> Answer:  # noqa: ARG002 - as an outlet's plan
        """What stands on the domain is no failure of the run, whatever it is; that it cannot be had is none either."""
        if page.status != HTTPStatus.OK:
            return Answer(STORED, f"http_{page.status}")
        self.own = contents.own
        return Answer(STORED, "own_again" if self.own else "still_foreign")
