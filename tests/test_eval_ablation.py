"""What each part adds: the table by hand, and over a real index with questions that need a part."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from eval.ablation import GOLD, SQUAD, UNSEEN, Ablation, Row, over_gold, over_squad
from eval.report import evaluate
from rag.assistant import Assistant
from rag.settings import PARTS, Settings

QUESTIONS = [
    {
        "id": "plain", "kind": "table", "question": "課長の日当はいくらですか", "must": [["2,500円"]],
        "evidence": [{"doc": "travel.txt", "quote": "課長\t２，５００円"}], "answerable": True,
    },
    {
        "id": "no", "kind": "unanswerable", "question": "社員食堂のカレーの値段はいくらですか", "must": [], "evidence": [],
        "answerable": False,
    },
]  # fmt: skip


def silent(line: str) -> None:
    pass


def by_hand() -> Ablation:
    whole = Row("", {"verified": 0.75, "abstain_recall": math.nan, "seconds_p50": 0.0123})
    return Ablation(whole, (Row("vector", {"verified": 0.5, "abstain_recall": math.nan, "seconds_p50": 0.01}),))


def test_the_table_by_hand() -> None:
    assert by_hand().markdown().splitlines() == [
        "| 外した部分 | verified | abstain_recall | seconds_p50 | verifiedの差 |",
        "| --- | ---: | ---: | ---: | ---: |",
        "| なし（全体） | 0.750 | ― | 0.012 | +0.000 |",
        "| ベクトルの検索（vector） | 0.500 | ― | 0.010 | -0.250 |",
    ]


def test_the_files_by_hand(tmp_path: Path) -> None:
    by_hand().write(tmp_path / "report")
    assert (tmp_path / "report" / "ablation.md").read_text(encoding="utf-8") == by_hand().markdown()
    assert json.loads((tmp_path / "report" / "ablation.json").read_text(encoding="utf-8")) == [
        {"without": None, "verified": 0.75, "abstain_recall": None, "seconds_p50": 0.0123, "difference": 0},
        {"without": "vector", "verified": 0.5, "abstain_recall": None, "seconds_p50": 0.01, "difference": -0.25},
    ]


def test_each_part_is_left_out_over_a_gold_set(assistant: Assistant, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(q, ensure_ascii=False) for q in QUESTIONS), encoding="utf-8")
    told: list[str] = []
    found = over_gold(assistant, gold, evaluate(assistant, gold, None, None, silent), told.append)
    assert [r.part for r in found.parts] == list(PARTS)
    assert [line for line in told if "外して" in line] == [f"{name}を外して調べています" for name in PARTS.values()]
    assert all(tuple(r.figures) == GOLD for r in (found.whole, *found.parts))
    assert (found.whole.figures["verified"], found.whole.figures["abstain_recall"]) == (1.0, 1.0)
    rows = {r.part: r for r in found.parts}
    given = rows["confidence"]
    assert (given.figures["verified"], given.figures["verified_answerable"], given.figures["abstain_recall"]) == (0.5, 1.0, 0.0)
    assert found.difference(given) == -0.5
    assert found.difference(rows["parts"]) == 0
    assert assistant.settings == Settings()


@pytest.mark.parametrize("limit", [None, 1])
def test_each_part_is_left_out_over_paragraphs(squad: Path, limit: int | None) -> None:
    figures, found = over_squad(squad, silent, Settings(), limit, jobs=1)
    assert [r.part for r in found.parts] == [part for part in PARTS if part not in UNSEEN]
    assert tuple(found.whole.figures) == SQUAD
    assert found.whole.figures == {name: figures.as_json()[name] for name in SQUAD}
    rows = {r.part: r for r in found.parts}
    assert rows["reorder"].figures["recall@1 answer"] == figures.recall["fused"][1]
    assert found.difference(rows["reorder"]) == figures.recall["fused"][1] - figures.recall["answer"][1]
