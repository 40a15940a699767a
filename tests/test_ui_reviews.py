"""What reviewers decide, what is to be looked at, and the approved answer that is given again."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import InputError
from rag.scope import Scope
from rag.settings import Settings
from ui.audit import Audit
from ui.cases import Case, same
from ui.database import open_database
from ui.desk import Desk
from ui.impact import InForce
from ui.reviews import AlreadyDecided, Reviews, queue
from ui.shown import Shown
from ui.signin import User

SETTLE = "旅費は、出張が終わった日から何日以内に精算しますか。"
TEXT = """旅費規程
{lead}
第1条（精算）
旅費は、出張が終わった日から{days}以内に精算しなければならない。{more}

第2条（日当）
日当は、一日につき{amount}円とする。
"""
ASKER, REVIEWER = (User(name, "", "", frozenset(), "reviewer") for name in ("u1", "r1"))


def assistant(
    folder: Path, days: str = "十日", more: str = "", amount: str = "2,000", groups: str = "", lead: str = ""
) -> Assistant:
    docs = folder / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "travel.txt").write_text(TEXT.format(days=days, more=more, amount=amount, lead=lead), encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        f"documents:\n  - {{file: travel.txt, title: 旅費規程, groups: [{groups}]}}\n", encoding="utf-8"
    )
    ingest([docs], folder / "i", jobs=1, progress=lambda line: None)
    return Assistant.open(folder / "i")


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(open_database(Settings(index=tmp_path / "i")))


def asked(audit: Audit, one: Assistant, question: str = SETTLE, previous: tuple[str, ...] = ()) -> tuple[Case, Shown]:
    given = list(Desk(one, audit, ASKER).answer(question, date.today(), previous))[-1]
    case = Reviews(audit).case(given.entry, one.snapshot)
    assert case
    return case, given.answer


def approve(audit: Audit, one: Assistant, case: Case) -> None:
    Reviews(audit).decide(case, "r1", "approve", one.snapshot, comment="良い")


def causes(audit: Audit, one: Assistant) -> list[str]:
    return [cause for cause, _ in queue(Reviews(audit).cases(one.snapshot), InForce(one.snapshot, date.today()))]


def test_an_approved_answer_is_given_again_and_marked(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    case, first = asked(audit, one)
    assert not first.confirmed
    assert causes(audit, one) == ["new"]
    approve(audit, one, case)
    assert causes(audit, one) == []
    _, again = asked(audit, one, "旅費は､出張が終わった日から何日以内に精算しますか")
    assert (again.confirmed, again.text, again.sources) == (True, first.text, first.sources)
    assert again.question == "旅費は､出張が終わった日から何日以内に精算しますか"
    assert causes(audit, one) == []


def test_a_rejection_ends_it_whichever_answer_it_is_about(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    approve(audit, one, asked(audit, one)[0])
    copy, _ = asked(audit, one)
    Reviews(audit).decide(copy, "r2", "reject", one.snapshot, comment="古い")
    case, answer = asked(audit, one)
    assert not answer.confirmed
    assert causes(audit, one) == []  # the same words have been rejected already
    assert case.state == "open"


@pytest.mark.parametrize(
    "changed",
    [{"days": "七日"}, {"more": "ただし、海外出張の旅費は、三十日以内に精算する。"}],
    ids=["the words", "what stands around them"],
)
def test_what_changes_below_an_approved_answer_ends_it(tmp_path: Path, audit: Audit, changed: dict[str, str]) -> None:
    approve(audit, one := assistant(tmp_path), asked(audit, one)[0])
    new = assistant(tmp_path, **changed)
    assert causes(audit, new) == ["stale"]
    assert not asked(audit, new)[1].confirmed


def test_what_changes_elsewhere_leaves_it_with_its_sources_moved(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    question = "日当は、一日につきいくらですか。"
    approve(audit, one, asked(audit, one, question)[0])
    new = assistant(tmp_path, lead="令和八年六月一日改定\n")
    _, again = asked(audit, new, question)
    assert again.confirmed
    assert again.snapshot == new.snapshot.name
    text = new.snapshot.document("travel", "").text
    assert all(source.span.of(text) == source.quote for source in again.sources)


def test_words_that_are_gone_cannot_be_approved(tmp_path: Path, audit: Audit) -> None:
    case, _ = asked(audit, assistant(tmp_path))
    new = assistant(tmp_path, days="七日")
    with pytest.raises(InputError, match="今の版にない"):
        approve(audit, new, case)
    Reviews(audit).decide(case, "r1", "reject", new.snapshot)


def test_the_second_of_two_reviewers_is_told(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    case, _ = asked(audit, one)
    told: list[str] = []

    def decide(name: str) -> None:
        try:
            Reviews(audit).decide(case, name, "approve", one.snapshot)
        except AlreadyDecided as error:
            told.append(str(error))

    threads = [threading.Thread(target=decide, args=(f"r{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    assert "別の確認者" in told[0]
    assert audit.count(kind="review") == 1
    latest = Reviews(audit).case(case.entry.seq, one.snapshot)
    assert latest
    assert latest.review
    with pytest.raises(AlreadyDecided):
        Reviews(audit).decide(latest, "r9", "reject", one.snapshot, seen=0)
    Reviews(audit).decide(latest, "r9", "reject", one.snapshot, seen=latest.review.entry.seq)


def test_the_queue_is_by_what_presses_most(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    asked(audit, one, "日当は、一日につきいくらですか。")
    down, _ = asked(audit, one)
    asked(audit, one)
    Reviews(audit).thumb(down.entry.seq, "u1", up=False, reason="古い")
    asked(audit, one, "日食はいつ見られますか。")
    found = queue(Reviews(audit).cases(one.snapshot), InForce(one.snapshot, date.today()))
    assert [cause for cause, _ in found] == ["down", "new", "new"]
    assert found[0][1].entry.seq == down.entry.seq
    assert found[0][1].thumbs[0].reason == "古い"
    approve(audit, one, found[0][1])
    assert "down" not in causes(audit, one)
    Reviews(audit).thumb(down.entry.seq, "u2", up=False)
    assert causes(audit, one)[0] == "down"


def test_a_question_about_another_day_is_held_against_that_day(tmp_path: Path, audit: Audit) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, days in (("old", "十日"), ("new", "七日")):
        (docs / f"{name}.txt").write_text(TEXT.format(days=days, more="", amount="2,000", lead=""), encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        "documents:\n  - {file: old.txt, id: travel, version: '1', title: 旅費規程, effective_from: 2020-04-01, effective_to: 2021-03-31}\n"
        "  - {file: new.txt, id: travel, version: '2', title: 旅費規程, effective_from: 2021-04-01}\n",
        encoding="utf-8",
    )
    ingest([docs], tmp_path / "i", jobs=1, progress=lambda line: None)
    one = Assistant.open(tmp_path / "i")
    given = list(Desk(one, audit, ASKER).answer(SETTLE, date(2020, 6, 1)))[-1]
    assert causes(audit, one) == ["new"]
    case = Reviews(audit).case(given.entry, one.snapshot)
    assert case
    approve(audit, one, case)
    assert Reviews(audit).confirmed(SETTLE, date(2020, 7, 1), one.snapshot)
    assert Reviews(audit).confirmed(SETTLE, date.today(), one.snapshot) is None


def test_a_follow_up_is_not_given_again_to_the_bare_question(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    case, answer = asked(audit, one, "では、日当は？", (SETTLE,))
    assert answer.searched
    if not answer.abstained:
        approve(audit, one, case)
    assert Reviews(audit).confirmed("では、日当は？", date.today(), one.snapshot) is None


def test_who_may_not_see_the_document_gets_neither_case_nor_confirmed_answer(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path, groups="人事")
    case, _ = asked(audit, one)
    approve(audit, one, case)
    stranger, member = (one.within(Scope(frozenset(groups))).snapshot for groups in ((), ("人事",)))
    reviews = Reviews(audit)
    assert reviews.confirmed(SETTLE, date.today(), member)
    assert reviews.confirmed(SETTLE, date.today(), stranger) is None
    assert reviews.case(case.entry.seq, stranger) is None
    assert not reviews.cases(stranger)
    assert not list(reviews.every(stranger))
    assert not list(reviews.approved(stranger))
    assert len(list(reviews.approved(member))) == 1


def test_purged_answers_are_forgotten(tmp_path: Path, audit: Audit) -> None:
    one = assistant(tmp_path)
    case, _ = asked(audit, one)
    approve(audit, one, case)
    assert Reviews(audit).cases(one.snapshot)
    audit.purge([case.entry.seq, case.entry.seq + 1], ["answer"], "試験")
    assert not Reviews(audit).cases(one.snapshot)
    assert Reviews(audit).case(case.entry.seq, one.snapshot) is None
    assert Reviews(audit).confirmed(SETTLE, date.today(), one.snapshot) is None


def test_the_ways_of_writing_a_question_are_one() -> None:
    assert same("日当はいくらですか。") == same("日当はいくらですか？") == same("日当は いくらですか")
