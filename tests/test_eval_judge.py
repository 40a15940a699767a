"""The model's opinion: asked for as RAGAS does, apart from the offline figures, compared with the verifier, and whole without the model."""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from llm_server import LLMServer, Step
from sklearn.metrics import cohen_kappa_score

from eval.judge import judge
from eval.judgement import Judgement, Opinion, Statement, kappa
from eval.report import evaluate
from eval.score import Score
from rag.assistant import Assistant
from rag.secret import Secret

GOLD = [
    ("leave", "有休は何日前までに届け出ますか。", "3営業日前", "leave.md", "取得日の3営業日前までに所属長に届け出る"),
    ("wedding", "本人が結婚するときの慶弔休暇は何日ですか。", "五日", "leave.md", "連続する五日間の慶弔休暇を与える"),
    ("none", "社員食堂のカレーの値段はいくらですか。", "", "", ""),
]


def with_model(assistant: Assistant, server: LLMServer, **settings: Any) -> Assistant:
    chosen = replace(
        assistant.settings, model="openai:judge", model_url=server.url, model_key=Secret("k"), model_retries=1, **settings
    )
    return Assistant(assistant.snapshot, assistant.encoder, chosen)


@pytest.fixture
def rows(assistant: Assistant, tmp_path: Path) -> tuple[Score, ...]:
    lines = [
        {
            "id": name,
            "kind": "number",
            "question": question,
            "answerable": bool(fact),
            "must": [[fact]] if fact else [],
            "evidence": [{"doc": doc, "quote": quote}] if fact else [],
        }
        for name, question, fact, doc, quote in GOLD
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return evaluate(assistant, tmp_path / "gold.jsonl", None, None, lambda line: None).scores


def reply(supported: Callable[[int], bool] = lambda n: True, evasive: bool = False) -> Callable[[dict[str, Any]], Step]:
    """A model that finds the statements for which `supported` says so, and makes the same three questions of every answer."""

    def script(request: dict[str, Any]) -> Step:
        system, user = (m["content"] for m in request["messages"])
        if "questions" in system:
            return Step(
                json.dumps({"evasive": evasive, "questions": ["有休は何日前までに届け出ますか。"] * 3}, ensure_ascii=False)
            )
        numbers = [int(n) for n in re.findall(r"^(\d+)\. ", user.rpartition("判定する文:")[2], re.M)]
        verdicts = [{"number": n, "supported": supported(n)} for n in numbers]
        return Step("判定します。\n```json\n" + json.dumps({"verdicts": verdicts}) + "\n```")

    return script


def test_faithfulness_and_relevance(assistant: Assistant, rows: tuple[Score, ...]) -> None:
    with LLMServer(reply()) as server:
        found = judge(with_model(assistant, server), rows, lambda line: None)
    assert [o.id for o in found.opinions] == ["leave", "wedding"]
    assert [o.faithfulness for o in found.opinions] == [1.0, 1.0]
    assert found.opinions[0].relevance == pytest.approx(1.0)
    assert 0 < found.opinions[1].relevance < 0.9
    assert (found.calls, found.problems, found.tokens) == (4, [], 480)
    sent = [r["messages"] for r in server.requests]
    assert "3営業日前" in sent[0][1]["content"]
    assert GOLD[0][1] not in sent[1][1]["content"]  # the questions are made without the one that was asked


def test_agreement_with_the_verifier(assistant: Assistant, rows: tuple[Score, ...]) -> None:
    with LLMServer(reply(lambda n: n > 1)) as server:
        found = judge(with_model(assistant, server), rows, lambda line: None)
    pairs = [(s.model, s.verifier) for o in found.opinions for s in o.statements]
    assert sum(verifier for _, verifier in pairs) > len(pairs) / 2  # what was read out of the documents is in them
    agreement = found.agreement()
    cells = {"both": (True, True), "model_only": (True, False), "verifier_only": (False, True), "neither": (False, False)}
    assert {name: agreement[name] for name in cells} == {name: pairs.count(cell) for name, cell in cells.items()}
    assert agreement["agreement"] == pytest.approx(sum(model == verifier for model, verifier in pairs) / len(pairs))


def test_an_evasive_answer_is_of_no_relevance(assistant: Assistant, rows: tuple[Score, ...]) -> None:
    with LLMServer(reply(evasive=True)) as server:
        found = judge(with_model(assistant, server), rows, lambda line: None, limit=1)
    assert [o.relevance for o in found.opinions] == [0.0]


@pytest.mark.parametrize(
    ("step", "told", "calls"),
    [
        (Step(status=500), "エラーが起きた", 4),
        (Step(status=401), "鍵が認められなかった", 1),
        (Step("よく分かりません"), "決めた形になっていなかった", 4),
        (Step('{"verdicts": []}'), "決めた形になっていなかった", 2),
        (Step('{"verdicts": [{"number": 1, "supported": "yes"}]}'), "決めた形になっていなかった", 2),
        (Step(""), "何も答えなかった", 4),
    ],
)
def test_what_the_model_fails_at_is_named(
    assistant: Assistant, rows: tuple[Score, ...], step: Step, told: str, calls: int
) -> None:
    before = [(r.verified, r.rank) for r in rows]
    with LLMServer(step) as server:
        found = judge(with_model(assistant, server), rows, lambda line: None)
        assert len(server.requests) == calls
    assert [o.id for o in found.opinions if o.failure] == ["leave", "wedding"]
    assert all(told in problem for problem in found.problems)
    assert [(r.verified, r.rank) for r in rows] == before
    figures = found.as_json()
    assert (figures["failed"], figures["faithfulness"], figures["answer_relevance"]) == (2, None, None)
    assert json.dumps(figures, allow_nan=False)
    assert "―" in "".join(found.told())


def test_a_call_that_passes_by_itself_is_tried_again(assistant: Assistant, rows: tuple[Score, ...]) -> None:
    good, failing = reply(), iter([True, False, True, False])

    def script(request: dict[str, Any]) -> Step:
        return Step(status=503) if next(failing, False) else good(request)

    with LLMServer(script) as server:
        found = judge(with_model(assistant, server), rows, lambda line: None, limit=1)
    assert (found.problems, found.calls) == ([], 4)


def test_kappa_is_that_of_another_implementation() -> None:
    dice = random.Random(7)
    for _ in range(500):
        pairs = [(dice.random() < 0.7, dice.random() < 0.6) for _ in range(dice.randrange(2, 40))]
        first, second = zip(*pairs, strict=True)
        if len(set(first) | set(second)) == 1:
            assert math.isnan(kappa(pairs))
        else:
            assert kappa(pairs) == pytest.approx(cohen_kappa_score(first, second))
    assert kappa([(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15) == pytest.approx(0.4)
    assert math.isnan(kappa([]))


def test_the_figures_by_hand() -> None:
    opinions = (
        Opinion(1, (Statement("a", True, True), Statement("b", False, True)), 0.5),
        Opinion(2, (Statement("c", True, False),), 0.7),
        Opinion(3, failure="モデルのサーバーでエラーが起きた"),
    )
    found = Judgement("m", opinions, 6, 100, 1.0)
    figures = found.as_json()
    assert figures["faithfulness"] == pytest.approx(0.75)
    assert figures["answer_relevance"] == pytest.approx(0.6)
    assert (figures["answers"], figures["failed"], figures["statements"]) == (3, 1, 3)
    assert found.agreement() | {"both": 1, "model_only": 1, "verifier_only": 1, "neither": 0} == found.agreement()
    assert found.problems == ["質問「3」の回答をモデルで判定できませんでした: モデルのサーバーでエラーが起きた"]
