"""Search terms by a real MeCab, with the way back to the stored text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.terms import functional, gram_ids, term_ids, terms, tokenizer_name, tokens

WORDS = st.lists(
    st.sampled_from(
        [
            "第十一条",
            "令和7年4月1日",
            "テレワーク",
            "個人情報を",
            "提出しなければならない。",
            " AI ",
            "3.5億円",
            "<u>用語</u>",
            "\n",
            "（案）",
            "SB942",
        ]
    ),
    max_size=12,
)


def test_terms_are_lemmas_of_content_words() -> None:
    assert terms("社員は、申請書を提出しなければならない。") == ["社員", "申請", "書", "提出"]


def test_inflections_share_a_term() -> None:
    assert set(terms("規程を改めた")) & set(terms("規程を改める")) >= {"改める", "規程"}


def test_numbers_are_terms_alone_and_with_their_counter() -> None:
    found = terms("第十一条、第1.1版、SB942")
    assert {"11", "11条", "1.1", "sb942"} <= set(found)


@settings(deadline=None)
@given(WORDS)
def test_tokens_give_the_same_terms_with_spans_of_the_stored_text(words: list[str]) -> None:
    text = "".join(words)
    found = tokens(text)
    assert [t.term for t in found] == terms(text)
    assert all(t.span.of(text).strip() for t in found)


def test_a_token_points_at_its_words() -> None:
    text = "期限は\n令和７年 ４月です"
    assert [t.span.of(text) for t in tokens(text) if t.term == "2025年"] == ["令和７年"]


def test_term_hashes_are_the_same_on_every_machine() -> None:
    assert term_ids(["個人情報", "第"]).tolist() == [932849396, 2386428689]


def test_grams_do_not_cross_punctuation() -> None:
    assert len(gram_ids("ab。cd")) == 2
    assert set(gram_ids("規程だ").tolist()) == set(gram_ids("規程").tolist()) | set(gram_ids("程だ").tolist()) | {
        gram_ids("規程だ")[-1]
    }


@pytest.mark.parametrize("text", ["", "。", "あ"])
def test_text_without_grams(text: str) -> None:
    assert gram_ids(text).dtype == np.uint32
    assert len(gram_ids(text)) == 0


def test_the_tokenizer_names_its_versions() -> None:
    assert "unidic-lite" in tokenizer_name()


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("いくらでしょうか", "しょうか", True),
        ("漏れたかもしれない", "もしれ", True),
        ("どうなるのかって", "かって", True),
        ("これからどうする", "これから", True),
        ("申請していないと", "していない", True),
        ("土日だといつになる", "といつ", True),
        ("けいひの精算", "けいひ", False),
        ("課長のにっとうは", "にっとう", False),
        ("はくしょも公文書", "はくしょ", False),
        ("ざんぎょうは何時間", "ざんぎょう", False),
        ("これはでんわですか", "でんわ", False),
    ],
)
def test_words_that_one_writes_in_kana_and_those_that_one_does_not(text: str, part: str, expected: bool) -> None:
    start = text.index(part)
    assert functional(text, start, start + len(part)) == expected
