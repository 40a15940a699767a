"""The commands of evaluation, as a person runs them: every format, what goes with which, and drafts that are asked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from llm_server import LLMServer, Step

from ui.command import main

CSV = "質問,正解,出典\n課長の日当はいくらですか。,2，500円,旅費規程\n有休は何日前までに届け出ますか。,3営業日前,\n社員食堂の値段は？,,\n,壊れた行,\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "gold.csv"
    path.write_bytes(CSV.encode("cp932"))
    return path


def test_a_table_is_evaluated_and_its_bad_row_named(
    capsys: pytest.CaptureFixture[str], index: Path, gold: Path, tmp_path: Path
) -> None:
    code, out, err = run(capsys, "eval", gold, "--index", index, "--report", tmp_path / "r")
    assert code == 1
    assert "質問の数: 3" in out
    assert "gold.csv 5行目: 「質問」が空です" in err
    assert "3/3問に回答しました" in err
    figures = json.loads((tmp_path / "r" / "figures.json").read_text(encoding="utf-8"))
    assert figures["verified"] == 1.0
    assert not list((tmp_path / "r").glob(".*"))


def test_the_judge_is_told_apart_and_its_failure_leaves_the_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, index: Path, gold: Path, tmp_path: Path
) -> None:
    _, alone, _ = run(capsys, "eval", gold, "--index", index)
    with LLMServer(Step(status=401)) as server:
        monkeypatch.setenv("TENKYO_MODEL", "openai:judge")
        monkeypatch.setenv("TENKYO_MODEL_URL", server.url)
        code, out, err = run(capsys, "eval", gold, "--index", index, "--judge", "--limit", "1", "--report", tmp_path / "r")
    assert code == 1
    figures, _, judged = out.partition("\n\n")
    timed = ("秒", "メモリー")
    assert [line for line in figures.splitlines() if not any(t in line for t in timed)] == [
        line for line in alone.splitlines() if not any(t in line for t in timed)
    ]
    assert judged.startswith("モデルによる判定（参考。上の指標には含まれない）: openai:judge")
    assert "の回答をモデルで判定できませんでした: モデルのサーバーに鍵が認められなかった" in err
    assert json.loads((tmp_path / "r" / "judge.json").read_text(encoding="utf-8"))["failed"] == 1


def test_beir_and_choice(capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path) -> None:
    (tmp_path / "b" / "qrels").mkdir(parents=True)
    (tmp_path / "b" / "corpus.jsonl").write_text('{"_id": "d", "title": "", "text": "富士山は火山である。"}\n', encoding="utf-8")
    (tmp_path / "b" / "queries.jsonl").write_text('{"_id": "q", "text": "富士山は何ですか"}\n', encoding="utf-8")
    (tmp_path / "b" / "qrels" / "test.tsv").write_text("q\td\t1\n", encoding="utf-8")
    code, out, _ = run(capsys, "eval", tmp_path / "b", "--format", "beir", "--report", tmp_path / "r")
    assert (code, json.loads(out)["ndcg@10"]) == (0, 1.0)
    assert json.loads((tmp_path / "r" / "figures.json").read_text(encoding="utf-8")) == json.loads(out)
    sample = {
        "問題文": "旅費規程について正しいものを教えてください。",
        "選択肢": "a 日帰りの出張には、日当の全額を支給する\nb 海外への出張は、出発日の20日前までに社長の承認を受けなければならない",
        "output": "b",
    }
    (tmp_path / "c.json").write_text(json.dumps([sample, {}]), encoding="utf-8")
    code, out, err = run(capsys, "eval", tmp_path / "c.json", "--format", "choice", "--index", index, "--report", tmp_path / "r")
    assert code == 1
    assert "索引から検索した条文: 1問の正解率 1.000（当て推量なら 0.500）" in out
    assert "c.json 2件目: キー「" in err
    assert json.loads((tmp_path / "r" / "choices.jsonl").read_text(encoding="utf-8"))["chosen"] == "b"


def test_drafts(capsys: pytest.CaptureFixture[str], index: Path, tmp_path: Path) -> None:
    code, out, _ = run(capsys, "questions", "--index", index, "--out", tmp_path / "d.csv", "--count", "5")
    assert code == 0
    assert "下書き5件" in out
    code, _, err = run(capsys, "eval", tmp_path / "d.csv", "--index", index)
    assert code == 2
    assert "「採用」に○" in err
    text = (tmp_path / "d.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "d.csv").write_text(text.replace("\n,d0001", "\n○,d0001"), encoding="utf-8")
    code, out, _ = run(capsys, "eval", tmp_path / "d.csv", "--index", index)
    assert "質問の数: 1" in out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--format", "squad", "--gates", "g.yaml"), "--gates は --format squad では使えない"),
        (("--format", "beir", "--ablation"), "--ablation は --format beir では使えない"),
        (("--format", "choice", "--judge"), "環境変数TENKYO_MODEL"),
        (("--format", "claims", "--limit", "3"), "--limit は --format claims では使えない"),
        (("--limit", "3"), "--judge と一緒に"),
        (("--limit", "0"), "1以上の整数"),
        (("--jobs", "-1"), "0以上の整数"),
        (("--judge",), "環境変数TENKYO_MODEL"),
    ],
)
def test_options_that_do_not_go_together(
    capsys: pytest.CaptureFixture[str], gold: Path, index: Path, arguments: tuple[str, ...], told: str
) -> None:
    code, out, err = run(capsys, "eval", gold, "--index", index, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert told in err
