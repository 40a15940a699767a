"""Multiple choice: what is read, what is asked for, and choices that the articles decide."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.choice import Choice, measure, read_choices
from rag.assistant import Assistant
from rag.errors import InputError

CONTEXT = """## 旅費規程
### 第2条
#### 第2項
海外への出張は、出発日の二十日前までに社長の承認を受けなければならない。
### 第3条
出張した者は、帰着の日から五営業日以内に、精算書を経理部に提出する。
"""
SAMPLES = [
    {
        "ファイル名": "旅費_1",
        "コンテキスト": CONTEXT,
        "問題文": "旅費規程について、正しいものを教えてください。",
        "選択肢": "a 海外への出張は、出発日の10日前までに社長の承認を受けなければならない\n"
        "b 出張した者は、帰着の日から5営業日以内に、精算書を総務部に提出する\n"
        "c 海外への出張は、出発日の20日前までに社長の承認を受けなければならない\n"
        "d 出張した者は、帰着の日から10営業日以内に、精算書を経理部に提出する",
        "output": "c",
    },
    {
        "ファイル名": "旅費_2",
        "コンテキスト": CONTEXT,
        "問題文": "旅費規程第2条及び第3条に関する説明として、誤っているものを教えてください。",
        "選択肢": "a 海外への出張は、出発日の20日前までに社長の承認を受けなければならない\n"
        "b 出張した者は、帰着の日から5営業日以内に、精算書を経理部に提出する\n"
        "c 海外への出張は、出発日の20日前までに部長の承認を受けなければならない",
        "output": "Ｃ",
    },
]


def write(folder: Path, data: object) -> Path:
    path = folder / "selection.json"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def test_both_forms_are_read(tmp_path: Path) -> None:
    found = read_choices(write(tmp_path, SAMPLES))
    assert found == read_choices(write(tmp_path, {"samples": SAMPLES}))
    assert [(c.id, c.right, [label for label, _ in c.options]) for c in found.values] == [
        ("旅費_1", "c", list("abcd")),
        ("旅費_2", "c", list("abc")),
    ]
    assert found.values[0].options[1][1].startswith("出張した者は、")


def test_a_statement_may_go_on_over_lines_and_labels_may_be_wide(tmp_path: Path) -> None:
    sample = {"問題文": "正しいものは？", "選択肢": "ａ．一つ目の\n　続き\nｂ．二つ目\n", "output": "b"}
    (choice,) = read_choices(write(tmp_path, [sample])).values
    assert choice.options == (("a", "一つ目の続き"), ("b", "二つ目"))
    assert (choice.id, choice.context) == ("1", "")


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("次のうち、誤っているものを教えてください。", True),
        ("次のうち、正しくないものはどれか。", True),
        ("説明として適切でないものを選べ。", True),
        ("次の記述のうち、誤りはどれか。", True),
        ("誤って提出した場合の説明として正しいものを教えてください。", False),
        ("正しい手続によらない場合について、誤っているものを教えてください。", True),
        ("提出する書類を教えてください。", False),
    ],
)
def test_what_is_asked_for(question: str, wrong: bool) -> None:
    assert Choice("1", question, (("a", "x"), ("b", "y")), "a").wrong_asked is wrong


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"問題文": ""}, "キー「問題文」"),
        ({"選択肢": "a 一つだけ"}, "キー「選択肢」"),
        ({"選択肢": "a 同じ\na 記号"}, "キー「選択肢」"),
        ({"output": "e"}, "キー「output」"),
        ({"コンテキスト": 3}, "キー「コンテキスト」"),
    ],
)
def test_a_malformed_question_is_told_and_the_others_go_on(tmp_path: Path, change: dict[str, object], told: str) -> None:
    found = read_choices(write(tmp_path, [SAMPLES[0] | change, 5, SAMPLES[1]]))
    assert [c.id for c in found.values] == ["旅費_2"]
    assert found.problems[0].startswith("selection.json 1件目: ")
    assert told in found.problems[0]
    assert found.problems[1].startswith("selection.json 2件目: ")


@pytest.mark.parametrize("data", [{}, [], 5, {"samples": 1}])
def test_a_file_without_a_question_is_refused(tmp_path: Path, data: object) -> None:
    with pytest.raises(InputError):
        read_choices(write(tmp_path, data))
    (tmp_path / "selection.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(InputError, match="JSONとして"):
        read_choices(tmp_path / "selection.json")


def test_the_articles_decide(tmp_path: Path, assistant: Assistant) -> None:
    bare = SAMPLES[0] | {"ファイル名": "旅費_3", "コンテキスト": ""}
    found = measure(write(tmp_path, [*SAMPLES, bare]), lambda line: None, assistant, jobs=1)
    assert [(r.choice.id, r.label, r.right) for r in found.chosen["context"]] == [("旅費_1", "c", True), ("旅費_2", "c", True)]
    assert [r.label for r in found.chosen["index"]] == ["c", "c", "c"]
    first = found.chosen["context"][0]
    assert [w.verdict for w in first.weighed] == ["contradicted", "contradicted", "supported", "contradicted"]
    assert "二十日前" in first.weighed[2].quotes[0]
    figures = found.as_json()
    assert figures["context"] == {
        "questions": 2,
        "accuracy": 1.0,
        "chance": pytest.approx((1 / 4 + 1 / 3) / 2),
        "tied": 0.0,
        "right_asked_questions": 1,
        "wrong_asked_questions": 1,
        "right_asked_accuracy": 1.0,
        "wrong_asked_accuracy": 1.0,
    }
    lines = [json.loads(line) for line in found.lines()]
    assert [(line["given"], line["chosen"], line["right"]) for line in lines] == [("context", "c", True)] * 2 + [
        ("index", "c", True)
    ] * 3
    assert any("正解率 1.000" in line for line in found.told())


def test_without_an_index_the_given_articles_are_enough(tmp_path: Path) -> None:
    found = measure(write(tmp_path, SAMPLES), lambda line: None, None, limit=1, jobs=1)
    assert list(found.chosen) == ["context"]
    assert [r.right for r in found.chosen["context"]] == [True]
