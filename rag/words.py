"""The words of a piece of text as sets of hashes, and the question's words with their weights by rarity."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from rag.fold import fold
from rag.questions import Question
from rag.snapshot import Snapshot
from rag.terms import analysed, folded_gram_ids, gram_ids, numbers, term_ids

_DIGITS = re.compile(r"\d+(?:\.\d+)?")
_NAME_KINDS = ("人名", "地名", "一般")


@dataclass(frozen=True, slots=True)
class Words:
    """The folded text and its term hashes, pairs of neighbouring terms, gram hashes, numbers, and proper nouns by kind."""

    folded: str
    terms: frozenset[int]
    pairs: frozenset[tuple[int, int]]
    grams: frozenset[int]
    digits: frozenset[str]
    names: tuple[frozenset[int], ...]


@lru_cache(maxsize=8_000)
def words(text: str) -> Words:
    """The words of a text."""
    folded = fold(text)
    found, kinds = analysed(folded)
    hashes = term_ids(found).tolist()
    named = dict(zip(term_ids(kinds).tolist(), kinds.values(), strict=True))
    return Words(
        folded,
        frozenset(hashes) | frozenset(term_ids(numbers(folded)).tolist()),
        frozenset(pairwise(hashes)),
        frozenset(folded_gram_ids(folded).tolist()),
        frozenset(_DIGITS.findall(folded)),
        tuple(frozenset(h for h, k in named.items() if k == kind) for kind in _NAME_KINDS),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """The question's words: terms and grams with their weights, the numbers among its terms, the words themselves.

    `meant` has, for each everyday word, the official words' terms (any set of which says the same), and the question's own terms
    and grams that are then said as well.
    """

    words: Words
    terms: dict[int, float]
    grams: dict[int, float]
    numbers: frozenset[int]
    meant: tuple[tuple[tuple[frozenset[int], ...], frozenset[int], frozenset[int]], ...] = ()

    def known(self, snapshot: Snapshot) -> float:
        """The share of the terms, by weight, that stand in the index as they are or in official words."""
        frequency = snapshot.terms.document_frequency(np.array(list(self.terms), np.uint32))
        known = {t for t, n in zip(self.terms, frequency.tolist(), strict=True) if n}
        for official, own_terms, _ in self.meant:
            if any(snapshot.terms.document_frequency(np.array(list(w), np.uint32)).all() for w in official):
                known |= own_terms
        return self.term_share(frozenset(known))

    def said(self, found: Words) -> Words:
        """The words with those of the question's everyday words that they say officially."""
        terms, grams = found.terms, found.grams
        for official, own_terms, own_grams in self.meant:
            if any(words <= found.terms for words in official):
                terms, grams = terms | own_terms, grams | own_grams
        return found if terms is found.terms else replace(found, terms=terms, grams=grams)

    def term_share(self, found: frozenset[int]) -> float:
        """The share of the question's terms, by weight, that are found."""
        return _share(self.terms, found)

    def gram_share(self, found: frozenset[int]) -> float:
        """The share of the question's grams, by weight, that are found."""
        return _share(self.grams, found)


def _share(weights: dict[int, float], found: frozenset[int]) -> float:
    total = sum(weights.values())
    return sum(w for t, w in weights.items() if t in found) / total if total else 0.0


def weigh(question: Question, snapshot: Snapshot) -> Asked:
    """The question's words, weighted as Robertson and Sparck Jones (1976) do by the passages of the snapshot that hold them."""
    hashes, pairs = term_ids(question.terms), np.unique(gram_ids(question.text))
    term_weights = _rarity(snapshot.terms.document_frequency(hashes), snapshot.size)
    gram_weights = _rarity(snapshot.grams.document_frequency(pairs), snapshot.size)
    weights = dict(zip(hashes.tolist(), term_weights.tolist(), strict=True))
    meant = []
    for rewrite in question.rewrites:
        official = tuple(h for word in rewrite.official if (h := words(word).terms))
        own = frozenset(term_ids(rewrite.terms).tolist()) & frozenset(weights)
        if official and not rewrite.terms:  # said in words that are no terms: what is meant stands in for them
            own = frozenset([crc32(rewrite.said.encode())])
            frequency = snapshot.terms.document_frequency(np.array(sorted(official[0]), np.uint32))
            weights[next(iter(own))] = float(_rarity(frequency, snapshot.size).max())
        meant.append((official, own, frozenset(gram_ids(rewrite.said).tolist())))
    return Asked(
        words(question.text),
        weights,
        dict(zip(pairs.tolist(), gram_weights.tolist(), strict=True)),
        frozenset(h for h, t in zip(hashes.tolist(), question.terms, strict=True) if t in question.numbers),
        tuple(meant),
    )


def _rarity(frequency: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    return np.log1p((passages - frequency + 0.5) / (frequency + 0.5))
