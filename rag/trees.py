"""Gradient-boosted regression trees evaluated by numpy: the learned ranker without the library that trained it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trees:
    """T trees of at most N nodes as arrays of shape (T, N); node 0 is the root and a leaf is its own child.

    A node sends a row left where its feature is at most the threshold. `value` counts at the node where a row ends up.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float64]
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float64]
    depth: int

    @classmethod
    def load(cls, file: Path) -> Trees:
        """Read what `save` wrote."""
        with np.load(file) as arrays:
            feature, threshold, left, right, value = (arrays[n] for n in ("feature", "threshold", "left", "right", "value"))
            return cls(feature, threshold, left, right, value, int(arrays["depth"]))

    def save(self, file: Path) -> None:
        """Write the arrays as .npz."""
        arrays = {name: getattr(self, name) for name in ("feature", "threshold", "left", "right", "value")}
        np.savez_compressed(file, allow_pickle=False, depth=np.int64(self.depth), **arrays)

    def predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of the trees' values for each row, shape (len(rows),)."""
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(rows), len(self.feature)), np.int16)
        which = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            goes_left = rows[which, self.feature[trees, node]] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        total: NDArray[np.float64] = self.value[trees, node].sum(axis=1)
        return total
