"""Retrieval: BM25 over terms, BM25 over character n-grams and vectors, fused by fitted weights over normalised scores."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder
from rag.errors import InputError
from rag.questions import Question
from rag.snapshot import Snapshot
from rag.sparse import Bag
from rag.terms import gram_ids, term_ids
from rag.terms import terms as derive
from rag.types import Hit

OFFICIAL = 0.5
"""The weight of official words that the glossary adds, beside the question's own."""
POOL = 300
"""How many of each leg's best passages are fused."""
ASIDE = 50_000
"""From how many passages on FAISS searches in a thread beside the rest; of fewer it is done before the thread wakes."""
SAMPLE = 4_000
"""How many passages' scores tell about where the best ones begin."""
RANKING = Path(__file__).parent / "models" / "ranking"
"""The folder of the small fitted models, with how they were fitted."""
LEGS = ("terms", "grams", "vector")


@cache
def fusion_weights() -> dict[str, float]:
    """The weight of each leg, as fitted; how is told in the file itself."""
    loaded: dict[str, Any] = json.loads((RANKING / "fusion.json").read_text(encoding="utf-8"))
    return {leg: float(loaded["weights"][leg]) for leg in LEGS}


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best passages for a question, best first: index numbers, fused scores and the hits themselves."""

    numbers: tuple[int, ...]
    hits: tuple[Hit, ...]

    def joined(self, other: Ranking) -> Ranking:
        """With the other's passages that are not here yet after these, none with a higher score than the last of these."""
        last = self.hits[-1].score if self.hits else 1.0
        new = [
            (n, replace(h, score=min(h.score, last)))
            for n, h in zip(other.numbers, other.hits, strict=True)
            if n not in self.numbers
        ]
        return Ranking((*self.numbers, *(n for n, _ in new)), (*self.hits, *(h for _, h in new)))


class Retriever:
    """Searches one snapshot, `without` some of the LEGS. Holds no state of a question; threads may share it.

    Raises InputError where no leg is left.
    """

    def __init__(self, snapshot: Snapshot, encoder: Encoder, without: Set[str] = frozenset()) -> None:
        self.snapshot = snapshot
        self.encoder = encoder
        self._weights = {leg: weight for leg, weight in fusion_weights().items() if leg not in without}
        if not self._weights:
            raise InputError(
                f"環境変数TENKYO_WITHOUTで検索の部分（{'、'.join(LEGS)}）がすべて外されているので、一つは残してください。"
            )
        self._allowed: dict[date, NDArray[np.bool_] | None] = {}

    def search(self, question: Question, k: int, on: date) -> Ranking:
        """The k best passages of the documents in force on the day."""
        numbers, scores = self.fuse(self.pool(question, on))
        best = np.lexsort((numbers, -scores))[:k]
        chosen = [int(numbers[i]) for i in best]
        passages = self.snapshot.at(chosen)
        return Ranking(tuple(chosen), tuple(Hit(p, float(scores[i])) for p, i in zip(passages, best, strict=True)))

    def _sparse(self, question: Question) -> dict[str, NDArray[np.float32]]:
        """BM25 of every passage by terms and by grams; of the official words for an everyday one the best counts, by OFFICIAL."""
        ways = [[_bags(word) for word in rewrite.official] for rewrite in question.rewrites]
        terms, grams = ([[pair[leg] for pair in words] for words in ways] for leg in (0, 1))
        return {
            "terms": self.snapshot.terms.scores(Bag.of(term_ids(question.terms)), terms, OFFICIAL),
            "grams": self.snapshot.grams.scores(Bag.of(gram_ids(question.text)), grams, OFFICIAL),
        }

    def legs(self, question: Question, on: date) -> dict[str, NDArray[np.float32]]:
        """Each leg's score of every passage, shape (passages,); what is not in force on the day has -inf."""
        cosines = self.snapshot.vectors.cosines(
            query_vector(question, self.encoder), np.arange(len(self.snapshot.passage_document))
        )
        found = self._sparse(question) | {"vector": cosines}
        allowed = self.allowed(on)
        return found if allowed is None else {leg: np.where(allowed, s, -np.inf).astype(np.float32) for leg, s in found.items()}

    def pool(self, question: Question, on: date) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
        """The union of the legs' best allowed passages with each leg's score of them."""
        allowed = self.allowed(on)
        vector = query_vector(question, self.encoder)
        nearest = partial(self.snapshot.vectors.near, vector, POOL, allowed)
        coming = _aside().submit(nearest) if self.snapshot.size > ASIDE else None
        sparse = self._sparse(question)
        if allowed is not None:
            for scores in sparse.values():
                scores *= allowed
        near = coming.result() if coming else nearest()
        best = {leg: _best(scores, POOL) for leg, scores in sparse.items()}
        seen = _union([near, *best.values()])
        cosines = self.snapshot.vectors.cosines(vector, seen)
        best["vector"] = seen[np.lexsort((seen, -cosines))[:POOL]]
        pool = _union([best[leg] for leg in self._weights])
        legs = {leg: scores[pool].astype(np.float32) for leg, scores in sparse.items()}
        return pool, legs | {"vector": cosines[np.searchsorted(seen, pool)]}

    def allowed(self, on: date) -> NDArray[np.bool_] | None:
        """Which passages belong to a version in force on the day, shape (passages,); None when all do."""
        if on in self._allowed:
            return self._allowed[on]
        current = [row.number for row in self.snapshot.in_force(on)]
        mask = np.isin(self.snapshot.passage_document, current)
        allowed = None if mask.all() else mask
        self._allowed = {**(self._allowed if len(self._allowed) < 64 else {}), on: allowed}
        return allowed

    def fuse(
        self, pooled: tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The pool with its fused scores: each leg divided by its best, then summed by weight."""
        numbers, legs = pooled
        total = np.zeros(len(numbers), np.float32)
        for leg, weight in self._weights.items():
            top = float(legs[leg].max(initial=0.0))
            if top > 0:
                total += weight * np.maximum(legs[leg], 0) / top
        return numbers, total / sum(self._weights.values())


def query_vector(question: Question, encoder: Encoder) -> NDArray[np.float32]:
    """The unit vector of the question, shape (dimension,); with everyday words in it, halfway to its official wording."""
    if not question.rewrites:
        return np.asarray(encoder.encode_queries([question.text])[0], np.float32)
    both: NDArray[np.float32] = encoder.encode_queries([question.text, question.rewritten]).sum(axis=0)
    return np.asarray(both / max(float(np.linalg.norm(both)), 1e-9), np.float32)


@cache
def _aside() -> ThreadPoolExecutor:
    """The thread in which FAISS searches beside the rest, one for all."""
    return ThreadPoolExecutor(1, "vectors")


@lru_cache(maxsize=10_000)
def _bags(word: str) -> tuple[Bag, Bag]:
    """The terms and the grams of an official word."""
    return Bag.of(term_ids(derive(word))), Bag.of(gram_ids(word))


def _union(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The numbers in any of the parts, ascending; of so few that sorting them takes less time than `np.unique`."""
    found = np.sort(np.concatenate(parts))
    return found[np.diff(found, prepend=-1) > 0]


def _best(scores: NDArray[np.floating[Any]], k: int) -> NDArray[np.int64]:
    """The numbers of the k highest positive scores, in no order."""
    sample = scores[:: max(1, len(scores) // SAMPLE)]
    share = min(len(sample) - 1, 2 * k * len(sample) // max(len(scores), 1) + 10) if len(sample) else 0
    bound = np.partition(sample, len(sample) - 1 - share)[len(sample) - 1 - share] if len(sample) else 0.0
    likely = np.flatnonzero(scores >= bound) if bound > 0 else np.flatnonzero(scores > 0)
    if len(likely) < k and bound > 0:
        likely = np.flatnonzero(scores > 0)
    return likely[np.argpartition(-scores[likely], k)[:k]] if len(likely) > k else likely
