"""The tables of ``data/reference/lookups.toml`` that concern news pages, as sets and compiled patterns."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import Any

from newsharvest.reference import ReferenceDataError, directory

_WORDS = re.compile(r"[A-Za-z0-9]+")
_CAMEL = re.compile(r"[A-Z]?[a-z]+")
_NUMBERED_AD = re.compile(r"(?:^|[\s_-])ad\d+(?:$|[\s_-])")


@functools.cache
def _tables() -> dict[str, Any]:
    with (directory() / "lookups.toml").open("rb") as stream:
        tables: dict[str, Any] = tomllib.load(stream)["cms"]
    return tables


def words(table: str, name: str) -> tuple[str, ...]:
    """The strings of ``[cms.<table>] <name>`` in the file's order; ReferenceDataError where it is no list of strings.

    >>> words("dates", "modified")[-1]
    'UPDATE'
    """
    listed = _tables()[table][name]
    if not isinstance(listed, list) or not all(isinstance(word, str) for word in listed):
        raise ReferenceDataError(f"lookups.toml [cms.{table}] {name}: a list of strings")
    return tuple(listed)


def switch(table: str, name: str) -> bool:
    """The truth value ``[cms.<table>] <name>``; ReferenceDataError where it is none."""
    value = _tables()[table][name]
    if not isinstance(value, bool):
        raise ReferenceDataError(f"lookups.toml [cms.{table}] {name}: true or false")
    return value


def names(table: str, name: str) -> dict[str, str]:
    """The string-to-string table ``[cms.<table>] <name>``."""
    mapped = _tables()[table][name]
    return {str(key): str(value) for key, value in mapped.items()}


def alternatives(listed: tuple[str, ...]) -> str:
    """A regular expression's alternation of plain strings, longest first so that none hides a longer one.

    >>> alternatives(("입력", "기사입력", "a.b"))
    '기사입력|a\\\\.b|입력'
    """
    return "|".join(re.escape(word) for word in sorted(listed, key=lambda word: (-len(word), word)))


@functools.cache
def _box_words() -> dict[str, str]:
    return {word: rule for rule, listed in _tables()["boxes"].items() for word in listed}


@functools.lru_cache(maxsize=4096)
def box_rule(marks: str) -> str | None:
    """The rule by which a box of these class and id attributes is dropped from a body, or None.

    >>> box_rule("ad-template col"), box_rule("AD1604"), box_rule("replyArea"), box_rule("CmAdContent")
    ('ad', 'ad', 'comments', None)
    """
    table, lowered = _box_words(), marks.lower()
    squeezed = lowered.replace("-", "").replace("_", "").split()
    if _body_names().intersection(squeezed):
        return None
    camel = [word.lower() for word in _CAMEL.findall(marks)]
    found = next((table[word] for word in (*squeezed, *_WORDS.findall(lowered), *camel) if word in table), None)
    return found or ("ad" if _NUMBERED_AD.search(lowered) else None)


@functools.cache
def _body_names() -> frozenset[str]:
    """Names of body containers: no box, whatever words they are made of (``CmAdContent``)."""
    return frozenset(words("generic", "bodies"))


@functools.lru_cache(maxsize=4096)
def field_mark(marks: str) -> str | None:
    """The field that class and id attributes name (a key of ``[cms.marks]``), or None.

    >>> field_mark("sub_title"), field_mark("bo_v_sub"), field_mark("article-copy"), field_mark("cnt_view")
    ('subtitle', 'subtitle_above', 'copyright', None)
    """
    table = _mark_words()
    lowered = marks.lower()
    squeezed = lowered.replace("-", "").replace("_", "").split()
    return next((table[word] for word in squeezed + _WORDS.findall(lowered) if word in table), None)


@functools.cache
def _mark_words() -> dict[str, str]:
    return {word: field for field, listed in _tables()["marks"].items() for word in listed}


@functools.cache
def _furniture_patterns() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in words("furniture", "patterns")))


_FURNITURE_MAX = 130


@functools.cache
def _furniture_lines() -> frozenset[str]:
    return frozenset(words("furniture", "lines"))


def is_furniture(line: str) -> bool:
    """Whether a whole line is the page's own (share buttons, widgets, counters), by the listed strings and patterns.

    >>> is_furniture("URL복사"), is_furniture("홍길동 기자의 다른기사 보기"), is_furniture("배너를 단 시민들")
    (True, True, False)
    """
    if line in _furniture_lines():
        return True
    return len(line) <= _FURNITURE_MAX and _furniture_patterns().fullmatch(line) is not None
