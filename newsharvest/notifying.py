"""Who is told, and when: at the first failure, at a failure of another kind, and when all is well again; never in between.

Extra ``notify``: apprise knows how to reach mail, chats and pagers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from newsharvest.clock import KST
from newsharvest.config import ConfigError

FILE = "notified.json"
Send = Callable[[Sequence[str], str, str], bool]


@dataclass(frozen=True, slots=True)
class Told:
    """What was told last: the exit code of the failure that lasts (0: all is well), and since when."""

    exit_code: int = 0
    since: str | None = None


def news(before: Told, exit_code: int, now: datetime) -> tuple[Told, str | None]:
    """What is known now, and the title of a message to send; null where there is nothing new.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> failed, title = news(Told(), 3, at); title
    'newsharvest failed (3)'
    >>> news(failed, 3, at)[1] is None, news(failed, 0, at)[1]
    (True, 'newsharvest is well again, after failures since 2026-03-02 09:00')
    """
    if exit_code == before.exit_code:
        return before, None
    if exit_code == 0:
        return Told(), f"newsharvest is well again, after failures since {before.since}"
    since = before.since or f"{now.astimezone(KST):%Y-%m-%d %H:%M}"
    return Told(exit_code, since), f"newsharvest failed ({exit_code})"


def check(urls: Sequence[str]) -> None:
    """ConfigError where messages are asked for that cannot be sent."""
    if urls and find_spec("apprise") is None:
        raise ConfigError("notify.urls needs apprise: pip install 'newsharvest[notify]'")


def tell(
    state: Path, urls: Sequence[str], exit_code: int, summary: str, now: datetime, send: Send | None = None
) -> bool:
    """Send a message if there is news; whether what was to be sent was. One that was not is tried again after the next run."""
    if not urls:
        return True
    before = _read(state / FILE)
    after, title = news(before, exit_code, now)
    if title is None:
        return True
    if not (send or _send)(urls, title, summary):
        return False
    state.mkdir(parents=True, exist_ok=True)
    fresh = state / f"{FILE}.new"
    fresh.write_text(json.dumps(asdict(after)), encoding="utf-8")
    os.replace(fresh, state / FILE)
    return True


def _read(path: Path) -> Told:
    """What was told; as if nothing had been where the file is not there or damaged."""
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
        return Told(int(stated["exit_code"]), stated["since"])
    except FileNotFoundError:
        return Told()
    except (ValueError, KeyError, TypeError):
        return Told()


def _send(urls: Sequence[str], title: str, body: str) -> bool:
    import apprise

    receivers = apprise.Apprise()
    known = [receivers.add(url) for url in urls]
    return all(known) and bool(receivers.notify(title=title, body=body))
