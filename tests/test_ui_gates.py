"""`tenkyo eval --gates`: the exit code, each broken gate named, and what is refused before anything is asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.command import main

QUESTION = {
    "id": "a", "kind": "table", "question": "課長の日当はいくらですか", "must": [["2,500円"]],
    "evidence": [{"doc": "travel.txt", "quote": "課長\t２，５００円"}], "answerable": True,
}  # fmt: skip


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(QUESTION, ensure_ascii=False), encoding="utf-8")
    return path


def evaluated(gold: Path, index: Path, gates: str, *more: str) -> int:
    path = gold.with_name("gates.yaml")
    path.write_text(f"gates: [{gates}]", encoding="utf-8")
    return main(["eval", str(gold), "--index", str(index), "--gates", str(path), *more])


def test_the_exit_code(gold: Path, index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = ("--report", str(tmp_path / "report"))
    assert evaluated(gold, index, "{figure: verified, min: 1}", *report) == 0
    assert evaluated(gold, index, "{figure: verified, min: 1}, {figure: seconds_p95, max: 0}", *report) == 1
    errors = [line for line in capsys.readouterr().err.splitlines() if "ゲート" in line]
    assert len(errors) == 1
    assert errors[0].startswith("ゲート「回答時間の95パーセント点（秒）」は0以下が必要ですが、")
    assert evaluated(gold, index, "{figure: verified, loss: 0}", "--baseline", str(tmp_path / "report")) == 0


def test_what_cannot_be_checked_is_refused(gold: Path, index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluated(gold, index, "{figure: verified, loss: 0}") == 2
    assert "--baseline" in capsys.readouterr().err
    assert evaluated(gold, index, "{figure: verified, min: 1}", "--format", "squad") == 2
    assert "--gates" in capsys.readouterr().err
