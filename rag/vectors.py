"""Dense vectors of the passages in FAISS: flat, one file a segment, so that what was built in steps equals what was built at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

# faiss rewrites these signatures in Python when it is imported.
_parameters: Any = faiss.SearchParameters
_bitmap: Any = faiss.IDSelectorBitmap
RANGE = 3.6
SCANNED = 5_000
"""Up to so many passages every vector is looked at."""
SHARE, LEAST, MOST = 16, 1_000, 2_000
"""Of more one in SHARE is, at least LEAST and at most MOST."""


def coded(vectors: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Unit vectors, shape (n, dimension), in four bits a component, shape (n, bytes).

    A component of a unit vector is about `dimension ** -0.5`; the sixteen steps reach to RANGE times that, the same for every index,
    so that a vector is kept alike whatever stands beside it. The error of a cosine is 0.01 (standard deviation).
    """
    codes: NDArray[np.uint8] = _quantizer(vectors.shape[1]).sa_encode(np.ascontiguousarray(vectors, np.float32))
    return codes


def write_codes(file: Path, codes: NDArray[np.uint8], dimension: int) -> None:
    """Save coded vectors as a flat inner-product index."""
    index: Any = faiss.clone_index(_quantizer(dimension))
    index.add_sa_codes(codes)
    faiss.write_index(index, str(file))


def read_codes(file: Path) -> NDArray[np.uint8]:
    """The codes that `write_codes` saved."""
    index: Any = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)  # its memory is what the codes lie in
    return _codes(index).copy()


def _codes(index: Any) -> NDArray[np.uint8]:
    """An index's codes where they lie in the mapped file, shape (passages, bytes)."""
    found: NDArray[np.uint8] = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size)
    return found.reshape(index.ntotal, index.code_size)


class VectorLeg:
    """The saved FAISS indexes of the segments, memory-mapped.

    Up to SCANNED passages all vectors are compared with the query. Beyond that only those are that have the most signs in common with
    it (Charikar 2002: the share of equal signs grows as the angle falls); the signs are the upper bits of the components.
    """

    def __init__(self, files: Sequence[Path], dimension: int) -> None:
        self._indexes: list[Any] = [faiss.read_index(str(file), faiss.IO_FLAG_MMAP) for file in files]
        self._first = np.cumsum([0, *(index.ntotal for index in self._indexes)])
        self.dimension = dimension

    @cached_property
    def _signs(self) -> Any:
        """All vectors' signs, one bit a component."""
        index: Any = faiss.IndexBinaryFlat(_bits(self.dimension))
        index.use_heap = False  # so many are asked for that counting by distance is faster
        for codes in self._codes:
            index.add(_packed_signs(codes))
        return index

    @cached_property
    def _codes(self) -> list[NDArray[np.uint8]]:
        return list(map(_codes, self._indexes))

    def near(self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """Allowed passages among which the k nearest are, ascending."""
        size = int(self._first[-1])
        if not size or not k:
            return np.zeros(0, np.int64)
        if size <= SCANNED:
            return self._scanned(query, k, allowed)
        return self._alike(query, max(k, min(MOST, max(LEAST, size // SHARE))), allowed)

    def _scanned(self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """The k nearest allowed passages of each segment, ascending."""
        found = [np.zeros(0, np.int64)]
        for index, (first, end) in zip(self._indexes, pairwise(self._first.tolist()), strict=True):
            if end > first:
                parameters = None
                if allowed is not None:
                    bits = np.packbits(allowed[first:end], bitorder="little")
                    parameters = _parameters(sel=_bitmap(bits))
                _, near = index.search(query[None, :], min(k, end - first), params=parameters)
                found.append(near[0][near[0] >= 0] + first)
        return np.sort(np.concatenate(found))

    def _alike(self, query: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        """The k allowed passages with the most signs in common with the query, ascending."""
        parameters = None
        if allowed is not None:
            bits = np.packbits(allowed, bitorder="little")
            parameters = _parameters(sel=_bitmap(bits))
        signs = _packed_signs(coded(query[None, :]))
        _, found = self._signs.search(signs, min(k, int(self._first[-1])), params=parameters)
        return np.sort(found[0][found[0] >= 0])

    def cosines(self, query: NDArray[np.float32], passages: NDArray[np.int64]) -> NDArray[np.float32]:
        """The cosines of the given passages, in ascending order, shape (len(passages),)."""
        cuts = np.searchsorted(passages, self._first)
        parts = [
            codes.take(passages[a:b] - first, axis=0)
            for codes, first, (a, b) in zip(self._codes, self._first, pairwise(cuts), strict=False)
            if b > a
        ]
        if not parts:
            return np.zeros(0, np.float32)
        return _cosines(np.concatenate(parts) if len(parts) > 1 else parts[0], query)


def _cosines(codes: NDArray[np.uint8], query: NDArray[np.float32]) -> NDArray[np.float32]:
    """The inner products of coded vectors with a query, shape (n,); the same but for rounding as of what FAISS decodes, in a third of
    the time.

    A byte holds two components c in 0 to 15, the even one in its lower bits; each stands for `least + (c + 0.5) / 15 * width`.
    """
    least, width = np.float32(-RANGE * len(query) ** -0.5), np.float32(2 * RANGE * len(query) ** -0.5)
    padded = np.append(query, np.float32(0)) if len(query) % 2 else query
    even, odd = np.ascontiguousarray(padded[::2]), np.ascontiguousarray(padded[1::2])
    # unlike in a matrix product each row is summed for itself, so that it hangs on no other
    steps = np.vecdot((codes & 15).astype(np.float32), even) + np.vecdot((codes >> 4).astype(np.float32), odd)
    found: NDArray[np.float32] = query.sum() * (least + width / 30) + steps * (width / 15)
    return found


@lru_cache(maxsize=4)
def _quantizer(dimension: int) -> Any:
    """What turns vectors into codes of four bits a component and back, the same for every index."""
    index: Any = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_4bit, faiss.METRIC_INNER_PRODUCT)
    index.train(_range(dimension))
    return index


def _range(dimension: int) -> NDArray[np.float32]:
    """The largest and the smallest components that are told apart, shape (2, dimension)."""
    ends = np.array([[RANGE], [-RANGE]], np.float32) * np.float32(dimension**-0.5)
    return np.repeat(ends, dimension, axis=1)


def _bits(dimension: int) -> int:
    """The length of a row of signs: whole bytes of eight."""
    return -(-dimension // 8) * 8


def _packed_signs(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The signs of vectors in four-bit codes, shape (n, bytes); a byte of codes holds two components."""
    pairs = (codes >> 3 & 1) | (codes >> 6 & 2)
    padded = np.pad(pairs, ((0, 0), (0, -pairs.shape[1] % 4))) if pairs.shape[1] % 4 else pairs
    return np.ascontiguousarray(padded[:, ::4] | padded[:, 1::4] << 2 | padded[:, 2::4] << 4 | padded[:, 3::4] << 6)
