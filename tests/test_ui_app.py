"""The page without a browser: a question, its citations, the source they open, abstaining, and input that cannot be used."""

from __future__ import annotations

import html
import json
import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from rag.answers import NOT_FOUND, REASONS
from rag.snapshot import CURRENT, MANIFEST, SNAPSHOTS, Snapshot, current_name
from rag.types import Meta
from ui.examples import examples
from ui.labels import japanese_date, mark, markdown, section_name, shortened, term
from ui.shelf import matching, volumes

APP = Path(__file__).parents[1] / "ui" / "app.py"
TRAVEL = """旅費規程

第一章　総則

（目的）
第一条　この規程は、社員の出張旅費について定める。

（精算）
第二条　旅費は、出張が終わった日から十日以内に精算しなければならない。ただし、海外出張の旅費は、三十日以内に精算する。

（日当）
第三条　日当は、次の表のとおりとする。
区分\t日帰り\t宿泊
部長\t一、五〇〇円\t三、〇〇〇円
課長\t一、二〇〇円\t二、四〇〇円
"""
LEAVE = """# 休暇規程

## 第1章 総則

### 第1条（特別休暇）

社員が結婚したときは、**5日**の特別休暇を与える。

### 第2条（<script>alert(1)</script>の扱い）

画像 ![x](http://example.invalid/x.png) の持込みは、*届出*を要する。
"""
MANIFEST_YAML = """documents:
  - {file: travel.txt, title: 旅費規程, version: "1.0", effective_from: 2020-04-01, publisher: 経理部}
  - {file: leave_old.md, id: leave, title: 休暇規程, version: 旧, effective_from: 2015-04, effective_to: 2019-03}
  - {file: leave.md, id: leave, title: 休暇規程, version: 新, effective_from: 2019-04-01}
"""
SETTLE = "旅費は、出張が終わった日から何日以内に精算しなければなりませんか。"
NOWHERE = "日食はいつ見られますか。"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    write_documents(folder / "docs")
    ingest([folder / "docs"], folder / "index", jobs=1, progress=lambda line: None)
    return folder / "index"


def write_documents(folder: Path) -> None:
    folder.mkdir()
    (folder / "travel.txt").write_text(TRAVEL, encoding="utf-8")
    (folder / "leave.md").write_text(LEAVE, encoding="utf-8")
    (folder / "leave_old.md").write_text(LEAVE.replace("5日", "3日"), encoding="utf-8")
    (folder / "manifest.yaml").write_text(MANIFEST_YAML, encoding="utf-8")


@pytest.fixture
def app(index: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    return opened(index, monkeypatch)


def opened(index: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("TENKYO_INDEX", str(index))
    return AppTest.from_file(APP, default_timeout=60).run()


def asked(app: AppTest, question: str) -> AppTest:
    return app.chat_input[0].set_value(question).run()


def shown(app: AppTest) -> str:
    """Everything the page shows as HTML of its own."""
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


def labels(app: AppTest, prefix: str) -> dict[str, str]:
    return {str(button.key): button.label.replace("\\", "") for button in app.button if (button.key or "").startswith(prefix)}


def source(app: AppTest) -> str:
    return str(app.get("iframe")[0].proto.srcdoc)


def marked(page: str) -> str:
    """The text of the marks of a source page."""
    return html.unescape("".join(re.sub(r"<[^>]+>", "", m) for m in re.findall(r"<mark[^>]*>(.*?)</mark>", page, re.S)))


def test_a_question_is_answered_with_numbered_citations_that_open_their_source(app: AppTest) -> None:
    asked(app, SETTLE)
    assert "出張が終わった日から十日以内に精算しなければならない" in shown(app)
    assert list(labels(app, "chip-0-0").values()) == ["[1]"]
    assert labels(app, "reference-0-0")["reference-0-0"] == "[1] 旅費規程 第1章 総則 > 第2条（精算）"
    assert "確からしさ" in shown(app)
    assert f"基準日 {japanese_date(date.today())}" in shown(app)
    assert not app.get("iframe")

    app.button(key="chip-0-0-0").click().run()
    assert marked(source(app)) == "旅費は、出張が終わった日から十日以内に精算しなければならない。"
    assert '<mark id="cited">' in source(app)
    for fact in ("旅費規程", "版 1.0", "2020年4月1日施行", "第1章 総則 &gt; 第2条（精算）", "travel.txt", "経理部", "現行"):
        assert fact in shown(app), fact

    app.button(key="close").click().run()
    assert not app.get("iframe")


def test_a_second_click_scrolls_again_and_a_rerun_does_not(app: AppTest) -> None:
    asked(app, SETTLE)
    app.button(key="chip-0-0-0").click().run()
    first = source(app)
    assert source(app.run()) == first
    app.button(key="reference-0-0").click().run()
    assert source(app) != first
    assert marked(source(app)) == marked(first)


def test_a_table_row_is_marked_cell_by_cell_with_its_header_lightly(app: AppTest) -> None:
    asked(app, "課長の宿泊の日当はいくらですか。")
    pages = [source(app.button(key=key).click().run()) for key in labels(app, "reference-0")]
    cited = [page for page in pages if marked(page) == "課長\t一、二〇〇円\t二、四〇〇円"]
    assert cited, shown(app)
    assert '<th><span class="also">区分</span></th>' in cited[0]


def test_abstaining_looks_different_and_names_the_nearest_passages(app: AppTest) -> None:
    asked(app, NOWHERE)
    assert NOT_FOUND in shown(app)
    assert "答えではありません" in shown(app)
    assert not labels(app, "chip-")
    near = labels(app, "near-0")
    assert near
    app.button(key=next(iter(near))).click().run()
    assert marked(source(app)).strip()


def test_on_a_day_when_nothing_was_in_force_nothing_is_found(app: AppTest) -> None:
    app.date_input[0].set_value(date(1900, 1, 1)).run()
    asked(app, SETTLE)
    assert NOT_FOUND in shown(app)
    assert REASONS["no_hits"] in shown(app)
    assert not labels(app, "near-")


@pytest.mark.parametrize(("question", "message"), [("　 ", "質問が空なので"), ("あ" * 10_000, "質問が長すぎる（10000文字")])
def test_a_question_that_cannot_be_used_is_answered_by_a_sentence(app: AppTest, question: str, message: str) -> None:
    asked(app, question)
    assert message in shown(app)
    assert len(shown(app)) < 20_000
    asked(app, SETTLE)
    assert labels(app, "chip-1-0")


def test_without_an_index_the_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(tmp_path / "none", monkeypatch)
    assert "まだないので、先に「tenkyo ingest" in shown(app)
    assert not app.chat_input
    write_documents(tmp_path / "docs")
    ingest([tmp_path / "docs"], tmp_path / "none", jobs=1, progress=lambda line: None)
    app.button[0].click().run()
    assert app.chat_input


def test_an_index_of_another_version_is_refused_by_a_sentence(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(index, tmp_path / "index")
    manifest = tmp_path / "index" / SNAPSHOTS / str(current_name(index)) / MANIFEST
    manifest.write_text(json.dumps(json.loads(manifest.read_text(encoding="utf-8")) | {"format": 0}), encoding="utf-8")
    assert "別の版で作られており" in shown(opened(tmp_path / "index", monkeypatch))


def test_a_setting_that_makes_no_sense_is_named(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_PASSAGES", "many")
    assert "環境変数TENKYO_PASSAGES" in shown(opened(index, monkeypatch))


def test_a_new_ingest_answers_the_next_question_and_old_sources_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_documents(tmp_path / "docs")
    ingest([tmp_path / "docs"], tmp_path / "index", jobs=1, progress=lambda line: None)
    app = asked(opened(tmp_path / "index", monkeypatch), SETTLE)
    for days in ("二十日", "四十日"):
        (tmp_path / "docs" / "travel.txt").write_text(
            TRAVEL.replace("十日以内に精算しなければ", f"{days}以内に精算しなければ"), encoding="utf-8"
        )
        ingest([tmp_path / "docs"], tmp_path / "index", jobs=1, progress=lambda line: None)
        asked(app, SETTLE)
        assert f"出張が終わった日から{days}以内" in shown(app)
    app.button(key="chip-1-0-0").click().run()
    assert "二十日以内" in marked(source(app))
    app.button(key="chip-0-0-0").click().run()
    assert "当時の原文は残っていない" in shown(app)
    assert not app.get("iframe")


def test_the_day_chosen_decides_which_version_answers(app: AppTest) -> None:
    app.date_input[0].set_value(date(2018, 1, 1)).run()
    assert re.search(r'<li class="tk-現行"><b>休暇規程</b><br><span>版 旧 ・ 2015年4月施行、2019年3月まで', shown(app))
    assert re.search(r'<li class="tk-未施行"><b>休暇規程</b><span class="tk-badge tk-未施行">', shown(app))
    asked(app, "社員が結婚したときは、何日の特別休暇を与えますか。")
    assert "3日の特別休暇" in shown(app)
    assert "休暇規程: 2015-04施行の版（旧）による、2019-03まで" in shown(app)
    asked(app, NOWHERE)
    assert any("休暇規程［失効］" in label for label in labels(app, "near-1").values())
    assert "基準日 2018年1月1日" in shown(app)


def test_a_follow_up_shows_what_was_searched_until_the_conversation_begins_anew(app: AppTest) -> None:
    asked(app, "課長の宿泊の日当はいくらですか。")
    assert "として検索しました" not in shown(app)
    asked(app, "　")
    asked(app, "では部長は？")
    assert '<p class="tk-question">では部長は？</p>' in shown(app)
    assert '<p class="tk-small tk-searched">「部長の宿泊の日当はいくらですか。」として検索しました</p>' in shown(app)
    assert "三、〇〇〇円" in shown(app)
    app.button(key="anew").click().run()
    asked(app, "では部長は？")
    assert "として検索しました" not in shown(app)


def test_what_was_searched_stays_text(app: AppTest) -> None:
    asked(app, "<script>alert(3)</script>の第1版では旅費はいくらですか。")
    asked(app, "第2版では？")
    assert "&lt;script&gt;alert(3)&lt;/script&gt;の第2版では" in shown(app)
    assert "<script>alert" not in shown(app)


def test_what_documents_and_users_write_stays_text(app: AppTest) -> None:
    asked(app, "<script>alert(2)</script>画像の持込みには届出が必要ですか。")
    assert "<script>alert" not in shown(app)
    assert "&lt;script&gt;alert(2)" in shown(app)
    for key in [*labels(app, "reference-"), *labels(app, "near-")]:
        assert "<script>" not in app.button(key=key).label
        app.button(key=key).click().run()
        assert "<script>alert" not in source(app) + shown(app)


def test_an_example_is_asked_by_its_button(app: AppTest) -> None:
    key, question = next(iter(labels(app, "example-").items()))
    assert "休暇規程では、特別休暇について" in question
    app.button(key=key).click().run()
    assert f'<p class="tk-question">{html.escape(question)}</p>' in shown(app)
    assert not labels(app, "example-")
    app.button(key="anew").click().run()
    assert labels(app, "example-")


def test_the_written_examples_are_shown_for_the_sample_documents(tmp_path: Path) -> None:
    corpus = APP.parents[1] / "corpus"
    ingest([corpus], tmp_path / "index", jobs=1, progress=lambda line: None)
    with Snapshot.open(tmp_path / "index") as snapshot:
        found = examples(snapshot, date(2026, 12, 1))
    assert len(found) == 4
    assert found[0] == "生成AIに個人情報を入力してもよいですか。"


# Labels and lists


def test_labels() -> None:
    assert [japanese_date(day) for day in ("2024", "2024-04", "2024-04-01", date(2026, 11, 3))] == [
        "2024年", "2024年4月", "2024年4月1日", "2026年11月3日",
    ]  # fmt: skip
    assert term(Meta(effective_from="2024-04", effective_to="2025")) == "2024年4月施行、2025年まで"
    assert term(Meta(published="2024-07-01")) == "2024年7月1日発行"
    assert term(Meta()) == ""
    assert section_name("旅費規程", ("あおば 旅費規程", "第1章", "第2条", "第1項")) == "第1章 > 第2条 第1項"
    assert section_name("旅費規程", ()) == ""
    assert shortened(" あ\n い　う ", 4) == "あ い…"
    assert markdown("[1] a*b*\n![x](y) :red[z] $1$ <b>") == "\\[1\\] a\\*b\\* \\!\\[x\\]\\(y\\) \\:red\\[z\\] \\$1\\$ \\<b\\>"


def test_a_version_not_in_force_is_marked() -> None:
    metas = (Meta(), Meta(effective_from="2020"), Meta(effective_to="2023-03"), Meta(effective_from="2024-04-02"))
    assert [mark(meta, date(2024, 4, 1)) for meta in metas] == ["", "", "［失効］", "［未施行］"]


def test_documents_are_listed_by_version_and_filtered(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        found = volumes(snapshot.documents(), date(2026, 1, 1))
    assert [(v.row.title, v.row.version, v.standing) for v in found] == [
        ("休暇規程", "新", "現行"), ("休暇規程", "旧", "失効"), ("旅費規程", "1.0", "現行"),
    ]  # fmt: skip
    assert [v.row.version for v in matching(found, "休暇 旧")] == ["旧"]
    assert [v.row.version for v in matching(found, "ＴＲＡＶＥＬ")] == ["1.0"]
    assert matching(found, "") == found
    assert matching(found, "賃金") == ()


def test_the_index_fixture_is_whole(index: Path) -> None:
    assert (index / CURRENT).is_file()


def test_a_pasted_text_is_checked(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def page() -> None:
        from ui.verify_page import verify_page

        verify_page()

    monkeypatch.setenv("TENKYO_INDEX", str(index))
    app = AppTest.from_function(page, default_timeout=60).run()
    app.text_area[0].set_value("課長の宿泊の日当は2,400円です。旅費は60日以内に精算する。<b>月面</b>の温泉は無料です。")
    app.button[0].click().run()
    assert not app.exception
    shown = "".join(str(block.value) for block in app.get("html"))
    assert "3文: 裏づけあり1文" in shown
    assert "<mark>60日</mark>" in shown
    assert "<b>月面</b>" not in shown
    app.text_area[0].set_value("")
    app.button[0].click().run()
    assert "確かめる文章が空" in "".join(str(block.value) for block in app.get("html"))
