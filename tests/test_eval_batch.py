"""Batches: one line a question in input order, equal to asking one by one, and nothing half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from eval.batch import answer_file
from eval.pace import Pace, duration
from ingest.build import ingest
from rag.answers import to_json
from rag.assistant import Assistant
from rag.errors import InputError
from rag.types import Answer

TENKYO = Path(sys.executable).with_name("tenkyo")

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


def many(folder: Path, count: int) -> Path:
    path = folder / "q.jsonl"
    lines = [{"id": n, "question": QUESTIONS[n % 3] if n % 10 else "あ" * 5000} for n in range(count)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def timeless(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) | {"seconds": 0} for line in path.read_text(encoding="utf-8").splitlines()]


def stop_after(questions: int, assistant: Assistant) -> Assistant:
    """The assistant, which is interrupted when it has been asked so many questions."""

    class Interrupted(Assistant):
        left = questions

        def ask(self, *arguments: Any, **options: Any) -> Answer:
            if not self.left:
                raise KeyboardInterrupt
            Interrupted.left -= 1
            return super().ask(*arguments, **options)

    return Interrupted(assistant.snapshot, assistant.encoder, assistant.settings)


def test_an_interrupted_run_leaves_the_earlier_answers_and_goes_on(assistant: Assistant, tmp_path: Path) -> None:
    questions, out, told = many(tmp_path, 45), tmp_path / "out" / "a.jsonl", list[str]()
    out.parent.mkdir()
    out.write_text("earlier", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        answer_file(stop_after(25, assistant), questions, out, told.append)
    assert out.read_text(encoding="utf-8") == "earlier"
    assert sorted(p.name for p in out.parent.iterdir()) == [".a.jsonl.part", "a.jsonl"]
    assert told[-1:] == ["ここまでの回答は残してあるので、同じコマンドをもう一度実行すると続きから始めます"]
    part = out.parent / ".a.jsonl.part"
    part.write_bytes(part.read_bytes()[:-100])  # as if the machine had stopped in the middle of a line
    told.clear()
    resumed = answer_file(stop_after(21, assistant), questions, out, told.append)
    assert told[0] == "前回の続きから始めます（24問は回答済みです）"
    assert told[-1].startswith("45/45問に回答しました（")
    assert [p.name for p in out.parent.iterdir()] == ["a.jsonl"]
    whole = answer_file(assistant, questions, tmp_path / "whole.jsonl", told.append)
    assert timeless(out) == timeless(tmp_path / "whole.jsonl")
    assert (resumed.answered, resumed.abstained, resumed.problems) == (whole.answered, whole.abstained, whole.problems)
    assert (whole.answered, len(whole.problems)) == (40, 5)


@pytest.mark.parametrize("change", ["questions", "settings", "day"])
def test_what_was_kept_for_another_run_is_not_used(assistant: Assistant, tmp_path: Path, change: str) -> None:
    questions, out, told = many(tmp_path, 30), tmp_path / "a.jsonl", list[str]()
    with pytest.raises(KeyboardInterrupt):
        answer_file(stop_after(20, assistant), questions, out, told.append, date(2026, 1, 1))
    told.clear()
    other = Assistant(assistant.snapshot, assistant.encoder, replace(assistant.settings, answer_length=50))
    again = {
        "questions": lambda: answer_file(assistant, many(tmp_path, 31), out, told.append, date(2026, 1, 1)),
        "settings": lambda: answer_file(other, questions, out, told.append, date(2026, 1, 1)),
        "day": lambda: answer_file(assistant, questions, out, told.append, date(2026, 1, 2)),
    }
    again[change]()
    assert "前回" not in told[0]
    assert told[-1].startswith("31/31" if change == "questions" else "30/30")


def test_several_processes_write_the_same_file(assistant: Assistant, tmp_path: Path) -> None:
    questions = many(tmp_path, 45)
    one = answer_file(assistant, questions, tmp_path / "1.jsonl", lambda line: None)
    two = answer_file(assistant, questions, tmp_path / "2.jsonl", lambda line: None, jobs=2)
    assert timeless(tmp_path / "1.jsonl") == timeless(tmp_path / "2.jsonl")
    assert one.problems == two.problems


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_goes_on_to_the_same_answers(assistant: Assistant, tmp_path: Path, jobs: str) -> None:
    questions, out = many(tmp_path, 120), tmp_path / "a.jsonl"
    part = tmp_path / ".a.jsonl.part"
    command = [TENKYO, "batch", questions, "--out", out, "--index", assistant.snapshot.folder.parents[1], "--jobs", jobs]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None and not (part.exists() and part.read_bytes().count(b"\n") > 20):
        time.sleep(0.02)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert not out.exists()
    kept = part.read_bytes().count(b"\n") - 1  # the first line is the key
    assert 20 <= kept < 120
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert f"前回の続きから始めます（{kept:,}問は回答済みです）" in done.stderr
    assert {p.name for p in tmp_path.iterdir()} == {"a.jsonl", "q.jsonl"}
    answer_file(assistant, questions, tmp_path / "whole.jsonl", lambda line: None)
    assert timeless(out) == timeless(tmp_path / "whole.jsonl")


def test_two_runs_do_not_write_the_same_file(assistant: Assistant, tmp_path: Path) -> None:
    questions, out = many(tmp_path, 3), tmp_path / "a.jsonl"
    lock = tmp_path / ".a.jsonl.part.lock"
    with FileLock(lock), pytest.raises(InputError, match="別の実行が書き出し中"):
        answer_file(assistant, questions, out, lambda line: None)
    answer_file(assistant, questions, out, lambda line: None)


def test_progress_tells_the_rest_by_the_pace_of_this_run() -> None:
    now, told = [0.0], list[str]()
    pace = Pace(told.append, 10_000, "問に回答しました", 4_000, lambda: now[0])
    now[0] = 30.0  # the start: counted in the whole, not in the pace
    for _ in range(3_001):
        pace.step()
        now[0] += 0.1
    assert told[0] == "4,001/10,000問に回答しました（40%）"
    assert told[1].startswith("4,021/10,000問に回答しました（40%）、残り約10分")
    assert told[-1].startswith("6,99")
    assert told[-1].endswith("%）、残り約5分")
    for _ in range(2_999):
        pace.step()
    assert told[-1] == "10,000/10,000問に回答しました（6分）"
    assert [duration(s) for s in (0, 8.2, 89, 120, 5500)] == ["1秒", "8秒", "89秒", "2分", "1時間32分"]


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
