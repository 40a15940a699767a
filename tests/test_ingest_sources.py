"""From paths to documents: walking, naming, manifests, and everything that can be in the way."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingest.inputs import Caution, Problem, Skipped, SourceFile
from ingest.previous import Previous
from ingest.reading import Originals, Read, read
from ingest.sources import discover, load
from rag.errors import InputError, ManifestError
from rag.types import Document, Meta


def write(folder: Path, files: Iterable[str], text: str = "規程の本文です。\n") -> None:
    for name in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def found(*paths: Path) -> tuple[list[SourceFile | Skipped], list[Caution]]:
    cautions: list[Caution] = []
    return discover(paths, cautions.append), cautions


def sources(*paths: Path) -> list[str]:
    return [item.source for item in found(*paths)[0]]


def documents(*paths: Path) -> list[Document | Problem]:
    previous = Previous(paths[0] / "no index")
    items = read(found(*paths)[0], previous, Originals(paths[0] / "none", previous), 1, lambda line: None)
    return [item.document if isinstance(item, Read) else item for item in items]


def test_files_are_named_by_their_path_below_the_folder_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        ["b.md", "人事/規程/a.txt", "a.v1.txt", ".hidden.txt", ".git/x.txt", "manifest.yaml", "glossary.yaml"],
        "documents: []",
    )
    items, cautions = found(tmp_path)
    assert [(item.source, item.id) for item in items if isinstance(item, SourceFile)] == [
        ("a.v1.txt", "a.v1"),
        ("b.md", "b"),
        ("人事/規程/a.txt", "人事/規程/a"),
    ]
    assert cautions == []


def test_a_file_given_is_named_by_its_name(tmp_path: Path) -> None:
    write(tmp_path, ["sub/規程.txt"])
    assert sources(tmp_path / "sub/規程.txt") == ["規程.txt"]


def test_a_file_reached_twice_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, ["a.txt", "z/b.txt"])
    assert sources(tmp_path, tmp_path / "a.txt", tmp_path / "z") == ["a.txt", "z/b.txt"]


def test_relative_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, ["a.txt", "z/b.txt"])
    monkeypatch.chdir(tmp_path)
    assert sources(Path()) == ["a.txt", "z/b.txt"]
    assert sources(Path("z"), Path("a.txt")) == ["b.txt", "a.txt"]


def test_decomposed_names_are_composed(tmp_path: Path) -> None:
    write(tmp_path, ["ガイド.txt"])
    (item,) = found(tmp_path)[0]
    assert item.source == "ガイド.txt"
    assert isinstance(next(load(item)), Document)  # type: ignore[arg-type]


def test_links_neither_loop_nor_double(tmp_path: Path) -> None:
    write(tmp_path, ["in/real/z.txt", "out/o.txt"])
    folder = tmp_path / "in"
    (folder / "again").symlink_to(folder / "real")
    (folder / "real/up").symlink_to(folder)
    (folder / "outside").symlink_to(tmp_path / "out")
    (folder / "a.txt").symlink_to(folder / "real/z.txt")
    (folder / "self").symlink_to(folder / "self")
    (folder / "broken.txt").symlink_to(tmp_path / "nothing")
    items, _ = found(folder)
    assert sorted(i.source for i in items if isinstance(i, SourceFile)) == ["outside/o.txt", "real/z.txt"]
    assert sorted(i.source for i in items if isinstance(i, Skipped)) == ["broken.txt", "self"]


def test_what_is_no_regular_file_is_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (item,) = found(tmp_path)[0]
    assert isinstance(item, Skipped)
    assert "通常のファイルではない" in item.reason


def test_a_name_that_is_no_utf8_is_skipped_and_can_be_printed(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "規程.txt".encode("cp932"))).write_text("本文", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes UTF-8 names alone")
    (item,) = found(tmp_path)[0]
    assert isinstance(item, Skipped)
    assert item.source.encode()
    assert "UTF-8 ではない" in item.reason


def test_paths_that_are_not_there_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="一つ以上"):
        found()
    with pytest.raises(InputError, match="規程」が見つからない"):
        found(tmp_path / "規程")


def test_the_manifest_describes_its_files(tmp_path: Path) -> None:
    write(tmp_path, ["genai_v1.md", "genai_v2.md", "sub/b.txt", "c.txt"], "# 生成AI\n")
    entries = "[{file: genai_v1.md, id: genai, version: 1}, {file: genai_v2.md, id: genai, version: 2}, {file: sub/b.txt, published: 2024}]"
    write(tmp_path, ["manifest.yaml"], f"documents: {entries}")
    assert [(d.id, d.version, d.meta) for d in documents(tmp_path) if isinstance(d, Document)] == [
        ("c", "", Meta()),
        ("genai", "1", Meta()),
        ("genai", "2", Meta()),
        ("sub/b", "", Meta(published="2024")),
    ]


def test_manifest_entries_without_a_file_and_manifests_further_down_are_cautions(tmp_path: Path) -> None:
    write(tmp_path, ["a.txt", "sub/b.txt", "sub/manifest.yaml"])
    write(tmp_path, ["manifest.yaml"], "documents:\n  - file: a.txt\n  - file: なし.txt\n  - file: ../a.txt\n")
    _, cautions = found(tmp_path)
    assert [(c.source, c.reason.split("が")[0].split("ので")[0]) for c in cautions] == [
        ("sub/manifest.yaml", "指定したフォルダの直下にない"),
        ("manifest.yaml", "3行目のファイル「なし.txt」"),
        ("manifest.yaml", "4行目のファイル「../a.txt」"),
    ]


def test_a_malformed_manifest_stops_the_run(tmp_path: Path) -> None:
    write(tmp_path, ["a.txt", "manifest.yaml"])
    with pytest.raises(ManifestError):
        found(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.exe", b"MZ", "拡張子 .exe のファイルは読めないので、.txt、.md"),
        ("README", b"text", "拡張子のないファイル"),
        ("a.tar.xz", b"x", "拡張子 .tar.xz"),
        ("a.txt", b"", "空"),
        ("a.md", b"%PDF-1.4", "PDF"),
        ("a.html", b"<script>x</script>", "表示される本文がない"),
        ("a.jsonl", b"x", "文書が1件もない"),
        ("a.jsonl.xz", b"not xz", "圧縮が途中で壊れている"),
    ],
)
def test_a_file_that_gives_nothing_is_skipped_with_the_reason(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    last = documents(tmp_path)[-1]
    assert isinstance(last, Skipped)
    assert last.source == name
    assert said in last.reason
    assert last.reason.endswith("ください。")


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.jsonl", "a.jsonl.xz"])
def test_a_file_that_vanishes_before_it_is_read_is_skipped(tmp_path: Path, name: str) -> None:
    write(tmp_path, [name])
    (file,) = found(tmp_path)[0]
    (tmp_path / name).unlink()
    assert isinstance(file, SourceFile)
    (item,) = load(file)
    assert isinstance(item, Skipped)
    assert "なくなった" in item.reason


def test_a_folder_in_the_place_of_a_file_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    (item,) = load(SourceFile(tmp_path / "a.txt", "a.txt", "a"))
    assert isinstance(item, Skipped)
    assert "開けない" in item.reason


def test_of_two_inputs_for_one_version_the_first_is_kept(tmp_path: Path) -> None:
    write(tmp_path, ["one/rules.txt", "two/rules.md"])
    first, second = documents(tmp_path / "one", tmp_path / "two")
    assert isinstance(first, Document)
    assert first.source == "rules.txt"
    assert isinstance(second, Skipped)
    assert second.source == "rules.md"
    assert "「rules.txt」と同じ文書（id「rules」、version「」）" in second.reason


def test_the_same_id_on_two_lines_of_one_file(tmp_path: Path) -> None:
    write(tmp_path, ["a.jsonl"], '{"id": "x", "text": "一"}\n{"id": "x", "text": "二"}\n')
    first, second = documents(tmp_path)
    assert isinstance(first, Document)
    assert first.text == "一"
    assert isinstance(second, Skipped)
    assert second.source == "a.jsonl#2"
