"""BM25 over the inverted lists of an index's segments: the scores of all passages for one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from rag.postings import Found, Ids, Postings

K1, B = 1.2, 0.6
"""How fast repetition saturates, and how far a passage's length counts; chosen on JaQuAD's training questions."""
COMMON = 1 / 10
KEPT, KEPT_OF_A_VIEW = 2**27, 2**24
"""From this share of the passages on a term is common; the bytes that go into what the last common terms add to each
passage, of the whole index and of each of its views."""
# faiss rewrites these signatures in Python when it is imported.
_add: Any = faiss.fvec_madd  # type: ignore[attr-defined]
_pointer: Any = faiss.swig_ptr


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
    so that the scores do not hang on how the passages are divided into segments.

    Most postings belong to the few terms that stand in more than COMMON of the passages. What such a term adds to each passage is kept,
    for as many of them as KEPT bytes hold; only the lists of the others are gone through for a query.
    """

    def __init__(self, segments: Sequence[Postings], readable: NDArray[np.bool_] | None = None) -> None:
        """`readable`, shape (passages,), tells the passages that count for the statistics; None when all do."""
        self._segments = tuple(segments)
        self._first = np.cumsum([0, *(len(s.lengths) for s in self._segments)]).tolist()
        self._readable = readable
        lengths = np.concatenate([np.zeros(0, np.uint32), *(s.lengths for s in self._segments)]).astype(np.float64)
        counted = lengths if readable is None else lengths[readable]
        self._counted = len(counted)
        mean = counted.sum() / max(self._counted, 1) or 1.0
        self._norms = (K1 * (1 - B + B * lengths / mean)).astype(np.float32)
        kept = KEPT if readable is None else KEPT_OF_A_VIEW
        self._saturation = lru_cache(maxsize=kept // (4 * len(lengths) + 1) + 1)(self._read_saturation)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return len(self._norms)

    def scores(self, query: Bag, others: Sequence[Sequence[Bag]] = (), weight: float = 1.0) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,); terms that the index does not know add nothing, repeated ones count again.

        Each of `others` is said in several ways, of which the best adds its BM25 times `weight`.
        """
        bags = [query, *(way for ways in others for way in ways)]
        ends = np.cumsum([1, *map(len, others)]).tolist()
        row = np.repeat(np.arange(len(bags)), [len(bag.terms) for bag in bags])
        terms, places = np.unique(np.concatenate([bag.terms for bag in bags]), return_inverse=True)
        found = [segment.find(terms) for segment in self._segments]
        frequency = self._listed(found)  # a term without lists is in no segment's
        weights = (self._rarity(frequency)[places] * np.concatenate([bag.times for bag in bags])).astype(np.float32)
        common = (frequency > COMMON * self._counted)[places]
        rare = np.flatnonzero(~common)
        touched, table = self._table([own.at(places[rare]) for own in found], row[rare], weights[rare], len(bags))
        kept: list[list[tuple[float, NDArray[np.float32]]]] = [[] for _ in bags]
        for i in np.flatnonzero(common).tolist():
            kept[row[i]].append((float(weights[i]), self._saturation(int(terms[places[i]]))))
        out = self._summed(touched, table[0], kept[0])
        for begin, stop in pairwise(ends):
            if not any(kept[begin:stop]):
                out[touched] += weight * table[begin:stop].max(axis=0, initial=0)
                continue
            best = self._summed(touched, table[begin], kept[begin])
            for way in range(begin + 1, stop):
                np.maximum(best, self._summed(touched, table[way], kept[way]), out=best)
            out += weight * best
        return out

    def _summed(
        self, touched: NDArray[np.intp], rare: NDArray[np.float32], common: Sequence[tuple[float, NDArray[np.float32]]]
    ) -> NDArray[np.float32]:
        """The score of every passage: what rare terms add to the touched ones, and what common terms add to each."""
        out = np.zeros(self.passages, np.float32)
        out[touched] = rare
        for weight, saturation in common:  # out += weight * saturation, without an array between
            _add(self.passages, _pointer(out), weight, _pointer(saturation), _pointer(out))
        return out

    def _table(
        self, found: Sequence[Found], row: NDArray[np.intp], weights: NDArray[np.float32], rows: int
    ) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """The passages in any of the lists, ascending, and what the lists add to each, a row of the table for each bag."""
        lists = [segment.gather(own) for segment, own in zip(self._segments, found, strict=True)]
        if not any(len(passages) for passages, _ in lists):
            return np.zeros(0, np.intp), np.zeros((rows, 0), np.float32)
        sizes = np.concatenate([own.sizes for own in found])
        passage = np.concatenate([passages for passages, _ in lists])
        passage += np.repeat(self._first[:-1], [len(passages) for passages, _ in lists])
        count = np.concatenate([counts for _, counts in lists])
        parts = np.repeat(np.tile(weights, len(found)), sizes) * count / (count + self._norms.take(passage))
        here = np.zeros(self.passages, np.bool_)
        here[passage] = True
        touched = np.flatnonzero(here)
        slot = np.empty(self.passages, np.intp)
        slot[touched] = np.arange(len(touched))
        cell = np.repeat(np.tile(row * len(touched), len(found)), sizes) + slot.take(passage)
        return touched, np.bincount(cell, parts, rows * len(touched)).reshape(rows, -1).astype(np.float32)

    def _read_saturation(self, term: int) -> NDArray[np.float32]:
        """What a term adds to each passage but for its weight, shape (passages,)."""
        query = np.array([term], np.uint32)
        out = np.zeros(self.passages, np.float32)
        for segment, first in zip(self._segments, self._first, strict=False):
            passages, counts = segment.gather(segment.find(query))
            passages += first
            out[passages] = counts / (counts + self._norms[passages])
        return out

    def document_frequency(self, query: Ids) -> NDArray[np.int64]:
        """In how many of the passages that count each of the terms stands, shape (len(query),); of a common one about so many."""
        every: NDArray[np.int64] = sum((s.frequency(query) for s in self._segments), np.zeros(len(query), np.int64))
        if self._readable is None:
            return every
        found = [segment.find(query) for segment in self._segments]
        unlisted = sum((f.sizes for f in found), np.zeros(len(query), np.int64)) == 0
        return np.where(unlisted, every * self._counted // max(self.passages, 1), self._listed(found))

    def _listed(self, found: Sequence[Found]) -> NDArray[np.int64]:
        """How many of the passages that count are in the lists found, a number a term."""
        out = np.zeros(len(found[0].sizes) if found else 0, np.int64)
        for segment, own, (first, end) in zip(self._segments, found, pairwise(self._first), strict=True):
            if self._readable is None:
                out += own.sizes
            else:
                passages, _ = segment.gather(own)
                term = np.repeat(np.arange(len(out)), own.sizes)
                out += np.bincount(term[self._readable[first:end].take(passages)], minlength=len(out))
        return out

    def _rarity(self, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
        rarity: NDArray[np.float64] = np.log1p((self._counted - frequency + 0.5) / (frequency + 0.5))
        return rarity
