"""BM25 over the inverted lists of an index's segments: the scores of all passages for one query."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.postings import Ids, Postings

K1, B = 1.2, 0.6
"""How fast repetition saturates, and how far a passage's length counts; chosen on JaQuAD's training questions."""


class SparseLeg:
    """BM25 as Lucene has it (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020), with the statistics of all segments together,
    so that the scores do not hang on how the passages are divided into segments."""

    def __init__(self, segments: Sequence[Postings]) -> None:
        self._segments = tuple(segments)
        self._first = np.cumsum([0, *(len(s.lengths) for s in self._segments)])
        total = sum(int(s.lengths.sum()) for s in self._segments)
        mean = total / max(self.passages, 1) or 1.0
        self._norms = [(K1 * (1 - B + B * s.lengths.astype(np.float64) / mean)).astype(np.float32) for s in self._segments]

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return int(self._first[-1])

    def scores(self, query: Ids, others: Sequence[Sequence[Ids]] = (), weight: float = 1.0) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,); terms that the index does not know add nothing, repeated ones count again.

        Each of `others` is said in several ways, of which the best adds its BM25 times `weight`.
        """
        bags = [np.unique(bag, return_counts=True) for bag in (query, *(bag for ways in others for bag in ways))]
        ends = np.cumsum([1, *map(len, others)]).tolist()
        starts = np.cumsum([0, *(len(terms) for terms, _ in bags)])
        terms, places = np.unique(np.concatenate([terms for terms, _ in bags]), return_inverse=True)
        found = [segment.find(terms) for segment in self._segments]
        frequency = sum((f.sizes for f in found), np.zeros(len(terms), np.int64))  # a common term has no list in any segment
        weights = (self._rarity(frequency)[places] * np.concatenate([times for _, times in bags])).astype(np.float32)
        out = np.zeros(self.passages, np.float32)
        for (first, end), segment, norms, own in zip(pairwise(self._first), self._segments, self._norms, found, strict=True):
            lists = own.at(places)
            term, passage, count = segment.gather(lists)
            if not len(term):
                continue
            parts = weights.take(term) * count / (count + norms.take(passage))
            cuts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lists.sizes)])[starts].tolist()
            single = (np.diff(np.concatenate([np.zeros(1, np.int64), np.cumsum(lists.sizes > 0)])[starts]) == 1).tolist()
            size = int(end - first)
            total = np.zeros(size)
            if cuts[1]:
                total += np.bincount(passage[: cuts[1]], parts[: cuts[1]], size)
            for begin, stop in pairwise(ends):
                best: NDArray[Any] | None = None
                for way in range(begin, stop):
                    if cuts[way + 1] > cuts[way]:
                        held = slice(cuts[way], cuts[way + 1])
                        best = _better(best, passage[held], parts[held], size, single=single[way])
                if best is not None:
                    total += weight * best
            out[first:end] = total
        return out

    def document_frequency(self, query: Ids) -> NDArray[np.int64]:
        """In how many passages each of the terms stands, shape (len(query),)."""
        return sum((s.frequency(query) for s in self._segments), np.zeros(len(query), np.int64))

    def _rarity(self, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
        rarity: NDArray[np.float64] = np.log1p((self.passages - frequency + 0.5) / (frequency + 0.5))
        return rarity


def _better(
    best: NDArray[Any] | None, passages: NDArray[Any], scores: NDArray[np.float32], size: int, *, single: bool
) -> NDArray[Any]:
    """The higher of the best scores so far and those of one more way of saying it; `single` where no passage comes twice."""
    if not single:
        summed: NDArray[Any] = np.bincount(passages, scores, size)
        return summed if best is None else np.maximum(best, summed, out=best)
    if best is None:
        best = np.zeros(size)
    best[passages] = np.maximum(best[passages], scores)
    return best
