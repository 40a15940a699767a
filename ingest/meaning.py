"""First vectors of tokens from the company they keep: positive pointwise mutual information, factorised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

_WINDOW = 8
_TOKENS = 8_000_000
_AT_ONCE = 1_000_000
_ROUNDS = 6


def token_directions(texts: Sequence[NDArray[np.int32]], vocabulary: int, dimension: int, seed: int) -> torch.Tensor:
    """Unit vectors, shape (vocabulary, dimension), near for tokens that occur near the same tokens; zero for unseen ones.

    The leading eigenvectors of the matrix of positive pointwise mutual information within 8 tokens (Levy and Goldberg 2014),
    by subspace iteration (Halko et al. 2011), each weighted alike. At most 8 million tokens are read, in the order given.
    """
    import torch
    from torch.nn import functional

    matrix = _information(_counts(texts, vocabulary))
    generator = torch.Generator().manual_seed(seed)
    basis = torch.randn(vocabulary, min(dimension, vocabulary), generator=generator)
    for _ in range(_ROUNDS):
        basis = torch.linalg.qr(matrix @ basis).Q
    values, vectors = torch.linalg.eigh(basis.T @ (matrix @ basis))
    leading = basis @ vectors[:, values.abs().argsort(descending=True)]
    seen = torch.bincount(matrix.indices()[1], minlength=vocabulary) > 0
    directions = functional.normalize(leading) * seen[:, None]
    return functional.pad(directions, (0, dimension - directions.shape[1]))


def _counts(texts: Sequence[NDArray[np.int32]], vocabulary: int) -> torch.Tensor:
    """How often two tokens stand within the window of each other, a symmetric sparse matrix in coordinate form."""
    import torch

    total = _sparse(torch.zeros((2, 0), dtype=torch.long), torch.zeros(0), vocabulary)
    gap = np.full(_WINDOW, -1, np.int32)
    waiting: list[NDArray[np.int32]] = []
    size = read = 0
    for n, text in enumerate(texts):
        waiting += [text, gap]
        size += len(text)
        if size >= _AT_ONCE or n + 1 == len(texts):
            total = (total + _neighbours(np.concatenate(waiting), vocabulary)).coalesce()
            read, size, waiting = read + size, 0, []
        if read >= _TOKENS:
            break
    return (total + total.T).coalesce()


def _neighbours(ids: NDArray[np.int32], vocabulary: int) -> torch.Tensor:
    """The counts of ordered pairs at most a window apart; -1 parts the texts."""
    import torch

    pairs = [np.stack([ids[:-apart], ids[apart:]]) for apart in range(1, _WINDOW + 1)]
    both = torch.from_numpy(np.concatenate([p[:, (p >= 0).all(axis=0)] for p in pairs], axis=1).astype(np.int64))
    return _sparse(both, torch.ones(both.shape[1]), vocabulary)


def _information(counts: torch.Tensor) -> torch.Tensor:
    """The positive logarithms of observed over expected counts, sparse."""
    import torch

    (left, right), observed = counts.indices(), counts.values()
    sums = torch.zeros(counts.shape[0]).index_add(0, left, observed)
    information = (observed * sums.sum() / (sums[left] * sums[right])).log()
    kept = information > 0
    return _sparse(counts.indices()[:, kept], information[kept], counts.shape[0])


def _sparse(places: torch.Tensor, values: torch.Tensor, size: int) -> torch.Tensor:
    """A square sparse matrix in coordinate form, values at equal places added up."""
    import torch

    return torch.sparse_coo_tensor(places, values, (size, size), check_invariants=True).coalesce()
