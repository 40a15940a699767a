"""The version that a document's head names, and files that are versions of one document by their names."""

from __future__ import annotations

import pytest

from ingest.editions import named, same_document, version_in
from rag.types import Document


@pytest.mark.parametrize(
    ("head", "version"),
    [
        ("# 生成AI活用ガイドライン（第2版）", "第2版"),
        ("行政ＡＩ活用基本方針（第２版）", "第2版"),
        ("研究データ管理方針\n第三版", "第三版"),
        ("音声合成ガイドライン\n第１．２版", "第1.2版"),
        ("BCP\n文書番号：BCP-M-01　第4版（2025年9月1日施行）", "第4版"),
        ("指針\n令和6年4月1日　第1版策定\n令和7年7月1日　第2版改定", "第2版"),
        ("利用規程 Ver.2.0", "2.0"),
        ("利用規程（Ver. 2.1）", "2.1"),
        ("Usage policy\nversion 1.1", "1.1"),
        ("| バージョン | 3.2 |", "3.2"),
        ("利用規程\nVersion 1.3 (2024年4月1日)", "1.3"),
        ("『AI事業者ガイドライン』（第1.1版）の解説\n『手引』第3版対応", ""),
        ("「AI事業者ガイドライン第1.1版」の解説", ""),
        ("Dynamics 365 バージョン 10.0.1 の新機能", ""),
        ("Windows Version 22 の使い方", ""),
        ("研修のご案内\n２０２５年度版", ""),
        ("旅費規程\n\n第１条　第２版の旅費規程は、廃止する。", ""),
        ("", ""),
    ],
)
def test_the_version_in_the_head(head: str, version: str) -> None:
    assert version_in(head) == version


def test_the_manifest_s_version_wins_and_the_id_stays() -> None:
    text = "利用規程（第2版）\n\n第１条　目的"

    assert named(Document("a", "", "a.txt", "利用規程", text)) == Document("a", "第2版", "a.txt", "利用規程", text)
    assert named(Document("a", "x", "a.txt", "利用規程", text)).version == "x"


@pytest.mark.parametrize(
    ("sources", "versions"),
    [
        (["規程_v1.pdf", "規程_v2.pdf"], {"規程_v1.pdf": ("規程", "1"), "規程_v2.pdf": ("規程", "2")}),
        (["a/rules-Ver1.0.md", "a/rules-Ver2.0.docx"], {"a/rules-Ver1.0.md": ("a/rules", "1.0"), "a/rules-Ver2.0.docx": ("a/rules", "2.0")}),
        (["指針（第1版）.pdf", "指針（第２版）.pdf"], {"指針（第1版）.pdf": ("指針", "第1版"), "指針（第２版）.pdf": ("指針", "第2版")}),
        (
            ["旅費規程（2024年4月改定）.docx", "旅費規程（令和7年4月改定）.docx"],
            {"旅費規程（2024年4月改定）.docx": ("旅費規程", "2024-04"), "旅費規程（令和7年4月改定）.docx": ("旅費規程", "2025-04")},
        ),
        (
            ["旅費規程_20240401.docx", "旅費規程_20250401.docx"],
            {"旅費規程_20240401.docx": ("旅費規程", "2024-04-01"), "旅費規程_20250401.docx": ("旅費規程", "2025-04-01")},
        ),
    ],
)  # fmt: skip
def test_files_that_differ_by_the_version_are_one_document(sources: list[str], versions: dict[str, tuple[str, str]]) -> None:
    assert same_document(sources) == versions


@pytest.mark.parametrize(
    "sources",
    [
        ["規程_v1.pdf"],
        ["a/規程_v1.pdf", "b/規程_v2.pdf"],
        ["議事録_20240401.txt", "議事録_20240501.txt"],
        ["別表1.txt", "別表2.txt"],
        ["IPv4.txt", "IPv6.txt"],
        ["規程_v1.pdf", "規程_v1.docx", "規程_v2.docx"],
        ["規程_v1.pdf", "規程_v2.pdf", "規程.pdf"],
        ["規程_v1.pdf", "規程_v2.pdf", "規程_20240401.pdf", "規程_20250401.pdf"],
        ["規程_20241301.pdf", "規程_20240230.pdf"],
        ["予算要領2024年度.pdf", "予算要領2025年度.pdf"],
        ["v1.pdf", "v2.pdf"],
        [],
    ],
)
def test_others_are_not(sources: list[str]) -> None:
    assert same_document(sources) == {}
