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
from rag.questions import KINDS, Question
from rag.ranges import fitting, quantities
from rag.retrieval import Ranking
from rag.terms import folded_gram_ids
from rag.words import Asked, Words

_OVERLAPS = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "own_pairs", "longest_run", "best_term", "only_here",
    "title_terms", "neighbour_terms", "own_soft", "wide_soft", "wide_missing", "own_focus", "wide_focus",
    "missing_known", "missing_new", "passage_missing", "heading_terms", "key_asked", "key_lead",
)  # fmt: skip
_PLACES = (
    "own_cosine", "context_cosine", "cosine_rank", "passage_score", "passage_rank", "passage_gap", "length", "position", "front", "item", "row", "note",
)  # fmt: skip
_ANSWERS = (
    "fits", "fits_hard", "fits_counter", "neighbour_fits", "in_range", "numbers", "new_terms", "new_digits", "new_people", "new_places", "new_names",
    "defines", "asks", "precision",
)  # fmt: skip
FEATURES = (
    *_OVERLAPS, *_PLACES, *_ANSWERS, "wants_list", "terms", "unknown", *(f"kind_{kind.name}" for kind in KINDS), "kind_counter",
)  # fmt: skip
"""The names of the features, in the order of the columns."""
_DEFINES = re.compile(r"とは|をいう|という。|と定義|の略|総称|を指す|者とする|ものとする|のことで|を意味|であるもの")
_UNIT_KINDS = ("item", "row", "note")
_RUN = 12

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


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
    citable = [(n, p, [asked.said(found) for found in p.own]) for n, p in enumerate(prepared) if p.units]
    if not citable:
        return np.zeros((0, len(FEATURES)), np.float32)
    overlaps = np.concatenate([_overlaps(question, asked, p, own, likeness) for _, p, own in citable])
    places = np.concatenate([_places(ranking, n, p, vector) for n, p, _ in citable])
    answers = np.concatenate([_answers(question, asked, p, own) for _, p, own in citable])
    within = places[:, _PLACES.index("context_cosine")]
    places[:, _PLACES.index("cosine_rank")] = 1 / (1 + np.argsort(np.argsort(-within)))
    unknown = float((asked.weights * asked.unknown).max(initial=0.0)) / max(float(asked.weights.max(initial=0.0)), 1e-9)
    constant = [
        float(question.wants_list), len(asked.ids) / 10, unknown,
        *(float(kind in question.kinds) for kind in KINDS), float(question.counter is not None),
    ]  # fmt: skip
    return np.hstack([overlaps, places, answers, np.tile(constant, (len(overlaps), 1))]).astype(np.float32)


def _overlaps(question: Question, asked: Asked, prepared: Prepared, own: Sequence[Words], likeness: TermVectors) -> Floats:
    """How much of the question stands in each unit, in the unit with what belongs to it, and in the passage."""
    head, title = asked.said(prepared.head), asked.said(prepared.title)
    context = [asked.said(found) for found in prepared.context]
    mine, near = _terms_in(asked, own), _terms_in(asked, context)
    heading, passage = _terms_in(asked, [head]), np.array([[t in prepared.terms for t in asked.ids]], bool)
    passage = passage | mine.any(axis=0)
    wide = mine | near | heading
    repeated = np.array([[t in found for t in asked.ids] for found in prepared.repeated], bool)
    grams = _grams_in(asked, own)
    beside = np.zeros_like(mine)
    beside[:-1] |= mine[1:]
    beside[1:] |= mine[:-1]
    weights, gram_weights = _normal(asked.weights), _normal(asked.gram_weights)
    top = max(float(asked.weights.max(initial=0.0)), 1e-9)
    similar_own, similar_wide = _similar(asked, prepared, mine, wide, likeness)
    missing = asked.weights * (1 - similar_wide) / top
    known, new = asked.nouns & ~asked.unknown, asked.nouns & asked.unknown
    absent = asked.weights * ~(passage | heading) / top
    focus = asked.spelt.index(question.focus) if question.focus in asked.spelt else None
    keys = np.array([_asked_share(asked, key) for key in prepared.keys])
    pairs = asked.words.pairs
    columns = [
        mine @ weights,
        (mine | near) @ weights,
        wide @ weights,
        (passage | heading) @ weights * np.ones(len(mine)),
        grams @ gram_weights,
        (grams | _grams_in(asked, context) | _grams_in(asked, [head])) @ gram_weights,
        np.array([len(pairs & found.pairs) / max(1, len(pairs)) for found in own]),
        _longest_runs(asked.words.folded, own),
        (mine * asked.weights).max(axis=1, initial=0.0) / top,
        (mine & ~repeated) @ weights,
        _terms_in(asked, [title]) @ weights * np.ones(len(mine)),
        beside @ weights,
        similar_own @ weights,
        similar_wide @ weights,
        missing.max(axis=1, initial=0.0),
        similar_own[:, focus] if focus is not None else np.full(len(mine), 0.5),
        similar_wide[:, focus] if focus is not None else np.full(len(mine), 0.5),
        (missing * known).max(axis=1, initial=0.0),
        (missing * new).max(axis=1, initial=0.0),
        absent.max(initial=0.0) * np.ones(len(mine)),
        _terms_in(asked, [asked.said(prepared.heading)]) @ weights * np.ones(len(mine)),
        keys,
        keys - keys.max(),
    ]
    return np.stack(columns, axis=1)


def _similar(
    asked: Asked, prepared: Prepared, mine: Truths, wide: Truths, likeness: TermVectors
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How alike the likest term of each unit, and of each with what belongs to it, is to each of the question's terms, shape (n, T);
    1 for terms that are there."""
    all_ = np.maximum(likeness.of(asked.spelt) @ prepared.vectors.T, 0)
    own = np.array([all_[:, rows].max(axis=1, initial=0.0) for rows in prepared.own_rows], np.float32)
    near = np.array([all_[:, rows].max(axis=1, initial=0.0) for rows in prepared.wide_rows], np.float32)
    named = np.array([any(c.isascii() and c.isalnum() for c in term) for term in asked.spelt], bool)  # GENIAC is like nothing but itself
    own, near = own * ~named, near * ~named
    return np.where(mine, np.float32(1), own), np.where(wide, np.float32(1), near)


def _asked_share(asked: Asked, key: Words) -> float:
    """The share of what a unit speaks of that the question names; 0 where it does not say of what."""
    if not key.terms:
        return 0.0
    named = frozenset(asked.ids).union(*(words for meant in asked.meant for words in meant.official))
    return len(key.terms & named) / len(key.terms)


def _terms_in(asked: Asked, found: Sequence[Words]) -> Truths:
    return np.array([[t in words.terms for t in asked.ids] for words in found], bool)


def _grams_in(asked: Asked, found: Sequence[Words]) -> Truths:
    return np.array([[g in words.grams for g in asked.gram_ids] for words in found], bool)


def _normal(weights: Floats) -> Floats:
    return weights / max(float(weights.sum()), 1e-9)


def _longest_runs(folded: str, own: Sequence[Words]) -> Floats:
    """The length of the longest run of the question's 3-grams that all stand in each unit, at most 12, as a share of 12."""
    found = folded_gram_ids(folded).tolist()
    triples = found[len(found) // 2 :]
    run = best = np.zeros(len(own))
    for gram in triples:
        run = (run + 1) * np.array([gram in words.grams for words in own])
        best = np.maximum(best, run)
    return np.minimum(best, _RUN) / _RUN


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


def _answers(question: Question, asked: Asked, prepared: Prepared, own: Sequence[Words]) -> Floats:
    """Whether the kind of thing asked for is in each unit, and is not just the question said again."""
    fits = [question.fits(found.folded) for found in own]
    known = frozenset(asked.ids)
    within = fitting(quantities(asked.words.folded), prepared.ranges)
    definition = any(kind.name == "definition" for kind in question.kinds)
    rows = [
        [
            fits[i],
            question.fits_hard(found.folded),
            question.fits_counter(found.folded),
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
        for i, (found, near) in enumerate(zip(own, prepared.context, strict=True))
    ]
    return np.array(rows, np.float64)
