"""The `tenkyo` command through its real entry point."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TENKYO = Path(sys.executable).with_name("tenkyo")
ROOT = Path(__file__).parent.parent


def tenkyo(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("TENKYO_")} | environment
    return subprocess.run([TENKYO, *map(str, arguments)], capture_output=True, text=True, env=env, cwd=ROOT, timeout=300)


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit code 2, one clear Japanese sentence, no traceback."""
    assert done.returncode == 2, done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("エラー: ")
    assert lines[0].endswith("ください。")
    for word in words:
        assert word in lines[0]


def test_ingest_tells_progress_and_a_summary(regulations: Path, tmp_path: Path) -> None:
    done = tenkyo("ingest", regulations, "--index", tmp_path / "i")
    assert done.returncode == 0
    assert "4/4" in done.stderr
    assert "追加 4件" in done.stdout
    again = tenkyo("ingest", regulations, "--index", tmp_path / "i")
    assert "変更なし 4件" in again.stdout


def test_ingest_names_what_it_skips(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text("第一条　目的を定める。", encoding="utf-8")
    (docs / "b.bin").write_bytes(b"\0\1")
    done = tenkyo("ingest", docs, "--index", tmp_path / "i")
    assert done.returncode == 1
    assert "b.bin" in done.stdout


def test_ask_shows_the_answer_and_its_words(index: Path) -> None:
    done = tenkyo("ask", "課長の日当はいくらですか", "--index", index)
    assert done.returncode == 0
    assert "２，５００円" in done.stdout
    assert "[1]" in done.stdout.splitlines()[0]
    assert "別表（第２条関係）" in done.stdout
    assert "2024-04-01公表" in done.stdout


def test_ask_says_when_the_documents_do_not(index: Path) -> None:
    done = tenkyo("ask", "社員食堂のカレーの値段はいくらですか", "--index", index)
    assert done.returncode == 0
    assert done.stdout.startswith("登録文書に該当する記載が見つかりません")


def test_ask_as_json_on_a_day(index: Path) -> None:
    done = tenkyo("ask", "生成AIの利用には誰の承認がいりますか", "--json", "--as-of", "令和7年1月", TENKYO_INDEX=str(index))
    answer = json.loads(done.stdout)
    assert {c["version"] for c in answer["citations"] if c["doc_id"] == "genai"} == {"1.0"}


def test_ask_goes_on_from_earlier_questions(index: Path) -> None:
    earlier = ("--after", "課長の日当はいくらですか", "--after", "では部長は？")
    printed = tenkyo("ask", "その宿泊料の上限は？", *earlier, "--index", index)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("「部長の日当について、宿泊料の上限は？」として検索しました\n")
    assert "１５，０００円" in printed.stdout
    answer = json.loads(tenkyo("ask", "では部長は？", *earlier[:2], "--json", "--index", index).stdout)
    assert (answer["question"], answer["searched"]) == ("では部長は？", "部長の日当はいくらですか")
    assert "として検索しました" not in tenkyo("ask", "有休は何日前までに届け出ますか", *earlier, "--index", index).stdout


def test_search(index: Path) -> None:
    assert "休暇規程" in tenkyo("search", "年次有給休暇", "-k", "2", "--index", index).stdout
    hits = json.loads(tenkyo("search", "年次有給休暇", "-k", "2", "--json", "--index", index).stdout)["hits"]
    assert len(hits) == 2


def test_verify_checks_a_text_sentence_by_sentence(index: Path, tmp_path: Path) -> None:
    memo = tmp_path / "memo.txt"
    memo.write_bytes("課長の日当は2,500円です。部長の日当は9,000円です。".encode("cp932"))
    done = tenkyo("verify", memo, "--index", index, "--csv", tmp_path / "v.csv", "--markdown", tmp_path / "v.md")
    assert done.returncode == 0, done.stderr
    assert "【裏づけあり】課長の日当は2,500円です。" in done.stdout
    assert "【文書と違う】部長の日当は9,000円です。" in done.stdout
    assert "課長の日当" in (tmp_path / "v.csv").read_text(encoding="utf-8-sig")
    assert "2文: 裏づけあり1文" in (tmp_path / "v.md").read_text(encoding="utf-8")
    told = subprocess.run(
        [TENKYO, "verify", "-", "--index", index, "--json"], input="結婚したときの休暇は5日です。", capture_output=True, text=True
    )
    (sentence,) = json.loads(told.stdout)["sentences"]
    assert (sentence["verdict"], sentence["citations"][0]["doc"]) == ("supported", "leave.md")
    refused(tenkyo("verify", tmp_path / "none.txt", "--index", index), "none.txt")
    (tmp_path / "x.bin").write_bytes(b"x")
    refused(tenkyo("verify", tmp_path / "x.bin", "--index", index), "x.bin", ".docx")


def test_batch_equals_single_and_names_bad_lines(index: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text(
        '{"id": "a", "question": "課長の日当は"}\n{broken\n{"id": "b", "question": "有休の届出はいつまで"}\n', encoding="utf-8"
    )
    done = tenkyo("batch", questions, "--out", tmp_path / "a.jsonl", "--index", index)
    assert done.returncode == 1
    assert "2行目" in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == ["a", "b"]
    single = json.loads(tenkyo("ask", "課長の日当は", "--json", "--index", index).stdout)
    assert {k: v for k, v in lines[0].items() if k not in ("id", "seconds")} == {
        k: v for k, v in single.items() if k != "seconds"
    }


def test_docs(index: Path, tmp_path: Path) -> None:
    listed = tenkyo("docs", "list", "--index", index).stdout
    assert "［失効］" in listed
    assert "travel" in listed
    shown = tenkyo("docs", "show", "genai", "--index", index).stdout
    assert "所属長の承認" in shown
    assert "部門長の承認" in tenkyo("docs", "show", "genai", "--version", "1.0", "--index", index).stdout
    assert tenkyo("docs", "dump", tmp_path / "out", "--index", index).returncode == 0
    assert (tmp_path / "out" / "travel.txt").is_file()


def test_docs_remove(regulations: Path, tmp_path: Path) -> None:
    tenkyo("ingest", regulations, "--index", tmp_path / "i")
    assert "削除 2件" in tenkyo("docs", "remove", "genai", "--index", tmp_path / "i").stdout
    assert "genai" not in tenkyo("docs", "list", "--index", tmp_path / "i").stdout


@pytest.mark.parametrize(
    "asked",
    [{"question": "課長の日当はいくらですか"}, {"question": "では課長は？", "previous": ["部長の日当はいくらですか"]}],
    ids=["alone", "after"],
)
def test_eval_writes_a_report(index: Path, tmp_path: Path, asked: dict[str, object]) -> None:
    gold = {
        "id": "g1", "kind": "table", "must": [["2,500円"]], **asked,
        "evidence": [{"doc": "travel.txt", "quote": "課長\t２，５００円"}], "evidence_all": False, "answerable": True,
    }  # fmt: skip
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold, ensure_ascii=False) + "\n", encoding="utf-8")
    done = tenkyo("eval", tmp_path / "gold.jsonl", "--report", tmp_path / "r", "--index", index)
    assert done.returncode == 0
    assert json.loads((tmp_path / "r" / "figures.json").read_text(encoding="utf-8"))["verified"] == 1.0


def test_eval_with_each_part_left_out(index: Path, squad: Path, tmp_path: Path) -> None:
    gold = {"id": 1, "kind": "unanswerable", "question": "社員食堂のカレーの値段は？", "must": [], "answerable": False}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold, ensure_ascii=False) + "\n", encoding="utf-8")
    asked = (tmp_path / "gold.jsonl", "--index", index, "--ablation")
    done = tenkyo("eval", *asked, "--report", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (tmp_path / "r" / "ablation.md").read_text(encoding="utf-8")
    lines = done.stdout.splitlines()
    assert lines[2].startswith("| なし（全体） | 1.000 | ― |")
    assert re.fullmatch(r"\| 確からしさによる棄権（confidence） \| 0\.000 \|.*\| -1\.000 \|", lines[-1])
    assert len(json.loads((tmp_path / "r" / "ablation.json").read_text(encoding="utf-8"))) == len(lines) - 2
    assert json.loads((tmp_path / "r" / "figures.json").read_text(encoding="utf-8"))["verified"] == 1.0
    refused(tenkyo("eval", *asked, TENKYO_WITHOUT="grams"), "--ablation", "TENKYO_WITHOUT")
    done = tenkyo("eval", squad, "--format", "squad", "--ablation", "--report", tmp_path / "s")
    assert done.returncode == 0, done.stderr
    assert "| 箇所の並べ替え（reorder） | 0.500 | 1.000 |" in done.stdout
    assert {"figures.json", "ablation.json", "ablation.md"} == {p.name for p in (tmp_path / "s").iterdir()}


def test_eval_over_squad_data(tmp_path: Path) -> None:
    row = {
        "title": "旅費", "context": "日当は、二千円とする。宿泊料は、実費とする。",
        "qas": [{"id": "1", "question": "日当はいくらですか", "answer": "二千円", "answer_start": 4}],
    }  # fmt: skip
    (tmp_path / "s.jsonl").write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    done = tenkyo("eval", tmp_path / "s.jsonl", "--format", "squad", "--limit", "1")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert (figures["recall@1 fused"], figures["recall@1 answer"], figures["sentence@1"]) == (1.0, 1.0, 1.0)
    refused(tenkyo("eval", tmp_path / "none.jsonl", "--format", "squad"), "none.jsonl")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ask", ""), ("質問が空",)),
        (("ask", "あ" * 10_000), ("10000文字",)),
        (("ask", "日当は", "--as-of", "あした"), ("あした",)),
        (("ask", "では部長は？", "--after", " "), ("前の質問が空",)),
        (("ask", "では部長は？", "--after"), ("--after",)),
        (("ask",), ("--help",)),
        (("nonsense",), ("nonsense",)),
        (("search", "日当", "-k", "0"), ("「0」",)),
        (("docs", "show", "nowhere"), ("nowhere",)),
        (("batch", "nowhere.jsonl", "--out", "out.jsonl"), ("nowhere.jsonl",)),
    ],
)
def test_bad_input_is_one_clear_sentence(index: Path, arguments: tuple[str, ...], words: tuple[str, ...]) -> None:
    refused(tenkyo(*arguments, TENKYO_INDEX=str(index)), *words)


def test_no_index_yet(tmp_path: Path) -> None:
    refused(tenkyo("ask", "日当は", "--index", tmp_path / "none"), "tenkyo ingest", str(tmp_path / "none"))


def test_a_setting_that_makes_no_sense(index: Path) -> None:
    refused(tenkyo("ask", "日当は", "--index", index, TENKYO_PASSAGES="many"), "TENKYO_PASSAGES", "many")
    refused(tenkyo("ask", "日当は", "--index", index, TENKYO_WITHOUT="terms,many"), "TENKYO_WITHOUT", "「many」", "vector")
    refused(tenkyo("ask", "日当は", "--index", index, TENKYO_WITHOUT="terms,grams,vector"), "TENKYO_WITHOUT", "一つは残して")


def test_a_malformed_manifest_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("第一条　目的を定める。", encoding="utf-8")
    (tmp_path / "manifest.yaml").write_text("documents: [", encoding="utf-8")
    refused(tenkyo("ingest", tmp_path, "--index", tmp_path / "i"), "manifest.yaml")


def test_a_question_in_english_gets_an_answer_or_none(index: Path) -> None:
    done = tenkyo("ask", "How much is the daily allowance?", "--index", index)
    assert done.returncode == 0


def test_the_commands_of_the_readme_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"tenkyo ([a-z]+)", readme))
    help_text = tenkyo("--help").stdout
    assert named
    assert all(re.search(rf"^\s+{name}\b", help_text, re.M) for name in named)


def test_batch_answers_from_the_day_it_is_given(index: Path, tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text('{"id": 1, "question": "生成AIの利用には誰の承認がいりますか"}\n', encoding="utf-8")
    done = tenkyo("batch", tmp_path / "q.jsonl", "--out", tmp_path / "a.jsonl", "--as-of", "2025-01", "--index", index)
    assert done.returncode == 0, done.stderr
    line = json.loads((tmp_path / "a.jsonl").read_text(encoding="utf-8"))
    assert {c["version"] for c in line["citations"] if c["doc_id"] == "genai"} == {"1.0"}
