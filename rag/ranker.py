"""The ranking of candidates by the trees fitted on questions that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Candidate
from rag.features import FEATURES
from rag.retrieval import RANKING, Ranking
from rag.trees import Trees


@cache
def _trees() -> Trees:
    return Trees.load(RANKING / "ranker.npz")


_PLAIN = [FEATURES.index(name) for name in ("wide_terms", "own_grams")]
"""What the candidates are ranked by without the trees: the shares of the question's terms and of its n-grams that they have."""
EVIDENCE = 0.3
"""What a point of its best candidate's score adds to a passage's place, beside its fused score as a share of the best: on held-out
questions anything from 0.2 to 1 is equally good, and far better than the fused score alone."""


def reorder(ranking: Ranking, ranked: Sequence[Candidate]) -> tuple[Ranking, list[Candidate]]:
    """The passages by what the best candidate of each promises, and the candidates pointing at their new places."""
    if not ranked:
        return ranking, []
    top = max(hit.score for hit in ranking.hits) or 1.0
    worst = min(c.score for c in ranked)
    best = [worst] * len(ranking.hits)
    for c in reversed(ranked):
        best[c.passage] = c.score
    scores = [hit.score / top + EVIDENCE * (score - worst) for hit, score in zip(ranking.hits, best, strict=True)]
    order = sorted(range(len(scores)), key=lambda i: -scores[i])
    place = {old: new for new, old in enumerate(order)}
    hits = tuple(replace(ranking.hits[i], score=scores[i]) for i in order)
    return Ranking(tuple(ranking.numbers[i] for i in order), hits), [replace(c, passage=place[c.passage]) for c in ranked]


def rank(
    found: Sequence[Candidate], features: NDArray[np.float32], learned: bool = True
) -> tuple[list[Candidate], NDArray[np.float32]]:
    """The candidates with their scores, best first, and their features in the same order; by plain overlap where not `learned`."""
    scores = _trees().predict(features) if learned else features[:, _PLAIN].sum(axis=1)
    order = np.argsort(-scores, kind="stable")
    return [replace(found[i], score=float(scores[i])) for i in order], features[order]
