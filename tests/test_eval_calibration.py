"""Calibration: values worked out by hand, and the threshold from which on an answer is given."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.functional.classification import binary_calibration_error

from eval.answers import Reply
from eval.calibration import Calibration, Given, Point, Tenth, calibration, curve, reliability
from eval.gold import Gold
from eval.score import Score
from rag.assistant import Assistant
from rag.confidence import SIGNALS, judge
from rag.errors import InputError
from rag.settings import Settings

TODAY = date(2026, 11, 1)
ANSWERS = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=1)


def row(confidence: float | None, right: bool = True, answerable: bool = True, abstained: bool = False) -> Score:
    asked = Gold("q", "number", "？", answerable, (), (), False)
    return Score(asked, Reply("q", "", abstained, confidence=confidence), exact=True, length=0, cited=right)


def test_by_hand() -> None:
    found = calibration(
        [
            row(0.3),
            row(0.95),
            row(0.95, answerable=False),
            row(0.62),
            row(0.99, answerable=False, abstained=True),
            row(None),
        ]
    )
    assert found.reliability.tenths == (Tenth(0.3, 0.3, 1, 1), Tenth(0.6, 0.62, 1, 1), Tenth(0.9, 0.95, 0.5, 2))
    assert found.reliability.error == pytest.approx((0.7 + 0.38 + 2 * 0.45) / 4)
    assert found.curve.points == (Point(0.95, 2 / 6, 1 / 2), Point(0.62, 3 / 6, 1 / 3), Point(0.3, 4 / 6, 1 / 4))
    assert found.curve.area == pytest.approx(2 / 6 * 1 / 2 + 1 / 6 * 1 / 3 + 1 / 6 * 1 / 4)
    assert list(found.by_tenth()) == list(zip(found.reliability.tenths, reversed(found.curve.points), strict=True))
    assert found.as_json()["curve"][0] == {"confidence": 0.95, "coverage": 2 / 6, "error": 0.5}  # type: ignore[index]


def test_a_tenth_begins_at_its_number() -> None:
    edges = [0.0, 0.0999, 0.1, 0.3, 0.6, 0.7, 0.8999, 0.9, 1.0]
    tenths = reliability([(c, True) for c in edges]).tenths
    assert [(t.low, t.count) for t in tenths] == [(0.0, 2), (0.1, 1), (0.3, 1), (0.6, 1), (0.7, 1), (0.8, 1), (0.9, 2)]


def test_the_extremes() -> None:
    assert reliability([(1.0, True), (0.0, False)]).error == 0
    assert reliability([(1.0, False), (0.0, True)]).error == 1
    assert curve([(0.9, True), (0.8, False)], 2).area == pytest.approx(0.25)
    assert curve([(0.9, False), (0.8, True)], 2).area == pytest.approx(0.75)


def test_without_an_answer_the_figures_are_null() -> None:
    found = calibration([row(0.2, abstained=True)])
    assert math.isnan(found.reliability.error)
    assert found.as_json() == {"ece": None, "area": None, "tenths": [], "curve": []}


@given(ANSWERS, st.integers(0, 5))
def test_each_point_is_what_its_threshold_gives(answers: list[Given], withheld: int) -> None:
    questions = len(answers) + withheld
    found = Calibration(reliability(answers), curve(answers, questions))
    for point in found.curve.points:
        reached = [right for confidence, right in answers if confidence >= point.confidence]
        assert point.coverage == len(reached) / questions
        assert point.error == pytest.approx(1 - sum(reached) / len(reached))
    assert [p.confidence for p in found.curve.points] == sorted({c for c, _ in answers}, reverse=True)
    assert sum(t.count for t in found.reliability.tenths) == len(answers)
    for tenth, point in found.by_tenth():
        assert tenth.low <= point.confidence <= tenth.confidence + 1e-9
    assert 0 <= found.reliability.error <= 1
    assert 0 <= found.curve.area <= 1


@pytest.mark.parametrize(("value", "threshold"), [("", None), ("0", 0.0), ("0.55", 0.55), ("1", 1.0)])
def test_the_threshold_is_read(value: str, threshold: float | None) -> None:
    assert Settings.read({"TENKYO_THRESHOLD": value}).threshold == threshold


@pytest.mark.parametrize("value", ["1.01", "-0.1", "nan", "inf", "40%", "many"])
def test_a_threshold_that_makes_no_sense_is_named(value: str) -> None:
    with pytest.raises(
        InputError, match=f"^環境変数TENKYO_THRESHOLDの値「{value}」は使えないので、0から1までの数にしてください。$"
    ):
        Settings.read({"TENKYO_THRESHOLD": value})


def test_at_zero_every_question_gets_its_best_answer(assistant: Assistant) -> None:
    questions = ("課長の日当はいくらですか", "火山の噴火の仕組みは", "宇宙", "？", "third")
    fitted = [assistant.ask(q, TODAY) for q in questions]
    assert [a.abstained for a in fitted] == [False, True, True, True, True]
    for threshold, abstained in ((0.0, False), (1.0, True)):
        assistant.settings = replace(assistant.settings, threshold=threshold)
        answers = [assistant.ask(q, TODAY) for q in questions]
        assert [a.abstained for a in answers] == [abstained] * len(questions)
        assert [bool(a.sentences) for a in answers] == [not abstained] * len(questions)
        assert [a.confidence for a in answers] == [a.confidence for a in fitted]


def test_where_nothing_is_found_nothing_is_answered() -> None:
    assert judge(np.zeros(len(SIGNALS), np.float32), 0)[1] == "no_hits"


def test_equal_to_torchmetrics_and_to_the_definition() -> None:
    draw = random.Random(8)
    for _ in range(500):
        answers = [(draw.random(), draw.random() < 0.7) for _ in range(draw.randint(1, 40))]
        confidences, right = torch.tensor([c for c, _ in answers]), torch.tensor([r for _, r in answers])
        theirs = float(binary_calibration_error(confidences, right.long(), n_bins=10))
        assert reliability(answers).error == pytest.approx(theirs, abs=1e-5)
        ordered = [r for _, r in sorted(answers, reverse=True)]
        risks = [1 - sum(ordered[:k]) / k for k in range(1, len(ordered) + 1)]
        assert curve(answers, len(answers)).area == pytest.approx(sum(risks) / len(risks))
