"""The fitted models: what is exported gives what the library gives, and the fits find what is there to be found."""

from pathlib import Path

import lightgbm
import numpy as np
import pytest

from ingest.examples import Example, everyday
from ingest.fitting import FitSettings, fit_confidence, fit_fusion, fit_ranker, trees_of
from rag.confidence import SIGNALS, confidence
from rag.features import FEATURES
from rag.ranker import rank
from rag.retrieval import LEGS, fusion_weights
from rag.trees import Trees

SETTINGS = FitSettings(trees=20, smallest_leaf=5)


def example(n: int, rng: np.random.Generator) -> Example:
    """Eight candidates of which the one with the highest first feature answers; the second leg finds the passage."""
    features = rng.random((8, len(FEATURES))).astype(np.float32)
    features[:, 0] *= 0.6
    features[n % 8, 0] = 0.9
    labels = (np.arange(8) == n % 8).astype(np.int8)
    if n % 4 == 0:
        features[:, 0] /= 4
        labels[:] = 0
    gold = np.zeros(6, bool)
    gold[n % 6] = True
    pool = rng.random((len(LEGS), 6)).astype(np.float32)
    pool[1] = gold + 0.1
    return Example(f"d{n}", features, labels, pool, gold, 1.0)


@pytest.fixture(scope="module")
def examples() -> dict[str, list[Example]]:
    rng = np.random.default_rng(0)
    return {"a": [example(n, rng) for n in range(200)], "b": [example(n, rng) for n in range(60)]}


def test_exported_trees_give_what_lightgbm_gives(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = rng.random((300, 5)).astype(np.float32)
    booster = lightgbm.train({"verbose": -1, "num_leaves": 7}, lightgbm.Dataset(rows, rows[:, 0] * rows[:, 1] > 0.3), 15)
    trees = trees_of(booster.dump_model())
    trees.save(tmp_path / "t.npz")
    np.testing.assert_allclose(Trees.load(tmp_path / "t.npz").predict(rows), booster.predict(rows), rtol=1e-9)


def test_the_leg_that_finds_the_passage_gets_the_weight(examples: dict[str, list[Example]]) -> None:
    weights, record = fit_fusion(examples)
    assert max(weights, key=lambda leg: weights[leg]) == LEGS[1]
    assert sum(weights.values()) == pytest.approx(1, abs=0.01)
    assert record["mrr"]["a"] == 1.0


def test_the_ranker_learns_the_feature_that_answers_and_the_confidence_what_cannot_be_answered(
    examples: dict[str, list[Example]],
) -> None:
    trees, record, scores = fit_ranker(examples, SETTINGS)
    assert record["held_out"]["a"]["first"] > 0.8
    rows = examples["a"][1].features
    assert int(np.argmax(trees.predict(rows))) == int(np.argmax(rows[:, 0]))
    fitted, calibration = fit_confidence(examples, scores, SETTINGS)
    assert set(fitted["weights"]) == set(SIGNALS)
    assert 0 < fitted["threshold"] < 0.8
    assert calibration["held_out"]["area_under_roc"] > 0.8


def test_the_shipped_models_fit_the_program() -> None:
    assert set(fusion_weights()) == set(LEGS)
    assert 0 < confidence(np.zeros(len(SIGNALS), np.float32)) < 1
    assert rank([], np.zeros((0, len(FEATURES)), np.float32))[0] == []


def test_everyday_questions_point_at_their_sentences() -> None:
    collection = everyday()
    texts = {line["id"]: line["text"] for line in collection.lines}
    assert len(collection.asked) > 200
    assert all(asked.spans[0].of(texts[asked.doc_id]) == asked.phrase for asked in collection.asked)
