"""Near-duplicates among planted copies: how many are found, and at what cost against datasketch on the same texts.

An article is sentences of words drawn by Zipf's law from a made-up vocabulary, a fifth of them from a common stock that many
articles share. A third of the articles are copies of others with the edits that papers make: words changed, a sentence put in
front, paragraphs moved, the end cut off.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.measure import Benchmark, Options, Result, cpu, figure
from newsharvest.clustering import THRESHOLD, cluster
from newsharvest.shingling import PERMUTATIONS, bands, jaccard, normalised, shingles

_SYLLABLES = "가각간갈감강개거건검경계고공과관교구국군권금기김나남내노농다단당대도동등라로리마만면명모무문물미민바반발방배보부북분비사산상생서선성세소속수시식신실아안양어업여연영예오요용우운원위유육은음의이인일임자장재전점정제조주중지진차천청체초총최추충치타통파평표하학한합해행향현형호화황회후"
_VOCABULARY, _SENTENCES, _STOCK = 20_000, 18, 400
Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Planted:
    """An article and the number of the one it was copied from, its own where it was not."""

    text: str
    origin: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Pairs in one cluster against the planted ones."""

    recall: float
    precision: float
    planted: int


def corpus(count: int, seed: int = 1) -> list[Planted]:
    """``count`` articles of about 220 words, a third of them copies; the same for the same arguments."""
    source = random.Random(seed)
    words = ["".join(source.choice(_SYLLABLES) for _ in range(source.randint(2, 4))) for _ in range(_VOCABULARY)]
    weights = list(itertools.accumulate(1 / (rank + 10) for rank in range(_VOCABULARY)))
    stock = [_sentence(source, words, weights) for _ in range(_STOCK)]
    own = [_article(source, words, weights, stock) for _ in range(count - count // 3)]
    made = [Planted("\n".join(sentences), number) for number, sentences in enumerate(own)]
    for _ in range(count // 3):
        origin = source.randrange(len(own))
        made.append(Planted("\n".join(_edited(source, own[origin], words)), origin))
    return source.sample(made, len(made))


def _sentence(source: random.Random, words: list[str], weights: list[float]) -> str:
    return " ".join(source.choices(words, cum_weights=weights, k=source.randint(8, 16))) + "."


def _article(source: random.Random, words: list[str], weights: list[float], stock: list[str]) -> list[str]:
    count = _SENTENCES + source.randint(-6, 6)
    return [source.choice(stock) if source.random() < 0.2 else _sentence(source, words, weights) for _ in range(count)]


def _edited(source: random.Random, sentences: list[str], words: list[str]) -> list[str]:
    """Up to 4 % of the words changed; a sentence in front, two moved, a tenth cut off: each with some probability."""
    changed = [
        " ".join(
            source.choice(words) if source.random() < 0.04 * source.random() else word for word in sentence.split()
        )
        for sentence in sentences
    ]
    if source.random() < 0.3:
        changed.insert(0, " ".join(source.choices(words, k=9)) + ".")
    if source.random() < 0.3:
        place = source.randrange(len(changed) - 1)
        changed[place], changed[place + 1] = changed[place + 1], changed[place]
    if source.random() < 0.3:
        changed = changed[: len(changed) - max(1, len(changed) // 10)]
    return changed


def by_rensa(texts: list[Planted]) -> list[list[int]]:
    """Our clusters, from text to verified groups."""
    sets = [shingles(normalised(planted.text)) for planted in texts]
    numbers = list(range(len(texts)))
    return cluster(numbers, bands(sets), lambda some: ((number, sets[number]) for number in some)).clusters


def by_datasketch(texts: list[Planted]) -> list[list[int]]:
    """The same with datasketch's MinHash and LSH: same words, permutations, threshold and verification."""
    from datasketch import MinHash, MinHashLSH

    sets = [shingles(normalised(planted.text)) for planted in texts]
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    pairs: list[Pair] = []
    for number, own in enumerate(sets):
        made = MinHash(num_perm=PERMUTATIONS)
        made.update_batch([shingle.encode() for shingle in own])
        pairs += [(other, number) for other in index.query(made) if jaccard(sets[other], own) >= THRESHOLD]
        index.insert(number, made)
    return _components(len(texts), pairs)


def _components(count: int, pairs: Iterable[Pair]) -> list[list[int]]:
    group = list(range(count))

    def top(number: int) -> int:
        while group[number] != number:
            number = group[number]
        return number

    for one, other in pairs:
        group[max(top(one), top(other))] = min(top(one), top(other))
    found: dict[int, list[int]] = {}
    for number in range(count):
        found.setdefault(top(number), []).append(number)
    return [members for members in found.values() if len(members) > 1]


def quality(texts: list[Planted], clusters: list[list[int]]) -> Quality:
    """How many planted pairs are in one cluster, and how many pairs in one cluster are planted."""
    by_origin: dict[int, list[int]] = {}
    for number, planted in enumerate(texts):
        by_origin.setdefault(planted.origin, []).append(number)
    wanted = {pair for group in by_origin.values() for pair in itertools.combinations(sorted(group), 2)}
    found = {pair for group in clusters for pair in itertools.combinations(sorted(group), 2)}
    return Quality(len(wanted & found) / len(wanted), len(wanted & found) / max(1, len(found)), len(wanted))


def measure(options: Options) -> Result:
    """Speed and quality on planted copies, both engines in turn."""
    count, passes = options.size(6_000, 300), options.size(5, 2)
    texts = corpus(count)
    words = sum(len(planted.text.split()) for planted in texts) / count
    result = Result([f"{count:,} generated articles of {words:.0f} words, a third planted copies", f"{passes} passes"])
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(passes):
        ours.append(cpu(lambda: by_rensa(texts)))
        theirs.append(cpu(lambda: by_datasketch(texts)))
    mine, peer = quality(texts, by_rensa(texts)), quality(texts, by_datasketch(texts))
    result.figures += [
        figure("recall of planted pairs", [mine.recall], "", at_least=0.98),
        figure("precision", [mine.precision], "", at_least=0.99),
        figure("datasketch: recall", [peer.recall], ""),
        figure(
            "datasketch against us, verification included",
            [b / a for a, b in zip(ours, theirs, strict=True)],
            "×",
            at_least=2.5,
        ),
        figure("articles a second, from text to clusters", [count / spent for spent in ours], "1/s", at_least=2_000),
    ]
    return result


BENCHMARK = Benchmark("Near-duplicate articles: planted copies against datasketch", measure)
