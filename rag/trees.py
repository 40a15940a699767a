"""Gradient-boosted regression trees evaluated by numpy: the learned ranker without the library that trained it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
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

    @cached_property
    def _flat(self) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float64]]:
        """Feature, threshold, children (left after right for each node) and value, all nodes of all trees one after another."""
        first = (np.arange(len(self.feature)) * self.feature.shape[1])[:, None]
        children = np.stack([self.right + first, self.left + first], axis=-1)
        # A row is 32 bits wide: the largest such number not above the threshold sends the same rows left.
        threshold = self.threshold.astype(np.float32)
        threshold = np.where(threshold > self.threshold, np.nextafter(threshold, np.float32(-np.inf)), threshold)
        return self.feature.ravel().astype(np.int32), threshold.ravel(), children.ravel().astype(np.int32), self.value.ravel()

    def predict(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sum of the trees' values for each row, shape (len(rows),)."""
        feature, threshold, children, value = self._flat
        columns = np.ascontiguousarray(rows.T).ravel()
        row = np.arange(len(rows), dtype=np.int32)[None, :]
        first = (np.arange(len(self.feature), dtype=np.int32) * self.feature.shape[1])[:, None]
        node = np.broadcast_to(first, (len(self.feature), len(rows)))
        for _ in range(self.depth):
            seen = columns.take(feature.take(node) * np.int32(len(rows)) + row)
            node = children.take(2 * node + (seen <= threshold.take(node)))
        total: NDArray[np.float64] = value.take(node).sum(axis=0)
        return total
