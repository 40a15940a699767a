"""The plain recipe that the benchmark compares with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eval.recipe import PlainBm25, PlainFaiss, plain_retriever, plain_split, plain_words

TEXTS = ["旅費 精算 10日", "宿泊 旅費 上限 旅費", "日当 上限"]


def encode(texts: list[str]) -> NDArray[np.float32]:
    """One dimension a word: 旅費, 上限."""
    return np.array([[t.count("旅費"), t.count("上限")] for t in texts], np.float32)


def test_bm25_ranks_as_rank_bm25_does() -> None:
    bm25 = PlainBm25.build(TEXTS, str.split, 3)
    assert next(d.page_content for d in bm25.invoke("日当")) == TEXTS[2]
    assert next(d.page_content for d in bm25.invoke("精算 10日")) == TEXTS[0]


def test_texts_are_split_and_words_are_those_of_fugashi() -> None:
    pieces = plain_split(["旅費は、実費とする。" * 100])
    assert max(map(len, pieces)) <= 400
    assert len(pieces) > 2
    assert plain_words()("旅費を支給する") == ["旅費", "を", "支給", "する"]


def test_vectors_and_both_together() -> None:
    assert [d.page_content for d in PlainFaiss.build(TEXTS, encode, 2).invoke("旅費")] == [TEXTS[1], TEXTS[0]]
    both = plain_retriever(TEXTS, str.split, encode, 2)
    assert {d.page_content for d in both.invoke("精算")} >= {TEXTS[0]}
