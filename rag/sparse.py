"""BM25 over bags of 32-bit term hashes (bm25s, memory-mapped); the scores of all passages for one query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np
from numpy.typing import NDArray

_VOCABULARY = "vocabulary.npy"


def write_sparse(folder: Path, bags: Sequence[NDArray[np.uint32]], *, k1: float, b: float) -> None:
    """Build the BM25 matrix over the bags (one per passage, in index order) and save it in a new folder.

    Lucene's variant: Kamphuis et al., "Which BM25 do you mean?", ECIR 2020.
    """
    vocabulary = np.unique(np.concatenate([np.zeros(0, np.uint32), *bags]))
    scorer = bm25s.BM25(method="lucene", k1=k1, b=b)
    folder.mkdir()
    if len(vocabulary):
        numbered = [np.searchsorted(vocabulary, bag).tolist() for bag in bags]
        scorer.index((numbered, {str(i): i for i in range(len(vocabulary))}), create_empty_token=False, show_progress=False)
        scorer.vocab_dict = {}
        scorer.save(folder, show_progress=False)
    np.save(folder / _VOCABULARY, vocabulary)


class SparseLeg:
    """A saved BM25 matrix, memory-mapped."""

    def __init__(self, folder: Path, passages: int) -> None:
        self._vocabulary: NDArray[np.uint32] = np.load(folder / _VOCABULARY, mmap_mode="r")
        self._scorer = (
            bm25s.BM25.load(folder, mmap=True, load_vocab=False, show_progress=False) if len(self._vocabulary) else None
        )
        self._passages = passages

    def scores(self, query: NDArray[np.uint32]) -> NDArray[np.float32]:
        """BM25 of every passage, shape (passages,); terms that the index does not know add nothing."""
        if self._scorer is None or not len(query):
            return np.zeros(self._passages, np.float32)
        at = np.minimum(np.searchsorted(self._vocabulary, query), len(self._vocabulary) - 1)
        known = at[self._vocabulary[at] == query]
        if not len(known):
            return np.zeros(self._passages, np.float32)
        return np.asarray(self._scorer.get_scores_from_ids(known.tolist()), np.float32)

    def document_frequency(self, query: NDArray[np.uint32]) -> NDArray[np.int64]:
        """In how many passages each of the terms stands, shape (len(query),)."""
        if self._scorer is None or not len(query):
            return np.zeros(len(query), np.int64)
        at = np.minimum(np.searchsorted(self._vocabulary, query), len(self._vocabulary) - 1)
        bounds = self._scorer.scores["indptr"]
        return np.where(self._vocabulary[at] == query, bounds[at + 1] - bounds[at], 0).astype(np.int64)
