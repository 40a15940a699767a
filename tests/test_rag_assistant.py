"""From a question to a cited answer, over a real small index."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.answers import NOT_FOUND, address, to_json
from rag.assistant import Assistant
from rag.errors import IndexMismatch, InputError
from rag.settings import Settings
from rag.types import Answer

TODAY = date(2026, 11, 1)
WORDS = [
    "出張",
    "日当",
    "課長",
    "いくら",
    "領収書",
    "有給休暇",
    "いつまで",
    "承認",
    "誰",
    "生成AI",
    "結婚",
    "何日",
    "宇宙",
    "の",
    "は",
    "？",
    "third",
    "２０日",
]


def check_citations(answer: Answer, assistant: Assistant) -> None:
    for citation in answer.citations:
        text = assistant.snapshot.document(citation.doc_id, citation.version).text
        assert text[citation.span.start : citation.span.end] == citation.quote
        assert 0 < len(citation.quote) < 600
    for sentence in answer.sentences:
        assert sentence.citations
        assert all(0 <= n < len(answer.citations) for n in sentence.citations)
    assert len(answer.text) <= 400
    assert answer.abstained == (not answer.sentences)


@pytest.mark.parametrize(
    ("question", "words", "where"),
    [
        ("課長の日当はいくらですか", "２，５００円", "別表（第２条関係）"),
        ("海外出張は誰の承認が必要ですか", "社長の承認", "第1章 総則 > 第2条（日当） 第2項"),
        ("有休は何日前までに届け出ますか", "3営業日前", "第1条（年次有給休暇） 第1項"),
        ("急病のとき年次有給休暇の連絡はいつまでですか", "始業時刻まで", "第1条（年次有給休暇） 第1項"),
        ("結婚したら休暇は何日もらえますか", "五日間", "第2条（慶弔休暇）"),
        ("生成AIの利用には誰の承認がいりますか", "所属長の承認", "第2条"),
    ],
)
def test_the_answer_cites_the_rule(assistant: Assistant, question: str, words: str, where: str) -> None:
    answer = assistant.ask(question, TODAY)
    check_citations(answer, assistant)
    assert words in answer.text
    cited = [c for c in answer.citations if words in c.quote]
    assert cited
    assert any(where in address(c.path) for c in cited)


def test_a_list_question_gets_all_items(assistant: Assistant) -> None:
    answer = assistant.ask("出張から帰ったら経理部に提出する書類は何ですか", TODAY)
    assert all(item in answer.text for item in ("精算書", "証憑", "出張報告書"))


def test_a_proviso_comes_with_its_main_clause(assistant: Assistant) -> None:
    answer = assistant.ask("日帰り出張の日当は半額ですか", TODAY)
    assert answer.text.index("日当は、別表の額とする。") < answer.text.index("ただし、日帰りの出張には、その半額を支給する。")


def test_a_row_is_read_out_under_its_header_and_both_are_cited(assistant: Assistant) -> None:
    answer = assistant.ask("部長の宿泊料の上限はいくらですか", TODAY)
    assert "宿泊料の上限：１５，０００円" in answer.text
    quotes = [answer.citations[n].quote for n in answer.sentences[0].citations]
    assert quotes == ["部長\t３，０００円\t１５，０００円", "役職\t日当\t宿泊料の上限"]


@pytest.mark.parametrize(
    "question",
    ["社員食堂のカレーの値段はいくらですか", "What is the capital of France?", "宇宙旅行の申込先の電話番号を教えてください"],
)
def test_what_the_documents_do_not_say(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question, TODAY)
    assert answer.abstained
    assert answer.reason is not None
    assert answer.citations == ()
    assert to_json(answer, assistant.snapshot)["answer"] == NOT_FOUND


def test_the_version_of_the_day_answers(assistant: Assistant) -> None:
    question = "生成AIの利用には誰の承認がいりますか"
    assert {c.version for c in assistant.ask(question, TODAY).citations if c.doc_id == "genai"} == {"2.0"}
    assert {c.version for c in assistant.ask(question, date(2025, 1, 1)).citations if c.doc_id == "genai"} == {"1.0"}
    assert not [h for h in assistant.search(question, as_of=date(2022, 1, 1)) if h.passage.doc_id == "genai"]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map("".join))
def test_every_answer_keeps_the_invariants(assistant: Assistant, question: str) -> None:
    check_citations(assistant.ask(question, TODAY), assistant)


def test_hits_are_ranked_and_their_spans_exact(assistant: Assistant) -> None:
    hits = assistant.search("出張の日当", 5, TODAY)
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    for hit in hits:
        text = assistant.snapshot.document(hit.passage.doc_id, hit.passage.version).text
        assert hit.passage.span.of(text) == hit.passage.text


def test_the_legs_score_every_passage_and_hide_what_is_not_in_force(assistant: Assistant) -> None:
    legs = assistant.retriever.legs(assistant.understand("日当はいくら"), TODAY)
    assert set(legs) == {"terms", "grams", "vector"}
    hidden = {row.number for row in assistant.snapshot.documents() if row.version == "1.0"}
    for scores in legs.values():
        assert scores.shape == (assistant.snapshot.size,)
        assert [bool(np.isneginf(s)) for s in scores] == [int(d) in hidden for d in assistant.snapshot.passage_document]


@pytest.mark.parametrize("question", ["", " \n　"])
def test_an_empty_question(assistant: Assistant, question: str) -> None:
    with pytest.raises(InputError, match="質問が空"):
        assistant.ask(question)


def test_an_overlong_question(assistant: Assistant) -> None:
    with pytest.raises(InputError, match="10000文字"):
        assistant.ask("あ" * 10_000)


def test_an_answer_is_as_long_as_set(index: Path) -> None:
    short = Assistant.open(index, Settings(answer_length=60))
    assert all(
        len(short.ask(q, TODAY).text) <= 60
        for q in ("課長の日当はいくらですか", "経理部に提出する書類は何ですか", "有休の届出はいつまで")
    )


def test_an_index_of_another_encoder(index: Path) -> None:
    with pytest.raises(IndexMismatch, match="符号化モデル"):
        Assistant.open(index, Settings(dimension=64))


def test_the_line_of_the_answers_file(assistant: Assistant) -> None:
    line = to_json(assistant.ask("課長の日当はいくらですか", TODAY), assistant.snapshot)
    assert {"question", "answer", "abstained", "confidence", "seconds", "sentences", "citations", "hits"} <= line.keys()
    assert line["citations"][0].keys() >= {"doc", "doc_id", "start", "end", "quote", "page", "path"}
    assert line["citations"][0]["doc"] == "travel.txt"
    assert len(line["hits"]) >= min(10, assistant.snapshot.size - 2)
    assert line["hits"][0].keys() >= {"doc", "start", "end", "score"}


def test_an_address_is_written_as_readers_write_it() -> None:
    assert address(("第2章 服務", "第11条（兼業）", "第2項", "第3号")) == "第2章 服務 > 第11条（兼業） 第2項 第3号"
    assert address(()) == ""


@pytest.mark.parametrize(
    ("question", "facts"),
    [
        ("課長の日当はいくらで、海外出張は誰の承認が必要ですか", ("２，５００円", "社長の承認")),
        ("課長の日当はいくらですか。また、結婚したら休暇は何日もらえますか。", ("２，５００円", "五日間")),
        ("生成AIの利用には誰の承認がいりますか。年次有給休暇は何年で消滅しますか。", ("所属長の承認", "二年を経過")),
    ],
)
def test_a_question_in_two_parts_gets_both_facts_cited(assistant: Assistant, question: str, facts: tuple[str, str]) -> None:
    assert len(assistant.understand(question).parts) == 2
    answer = assistant.ask(question, TODAY)
    check_citations(answer, assistant)
    for fact in facts:
        assert fact in answer.text
        assert any(fact in citation.quote for citation in answer.citations)
    # Each stands before what was found for the whole question alone.
    assert all(answer.text.index(fact) < 200 for fact in facts)


def test_the_candidates_of_the_parts_come_first_in_turn(assistant: Assistant) -> None:
    question = assistant.understand("課長の日当はいくらですか。また、結婚したら休暇は何日もらえますか。")
    ranking = assistant.retrieve(question, TODAY)
    whole, *several = (assistant.reading(q, ranking) for q in (question, *question.parts))
    promoted = whole.promoting(several)
    assert [c.text for c in promoted.ranked[:4]] == [r.ranked[n].text for n in (0, 1) for r in several]
    assert promoted.ranked[4:] == whole.ranked
    assert promoted.ranking == whole.ranking
    for c in promoted.ranked:
        assert c.unit in promoted.ranking.hits[c.passage].passage.units
    assert [c.score for c in promoted.ranked] == sorted((c.score for c in promoted.ranked), reverse=True)
