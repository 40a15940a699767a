"""The plain recipe that the benchmark compares with: BM25 by hand, and the joined list."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.recipe import PlainBm25, PlainFaiss, plain_retriever

TEXTS = ["旅費 精算 10日", "宿泊 旅費 上限 旅費", "日当 上限"]


def encode(texts: list[str]) -> NDArray[np.float32]:
    """One dimension a word: 旅費, 上限."""
    return np.array([[t.count("旅費"), t.count("上限")] for t in texts], np.float32)


def test_bm25_ranks_as_worked_out_by_hand() -> None:
    bm25 = PlainBm25.build(TEXTS, str.split, 3)
    assert bm25.weights["旅費"] == pytest.approx(log(1 + 1.5 / 2.5))
    assert bm25.weights["日当"] == pytest.approx(log(1 + 2.5 / 1.5))
    assert [d.page_content for d in bm25.invoke("旅費")] == [TEXTS[1], TEXTS[0], TEXTS[2]]
    assert bm25.invoke("日当 どこにもない")[0].page_content == TEXTS[2]


def test_vectors_and_both_together() -> None:
    assert [d.page_content for d in PlainFaiss.build(TEXTS, encode, 2).invoke("旅費")] == [TEXTS[1], TEXTS[0]]
    both = plain_retriever(TEXTS, str.split, encode, 2)
    assert [d.page_content for d in both.invoke("旅費")] == [TEXTS[1], TEXTS[0]]
