"""The features by which candidates are ranked.

No feature knows a document: all are overlaps weighted by rarity, similarities, places, and whether a kind of answer is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Prepared
from rag.likeness import TermVectors
from rag.overlap import OVERLAPS, overlaps
from rag.questions import KINDS, Question
from rag.ranges import fitting, quantities
from rag.retrieval import Ranking
from rag.types import Unit
from rag.words import Asked, Words

_PLACES = (
    "own_cosine", "context_cosine", "cosine_rank", "passage_score", "passage_rank", "passage_gap", "length", "position", "front", "item", "row", "note",
)  # fmt: skip
_ANSWERS = (
    "fits", "fits_hard", "fits_counter", "neighbour_fits", "in_range", "numbers", "new_terms", "new_digits", "new_people", "new_places", "new_names",
    "defines", "asks", "precision",
)  # fmt: skip
FEATURES = (
    *OVERLAPS, *_PLACES, *_ANSWERS, "wants_list", "terms", "unknown", *(f"kind_{kind.name}" for kind in KINDS), "kind_counter",
)  # fmt: skip
"""The names of the features, in the order of the columns."""
_DEFINES = re.compile(r"とは|をいう|という。|と定義|の略|総称|を指す|者とする|ものとする|のことで|を意味|であるもの")
_UNIT_KINDS = ("item", "row", "note")

Floats = NDArray[np.float64]


def features(
    question: Question,
    asked: Asked,
    ranking: Ranking,
    prepared: Sequence[Prepared],
    vector: NDArray[np.float32],
    likeness: TermVectors,
) -> NDArray[np.float32]:
    """The features of all units of the prepared passages, in order, shape (units, len(FEATURES)).

    `asked` are the question's words as weighed, `vector` is the question's, shape (dim,).
    """
    citable = [(n, p) for n, p in enumerate(prepared) if p.units]
    if not citable:
        return np.zeros((0, len(FEATURES)), np.float32)
    shared = overlaps(question, asked, [p for _, p in citable], likeness)
    places = np.concatenate([_places(ranking, n, p, vector) for n, p in citable])
    answers = [row for _, p in citable for row in _answers(question, asked, p)]
    within = places[:, _PLACES.index("context_cosine")]
    places[:, _PLACES.index("cosine_rank")] = 1 / (1 + np.argsort(np.argsort(-within)))
    unknown = float((asked.weights * asked.unknown).max(initial=0.0)) / max(float(asked.weights.max(initial=0.0)), 1e-9)
    constant = [
        float(question.wants_list), len(asked.ids) / 10, unknown,
        *(float(kind in question.kinds) for kind in KINDS), float(question.counter is not None),
    ]  # fmt: skip
    return np.hstack([shared, places, answers, np.tile(constant, (len(shared), 1))]).astype(np.float32)


def _places(ranking: Ranking, number: int, prepared: Prepared, vector: NDArray[np.float32]) -> Floats:
    """Where each unit stands and how near its vector is to the question's; the rank among all is left 0."""
    scores = [hit.score for hit in ranking.hits]
    best, runner_up = max(scores) or 1.0, scores[1] if len(scores) > 1 else 0.0
    gap = (scores[number] - runner_up) / best if number == 0 else 0.0
    one = np.ones(len(prepared.units))
    columns = [
        prepared.alone @ vector,
        prepared.within @ vector,
        0 * one,
        scores[number] / best * one,
        1 / (1 + number) * one,
        gap * one,
        np.log1p([len(text) for text in prepared.texts]) / 6,
        np.array(prepared.positions) / prepared.size,
        np.array(prepared.front),
        *(np.array([float(unit.kind == kind) for unit in prepared.units]) for kind in _UNIT_KINDS),
    ]
    return np.stack(columns, axis=1).astype(np.float64)


def _answers(question: Question, asked: Asked, prepared: Prepared) -> list[list[float]]:
    """Whether the kind of thing asked for is in each unit, and is not just the question said again."""
    fits = [_unless_number(question.fits(found.folded), u, found) for u, found in zip(prepared.units, prepared.own, strict=True)]
    known = frozenset(asked.ids)
    within = fitting(quantities(asked.words.folded), prepared.ranges)
    definition = any(kind.name == "definition" for kind in question.kinds)
    return [
        [
            fits[i],
            _unless_number(question.fits_hard(found.folded), unit, found),
            _unless_number(question.fits_counter(found.folded), unit, found),
            max(chain(fits[max(0, i - 1) : i], fits[i + 1 : i + 2]), default=0.0),
            within[i],
            len(asked.numbers & (found.terms | near.terms | prepared.head.terms)) / len(asked.numbers) if asked.numbers else 0.5,
            len(found.terms - known) / (1 + len(found.terms)),
            min(3.0, len(found.digits - asked.words.digits)),
            *(min(3.0, len(names - known)) for names in found.names),
            float(definition and bool(_DEFINES.search(found.folded))),
            float(found.folded.endswith(("?", "か。"))),
            len(found.terms & known) / (1 + len(found.terms)),
        ]
        for i, (unit, found, near) in enumerate(zip(prepared.units, prepared.own, prepared.context, strict=True))
    ]


def _unless_number(fits: float, unit: Unit, found: Words) -> float:
    """Whether what is asked for is there; nobody can say of a row with numbers, for their unit may stand in its header."""
    return 0.0 if fits < 0 and unit.kind == "row" and found.digits else fits
