"""What somebody may not see is as if it were not there: in answers, scores, words and counts."""

from __future__ import annotations

from datetime import date
from itertools import chain, combinations
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.scope import EVERYTHING, Scope

DOCUMENTS = {
    "travel": ((), "第1条　日当は、一日につき2,000円とする。\n第2条　宿泊料は、実費とする。\n"),
    "board": (("役員",), "第1条　役員の日当は、一日につき9,800円とする。\n第2条　特別顧問の報酬は、別に定める。\n"),
    "staff": (("人事", "役員"), "第1条　懲戒審査委員会は、人事部長が招集する。\n第2条　日当の返還は、月末に行う。\n"),
    "plant": (("工場",), "第1条　静電靴の交換は、半年に一回行う。\n"),
}
QUESTIONS = (
    "日当はいくらですか",
    "特別顧問の報酬は？",
    "懲戒審査委員会は誰が招集しますか",
    "静電靴の交換",
    "とくべつこもん",
    "宿泊料",
)
SCOPES = [frozenset(groups) for groups in chain.from_iterable(combinations(("役員", "人事", "工場"), n) for n in range(4))]


def build(folder: Path, names: list[str]) -> Path:
    (folder / "docs").mkdir(parents=True)
    lines = ["documents:"]
    for name in names:
        groups, text = DOCUMENTS[name]
        (folder / "docs" / f"{name}.txt").write_text(text, encoding="utf-8")
        lines.append(f"  - {{file: {name}.txt, title: {name}規程, groups: [{', '.join(groups)}]}}")
    (folder / "docs" / "manifest.yaml").write_text("\n".join(lines), encoding="utf-8")
    ingest([folder / "docs"], folder / "i", progress=lambda line: None)
    return folder / "i"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return Assistant.open(build(tmp_path_factory.mktemp("whole"), list(DOCUMENTS)))


@pytest.mark.parametrize("groups", SCOPES, ids=lambda groups: "+".join(sorted(groups)) or "none")
def test_a_scope_is_as_an_index_of_its_documents_alone(whole: Assistant, tmp_path: Path, groups: frozenset[str]) -> None:
    seen = [name for name, (own, _) in DOCUMENTS.items() if not own or groups & set(own)]
    alone, view = Assistant.open(build(tmp_path, seen)), whole.within(Scope(groups))
    assert [row.id for row in view.snapshot.documents()] == sorted(seen)
    assert view.snapshot.size == alone.snapshot.size
    for question in QUESTIONS:
        left, right = view.ask(question), alone.ask(question)
        assert [h.passage for h in left.hits] == [h.passage for h in right.hits]
        assert [h.score for h in left.hits] == pytest.approx(
            [h.score for h in right.hits], rel=0.01
        )  # of common grams the whole index's count is known alone
        assert (left.text, left.citations, left.abstained, left.reason) == (
            right.text,
            right.citations,
            right.abstained,
            right.reason,
        )
        assert left.confidence == pytest.approx(right.confidence, abs=0.02)


def test_words_of_other_documents_are_not_told(whole: Assistant) -> None:
    assert whole.ask("とくべつこもん").rewrites
    assert not whole.within(Scope(frozenset())).ask("とくべつこもん").rewrites


def test_what_is_out_of_scope_cannot_be_opened(whole: Assistant) -> None:
    view = whole.within(Scope(frozenset(("工場",))))
    for find in (view.snapshot.row, view.snapshot.document, view.snapshot.sections, view.snapshot.passages):
        with pytest.raises(KeyError):
            find("board", "")
    assert not view.ask("board規程第1条").citations
    assert {row.id for row in view.snapshot.in_force(date.today())} == {"travel", "plant"}


def test_some_of_the_documents_can_be_chosen(whole: Assistant) -> None:
    assert {h.passage.doc_id for h in whole.within(Scope(ids=frozenset(("travel",)))).search("日当")} == {"travel"}
    assert not whole.within(Scope(frozenset(), frozenset(("board",)))).search("日当")
    assert whole.within(EVERYTHING) is whole
    assert whole.within(Scope(frozenset())).within(EVERYTHING).snapshot.size == whole.snapshot.size


def test_a_view_is_made_once_and_shares_what_hangs_on_no_document(whole: Assistant) -> None:
    scope = Scope(frozenset(("工場",)))
    view = whole.within(scope)
    assert whole.within(scope) is view
    assert view.within(Scope(frozenset(("人事",)))) is whole.within(Scope(frozenset(("人事",))))
    assert view.verifier is whole.verifier
    assert view.writer is None
