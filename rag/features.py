"""The features by which candidates are ranked.

No feature knows a document: all are overlaps weighted by rarity, similarities, places, and whether a kind of answer is there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Candidate
from rag.encoder import Encoder
from rag.questions import KINDS, Question
from rag.retrieval import Ranking, query_vector
from rag.snapshot import Snapshot
from rag.terms import folded_gram_ids
from rag.types import Passage, Unit
from rag.words import Asked, Words, words

_FEATURES = (
    "own_terms", "context_terms", "wide_terms", "passage_terms", "own_grams", "context_grams", "own_pairs", "longest_run", "best_term",
    "only_here", "own_cosine", "context_cosine", "cosine_rank", "passage_score", "passage_rank", "passage_gap", "fits", "fits_hard", "neighbour_fits",
    "neighbour_terms", "numbers", "new_terms", "new_digits", "new_people", "new_places", "new_names", "defines", "asks", "length",
    "position", "item", "row", "note", "precision", "title_terms", "wants_list",
)  # fmt: skip
FEATURES = (*_FEATURES, *(f"kind_{kind.name}" for kind in KINDS))
"""The names of the features, in the order of the columns."""
_DEFINES = re.compile(r"とは|をいう|という。|と定義|の略|総称|を指す")


@dataclass(frozen=True, slots=True)
class _Place:
    """A candidate with the words of what surrounds it: its own, its context's, its path's and title's, its neighbours'."""

    own: Words
    context: Words
    head: Words
    title: Words
    neighbours: tuple[Words, ...]
    elsewhere: frozenset[int]
    passage: frozenset[int]


def features(
    question: Question, asked: Asked, ranking: Ranking, found: Sequence[Candidate], snapshot: Snapshot, encoder: Encoder
) -> NDArray[np.float32]:
    """The features of the candidates, shape (len(found), len(FEATURES)); `asked` are the question's words as weighed."""
    if not found:
        return np.zeros((0, len(FEATURES)), np.float32)
    passages = [hit.passage for hit in ranking.hits]
    around = [_context(c.unit, passages[c.passage], snapshot) for c in found]
    places = _places(asked, found, around, passages, snapshot)
    alone, within = _cosines(question, found, around, passages, encoder)
    order = np.argsort(np.argsort(-within))
    scores = [hit.score for hit in ranking.hits]
    constant = [float(question.wants_list), *(float(kind in question.kinds) for kind in KINDS)]
    rows = [
        [
            *_overlaps(asked, place),
            float(alone[i]), float(within[i]), 1 / (1 + float(order[i])),
            *_passage_score(scores, c.passage),
            *_answer(question, asked, place),
            *_form(c, place, asked, len(passages[c.passage].units)),
            *constant,
        ]
        for i, (c, place) in enumerate(zip(found, places, strict=True))
    ]  # fmt: skip
    return np.array(rows, np.float32)


def _overlaps(asked: Asked, place: _Place) -> list[float]:
    """own_terms to only_here."""
    own, context, head = place.own, place.context, place.head
    near = own.terms | context.terms
    matched = [w for t, w in asked.terms.items() if t in own.terms]
    top = max(asked.terms.values(), default=1.0)
    total = sum(asked.terms.values()) or 1.0
    pairs = asked.words.pairs
    return [
        asked.term_share(own.terms),
        asked.term_share(near),
        asked.term_share(near | head.terms),
        asked.term_share(place.passage | head.terms),
        asked.gram_share(own.grams),
        asked.gram_share(own.grams | context.grams | head.grams),
        len(pairs & own.pairs) / len(pairs) if pairs else 0.0,
        _longest_run(asked.words.folded, own.grams) / 12,
        max(matched, default=0.0) / top,
        sum(w for t, w in asked.terms.items() if t in own.terms and t not in place.elsewhere) / total,
    ]


def _longest_run(folded: str, grams: frozenset[int]) -> int:
    """The length of the longest run of the question's 3-grams that all stand in the candidate, at most 12."""
    found = folded_gram_ids(folded).tolist()
    run = best = 0
    for gram in found[len(found) // 2 :]:
        run = run + 1 if gram in grams else 0
        best = max(best, run)
    return min(best, 12)


def _passage_score(scores: Sequence[float], passage: int) -> list[float]:
    """passage_score to passage_gap."""
    best = max(scores) or 1.0
    runner_up = scores[1] if len(scores) > 1 else 0.0
    return [scores[passage] / best, 1 / (1 + passage), (scores[passage] - runner_up) / best if passage == 0 else 0.0]


def _answer(question: Question, asked: Asked, place: _Place) -> list[float]:
    """fits to new_names: whether the kind of thing asked for is there, and is not just the question said again."""
    own = place.own
    wide = own.terms | place.context.terms | place.head.terms
    known = frozenset(asked.terms)
    return [
        question.fits(own.folded),
        question.fits_hard(own.folded),
        max((question.fits(n.folded) for n in place.neighbours), default=0.0),
        asked.term_share(frozenset().union(*(n.terms for n in place.neighbours))),
        len(asked.numbers & wide) / len(asked.numbers) if asked.numbers else 0.5,
        len(own.terms - known) / (1 + len(own.terms)),
        min(3.0, len(own.digits - asked.words.digits)),
        *(min(3.0, len(names - known)) for names in own.names),
        float(any(k.name == "definition" for k in question.kinds) and bool(_DEFINES.search(own.folded))),
        float(own.folded.endswith(("?", "か。"))),
    ]


def _form(candidate: Candidate, place: _Place, asked: Asked, units: int) -> list[float]:
    """length to title_terms."""
    kind = candidate.unit.kind
    return [
        float(np.log1p(len(candidate.text))) / 6,
        candidate.position / units,
        *(float(kind == k) for k in ("item", "row", "note")),
        len(place.own.terms & frozenset(asked.terms)) / (1 + len(place.own.terms)),
        asked.term_share(place.title.terms),
    ]


def _places(
    asked: Asked, found: Sequence[Candidate], around: Sequence[str], passages: Sequence[Passage], snapshot: Snapshot
) -> list[_Place]:
    titles = [snapshot.row(p.doc_id, p.version).title for p in passages]
    heads = [asked.said(words(" ".join((title, *p.path)))) for title, p in zip(titles, passages, strict=True)]
    own = [asked.said(words(c.text)) for c in found]
    at = {(c.passage, c.position): i for i, c in enumerate(found)}
    members: dict[int, list[int]] = {}
    for i, c in enumerate(found):
        members.setdefault(c.passage, []).append(i)
    counts: dict[int, dict[int, int]] = {}
    for passage, inside in members.items():
        held = counts.setdefault(passage, {})
        for i in inside:
            for term in own[i].terms:
                held[term] = held.get(term, 0) + 1
    return [
        _Place(
            own[i],
            asked.said(words(around[i])),
            heads[c.passage],
            asked.said(words(titles[c.passage])),
            tuple(own[at[n]] for n in ((c.passage, c.position - 1), (c.passage, c.position + 1)) if n in at),
            frozenset(t for t in own[i].terms if counts[c.passage][t] > 1),
            frozenset(counts[c.passage]),
        )
        for i, c in enumerate(found)
    ]


def _context(unit: Unit, passage: Passage, snapshot: Snapshot) -> str:
    text = snapshot.document(passage.doc_id, passage.version).text if unit.context else ""
    return " ".join(span.of(text) for span in unit.context)


def _cosines(
    question: Question, found: Sequence[Candidate], around: Sequence[str], passages: Sequence[Passage], encoder: Encoder
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The question's similarity to each unit alone, and to the unit after its section's name and context."""
    alone = [c.text for c in found]
    within = [" ".join((*passages[c.passage].path[-2:], near, c.text)) for c, near in zip(found, around, strict=True)]
    vectors = encoder.encode_passages(alone + within)
    similar = vectors @ query_vector(question, encoder)
    return similar[: len(alone)], similar[len(alone) :]
