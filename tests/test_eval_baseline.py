"""Two runs side by side: by hand, and read back from reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.baseline import Change, Comparison, Outcome, Run, compare, read_run


def outcomes(*verified: bool, rank: int = 1) -> dict[str | int, Outcome]:
    return {n: Outcome(rank=rank, counted={"verified": (float(v), 1.0)}) for n, v in enumerate(verified)}


def run(*verified: bool) -> Run:
    return Run({"verified": sum(verified) / len(verified)}, dict(enumerate(verified)), outcomes(*verified))


def test_comparing_by_hand() -> None:
    before = Run({"verified": 0.5, "mrr": None}, {"a": True, "b": False, "c": True, "old": True})
    after = Run({"verified": 0.75, "mrr": 0.5}, {"new": True, "c": True, "b": True, "a": False})
    found = compare(before, after)
    assert found == Comparison((("verified", 0.5, 0.75), ("mrr", None, 0.5)), ("b",), ("a",), ("new",), ("old",))
    assert not found.worse
    assert found.p == 1
    assert compare(after, before).moved == (("verified", 0.75, 0.5), ("mrr", 0.5, None))


def test_the_tests_are_over_the_questions_that_both_have() -> None:
    before = run(*[True] * 10, False)
    after = run(*[False] * 8, *[True] * 2)
    found = compare(before, after)
    tested = {t.name: t for t in found.tested}["verified"]
    assert (tested.before, tested.after, tested.difference.value) == (1.0, 0.2, -0.8)
    assert tested.p == tested.adjusted == pytest.approx(found.p) == pytest.approx(2 / 2**8)
    assert found.removed == (10,)
    assert found.worse
    assert found.as_json()["p_mcnemar"] == found.p


def test_what_changed_for_a_question() -> None:
    before = Outcome(1, "", False, "十日です。", ("a.txt「十日」", "b.txt「同じ」"))
    after = Outcome(0, "retrieval", True, "該当なし", ("b.txt「同じ」",))
    assert list(Change("q", False, before, after).moved()) == [
        ("検索の順位", "1", "なし"),
        ("失敗した段階", "なし", "検索（根拠が、検索された箇所にない）"),
        ("一方だけの引用", "a.txt「十日」", "なし"),
        ("回答", "十日です。", "（棄権）"),
    ]
    assert list(Change("q", True, before, before).moved()) == []


def test_a_report_of_an_earlier_release_still_tells_gains_and_losses(tmp_path: Path) -> None:
    old = {"verified": 1.0, "rows": [{"id": "a", "verified": True, "rank": 1}, {"id": 2, "verified": False, "rank": 0}]}
    (tmp_path / "figures.json").write_text(json.dumps(old), encoding="utf-8")
    before = read_run(tmp_path)
    assert (before.verified, before.outcomes) == ({"a": True, 2: False}, {})
    found = compare(before, Run({"verified": 0.5}, {"a": False, 2: False}, outcomes(False)))
    assert (found.lost, found.tested, found.changes) == (("a",), (), ())
