"""Tail probabilities of counts, where the expected rate is itself only known from counts.

Beta-binomial for shares and gamma-Poisson for numbers: both are wider than binomial and Poisson by what a short history
leaves open, so little history never raises an alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log

_CLUSTERED = 2.0
"""A dispersion (chi-square by its degrees of freedom) beyond which runs are taken to differ among themselves."""


def share_tails(
    hits: int, total: int, history: Sequence[tuple[float, float]], prior: float = 0.5
) -> tuple[float, float]:
    """P(at most ``hits``) and P(at least ``hits``) of ``total``, after a history of (hits, total) by run.

    ``prior``: hits, and misses, that are taken to have been seen before any run (0.5 is Jeffreys', 1 Laplace's).

    >>> low, _ = share_tails(0, 8, [(8, 8)] * 10)  # a field that was always there is missing on eight pages
    >>> low < 1e-8
    True
    """
    known, seen = sum(x for x, _ in history), sum(n for _, n in history)
    weight = min(seen + 2 * prior, _concentration(history))
    rate = (known + prior) / (seen + 2 * prior)
    terms = [_beta_binomial(k, total, rate * weight, (1 - rate) * weight) for k in range(total + 1)]
    return min(1.0, sum(terms[: hits + 1])), min(1.0, sum(terms[hits:]))


def _concentration(history: Sequence[tuple[float, float]]) -> float:
    """How much a share is worth as evidence: less where runs differ more than chance lets them."""
    known, seen = sum(x for x, _ in history), sum(n for _, n in history)
    runs = [(x, n) for x, n in history if n]
    if len(runs) < 3 or known in {0, seen}:
        return float("inf")
    rate = known / seen
    dispersion = sum((x - n * rate) ** 2 / (n * rate * (1 - rate)) for x, n in runs) / (len(runs) - 1)
    mean = seen / len(runs)
    if dispersion <= _CLUSTERED or mean <= 1:
        return float("inf")
    return max(2.0, (mean - 1) / (dispersion - 1) - 1)


def _beta_binomial(k: int, n: int, a: float, b: float) -> float:
    return exp(
        lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
        + lgamma(k + a) + lgamma(n - k + b) - lgamma(n + a + b)
        + lgamma(a + b) - lgamma(a) - lgamma(b)
    )  # fmt: skip


def count_tail(count: int, history: Sequence[int]) -> float:
    """P(at most ``count``) after a history of counts; 1.0 without history.

    >>> count_tail(0, [12, 11, 13, 12]) < 1e-4 < count_tail(0, [0, 30, 0, 0, 0, 0, 28])
    True
    """
    if not history:
        return 1.0
    mean = (sum(history) + 0.5) / len(history)
    size = sum(history) + 0.5
    variance = sum((x - mean) ** 2 for x in history) / max(1, len(history) - 1)
    if variance > mean:
        size = min(size, mean**2 / (variance - mean))
    share = size / (size + mean)
    return min(1.0, sum(exp(_log_negative_binomial(k, size, share)) for k in range(count + 1)))


def _log_negative_binomial(k: int, size: float, share: float) -> float:
    return lgamma(k + size) - lgamma(size) - lgamma(k + 1) + size * log(share) + (k * log(1 - share) if k else 0.0)
