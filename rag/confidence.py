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

SHARED_GRAMS = 0.1
"""Without a word in common, at least this share of the question's n-grams stands in what answers it."""
HARDLY = 0.1
"""The most that is said of an answer that lacks what it cannot do without."""
NEAR = 0.5
"""From this share of the question's terms on the best passage is near to the question, though it may not answer it."""
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


def judge(found: NDArray[np.float32]) -> tuple[float, AbstainReason | None]:
    """The probability, from 0 to 1, that the best candidates answer the question, and why not to answer (None: it may be given).

    Beside the fitted probability two things are asked of any answer: that it shares some word or piece of a word with the
    question, and that what no answer can do without (a telephone number, a number of people) is among the best candidates.
    """
    probability = confidence(found)
    seen = dict(zip(SIGNALS, found.tolist(), strict=True))
    if not seen["top_passage_terms"] and seen["top_own_grams"] < SHARED_GRAMS:
        return min(probability, HARDLY), "no_hits"
    if seen["top_fits_hard"] < 0:
        return min(probability, HARDLY), "near_miss"
    if probability >= _model()["threshold"]:
        return probability, None
    return probability, "near_miss" if seen["best_passage_terms"] >= NEAR else "thin_evidence"


def confidence(found: NDArray[np.float32]) -> float:
    """The fitted probability that one of the best candidates answers."""
    model = _model()
    z = model["intercept"] + sum(model["weights"][name] * float(value) for name, value in zip(SIGNALS, found, strict=True))
    return float(1 / (1 + np.exp(-z)))
