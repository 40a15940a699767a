"""The LangChain parts give what the assistant gives."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable

from rag.assistant import Assistant
from rag.chain import PassageRetriever, make_chain
from rag.errors import InputError
from rag.types import Answer

QUESTIONS = ["課長の日当はいくらですか", "有休は何日前までに届け出ますか", "社員食堂のカレーの値段はいくらですか"]
DAY = date(2026, 11, 1)


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0.0)


def test_invoke_and_batch_equal_the_assistant(assistant: Assistant) -> None:
    chain = make_chain(assistant)
    assert isinstance(chain, Runnable)
    alone = [timeless(assistant.ask(q)) for q in QUESTIONS]
    assert [timeless(chain.invoke(q)) for q in QUESTIONS] == alone
    assert [timeless(a) for a in chain.batch(list(QUESTIONS))] == alone


def test_stream_grows_to_the_whole_answer(assistant: Assistant) -> None:
    grown = list(make_chain(assistant).stream(QUESTIONS[1]))
    assert timeless(grown[-1]) == timeless(assistant.ask(QUESTIONS[1]))
    assert [len(a.sentences) for a in grown] == list(range(1, len(grown) + 1))


def test_the_day_travels_with_the_question(assistant: Assistant) -> None:
    chain = make_chain(assistant)
    question = "生成AIの利用には誰の承認がいりますか"
    assert timeless(chain.invoke({"question": question, "as_of": date(2025, 1, 1)})) == timeless(
        assistant.ask(question, date(2025, 1, 1))
    )


@pytest.mark.parametrize(
    ("question", "previous", "searched"),
    [
        ("では部長は？", ["課長の日当はいくらですか"], "部長の日当はいくらですか"),
        ("その宿泊料の上限は？", ("課長の日当はいくらですか", "では部長は？"), "部長の日当について、宿泊料の上限は？"),
        (QUESTIONS[1], ["課長の日当はいくらですか"], ""),
        (QUESTIONS[0], [], ""),
    ],
)
def test_a_follow_up_is_what_the_assistant_makes_of_it(
    assistant: Assistant, question: str, previous: Sequence[str], searched: str
) -> None:
    answer = make_chain(assistant).invoke({"question": question, "as_of": DAY, "previous": previous})
    assert timeless(answer) == timeless(assistant.ask(question, DAY, previous))
    assert (answer.question, answer.searched) == (question, searched)
    found = PassageRetriever(assistant=assistant, as_of=DAY, previous=previous).invoke(question)
    assert [d.id for d in found] == [
        h.passage.id for h in assistant.search(searched or question, assistant.settings.passages, DAY)
    ]


def test_earlier_questions_have_to_be_a_sequence_of_questions(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="前の質問が空"):
        make_chain(assistant).invoke({"question": QUESTIONS[0], "previous": [" "]})
    with pytest.raises(ValueError, match="previous"):
        make_chain(assistant).invoke({"question": QUESTIONS[0], "previous": QUESTIONS[1]})


def test_the_retriever_gives_the_passages(assistant: Assistant) -> None:
    retriever = PassageRetriever(assistant=assistant, as_of=DAY)
    assert isinstance(retriever, BaseRetriever)
    found = retriever.invoke("出張の日当")
    hits = assistant.search("出張の日当", assistant.settings.passages, DAY)
    assert [(d.id, d.page_content) for d in found] == [(h.passage.id, h.passage.text) for h in hits]
    assert found[0].metadata.keys() >= {"doc_id", "version", "source", "title", "path", "start", "end", "score"}


def test_a_bad_question_raises_as_the_assistant_does(assistant: Assistant) -> None:
    with pytest.raises(InputError):
        make_chain(assistant).invoke("  ")
