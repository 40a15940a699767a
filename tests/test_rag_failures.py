"""Whatever a model does wrong, there is an answer or a clear sentence within the time that is set."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from llm_server import Step
from writers import KEY, writer_on

from rag.generate import Writer
from rag.types import Answer

QUESTION = "課長の日当はいくらですか"
GOOD = Step("課長の日当は2,500円です[1]。")
LIMIT, EPSILON = 1.5, 0.7


def timed(ask: Callable[[], Answer]) -> Answer:
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < LIMIT + EPSILON
    return answer


def is_extractive(answer: Answer, writer: Writer) -> bool:
    plain = writer.assistant.ask(QUESTION)
    return (answer.sentences, answer.citations, answer.abstained) == (plain.sentences, plain.citations, plain.abstained)


FAILING = {
    "timeout": ("時間内に答えなかった", Step(delay=30)),
    "stalled": ("時間内に答えなかった", Step("長い文の途中", pace=10)),
    "slow thought": ("時間内に答えなかった", Step("<think>ああ", pace=0.1, endless=True)),
    "busy": ("混み合って", Step(status=429)),
    "busy for long": ("混み合って", Step(status=429, headers={"Retry-After": "60"})),
    "busy until a day": ("混み合って", Step(status=429, headers={"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"})),
    "error 500": ("エラーが起きた", Step(status=500)),
    "error 502": ("エラーが起きた", Step(status=502)),
    "error 503": ("エラーが起きた", Step(status=503)),
    "broken at once": ("途中で切れた", Step("日当は", breaks=True)),
    "broken after a sentence": ("途中で切れた", Step("課長の日当は2,500円です[1]。次に", breaks=True)),
    "no end": ("途中で切れた", Step("日当は", finish="")),
    "empty": ("何も答えなかった", Step("")),
    "only a thought": ("何も答えなかった", Step("<think>考え</think>")),
    "endless": ("終わらなかった", Step("あいうえお" * 200, endless=True, size=1000)),
    "invalid JSON": ("決めた形になっていなかった", Step('{"answerable": tru')),
    "other JSON": ("決めた形になっていなかった", Step('{"answer": "2,500円"}')),
    "no server-sent events": ("モデル", Step(raw=b"<html>welcome</html>")),
    "an event that is no JSON": ("モデル", Step(raw=b"data: {not json\n\n")),
    "an error in the stream": ("モデル", Step(raw=b'data: {"error": {"message": "out of memory"}}\n\n')),
    "refusal": ("断った", Step("申し訳ありませんが、そのご質問にはお答えできません。")),
    "refusal as a field": ("断った", Step(refusal="I cannot help.")),
    "content filter": ("断った", Step("日当は", finish="content_filter")),
    "too long however short": ("長さに収まらなかった", Step(status=400, error="maximum context length is 9 tokens")),
    "payload too large": ("長さに収まらなかった", Step(status=413)),
    "wrong model": ("サーバーになかった", Step(status=404)),
    "bad key": ("鍵が認められなかった", Step(status=401, error=f"Incorrect API key provided: {KEY}")),
    "forbidden": ("鍵が認められなかった", Step(status=403)),
    "bad request": ("要求を受け付けなかった", Step(status=400, error="unknown field")),
    "cut within a sentence": ("終わらなかった", Step("課長の日当は", finish="length")),
    "made up": ("裏づけられる文がなかった", Step("課長の日当は9,999円です[1]。")),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILING)
def test_the_extractive_answer_stands_in_and_says_why(index: Path, name: str) -> None:
    told, step = FAILING[name]
    with writer_on(index, step, model_timeout=LIMIT, model_retries=1) as (writer, _):
        answer = timed(lambda: writer.ask(QUESTION))
        assert is_extractive(answer, writer)
    assert answer.trace is not None
    assert answer.trace.fallback
    (notice,) = answer.trace.notices
    assert told in notice
    assert "モデルを使わない答えを示します" in notice
    assert notice.count("。") == 1
    assert KEY not in repr(answer)


def test_nobody_listens(index: Path) -> None:
    with writer_on(index, GOOD, model_url="http://127.0.0.1:9/v1", model_timeout=LIMIT) as (writer, _):
        answer = timed(lambda: writer.ask(QUESTION))
        assert is_extractive(answer, writer)
    assert answer.trace is not None
    assert "つながらなかった" in answer.trace.notices[0]


@pytest.mark.parametrize(
    "first",
    [
        Step(status=429, headers={"Retry-After": "0.2"}),
        Step(status=500),
        Step(status=503),
        Step("途中", breaks=True),
        Step(""),
        Step('{"answerable": tr'),
        Step(status=400, error="'response_format' of type 'json_schema' is not supported"),
        Step(status=400, error="Unsupported value: 'temperature'"),
        Step(status=400, error="Unrecognized request argument: stream_options"),
    ],
)
def test_what_passes_is_tried_again(index: Path, first: Step) -> None:
    with writer_on(index, [first, GOOD]) as (writer, server):
        answer = writer.ask(QUESTION)
    assert answer.text == "課長の日当は2,500円です。"
    assert answer.trace is not None
    assert (answer.trace.calls, answer.trace.fallback, len(server.requests)) == (2, False, 2)


def test_what_the_server_asks_to_wait_is_waited(index: Path) -> None:
    with writer_on(index, [Step(status=429, headers={"Retry-After": "1"}), GOOD]) as (writer, server):
        assert not writer.ask(QUESTION).trace.fallback  # type: ignore[union-attr]
    assert server.times[1] - server.times[0] >= 1


@pytest.mark.parametrize("status", [401, 404])
def test_what_does_not_pass_is_not_tried_again(index: Path, status: int) -> None:
    with writer_on(index, Step(status=status)) as (writer, server):
        writer.ask(QUESTION)
    assert len(server.requests) == 1


def test_what_a_server_refuses_is_left_out_from_then_on(index: Path) -> None:
    def script(request: dict[str, Any]) -> Step:
        refused = [name for name in ("response_format", "temperature") if name in request]
        return Step(status=400, error=f"{refused[0]} is not supported") if refused else GOOD

    with writer_on(index, script) as (writer, server):
        assert writer.ask(QUESTION).text == writer.ask(QUESTION).text == "課長の日当は2,500円です。"
    assert len(server.requests) == 4


@pytest.mark.parametrize("message", ["This model's maximum context length is 9 tokens", "the request exceeds the available context size", "prompt is too long: 9 tokens"])  # fmt: skip
def test_passages_are_dropped_by_rank_until_they_fit(index: Path, message: str) -> None:
    def script(request: dict[str, Any]) -> Step:
        return GOOD if str(request["messages"]).count("おわり") <= 4 else Step(status=400, error=message)

    with writer_on(index, script) as (writer, server):
        answer = writer.ask(QUESTION)
    assert answer.text == "課長の日当は2,500円です。"
    assert answer.trace is not None
    assert answer.trace.dropped > 0
    assert f"順位の低い{answer.trace.dropped}箇所" in answer.trace.notices[0]
    first = [hit.passage.text.split("\n")[-1] for hit in answer.hits[:1]]
    assert all(text in server.requests[-1]["messages"][1]["content"] for text in first)


def test_a_small_context_is_kept_to_without_asking(index: Path) -> None:
    with writer_on(index, GOOD, model_context=1024) as (writer, server):
        answer = writer.ask(QUESTION)
    assert answer.trace is not None
    assert answer.trace.dropped > 0
    assert len(server.requests) == 1


def test_a_reply_that_turns_in_a_circle_ends_with_what_holds(index: Path) -> None:
    with writer_on(index, Step("課長の日当は2,500円です[1]。", endless=True), model_timeout=LIMIT) as (writer, server):
        assert timed(lambda: writer.ask(QUESTION)).text == "課長の日当は2,500円です。"
        assert server.gone.wait(2)


def test_a_reply_that_was_cut_gives_its_whole_sentences(index: Path) -> None:
    with writer_on(index, Step("課長の日当は2,500円です[1]。宿泊料の上", finish="length"), model_format="plain") as (writer, _):
        answer = writer.ask(QUESTION)
    assert answer.text == "課長の日当は2,500円です。"
    assert answer.trace is not None
    assert answer.trace.notices == ("モデルの答えが長すぎたので、途中までの文で答えました。",)


def test_the_answer_is_no_longer_than_is_set(index: Path) -> None:
    text = "課長の日当は2,500円です[1]。部長の日当は3,000円です[1]。その他の社員の日当は2,000円です[1]。" * 5
    with writer_on(index, Step(text), answer_length=50) as (writer, _):
        assert len(writer.ask(QUESTION).text) <= 50
