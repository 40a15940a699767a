"""How far figures are to be trusted: bootstrap intervals, and tests of one run against another over the same questions.

A figure is a ratio of sums over the questions, each with a numerator and a denominator (0 where it does not count), so that means,
shares of sentences and precisions are all resampled in one way. Everything is drawn from a seed: the same run has the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counted = tuple[float, float]
"""What a question adds to a figure: numerator and denominator."""
Floats = NDArray[np.float64]
RESAMPLES = 2_000
PERMUTATIONS = 10_000
ENUMERATED = 13
"""Where at most so many questions differ, every exchange of their answers is tried: 2 to that number."""
LEVEL = 0.95
SEED = 20_240_401
_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Counts:
    """What every question adds to every figure: two arrays, questions by figures."""

    numerators: Floats
    denominators: Floats

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Counted]], names: Sequence[str]) -> Counts:
        """The table of the named figures; a question that lacks one adds nothing to it."""
        cells = np.array([[row.get(name, (0.0, 0.0)) for name in names] for row in rows], np.float64)
        cells = cells.reshape(len(rows), len(names), 2)
        return cls(cells[:, :, 0], cells[:, :, 1])

    def values(self) -> Floats:
        """The figures; NaN where no question counts."""
        return _ratio(self.numerators.sum(0), self.denominators.sum(0))

    def resampled(self, weights: Floats) -> Floats:
        """The figures where each question counts as often as the weights say: resamples by figures."""
        return _ratio(weights @ self.numerators, weights @ self.denominators)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a figure moved, with the percentile interval of the paired bootstrap and its p-value, and that of the permutation test."""

    value: float
    low: float
    high: float
    p_bootstrap: float
    p: float


def intervals(counts: Counts, resamples: int = RESAMPLES) -> list[tuple[float, float]]:
    """The percentile bootstrap interval of each figure (Efron and Tibshirani 1993); NaN where no question counts."""
    if not len(counts.numerators):
        return [(math.nan, math.nan)] * counts.numerators.shape[1]
    drawn = np.concatenate([counts.resampled(w) for w in _weights(len(counts.numerators), resamples)])
    return [_middle(column) for column in drawn.T]


def differences(before: Counts, after: Counts) -> list[Difference]:
    """How each figure moved over the same questions in the same order."""
    moved = after.values() - before.values()
    if not len(before.numerators):
        return [Difference(math.nan, math.nan, math.nan, math.nan, math.nan)] * len(moved)
    drawn = np.concatenate([after.resampled(w) - before.resampled(w) for w in _weights(len(before.numerators), RESAMPLES)])
    return [
        Difference(float(value), *_middle(column), two_sided(column), permutation(*_column(before, i), *_column(after, i)))
        for i, (value, column) in enumerate(zip(moved, drawn.T, strict=True))
    ]


def two_sided(drawn: Floats) -> float:
    """The p-value of a difference by its resamples: twice the share on the rarer side of 0 (Davison and Hinkley 1997)."""
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return math.nan
    rarer = min(int((known <= 0).sum()), int((known >= 0).sum()))
    return min(1.0, 2 * (rarer + 1) / (len(known) + 1))


def permutation(before: Floats, before_of: Floats, after: Floats, after_of: Floats) -> float:
    """The two-sided p-value of the paired permutation test (Fisher's): how often the difference is as large when the two runs'
    results for a question are exchanged at random. Exact where few questions differ. NaN where a run has nothing to count.
    """
    totals = tuple(float(column.sum()) for column in (before, before_of, after, after_of))
    if not totals[1] or not totals[3]:
        return math.nan
    apart = (after != before) | (after_of != before_of)
    step, step_of = (after - before)[apart], (after_of - before_of)[apart]
    seen = abs(totals[2] / totals[3] - totals[0] / totals[1]) - 1e-12
    exact = len(step) <= ENUMERATED
    reached = tried = 0
    for exchanged in _every(len(step)) if exact else _random(len(step)):
        by, by_of = exchanged @ step, exchanged @ step_of
        drawn = _ratio(totals[2] - by, totals[3] - by_of) - _ratio(totals[0] + by, totals[1] + by_of)
        reached += int((np.abs(drawn) >= seen).sum())
        tried += len(drawn)
    return reached / tried if exact else (reached + 1) / (tried + 1)


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p-value of McNemar's test: as many or more of the questions that flipped going one way by chance."""
    flipped = gained + lost
    tail = sum(math.comb(flipped, k) for k in range(min(gained, lost) + 1))
    return min(1.0, 2 * tail / (1 << flipped))


def holm(values: Sequence[float]) -> list[float]:
    """The p-values adjusted for that many tests (Holm 1979), in the same order; NaN stays and does not count."""
    ordered = sorted((p, i) for i, p in enumerate(values) if not math.isnan(p))
    out, highest = list(values), 0.0
    for place, (p, i) in enumerate(ordered):
        highest = max(highest, min(1.0, p * (len(ordered) - place)))
        out[i] = highest
    return out


def _ratio(numerators: Floats, denominators: Floats) -> Floats:
    return np.divide(numerators, denominators, out=np.full_like(numerators, np.nan), where=denominators != 0)


def _column(counts: Counts, figure: int) -> tuple[Floats, Floats]:
    return counts.numerators[:, figure], counts.denominators[:, figure]


def _middle(drawn: Floats) -> tuple[float, float]:
    known = drawn[~np.isnan(drawn)]
    if not len(known):
        return math.nan, math.nan
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _weights(questions: int, resamples: int) -> Iterator[Floats]:
    """How often each question is drawn in each resample, in chunks of resamples by questions."""
    random = np.random.default_rng(SEED)
    for start in range(0, resamples, _CHUNK):
        drawn = (random.integers(0, questions, questions) for _ in range(min(_CHUNK, resamples - start)))
        yield np.array([np.bincount(d, minlength=questions) for d in drawn], np.float64)


def _every(questions: int) -> Iterator[Floats]:
    """Every way to choose among the questions, as rows of 0 and 1."""
    numbers = np.arange(2**questions)[:, None]
    yield ((numbers >> np.arange(questions)) & 1).astype(np.float64)


def _random(questions: int) -> Iterator[Floats]:
    random = np.random.default_rng(SEED)
    for _ in range(PERMUTATIONS // _CHUNK):
        yield random.integers(0, 2, (_CHUNK, questions)).astype(np.float64)
