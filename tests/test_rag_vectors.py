"""Vectors in code: what is read back, and cosines as FAISS has them."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from rag.vectors import VectorLeg, coded, read_codes, write_codes


@pytest.mark.parametrize("dimension", [512, 64, 7])
def test_codes_come_back_and_cosines_are_those_of_faiss(dimension: int, tmp_path: Path) -> None:
    random = np.random.default_rng(dimension)
    vectors = random.normal(size=(60, dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    codes = coded(vectors)
    files = [tmp_path / "a", tmp_path / "b"]
    for file, part in zip(files, (codes[:25], codes[25:]), strict=True):
        write_codes(file, part, dimension)
        assert (read_codes(file) == part).all()
    leg = VectorLeg(files, dimension)
    decoded = np.vstack([faiss.read_index(str(file)).reconstruct_n(0, n) for file, n in zip(files, (25, 35), strict=True)])
    chosen = np.array([0, 3, 24, 25, 59])
    assert leg.cosines(vectors[7], chosen) == pytest.approx(decoded[chosen] @ vectors[7], abs=1e-5)
    assert leg.cosines(vectors[7], chosen[:0]).size == 0
    alone = [float(leg.cosines(vectors[7], np.array([n]))[0]) for n in chosen]
    assert leg.cosines(vectors[7], chosen).tolist() == alone
