"""Half-width Hangul letters as syllables."""

from __future__ import annotations

import re
import unicodedata

HALF_WIDTH = re.compile(r"[\uffa1-\uffbe\uffc2-\uffc7\uffca-\uffcf\uffd2-\uffd7\uffda-\uffdc]+")
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_SYLLABLE = re.compile(rf"([{_INITIALS}])([{_VOWELS}])([{_FINALS[1:]}](?![{_VOWELS}]))?")


def composed(run: str) -> str:
    """Half-width Hangul letters as syllables; letters that form none stay letters.

    >>> composed("ﾡￂ")
    '가'
    """
    return _SYLLABLE.sub(_syllable, "".join(map(_full_width, run)))


def _full_width(char: str) -> str:
    return unicodedata.lookup(unicodedata.name(char).removeprefix("HALFWIDTH "))


def _syllable(match: re.Match[str]) -> str:
    initial, vowel, final = match.groups(default=" ")
    return chr(0xAC00 + (_INITIALS.index(initial) * 21 + _VOWELS.index(vowel)) * 28 + _FINALS.index(final))
