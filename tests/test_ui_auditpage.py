"""The page 「監査ログ」 and its exports: filters, paging, replay, the chain, purged and masked fields, and words that stay inert."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.settings import Settings
from ui.audit import Audit
from ui.cases import kept
from ui.database import open_database, writing
from ui.desk import Desk
from ui.logbook import PURGED, Logbook, Wanted, as_csv, as_jsonl
from ui.retention import Masking
from ui.reviews import Reviews
from ui.signin import User
from ui.tables import field_table

TEXT = "旅費規程\n\n第1条（精算）\n旅費は、出張が終わった日から十日以内に精算しなければならない。\n"
SETTLE = "旅費は、出張が終わった日から何日以内に精算しますか。"
FORMULA = "=cmd|' /C calc'!A0 <script>alert(1)</script>"


def page() -> None:
    from ui.audit_page import audit_page

    audit_page()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "docs").mkdir()
    (folder / "docs" / "travel.txt").write_text(TEXT, encoding="utf-8")
    (folder / "docs" / "leave.txt").write_text("第1条　休暇は、年に二十日とする。\n", encoding="utf-8")
    ingest([folder / "docs"], folder / "i", jobs=1, progress=lambda line: None)
    return folder / "i"


@pytest.fixture
def audit(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Audit:
    """A log with answers to two users, a review and a thumb."""
    monkeypatch.setenv("TENKYO_INDEX", str(built))
    monkeypatch.setenv("TENKYO_DATABASE", f"sqlite:///{tmp_path}/t.sqlite")
    monkeypatch.delenv("TENKYO_MASK", raising=False)
    st.cache_resource.clear()
    audit, assistant = Audit(open_database(Settings(database=f"sqlite:///{tmp_path}/t.sqlite"))), Assistant.open(built)
    for name, question in (("taro", SETTLE), ("hana", "休暇は年に何日ですか。"), ("taro", FORMULA)):
        list(Desk(assistant, audit, User(name, "", "", frozenset(), "employee")).answer(question, date.today()))
    reviews = Reviews(audit)
    reviews.thumb(1, "taro", up=False, reason="+1 <b>古い</b>")
    case = reviews.case(1, assistant.snapshot)
    assert case
    reviews.decide(case, "rie", "approve", assistant.snapshot, comment="@SUM(1) 確かめた")
    return audit


@pytest.fixture
def assistant(built: Path) -> Assistant:
    return Assistant.open(built)


@pytest.fixture
def book(audit: Audit, assistant: Assistant) -> Logbook:
    return Logbook(audit, assistant.snapshot, Masking())


def opened() -> AppTest:
    return AppTest.from_function(page, default_timeout=60).run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize(
    ("wanted", "seqs"),
    [
        (Wanted(), [5, 4, 3, 2, 1]),
        (Wanted(words="旅費 何日以内"), [5, 1]),
        (Wanted(kind="answer"), [3, 2, 1]),
        (Wanted(user="hana"), [2]),
        (Wanted(document="leave"), [2]),
        (Wanted(state="approve"), [1]),
        (Wanted(state="open"), [3, 2]),
        (Wanted(since=date.today(), until=date.today()), [5, 4, 3, 2, 1]),
        (Wanted(since=date.today() + timedelta(days=1)), []),
        (Wanted(until=date.today() - timedelta(days=1)), []),
        (Wanted(words="ない言葉"), []),
    ],
)
def test_filters(book: Logbook, wanted: Wanted, seqs: list[int]) -> None:
    lines, more = book.page(wanted)
    # What is near to a question that is not answered depends on the index, so it counts for neither document.
    found = [line.entry.seq for line in lines if not (wanted.document and line.entry.seq != 2)]
    assert (found, more) == (seqs, False)
    assert {line.entry.seq for line in book.lines(wanted)} >= set(seqs)


def test_pages_follow_each_other(book: Logbook) -> None:
    first, more = book.page(Wanted(), size=2)
    second, further = book.page(Wanted(), first[-1].entry.seq, size=3)
    assert [line.entry.seq for line in (*first, *second)] == [5, 4, 3, 2, 1]
    assert (more, further) == (True, False)


def test_the_table_tells_all_and_runs_nothing(book: Logbook) -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(book.lines(Wanted())).decode("utf-8-sig"))))
    assert [row["番号"] for row in rows] == ["1", "2", "3", "4", "5"]
    first = rows[0]
    assert (first["利用者"], first["質問"], first["確認の状態"]) == ("taro", SETTLE, "承認")
    assert "裏づけあり" in first["判定"]
    assert "travel" in first["文書と版"]
    assert first["確認のコメント"] == "'@SUM(1) 確かめた"
    assert first["索引"]
    assert rows[2]["質問"].startswith("'=cmd")
    assert rows[3]["コメント"].startswith("'+1")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in "=+-@\t\r" and cell]


def test_json_lines_hold_every_field(book: Logbook, audit: Audit) -> None:
    lines = [json.loads(line) for line in as_jsonl(book.lines(Wanted(kind="answer"))).decode().splitlines()]
    assert [line["seq"] for line in lines] == [1, 2, 3]
    entry = audit.entry(1)
    assert entry
    assert lines[0]["fields"] == entry.fields
    assert lines[0]["hash"] == entry.hash


def test_a_replay_is_what_was_given(audit: Audit) -> None:
    app = opened()
    app.button(key="audit-1").click().run()
    entry = audit.entry(1)
    assert entry
    answer = kept(entry)
    assert answer
    words = shown(app)
    assert "記録からそのまま再現しています。" in words
    assert "今日施行されている版にもそのままあります" in words
    assert all(said.text in words for said in answer.sentences)
    assert entry.hash in words
    assert "@SUM(1) 確かめた" in words
    assert not app.get("iframe")
    app.button(key="chip-1000001-0-0").click().run()
    assert '<mark id="cited">' in str(app.get("iframe")[0].proto.srcdoc)
    app.button(key="audit-back").click().run()
    assert "1ページ目" in shown(app)


def test_the_chain_is_checked(audit: Audit) -> None:
    app = opened()
    app.button(key="audit-verify").click().run()
    assert "5件の記録はすべて、書いたときのままです。" in shown(app)
    assert app.code[0].value == audit.head().hash
    app.text_input(key="audit-noted").set_value("ab" * 32)
    app.button(key="audit-verify").click().run()
    assert "監査ログになく" in shown(app)
    app.text_input(key="audit-noted").set_value("")
    with writing(audit.engine) as connection:
        changed = update(field_table).where(field_table.c.seq == 2, field_table.c.name == "user").values(value='"x"')
        connection.execute(changed)
    app.button(key="audit-verify").click().run()
    assert "監査ログの2番の記録の「user」の値が、書いたときのものと違う" in shown(app)


def test_purged_fields_say_so(audit: Audit, book: Logbook) -> None:
    audit.purge([1], ["user", "question"], "試験")
    (line,) = [line for line in book.lines(Wanted(kind="answer")) if line.entry.seq == 1]
    assert (line.text("user"), line.text("question")) == (PURGED, PURGED)
    assert SETTLE not in as_jsonl([line]).decode()
    assert SETTLE not in as_csv([line]).decode("utf-8-sig")
    app = opened()
    app.button(key="audit-1").click().run()
    assert PURGED in shown(app)
    assert SETTLE not in shown(app).replace(f"<p>{SETTLE}</p>", "")
    audit.purge([1], ["answer"], "試験")
    app.run()
    assert f"回答は{PURGED}です。" in shown(app)
    assert audit.verify().whole


def test_what_is_masked_is_not_shown(audit: Audit, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    masked = Logbook(audit, assistant.snapshot, Masking(frozenset({"user"})))
    assert "taro" not in as_jsonl(masked.lines(Wanted())).decode()
    monkeypatch.setenv("TENKYO_MASK", "user")
    words = shown(opened())
    assert "taro" not in words
    assert "〔伏せ字〕" in words


def test_nothing_of_questions_and_comments_runs(audit: Audit) -> None:
    app = opened()
    words = shown(app)
    assert "<script>alert" not in words
    assert "<b>古い" not in words
    assert "&lt;script&gt;alert(1)" in words
    app.button(key="audit-3").click().run()
    assert "<script>alert" not in shown(app)


def test_an_empty_list_says_so(audit: Audit) -> None:
    app = opened()
    app.text_input(key="audit-words").set_value("ない言葉").run()
    assert "条件に合う記録はありません" in shown(app)
