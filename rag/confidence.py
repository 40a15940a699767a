"""How far the evidence carries: the probability that the answer is in the documents, and whether to give it.

Boosted trees over the features of the best candidates, fitted on questions with an answer and on near misses; how they were
fitted, and the threshold, stand in confidence.json.
"""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.features import FEATURES
from rag.retrieval import RANKING
from rag.trees import Trees
from rag.types import AbstainReason

TREES, RECORD = "confidence.npz", "confidence.json"
SHARED_TERMS, ALIKE_TERMS, SHARED_GRAMS = 0.2, 0.35, 0.1
"""What is about something else: less than these shares of the question's words and of their like in each of the best candidates, or
no word at all and less than this share of its n-grams."""
HARDLY = 0.1
"""The most that is said of an answer to a question about something else; below the fitted threshold, so it is withheld."""
NEAR = 0.5
"""From this share of the question's terms on the best passage is near to the question, though it may not answer it."""
FIRST = 5
"""An answer shows about so many candidates."""
OVERLAPPING = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "own_pairs", "longest_run", "best_term", "only_here",
    "title_terms", "neighbour_terms", "own_soft", "wide_soft", "own_focus", "wide_focus", "own_cosine", "context_cosine", "passage_gap", "numbers",
    "fits", "fits_hard", "fits_counter", "neighbour_fits", "in_range", "defines", "heading_terms", "key_asked",
)  # fmt: skip
"""More of any of these never speaks against an answer."""
MISSING = ("wide_missing", "missing_known", "missing_new", "passage_missing")
"""More of any of these never speaks for one."""
_JOINT = ("wide_soft", "own_soft", "wide_terms", "wide_focus")
_SIGNS = {
    **{f"best_{n}": 1 for n in OVERLAPPING}, **{f"best_{n}": -1 for n in MISSING},
    **{f"top_{n}": 1 for n in OVERLAPPING}, "least_missing": -1,
    **{f"fitting_{n}": 1 for n in _JOINT}, "any_fits": 1, "behind": -1,
    "score": 1, "lead": 1, "lead_first": 1, "share": 1, "known": 1,
    **{f"first_{n}": 0 for n in FEATURES}, **{f"second_{n}": 0 for n in FEATURES},
}  # fmt: skip
SIGNALS = tuple(_SIGNS)
"""The names of the signals: features of the best candidate; the highest of the first five and the least that any of them misses;
the same of those of the five that have the kind of thing asked for, and how far they are behind; the best score, its lead over the
second and the sixth and its share by softmax; the share of the question's terms, by rarity, that the index knows; and all features
of the first two candidates, among which the trees find what belongs together."""
SIGNS = tuple(_SIGNS.values())
"""For each signal whether more of it may only speak for an answer (1), only against it (-1), or either (0)."""
_AT = {name: i for i, name in enumerate(FEATURES)}


@cache
def _model() -> tuple[Trees, dict[str, float]]:
    record = json.loads((RANKING / RECORD).read_text(encoding="utf-8"))
    return Trees.load(RANKING / TREES), {name: float(record[name]) for name in ("threshold", "slope", "shift")}


def signals(ranked: NDArray[np.float32], scores: NDArray[np.float32], known: float) -> NDArray[np.float32]:
    """The signals of a ranking, shape (len(SIGNALS),), from the features of the candidates and their scores, both best first.

    `known` is the share of the question's terms, by rarity, that stand anywhere in the index.
    """
    if not len(ranked):
        return np.zeros(len(SIGNALS), np.float32)
    best, first = ranked[0], ranked[:FIRST]
    top = first.max(axis=0)
    fits = np.all([first[:, _AT[n]] >= 0 for n in ("fits", "fits_hard", "fits_counter")], axis=0)
    fitting = first[fits].max(axis=0) if fits.any() else np.zeros(len(FEATURES))
    behind = scores[0] - (scores[:FIRST][fits].max() if fits.any() else scores[-1])
    weight = np.exp(scores - scores[0])
    return np.array(
        [
            *(best[_AT[n]] for n in (*OVERLAPPING, *MISSING)),
            *(top[_AT[n]] for n in OVERLAPPING),
            first[:, _AT["wide_missing"]].min(),
            *(fitting[_AT[n]] for n in _JOINT),
            float(fits.any()),
            behind,
            scores[0],
            scores[0] - scores[min(FIRST, len(scores) - 1)],
            scores[0] - scores[min(1, len(scores) - 1)],
            1 / weight.sum(),
            known,
            *best,
            *(ranked[1] if len(ranked) > 1 else np.zeros(len(FEATURES))),
        ],
        np.float32,
    )


def judge(found: NDArray[np.float32], threshold: float | None = None) -> tuple[float, AbstainReason | None]:
    """The probability, from 0 to 1, that the best candidates answer the question, and why not to answer (None: it may be given).

    An answer may be given when there is any candidate and the probability reaches the threshold (None: the fitted one). That the
    candidates have hardly a word of the question, nor one like it, keeps the probability down to HARDLY.
    """
    probability, reason = _doubt(found)
    reached = probability >= (_model()[1]["threshold"] if threshold is None else threshold)
    return probability, None if reached and found.any() else reason


def _doubt(found: NDArray[np.float32]) -> tuple[float, AbstainReason]:
    """The probability, and what is said where it does not suffice."""
    probability = confidence(found)
    seen = dict(zip(SIGNALS, found.tolist(), strict=True))
    wordless = not seen["top_passage_terms"] and seen["top_own_grams"] < SHARED_GRAMS
    if wordless or (seen["top_wide_terms"] < SHARED_TERMS and seen["top_wide_soft"] < ALIKE_TERMS):
        return min(probability, HARDLY), "no_hits"
    return probability, "near_miss" if seen["best_passage_terms"] >= NEAR else "thin_evidence"


def confidence(found: NDArray[np.float32]) -> float:
    """The fitted probability that one of the best candidates answers."""
    trees, fitted = _model()
    z = fitted["slope"] * float(trees.predict(found[None, :])[0]) + fitted["shift"]
    return float(1 / (1 + np.exp(-z)))
