"""How far the evidence carries: the signals by hand, and when an answer may be given."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rag.assistant import Assistant
from rag.confidence import FIRST, HARDLY, SIGNALS, SIGNS, confidence, judge, signals
from rag.features import FEATURES
from rag.settings import Settings
from rag.types import AbstainReason

FIT = ("fits", "fits_hard", "fits_counter")
AT = {name: i for i, name in enumerate(SIGNALS)}


def rows(*candidates: dict[str, float]) -> NDArray[np.float32]:
    """The features of candidates, 0 where none is given."""
    table = np.zeros((len(candidates), len(FEATURES)), np.float32)
    for row, values in zip(table, candidates, strict=True):
        for name, value in values.items():
            row[FEATURES.index(name)] = value
    return table


def seen(candidates: NDArray[np.float32], scores: list[float], known: float = 1.0) -> dict[str, float]:
    return dict(zip(SIGNALS, signals(candidates, np.array(scores, np.float32), known).tolist(), strict=True))


def made(**values: float) -> NDArray[np.float32]:
    """Signals, 0 where none is given."""
    out = np.zeros(len(SIGNALS), np.float32)
    for name, value in values.items():
        out[AT[name]] = value
    return out


def test_each_signal_has_a_name_and_a_sign() -> None:
    assert len(SIGNALS) == len(set(SIGNALS)) == len(SIGNS)
    assert set(SIGNS) == {-1, 0, 1}
    assert {"best_own_terms", "top_own_terms", "fitting_wide_soft", "behind", "known"} <= set(SIGNALS)


def test_without_candidates_all_is_zero_and_nothing_is_answered() -> None:
    nothing = signals(np.zeros((0, len(FEATURES)), np.float32), np.zeros(0, np.float32), 1.0)
    assert nothing.shape == (len(SIGNALS),)
    assert not nothing.any()
    probability, reason = judge(nothing)
    assert 0 <= probability <= HARDLY
    assert reason == "no_hits"
    assert judge(nothing, 0.0)[1] == "no_hits"


def test_the_best_candidate_and_the_highest_of_the_first() -> None:
    found = seen(
        rows(
            {"own_terms": 0.5, "wide_missing": 0.4, "new_digits": 2},
            {"own_terms": 0.7, "wide_missing": 0.1},
            *({"wide_missing": 0.9},) * 3,
            {"own_terms": 1.0, "wide_missing": 0.0},  # the sixth is not seen
        ),
        [2.0, 1.5, 1.0, 0.5, 0.25, 0.0],
        known=0.75,
    )
    assert found["best_own_terms"] == pytest.approx(0.5)
    assert found["top_own_terms"] == pytest.approx(0.7)
    assert found["best_wide_missing"] == pytest.approx(0.4)
    assert found["least_missing"] == pytest.approx(0.1)
    assert (found["first_new_digits"], found["second_own_terms"]) == (2, pytest.approx(0.7))
    assert (found["score"], found["lead_first"], found["lead"], found["known"]) == (2.0, 0.5, 2.0, 0.75)
    assert found["share"] == pytest.approx(1 / np.exp([0, -0.5, -1, -1.5, -1.75, -2.0]).sum())


@pytest.mark.parametrize("wrong", FIT)
def test_the_best_that_has_the_kind_of_thing_asked_for_and_how_far_it_is_behind(wrong: str) -> None:
    good = dict.fromkeys(FIT, 1.0)
    found = seen(
        rows(
            {**good, wrong: -1, "wide_soft": 0.9},
            {**good, wrong: 0, "wide_soft": 0.4, "own_soft": 0.3},
            {**good, "wide_soft": 0.6, "own_soft": 0.1},
            {**good, wrong: -1, "wide_soft": 1.0},
        ),
        [2.0, 1.5, 1.0, 0.0],
    )
    assert found["any_fits"] == 1
    assert found["behind"] == pytest.approx(0.5)
    assert (found["fitting_wide_soft"], found["fitting_own_soft"]) == pytest.approx((0.6, 0.3))


def test_nothing_of_the_kind_asked_for() -> None:
    found = seen(rows(*({"fits_hard": -1, "wide_soft": 0.9},) * 3), [2.0, 1.5, 0.5])
    assert (found["any_fits"], found["fitting_wide_soft"], found["behind"]) == (0, 0, 1.5)
    # What fits after the first five does not count.
    late = seen(rows(*({"fits": -1.0},) * FIRST, {"fits": 1.0}), [5.0, 4.0, 3.0, 2.0, 1.0, 0.0])
    assert (late["any_fits"], late["behind"]) == (0, 5.0)


def test_one_candidate_leads_by_nothing() -> None:
    found = seen(rows({"own_terms": 1.0}), [3.0])
    assert (found["lead"], found["lead_first"], found["share"], found["behind"]) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("passage", "grams", "wide", "like", "reason"),
    [
        (0.0, 0.0, 0.0, 0.0, "no_hits"),
        (0.0, 0.09, 0.3, 0.4, "no_hits"),
        (0.0, 0.11, 0.3, 0.4, "thin_evidence"),
        (0.1, 0.0, 0.1, 0.3, "no_hits"),
        (0.1, 0.0, 0.1, 0.4, "thin_evidence"),
        (0.3, 0.0, 0.3, 0.4, "thin_evidence"),
        (0.6, 0.0, 0.6, 0.6, "near_miss"),
    ],
)
def test_why_it_is_not_answered(passage: float, grams: float, wide: float, like: float, reason: AbstainReason) -> None:
    found = made(
        best_passage_terms=passage, top_passage_terms=passage, top_own_grams=grams, top_wide_terms=wide, top_wide_soft=like
    )
    assert judge(found, 1.0)[1] == reason


def test_an_answer_without_a_word_of_the_question_is_hardly_one() -> None:
    strong = np.where(np.array(SIGNS) > 0, 1, 0).astype(np.float32)
    strong[AT["score"]] = strong[AT["lead"]] = strong[AT["lead_first"]] = 5
    assert judge(strong)[0] == confidence(strong) > 0.5
    assert judge(strong)[1] is None
    strange = strong.copy()
    strange[[AT["top_passage_terms"], AT["top_own_grams"]]] = 0
    assert judge(strange) == (min(HARDLY, confidence(strange)), "no_hits")
    assert judge(strange, 0.0)[1] is None
    shared = strange.copy()
    shared[AT["top_own_grams"]] = 0.2
    assert judge(shared)[0] == confidence(shared)


def test_a_threshold_is_reached_from_it_on() -> None:
    found = made(
        best_passage_terms=0.4, top_passage_terms=0.4, best_own_terms=0.4, top_own_terms=0.4, top_wide_terms=0.4, share=0.2
    )
    probability = confidence(found)
    assert judge(found, 0.0) == (probability, None)
    assert judge(found, probability) == (probability, None)
    assert judge(found, np.nextafter(probability, 1)) == (probability, "thin_evidence")


VECTORS = st.lists(st.floats(0, 1, width=32), min_size=len(SIGNALS), max_size=len(SIGNALS))


@settings(deadline=None)
@given(VECTORS, st.integers(0, len(SIGNALS) - 1), st.floats(0, 1, width=32))
def test_no_signal_speaks_against_its_own_meaning(values: list[float], at: int, more: float) -> None:
    found = np.array(values, np.float32)
    raised = found.copy()
    raised[at] += more
    before, after = confidence(found), confidence(raised)
    assert 0 <= before <= 1
    assert (after - before) * SIGNS[at] >= -1e-9 or not SIGNS[at]


def test_threshold_0_answers_what_is_withheld(assistant: Assistant) -> None:
    question = "社員食堂のカレーの値段はいくらですか"
    assert assistant.ask(question).abstained
    every = Assistant(assistant.snapshot, assistant.encoder, Settings(threshold=0)).ask(question)
    assert (every.abstained, every.reason) == (False, None)
    assert every.citations
