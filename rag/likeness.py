"""How alike two terms are in meaning: the cosine of their vectors in the bundled static model.

With the best match of each of the question's terms in a text this is a soft overlap, as Kusner et al. 2015 (relaxed word mover's
distance) and Khattab and Zaharia 2020 (late interaction) have it; exact overlap is the case of equal terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.encoder import Encoder, StaticEncoder, load_encoder

WIDTH = 256
"""The columns of the term vectors."""
_KEPT = 20_000


class TermVectors:
    """Unit vectors of single terms, kept once made. Threads may share it."""

    def __init__(self, encoder: StaticEncoder) -> None:
        self._encoder = encoder
        self._width = min(WIDTH, encoder.dim)
        self._kept: dict[str, NDArray[np.float32]] = {}

    def of(self, spelt: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of the terms, shape (len(spelt), width)."""
        kept = self._kept if len(self._kept) < _KEPT else {}
        new = [term for term in dict.fromkeys(spelt) if term not in kept]
        if new:
            kept = kept | dict(zip(new, self._encoder.encode(new, self._width), strict=True))
            self._kept = kept
        return np.stack([kept[term] for term in spelt]) if spelt else np.zeros((0, self._width), np.float32)


@cache
def _bundled() -> StaticEncoder:
    encoder = load_encoder()
    assert isinstance(encoder, StaticEncoder)
    return encoder


def term_vectors(encoder: Encoder) -> TermVectors:
    """The term vectors: of the given encoder where it is a static model wide enough, else of the bundled one."""
    return TermVectors(encoder if isinstance(encoder, StaticEncoder) and encoder.dim >= WIDTH else _bundled())
