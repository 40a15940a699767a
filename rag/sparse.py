"""BM25 over the inverted lists of an index's segments: the scores of all passages for one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from rag.postings import Found, Ids, Postings

K1, B = 1.2, 0.6
"""How fast repetition saturates, and how far a passage's length counts; chosen on JaQuAD's training questions."""


@dataclass(frozen=True, slots=True)
class Bag:
    """The terms of a text without repetition, ascending, and how often each stands in it."""

    terms: Ids
    times: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Ids) -> Bag:
        """The bag of these terms."""
        return cls(*np.unique(ids, return_counts=True))


class SparseLeg:
    """BM25 as Lucene has it (Kamphuis et al., "Which BM25 do you mean?", ECIR 2020), with the statistics of all segments together,
    so that the scores do not hang on how the passages are divided into segments."""

    def __init__(self, segments: Sequence[Postings], readable: NDArray[np.bool_] | None = None) -> None:
        """`readable`, shape (passages,), tells the passages that count for the statistics; None when all do."""
        self._segments = tuple(segments)
        self._first = np.cumsum([0, *(len(s.lengths) for s in self._segments)])
        self._readable = readable
        counted = [s.lengths if part is None else s.lengths[part] for s, part in zip(self._segments, self._parts(), strict=True)]
        self._counted = sum(map(len, counted))
        mean = sum(int(lengths.sum()) for lengths in counted) / max(self._counted, 1) or 1.0
        self._norms = [(K1 * (1 - B + B * s.lengths.astype(np.float64) / mean)).astype(np.float32) for s in self._segments]

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return int(self._first[-1])

    def scores(self, query: Bag, others: Sequence[Sequence[Bag]] = (), weight: float = 1.0) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,); terms that the index does not know add nothing, repeated ones count again.

        Each of `others` is said in several ways, of which the best adds its BM25 times `weight`.
        """
        bags = [query, *(way for ways in others for way in ways)]
        ends = np.cumsum([1, *map(len, others)]).tolist()
        row = np.repeat(np.arange(len(bags)), [len(bag.terms) for bag in bags])
        terms, places = np.unique(np.concatenate([bag.terms for bag in bags]), return_inverse=True)
        found = [segment.find(terms) for segment in self._segments]
        frequency = self._listed(found)  # a common term has no list in any segment
        weights = (self._rarity(frequency)[places] * np.concatenate([bag.times for bag in bags])).astype(np.float32)
        out = np.zeros(self.passages, np.float32)
        for (first, end), segment, norms, own in zip(pairwise(self._first), self._segments, self._norms, found, strict=True):
            here = own.at(places)
            _, passage, count = segment.gather(here)
            if not len(passage):
                continue
            parts = np.repeat(weights, here.sizes) * count / (count + norms.take(passage))
            size = int(end - first)
            if len(bags) > 1:
                passage += np.repeat(row * size, here.sizes)
            table = np.bincount(passage, parts, len(bags) * size).reshape(len(bags), size)
            for begin, stop in pairwise(ends):
                if stop > begin:
                    table[0] += weight * table[begin:stop].max(axis=0)
            out[first:end] = table[0]
        return out

    def document_frequency(self, query: Ids) -> NDArray[np.int64]:
        """In how many of the passages that count each of the terms stands, shape (len(query),); of a common one about so many."""
        every: NDArray[np.int64] = sum((s.frequency(query) for s in self._segments), np.zeros(len(query), np.int64))
        if self._readable is None:
            return every
        found = [segment.find(query) for segment in self._segments]
        common = sum((f.sizes for f in found), np.zeros(len(query), np.int64)) == 0
        return np.where(common, every * self._counted // max(self.passages, 1), self._listed(found))

    def _parts(self) -> list[NDArray[np.bool_] | None]:
        """Each segment's part of `readable`."""
        return [None if self._readable is None else self._readable[a:b] for a, b in pairwise(self._first.tolist())]

    def _listed(self, found: Sequence[Found]) -> NDArray[np.int64]:
        """How many of the passages that count are in the lists found, a number a term."""
        out = np.zeros(len(found[0].sizes) if found else 0, np.int64)
        for segment, own, part in zip(self._segments, found, self._parts(), strict=True):
            if part is None:
                out += own.sizes
            else:
                term, passage, _ = segment.gather(own)
                out += np.bincount(term[part.take(passage)], minlength=len(out))
        return out

    def _rarity(self, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
        rarity: NDArray[np.float64] = np.log1p((self._counted - frequency + 0.5) / (frequency + 0.5))
        return rarity
