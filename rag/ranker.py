"""The ranking of candidates by the trees fitted on questions that the encoder was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from rag.candidates import Candidate
from rag.retrieval import RANKING
from rag.trees import Trees


@cache
def _trees() -> Trees:
    return Trees.load(RANKING / "ranker.npz")


def rank(found: Sequence[Candidate], features: NDArray[np.float32]) -> tuple[list[Candidate], NDArray[np.float32]]:
    """The candidates with their scores, best first, and their features in the same order."""
    scores = _trees().predict(features)
    order = np.argsort(-scores, kind="stable")
    return [replace(found[i], score=float(scores[i])) for i in order], features[order]
