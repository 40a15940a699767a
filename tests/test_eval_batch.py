"""Batches: one line a question in input order, equal to asking one by one, and nothing half-written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.batch import answer_file
from ingest.build import ingest
from rag.answers import to_json
from rag.assistant import Assistant
from rag.errors import InputError

RULES = """旅費規程

第1章 総則
第1条 この規程は、社員の出張旅費について定める。
第2条 旅費は、出張が終わった日から10日以内に精算しなければならない。
第3条 宿泊費の上限は、1泊につき12,000円とする。
"""
QUESTIONS = ["旅費は何日以内に精算しますか。", "宿泊費の上限は1泊いくらですか。", "社長の好きな食べ物は何ですか。"]


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("batch")
    (folder / "docs").mkdir()
    (folder / "docs" / "travel.txt").write_text(RULES, encoding="utf-8")
    ingest([folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    opened = Assistant.open(folder / "index")
    with opened.snapshot:
        yield opened


def ask(assistant: Assistant, folder: Path, *lines: str) -> tuple[list[dict[str, object]], tuple[str, ...]]:
    (folder / "questions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    batch = answer_file(assistant, folder / "questions.jsonl", folder / "out" / "answers.jsonl", lambda line: None)
    written = (folder / "out" / "answers.jsonl").read_text(encoding="utf-8")
    answers = [json.loads(line) for line in written.splitlines()]
    assert batch.answered == len(answers)
    assert batch.abstained == sum(bool(a["abstained"]) for a in answers)
    return answers, batch.problems


def test_a_batch_equals_asking_one_by_one(assistant: Assistant, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"q{n}", "question": q, "kind": "x"}) for n, q in enumerate(QUESTIONS)]
    answers, problems = ask(assistant, tmp_path, *lines)
    assert problems == ()
    assert [a["id"] for a in answers] == ["q0", "q1", "q2"]
    for question, line in zip(QUESTIONS, answers, strict=True):
        single = json.loads(json.dumps(to_json(assistant.ask(question), assistant.snapshot)))
        assert line | {"id": None, "seconds": None} == single | {"id": None, "seconds": None}
    texts = {row.source: assistant.snapshot.document(row.id, row.version).text for row in assistant.snapshot.documents()}
    assert all(texts[c["doc"]][c["start"] : c["end"]] == c["quote"] for a in answers for c in a["citations"])  # type: ignore[attr-defined]


def test_malformed_lines_are_left_out_and_listed(assistant: Assistant, tmp_path: Path) -> None:
    answers, problems = ask(
        assistant,
        tmp_path,
        '{"id": "a", "question": "旅費は何日以内に精算しますか。"}',
        "",
        '{"id": "b"}',
        "これはJSONではない",
        '{"id": "c", "question": "　"}',
        json.dumps({"id": "d", "question": "あ" * 5000}),
        '{"id": 5, "question": "宿泊費の上限は？"}',
    )
    assert [a["id"] for a in answers] == ["a", 5]
    assert sorted(p.split(":")[0] for p in problems) == [f"questions.jsonl {n}行目" for n in (3, 4, 5, 6)]
    assert all(p.count("\n") == 0 for p in problems)


def test_a_follow_up_is_answered_after_its_earlier_questions(assistant: Assistant, tmp_path: Path) -> None:
    rows = [
        {"id": 1, "question": "その上限は？", "previous": ["宿泊費は1泊いくらですか。"]},
        {"id": 2, "question": QUESTIONS[0], "previous": []},
        {"id": 3, "question": QUESTIONS[0], "previous": None},
        {"id": 4, "question": "その上限は？", "previous": "宿泊費は1泊いくらですか。"},
        {"id": 5, "question": "その上限は？", "previous": ["あ" * 5000]},
    ]
    answers, problems = ask(assistant, tmp_path, *map(json.dumps, rows))
    assert [(a["id"], a["question"]) for a in answers] == [(1, "その上限は？"), (2, QUESTIONS[0]), (3, QUESTIONS[0])]
    single = to_json(assistant.ask("その上限は？", None, ["宿泊費は1泊いくらですか。"]), assistant.snapshot)
    assert answers[0] | {"id": None, "seconds": None} == json.loads(json.dumps(single)) | {"id": None, "seconds": None}
    assert "宿泊費" in str(answers[0]["searched"])
    assert answers[1]["searched"] == QUESTIONS[0]
    assert problems[0].startswith("questions.jsonl 4行目: キー「previous」の値が空でない文字列の配列ではありません（いまの値: ")
    assert problems[1].startswith("questions.jsonl 5行目: 前の質問が長すぎる")


def test_a_run_that_fails_leaves_the_earlier_answers(assistant: Assistant, tmp_path: Path) -> None:
    questions, out = tmp_path / "q.jsonl", tmp_path / "out" / "a.jsonl"
    questions.write_text('{"id": 1, "question": "旅費は？"}\n' * 150, encoding="utf-8")
    out.parent.mkdir()
    out.write_text("earlier", encoding="utf-8")

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_file(assistant, questions, out, stop)
    assert out.read_text(encoding="utf-8") == "earlier"
    assert [p.name for p in out.parent.iterdir()] == ["a.jsonl"]


def test_progress_and_repeated_ids(assistant: Assistant, tmp_path: Path) -> None:
    questions, told = tmp_path / "q.jsonl", list[str]()
    questions.write_text('{"id": 1, "question": "旅費は？"}\n' * 150, encoding="utf-8")
    assert answer_file(assistant, questions, tmp_path / "a.jsonl", told.append).answered == 150
    assert told == ["100/150問に回答しました", "150/150問に回答しました"]


def test_files_that_cannot_be_used_are_refused(assistant: Assistant, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": 1, "question": "旅費は？"}', encoding="utf-8")
    for source, out, told in (
        (tmp_path / "none.jsonl", tmp_path / "a.jsonl", "見つかりません"),
        (tmp_path, tmp_path / "a.jsonl", "フォルダ"),
        (questions, tmp_path, "フォルダ"),
        (questions, questions, "同じファイル"),
        (questions, questions / "a.jsonl", "書き出せません"),
    ):
        with pytest.raises(InputError, match=told):
            answer_file(assistant, source, out, lambda line: None)
    assert [p.name for p in tmp_path.iterdir()] == ["q.jsonl"]
