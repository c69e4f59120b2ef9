"""When we are not wanted: refusals in a row make a whole group (a host, a vendor) be left alone for a while. Pure.

A vendor's firewall counts what all its papers were asked: going on with the next paper after three refusals is how one
ban becomes ninety-eight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

REFUSALS = 3
"""In a row, without one good answer between them."""
PAUSES = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""After the first time, the second …; a good answer begins the series anew."""
_REFUSING = frozenset({403, 429})
_CHALLENGE = re.compile(
    rb"g-recaptcha|h-captcha|hcaptcha\.com|cf-challenge|challenge-platform|cf_chl_|_Incapsula_Resource|geo\.captcha-delivery"
    rb"|/captcha[/.?\"']|captcha_image|kcaptcha",
    re.IGNORECASE,
)
_TELLING = (b"captcha", b"challenge", b"cf_chl_", b"_incapsula_")
"""One of these stands in whatever the expression finds, and is found at a twentieth of its cost."""
_CHALLENGE_MAX = 64 * 1024


def is_refusal(status: int, body: bytes, *, is_article: bool) -> bool:
    """Whether an answer says that we are not wanted: 403, 429, or a test of humanity where the page should be.

    A captcha beside an article guards its comments (gnuboard's kcaptcha): it refuses nothing.

    >>> is_refusal(429, b"", is_article=False), is_refusal(200, b"<div class='g-recaptcha'>", is_article=True)
    (True, False)
    """
    return status in _REFUSING or (not is_article and is_challenge(body))


def is_challenge(body: bytes) -> bool:
    """Whether a page is a test of humanity: short, and it names one."""
    if len(body) > _CHALLENGE_MAX:
        return False
    lowered = body.lower()
    return any(word in lowered for word in _TELLING) and _CHALLENGE.search(body) is not None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a group thinks of us."""

    refused: int = 0
    """Refusals in a row."""
    hosts: frozenset[str] = frozenset()
    """Which hosts they came from."""
    times: int = 0
    """How often in a row it was left alone."""
    until: datetime | None = None
    """Left alone until then."""


@dataclass(slots=True)
class Bans:
    """The standings of groups, kept between runs.

    A vendor is left alone after refusals of at least two of its hosts: one paper that does not want us speaks for itself only.
    """

    standings: dict[str, Standing] = field(default_factory=dict)

    def until(self, groups: Sequence[str], now: datetime) -> tuple[str, datetime] | None:
        """The group that is left alone the longest, and until when; null where all may be asked."""
        held = [(g, s.until) for g in groups if (s := self.standings.get(g)) and s.until is not None and s.until > now]
        return max(held, key=lambda each: each[1], default=None)

    def refused(self, groups: Sequence[str], host: str, now: datetime) -> list[str]:
        """Take a refusal in; the groups that are left alone because of it."""
        fresh = []
        for group in groups:
            before = self.standings.get(group, Standing())
            if before.until is not None and before.until > now:
                continue  # it was under way when the group was given up
            after = replace(before, refused=before.refused + 1, hosts=before.hosts | {host}, until=None)
            if after.refused >= REFUSALS and len(after.hosts) >= _hosts_needed(group):
                pause = PAUSES[min(after.times, len(PAUSES) - 1)]
                # One more refusal after the pause is enough: nothing has changed.
                after = replace(after, refused=REFUSALS - 1, times=after.times + 1, until=now + pause)
                fresh.append(group)
            self.standings[group] = after
        return fresh

    def welcomed(self, groups: Sequence[str]) -> None:
        """A good answer: all is forgotten."""
        for group in groups:
            self.standings.pop(group, None)

    def as_json(self) -> dict[str, object]:
        """Plain values; `from_json` reads them."""
        return {
            name: {"refused": s.refused, "hosts": sorted(s.hosts), "times": s.times, "until": s.until and s.until.isoformat()}
            for name, s in self.standings.items()
        }  # fmt: skip


def from_json(stated: Mapping[str, Mapping[str, object]]) -> Bans:
    """Standings as they were kept. KeyError, TypeError or ValueError for what is none."""
    return Bans({name: _standing(each) for name, each in stated.items()})


def _standing(each: Mapping[str, object]) -> Standing:
    hosts, until = each["hosts"], each["until"]
    if not isinstance(hosts, list):
        raise TypeError("hosts is a list")
    return Standing(
        int(str(each["refused"])), frozenset(map(str, hosts)), int(str(each["times"])),
        datetime.fromisoformat(str(until)) if until else None,
    )  # fmt: skip


def _hosts_needed(group: str) -> int:
    return 2 if group.startswith("vendor:") else 1
