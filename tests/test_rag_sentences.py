"""Sentence spans."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import LONGEST, split

JAPANESE = st.text(st.sampled_from("規程は「」（）『』。！？、あい\n 　A.b"), max_size=80)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("休暇は三日とする。ただし、試用期間中は除く。", ["休暇は三日とする。", "ただし、試用期間中は除く。"]),
        ("「はい。そうです。」と答えた。次へ。", ["「はい。そうです。」と答えた。", "次へ。"]),
        ("規則（以下「本則（改正後。）」という。）による。以上", ["規則（以下「本則（改正後。）」という。）による。", "以上"]),
        ("遅れていないか？急ぐ！", ["遅れていないか？", "急ぐ！"]),
        ("途中で\n折れた行。次の文。", ["途中で\n折れた行。", "次の文。"]),
        ("閉じない（かっこがある。次の文。終わり", ["閉じない（かっこがある。", "次の文。", "終わり"]),
        ("第1.1版は3．5倍。", ["第1.1版は3．5倍。"]),
        ("It is open. It works.", ["It is open.", "It works."]),
        ("", []),
        (" 　\n", []),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert [s.of(text) for s in split(text)] == sentences


@given(JAPANESE)
def test_sentences_hold_every_letter_once_and_in_order(text: str) -> None:
    spans = split(text)
    assert "".join("".join(s.of(text).split()) for s in spans) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_an_overlong_sentence_is_cut_at_a_comma() -> None:
    text = "、".join(["長い文"] * 400)
    spans = split(text)
    assert all(len(s) <= LONGEST for s in spans)
    assert all(s.of(text).endswith("、") for s in spans[:-1])
