"""Retrieval through ir_measures: by hand, and against torchmetrics and plain definitions on 500 random questions each."""

from __future__ import annotations

import math
import random

import pytest
import torch
from torchmetrics.functional.retrieval import retrieval_normalized_dcg, retrieval_recall, retrieval_reciprocal_rank

from eval.answers import Place, Reply
from eval.figures import DEPTHS, figures
from eval.gold import Evidence, Gold
from eval.retrieval import relevant, retrieved
from eval.score import Score, Sources, score

TEXT = "第１条　旅費は十日以内に精算する。第２条　日当は三千円とする。第３条　部長の承認を受ける。"
SOURCES = Sources({"a.txt": TEXT}.get)


def asked(*quotes: str, every: bool) -> Gold:
    return Gold("q", "number", "？", True, (), tuple(Evidence("a.txt", q) for q in quotes), every)


def at(*words: str) -> tuple[Place, ...]:
    return tuple(Place("a.txt", TEXT.index(w), TEXT.index(w) + len(w)) for w in words)


def found(gold: Gold, *hits: str) -> tuple[Score, dict[str, float]]:
    row = score(gold, Reply("q", "", False, hits=at(*hits)), SOURCES)
    return row, retrieved([row])[0]


def test_any_evidence_by_hand() -> None:
    row, values = found(asked("十日以内", "三千円", every=False), "部長の承認", "日当は三千円とする", "十日以内に精算")
    assert (row.needs, row.gains, row.rank) == (1, (0, 1, 0), 2)
    assert [values[f"recall@{k}"] for k in (1, 2, 10)] == [0, 1, 1]
    assert [values[f"evidence_recall@{k}"] for k in DEPTHS] == [0, 1, 1, 1]
    assert values["mrr"] == 0.5
    assert values["ndcg@10"] == pytest.approx(1 / math.log2(3))


def test_all_evidence_by_hand() -> None:
    row, values = found(asked("十日以内", "三千円", "承認", every=True), "部長", "日当は三千円とする", "三千円", TEXT[:20])
    assert (row.needs, row.gains, row.rank) == (3, (0, 1, 0, 1), 2)
    assert relevant(row) == {"2": 1, "4": 1, "lacking 0": 1}
    assert values["evidence_recall@3"] == pytest.approx(1 / 3)
    assert values["evidence_recall@10"] == pytest.approx(2 / 3)
    ideal = sum(1 / math.log2(r + 1) for r in (1, 2, 3))
    assert values["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / ideal)


def test_one_hit_with_two_pieces_is_worth_two() -> None:
    row, values = found(asked("十日以内", "三千円", every=True), TEXT)
    assert (row.gains, values["ndcg@10"], values["evidence_recall@1"]) == ((2,), 1, 1)


def test_without_a_hit_everything_is_zero() -> None:
    row, values = found(asked("十日以内", every=False))
    assert row.gains == ()
    assert set(values.values()) == {0.0}


def test_questions_without_an_answer_have_no_value() -> None:
    none = Score(Gold("n", "unanswerable", "？", False, (), (), False), Reply("n", "", True), True, 0)
    row, values = found(asked(every=True), "十日以内")
    assert (row.needs, row.cited, values) == (0, True, {})
    assert retrieved([none, none]) == [{}, {}]


def random_row(draw: random.Random, number: int) -> Score:
    every = draw.random() < 0.5
    needs = draw.randint(1, 4) if every else 1
    gains, left = [], needs
    for _ in range(draw.randrange(13)):
        gain = min(left, draw.choice((0, 0, 0, 1, 1, 2)))
        gains.append(gain)
        left -= gain
    rank = next((i for i, g in enumerate(gains, 1) if g), 0)
    gold = Gold(number, "number", "？", True, (), (), every)
    return Score(gold, Reply(number, "", False), True, 0, rank=rank, needs=needs, gains=tuple(gains))


def test_equal_to_torchmetrics_and_to_the_definitions() -> None:
    draw = random.Random(4)
    rows = [random_row(draw, n) for n in range(500)]
    for row, values in zip(rows, retrieved(rows), strict=True):
        lacking = row.needs - sum(row.gains)
        grades = torch.tensor([*row.gains, *[0] * (20 - len(row.gains)), *[1] * lacking])
        order = 1 / torch.arange(1, len(grades) + 1)
        total = int((grades > 0).sum())
        assert values["ndcg@10"] == pytest.approx(float(retrieval_normalized_dcg(order, grades, top_k=10)), abs=1e-5)
        for k in DEPTHS:
            theirs = float(retrieval_recall(order, grades > 0, top_k=k))
            assert values[f"evidence_recall@{k}"] == pytest.approx(theirs, abs=1e-6)
            assert values[f"evidence_recall@{k}"] == pytest.approx(sum(g > 0 for g in row.gains[:k]) / total)
        reached = order[: len(row.gains)], grades[: len(row.gains)] > 0
        theirs = float(retrieval_reciprocal_rank(*reached)) if row.gains else 0.0
        assert values["mrr"] == pytest.approx(theirs, abs=1e-6)


def test_the_figures_of_the_shared_scorer_are_the_same() -> None:
    draw = random.Random(5)
    rows = [random_row(draw, n) for n in range(500)]
    whole, values = figures(rows), retrieved(rows)
    assert whole.mrr == pytest.approx(sum(v["mrr"] for v in values) / len(rows))
    for k in DEPTHS:
        assert whole.recall[k] == pytest.approx(sum(v[f"recall@{k}"] for v in values) / len(rows))
