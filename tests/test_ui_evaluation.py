"""Reports of the batch evaluation in the app: listed, shown, compared; what is no report is passed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from eval.report import evaluate
from rag.assistant import Assistant
from rag.errors import InputError
from ui.evaluations import comparison_html, filed, report_html

GOLD = [
    {"id": "a", "kind": "number", "question": "課長の日当はいくらですか", "answerable": True, "must": [["2,500円", "２，５００円"]],
     "evidence": [{"doc": "travel.txt", "quote": "課長\t２，５００円"}], "evidence_all": False},
    {"id": "b", "kind": "unanswerable", "question": "<b>月</b>へはどう行きますか", "answerable": False, "must": [], "evidence": [], "evidence_all": False},
]  # fmt: skip


@pytest.fixture
def home(assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an index' place and two reports beside it."""
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in GOLD), encoding="utf-8")
    for name in ("before", "after"):
        evaluate(assistant, gold, tmp_path / "reports" / name, None, lambda line: None)
    (tmp_path / "reports" / "other").mkdir()
    (tmp_path / "reports" / "broken").mkdir()
    (tmp_path / "reports" / "broken" / "figures.json").write_text("[]", encoding="utf-8")
    monkeypatch.setenv("TENKYO_INDEX", str(tmp_path / "index"))
    return tmp_path


def page() -> None:
    from ui.evaluation_page import evaluation_page

    evaluation_page()


def test_reports_are_listed_shown_and_compared(home: Path) -> None:
    found = filed(home / "reports")
    assert {one.name for one in found} == {"before", "after"}
    assert all((one.questions, one.verified) == (2, 1.0) for one in found)
    assert "回答の評価" in report_html(found[0])
    compared = comparison_html(found[1], found[0])
    assert "前回との比較" in compared
    assert "<b>月</b>" not in compared
    (found[0].folder / "report.html").unlink()
    with pytest.raises(InputError, match="作り直して"):
        report_html(found[0])


def test_the_page(home: Path) -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    assert len(app.selectbox) == 1
    app.segmented_control[0].set_value("二つを比べる").run()
    assert not app.exception
    assert len(app.selectbox) == 2


def test_no_report_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_INDEX", str(tmp_path / "index"))
    app = AppTest.from_function(page, default_timeout=60).run()
    assert "まだ報告がありません" in "".join(str(block.value) for block in app.get("html"))
