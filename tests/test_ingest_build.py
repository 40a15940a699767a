"""Building an index: incremental equals full, unchanged does no work, nothing is half-written."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from ingest import build, staging, workers
from ingest.build import Summary, ingest, remove
from ingest.dump import dump
from rag.assistant import Assistant
from rag.encoder import Encoder, load_encoder
from rag.errors import IndexMismatch, IndexMissing, IndexUnwritable, InputError
from rag.snapshot import FORMAT, READINGS, Snapshot

A = "（目的）\n第一条　この規程は、出張の手続を定める。\n（日当）\n第二条　日当は、二千円とする。ただし、日帰りの場合は千円とする。\n"
B = "# 賃金規程\n\n## 第1条（役職手当）\n\n| 役職 | 月額 |\n|---|---|\n| 課長 | 63,000円 |\n"
C = "# 備品規程\n\n備品は、総務部が管理する。\n"


def quiet(line: str) -> None:
    assert line


def run(paths: Sequence[Path], index: Path) -> Summary:
    return ingest(paths, index, progress=quiet)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.txt").write_text(A, encoding="utf-8")
    (docs / "b.md").write_text(B, encoding="utf-8")
    return docs


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder()


def contents(index: Path) -> dict[str, object]:
    """Everything that a snapshot holds, but for the time it was made."""
    with Snapshot.open(index) as snapshot:
        database = sqlite3.connect(snapshot.folder / "documents.sqlite")
        documents = database.execute("SELECT * FROM documents").fetchall()
        database.close()
        files = {
            str(f.relative_to(snapshot.folder)): hashlib.sha256(f.read_bytes()).hexdigest()
            for f in sorted(snapshot.folder.rglob("*"))
            if f.is_file() and f.name not in ("manifest.json", "documents.sqlite")
        }
        manifest = {k: v for k, v in snapshot.manifest.items() if k != "created"}
        return {"name": snapshot.name, "documents": documents, "files": files, "manifest": manifest}


def test_what_is_stored_is_what_the_files_say(folder: Path, tmp_path: Path) -> None:
    summary = run([folder], tmp_path / "i")
    assert (summary.added, summary.documents, summary.skipped) == (2, 2, [])
    with Snapshot.open(tmp_path / "i") as snapshot:
        assert {d.source: snapshot.document(d.id, d.version).text for d in snapshot.documents()} == {"a.txt": A, "b.md": B}
        for row in snapshot.documents():
            text = snapshot.document(row.id, row.version).text
            for passage in snapshot.passages(row.id, row.version):
                assert text[passage.span.start : passage.span.end] == passage.text


def test_ingesting_again_does_no_work(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run([folder], tmp_path / "i")
    before = contents(tmp_path / "i")
    monkeypatch.setattr(build, "write_segment", lambda *_: pytest.fail("work was done again"))
    summary = run([folder], tmp_path / "i")
    assert (summary.unchanged, summary.switched) == (2, False)
    assert contents(tmp_path / "i") == before


def test_changing_one_document_redoes_one_and_equals_a_build_from_scratch(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "i")
    (folder / "b.md").write_text(B.replace("63,000", "65,000"), encoding="utf-8")
    summary = run([folder], tmp_path / "i")
    assert (summary.worked, summary.changed, summary.unchanged) == (1, 1, 1)
    run([folder], tmp_path / "fresh")
    assert contents(tmp_path / "i") == contents(tmp_path / "fresh")


def test_adding_and_removing_equal_a_build_from_scratch(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text(C, encoding="utf-8")
    run([folder], tmp_path / "i")
    run([other], tmp_path / "i")
    run([other, folder], tmp_path / "both")
    assert contents(tmp_path / "i") == contents(tmp_path / "both")
    summary = remove(["c", "nowhere"], tmp_path / "i", progress=quiet)
    assert summary.removed == 1
    assert [s.source for s in summary.skipped] == ["nowhere"]
    run([folder], tmp_path / "one")
    assert contents(tmp_path / "i") == contents(tmp_path / "one")


def test_a_file_that_gets_another_version_replaces_its_old_self(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "i")
    (folder / "manifest.yaml").write_text("documents:\n  - {file: a.txt, version: '2', effective_from: 2020}\n", encoding="utf-8")
    summary = run([folder], tmp_path / "i")
    assert (summary.added, summary.removed, summary.documents) == (1, 1, 2)
    assert [c.source for c in summary.cautions] == ["a.txt"]
    assert "「a」（版: なし）を置き換えました" in summary.cautions[0].reason
    (folder / "manifest.yaml").write_text("documents:\n  - {file: a.txt, version: '2', effective_from: 2021}\n", encoding="utf-8")
    assert run([folder], tmp_path / "i").changed == 1


def test_worker_processes_give_the_same_index(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run([folder], tmp_path / "alone")
    monkeypatch.setattr(workers, "LARGE", 1)
    monkeypatch.setattr(workers, "CHUNK", 1)
    ingest([folder], tmp_path / "together", jobs=2, progress=quiet)
    assert contents(tmp_path / "alone") == contents(tmp_path / "together")


def test_the_version_in_force_answers(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, amount in (("old", "千"), ("new", "三千")):
        (docs / f"{name}.txt").write_text(f"第一条　出張の日当は、{amount}円とする。\n", encoding="utf-8")
    (docs / "manifest.yaml").write_text(
        "documents:\n"
        "  - {file: old.txt, id: travel, title: 旅費規程, version: '1', effective_from: 2020-04-01, effective_to: 2024-03-31}\n"
        "  - {file: new.txt, id: travel, title: 旅費規程, version: '2', effective_from: 2024-04-01}\n",
        encoding="utf-8",
    )
    run([docs], tmp_path / "i")
    assistant = Assistant.open(tmp_path / "i")
    assert assistant.ask("出張の日当はいくらですか", date(2026, 1, 1)).citations[0].version == "2"
    assert assistant.ask("出張の日当はいくらですか", date(2021, 1, 1)).citations[0].version == "1"
    assert assistant.search("出張の日当", as_of=date(2019, 1, 1)) == ()


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("empty.txt", b"", "空"),
        ("image.txt", b"\x89PNG\r\n\x1a\n\0\0", "テキスト"),
        ("a.xyz", b"text", ".xyz"),
        ("odd.txt", b"\x81\xff\xfe\x00\x9f" * 9, ""),
    ],
)
def test_a_bad_file_is_named_and_the_rest_goes_on(folder: Path, tmp_path: Path, name: str, data: bytes, word: str) -> None:
    (folder / name).write_bytes(data)
    summary = run([folder], tmp_path / "i")
    assert [s.source for s in summary.skipped] == [name]
    assert word in summary.skipped[0].reason
    assert summary.documents == 2


def test_a_file_that_vanishes_midway_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = build.discover

    def vanish(paths: Sequence[Path], caution: Callable[..., None]) -> object:
        files = found(paths, caution)
        (folder / "a.txt").unlink()
        return files

    monkeypatch.setattr(build, "discover", vanish)
    summary = run([folder], tmp_path / "i")
    assert [s.source for s in summary.skipped] == ["a.txt"]
    assert summary.documents == 1


def test_a_failed_run_leaves_the_index_as_it_was(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run([folder], tmp_path / "i")
    before = contents(tmp_path / "i")
    (folder / "c.md").write_text(C, encoding="utf-8")
    monkeypatch.setattr(build, "write_snapshot", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(IndexUnwritable, match="空き容量"):
        run([folder], tmp_path / "i")
    assert contents(tmp_path / "i") == before
    assert not list((tmp_path / "i" / "snapshots").glob(".building*"))


def test_a_reader_keeps_the_snapshot_that_it_opened(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "i")
    reader = Assistant.open(tmp_path / "i")
    answered = reader.ask("課長の役職手当はいくらですか").citations
    for text in (B.replace("63,000", "65,000"), B.replace("63,000", "70,000")):
        (folder / "b.md").write_text(text, encoding="utf-8")
        run([folder], tmp_path / "i")
        assert reader.ask("課長の役職手当はいくらですか").citations == answered
    assert "70,000" in Assistant.open(tmp_path / "i").ask("課長の役職手当はいくらですか").text


def test_two_runs_at_once(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "i")
    with FileLock(tmp_path / "i" / ".lock"), pytest.raises(IndexUnwritable, match="進行中"):
        run([folder], tmp_path / "i")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission(folder: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(IndexUnwritable, match="書き込み権限"):
        run([folder], locked / "i")


def test_an_index_below_a_file(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(IndexUnwritable, match="書き込み権限"):
        run([folder], tmp_path / "file" / "i")


def test_no_index_and_an_index_of_another_version(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="tenkyo ingest"):
        Snapshot.open(tmp_path / "none")
    with pytest.raises(IndexMissing):
        remove(["a"], tmp_path / "none", progress=quiet)
    run([folder], tmp_path / "i")
    file = Snapshot.open(tmp_path / "i").folder / "manifest.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | {"format": 99}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match="format: 99"):
        Snapshot.open(tmp_path / "i")
    (folder / "b.md").unlink()
    summary = run([folder], tmp_path / "i")
    assert (summary.documents, summary.cautions, summary.skipped) == (2, [], [])


@pytest.mark.parametrize("name", ["vectors.faiss", "terms.bin", "store.sqlite", "documents.sqlite"])
def test_a_damaged_snapshot_is_refused_and_rebuilt(folder: Path, tmp_path: Path, name: str) -> None:
    run([folder], tmp_path / "i")
    before = contents(tmp_path / "i")
    (damaged,) = Snapshot.open(tmp_path / "i").folder.rglob(name)
    damaged.write_bytes(b"junk")
    with pytest.raises(IndexMismatch, match=name):
        Snapshot.open(tmp_path / "i")
    assert run([folder], tmp_path / "i").switched
    assert contents(tmp_path / "i") == before


def test_a_row_with_an_overlong_cell_is_quoted_in_parts(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    long = "、".join(["とても長い区分の説明"] * 80)
    (tmp_path / "d" / "a.txt").write_text(f"区分\t日当\n{long}\t二千円\n\t三千円\n", encoding="utf-8")
    run([tmp_path / "d"], tmp_path / "i")
    answer = Assistant.open(tmp_path / "i").ask("三千円の区分の日当")
    assert all(len(c.quote) < 600 for c in answer.citations)


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        run([tmp_path / "nowhere"], tmp_path / "i")


def test_dump_writes_the_stored_text(folder: Path, tmp_path: Path) -> None:
    (folder / "page.html").write_text("<h1>規程</h1><p>本文である。</p>", encoding="utf-8")
    run([folder], tmp_path / "i")
    with Snapshot.open(tmp_path / "i") as snapshot:
        assert dump(snapshot, tmp_path / "out") == 3
    assert (tmp_path / "out" / "a.txt").read_bytes().decode() == A
    assert "本文である。" in (tmp_path / "out" / "page.html.txt").read_text(encoding="utf-8")


def test_dump_into_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    run([folder], tmp_path / "i")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with Snapshot.open(tmp_path / "i") as snapshot, pytest.raises(InputError, match="書き出せない"):
        dump(snapshot, tmp_path / "file")


def test_an_index_without_a_passage(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.md").write_text("# 見出しだけ\n", encoding="utf-8")
    run([tmp_path / "d"], tmp_path / "i")
    assistant = Assistant.open(tmp_path / "i")
    assert assistant.ask("何か書いてありますか").abstained
    assert assistant.retriever.legs(assistant.understand("何か"), date.today())["terms"].size == 0


def test_the_index_knows_its_words_by_their_reading(folder: Path, tmp_path: Path) -> None:
    (folder / "b.md").write_text(B + "\n潮待手当は、支給しない。\n", encoding="utf-8")
    run([folder], tmp_path / "i")
    with Snapshot.open(tmp_path / "i") as snapshot:
        assert snapshot.manifest["format"] == FORMAT
        assert snapshot.manifest["files"][READINGS] == (snapshot.folder / READINGS).stat().st_size
        assert {"日当", "役職手当", "潮待手当", "課長"} <= set(snapshot.readings.words)
        assert snapshot.readings.words.count("日当") == 1
        assert [r.official[0] for r in snapshot.readings.rewrites("かちょうのにっとう")] == ["課長", "日当"]
    (folder / "b.md").write_text(B, encoding="utf-8")
    run([folder], tmp_path / "i")
    with Snapshot.open(tmp_path / "i") as snapshot:
        assert "潮待手当" not in snapshot.readings.words


def test_work_taken_over_from_an_older_segment_equals_work_done_anew(folder: Path, tmp_path: Path) -> None:
    (folder / "c.md").write_text(C + "管理、管理、管理。\n" * 300, encoding="utf-8")
    run([folder], tmp_path / "i")
    (folder / "a.txt").write_text(A + "第三条　この規程は、公布の日から施行する。\n", encoding="utf-8")
    summary = run([folder], tmp_path / "i")
    assert summary.worked == 1
    run([folder], tmp_path / "fresh")
    assert contents(tmp_path / "i") == contents(tmp_path / "fresh")


def test_an_interrupted_run_goes_on_from_its_finished_segments(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "write_snapshot", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        run([folder], tmp_path / "i")
    monkeypatch.undo()
    summary = run([folder], tmp_path / "i")
    assert (summary.worked, summary.documents) == (0, 2)
    assert not (tmp_path / "i" / "work").exists()
    run([folder], tmp_path / "fresh")
    assert contents(tmp_path / "i") == contents(tmp_path / "fresh")


def test_many_segments_answer_as_one(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(24):
        (folder / f"n{n:02}.md").write_text(C.replace("総務部", f"第{n}課"), encoding="utf-8")
    run([folder], tmp_path / "one")
    monkeypatch.setattr(staging, "SMALLEST", 40)
    monkeypatch.setattr(staging, "MEAN", 60)
    run([folder], tmp_path / "many")
    one, many = Assistant.open(tmp_path / "one"), Assistant.open(tmp_path / "many")
    assert len(many.snapshot.segments) > 3
    assert len(one.snapshot.segments) == 1
    for question in ("備品は誰が管理する？", "課長の役職手当はいくらですか", "第7課の備品", "日帰りの日当"):
        assert [(h.passage, h.score) for h in one.ask(question).hits] == [(h.passage, h.score) for h in many.ask(question).hits]
        assert one.ask(question).text == many.ask(question).text
    (folder / "n05.md").unlink()
    ingest([folder], tmp_path / "many", sync=True, progress=quiet)
    run([folder], tmp_path / "fresh")
    assert contents(tmp_path / "many") == contents(tmp_path / "fresh")


def test_sync_removes_what_is_gone_from_the_folder_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "c.md").write_text(C, encoding="utf-8")
    run([folder, other], tmp_path / "i")
    (folder / "a.txt").unlink()
    (folder / "b.md").write_bytes(b"")
    assert run([folder], tmp_path / "i").removed == 0
    summary = ingest([folder], tmp_path / "i", sync=True, progress=quiet)
    assert (summary.removed, [s.source for s in summary.skipped]) == (1, ["b.md"])
    with Snapshot.open(tmp_path / "i") as snapshot:
        assert [row.source for row in snapshot.documents()] == ["b.md", "c.md"]
    (folder / "b.md").unlink()
    with pytest.raises(InputError, match="すべて外す"):
        ingest([folder], tmp_path / "i", sync=True, progress=quiet)
