"""Words and sentences of the demo papers: a deterministic choice from lists of our own."""

from __future__ import annotations

import functools
import random
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PARTICLES = {
    "은(는)": ("은", "는"),
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
_PARTICLE = re.compile(r"([0-9A-Za-z가-힣])([’”\"')\]]*)(은\(는\)|이\(가\)|을\(를\)|와\(과\)|\(으\)로)")
# Digits and letters end in a consonant when their Korean names do: 영 일 삼 육 칠 팔; L M N R.
_CLOSED = frozenset("013678LMNRlmnr")
_SLOT = re.compile(r"\{(\w+)\}")


@functools.cache
def lists() -> dict[str, list[str]]:
    """The word lists of words.toml by name."""
    loaded: dict[str, list[str]] = _toml("words.toml")
    return loaded


@dataclass(frozen=True, slots=True)
class Topic:
    """One subject that the papers write about, with its sentence templates."""

    section: str
    keywords: tuple[str, ...]
    titles: tuple[str, ...]
    subtitles: tuple[str, ...]
    leads: tuple[str, ...]
    bodies: tuple[str, ...]
    captions: tuple[str, ...]


@functools.cache
def topics() -> tuple[Topic, ...]:
    """Every topic of topics.toml, in the file's order."""
    entries: list[dict[str, Any]] = _toml("topics.toml")["topic"]
    return tuple(_topic(**entry) for entry in entries)


def _topic(section: str, **texts: list[str]) -> Topic:
    return Topic(section, **{name: tuple(lines) for name, lines in texts.items()})


def rng(*parts: object) -> random.Random:
    """A generator seeded by names: the same parts give the same numbers in every process."""
    return random.Random(":".join(map(str, parts)))


def with_particles(text: str) -> str:
    """Text in which every open particle follows the sound of the word before it.

    >>> with_particles("해람시은(는) ‘도시 숲’을(를) 3을(를)")
    '해람시는 ‘도시 숲’을 3을'
    """
    return _PARTICLE.sub(lambda m: m[1] + m[2] + _PARTICLES[m[3]][0 if _closed(m[1], m[3]) else 1], text)


def _closed(letter: str, particle: str) -> bool:
    if "가" <= letter <= "힣":
        final = (ord(letter) - ord("가")) % 28
        # 로 also follows ㄹ (final number 8): 서울로, 길로.
        return final != 0 and not (particle == "(으)로" and final == 8)
    return letter in _CLOSED


def person(source: random.Random) -> str:
    """A made-up name, e.g. ``김환``."""
    return source.choice(lists()["surnames"]) + source.choice(lists()["given"])


class Scene:
    """The names that stay the same through one article; numbers are drawn anew for every sentence."""

    def __init__(self, source: random.Random, city: str, day: int, month: int) -> None:
        words = lists()
        towns = source.sample(words["towns"], 2)
        crops = source.sample(words["crops"], 2)
        self._source = source
        self._fixed = {
            "city": city,
            "town": towns[0],
            "town2": towns[1],
            "crop": crops[0],
            "crop2": crops[1],
            "office": f"{city} {source.choice(words['offices'])}",
            "post": source.choice(words["posts"]),
            "group": f"{city} {source.choice(words['groups'])}",
            "place": source.choice(words["places"]),
            "event": source.choice(words["events"]),
            "project": source.choice(words["projects"]),
            "neighbours": source.choice(words["neighbours"]),
            "name": person(source),
            "d": str(day),
            "month": str(month % 12 + 1),
        }

    def fill(self, template: str) -> str:
        """A sentence from its template.

        >>> Scene(rng(1), "해람시", 2, 3).fill("{city}은(는) {d}일 밝혔다.")
        '해람시는 2일 밝혔다.'
        """
        return with_particles(_SLOT.sub(lambda m: self._word(m[1]), template))

    def _word(self, slot: str) -> str:
        if slot in self._fixed:
            return self.fill(self._fixed[slot])
        lowest, highest = _NUMBERS[slot]
        return str(self._source.randint(lowest, highest))


_NUMBERS = {"n": (12, 98), "n2": (101, 480), "k": (2, 9), "k2": (1, 5), "pct": (11, 88), "won": (3, 240)}


def _toml(name: str) -> Any:  # noqa: ANN401 - the callers state the shape of their file
    with (Path(__file__).parent / name).open("rb") as stream:
        return tomllib.load(stream)
