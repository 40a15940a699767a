"""Rankings put together, and the search over a real small index."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.retrieval import Ranking, query_vector
from rag.types import Hit, Passage, Span

TODAY = date(2026, 11, 1)


def ranking(**scores: float) -> Ranking:
    """Passages by name with their scores; a name is the index number after «p»."""
    hits = tuple(Hit(Passage(name, "d", "", (), Span(0, 1), "。"), score) for name, score in scores.items())
    return Ranking(tuple(int(name[1:]) for name in scores), hits)


def shown(found: Ranking) -> list[tuple[int, str, float]]:
    return [(n, hit.passage.id, hit.score) for n, hit in zip(found.numbers, found.hits, strict=True)]


def test_new_passages_come_after_these_with_no_higher_score() -> None:
    joined = ranking(p1=0.9, p2=0.5).joined(ranking(p2=1.0, p3=0.8, p4=0.3))
    assert shown(joined) == [(1, "p1", 0.9), (2, "p2", 0.5), (3, "p3", 0.5), (4, "p4", 0.3)]


def test_joined_to_nothing_and_with_nothing() -> None:
    found = ranking(p1=0.9, p2=0.5)
    assert found.joined(ranking()) == found
    assert found.joined(found) == found
    assert ranking().joined(found) == found
    assert ranking().joined(ranking()) == ranking()


def test_joining_again_keeps_what_is_there() -> None:
    once = ranking(p1=0.9).joined(ranking(p2=0.7))
    assert shown(once.joined(ranking(p3=0.8)).joined(ranking(p2=1.0))) == [(1, "p1", 0.9), (2, "p2", 0.7), (3, "p3", 0.7)]


def test_the_passages_of_each_part_come_after_those_of_the_whole(assistant: Assistant) -> None:
    question = assistant.understand("課長の日当はいくらですか。結婚したら休暇は何日もらえますか。")
    assert len(question.parts) == 2
    whole = assistant.retriever.search(question, assistant.settings.passages, TODAY)
    found = assistant.retrieve(question, TODAY)
    assert shown(found)[: len(whole.hits)] == shown(whole)
    assert len(set(found.numbers)) == len(found.numbers)
    for part in question.parts:
        assert set(assistant.retriever.search(part, 6, TODAY).numbers) <= set(found.numbers)


@pytest.mark.parametrize(
    "question", ["課長の日当はいくらですか", "海外に行くときは誰のオーケーがいりますか", "有休は何日前までに届け出ますか"]
)
def test_the_vector_of_a_question_is_of_unit_length(assistant: Assistant, question: str) -> None:
    vector = query_vector(assistant.understand(question), assistant.encoder)
    assert vector.shape == (assistant.encoder.dim,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
