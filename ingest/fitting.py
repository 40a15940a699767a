"""Fitting what ranks and what abstains, on questions that the encoder was not trained on.

Three small models, each recorded with how it was fitted: the weights of the retrieval legs (fusion.json), the ranker of
candidates (ranker.npz, LambdaMART by LightGBM: Burges, "From RankNet to LambdaRank to LambdaMART", 2010) and the confidence
(confidence.npz, boosted trees, with its threshold in confidence.json). Fitted in this order, each on the outcome of the one before.
"""

from __future__ import annotations

import json
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.common import write_common_grams
from ingest.examples import Collection, Example, collect, everyday, jaquad, laws, practice, with_strangers
from rag.confidence import FIRST, HARDLY, RECORD, SIGNALS, SIGNS, TREES, signals
from rag.errors import InputError
from rag.features import FEATURES
from rag.retrieval import LEGS
from rag.trees import Trees

Progress = Callable[[str], None]
Examples = dict[str, list[Example]]
Scores = dict[str, list[NDArray[np.float64]]]
FOLDS = 5
PLATEAU = 0.004
"""How far below the best mean reciprocal rank a point of the grid counts as equally good."""
AS_GOOD = 0.002
"""How far below the most questions right a threshold counts as equally good; of such the highest is taken, for to withhold is safer."""
SHARES = {"answerable": 0.7, "near": 0.25, "taken away": 0.03, "other": 0.02}
"""How much the kinds of cases count in training the confidence, within a collection: near misses are hard to learn."""
ASKED = {"answerable": 0.82, "near": 0.14, "other": 0.04}
"""How much they count for the probability, the threshold and the figures: about as often as people ask what is not there."""
COLLECTIONS = {"jaquad": 0.3, "laws": 0.8, "everyday": 0.6, "practice": 4.0}
"""How much the collections count: the more, the more they are like what is asked of policy documents."""


@dataclass(frozen=True, slots=True)
class FitSettings:
    """`holdout` is the share of JaQuAD's articles kept from the encoder; `hidden` the share of questions whose document is hidden,
    `strangers` the questions of other collections added to each."""

    holdout: float = 0.25
    questions: int = 1500
    hidden: float = 0.15
    strangers: int = 150
    trees: int = 250
    leaves: int = 15
    rate: float = 0.05
    smallest_leaf: int = 60
    seed: int = 1


def fit(data: Path, out: Path, *, settings: FitSettings, progress: Progress) -> dict[str, Any]:
    """Fit all three on the training data of the folder and write them into `out`, with the common grams; returns what is recorded
    beside them."""
    out.mkdir(parents=True, exist_ok=True)
    progress("ありふれた文字の並びを数えています")
    write_common_grams(data, out)
    collections = (
        jaquad(data, settings.holdout, settings.questions, settings.seed),
        laws(data, settings.seed),
        everyday(),
        practice(),
    )
    asked = with_strangers(collections, settings.strangers, settings.seed)
    examples = {c.name: list(_collected(c, settings, progress)) for c in asked}
    weights, fusion = fit_fusion(examples)
    trees, ranker, scores = fit_ranker(examples, settings)
    confidence, calibration = fit_confidence(examples, scores, settings)
    questions = {name: len(found) for name, found in examples.items()}
    record = {"settings": asdict(settings), "questions": questions, "fusion": fusion, "ranker": ranker, "confidence": calibration}
    confidence.save(out / TREES)
    (out / RECORD).write_text(_json(calibration), encoding="utf-8")
    (out / "fusion.json").write_text(_json({"weights": weights, "fitted": fusion}), encoding="utf-8")
    trees.save(out / "ranker.npz")
    (out / "training.json").write_text(_json(record), encoding="utf-8")
    return record


def _collected(collection: Collection, settings: FitSettings, progress: Progress) -> Iterator[Example]:
    with tempfile.TemporaryDirectory() as folder:
        found = collect(collection, Path(folder) / collection.name, settings.hidden, settings.seed)
        for n, example in enumerate(found, start=1):
            if n % 500 == 0:
                progress(f"{collection.name}: {n}/{len(collection.asked)}問")
            yield example


# Fusion


def fit_fusion(examples: Examples) -> tuple[dict[str, float], dict[str, Any]]:
    """The weights with the best mean reciprocal rank of the first passage that answers, collections counting alike.

    Many points of the grid are as good as the best one within what chance makes; their mean is taken, which lies inside.
    """
    grid = [w for w in product(np.arange(0, 1.01, 0.1), repeat=len(LEGS)) if abs(sum(w) - 1) < 1e-9]
    pools = {name: [(_normalised(e.pool), e.gold) for e in found if e.gold.any()] for name, found in examples.items()}
    results = {w: {name: _mrr(np.array(w), pool) for name, pool in pools.items()} for w in grid}
    overall = {w: float(np.mean(list(found.values()))) for w, found in results.items()}
    good = [w for w in grid if overall[w] >= max(overall.values()) - PLATEAU]
    chosen = np.mean(good, axis=0)
    weights = {leg: round(float(w), 3) for leg, w in zip(LEGS, chosen, strict=True)}
    reached = {name: round(_mrr(chosen, pool), 4) for name, pool in pools.items()}
    alone = {
        leg: {name: round(_mrr(w, pool), 4) for name, pool in pools.items()}
        for leg, w in zip(LEGS, np.eye(len(LEGS)), strict=True)
    }
    return weights, {"method": f"mean of the {len(good)} best points of a grid, by MRR", "mrr": reached, "mrr_alone": alone}


def _normalised(pool: NDArray[np.float32]) -> NDArray[np.float32]:
    top = pool.max(axis=1, keepdims=True)
    normal: NDArray[np.float32] = (np.maximum(pool, 0) / np.where(top > 0, top, 1)).astype(np.float32)
    return normal


def _mrr(weights: NDArray[np.float64], pools: Sequence[tuple[NDArray[np.float32], NDArray[np.bool_]]]) -> float:
    total = 0.0
    for pool, gold in pools:
        scores = weights @ pool
        total += 1 / (1 + int((scores > scores[gold].max()).sum()))
    return total / len(pools)


# Ranker


def fit_ranker(examples: Examples, settings: FitSettings) -> tuple[Trees, dict[str, Any], Scores]:
    """Trees fitted on all examples; how often the first candidates answer, and every example's scores, when the trees have not
    seen the example's document."""
    right: dict[str, list[tuple[bool, bool]]] = {name: [] for name in examples}
    scores: Scores = {name: [np.zeros(0)] * len(found) for name, found in examples.items()}
    for fold in range(FOLDS):
        trees = _boost([e for found in examples.values() for e in found if _fold(e) != fold and (e.labels == 1).any()], settings)
        for name, found in examples.items():
            for i, e in enumerate(found):
                if _fold(e) != fold:
                    continue
                scores[name][i] = trees.predict(e.features)
                order = np.argsort(-scores[name][i], kind="stable")
                if (e.labels == 1).any():
                    right[name].append((bool(e.labels[order[0]] == 1), bool((e.labels[order[:3]] == 1).any())))
    figures = {
        name: {"first": _mean(r[0] for r in found), "first_three": _mean(r[1] for r in found)} for name, found in right.items()
    }
    trees = _boost([e for found in examples.values() for e in found if (e.labels == 1).any()], settings)
    return trees, {"method": f"LightGBM lambdarank, {FOLDS} folds by document", "held_out": figures}, scores


def _fold(example: Example) -> int:
    return zlib.crc32(example.group.encode()) % FOLDS


def _mean(values: Iterator[bool]) -> float:
    found = list(values)
    return round(sum(found) / max(1, len(found)), 4)


def _boost(examples: Sequence[Example], settings: FitSettings) -> Trees:
    try:
        import lightgbm
    except ImportError as error:
        raise InputError("LightGBMがないので、「pip install lightgbm」で入れてからもう一度実行してください。") from error
    kept = [e.labels >= 0 for e in examples]
    rows = np.concatenate([e.features[k] for e, k in zip(examples, kept, strict=True)])
    labels = np.concatenate([e.labels[k] for e, k in zip(examples, kept, strict=True)])
    table = lightgbm.Dataset(rows, labels, group=[int(k.sum()) for k in kept], feature_name=list(FEATURES))
    parameters = {
        "objective": "lambdarank", "learning_rate": settings.rate, "num_leaves": settings.leaves, "min_data_in_leaf": settings.smallest_leaf,
        "lambdarank_truncation_level": 10, "feature_fraction": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1, "seed": settings.seed,
        "deterministic": True, "force_row_wise": True, "verbose": -1,
    }  # fmt: skip
    return trees_of(lightgbm.train(parameters, table, settings.trees).dump_model())


# Confidence


def fit_confidence(examples: Examples, scores: Scores, settings: FitSettings) -> tuple[Trees, dict[str, Any]]:
    """Boosted trees for «the documents answer», no signal speaking against its own meaning; the slope and shift that make of their
    margin the probability that one of the first candidates answers; and the threshold under which to abstain: the highest of those
    that get as good as most questions right, an unanswerable one being right when it is not answered.

    Questions without an answer are near misses, the answerable ones with every candidate that answers taken away (the document
    speaks of the matter, but the sentence is not there), and those that the documents do not speak of; SHARES says how they weigh.
    """
    rows, right, kind, collection, fold = [], [], [], [], []
    for name, found in examples.items():
        for e, s in zip(found, scores[name], strict=True):
            for what, kept in _cases(e):
                order = np.argsort(-s[kept], kind="stable")
                rows.append(signals(e.features[kept][order], s[kept][order].astype(np.float32), e.known))
                right.append(bool((e.labels[kept][order[:FIRST]] == 1).any()))
                kind.append(what)
                collection.append(name)
                fold.append(_fold(e))
    x, y, f = np.array(rows), np.array(right), np.array(fold)
    kinds, names = np.array(kind), np.array(collection)
    w, said, p = _shares(kinds, names, SHARES), _shares(kinds, names, ASKED), kinds == "answerable"
    margin = np.zeros(len(x))
    for k in range(FOLDS):
        margin[f == k] = _boost_confidence(x[f != k], p[f != k], w[f != k], settings).predict(x[f == k])
    asked = kinds != "taken away"  # such questions train; what is calibrated and chosen are questions as asked
    slope, shift = _platt(margin[asked], y[asked], said[asked])
    held_out = _sigmoid(slope * margin + shift)
    above = np.arange(HARDLY + 0.02, 0.8, 0.01)
    worth = {t: float(np.average(np.where(held_out >= t, y, ~p)[asked], weights=said[asked])) for t in above.tolist()}
    threshold = max(t for t, reached in worth.items() if reached >= max(worth.values()) - AS_GOOD)
    given = held_out >= threshold
    withheld = {
        what: round(float(np.average(~given[kinds == what])), 4)
        for what in SHARES
        if what != "answerable" and (kinds == what).any()
    }
    areas = {what: round(_area(held_out[p], held_out[kinds == what]), 4) for what in withheld}
    figures = {
        "answered_of_answerable": round(float(np.average(given[p], weights=said[p])), 4),
        "withheld": withheld,
        "area_under_roc": areas,
        "reliability": _reliability(held_out[asked], y[asked], said[asked]),
    }
    record = {
        "threshold": round(float(threshold), 3),
        "slope": slope,
        "shift": shift,
        "method": f"LightGBM, binary, monotone by signal, {FOLDS} folds by document",
        "held_out": figures,
    }
    return _boost_confidence(x, p, w, settings), record


def _cases(example: Example) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """What an example is for the confidence, and which of its candidates are there."""
    everything = np.ones(len(example.labels), bool)
    if (example.labels == 1).any():
        yield "answerable", everything
        yield "taken away", example.labels == 0
    else:
        yield "near" if example.near else "other", everything


def _shares(kinds: NDArray[np.str_], names: NDArray[np.str_], shares: Mapping[str, float]) -> NDArray[np.float64]:
    """The weight of each case: by `shares` within a collection, the collections by COLLECTIONS; the mean is 1."""
    weight: NDArray[np.float64] = np.zeros(len(kinds))
    for name in set(names.tolist()):
        here = names == name
        present = {what: share for what, share in shares.items() if (here & (kinds == what)).any()}
        for what, share in present.items():
            these = here & (kinds == what)
            weight[these] = COLLECTIONS.get(name, 1.0) * share / sum(present.values()) / these.sum()
    weight *= len(kinds) / weight.sum()
    return weight


def _boost_confidence(x: NDArray[np.float32], y: NDArray[np.bool_], w: NDArray[np.float64], settings: FitSettings) -> Trees:
    import lightgbm

    parameters = {
        "objective": "binary", "learning_rate": 0.04, "num_leaves": 12, "min_data_in_leaf": settings.smallest_leaf * 2 // 3, "feature_fraction": 0.3,
        "bagging_fraction": 0.8, "bagging_freq": 1, "lambda_l2": 5.0, "monotone_constraints": list(SIGNS), "boost_from_average": False, "seed": settings.seed,
        "deterministic": True, "force_row_wise": True, "verbose": -1,
    }  # fmt: skip
    table = lightgbm.Dataset(x, y.astype(np.int8), weight=w, feature_name=list(SIGNALS))
    return trees_of(lightgbm.train(parameters, table, settings.trees).dump_model())


def _platt(margin: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64]) -> tuple[float, float]:
    """The slope and shift that make probabilities of margins: Platt, "Probabilistic outputs for support vector machines", 1999."""
    from scipy.optimize import minimize

    def loss(beta: NDArray[np.float64]) -> float:
        z = beta[0] * margin + beta[1]
        return float((weight * (np.logaddexp(0, z) - right * z)).mean())

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return round(float(slope), 4), round(float(shift), 4)


def _sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
    p: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(z, -500, 500)))
    return p


def _area(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """The chance that a question with an answer gets the higher probability."""
    ranks = np.searchsorted(np.sort(negative), positive)
    return float(ranks.mean() / len(negative))


def _reliability(
    probability: NDArray[np.float64], right: NDArray[np.bool_], weight: NDArray[np.float64]
) -> list[dict[str, float]]:
    """For each tenth of the scale: the mean probability said, the share that was right, and the number of questions."""
    tenth = np.minimum((probability * 10).astype(int), 9)
    return [
        {
            "said": round(float(np.average(probability[tenth == k], weights=weight[tenth == k])), 3),
            "right": round(float(np.average(right[tenth == k], weights=weight[tenth == k])), 3),
            "questions": int((tenth == k).sum()),
        }
        for k in range(10)
        if (tenth == k).any()
    ]


# Trees


def trees_of(model: dict[str, Any]) -> Trees:
    """The arrays of a dumped LightGBM model."""
    flat = [_flattened(tree["tree_structure"]) for tree in model["tree_info"]]
    size, depth = max(len(nodes) for nodes, _ in flat), max(d for _, d in flat)
    columns = np.zeros((5, len(flat), size))
    for t, (nodes, _) in enumerate(flat):
        columns[:, t, : len(nodes)] = np.array(nodes).T
    feature, threshold, left, right, value = columns
    whole = np.int16
    return Trees(feature.astype(whole), threshold, left.astype(whole), right.astype(whole), value, depth)


def _flattened(root: dict[str, Any]) -> tuple[list[tuple[int, float, int, int, float]], int]:
    """A tree's nodes as (feature, threshold, left, right, value), root first, and its depth."""
    nodes: list[tuple[int, float, int, int, float]] = []

    def add(node: dict[str, Any]) -> tuple[int, int]:
        at = len(nodes)
        nodes.append((0, 0.0, at, at, float(node.get("leaf_value", 0.0))))
        if "split_feature" not in node:
            return at, 0
        left, left_depth = add(node["left_child"])
        right, right_depth = add(node["right_child"])
        nodes[at] = (int(node["split_feature"]), float(node["threshold"]), left, right, 0.0)
        return at, 1 + max(left_depth, right_depth)

    return nodes, add(root)[1]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
