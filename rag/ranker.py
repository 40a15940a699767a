"""The ranking of candidates: a linear model over their features, fitted on questions that the encoder was not trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.candidates import FEATURES, Candidate

_MODEL = Path(__file__).with_name("ranker.json")


@cache
def _weights() -> NDArray[np.float32]:
    loaded = json.loads(_MODEL.read_text(encoding="utf-8"))["weights"]
    return np.array([loaded[name] for name in FEATURES], np.float32)


def rank(found: Sequence[Candidate], features: NDArray[np.float32]) -> tuple[list[Candidate], NDArray[np.float32]]:
    """The candidates with their scores, best first, and their features in the same order."""
    scores = features @ _weights()
    order = np.argsort(-scores, kind="stable")
    return [replace(found[i], score=float(scores[i])) for i in order], features[order]
