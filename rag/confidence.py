"""How far the evidence carries: the probability that the answer is in the documents, and whether to give it.

A logistic model over the features of the best candidates; its weights and how they were fitted stand in confidence.json.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.features import FEATURES
from rag.retrieval import RANKING
from rag.types import AbstainReason

_BEST = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "best_term", "longest_run", "own_cosine",
    "context_cosine", "fits", "numbers", "title_terms", "passage_gap",
)  # fmt: skip
_TOP = ("own_terms", "wide_terms", "passage_terms", "context_cosine", "fits", "fits_hard", "numbers", "own_grams")
SIGNALS = (*(f"best_{n}" for n in _BEST), *(f"top_{n}" for n in _TOP), "score", "lead", "known")
"""The names of the signals: features of the best candidate, the highest of the first five, the best score and its lead, and the
share of the question's terms, by rarity, that the index knows."""
_AT = {name: i for i, name in enumerate(FEATURES)}


@cache
def _model() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((RANKING / "confidence.json").read_text(encoding="utf-8"))
    return loaded


def signals(ranked: NDArray[np.float32], scores: NDArray[np.float32], known: float) -> NDArray[np.float32]:
    """The signals of a ranking, shape (len(SIGNALS),), from the features of the candidates and their scores, both best first.

    `known` is the share of the question's terms, by rarity, that stand anywhere in the index.
    """
    if not len(ranked):
        return np.zeros(len(SIGNALS), np.float32)
    best, top = ranked[0], ranked[:5].max(axis=0)
    lead = float(scores[0] - scores[min(5, len(scores) - 1)])
    return np.array([*(best[_AT[n]] for n in _BEST), *(top[_AT[n]] for n in _TOP), scores[0], lead, known], np.float32)


def confidence(found: NDArray[np.float32]) -> float:
    """The probability, from 0 to 1, that the best candidates answer the question."""
    model = _model()
    z = model["intercept"] + sum(model["weights"][name] * float(value) for name, value in zip(SIGNALS, found, strict=True))
    return float(1 / (1 + np.exp(-z)))


def verdict(probability: float, found: NDArray[np.float32]) -> AbstainReason | None:
    """Why not to answer, None when the answer may be given."""
    if not found.any():
        return "no_hits"
    if probability >= _model()["threshold"]:
        return None
    return "near_miss" if found[SIGNALS.index("best_passage_terms")] >= 0.5 else "thin_evidence"
