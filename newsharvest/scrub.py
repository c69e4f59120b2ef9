"""Replacing what a page says and keeping how it is built: for saved pages that may be published.

Every word becomes made-up syllables, the same word the same ones, as long as it was; tags, labels, grammar, punctuation,
numbers and dates stay. What stays by name is listed in ``data/reference/scrub.toml``.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from newsharvest.cms.lookups import words
from newsharvest.reference import directory, sky_index, station_names

_HANGUL = re.compile(r"[가-힣]+")
_HANJA = re.compile(r"[\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN = re.compile(r"&(?:amp;)*(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);|[A-Za-z]{2,}")
_MAIL = re.compile(r"[A-Za-z0-9][\w.+-]*@[\w-]+(?:\.[\w-]+)*")
_PHONE = re.compile(r"(?<!\d)0\d{1,2}([-.) ]{1,2})\d{3,4}([-. ])\d{4}(?!\d)")
_PARTS = re.compile(r"(<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>|<[^>]*>)", re.DOTALL | re.IGNORECASE)
_NAMING_META = re.compile(r"<meta\b[^>]*(?:title|description|keywords|author|section|tag)\b[^>]*>", re.IGNORECASE)
_VALUE = re.compile(r"""(\b(?:content|alt|title)\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_LINKED = re.compile(
    r"""("(?:headline|description|name|articleBody|alternativeHeadline|keywords)"\s*:\s*)("(?:[^"\\]|\\.)*")"""
)
_ESCAPED = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")
_NUMBERED = re.compile(r"(?:&#(?:\d{4,6}|x[0-9A-Fa-f]{3,5});)+")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_ACRONYM_MAX = 4


@functools.cache
def _table() -> dict[str, Any]:
    with (directory() / "scrub.toml").open("rb") as stream:
        return tomllib.load(stream)


@functools.cache
def _kept_words() -> frozenset[str]:
    """Labels, furniture, titles, agencies; sky words and stations, also glued as tickers have them."""
    tables = (("furniture", "lines"), ("furniture", "patterns"), ("furniture", "ends"), ("credits", "strong"),
              ("credits", "weak"), ("credits", "nobody"), ("credits", "agencies"), ("dates", "published"),
              ("dates", "modified"))  # fmt: skip
    listed = [*_table()["words"], *(text for table, name in tables for text in words(table, name))]
    skies, names = list(sky_index()), list(station_names())
    facts = [*skies, *names, *(sky + name for sky in skies for name in names)]
    return frozenset(run for text in [*listed, *facts] for run in _HANGUL.findall(text))


@functools.cache
def _kept_latin() -> frozenset[str]:
    listed = [
        *_table()["latin"],
        *words("furniture", "lines"),
        *words("furniture", "ends"),
        *words("credits", "agencies"),
    ]
    return frozenset(run for text in listed for run in re.findall("[A-Za-z]+", text))


@functools.cache
def _kept_ends() -> tuple[str, ...]:
    found = {*_table()["ends"], *words("credits", "strong"), *words("credits", "weak"), *words("credits", "outlets")}
    return tuple(sorted((end for end in found if _HANGUL.fullmatch(end)), key=lambda end: (-len(end), end)))


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Replaces the words of one page but ``names``: the paper's own, which is no secret."""

    names: frozenset[str] = frozenset()

    def hangul(self, word: str) -> str:
        """A word of the same length that means nothing; its end stays where it is grammar or a title.

        >>> [len(Scrubber().hangul(word)) for word in ("홍길동", "쉼터를")], Scrubber().hangul("쉼터를")[-1]
        ([3, 3], '를')
        """
        if word in _kept_words() or word in self.names:
            return word
        end = next((end for end in _kept_ends() if word.endswith(end) and len(word) > len(end)), "")
        stem = word.removesuffix(end)
        if end and (stem in _kept_words() or stem in self.names):
            return word
        return _made(stem, _table()["syllables"]) + end

    def latin(self, text: str) -> str:
        """A word of other letters, upper and lower case where they were; entities and acronyms stay."""
        known = text.startswith("&") or set(text) == {"x"} or text in _kept_latin() or text.lower() in self.names
        if known or (text.isupper() and len(text) <= _ACRONYM_MAX):
            return text
        made = _made(text, "abcdefghiklmnoprstuw")
        return "".join(m.upper() if t.isupper() else m for m, t in zip(made, text, strict=True))

    def text(self, text: str) -> str:
        """Every word of a plain text."""
        text = _HANGUL.sub(lambda match: self.hangul(match.group()), text)
        return _HANJA.sub(lambda match: _made(match.group(), _table()["hanja"]), text)

    def page(self, html: str) -> str:
        """A page's markup with other words."""
        html = _MAIL.sub(_other_mail, html)
        html = _PHONE.sub(lambda match: re.sub(r"\d", "0", match.group()), html)
        html = "".join(self._part(part) for part in _PARTS.split(html))
        for form, change in ((_ESCAPED, self._escaped), (_NUMBERED, self._numbered), (_PERCENT, self._percent)):
            html = form.sub(change, html)
        return self.text(html)

    def _part(self, part: str) -> str:
        """Latin words are content only between tags, and where a tag or a script names the article."""
        latin: Callable[[str], str] = lambda text: _LATIN.sub(lambda match: self.latin(match.group()), text)  # noqa: E731
        if not part.startswith("<"):
            return latin(part)
        if part.lower().startswith("<script"):
            return _LINKED.sub(lambda match: match[1] + latin(match[2]), part) if "ld+json" in part else part
        if _NAMING_META.match(part) or part.lower().startswith("<img"):
            return _VALUE.sub(lambda match: match[1] + latin(match[2]), part)
        return part

    def _escaped(self, match: re.Match[str]) -> str:
        plain = re.sub(r"\\u(.{4})", lambda m: chr(int(m[1], 16)), match.group())
        changed = self.text(plain)
        return match.group() if changed == plain else "".join(f"\\u{ord(letter):04x}" for letter in changed)

    def _numbered(self, match: re.Match[str]) -> str:
        plain = re.sub(r"&#(x?)(\w+);", lambda m: chr(int(m[2], 16 if m[1] else 10)), match.group())
        changed = self.text(plain)
        return match.group() if changed == plain else "".join(f"&#{ord(letter)};" for letter in changed)

    def _percent(self, match: re.Match[str]) -> str:
        raw = unquote_to_bytes(match.group())
        for encoding in ("utf-8", "cp949"):
            try:
                plain = raw.decode(encoding)
            except UnicodeDecodeError:
                continue
            changed = self.text(plain)
            return match.group() if changed == plain else quote_from_bytes(changed.encode(encoding), safe="")
        return match.group()


def scrubber_for(url: str | None, *names: str) -> Scrubber:
    """The scrubber of a page: the words of the paper's names stay, and those of its host."""
    host = urlsplit(url or "").hostname or ""
    kept = [run for name in names for run in (*_HANGUL.findall(name), *map(str.lower, re.findall("[A-Za-z]+", name)))]
    return Scrubber(frozenset([*kept, *re.findall("[a-z]+", host)]))


def _made(word: str, letters: str) -> str:
    digest = hashlib.sha256(word.encode()).digest()
    return "".join(letters[digest[place % len(digest)] % len(letters)] for place in range(len(word)))


def _other_mail(match: re.Match[str]) -> str:
    local, _, domain = match.group().partition("@")
    kept = domain.rpartition(".")[2] if "." in domain else ""
    return re.sub(r"[A-Za-z0-9]", "x", f"{local}@{domain.removesuffix(kept)}") + kept
