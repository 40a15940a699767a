"""How much of a question stands in each candidate: by equal terms and n-grams weighted by rarity, and by terms alike in meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Prepared
from rag.likeness import TermVectors
from rag.questions import Question
from rag.terms import folded_gram_ids
from rag.words import Asked, Words

OVERLAPS = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "own_pairs", "longest_run", "best_term", "only_here",
    "title_terms", "neighbour_terms", "own_soft", "wide_soft", "wide_missing", "own_focus", "wide_focus",
    "missing_known", "missing_new", "passage_missing", "heading_terms", "key_asked", "key_lead",
)  # fmt: skip
"""The names of the columns."""
_RUN = 12

Floats = NDArray[np.float64]
Truths = NDArray[np.bool_]


def overlaps(question: Question, asked: Asked, prepared: Sequence[Prepared], likeness: TermVectors) -> Floats:
    """How much of the question stands in each unit, in the unit with what belongs to it, and in the passage, for the n units of all
    prepared passages in order, shape (n, len(OVERLAPS)). Each passage has at least one unit."""
    of = np.repeat(np.arange(len(prepared)), [len(p.units) for p in prepared])
    own = [words for p in prepared for words in p.own]
    context = [words for p in prepared for words in p.context]
    mine, grams = _held(asked, own)
    near, near_grams = _held(asked, context)
    head, head_grams = _held(asked, [p.head for p in prepared])
    title, heading = _held(asked, [p.title for p in prepared])[0], _held(asked, [p.heading for p in prepared])[0]
    passage = np.array([[t in p.terms for t in asked.ids] for p in prepared], bool) | _any_of(mine, of, len(prepared)) | head
    wide = mine | near | head[of]
    repeated = np.array([[t in found for t in asked.ids] for p in prepared for found in p.repeated], bool)
    weights, gram_weights = _normal(asked.weights), _normal(asked.gram_weights)
    top = max(float(asked.weights.max(initial=0.0)), 1e-9)
    similar, similar_wide = _similar(asked, prepared, mine, wide, likeness)
    missing = asked.weights * (1 - similar_wide) / top
    focus = asked.spelt.index(question.focus) if question.focus in asked.spelt else None
    half = np.full(len(mine), 0.5)
    keys = _keys(asked, prepared)
    pairs = asked.words.pairs
    columns = [
        mine @ weights,
        (mine | near) @ weights,
        wide @ weights,
        (passage @ weights)[of],
        grams @ gram_weights,
        (grams | near_grams | head_grams[of]) @ gram_weights,
        np.array([len(pairs & found.pairs) / max(1, len(pairs)) for found in own]),
        _longest_runs(asked.words.folded, own),
        (mine * asked.weights).max(axis=1, initial=0.0) / top,
        (mine & ~repeated) @ weights,
        (title @ weights)[of],
        _beside(mine, of) @ weights,
        similar @ weights,
        similar_wide @ weights,
        missing.max(axis=1, initial=0.0),
        half if focus is None else similar[:, focus],
        half if focus is None else similar_wide[:, focus],
        (missing * (asked.nouns & ~asked.unknown)).max(axis=1, initial=0.0),
        (missing * (asked.nouns & asked.unknown)).max(axis=1, initial=0.0),
        (asked.weights * ~passage / top).max(axis=1, initial=0.0)[of],
        (heading @ weights)[of],
        keys,
        keys - np.array([keys[of == n].max() for n in range(len(prepared))])[of],
    ]
    return np.stack(columns, axis=1)


def _held(asked: Asked, found: Sequence[Words]) -> tuple[Truths, Truths]:
    """Which of the question's terms, shape (n, T), and grams, shape (n, G), are in each of the texts, as they are or in official words."""
    terms = np.array([[t in words.terms for t in asked.ids] for words in found], bool)
    grams = np.array([[g in words.grams for g in asked.gram_ids] for words in found], bool)
    for meant in asked.meant:
        said = [any(official <= words.terms for official in meant.official) for words in found]
        if any(said):
            terms |= np.outer(said, [t in meant.terms for t in asked.ids])
            grams |= np.outer(said, [g in meant.grams for g in asked.gram_ids])
    return terms, grams


def _any_of(mine: Truths, of: NDArray[np.intp], passages: int) -> Truths:
    out = np.zeros((passages, mine.shape[1]), bool)
    np.logical_or.at(out, of, mine)
    return out


def _beside(mine: Truths, of: NDArray[np.intp]) -> Truths:
    """What is in the units before and after each in its passage."""
    out = np.zeros_like(mine)
    same = (of[1:] == of[:-1])[:, None]
    out[:-1] |= mine[1:] & same
    out[1:] |= mine[:-1] & same
    return out


def _similar(
    asked: Asked, prepared: Sequence[Prepared], mine: Truths, wide: Truths, likeness: TermVectors
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How alike the likest term of each unit, and of each with what belongs to it, is to each of the question's terms, shape (n, T);
    1 for terms that are there. A name in Latin letters is like nothing but itself."""
    named = np.array([any(c.isascii() and c.isalnum() for c in term) for term in asked.spelt], bool)
    vectors = likeness.of(asked.spelt) * ~named[:, None]
    nothing = np.zeros((len(asked.ids), 1), np.float32)
    alike = np.hstack([nothing, *(np.maximum(vectors @ p.vectors.T, 0) for p in prepared)])
    first = np.cumsum([1, *(len(p.vectors) for p in prepared)])
    own = _likest(alike, [rows + at for p, at in zip(prepared, first[:-1], strict=True) for rows in p.own_rows])
    near = _likest(alike, [rows + at for p, at in zip(prepared, first[:-1], strict=True) for rows in p.wide_rows])
    return np.where(mine, np.float32(1), own), np.where(wide, np.float32(1), near)


def _likest(alike: NDArray[np.float32], columns: Sequence[NDArray[np.intp]]) -> NDArray[np.float32]:
    """For each set of columns the highest of each row, shape (sets, rows); column 0 is in every set."""
    sets = [np.concatenate([[0], found]) for found in columns]
    starts = np.cumsum([0, *(len(found) for found in sets[:-1])])
    highest: NDArray[np.float32] = np.maximum.reduceat(alike[:, np.concatenate(sets)], starts, axis=1).T
    return highest


def _keys(asked: Asked, prepared: Iterable[Prepared]) -> Floats:
    """The share of what each unit speaks of that the question names; 0 where it does not say of what."""
    named = frozenset(asked.ids).union(*(words for meant in asked.meant for words in meant.official))
    return np.array([len(key.terms & named) / max(1, len(key.terms)) for p in prepared for key in p.keys])


def _normal(weights: Floats) -> Floats:
    return weights / max(float(weights.sum()), 1e-9)


def _longest_runs(folded: str, own: Sequence[Words]) -> Floats:
    """The length of the longest run of the question's 3-grams that all stand in each unit, at most 12, as a share of 12."""
    found = folded_gram_ids(folded).tolist()
    triples = found[len(found) // 2 :]
    there = np.array([[gram in words.grams for gram in triples] for words in own], bool)
    run = best = np.zeros(len(own))
    for column in there.T:
        run = (run + 1) * column
        best = np.maximum(best, run)
    return np.minimum(best, _RUN) / _RUN
