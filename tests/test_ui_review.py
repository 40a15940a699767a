"""The page 「出典を確認する」 without a browser: the queue, a decision, a correction that is checked, and words that stay inert."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from rag.assistant import Assistant
from rag.errors import InputError
from rag.settings import Settings
from ui.audit import Audit
from ui.correction import corrected, unsupported
from ui.database import open_database
from ui.desk import Desk
from ui.impact import InForce
from ui.reviews import Reviews
from ui.signin import LOCAL

TEXT = """旅費規程

第1条（精算）
旅費は、出張が終わった日から十日以内に精算しなければならない。

第2条（日当）
日当は、一日につき2,000円とする。
"""
SETTLE = "旅費は、出張が終わった日から何日以内に精算しますか。"
EVIL = "<script>alert(1)</script> **太字** [押す](http://e.invalid) 旅費の精算は何日以内ですか。"


def page() -> None:
    from ui.review_page import review_page

    review_page()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "travel.txt").write_text(TEXT, encoding="utf-8")
    (docs / "manifest.yaml").write_text("documents:\n  - {file: travel.txt, title: '旅費<img src=x>規程'}\n", encoding="utf-8")
    ingest([docs], tmp_path / "i", jobs=1, progress=lambda line: None)
    monkeypatch.setenv("TENKYO_INDEX", str(tmp_path / "i"))
    monkeypatch.delenv("TENKYO_MASK", raising=False)
    st.cache_resource.clear()
    return tmp_path / "i"


@pytest.fixture
def assistant(index: Path) -> Assistant:
    return Assistant.open(index)


@pytest.fixture
def audit(index: Path) -> Audit:
    return Audit(open_database(Settings(index=index)))


def ask(audit: Audit, assistant: Assistant, question: str = SETTLE) -> int:
    return list(Desk(assistant, audit, LOCAL).answer(question, date.today()))[-1].entry


def opened() -> AppTest:
    return AppTest.from_function(page, default_timeout=60).run()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def decide(app: AppTest, seq: int, decision: str) -> AppTest:
    app.button(key=f"review-{seq}").click().run()
    app.button_group(key=f"decide-{seq}").set_value(decision).run()
    return app


def test_an_answer_is_approved_from_the_queue_and_served(audit: Audit, assistant: Assistant) -> None:
    seq = ask(audit, assistant)
    app = opened()
    assert "1件" in shown(app)
    assert "未確認" in shown(app)
    decide(app, seq, "approve")
    assert "裏づけあり" in shown(app)
    assert "十日以内に精算しなければならない" in shown(app)
    app.text_area(key=f"comment-{seq}").set_value("原文と同じ").run()
    app.button(key=f"decided-{seq}").click().run()
    assert f"{seq}番の回答を「承認」にしました。" in shown(app)
    assert "確認を待つ回答はありません。" in shown(app)
    given = list(Desk(assistant, audit, LOCAL).answer(SETTLE, date.today()))[-1]
    assert given.answer.confirmed
    app.button_group(key="review-view").set_value("承認済み").run()
    assert SETTLE in shown(app)
    assert app.get("download_button")


def test_a_source_opens_with_the_words_marked(audit: Audit, assistant: Assistant) -> None:
    seq = ask(audit, assistant)
    app = opened()
    app.button(key=f"review-{seq}").click().run()
    assert not app.get("iframe")
    app.button(key="reference-review-0").click().run()
    page = str(app.get("iframe")[0].proto.srcdoc)
    assert '<mark id="cited">' in page
    app.button(key="review-source-close").click().run()
    assert not app.get("iframe")


def test_a_correction_is_checked_and_what_is_not_supported_needs_a_yes(audit: Audit, assistant: Assistant) -> None:
    seq = ask(audit, assistant)
    app = opened()
    decide(app, seq, "correct")
    assert not app.button(key=f"decided-{seq}").disabled
    app.text_area(key=f"correct-{seq}").set_value("日当は、一日につき9,000円とする。").run()
    assert "文書と違う" in shown(app)
    assert app.button(key=f"decided-{seq}").disabled
    app.text_area(key=f"correct-{seq}").set_value(" ").run()
    assert "回答が空なので" in shown(app)
    app.text_area(key=f"correct-{seq}").set_value("日当は、一日につき9,000円とする。").run()
    app.checkbox[0].check().run()
    app.button(key=f"decided-{seq}").click().run()
    case = Reviews(audit).case(seq, assistant.snapshot)
    assert case
    assert case.state == "correct"
    assert case.current.text == "日当は、一日につき9,000円とする。"
    assert case.current.sentences[0].verdict == "contradicted"


def test_the_second_reviewer_is_told_and_can_decide_anew(audit: Audit, assistant: Assistant) -> None:
    seq = ask(audit, assistant)
    app = opened()
    decide(app, seq, "approve")
    case = Reviews(audit).case(seq, assistant.snapshot)
    assert case
    Reviews(audit).decide(case, "ほかの人", "reject", assistant.snapshot, comment="古い")
    app.button(key=f"decided-{seq}").click().run()
    assert "別の確認者がすでに判断している" in shown(app)
    assert audit.count(kind="review") == 1
    app.button(key=f"decided-{seq}").click().run()
    assert audit.count(kind="review") == 2


def test_nothing_of_questions_documents_and_comments_runs(audit: Audit, assistant: Assistant) -> None:
    seq = ask(audit, assistant, EVIL)
    Reviews(audit).thumb(seq, "u<b>", up=False, reason="<b onclick=x>低い</b>")
    app = opened()
    seen = [shown(app)]
    app.button(key=f"review-{seq}").click().run()
    seen.append(shown(app))
    for words in seen:
        assert "<script>alert" not in words
        assert "<b onclick" not in words
        assert "<img" not in words
    assert "&lt;script&gt;alert(1)" in seen[0]
    assert "&lt;b onclick=x&gt;" in seen[1]
    labels = [b.label for b in app.button if (b.key or "").startswith("reference-review")]
    assert labels
    assert all("\\<img" in label for label in labels)


def test_what_is_masked_is_not_shown(audit: Audit, assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    seq = ask(audit, assistant, "連絡先 taro@example.jp です。旅費の精算は何日以内ですか。")
    monkeypatch.setenv("TENKYO_MASK", "user,question")
    app = opened()
    app.button(key=f"review-{seq}").click().run()
    assert "taro@example.jp" not in shown(app)
    assert "〔メールアドレス〕" in shown(app)
    assert "<span>local</span>" not in shown(app)


def test_a_correction_keeps_what_stood_and_finds_sources_for_what_is_new(audit: Audit, assistant: Assistant) -> None:
    ask(audit, assistant)
    answer = Reviews(audit).cases(assistant.snapshot)[0].answer
    first = answer.sentences[0]
    made = corrected(
        assistant, answer, f"{first.text}\n日当は、一日につき2,000円とする。", InForce(assistant.snapshot, date.today())
    )
    assert [s.text for s in made.sentences] == [first.text, "日当は、一日につき2,000円とする。"]
    assert not unsupported(made)
    text = assistant.snapshot.document("travel", "").text
    assert all(source.span.of(text) == source.quote for source in made.sources)
    assert all(made.sentences[1].sources)
    assert json.dumps(made.to_json())
    with pytest.raises(InputError):
        corrected(assistant, answer, "\n", InForce(assistant.snapshot, date.today()))


def test_a_sentence_whose_words_are_gone_is_checked_anew(audit: Audit, assistant: Assistant, index: Path) -> None:
    seq = ask(audit, assistant)
    docs = index.parent / "docs"
    (docs / "travel.txt").write_text(TEXT.replace("十日以内", "七日以内"), encoding="utf-8")
    ingest([docs], index, jobs=1, progress=lambda line: None)
    app = opened()
    app.button_group(key="review-view").set_value("改定の影響").run()
    assert "<ins>" in shown(app)
    decide(app, seq, "approve")
    assert "典拠の文言が今の版にないので" in shown(app)
    assert app.button(key=f"decided-{seq}").disabled
    app.button_group(key=f"decide-{seq}").set_value("correct").run()
    assert app.button(key=f"decided-{seq}").disabled
    app.text_area(key=f"correct-{seq}").set_value("旅費は、出張が終わった日から七日以内に精算しなければならない。").run()
    app.button(key=f"decided-{seq}").click().run()
    assert "「修正して承認」にしました" in shown(app)
    now = Assistant.open(index)
    given = list(Desk(now, audit, LOCAL).answer(SETTLE, date.today()))[-1].answer
    assert (given.confirmed, given.text) == (True, "旅費は、出張が終わった日から七日以内に精算しなければならない。")
