"""The fitted models: what is exported gives what the library gives, and the fits find what is there to be found."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from ingest.examples import Example, collect, everyday, practice
from ingest.fitting import SHARES, FitSettings, fit_confidence, fit_fusion, fit_ranker, trees_of
from rag.confidence import HARDLY, SIGNALS, SIGNS, confidence
from rag.features import FEATURES
from rag.ranker import rank
from rag.retrieval import LEGS, fusion_weights
from rag.trees import Trees

SETTINGS = FitSettings(trees=20, smallest_leaf=5)


def example(n: int, rng: np.random.Generator) -> Example:
    """Eight candidates of which the one with the highest first feature answers, but of a few examples another; the second leg finds
    the passage. One in four has no answer, and every other one of those is a near miss."""
    features = rng.random((8, len(FEATURES))).astype(np.float32)
    features[:, 0] *= 0.6
    features[n % 8, 0] = 0.9
    right = rng.integers(8) if n % 9 == 0 else n % 8
    labels = (np.arange(8) == right).astype(np.int8)
    if n % 4 == 0:
        features[:, 0] /= 2 if n % 8 == 0 else 4
        labels[:] = 0
    gold = np.zeros(6, bool)
    gold[n % 6] = True
    pool = rng.random((len(LEGS), 6)).astype(np.float32)
    pool[1] = gold + 0.1
    return Example(f"d{n}", features, labels, pool, gold, 1.0, near=n % 8 == 0)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Threads that wait for one another make fits as small as these fifty times slower on busy cores."""
    with threadpool_limits(1):
        yield


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
    confidence_trees, calibration = fit_confidence(examples, scores, SETTINGS)
    assert HARDLY < calibration["threshold"] < 0.8
    assert calibration["slope"] > 0
    held_out = calibration["held_out"]
    assert set(held_out["area_under_roc"]) == set(held_out["withheld"]) == set(SHARES) - {"answerable"}
    assert min(held_out["area_under_roc"][kind] for kind in ("near", "other")) > 0.8
    assert held_out["withheld"]["other"] > 0.5
    assert held_out["answered_of_answerable"] > 0.5
    assert sum(row["questions"] for row in held_out["reliability"]) == 260  # those made for training are not calibrated on
    # No signal may speak against its own meaning.
    found = np.random.default_rng(2).random((50, len(SIGNALS))).astype(np.float32)
    for at, sign in enumerate(SIGNS):
        more = found.copy()
        more[:, at] += 0.5
        assert not sign or ((confidence_trees.predict(more) - confidence_trees.predict(found)) * sign >= -1e-9).all()


def test_the_shipped_models_fit_the_program() -> None:
    assert set(fusion_weights()) == set(LEGS)
    assert 0 < confidence(np.zeros(len(SIGNALS), np.float32)) < 1
    assert rank([], np.zeros((0, len(FEATURES)), np.float32))[0] == []


def test_everyday_questions_point_at_their_sentences() -> None:
    collection = everyday()
    rows = (json.loads(line) for line in collection.files["documents.jsonl"].splitlines())
    texts = {row["id"]: row["text"] for row in rows}
    assert len(collection.asked) > 200
    assert all(asked.spans[0].of(texts[asked.doc_id]) == asked.phrase for asked in collection.asked)


def test_practice_questions_point_into_their_documents() -> None:
    collection = practice()
    texts = {Path(name).stem: text for name, text in collection.files.items()}
    assert len(texts) == len(collection.files) > 10
    for asked in collection.asked:
        assert asked.doc_id in texts or (asked.doc_id == "none" and not asked.spans)
        assert not (asked.near and asked.spans)
        assert all(span.of(texts[asked.doc_id]).strip() for span in asked.spans)
    assert sum(asked.near for asked in collection.asked) > 50


def test_an_example_has_the_features_and_labels_of_all_candidates(tmp_path: Path) -> None:
    collection = practice()
    few = [asked for asked in collection.asked if asked.doc_id == "vehicle_rules"][:8]
    docs = {name: text for name, text in collection.files.items() if Path(name).stem == "vehicle_rules"}
    made = list(collect(replace(collection, files=docs, asked=tuple(few)), tmp_path, 0.0, 1))
    assert [e.group for e in made] == ["vehicle_rules"] * len(few)
    for asked, one in zip(few, made, strict=True):
        assert one.features.shape == (len(one.labels), len(FEATURES))
        assert one.pool.shape == (len(LEGS), len(one.gold))
        assert one.near == asked.near
        assert 0 <= one.known <= 1
        assert bool(asked.spans) == bool(one.gold.any())
    assert sum((e.labels == 1).any() for e in made) >= len([a for a in few if a.spans]) - 1
    (tmp_path / "hidden").mkdir()
    hidden = list(collect(replace(collection, files=docs, asked=tuple(few)), tmp_path / "hidden", 1.0, 1))
    assert all(len(e.labels) == 0 for e in hidden)
