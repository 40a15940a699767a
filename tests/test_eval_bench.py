"""The benchmark runs whole on a small folder; nothing is asserted on time."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.bench import Measure, all_passages, bench, probes
from ingest.build import ingest
from rag.errors import InputError
from rag.settings import Settings
from rag.snapshot import Snapshot

RULES = "旅費規程\n\n第1条 旅費は、出張が終わった日から10日以内に精算する。\n第2条 宿泊費の上限は、1泊につき12,000円とする。\n"


def test_a_ratio_above_one_is_faster() -> None:
    assert Measure("検索", 2.0, "ミリ秒", 8.0, "素の手順").line() == "検索: 2.00 ミリ秒（素の手順 8.00 ミリ秒 の 4.00 倍の速さ）"
    assert Measure("検索語", 500.0, "字/秒", 1000.0, "MeCab").ratio == 0.5
    assert Measure("回答", 3.0, "ミリ秒").line() == "回答: 3.00 ミリ秒"


def test_every_figure_is_measured_in_one_run(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "travel.txt").write_text(RULES, encoding="utf-8")
    told: list[str] = []
    measures = bench([tmp_path / "docs"], None, Settings(), told.append)
    assert [m.name.split("（")[0] for m in measures] == ["取り込み", "検索語の導出", "検索 p50", "回答 p50", "tenkyo ask"]
    assert [m.plain is not None for m in measures] == [True, True, True, False, False]
    assert all(m.value > 0 for m in measures)
    assert len(told) == 5


def test_questions_come_from_the_passages(tmp_path: Path) -> None:
    (tmp_path / "travel.txt").write_text(RULES, encoding="utf-8")
    ingest([tmp_path / "travel.txt"], tmp_path / "index", jobs=1, progress=lambda line: None)
    with Snapshot.open(tmp_path / "index") as snapshot:
        passages = all_passages(snapshot)
    found = probes(passages, 1)
    assert len(found) == 1
    assert found[0].removesuffix("とは何ですか。").replace(" ", "") in RULES.replace("\n", "").replace(" ", "")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    with pytest.raises(InputError, match="文書"):
        bench([tmp_path / "docs"], None, Settings(), lambda line: None)
