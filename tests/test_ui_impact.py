"""改定の影響 and the export of approved answers as gold questions."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest

from eval.gold import read_gold
from ingest.build import ingest, remove
from rag.assistant import Assistant
from rag.settings import Settings
from ui.audit import Audit
from ui.command import DONE, main
from ui.database import open_database
from ui.desk import Desk
from ui.gold import gold, gold_jsonl
from ui.impact import Change, InForce, affected, impact_csv
from ui.reviews import Reviews
from ui.signin import User

OLD = """# 旅費規程

## 第1条（日当）

日当は、一日につき2,000円とする。

## 第2条（精算）

旅費は、出張が終わった日から十日以内に精算しなければならない。

## 第3条（宿泊料）

宿泊料は、一泊につき12,000円を上限とする。
"""
NEW = """# 旅費規程

## 第1条（目的）

この規程は、旅費について定める。

## 第2条（日当）

日当は、一日につき2,000円とする。

## 第3条（精算）

旅費は、出張が終わった日から七日以内に精算しなければならない。

## 第4条（宿泊料）

宿泊料は、一泊につき12,000円を上限とする。ただし、海外では実費とする。
"""
SETTLE, ALLOWANCE, HOTEL = (
    "旅費は、出張が終わった日から何日以内に精算しますか。",
    "日当は、一日につきいくらですか。",
    "宿泊料の上限は、一泊につきいくらですか。",
)
ASKER = User("u1", "", "", frozenset(), "employee")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[Assistant, Assistant, Audit]:
    """The assistant before a revision, the one after it, and a log of answers that were given before."""
    folder = tmp_path_factory.mktemp("impact")
    docs = folder / "docs"
    docs.mkdir()
    (docs / "old.md").write_text(OLD, encoding="utf-8")
    (docs / "gone.md").write_text("# 社宅規程\n\n## 第1条（家賃）\n\n社宅の家賃は、月額30,000円とする。\n", encoding="utf-8")
    head = "documents:\n  - {file: old.md, id: travel, version: '1', title: 旅費規程, effective_from: 2020-04-01}\n"
    (docs / "manifest.yaml").write_text(head, encoding="utf-8")
    ingest([docs], folder / "i", jobs=1, progress=lambda line: None)
    before, audit = Assistant.open(folder / "i"), Audit(open_database(Settings(index=folder / "i")))
    desk = Desk(before, audit, ASKER)
    for question in (SETTLE, ALLOWANCE, HOTEL, SETTLE, "社宅の家賃は、月額いくらですか。", "日食はいつ見られますか。"):
        list(desk.answer(question, date.today()))
    (docs / "gone.md").unlink()
    remove(["gone"], folder / "i", progress=lambda line: None)
    (docs / "new.md").write_text(NEW, encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        head + "  - {file: new.md, id: travel, version: '2', title: 旅費規程, effective_from: 2021-04-01}\n", encoding="utf-8"
    )
    ingest([docs], folder / "i", jobs=1, progress=lambda line: None)
    return before, Assistant.open(folder / "i"), audit


def change(one: tuple[Assistant, Assistant, Audit], seq: int, words: str) -> Change | None:
    """What has become of the source with these words, of an answer."""
    _, after, audit = one
    case = Reviews(audit).case(seq, after.snapshot)
    assert case
    assert any(words in source.quote for source in case.answer.sources)
    return next((c for c in InForce(after.snapshot, date.today()).changed(case) if words in c.source.quote), None)


def test_changed_words_are_shown_with_what_stands_there_now(one: tuple[Assistant, Assistant, Audit]) -> None:
    found = change(one, 1, "十日以内")
    assert found
    assert (found.kind, found.version) == ("words", "2")
    assert "七日以内" in found.now
    pieces = [(p.change, (p.old.of(found.old) if p.change == "delete" else p.new.of(found.now))) for p in found.pieces()]
    assert any(kind == "delete" and "十" in words for kind, words in pieces)
    assert any(kind == "insert" and "七" in words for kind, words in pieces)
    assert "".join(w for kind, w in pieces if kind != "delete") == found.now


def test_what_only_moved_to_another_number_stands(one: tuple[Assistant, Assistant, Audit]) -> None:
    assert change(one, 2, "一日につき2,000円") is None


def test_a_proviso_beside_the_words_is_a_change(one: tuple[Assistant, Assistant, Audit]) -> None:
    found = change(one, 3, "12,000円")
    assert found
    assert found.kind == "around"
    assert "海外では実費" in found.now
    assert "海外では実費" not in found.old


def test_a_document_that_is_gone_is_named(one: tuple[Assistant, Assistant, Audit]) -> None:
    found = change(one, 5, "30,000円")
    assert found
    assert (found.kind, found.now, found.version) == ("gone", "", "")


def test_nothing_has_changed_before_the_revision(one: tuple[Assistant, Assistant, Audit]) -> None:
    before, _, audit = one
    assert not affected(Reviews(audit).every(before.snapshot), InForce(before.snapshot, date.today()))


def test_the_same_words_in_another_article_do_not_stand_for_them(tmp_path: Path) -> None:
    """A row of one table is not the same row of another."""
    text = "第1条（日当）\n部長は、3,000円とする。\n\n第2条（宿泊料）\n部長は、{hotel}円とする。\n"
    docs = tmp_path / "docs"
    docs.mkdir()
    audit = Audit(open_database(Settings(index=tmp_path / "i")))
    for hotel in ("3,000", "9,000"):
        (docs / "a.txt").write_text(text.format(hotel=hotel), encoding="utf-8")
        ingest([docs], tmp_path / "i", jobs=1, progress=lambda line: None)
        one = Assistant.open(tmp_path / "i")
        if hotel == "3,000":
            list(Desk(one, audit, ASKER).answer("部長の宿泊料はいくらですか。", date.today()))
    (found,) = affected(Reviews(audit).every(one.snapshot), InForce(one.snapshot, date.today()))
    assert {c.source.path[-1] for c in found.changes if c.kind == "words"} == {"第2条（宿泊料）"}


def test_alike_answers_are_one_line_and_approved_ones_come_first(one: tuple[Assistant, Assistant, Audit]) -> None:
    before, after, audit = one
    reviews = Reviews(audit)
    hotel = reviews.case(3, before.snapshot)
    assert hotel
    reviews.decide(hotel, "r", "approve", before.snapshot, comment="=1+1")
    found = affected(reviews.every(after.snapshot), InForce(after.snapshot, date.today()))
    assert found[0].case.entry.seq == 3
    assert [one.times for one in found if one.case.answer.question == SETTLE] == [2]
    rows = list(csv.DictReader(io.StringIO(impact_csv(found).decode("utf-8-sig"))))
    assert {row["状態"] for row in rows} == {"承認", "未確認"}
    assert any(row["前の文言"] and "七日以内" in row["今の文言"] for row in rows)


def test_the_csv_runs_nothing(one: tuple[Assistant, Assistant, Audit]) -> None:
    before, after, audit = one
    list(Desk(before, audit, ASKER).answer("=cmd|' /C calc'!A0 旅費の精算は何日以内ですか。", date.today()))
    cells = next(
        row for row in csv.reader(io.StringIO(impact_csv(affected(Reviews(audit).every(after.snapshot), InForce(after.snapshot, date.today()))).decode("utf-8-sig"))) if "cmd" in row[3]
    )  # fmt: skip
    assert cells[3].startswith("'=cmd")


def test_approved_answers_make_gold_questions_that_the_evaluation_runs(index: Path, assistant: Assistant, tmp_path: Path) -> None:
    audit = Audit(open_database(Settings(index=tmp_path / "i")))
    reviews = Reviews(audit)
    questions = (
        "年次有給休暇は、付与の日から何年を経過したとき消滅しますか。",
        "結婚するときは、何日の慶弔休暇が与えられますか。",
        "日食はいつ見られますか。",
    )
    for question in questions:
        given = list(Desk(assistant, audit, ASKER).answer(question, date.today()))[-1]
        case = reviews.case(given.entry, assistant.snapshot)
        assert case
        reviews.decide(case, "r", "approve", assistant.snapshot)
    file = tmp_path / "gold.jsonl"
    file.write_bytes(gold_jsonl(reviews.approved(assistant.snapshot)))
    table = read_gold(file)
    assert not table.problems
    first, second, third = table.values
    assert [g.question for g in table.values] == list(questions)
    assert ("二年",) in first.must
    assert ("五日間",) in second.must
    assert not third.answerable
    assert all("leave.md" in {e.doc for e in g.evidence} for g in (first, second))
    assert main(["eval", str(file), "--index", str(index), "--report", str(tmp_path / "report")]) == DONE
    figures = json.loads((tmp_path / "report" / "figures.json").read_text(encoding="utf-8"))
    assert figures["verified"] == 1


def test_an_open_answer_makes_no_gold_question(one: tuple[Assistant, Assistant, Audit]) -> None:
    before, _, audit = one
    case = Reviews(audit).case(5, before.snapshot)
    assert case
    assert gold_jsonl([case]) == b""
    made = gold(case)
    assert made
    assert ["30,000円"] in made["must"]
