"""The documents page: list, versions, passages, text and changes; and, for admins, registering files and taking documents out."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
import yaml
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from ingest.build import ingest
from ingest.readers import suffixes
from rag.errors import InputError
from rag.settings import Settings
from rag.snapshot import DocumentRow, Snapshot
from ui.audit import Audit
from ui.database import open_database
from ui.library import articles, books, compared
from ui.signin import LOCAL, User
from ui.uploads import Upload, discard, folder_of, kept, safe_name, store
from ui.works import Work, add, take_out

DAY = date(2026, 11, 1)
BICYCLE = "社用自転車規程\n\n第1条　使用は一日二時間までとする。\n".encode()
EMPLOYEE = User("e", "e", "", frozenset(), "employee")


@pytest.fixture
def settings(index: Path, tmp_path: Path) -> Settings:
    """A copy of the index, to be changed, and a log of its own."""
    shutil.copytree(index, tmp_path / "index")
    return Settings(index=tmp_path / "index", database=f"sqlite:///{tmp_path / 'log.sqlite'}")


@pytest.fixture
def audit(settings: Settings) -> Audit:
    return Audit(open_database(settings))


def rows(settings: Settings) -> dict[tuple[str, str], DocumentRow]:
    with Snapshot.open(settings.index) as snapshot:
        return {(row.id, row.version): row for row in snapshot.documents()}


def done(work: Work) -> Work:
    assert work.thread is not None
    work.thread.join(60)
    assert not work.running
    return work


def files(settings: Settings) -> list[str]:
    return sorted(path.name for path in folder_of(settings).rglob("*") if path.is_file())


# The list


def test_versions_stand_together_with_the_one_in_force_at_their_head(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        found = books(snapshot.documents(), DAY)
        assert [book.head.row.title for book in found] == ["休暇規程", "旅費規程", "生成AI利用規程"]
        assert [(v.row.version, v.standing) for v in found[2].volumes] == [("2.0", "現行"), ("1.0", "失効")]
        assert books(snapshot.documents(), date(2025, 1, 1))[2].head.row.version == "1.0"
        assert [book.head.row.id for book in books(snapshot.documents(), DAY, "ＡＩ genai1")] == ["genai"]
        assert len(books(snapshot.documents(), DAY, "genai1")[0].volumes) == 2
        assert books(snapshot.documents(), DAY, "ない") == ()


def test_passages_stand_under_their_article_in_order(index: Path) -> None:
    with Snapshot.open(index) as snapshot:
        row = snapshot.row("travel", "")
        passages = snapshot.passages("travel", "")
        found = articles(row, passages)
        assert [p for article in found for p in article.passages] == list(passages)
        (article,) = articles(row, passages, "第３条 証憑")
        assert "第3条" in article.place
        assert articles(row, passages, "日食") == ()


def test_changes_are_marked_word_by_word_and_inert(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    words = "# 規程\n\n## 第1条（期限）\n\n精算は{}日以内に<b>行う</b>。\n\n## 第2条（{}）\n\n別に定める。\n"
    (folder / "a_v1.md").write_text(words.format("十", "様式") + "\n## 第3条（雑則）\n\n雑則を置く。\n", encoding="utf-8")
    (folder / "a_v2.md").write_text(words.format("五", "様式"), encoding="utf-8")
    ingest([folder], tmp_path / "i", jobs=1, progress=lambda line: None)
    with Snapshot.open(tmp_path / "i") as snapshot:
        old, new = sorted(snapshot.documents(), key=lambda row: row.source)
        found = compared(snapshot, old, new)
        assert compared(snapshot, new, new) == ()
    assert len(found) == 2
    assert "<del>十</del><ins>五</ins>" in found[0]
    assert "&lt;b&gt;行う&lt;/b&gt;" in found[0]
    assert "削除" in found[1]
    assert "<del>" in found[1]
    assert "雑則を置く。" in found[1]


# Names and folders


@pytest.mark.parametrize(
    ("given_name", "kept_name"),
    [
        ("規程.txt", "規程.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\規程.MD", "規程.MD"),
        ("/abs/規程.jsonl.xz", "規程.jsonl.xz"),
        ("  .隠し.txt ", "隠し.txt"),
        ("a\x00b\n<c>#1.txt", "a_b__c__1.txt"),
        ("か\u3099.txt", "が.txt"),
        ("\u202egnp.txt", "_gnp.txt"),
        ("長" * 300 + ".pdf", "長" * 58 + ".pdf"),
    ],
)
def test_a_name_is_the_files_own_and_harmless(given_name: str, kept_name: str) -> None:
    assert safe_name(given_name) == kept_name


@pytest.mark.parametrize("name", ["", ".", "..", ".txt", "manifest.yaml", "a.exe", "a.txt/", "a.txt/..", "...txt", "a.doc"])
def test_a_name_without_a_readable_format_is_refused_in_a_sentence(name: str) -> None:
    with pytest.raises(InputError, match=r"ください。$"):
        safe_name(name)


@given(some.text(max_size=40), some.sampled_from(suffixes()))
def test_no_name_leads_out_of_the_folder(words: str, suffix: str) -> None:
    try:
        name = safe_name(words + suffix)
    except InputError:
        return
    assert Path(name).name == name
    assert not name.startswith(".")
    assert not set(name) & set('/\\<>:"|?*#\x00\n\r\t\x7f\u202e\ufeff')
    assert len(name.encode()) <= 200
    assert (Path("/x") / name).resolve().parent == Path("/x")


def test_a_batch_is_a_folder_that_the_command_can_register_too(settings: Settings, tmp_path: Path) -> None:
    given_files = [
        Upload("自転車.txt", BICYCLE, "", "社用自転車規程: <第2版>", "2.0", "2026-04-01", ("総務", "a: b")),
        Upload("自転車.txt", BICYCLE + "附則\n".encode()),
    ]
    batch = store(folder_of(settings), given_files, list(rows(settings).values()))
    assert batch.parent == tmp_path / "uploads" / "index"
    ingest([batch], tmp_path / "other", jobs=1, progress=lambda line: None)
    with Snapshot.open(tmp_path / "other") as snapshot:
        row = snapshot.row("自転車", "2.0")
        assert (row.title, row.meta.groups, row.meta.effective_from) == (
            "社用自転車規程: <第2版>",
            ("総務", "a: b"),
            "2026-04-01",
        )
        assert snapshot.has("自転車-2", "")


def test_a_new_document_takes_no_other_documents_name(settings: Settings) -> None:
    batch = store(folder_of(settings), [Upload("travel.txt", BICYCLE)], list(rows(settings).values()))
    (entry,) = yaml.safe_load((batch / "manifest.yaml").read_text(encoding="utf-8"))["documents"]
    assert (entry["file"], entry["id"]) == ("travel-2.txt", "travel-2")


def test_what_cannot_be_taken_leaves_nothing(settings: Settings) -> None:
    folder = folder_of(settings)
    for refused in ([], [Upload("a.txt", b"a", "x"), Upload("b.txt", b"b", "x")], [Upload("a.txt", b"a"), Upload("a.exe", b"b")]):
        with pytest.raises(InputError, match=r"ください。$"):
            store(folder, refused, ())
    assert not folder.exists()


# Registering and taking out


def test_files_are_registered_and_the_log_says_who_and_what(settings: Settings, audit: Audit) -> None:
    work = done(add([Upload("自転車.txt", BICYCLE, groups=("総務",)), Upload("bad.pdf", b"%PDF-")], settings, audit, LOCAL))
    assert work.error == ""
    assert work.summary is not None
    assert work.lines
    assert (work.summary.added, len(work.summary.skipped), work.summary.documents) == (1, 1, 5)
    assert rows(settings)["自転車", ""].meta.groups == ("総務",)
    (entry,) = audit.entries(kind="ingest")
    assert entry.fields["user"] == "local"
    assert entry.fields["files"] == ["自転車.txt", "bad.pdf"]
    assert entry.fields["documents"] == [["自転車", ""]]
    assert entry.fields["access"] == [["総務"]]
    assert entry.fields["counts"]["added"] == 1
    assert entry.fields["counts"]["skipped"] == 1
    assert files(settings) == ["manifest.yaml", "自転車.txt"]


def test_a_file_replaced_or_taken_out_is_deleted(settings: Settings, audit: Audit) -> None:
    done(
        add(
            [Upload("自転車.txt", BICYCLE), Upload("食堂.txt", "食堂規程\n\n第1条　昼に開く。\n".encode())],
            settings,
            audit,
            LOCAL,
        )
    )
    work = done(add([Upload("自転車 改.txt", BICYCLE.replace("二".encode(), "三".encode()), "自転車")], settings, audit, LOCAL))
    assert work.summary is not None
    assert work.summary.changed == 1
    assert files(settings) == ["manifest.yaml", "manifest.yaml", "自転車 改.txt", "食堂.txt"]
    work = done(take_out(["自転車"], settings, audit, LOCAL))
    assert work.summary is not None
    assert work.summary.removed == 1
    assert files(settings) == ["manifest.yaml", "食堂.txt"]
    assert len(list(folder_of(settings).iterdir())) == 1
    (entry,) = audit.entries(kind="remove")
    assert entry.fields["documents"] == [["自転車", ""]]
    assert entry.fields["counts"]["removed"] == 1
    assert audit.verify().whole


def test_what_was_registered_elsewhere_stays_where_it_is(settings: Settings, audit: Audit, regulations: Path) -> None:
    before = sorted(path.name for path in regulations.iterdir())
    work = done(take_out(["genai"], settings, audit, LOCAL))
    assert work.summary is not None
    assert work.summary.removed == 2
    assert sorted(path.name for path in regulations.iterdir()) == before
    with Snapshot.open(settings.index) as snapshot:
        assert kept(folder_of(settings), snapshot.documents()) == set()


def test_while_another_run_holds_the_index_it_is_refused_and_nothing_stays(settings: Settings, audit: Audit) -> None:
    with FileLock(settings.index / ".lock"):
        work = done(add([Upload("自転車.txt", BICYCLE)], settings, audit, LOCAL))
    assert "別の登録が進行中" in work.error
    assert work.summary is None
    assert files(settings) == []
    assert audit.count() == 0


def test_only_an_admin_changes_the_index(settings: Settings, audit: Audit) -> None:
    with pytest.raises(InputError, match="管理者だけ"):
        add([Upload("自転車.txt", BICYCLE)], settings, audit, EMPLOYEE)
    with pytest.raises(InputError, match="管理者だけ"):
        take_out(["travel"], settings, audit, EMPLOYEE)
    assert not folder_of(settings).exists()


def test_the_first_document_makes_the_index(tmp_path: Path) -> None:
    chosen = Settings(index=tmp_path / "new" / "index", database=f"sqlite:///{tmp_path / 'log.sqlite'}")
    done(add([Upload("自転車.txt", BICYCLE)], chosen, Audit(open_database(chosen)), LOCAL))
    assert list(rows(chosen)) == [("自転車", "")]


def test_discarding_twice_does_no_harm(settings: Settings) -> None:
    batch = store(folder_of(settings), [Upload("自転車.txt", BICYCLE)], ())
    discard([batch / "自転車.txt"])
    discard([batch / "自転車.txt"])
    assert not batch.exists()


# The page


def page() -> None:
    from ui.documents_page import documents_page

    documents_page()


def shown(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.fixture
def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("TENKYO_INDEX", str(settings.index))
    monkeypatch.setenv("TENKYO_DATABASE", settings.database)
    st.cache_resource.clear()  # the app keeps one audit log for its life
    return AppTest.from_function(page, default_timeout=60)


def labels(app: AppTest, prefix: str) -> list[str]:
    return [button.label.replace("\\", "") for button in app.button if str(button.key).startswith(prefix)]


def look_at(app: AppTest, view: str) -> None:
    app.segmented_control(key="view-genai").set_value(view).run()


def test_the_list_is_searched_and_a_document_opened(app: AppTest) -> None:
    assert labels(app.run(), "open-") == ["休暇規程", "旅費規程", "生成AI利用規程"]
    assert "3件の文書" in shown(app)
    app.text_input(key="library-words").set_value("日食").run()
    assert "該当する文書がない" in shown(app)
    app.text_input(key="library-words").set_value("ai").run()
    assert labels(app, "open-") == ["生成AI利用規程"]
    app.button(key="open-0").click().run()
    assert app.query_params["doc"] == "genai"
    assert "生成AIを利用する者は、所属長の承認" in shown(app)
    app.button(key="library-back").click().run()
    assert labels(app, "open-") == ["生成AI利用規程"]


def test_an_opened_document_shows_articles_text_changes_and_report(app: AppTest) -> None:
    app.query_params["doc"] = "genai"
    found = shown(app.run())
    offsets = re.findall(r"\[([\d,]+):([\d,]+)\]", found)
    assert offsets
    assert all(int(a) < int(b) for a, b in offsets)
    look_at(app, "版の違い")
    assert "<del>部門</del><ins>所属</ins>" in shown(app) or ("<del>" in shown(app) and "<ins>" in shown(app))
    look_at(app, "本文")
    assert "所属長の承認" in app.get("iframe")[0].proto.srcdoc
    app.selectbox(key="version-genai").select_index(1).run()
    assert "部門長の承認" in app.get("iframe")[0].proto.srcdoc
    look_at(app, "登録の報告")
    assert "<dt>箇所に入った文字</dt><dd>100.0%</dd>" in shown(app)


def test_a_document_that_is_not_there_is_told(app: AppTest) -> None:
    app.query_params["doc"] = "<b>x</b>"
    assert "一覧から選び直してください。" in shown(app.run())


def test_files_are_given_described_and_registered(app: AppTest, settings: Settings) -> None:
    app.run()
    assert app.button(key="upload-start").disabled
    app.file_uploader[0].set_value([("自転車.txt", BICYCLE, "text/plain")]).run()
    app.text_input(key="title-0-0-").set_value("自転車の規程")
    app.text_input(key="version-0-0-").set_value("1.0")
    app.multiselect(key="groups-0-0-").set_value([])
    app.button(key="upload-start").click().run()
    done(app.session_state["work"])
    assert "登録が終わりました（追加1件）。" in shown(app.run())
    assert "自転車の規程" in labels(app, "open-")
    assert ("自転車", "1.0") in rows(settings)
    app.button(key="work-close").click().run()
    assert "登録が終わりました" not in shown(app)


def test_a_new_version_begins_with_the_groups_of_its_document(app: AppTest, settings: Settings, audit: Audit) -> None:
    done(add([Upload("自転車.txt", BICYCLE, groups=("総務",))], settings, audit, LOCAL))
    app.run()
    app.file_uploader[0].set_value([("自転車.txt", BICYCLE, "text/plain")]).run()
    assert app.multiselect(key="groups-0-0-自転車").value == ["総務"]
    assert app.text_input(key="title-0-0-自転車").value == "社用自転車規程"
    assert "このファイルで置き換わります。" in shown(app)


def test_what_is_refused_is_told(app: AppTest) -> None:
    app.run().file_uploader[0].set_value([("a.exe", b"x", "x")]).run()
    app.button(key="upload-start").click().run()
    assert "ファイル「a.exe」の形式は読めない" in shown(app)


def test_a_document_is_taken_out_in_two_steps(app: AppTest, settings: Settings) -> None:
    app.query_params["doc"] = "genai"
    app.run().button(key="remove").click().run()
    assert "「生成AI利用規程」の2つの版すべてを索引から外します。" in shown(app)
    app.button(key="remove-not").click().run()
    assert "索引から外します" not in shown(app)
    app.button(key="remove").click().run()
    app.button(key="remove-really").click().run()
    done(app.session_state["work"])
    assert "除外が終わりました（除外2件）。" in shown(app.run())
    assert {doc for doc, _ in rows(settings)} == {"travel", "leave"}


def test_without_an_index_files_can_be_given(app: AppTest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENKYO_INDEX", str(tmp_path / "none"))
    assert "索引" in shown(app.run())
    assert len(app.file_uploader) == 1


def test_an_employee_sees_the_documents_of_their_groups_and_no_way_to_change_them(
    app: AppTest, settings: Settings, audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(add([Upload("自転車.txt", BICYCLE, groups=("総務",))], settings, audit, LOCAL))
    monkeypatch.setattr("ui.signin.LOCAL", EMPLOYEE)  # who uses an app without sign-in
    app.query_params["doc"] = "自転車"
    assert "一覧から選び直してください。" in shown(app.run())
    app.query_params["doc"] = "genai"
    app.run()
    assert list(app.segmented_control(key="view-genai").options) == ["条文", "本文", "版の違い"]
    assert labels(app, "remove") == []
    app.button(key="library-back").click().run()
    assert len(labels(app, "open-")) == 3
    assert "自転車" not in shown(app)
    assert "3件の文書" in shown(app)
    assert len(app.file_uploader) == 0
