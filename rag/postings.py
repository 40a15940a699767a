"""Inverted lists of one segment: for each term, by its 32-bit hash, the passages that hold it and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.arrays import load_arrays, save_arrays

Ids = NDArray[np.uint32]
Keys = NDArray[np.uint64]
_MOST = 2**24 - 1


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """For each term of a query where its list begins and how long it is, 0 where it has none; shape (len(query),) each."""

    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]

    def at(self, places: NDArray[np.intp]) -> Found:
        """The same for the terms at these places of the query."""
        return Found(self.starts[places], self.sizes[places])


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """The lists of V terms over P passages, the terms' hashes ascending in `vocabulary`, shape (V,).

    The list of term v is `passages[ends[v - 1] : ends[v]]`, ascending, with how often the term stands in each in `counts` (at most
    255). `lengths`, shape (P,), are the numbers of terms of the passages, repetitions counted. Of the terms in `common` only the
    number of passages is kept, in `common_frequency`.
    """

    vocabulary: Ids
    ends: NDArray[np.uint32]
    passages: NDArray[Any]
    counts: NDArray[np.uint8]
    lengths: NDArray[np.uint32]
    common: Ids
    common_frequency: NDArray[np.uint32]

    @classmethod
    def of(cls, keys: Keys, lengths: NDArray[np.uint32], common: Ids) -> Postings:
        """The lists of what `keyed` gives; `common` (ascending) are the terms that get no list."""
        keys = np.sort(keys)
        terms = (keys >> np.uint64(32)).astype(np.uint32)
        listed = ~_places(common, terms)[1]
        found, frequency = np.unique(terms[~listed], return_counts=True)
        vocabulary, sizes = np.unique(terms[listed], return_counts=True)
        narrow = np.uint16 if len(lengths) <= 2**16 else np.uint32
        return cls(
            vocabulary,
            np.cumsum(sizes).astype(np.uint32),
            (keys[listed] >> np.uint64(8) & np.uint64(_MOST)).astype(narrow),
            (keys[listed] & np.uint64(255)).astype(np.uint8),
            lengths,
            found,
            frequency.astype(np.uint32),
        )

    def keys(self) -> Keys:
        """The keys that the lists were made of, without those of common terms, passage by passage."""
        terms = np.repeat(self.vocabulary, np.diff(self.ends, prepend=np.uint32(0)))
        order = np.argsort(self.passages, kind="stable")
        return (
            terms[order].astype(np.uint64) << np.uint64(32)
            | self.passages[order].astype(np.uint64) << np.uint64(8)
            | self.counts[order]
        )

    def write(self, file: Path) -> None:
        """Save the lists in a new file."""
        save_arrays(file, {name: getattr(self, name) for name in self.__slots__})

    @classmethod
    def open(cls, file: Path) -> Postings:
        """The lists that `write` saved, mapped into memory."""
        return cls(**load_arrays(file))

    def find(self, query: Ids) -> Found:
        """Where the lists of the terms are."""
        if not len(self.vocabulary):
            return Found(np.zeros(len(query), np.int64), np.zeros(len(query), np.int64))
        at, known = _places(self.vocabulary, query)
        starts = self.ends.take(at - 1, mode="clip").astype(np.int64)
        starts[at == 0] = 0
        return Found(starts, (self.ends.take(at) - starts) * known)

    def frequency(self, query: Ids) -> NDArray[np.int64]:
        """In how many passages each of the terms stands, shape (len(query),)."""
        out = self.find(query).sizes
        if len(self.common):
            at, known = _places(self.common, query)
            out[known] = self.common_frequency[at[known]]
        return out

    def gather(self, found: Found) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
        """The lists one after another: passages and counts, one entry a posting."""
        ends = np.cumsum(found.sizes)
        places = np.repeat(found.starts - ends + found.sizes, found.sizes)
        places += np.arange(len(places))
        return self.passages.take(places).astype(np.intp), self.counts.take(places)


def keyed(bags: Sequence[Ids]) -> tuple[Keys, NDArray[np.uint32]]:
    """The terms of P passages as one number each of term, passage and count, passage by passage, and the P numbers of terms.

    A key is `term << 32 | passage << 8 | count`, so that sorting the keys makes the lists; ValueError for 2**24 passages or more.
    """
    if len(bags) > _MOST:
        raise ValueError(f"too many passages: {len(bags)}")
    lengths = np.fromiter(map(len, bags), np.uint32, len(bags))
    passages = np.repeat(np.arange(len(bags), dtype=np.uint64), lengths)
    found = np.concatenate([np.zeros(0, np.uint32), *bags])
    pairs = np.sort(passages << np.uint64(32) | found)
    first = np.flatnonzero(pairs[1:] != pairs[:-1]) + 1
    starts = np.concatenate([np.zeros(min(1, len(pairs)), np.intp), first])
    counts = np.minimum(np.diff(starts, append=len(pairs)), 255).astype(np.uint64)
    unique = pairs[starts]
    keys = (unique & np.uint64(0xFFFFFFFF)) << np.uint64(32) | (unique >> np.uint64(32)) << np.uint64(8) | counts
    return keys, lengths


def shifted(keys: Keys, passages: int) -> Keys:
    """The same keys for passages with numbers higher by so many."""
    return keys + np.uint64(passages << 8)


def passage_of(keys: Keys) -> NDArray[np.int64]:
    """The passage of each key."""
    return (keys >> np.uint64(8) & np.uint64(_MOST)).astype(np.int64)


def _places(ordered: Ids, query: Ids) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each term of the query stands in the ordered ones, and whether it does."""
    if not len(ordered):
        return np.zeros(len(query), np.intp), np.zeros(len(query), np.bool_)
    at = np.minimum(ordered.searchsorted(query), len(ordered) - 1)
    return at, ordered.take(at) == query
