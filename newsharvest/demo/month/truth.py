"""What the month's papers mean: articles, versions and tickers that daily visits could see, read off the ledgers."""

from __future__ import annotations

from dataclasses import replace

from newsharvest.demo.month.site import MonthSite
from newsharvest.demo.papers import date_of
from newsharvest.demo.tickers import ticker
from newsharvest.demo.truth import TrueArticle, TrueBulletin, readings, true_article


def articles(site: MonthSite, day: int) -> list[TrueArticle]:
    """Every article that could be read by a day, in the last state that could be read, marked where it is gone since."""
    found = []
    for ledger in site.ledgers.values():
        last = ledger.last(day)
        for number, states in ledger.seen(day).items():
            found.append(replace(true_article(ledger.paper, states[-1]), gone=last[number].gone_at is not None))
    return found


def versions(site: MonthSite, day: int) -> list[TrueArticle]:
    """Every different version that could be read."""
    return [
        true_article(ledger.paper, state)
        for ledger in site.ledgers.values()
        for states in ledger.seen(day).values()
        for state in states
    ]


def bulletins(site: MonthSite) -> list[TrueBulletin]:
    """Every ticker that was shown to somebody; which page showed it depends on the fetch."""
    papers = {ledger.outlet_id: ledger.paper for ledger in site.ledgers.values()}
    return [
        TrueBulletin(outlet_id, date_of(day), readings(ticker(papers[outlet_id], day, slot)), ())
        for outlet_id, day, slot in sorted(site.tickers)
    ]
