"""Drafts of questions: what is asked of a statement, that the documents say the answer, and that an accepted draft can be asked."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from eval.fold import fold
from eval.gold import read_gold
from eval.interrogatives import asked_figure, asked_name, asked_value
from eval.proposalfile import COLUMNS, write
from eval.proposals import ARTICLE, UNANSWERABLE, Proposal, proposals
from eval.report import evaluate
from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import InputError
from rag.snapshot import Snapshot

CORPUS = Path(__file__).parents[1] / "corpus"


@pytest.mark.parametrize(
    ("words", "question", "fact"),
    [
        ("旅費は、帰着の日から10日以内に精算する", "旅費は、帰着の日から何日以内に精算しますか。", "10日"),
        ("宿泊費の上限は、1泊につき12,000円とする", "宿泊費の上限は、1泊につきいくらですか。", "12,000円"),
        ("記録は、五年間保存しなければならない", "記録は、何年間保存する必要がありますか。", "五年間"),
        ("届出は、三箇月前までに行うことができる", "届出は、何か月前までに行うことができますか。", "三箇月"),
        ("規程は、令和6年4月1日から施行する", "規程は、いつから施行しますか。", "令和6年4月1日"),
        ("窓口は、午前9時30分に開く", "窓口は、何時に開きますか。", "午前9時30分"),
        ("第3条の規定により2名を置く", "第3条の規定により何名を置きますか。", "2名"),
        ("社員には、各50,000円の一時金を支給する", None, None),
        ("二人で飲食をしてはならない", None, None),
        ("1人を置き、総務課長がこれに当たる", None, None),
        ("第12条の手続による", None, None),
    ],
)  # fmt: skip
def test_a_figure_is_asked_for(words: str, question: str | None, fact: str | None) -> None:
    assert asked_figure(words) == ((question, fact) if question else None)


@pytest.mark.parametrize(
    ("words", "question", "fact"),
    [
        ("利用者は、所属長の承認を受けなければならない", "利用者は、誰の承認を受ける必要がありますか。", "所属長"),
        ("精算書は、経理部に提出する", "精算書は、どこに提出しますか。", "経理部"),
        ("利用の手順は、情報システム部が定める", "利用の手順は、どこが定めますか。", "情報システム部"),
        ("結果は、社員に通知する", None, None),
    ],
)
def test_who_is_asked_for(words: str, question: str | None, fact: str | None) -> None:
    assert asked_name(words) == ((question, fact) if question else None)


@pytest.mark.parametrize(
    ("topic", "value", "asked"),
    [
        ("課長の日当は、", "2,500円", "課長の日当はいくらですか。"),
        ("帳簿の保存期間は、", "10年", "帳簿の保存期間は何年ですか。"),
        ("報告書の期限は、", "翌月10日まで", "報告書の期限はいつまでですか。"),
        ("窓口の担当者は、", "総務課", "窓口の担当者は誰ですか。"),
        ("申請先は、", "総務部", "申請先はどこですか。"),
        ("外部の場合、持ち出しは", "不可", "外部の場合、持ち出しはどうなっていますか。"),
        ("用途は、", "あ" * 60, None),
    ],
)
def test_a_cell_is_asked_for(topic: str, value: str, asked: str | None) -> None:
    assert asked_value(topic, value) == asked


@pytest.fixture(scope="module")
def drafts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Proposal]]:
    index = tmp_path_factory.mktemp("drafts") / "i"
    files = [CORPUS / name for name in ("travel_rules.html", "work_rules.txt", "expense_rules.md", "privacy_rules.txt")]
    ingest(files, index, jobs=1, progress=lambda line: None)
    with Snapshot.open(index) as snapshot:
        return index, proposals(snapshot, 60)


def test_every_kind_and_document_has_its_turn(drafts: tuple[Path, list[Proposal]]) -> None:
    kinds = [p.kind for p in drafts[1]]
    assert len(kinds) == 60
    for kind in ("definition", "entity", "number", "table", UNANSWERABLE, ARTICLE):
        assert 3 <= kinds.count(kind) <= 14
    assert {p.doc for p in drafts[1]} - {""} == {"travel_rules.html", "work_rules.txt", "expense_rules.md", "privacy_rules.txt"}
    assert len({p.question for p in drafts[1]}) == 60


def test_the_documents_say_the_answer_or_nothing_of_it(drafts: tuple[Path, list[Proposal]]) -> None:
    index, made = drafts
    with Snapshot.open(index) as snapshot:
        texts = {row.source: snapshot.document(row.id, row.version).text for row in snapshot.documents()}
        assert proposals(snapshot, 60) == made
        assert proposals(snapshot, 60, seed=1) != made
    for draft in made:
        assert draft.question.endswith("か。")
        if draft.kind == UNANSWERABLE:
            assert (draft.fact, draft.doc, draft.quote) == ("", "", "")
        else:
            assert draft.quote in texts[draft.doc]
            assert fold(draft.fact) in fold(draft.quote)
        if draft.kind in ("number", "entity", "table"):
            assert fold(draft.fact) not in fold(draft.question)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_accepted_drafts_are_asked(drafts: tuple[Path, list[Proposal]], tmp_path: Path, suffix: str) -> None:
    index, made = drafts
    path = tmp_path / f"drafts{suffix}"
    write(path, made)
    with pytest.raises(InputError, match="「採用」に○"):
        read_gold(path)
    if suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == list(COLUMNS)
        for row in rows[1:13]:
            row[0] = "○"
        with path.open("w", encoding="cp932", newline="") as file:  # as a spreadsheet saves it
            csv.writer(file).writerows(rows)
    else:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        marked = [line | {"status": "○" if n < 12 else ""} for n, line in enumerate(lines)]
        path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in marked), encoding="utf-8")
    found = read_gold(path)
    assert found.problems == ()
    assert [g.question for g in found.values] == [p.question for p in made[:12]]
    assert [g.answerable for g in found.values] == [bool(p.fact) for p in made[:12]]
    assert [g.kind for g in found.values] == [p.kind for p in made[:12]]
    assistant = Assistant.open(index)
    with assistant.snapshot:
        result = evaluate(assistant, path, None, None, lambda line: None)
    assert result.problems == ()
    assert result.figures.recall[10] > 0.8


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.csv か \.jsonl"):
        write(tmp_path / "drafts.txt", [])
