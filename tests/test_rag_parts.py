"""Each part left out: what it did is no longer done, and nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.errors import InputError
from rag.features import FEATURES
from rag.retrieval import LEGS, Retriever, fusion_weights
from rag.settings import PARTS, Settings

TODAY = date(2026, 11, 1)
QUESTION = "課長の日当はいくらですか"


def lacking(assistant: Assistant, *parts: str) -> Assistant:
    return Assistant(assistant.snapshot, assistant.encoder, replace(assistant.settings, without=frozenset(parts)))


def test_the_parts_to_leave_out_are_read_from_the_environment() -> None:
    assert Settings.read({}).without == frozenset()
    assert Settings.read({"TENKYO_WITHOUT": "vector, grams,"}).without == {"vector", "grams"}
    with pytest.raises(InputError, match=r"TENKYO_WITHOUTの「vectors」という部分はないので、terms、.*ください。$"):
        Settings.read({"TENKYO_WITHOUT": "vectors,grams"})


@pytest.mark.parametrize("left", LEGS)
def test_without_a_leg_the_others_are_fused_by_their_weights(assistant: Assistant, left: str) -> None:
    question = assistant.understand(QUESTION)
    legs = {leg: np.maximum(s, 0) for leg, s in assistant.retriever.legs(question, TODAY).items() if leg != left}
    weights = {leg: fusion_weights()[leg] for leg in legs}
    expected = sum(weights[leg] * legs[leg] / legs[leg].max() for leg in legs) / sum(weights.values())
    found = lacking(assistant, left).retriever.search(question, 5, TODAY)
    np.testing.assert_allclose([h.score for h in found.hits], expected[list(found.numbers)], rtol=1e-5)
    assert found.hits[0].score == pytest.approx(float(expected.max()))


def test_without_a_leg_what_only_it_finds_is_not_found(assistant: Assistant) -> None:
    question = assistant.understand("ＺＺＺ")
    assert assistant.retriever.search(question, 5, TODAY).hits
    assert lacking(assistant, "vector").retriever.search(question, 5, TODAY).hits == ()
    assert lacking(assistant, "vector").ask("ＺＺＺ", TODAY).abstained


def test_one_leg_has_to_stay(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="一つは残してください"):
        Retriever(assistant.snapshot, assistant.encoder, frozenset(LEGS))


@pytest.mark.parametrize(
    ("part", "question", "said", "official"),
    [
        ("glossary", "海外に行くときは誰のオーケーがいりますか", "オーケー", "承認"),
        ("readings", "にっとうはいくらですか", "にっとう", "日当"),
    ],
)
def test_without_it_a_question_is_not_rewritten(assistant: Assistant, part: str, question: str, said: str, official: str) -> None:
    whole = assistant.understand(question)
    assert [r.official[0] for r in whole.rewrites if r.said == said] == [official]
    other = lacking(assistant, part).understand(question)
    assert other.rewrites == tuple(r for r in whole.rewrites if r.said != said)


def test_without_it_a_question_is_not_split(assistant: Assistant) -> None:
    question = "課長の日当はいくらですか。結婚したら休暇は何日もらえますか。"
    assert len(assistant.understand(question).parts) == 2
    assert lacking(assistant, "parts").understand(question) == replace(assistant.understand(question), parts=())


def test_without_the_trees_the_share_of_the_question_ranks(assistant: Assistant) -> None:
    question = assistant.understand(QUESTION)
    reading = lacking(assistant, "ranker").reading(question, assistant.retrieve(question, TODAY))
    shares = reading.features[:, [FEATURES.index("wide_terms"), FEATURES.index("own_grams")]].sum(axis=1)
    scores = [c.score for c in reading.ranked]
    np.testing.assert_allclose(scores, shares, rtol=1e-6)
    assert scores == sorted(scores, reverse=True)


def test_without_reordering_the_passages_stay_as_fused(assistant: Assistant) -> None:
    question = assistant.understand(QUESTION)
    ranking = assistant.retrieve(question, TODAY)
    whole, other = (a.reading(question, ranking) for a in (assistant, lacking(assistant, "reorder")))
    assert other.ranking == ranking
    assert whole.ranking.numbers != ranking.numbers
    assert [(c.text, c.score) for c in other.ranked] == [(c.text, c.score) for c in whole.ranked]
    assert all(c.unit in ranking.hits[c.passage].passage.units for c in other.ranked)


def test_without_confidence_every_question_is_answered(assistant: Assistant) -> None:
    question = "社員食堂のカレーの値段はいくらですか"
    assert assistant.ask(question, TODAY).abstained
    answer = lacking(assistant, "confidence").ask(question, TODAY).timed(0)
    assert answer.sentences
    assert answer == Assistant(assistant.snapshot, assistant.encoder, Settings(threshold=0)).ask(question, TODAY).timed(0)


@pytest.mark.parametrize("part", PARTS)
def test_the_answer_without_a_part_still_cites(assistant: Assistant, part: str) -> None:
    answer = lacking(assistant, part).ask(QUESTION, TODAY)
    for citation in answer.citations:
        assert citation.span.of(assistant.snapshot.document(citation.doc_id, citation.version).text) == citation.quote
