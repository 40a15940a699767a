"""Reading-comprehension data: its two forms, and figures that can be worked out over a few paragraphs."""

from __future__ import annotations

import json
import lzma
from pathlib import Path

import pytest

from eval.squad import Paragraph, Question, answers, measure, read_squad
from rag.errors import InputError
from rag.settings import Settings

PARAGRAPHS = [
    (
        "東大寺",
        "東大寺は奈良県奈良市にある寺院である。大仏の高さは約15メートルである。",
        [("東大寺の大仏の高さは何メートルですか。", "約15メートル")],
    ),
    (
        "富士山",
        "富士山は静岡県と山梨県にまたがる火山である。標高は3,776メートルである。",
        [("富士山の標高は何メートルですか。", "３，７７６メートル")],
    ),
    (
        "琵琶湖",
        "琵琶湖は滋賀県にある日本一大きい湖である。面積は約670平方キロメートルである。",
        [("琵琶湖は何県にありますか。", "滋賀県")],
    ),
]


def lines() -> list[dict[str, object]]:
    return [
        {
            "title": title,
            "context": text,
            "qas": [{"id": f"q{n}", "question": q, "answer": a, "answer_start": 0} for q, a in asked],
        }
        for n, (title, text, asked) in enumerate(PARAGRAPHS)
    ]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    data = "\n".join(json.dumps(r, ensure_ascii=False) for r in rows).encode()
    path.write_bytes(lzma.compress(data) if path.suffix == ".xz" else data)
    return path


def test_both_forms_read_the_same(tmp_path: Path) -> None:
    articles = [
        {
            "title": title,
            "paragraphs": [
                {"context": text, "qas": [{"question": q, "answers": [{"text": a, "answer_start": 0}]} for q, a in asked]},
            ],
        }
        for title, text, asked in PARAGRAPHS
    ]
    (tmp_path / "standard.json").write_text(json.dumps({"data": articles}), encoding="utf-8")
    expected = tuple(Paragraph(title, text, tuple(Question(q, (a,)) for q, a in asked)) for title, text, asked in PARAGRAPHS)
    for path in (
        write(tmp_path / "a.jsonl", lines()),
        write(tmp_path / "a.jsonl.xz", lines()),
        tmp_path / "standard.json",
    ):
        assert read_squad(path).paragraphs == expected


def test_malformed_paragraphs_are_listed(tmp_path: Path) -> None:
    broken = lines()
    broken[1]["qas"] = [{"question": "？"}]
    reading = read_squad(write(tmp_path / "a.jsonl", broken))
    assert [p.title for p in reading.paragraphs] == ["東大寺", "琵琶湖"]
    assert reading.problems == ("a.jsonl 2行目: キー「qas[0].answer」がありません。空でない文字列を書いてください。",)


def test_questions_without_an_answer_are_left_out(tmp_path: Path) -> None:
    asked = [
        {"question": "？", "answers": [], "is_impossible": True},
        {"question": "！", "answers": [{"text": "x"}, {"text": "y"}]},
    ]
    data = {"data": [{"title": "t", "paragraphs": [{"context": "xyz", "qas": asked}]}]}
    (tmp_path / "a.json").write_text(json.dumps(data), encoding="utf-8")
    assert read_squad(tmp_path / "a.json").paragraphs[0].questions == (Question("！", ("x", "y")),)


@pytest.mark.parametrize("content", ["[]", "{}", '{"data": 1}', '{"data": []}', "oops"])
def test_a_file_without_a_question_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        read_squad(path)


def test_width_case_and_white_space_do_not_matter() -> None:
    assert answers("標高は 3,776\nメートルである。", Question("？", ("３，７７６メートル",)))
    assert not answers("標高は3,775メートルである。", Question("？", ("３，７７６メートル",)))
    assert answers("ＡＩの", Question("？", ("none", "ai")))


def test_figures_over_a_few_paragraphs(tmp_path: Path) -> None:
    found = measure(write(tmp_path / "a.jsonl", lines()), lambda line: None, jobs=1)
    assert (found.paragraphs, found.questions, found.problems) == (3, 3, ())
    assert found.recall == {order: {1: 1.0, 3: 1.0, 5: 1.0, 10: 1.0} for order in ("fused", "answer")}
    assert found.mrr == {"fused": 1.0, "answer": 1.0}
    assert found.sentence[3] == 1.0
    assert set(found.legs) == {"terms", "grams", "vector"}
    assert found.legs["terms"] == found.legs["grams"] == 1.0
    assert found.as_json()["recall@1 terms"] == 1.0
    assert measure(write(tmp_path / "a.jsonl", lines()), lambda line: None, limit=2, jobs=1).questions == 2


def test_a_passage_that_holds_the_answer_moves_up_in_the_answer(squad: Path) -> None:
    found = measure(squad, lambda line: None, jobs=1)
    assert found.recall == {"fused": {1: 0.5, 3: 1.0, 5: 1.0, 10: 1.0}, "answer": {1: 1.0, 3: 1.0, 5: 1.0, 10: 1.0}}
    assert found.mrr == {"fused": (1 / 2 + 1) / 2, "answer": 1.0}
    flat = found.as_json()
    assert (flat["recall@1 fused"], flat["recall@1 answer"], flat["mrr fused"], flat["mrr answer"]) == (0.5, 1.0, 0.75, 1.0)
    unmoved = measure(squad, lambda line: None, Settings(without=frozenset({"reorder"})), jobs=1)
    assert unmoved.recall["answer"] == unmoved.recall["fused"] == found.recall["fused"]
    assert unmoved.sentence == found.sentence
