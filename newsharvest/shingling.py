"""Texts as sets of word triples, and their MinHash bands: what near-duplicates are found by."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from newsharvest.frames import library

WORDS = 3
WORDS_MIN = 20
"""A shorter text (a caption, a notice) is like many others by chance: it is in no cluster."""
PERMUTATIONS, BANDS, SEED = 128, 32, 20_260_302
"""Bands of four rows: a pair with Jaccard .5 is a candidate with probability .87, .6 with .99, .7 with .9998, .1 with .003."""
_WORD = re.compile(r"\w+")
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
Bands = npt.NDArray[np.int32]


def normalised(text: str) -> list[str]:
    """The words of a text: NFC, lower case, without punctuation and white space.

    >>> normalised("해람시는 “12일,  축제”를 연다.")
    ['해람시는', '12일', '축제', '를', '연다']
    """
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def shingles(words: Sequence[str]) -> frozenset[str]:
    """The word triples of a text; none of one that has fewer than `WORDS_MIN` words.

    >>> len(shingles(["가"] * 30)), len(shingles([str(n) for n in range(30)])), len(shingles(["가"]))
    (1, 28, 0)
    """
    if len(words) < WORDS_MIN:
        return frozenset()
    return frozenset(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of common triples.

    >>> jaccard(frozenset("ab"), frozenset("bc"))
    0.3333333333333333
    """
    common = len(one & other)
    return common / (len(one) + len(other) - common)


def text_hash(words: Sequence[str]) -> int:
    """A signed 64-bit name of a text: equal texts have the same on every machine."""
    return int.from_bytes(hashlib.blake2b(" ".join(words).encode(), digest_size=8).digest(), signed=True)


def bands(sets: Sequence[frozenset[str]]) -> Bands:
    """One row a set: 32 hashes, of which two sets share one with the probability stated at `BANDS`. MissingExtraError without rensa."""
    digests = library("rensa").RMinHash.digests_from_token_sets(sets, PERMUTATIONS, SEED)
    rows = np.array(digests, dtype=np.uint64).reshape(len(sets), BANDS, PERMUTATIONS // BANDS)
    total = np.zeros(rows.shape[:2], dtype=np.uint64)
    for column in range(rows.shape[2]):
        total = (total ^ rows[:, :, column]) * _MULTIPLIER
    return (total >> np.uint64(32)).astype(np.uint32).view(np.int32)


def sketch_name() -> str:
    """What the bands of a text depend on besides the text: where it changed, they are made anew."""
    version = library("rensa").RMinHash.ALGORITHM_VERSION
    return f"w{WORDS}-min{WORDS_MIN}-{PERMUTATIONS}x{BANDS}-{SEED}-rensa{version}"
