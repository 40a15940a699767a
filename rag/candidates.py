"""Candidate sentences, items and rows of the best passages, and the features by which they are ranked.

No feature knows a document: all are overlaps weighted by rarity, similarities, and whether a kind of answer is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder
from rag.fold import fold
from rag.questions import Question
from rag.retrieval import Ranking
from rag.snapshot import Snapshot
from rag.terms import gram_ids, term_ids, terms
from rag.types import Passage, Span, Unit

FEATURES = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "own_cosine", "context_cosine",
    "passage_score", "passage_rank", "fits", "neighbour_fits", "neighbour_terms", "numbers", "new_terms", "defines", "asks",
    "length", "item", "row", "note", "precision",
)  # fmt: skip
_DEFINES = re.compile(r"とは|をいう|という。|と定義|の略|総称|を指す")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that may answer. `passage` is the index of its passage among the hits, `position` its place there."""

    passage: int
    position: int
    unit: Unit
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a piece of text: its folded form, its term and gram hashes as sets."""

    folded: str
    terms: frozenset[int]
    grams: frozenset[int]


@lru_cache(maxsize=50_000)
def _words(text: str) -> _Words:
    return _Words(fold(text), frozenset(term_ids(terms(text)).tolist()), frozenset(gram_ids(text).tolist()))


@dataclass(frozen=True, slots=True)
class _Weighted:
    """The question's hashes with their weights by rarity."""

    terms: dict[int, float]
    grams: dict[int, float]
    numbers: frozenset[int]

    def term_share(self, found: frozenset[int]) -> float:
        return _share(self.terms, found)

    def gram_share(self, found: frozenset[int]) -> float:
        return _share(self.grams, found)


def _share(weights: dict[int, float], found: frozenset[int]) -> float:
    total = sum(weights.values())
    return sum(w for t, w in weights.items() if t in found) / total if total else 0.0


def weigh(question: Question, snapshot: Snapshot) -> _Weighted:
    """Robertson and Sparck Jones's weights of the question's terms and grams in the snapshot."""
    hashes, pairs = term_ids(question.terms), np.unique(gram_ids(question.text))
    term_idf = _rarity(snapshot.terms.document_frequency(hashes), snapshot.size)
    gram_idf = _rarity(snapshot.grams.document_frequency(pairs), snapshot.size)
    numbers = frozenset(h for h, t in zip(hashes.tolist(), question.terms, strict=True) if t in question.numbers)
    return _Weighted(
        dict(zip(hashes.tolist(), term_idf.tolist(), strict=True)),
        dict(zip(pairs.tolist(), gram_idf.tolist(), strict=True)),
        numbers,
    )


def _rarity(frequency: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    return np.log1p((passages - frequency + 0.5) / (frequency + 0.5))


def candidates(ranking: Ranking, snapshot: Snapshot) -> list[Candidate]:
    """All units of the hits that can be cited, in hit order and reading order."""
    return [
        Candidate(i, j, unit, unit.span.of(snapshot.document(hit.passage.doc_id, hit.passage.version).text))
        for i, hit in enumerate(ranking.hits)
        for j, unit in enumerate(hit.passage.units)
        if unit.kind != "heading" and len(unit.span) >= 2
    ]


def features(
    question: Question, ranking: Ranking, found: Sequence[Candidate], snapshot: Snapshot, encoder: Encoder
) -> NDArray[np.float32]:
    """The features of the candidates, shape (len(found), len(FEATURES))."""
    if not found:
        return np.zeros((0, len(FEATURES)), np.float32)
    weights = weigh(question, snapshot)
    passages = [hit.passage for hit in ranking.hits]
    titles = [snapshot.row(p.doc_id, p.version).title for p in passages]
    heads = [_words(" ".join((title, *p.path))) for title, p in zip(titles, passages, strict=True)]
    own = [_words(c.text) for c in found]
    around = [_context(c.unit, passages[c.passage], snapshot) for c in found]
    context = [_words(text) for text in around]
    whole = _union_by_passage(found, own)
    cosines = _cosines(question, found, around, passages, encoder)
    best = max(hit.score for hit in ranking.hits) or 1.0
    at = {(c.passage, c.position): i for i, c in enumerate(found)}
    out = np.zeros((len(found), len(FEATURES)), np.float32)
    question_terms = frozenset(weights.terms)
    for i, c in enumerate(found):
        mine, near, head = own[i], context[i], heads[c.passage]
        with_context = mine.terms | near.terms
        before, after = (at.get((c.passage, c.position + step)) for step in (-1, 1))
        neighbours = frozenset().union(*(own[n].terms for n in (before, after) if n is not None))
        out[i] = (
            weights.term_share(mine.terms),
            weights.term_share(with_context),
            weights.term_share(with_context | head.terms),
            weights.term_share(whole[c.passage] | head.terms),
            weights.gram_share(mine.grams),
            weights.gram_share(mine.grams | near.grams | head.grams),
            cosines[0][i],
            cosines[1][i],
            ranking.hits[c.passage].score / best,
            1 / (1 + c.passage),
            question.fits(mine.folded),
            max((question.fits(own[n].folded) for n in (before, after) if n is not None), default=0.0),
            weights.term_share(neighbours),
            len(weights.numbers & (with_context | head.terms)) / len(weights.numbers) if weights.numbers else 0.5,
            len(mine.terms - question_terms) / (1 + len(mine.terms)),
            float(any(k.name == "definition" for k in question.kinds) and bool(_DEFINES.search(mine.folded))),
            float(mine.folded.endswith(("?", "か。"))),
            np.log1p(len(c.text)) / 6,
            float(c.unit.kind == "item"),
            float(c.unit.kind == "row"),
            float(c.unit.kind == "note"),
            len(mine.terms & question_terms) / (1 + len(mine.terms)),
        )
    return out


def _context(unit: Unit, passage: Passage, snapshot: Snapshot) -> str:
    text = snapshot.document(passage.doc_id, passage.version).text if unit.context else ""
    return " ".join(span.of(text) for span in unit.context)


def _union_by_passage(found: Sequence[Candidate], own: Sequence[_Words]) -> dict[int, frozenset[int]]:
    union: dict[int, set[int]] = {}
    for candidate, words in zip(found, own, strict=True):
        union.setdefault(candidate.passage, set()).update(words.terms)
    return {passage: frozenset(hashes) for passage, hashes in union.items()}


def _cosines(
    question: Question, found: Sequence[Candidate], around: Sequence[str], passages: Sequence[Passage], encoder: Encoder
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The question's similarity to each unit alone, and to the unit after its section's name and context."""
    alone = [c.text for c in found]
    within = [" ".join((*passages[c.passage].path[-2:], near, c.text)) for c, near in zip(found, around, strict=True)]
    vectors = encoder.encode_passages(alone + within)
    similar = vectors @ encoder.encode_queries([question.text])[0]
    return similar[: len(alone)], similar[len(alone) :]


def span_of(candidate: Candidate) -> Span:
    """The words that a citation of the candidate quotes."""
    return candidate.unit.span
