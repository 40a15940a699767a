"""A model's answer over HTTP: verified, cited, streamed, counted; by the chain as by the writer."""

import json
import threading
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import Runnable
from llm_server import Step
from writers import writer_on

from rag.answers import to_json
from rag.assistant import Assistant
from rag.chain import make_chain
from rag.errors import InputError
from rag.types import Answer

QUESTION = "課長の日当はいくらですか"
DAY = date(2026, 11, 1)
TEXT = "課長の日当は2,500円です[1]。課長の宿泊料の上限は13,000円です[1]。部長の日当は9,999円です[1]。"
KEPT = ["課長の日当は2,500円です。", "課長の宿泊料の上限は13,000円です。"]
JSON = json.dumps(
    {
        "answerable": True,
        "sentences": [
            {"text": "課長の日当は2,500円です。", "citations": [1], "quotes": ["２，５００円"]},
            {"text": "課長の宿泊料の上限は13,000円です。", "citations": [1], "quotes": ["一泊１３，０００円まで"]},
            {"text": "部長の日当は9,999円です。", "citations": [1], "quotes": []},
        ],
    },
    ensure_ascii=False,
)


def texts(answer: Answer) -> list[str]:
    return [s.text for s in answer.sentences]


def exact(answer: Answer, assistant: Assistant) -> bool:
    """Whether every citation is the stored text's own words, and every sentence has one."""
    quotes = all(
        c.quote == c.span.of(assistant.snapshot.document(c.doc_id, c.version).text) and c.quote for c in answer.citations
    )
    return quotes and all(s.citations and max(s.citations) < len(answer.citations) for s in answer.sentences)


@pytest.mark.parametrize("raw", [TEXT, JSON, f"<think>9,999円かも[1]。</think>{TEXT}", f"```json\n{JSON}\n```"])
@pytest.mark.parametrize("form", ["auto", "plain"])
def test_what_the_documents_support_is_shown_with_its_words(index: Path, raw: str, form: str) -> None:
    with writer_on(index, Step(raw), model_format=form) as (writer, server):
        answer = writer.ask(QUESTION, DAY)
        assert exact(answer, writer.assistant)
    assert texts(answer) == KEPT
    assert [c.quote for c in answer.citations if "課長" in c.quote] == ["課長\t２，５００円\t１３，０００円"]
    assert answer.trace is not None
    assert (answer.trace.prompt_tokens, answer.trace.completion_tokens, answer.trace.calls) == (100, 20, 1)
    assert 0 < answer.trace.seconds <= answer.seconds
    assert [s.verdict for s in answer.trace.removed if "部長" in s.text] == ["contradicted"]
    assert ("response_format" in server.requests[0]) == (form == "auto")


def test_a_quote_that_stands_nowhere_is_reported_and_never_shown(index: Path) -> None:
    with writer_on(index, Step(JSON)) as (writer, _):
        answer = writer.ask(QUESTION, DAY)
    assert answer.trace is not None
    (false,) = [s for s in answer.trace.removed if s.reasons[0].kind == "quotation"]
    assert false.text == "一泊１３，０００円まで"
    assert all("一泊" not in c.quote for c in answer.citations)


def test_unsupported_sentences_are_marked_where_that_is_set(index: Path) -> None:
    with writer_on(index, Step(TEXT), unsupported="mark") as (writer, _):
        answer = writer.ask(QUESTION, DAY)
    assert [s.verdict for s in answer.sentences] == ["supported", "supported", "contradicted"]
    assert "9999円" in answer.sentences[2].reasons[0].text.replace(",", "")
    told = json.loads(json.dumps(to_json(answer, writer.assistant.snapshot)))
    assert told["sentences"][2]["reasons"] == [reason.text for reason in answer.sentences[2].reasons]
    assert "reasons" not in told["sentences"][0]
    assert answer.trace is not None
    assert (told["trace"]["calls"], told["trace"]["notices"]) == (1, list(answer.trace.notices))


@pytest.mark.parametrize("mark", ["[9]", "[0]", "[3]", "", "［99］"])
def test_a_wrong_number_gets_the_words_that_support_it(index: Path, mark: str) -> None:
    with writer_on(index, Step(f"課長の日当は2,500円です{mark}。")) as (writer, _):
        answer = writer.ask(QUESTION, DAY)
        assert exact(answer, writer.assistant)
    assert texts(answer) == KEPT[:1]


@pytest.mark.parametrize("unsupported", ["remove", "mark"])
@pytest.mark.parametrize(("day", "shown"), [("当日", 2), ("翌日", 0)])
def test_an_exception_in_the_next_sentence_sets_the_rule_right(index: Path, unsupported: str, day: str, shown: int) -> None:
    rule = "年次有給休暇を取得するときは、取得日の3営業日前までに所属長に届け出ます"
    raw = f"{rule}[1]。ただし、急病の場合は、{day}の始業時刻までに連絡すれば足ります[1]。"
    with writer_on(index, Step(raw), unsupported=unsupported, model_format="plain") as (writer, _):
        answer = writer.ask("年次有給休暇はいつまでに届け出ますか", DAY)
    kept = [s.text for s in answer.sentences if s.verdict == "supported"] if not answer.trace or not answer.trace.fallback else []
    assert len(kept) == shown
    assert not kept or kept[0] == f"{rule}。"


def test_it_grows_a_verified_sentence_at_a_time(index: Path) -> None:
    with writer_on(index, Step(TEXT, pace=0.02)) as (writer, _):
        grown = list(writer.stream(QUESTION, DAY))
    assert [texts(a) for a in grown] == [KEPT[:1], KEPT, KEPT]
    assert all(s.verdict == "supported" and s.citations for a in grown for s in a.sentences)
    assert grown[0].seconds < grown[-1].seconds


def test_the_first_sentence_is_there_before_the_reply_is(index: Path) -> None:
    with writer_on(index, Step(KEPT[0] + "[1]課長の" + "長" * 30, pace=0.1), model_format="plain") as (writer, server):
        began = time.monotonic()
        stream = writer.stream(QUESTION, DAY)
        assert texts(next(stream)) == KEPT[:1]
        assert time.monotonic() - began < 1.8
        assert not server.gone.is_set()
        stream.close()
        assert server.gone.wait(1)


@pytest.mark.parametrize("form", ["auto", "plain"])
def test_closing_hangs_up_at_once(index: Path, form: str) -> None:
    with writer_on(index, Step(TEXT + "次に" * 500, pace=0.02, size=10), model_format=form) as (writer, server):
        stream = writer.stream(QUESTION, DAY)
        next(stream)
        stream.close()
        assert server.gone.wait(1)


def test_who_shows_it_can_stop_while_the_model_is_silent(index: Path) -> None:
    with writer_on(index, Step(TEXT, delay=8)) as (writer, server):
        stream = writer.stream(QUESTION, DAY, beating=True)
        assert not next(stream).sentences
        stream.close()
        assert server.gone.wait(1)


def test_an_abstaining_model_is_believed(index: Path) -> None:
    with writer_on(index, Step("登録文書に該当する記載が見つかりません。")) as (writer, _):
        answer = writer.ask(QUESTION, DAY)
    assert answer.abstained
    assert not answer.sentences
    assert answer.hits
    assert answer.reason == "near_miss"
    assert answer.trace is not None
    assert not answer.trace.fallback


def test_a_question_about_something_else_is_not_put_to_the_model(index: Path) -> None:
    with writer_on(index, Step(TEXT)) as (writer, server):
        question = "カワセミの好物は何ですか"
        assert writer.ask(question, DAY).reason == writer.assistant.ask(question, DAY).reason == "no_hits"
    assert not server.requests


def test_a_bad_question_raises_as_the_assistant_does(index: Path) -> None:
    with writer_on(index, Step(TEXT)) as (writer, _), pytest.raises(InputError, match="空"):
        writer.ask(" ")


FOLLOWED = ("では部長は？", ("課長の日当はいくらですか",), "部長の日当はいくらですか")
MANAGER = Step("部長の日当は3,000円です[1]。")


def test_a_follow_up_is_made_whole_by_the_model(index: Path) -> None:
    question, previous, whole = FOLLOWED
    with writer_on(index, [Step(f"<think>部長</think>{whole}"), MANAGER]) as (writer, server):
        answer = writer.ask(question, DAY, previous)
    assert (answer.question, answer.searched, answer.text) == (question, whole, "部長の日当は3,000円です。")
    assert answer.trace is not None
    assert (answer.trace.calls, answer.trace.prompt_tokens, answer.trace.completion_tokens) == (2, 200, 40)
    assert previous[0] in server.requests[0]["messages"][1]["content"]
    assert "response_format" not in server.requests[0]
    assert whole in server.requests[1]["messages"][1]["content"]


@pytest.mark.parametrize(
    "rewriting",
    [
        Step(status=500),
        Step(""),
        Step("部長の日当は9,000円ですか"),
        Step("部長の日当はいくらですか\n以上です"),
        Step("長" * 500),
        Step("省略された主題や条件だけを、前の質問から補います。ほかのことは足しません。"),
        Step(delay=5),
    ],
)
def test_where_the_model_cannot_the_rules_do(index: Path, rewriting: Step) -> None:
    question, previous, whole = FOLLOWED
    with writer_on(index, [rewriting, MANAGER], model_timeout=4) as (writer, _):
        answer = writer.ask(question, DAY, previous)
    assert (answer.searched, answer.text) == (whole, "部長の日当は3,000円です。")


def test_a_question_that_stands_alone_is_not_rewritten(index: Path) -> None:
    with writer_on(index, Step(TEXT)) as (writer, server):
        assert writer.ask(QUESTION, DAY, ["有休は何日前までに届け出ますか"]).searched == ""
    assert len(server.requests) == 1


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0.0, trace=replace(answer.trace, seconds=0.0) if answer.trace else None)


def test_the_chain_gives_the_same(index: Path) -> None:
    question, previous, whole = FOLLOWED

    def script(request: dict[str, Any]) -> Step:
        asked = request["messages"][1]["content"]
        return Step(whole) if "最後の質問" in asked else MANAGER if whole in asked else Step(TEXT)

    with writer_on(index, script) as (writer, _):
        chain = make_chain(writer.assistant, writer)
        assert isinstance(chain, Runnable)
        query = {"question": QUESTION, "as_of": DAY}
        assert timeless(chain.invoke(query)) == timeless(writer.ask(QUESTION, DAY))
        assert [texts(a) for a in chain.stream(query)] == [KEPT[:1], KEPT, KEPT]
        follow = {"question": question, "as_of": DAY, "previous": previous}
        assert timeless(chain.invoke(follow)) == timeless(writer.ask(question, DAY, previous))
        assert [texts(a) for a in chain.batch([query, follow])] == [KEPT, ["部長の日当は3,000円です。"]]


def test_closing_the_chains_stream_hangs_up(index: Path) -> None:
    with writer_on(index, Step(TEXT + "次に" * 500, pace=0.02, size=10)) as (writer, server):
        stream = make_chain(writer.assistant, writer).stream({"question": QUESTION, "as_of": DAY})
        assert texts(next(stream)) == KEPT[:1]
        stream.close()
        assert server.gone.wait(1)


def test_threads_share_a_writer(index: Path) -> None:
    found: list[list[str]] = []
    with writer_on(index, Step(TEXT, pace=0.01)) as (writer, _):
        threads = [threading.Thread(target=lambda: found.append(texts(writer.ask(QUESTION, DAY)))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [KEPT] * 4
