"""When an article is asked for again: soon after it appeared or changed, then ever more seldom, then never. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_due(changed_at: datetime, visited_at: datetime, steps: Sequence[timedelta]) -> datetime | None:
    """The first step after the last change that is still ahead when the article is visited; null after the last step.

    ``changed_at`` is the first fetch, or the fetch that showed the latest change (an edit, a deletion, a return): an
    article that changes is young again. Steps that were missed, while nothing ran, are not made up for one by one.

    >>> from datetime import UTC
    >>> born, steps = datetime(2026, 3, 2, tzinfo=UTC), (timedelta(hours=3), timedelta(days=1))
    >>> next_due(born, born, steps) - born, next_due(born, born + timedelta(hours=4), steps) - born
    (datetime.timedelta(seconds=10800), datetime.timedelta(days=1))
    >>> next_due(born, born + timedelta(days=1), steps) is None
    True
    """
    return next((changed_at + step for step in steps if changed_at + step > visited_at), None)
