"""Questions that were not answered: which, grouped how, for whom, and what is noted about them."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.encoder import load_encoder
from rag.scope import Scope
from rag.settings import Settings
from rag.snapshot import Snapshot
from ui.audit import Audit
from ui.database import open_database
from ui.desk import Desk
from ui.signin import User
from ui.unanswered import Asked, Group, Note, grouped, note, notes, state, unanswered, write_csv

DAY = date(2026, 11, 1)
ECLIPSE, AGAIN = "日食はいつ見られますか。", "つぎの日食はいつ見られますか？"
SECRET = "役員の自動車はどの車種ですか。"


@pytest.fixture(scope="module")
def index(regulations: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unanswered")
    (folder / "docs").mkdir()
    (folder / "docs" / "car.txt").write_text(
        "役員車両規程\n\n第1条　役員は、自動車を会社の費用で借りることができる。\n", encoding="utf-8"
    )
    listed = "documents:\n  - {file: car.txt, title: 役員車両規程, groups: [board]}\n"
    (folder / "docs" / "manifest.yaml").write_text(listed, encoding="utf-8")
    ingest([regulations, folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    return folder / "index"


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(open_database(Settings(database=f"sqlite:///{tmp_path / 'log.sqlite'}")))


def ask(index: Path, audit: Audit, question: str, user: str = "a", groups: frozenset[str] | None = None) -> int:
    """Put a question that nothing is sure enough to answer; the number of its entry."""
    opened = Assistant.open(index, Settings(index=index, threshold=1.0)).within(Scope(groups))
    desk = Desk(opened, audit, User(user, user, "", groups or frozenset(), "employee"))
    *_, last = desk.answer(question, DAY)
    return last.entry


def asked(questions: Sequence[str]) -> list[Asked]:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    return [Asked(n, start + timedelta(hours=n), f"u{n % 3}", words, ()) for n, words in enumerate(questions, 1)]


def test_only_answers_that_abstained_are_listed(index: Path, audit: Audit) -> None:
    first = ask(index, audit, ECLIPSE)
    desk = Desk(Assistant.open(index), audit, User("b", "b", "", frozenset(), "employee"))
    *_, given = desk.answer("出張の精算は何日以内ですか。", DAY)
    assert not given.answer.abstained
    with Snapshot.open(index) as snapshot:
        found = unanswered(audit, snapshot)
    assert [(one.seq, one.user, one.question) for one in found] == [(first, "a", ECLIPSE)]
    assert found[0].near


def test_what_rests_on_a_hidden_document_is_not_there_for_others(index: Path, audit: Audit) -> None:
    hidden = ask(index, audit, SECRET, "chief", frozenset({"board"}))
    seen = ask(index, audit, ECLIPSE, "b", frozenset())
    with Snapshot.open(index) as snapshot:
        assert hidden in {one.seq for one in unanswered(audit, snapshot.within(Scope(frozenset({"board"}))))}
        assert [one.seq for one in unanswered(audit, snapshot.within(Scope(frozenset())))] == [seen]


def test_a_purged_question_is_gone_and_a_purged_user_counts_as_nobody(index: Path, audit: Audit) -> None:
    gone, kept = ask(index, audit, ECLIPSE), ask(index, audit, AGAIN, "b")
    audit.purge([gone], ["question"], "期限")
    audit.purge([kept], ["user"], "期限")
    with Snapshot.open(index) as snapshot:
        found = unanswered(audit, snapshot)
    assert [(one.seq, one.user) for one in found] == [(kept, "")]
    assert Group(tuple(found)).users == 0


def test_the_period_begins_at_a_time(index: Path, audit: Audit) -> None:
    ask(index, audit, ECLIPSE)
    with Snapshot.open(index) as snapshot:
        assert unanswered(audit, snapshot, datetime.now(UTC) + timedelta(minutes=1)) == []
        assert len(unanswered(audit, snapshot, datetime.now(UTC) - timedelta(minutes=1))) == 1


def test_similar_questions_are_of_one_group_and_others_are_not() -> None:
    given = [
        "名刺の発注方法は？", "駐車場の利用料はいくらですか", "名刺を追加で発注したい",
        "駐車場の料金は月いくらですか", "名刺の発注方法は", "盆踊りの日程は？",
    ]  # fmt: skip
    found = grouped(asked(given), (), load_encoder())
    assert [{one.seq for one in group.asked} for group in found] == [{1, 3, 5}, {2, 4}, {6}]
    assert found[0].head.seq == 5
    assert found[0].wordings == ("名刺の発注方法は", "名刺を追加で発注したい")
    assert found[0].users == 3


def test_the_groups_hang_on_the_questions_alone_and_not_on_their_order_in_the_list() -> None:
    given = asked(["名刺の発注は？", "駐車場の料金は？", "名刺の追加", "駐車場の月額", "盆踊りの日程", "駐車場の申込み"])
    found = grouped(given, (), load_encoder())
    for seed in range(5):
        mixed = list(given)
        random.Random(seed).shuffle(mixed)
        assert grouped(mixed, (), load_encoder()) == found
    assert grouped([], (), load_encoder()) == []


def test_width_and_punctuation_make_no_new_question() -> None:
    (group,) = grouped(asked(["ＶＰＮの申請は？", "VPNの申請は", "vpnの申請は。"]), (), load_encoder())
    assert len(group.asked) == 3
    assert len(group.wordings) == 1


def test_a_group_is_done_until_somebody_asks_again() -> None:
    given = asked([ECLIPSE, AGAIN])
    told = Note(5, 2, given[0].at, "規程に足した", True)
    (group,) = grouped(given, [told], load_encoder())
    assert group.done
    assert state(group) == "対応済み"
    later = replace(given[0], seq=6)
    (group,) = grouped([*given, later], [told], load_encoder())
    assert not group.done
    assert group.since == 1
    assert state(group) == "対応後も質問あり"
    (group,) = grouped(given, [replace(told, seq=7, done=False), told], load_encoder())
    assert not group.done
    assert state(group) == "未対応"


def test_a_note_is_an_entry_about_the_latest_question(index: Path, audit: Audit) -> None:
    ask(index, audit, ECLIPSE)
    last = ask(index, audit, ECLIPSE, "b")
    with Snapshot.open(index) as snapshot:
        (group,) = grouped(unanswered(audit, snapshot), notes(audit), load_encoder())
        seq = note(audit, group, "owner", "暦の係に頼んだ")
        (group,) = grouped(unanswered(audit, snapshot), notes(audit), load_encoder())
    entry = audit.entry(seq)
    assert entry is not None
    assert (entry.kind, entry.subject, entry.fields["user"]) == ("noted", last, "owner")
    assert group.done
    assert group.note is not None
    assert group.note.comment == "暦の係に頼んだ"
    assert audit.verify().whole


def test_the_table_runs_nothing() -> None:
    given = [replace(one, user="=1") for one in asked(["=HYPERLINK(1)", "＝ＨＹＰＥＲＬＩＮＫ（１）"])]
    out = io.StringIO(newline="")
    write_csv(out, grouped(given, [Note(9, 2, given[0].at, "@SUM(1)", True)], load_encoder()))
    header, row = csv.reader(io.StringIO(out.getvalue(), newline=""))
    cells = dict(zip(header, row, strict=True))
    assert cells["コメント"] == "'@SUM(1)"
    assert cells["回数"] == "2"
    assert cells["人数"] == "1"
    assert not any(cell.startswith(("=", "@", "+", "-")) for cell in row)


# The page


def page() -> None:
    from ui.unanswered_page import unanswered_page

    unanswered_page()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.fixture
def app(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("TENKYO_INDEX", str(index))
    monkeypatch.setenv("TENKYO_DATABASE", f"sqlite:///{tmp_path / 'log.sqlite'}")
    st.cache_resource.clear()  # the app keeps one audit log for its life
    return AppTest.from_function(page, default_timeout=60)


def test_without_questions_the_page_says_so(app: AppTest) -> None:
    assert "この期間に、答えられなかった質問はありません。" in shown(app.run())


def test_a_group_is_marked_and_taken_back(index: Path, audit: Audit, app: AppTest) -> None:
    ask(index, audit, "<script>alert(1)</script>日食はいつですか。")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;日食は" in shown(app.run())
    assert "<h2" in shown(app)
    assert "<script>alert" not in shown(app)
    app.text_area[0].set_value("暦を足した")
    app.button[0].click().run()
    assert "この期間の質問は、すべて対応済みです。" in shown(app)
    app.segmented_control(key="unanswered-state").set_value("対応済み").run()
    assert "暦を足した" in shown(app)
    assert "対応済み</span>" in shown(app)
    next(button for button in app.button if button.label == "未対応に戻す").click().run()
    assert "まだ対応済みにした質問はありません。" in shown(app)
    assert [entry.fields["done"] for entry in audit.entries(kind="noted")] == [False, True]
