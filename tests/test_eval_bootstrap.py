"""Intervals and tests: by hand, and against SciPy on 500 random cases each."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from eval.bootstrap import Counts, differences, holm, intervals, mcnemar, permutation, two_sided


def means(columns: np.ndarray) -> Counts:
    """Figures that are means of the columns."""
    return Counts(columns, np.ones_like(columns))


def test_ratios_of_sums() -> None:
    counts = Counts.of([{"a": (1, 2), "b": (1, 1)}, {"a": (2, 2)}, {}], ("a", "b", "c"))
    assert counts.values().tolist()[:2] == [0.75, 1]
    assert math.isnan(counts.values()[2])
    (low, high), always, never = intervals(counts)
    assert (low, high) == (0.5, 1)
    assert always == (1, 1)
    assert math.isnan(never[0])


def test_the_same_draws_every_time() -> None:
    counts = means(np.random.default_rng(1).random((40, 3)))
    assert intervals(counts) == intervals(counts)


def test_intervals_agree_with_scipy() -> None:
    random = np.random.default_rng(2)
    columns = random.random((30, 500)) ** random.integers(1, 4, 500)
    ours = np.array(intervals(means(columns)))
    theirs = stats.bootstrap((columns,), np.mean, axis=0, n_resamples=2_000, method="percentile", rng=random, batch=100)
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert np.abs(ours[:, 0] - theirs.confidence_interval.low).max() < 0.12 * width.max()
    assert np.abs(ours[:, 1] - theirs.confidence_interval.high).max() < 0.12 * width.max()


def test_the_interval_holds_the_mean_as_often_as_it_says() -> None:
    draws = np.random.default_rng(3).random((100, 500)) < 0.6
    held = [low <= 0.6 <= high for low, high in intervals(means(draws.astype(float)), 1_000)]
    assert 0.91 < np.mean(held) < 0.98


def test_permutation_equals_scipy() -> None:
    random = np.random.default_rng(4)
    for _ in range(500):
        n = int(random.integers(2, 8))
        before, after = random.integers(0, 4, (2, n)).astype(float)
        theirs = stats.permutation_test(
            (before, after),
            lambda a, b, axis: np.sum(a - b, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=1_000,
        ).pvalue
        assert permutation(before, np.ones(n), after, np.ones(n)) == pytest.approx(theirs)


def test_mcnemar_equals_scipy_and_the_permutation_of_verdicts() -> None:
    random = np.random.default_rng(5)
    for _ in range(500):
        gained, lost = (int(n) for n in random.integers(0, 40, 2))
        assert mcnemar(gained, lost) == pytest.approx(stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1)
    assert mcnemar(2_000, 2_300) < 1e-5
    before, after = np.array([0.0] * 2 + [1.0] * 9 + [1, 0]), np.array([1.0] * 2 + [0.0] * 9 + [1, 0])
    assert permutation(before, np.ones(13), after, np.ones(13)) == pytest.approx(mcnemar(2, 9))


def test_many_differences_are_drawn() -> None:
    before = np.zeros(60)
    after = np.array([1.0] * 30 + [0.0] * 30)
    assert permutation(before, np.ones(60), after, np.ones(60)) == pytest.approx(1 / 10_001)
    even = np.array([1.0, -1.0] * 30)
    assert permutation(before, np.ones(60), even, np.ones(60)) == 1


def test_a_figure_that_counts_other_questions_is_exchanged_whole() -> None:
    """Only the first run abstains on the first question: one and two of two, or two and one of one."""
    values = np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([1.0, 1.0])
    assert permutation(*values) == 1
    assert math.isnan(permutation(np.zeros(2), np.zeros(2), np.ones(2), np.ones(2)))


def test_paired_differences_by_hand() -> None:
    before = means(np.array([[1.0], [1], [0], [0]]))
    moved = differences(before, before)[0]
    assert (moved.value, moved.low, moved.high, moved.p, moved.p_bootstrap) == (0, 0, 0, 1, 1)
    better = differences(before, means(np.ones((4, 1))))[0]
    assert (better.value, better.low, better.high, better.p) == (0.5, 0, 1, 0.5)
    assert math.isnan(differences(means(np.ones((0, 1))), means(np.ones((0, 1))))[0].p)


def test_the_bootstrap_p_of_a_shift() -> None:
    drawn = np.random.default_rng(6).normal(2, 1, 100_000)
    assert two_sided(drawn) == pytest.approx(2 * stats.norm.cdf(-2), rel=0.1)
    assert math.isnan(two_sided(np.array([math.nan])))


def test_holm_equals_its_definition() -> None:
    assert holm([0.01, 0.04, math.nan, 0.03])[:2] == pytest.approx([0.03, 0.06])
    assert holm([0.01, 0.04, math.nan, 0.03])[3] == pytest.approx(0.06)
    random = np.random.default_rng(7)
    for _ in range(500):
        values = random.random(int(random.integers(1, 9))).tolist()
        ordered = sorted(values)
        expected = [max(min(1, ordered[j] * (len(values) - j)) for j in range(ordered.index(p) + 1)) for p in values]
        assert holm(values) == pytest.approx(expected)
