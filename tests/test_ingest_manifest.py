"""manifest.yaml as people write it, right and wrong."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.manifest import Entry, Manifest, manifest_text, read_manifest
from rag.errors import ManifestError
from rag.types import Meta


def manifest(folder: Path, text: str | bytes) -> Manifest:
    (folder / "manifest.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_manifest(folder)


def test_a_folder_without_one_has_no_entries(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) == Manifest()


def test_every_key_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = """\
# 規程の一覧
documents:
  - file: 規程/genai_v2.md
    id: 007
    title: 生成AI利用規程
    publisher: 情報システム部
    published: 2024
    version: 1.10
    effective_from: 令和6年4月1日
    effective_to: 2026-03
    groups: [全社, 法務]
    url: https://example.jp/a#b
    licence: CC BY 4.0
  - file: ./a.txt
    version: ~
    groups: 人事
"""
    meta = Meta("情報システム部", "2024", "2024-04-01", "2026-03", ("全社", "法務"), "https://example.jp/a#b", "CC BY 4.0")
    assert manifest(tmp_path, text) == Manifest(
        {
            "規程/genai_v2.md": Entry("規程/genai_v2.md", 3, "007", "1.10", "生成AI利用規程", meta),
            "a.txt": Entry("a.txt", 14, "a", meta=Meta(groups=("人事",))),
        }
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932", "utf-16"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    text = "documents:\r\n  - file: 規程.txt\r\n    title: 就業規則の運用に関する規程\r\n"
    assert manifest(tmp_path, text.encode(encoding)).entries["規程.txt"].title == "就業規則の運用に関する規程"


def test_a_decomposed_file_name_is_composed(tmp_path: Path) -> None:
    assert "ガイド.txt" in manifest(tmp_path, "documents: [{file: ガイド.txt}]").entries


def test_two_versions_of_one_document(tmp_path: Path) -> None:
    found = manifest(tmp_path, "documents: [{file: a1.md, id: a, version: 1}, {file: a2.md, id: a, version: 2}]")
    assert [(e.id, e.version) for e in found.entries.values()] == [("a", "1"), ("a", "2")]


def test_unknown_keys_are_cautions_that_name_their_line(tmp_path: Path) -> None:
    found = manifest(tmp_path, "owner: 総務部\ndocuments:\n  - file: a.txt\n    license: MIT\n")
    assert ["1行目" in found.cautions[0].reason, "license" in found.cautions[1].reason] == [True, True]
    assert "4行目" in found.cautions[1].reason
    assert found.entries["a.txt"].meta == Meta()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "空"),
        ("# 注釈だけ\n", "「キー: 値」の形ではない"),
        ("- file: a.txt\n", "「キー: 値」の形ではない"),
        ("docs: []\n", "documents がない"),
        ("documents:\n", "一覧ではない"),
        ("documents: {file: a.txt}\n", "一覧ではない"),
        ("documents:\n  - a.txt\n", "2行目"),
        ("documents:\n  - title: 題\n", "file がない"),
        ("documents:\n  - file: [a, b]\n", "file が一つの値ではない"),
        ("documents:\n  - file: a.txt\n    file: b.txt\n", "3行目: キー「file」が二度ある"),
        ("documents:\n  - file: a.txt\n  - file: ./a.txt\n", "「a.txt」は2行目にもある"),
        ("documents:\n  - file: a.txt\n  - file: b.txt\n    id: a\n", "id「a」"),
        ("documents:\n  - file: a.txt\n    published: 2024-13\n", "3行目: published の「2024-13」"),
        ("documents:\n  - file: a.txt\n    published: 2024-02-30\n", "「2024-02-30」"),
        ("documents:\n  - file: a.txt\n    effective_from: 2025\n    effective_to: 2024-12\n", "effective_to より後"),
        ("documents:\n  - file: a.txt\n   title: 字下げ\n", "3行目は YAML として読めない"),
        ('documents:\n  - file: "閉じない\n', "YAML として読めない"),
        ("documents:\n\t- file: a.txt\n", "2行目は YAML として読めない"),
        ("documents: " + "[" * 50_000, "入れ子が深すぎる"),
        ("a: &a [*a]\ndocuments: *a\n", "「キー: 値」の形ではない"),
        (b"\x00\x01\x02", "バイナリ"),
    ],
)
def test_a_malformed_one_says_what_is_wrong_where(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(ManifestError) as caught:
        manifest(tmp_path, text)
    message = str(caught.value)
    assert "manifest.yaml" in message
    assert said in message
    assert message.endswith("ください。")
    assert "。。" not in message


def test_a_folder_in_its_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").mkdir()
    with pytest.raises(ManifestError, match="読めない"):
        read_manifest(tmp_path)


@given(text=st.text(alphabet="documents: -file\n[]{}&*!|>'\"#%@~,?規", max_size=80))
def test_any_text_is_a_manifest_or_a_manifest_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("m")
    with contextlib.suppress(ManifestError):
        assert isinstance(manifest(folder, text), Manifest)


WORD = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=20).map(str.strip).filter(bool)
DATE = st.sampled_from(["", "2024", "2024-04", "2024-04-01"])
PLACE = st.from_regex(r"[a-z規程0-9]{1,8}(/[a-z~#:-]{1,5})?\.(md|txt)", fullmatch=True)
META = st.builds(Meta, WORD, DATE, DATE, st.just(""), st.lists(WORD, max_size=3).map(tuple), WORD, st.just("CC BY 4.0"))


@given(st.lists(st.tuples(PLACE, WORD, WORD, WORD, META), unique_by=(lambda t: t[0], lambda t: t[1])))
def test_a_manifest_that_was_written_reads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str, str, Meta]]
) -> None:
    entries = [Entry(file, 0, name, version, title, meta) for file, name, version, title, meta in rows]
    found = manifest(tmp_path_factory.mktemp("m"), manifest_text(entries))
    assert [replace(entry, line=0) for entry in found.entries.values()] == entries
    assert found.cautions == ()
