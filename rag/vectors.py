"""Dense vectors of the passages in FAISS: a flat index, so that what was built in steps equals what was built at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

# faiss rewrites these signatures in Python when it is imported.
_parameters: Any = faiss.SearchParameters
_bitmap: Any = faiss.IDSelectorBitmap
HALF_FROM = 100_000
"""From this many passages on the vectors are stored as 16-bit floats."""


def write_vectors(file: Path, vectors: NDArray[np.float32]) -> None:
    """Save unit vectors, shape (passages, dimension), as a flat inner-product index."""
    n, dimension = vectors.shape
    index: Any = faiss.IndexFlatIP(dimension)
    if n >= HALF_FROM:
        index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.train(vectors[:1])
    index.add(np.ascontiguousarray(vectors))
    faiss.write_index(index, str(file))


class VectorLeg:
    """A saved FAISS index, memory-mapped."""

    def __init__(self, file: Path) -> None:
        self._index: Any = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def nearest(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k nearest allowed passages and their cosines, best first; fewer where there are not so many."""
        k = min(k, self._index.ntotal)
        if not k:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters = _parameters(sel=_bitmap(bits))
        scores, found = self._index.search(query[None, :], k, params=parameters)
        real = found[0] >= 0
        return found[0][real], scores[0][real]

    def cosines(self, query: NDArray[np.float32], passages: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosines of the given passages, shape (len(passages),)."""
        if not len(passages):
            return np.zeros(0, np.float32)
        vectors: NDArray[np.float32] = self._index.reconstruct_batch(passages)
        return vectors @ query
