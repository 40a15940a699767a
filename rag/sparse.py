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
        bags = [query, *(bag for ways in others for bag in ways)]
        ends = np.cumsum([1, *map(len, others)])
        unique = [np.unique(bag, return_counts=True) for bag in bags]
        terms = np.concatenate([found for found, _ in unique])
        out = np.zeros(self.passages, np.float32)
        if not len(terms):
            return out
        starts = np.cumsum([0, *(len(found) for found, _ in unique)])
        found = [segment.find(terms) for segment in self._segments]
        rarity = self._rarity(self.document_frequency(terms)) * np.concatenate([times for _, times in unique])
        for (first, end), segment, norms, own in zip(pairwise(self._first), self._segments, self._norms, found, strict=True):
            if not len(own.terms):
                continue
            term, passage, count = segment.gather(own)
            parts = rarity[term] * count / (count + norms[passage])
            cuts = np.searchsorted(term, starts)
            each: list[NDArray[Any] | None] = [
                np.bincount(passage[a:b], parts[a:b], end - first) if b > a else None for a, b in pairwise(cuts)
            ]
            total: NDArray[Any] = _best(each[:1], int(end - first))
            for a, b in pairwise(ends):
                if any(way is not None for way in each[a:b]):
                    total = total + weight * _best(each[a:b], int(end - first))
            out[first:end] = total
        return out

    def document_frequency(self, query: Ids) -> NDArray[np.int64]:
        """In how many passages each of the terms stands, shape (len(query),)."""
        return sum((s.frequency(query) for s in self._segments), np.zeros(len(query), np.int64))

    def _rarity(self, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
        rarity: NDArray[np.float64] = np.log1p((self.passages - frequency + 0.5) / (frequency + 0.5))
        return rarity


def _best(ways: Sequence[NDArray[Any] | None], size: int) -> NDArray[Any]:
    """The highest score of each of `size` passages; None stands for zeros."""
    found = [way for way in ways if way is not None]
    best: NDArray[Any] = np.maximum.reduce(found) if found else np.zeros(size)
    return best
