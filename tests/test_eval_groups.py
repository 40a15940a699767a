"""The figures and groups, by hand."""

from __future__ import annotations

import math

import pytest

from eval.alce import Attribution
from eval.answers import Reply
from eval.charts import latency_histogram, recall_curve, share_bars
from eval.gold import Evidence, Gold
from eval.groups import NOWHERE, groups
from eval.measures import Measured, summarised, times
from eval.score import Score


def measured(
    kind: str = "number",
    *docs: str,
    right: bool = True,
    abstained: bool = False,
    length: int = 50,
    question: str = "？",
    found: Attribution | None = None,
    seconds: float = 0.0,
) -> Measured:
    gold = Gold("q", kind, question, bool(docs), (), tuple(Evidence(d, "語") for d in docs), False)
    row = Score(gold, Reply("q", "", abstained, seconds=seconds), True, length, stated=(right,), cited=right, needs=1)
    return Measured(row, {}, None, None if abstained else found, None)


def test_figures_are_ratios_of_sums() -> None:
    rows = [
        measured("number", "a.txt", found=Attribution(4, 4, 4, 4, 4, 0)),
        measured("number", "a.txt", right=False, found=Attribution(1, 1, 0, 1, 0, 1)),
        measured("number", "a.txt", right=False, abstained=True),
        measured("unanswerable", abstained=True),
    ]
    found = summarised([row.counted() for row in rows])
    values = {name: figure.value for name, figure in found.items()}
    assert values["verified"] == 0.5
    assert values["verified_answerable"] == pytest.approx(1 / 3)
    assert (values["citation_recall"], values["citation_precision"]) == (0.5, 0.5)
    assert (values["groundedness"], values["misattribution"]) == (0.8, 0.2)
    assert (values["abstain_precision"], values["abstain_recall"]) == (0.5, 1)
    assert values["false_abstain"] == pytest.approx(1 / 3)
    assert math.isnan(values["mrr"])
    assert {found[n].questions for n in ("groundedness", "abstain_precision")} == {2}
    assert all(f.low <= f.value <= f.high for f in found.values() if f.questions)


def test_a_question_counts_for_each_of_its_documents() -> None:
    rows = [
        measured("cross", "a.txt", "b.txt", length=99, question="あ" * 19),
        measured("number", "b.txt", "b.txt", right=False, length=100, question="あ" * 20),
        measured("unanswerable", abstained=True, question="あ" * 40),
    ]
    found = {(g.dimension, g.name): (g.questions, g.figures["verified"].value) for g in groups(rows)}
    assert found == {
        ("種類", "cross"): (1, 1), ("種類", "number"): (1, 0), ("種類", "unanswerable"): (1, 1),
        ("文書", "a.txt"): (1, 1), ("文書", "b.txt"): (2, 0.5), ("文書", NOWHERE): (1, 1),
        ("質問の長さ", "0～19文字"): (1, 1), ("質問の長さ", "20～39文字"): (1, 0), ("質問の長さ", "40文字以上"): (1, 1),
        ("回答の長さ", "0～99文字"): (1, 1), ("回答の長さ", "100～199文字"): (1, 0), ("回答の長さ", "棄権"): (1, 1),
    }  # fmt: skip
    assert [g.name for g in groups(rows) if g.dimension == "回答の長さ"] == ["棄権", "0～99文字", "100～199文字"]


def test_times_by_hand() -> None:
    rows = [measured("number", "a.txt", seconds=s / 100).score for s in range(101)]
    found = times(rows)
    assert (found["seconds_p50"], found["seconds_p95"]) == pytest.approx((0.505, 0.9505))
    assert found["peak_memory_mib"] > 10
    assert times([])["seconds_p95"] == 0


def test_the_histogram_counts_every_answer() -> None:
    drawn = latency_histogram([0.0001, 0.0015, 0.04, 0.05, 0.9, 100])
    assert drawn.count('class="shape"') == 15
    assert ">2</text>" in drawn
    assert latency_histogram([0.03]).count('class="shape"') == 1


def test_charts_of_extremes_are_drawn() -> None:
    group = groups([measured("<b>", "a.txt")])[0]
    assert "&lt;b&gt;" in share_bars(
        [(group.name, group.figures["verified"], 1), ("長い長い長い名前です", group.figures["mrr"], 2)]
    )
    assert recall_curve([(1, 0.5)]).count("<circle") == 1
    assert "nan" not in share_bars([("x", group.figures["mrr"], 0)])
