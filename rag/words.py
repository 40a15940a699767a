"""The words of a piece of text as sets of hashes, and the question's words with their weights by rarity."""

from __future__ import annotations

import re
from dataclasses import dataclass
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
    """The folded text and its term hashes with the terms, pairs of neighbouring terms, gram hashes, numbers, proper nouns by kind."""

    folded: str
    terms: frozenset[int]
    spelt: dict[int, str]
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
        dict(zip(hashes, found, strict=True)),
        frozenset(pairwise(hashes)),
        frozenset(folded_gram_ids(folded).tolist()),
        frozenset(_DIGITS.findall(folded)),
        tuple(frozenset(h for h, k in named.items() if k == kind) for kind in _NAME_KINDS),
    )


@dataclass(frozen=True, slots=True)
class Meant:
    """An everyday word of the question: the official words' terms (any set of which says the same), and the question's own terms and
    grams that are then said as well."""

    official: tuple[frozenset[int], ...]
    terms: frozenset[int]
    grams: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asked:
    """The question's words: hashes of terms and grams with their weights by rarity, `spelt` the terms themselves.

    `ids` and `weights` have a place for each term, shape (T,), `gram_ids` and `gram_weights` for each gram, shape (G,); `unknown`
    says which terms the index does not have at all, neither as they are nor in official words, `nouns` which are nouns.
    """

    words: Words
    ids: tuple[int, ...]
    weights: NDArray[np.float64]
    spelt: tuple[str, ...]
    gram_ids: tuple[int, ...]
    gram_weights: NDArray[np.float64]
    numbers: frozenset[int]
    meant: tuple[Meant, ...]
    unknown: NDArray[np.bool_]
    nouns: NDArray[np.bool_]

    def known(self) -> float:
        """The share of the terms, by weight, that stand in the index as they are or in official words."""
        return 1.0 - float(self.weights @ self.unknown) / max(float(self.weights.sum()), 1e-9)


def weigh(question: Question, snapshot: Snapshot) -> Asked:
    """The question's words, weighted as Robertson and Sparck Jones (1976) do by the passages of the snapshot that hold them."""
    hashes, pairs = term_ids(question.terms), np.unique(gram_ids(question.text))
    frequency = snapshot.terms.document_frequency(hashes)
    ids, spelt, weights = hashes.tolist(), list(question.terms), _rarity(frequency, snapshot.size).tolist()
    known = {t for t, n in zip(ids, frequency.tolist(), strict=True) if n}
    meant = []
    for rewrite in question.rewrites:
        official = tuple(h for word in rewrite.official if (h := words(word).terms))
        counts = [snapshot.terms.document_frequency(np.array(sorted(h), np.uint32)) for h in official]
        own = frozenset(term_ids(rewrite.terms).tolist()) & frozenset(ids)
        if official and not rewrite.terms:  # said in words that are no terms: what is meant stands in for them
            own = frozenset([crc32(rewrite.said.encode())])
            ids, spelt = [*ids, *own], [*spelt, rewrite.said]
            weights.append(float(_rarity(counts[0], snapshot.size).max()))
        if any(n.all() for n in counts):
            known |= own
        meant.append(Meant(official, own, frozenset(gram_ids(rewrite.said).tolist())))
    return Asked(
        words(question.text),
        tuple(ids),
        np.array(weights),
        tuple(spelt),
        tuple(pairs.tolist()),
        _rarity(snapshot.grams.document_frequency(pairs), snapshot.size),
        frozenset(h for h, t in zip(hashes.tolist(), question.terms, strict=True) if t in question.numbers),
        tuple(meant),
        np.array([t not in known for t in ids], bool),
        np.array([t in question.nouns for t in spelt], bool),
    )


def _rarity(frequency: NDArray[np.int64], passages: int) -> NDArray[np.float64]:
    rarity: NDArray[np.float64] = np.log1p((passages - frequency + 0.5) / (frequency + 0.5))
    return rarity
