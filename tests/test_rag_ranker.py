"""The ranking of candidates and the new order of their passages."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.candidates import Candidate
from rag.features import FEATURES
from rag.ranker import EVIDENCE, rank, reorder
from rag.retrieval import Ranking
from rag.types import Hit, Passage, Span, Unit


def ranking(*scores: float) -> Ranking:
    """Passages numbered from 10 with these fused scores."""
    hits = tuple(Hit(Passage(f"p{n}", "d", "", (), Span(n, n + 1), "。"), score) for n, score in enumerate(scores))
    return Ranking(tuple(range(10, 10 + len(scores))), hits)


def candidate(passage: int, score: float, position: int = 0) -> Candidate:
    return Candidate(passage, position, Unit(Span(passage, passage + 1), "sentence"), f"文{passage}", score)


def test_the_passages_by_their_best_candidates_by_hand() -> None:
    found = ranking(2.0, 1.8, 1.6)
    ranked = [candidate(2, 3.0), candidate(0, 1.0), candidate(2, 0.5), candidate(0, 0.0)]
    ordered, placed = reorder(found, ranked)
    # The second passage has no candidate: it is taken as no better than the worst one.
    assert [hit.passage.id for hit in ordered.hits] == ["p2", "p0", "p1"]
    assert ordered.numbers == (12, 10, 11)
    assert [hit.score for hit in ordered.hits] == pytest.approx([0.8 + EVIDENCE * 3, 1 + EVIDENCE * 1, 0.9])
    assert [c.passage for c in placed] == [0, 1, 0, 1]
    assert [(c.text, c.score) for c in placed] == [(c.text, c.score) for c in ranked]


def test_without_candidates_the_passages_stay() -> None:
    found = ranking(2.0, 1.0)
    assert reorder(found, []) == (found, [])
    assert reorder(ranking(), []) == (ranking(), [])


def test_passages_that_promise_the_same_stay_in_order() -> None:
    ordered, placed = reorder(ranking(0.0, 0.0, 0.0), [candidate(n, 1.0) for n in (2, 1, 0)])
    assert ordered.numbers == (10, 11, 12)
    assert [c.passage for c in placed] == [2, 1, 0]


SCORES = st.lists(st.floats(0, 3, width=32), min_size=1, max_size=6).map(lambda s: sorted(s, reverse=True))


@given(SCORES, st.lists(st.tuples(st.integers(0, 5), st.floats(-5, 5, width=32)), max_size=12))
def test_scores_descend_and_candidates_point_at_the_same_passages(scores: list[float], seen: list[tuple[int, float]]) -> None:
    found = ranking(*scores)
    ranked = sorted((candidate(n % len(scores), s, i) for i, (n, s) in enumerate(seen)), key=lambda c: -c.score)
    ordered, placed = reorder(found, ranked)
    assert sorted(ordered.numbers) == sorted(found.numbers)
    assert [hit.score for hit in ordered.hits] == sorted((hit.score for hit in ordered.hits), reverse=True)
    pairs = dict(zip(found.numbers, (hit.passage for hit in found.hits), strict=True))
    assert [pairs[number] for number in ordered.numbers] == [hit.passage for hit in ordered.hits]
    for before, after in zip(ranked, placed, strict=True):
        assert found.hits[before.passage].passage is ordered.hits[after.passage].passage
        assert (before.position, before.unit, before.score) == (after.position, after.unit, after.score)


def test_candidates_come_best_first_with_their_features() -> None:
    rows = np.random.default_rng(0).random((40, len(FEATURES))).astype(np.float32)
    found = [candidate(n % 4, 0.0, n) for n in range(40)]
    ranked, features = rank(found, rows)
    assert [c.score for c in ranked] == sorted((c.score for c in ranked), reverse=True)
    assert sorted(c.position for c in ranked) == list(range(40))
    np.testing.assert_array_equal(features, rows[[c.position for c in ranked]])
    # A candidate's score does not hang on the others.
    alone = [rank([found[c.position]], rows[c.position : c.position + 1])[0][0].score for c in ranked]
    assert [c.score for c in ranked] == pytest.approx(alone)
