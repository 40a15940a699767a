"""Gold questions in CSV and Excel as people write them, and the documents that they name."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from openpyxl import Workbook

from eval.files import csv_table
from eval.gold import Evidence, Gold, read_gold
from eval.located import located
from rag.assistant import Assistant
from rag.errors import InputError
from rag.snapshot import Snapshot

HEADER = ("番号", "質問", "正解", "出典")
ROWS = [
    ("1", "課長の日当はいくらですか。", "2,500円", "旅費規程「課長\t２，５００円」"),
    ("2", "精算に要る書類は何ですか。", "精算書／証憑｜領収書／出張報告書", "旅費規程 第3条"),
    ("3", "有休は何日前までに届け出ますか。", "3営業日前", "leave.md"),
    ("4", "社員食堂の値段はいくらですか。", "", ""),
    ("5", "承認するのは誰ですか。", "所属長", ""),
]


def table(*rows: tuple[str, ...], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def read(folder: Path, *rows: tuple[str, ...]) -> tuple[Gold, ...]:
    path = folder / "gold.csv"
    path.write_text(table(*rows), encoding="utf-8")
    return read_gold(path).values


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp"])
def test_a_table_is_read_in_the_encodings_of_spreadsheets(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "gold.csv"
    path.write_bytes(table(HEADER, *ROWS).encode(encoding))
    found = read_gold(path)
    assert found.problems == ()
    assert [(g.id, g.answerable, g.evidence_all) for g in found.values] == [
        ("1", True, False),
        ("2", True, False),
        ("3", True, False),
        ("4", False, False),
        ("5", True, True),
    ]
    assert found.values[0].evidence == (Evidence("旅費規程", "課長\t２，５００円"),)
    assert found.values[1].must == (("精算書",), ("証憑", "領収書"), ("出張報告書",))
    assert found.values[1].evidence == (Evidence("旅費規程 第3条", ""),)
    assert found.values[3].kind == "unanswerable"


def test_excel_is_read_as_it_shows_its_cells(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["この表は評価に使います"])  # a sheet without the columns
    sheet = book.create_sheet("質問集")
    sheet.append(["2026年度 質問集"])
    sheet.append([])
    sheet.append(["No.", "質問文", "期待する回答（／で区切る）", "種類", "根拠"])
    sheet.append([7, "宿泊料の上限はいくらですか。", 15000, "数値", "travel.txt"])
    sheet["C4"].number_format = '#,##0"円"'
    sheet.append([8, None, "3日"])
    book.save(tmp_path / "gold.xlsx")
    found = read_gold(tmp_path / "gold.xlsx")
    assert found.values == (
        Gold(
            "7",
            "number",
            "宿泊料の上限はいくらですか。",
            True,
            (("15,000円",),),
            (Evidence("travel.txt", ""),),
            False,
        ),
    )
    assert found.problems == ("gold.xlsx シート「質問集」5行目: 「質問」が空です。質問を書くか、行を消してください。",)


@pytest.mark.parametrize(
    "names", [("question", "answer", "source"), ("Ｑ", "模範解答", "参照 文書"), ("問い", "正答（必須）", "典拠")]
)
def test_columns_have_many_names(tmp_path: Path, names: tuple[str, str, str]) -> None:
    (gold,) = read(tmp_path, ("メモ", *names), ("", "質問です", "答え", "規程「文言」"))
    assert (gold.question, gold.must, gold.evidence) == ("質問です", (("答え",),), (Evidence("規程", "文言"),))
    assert gold.id == "2行目"


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "gold.tsv"
    path.write_text(table(HEADER, *ROWS, delimiter=delimiter), encoding="utf-8")
    assert [g.id for g in read_gold(path).values] == list("12345")


@pytest.mark.parametrize(
    ("source", "evidence"),
    [
        ("旅費規程", [("旅費規程", "")]),
        ("旅費規程／休暇規程\n経費規程", [("旅費規程", ""), ("休暇規程", ""), ("経費規程", "")]),
        ("旅費規程「あ／い」", [("旅費規程", "あ／い")]),
        ("旅費規程：「あ」「い」", [("旅費規程", "あ"), ("旅費規程", "い")]),
        ("旅費規程「「公開」の情報」", [("旅費規程", "「公開」の情報")]),
        ("「文言だけ」", [("", "文言だけ")]),
        ("旅費規程「閉じない", [("旅費規程", "閉じない")]),
        ("旅費規程「改行\nした文言」", [("旅費規程", "改行\nした文言")]),
        ("旅費規程「」", [("旅費規程", "")]),
    ],
)
def test_what_a_cell_names(tmp_path: Path, source: str, evidence: list[tuple[str, str]]) -> None:
    (gold,) = read(tmp_path, HEADER, ("1", "質問", "答え", source))
    assert [(e.doc, e.quote) for e in gold.evidence] == evidence


def test_malformed_rows_are_told_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    rows = [
        ("1", "質問が\n二行", "答え", ""),
        ("", "", "答え", ""),
        ("1", "同じ番号", "答え", ""),
        ("2", "x", "", "旅費規程"),
        ("3", "y", "／＊", ""),
    ]
    path.write_text(table(HEADER, *rows, ("", "", "", "")), encoding="utf-8")
    found = read_gold(path)
    assert [g.id for g in found.values] == ["1"]
    assert [p.split(":")[0] for p in found.problems] == [f"gold.csv {n}行目" for n in (4, 5, 6, 7)]
    assert [
        "質問" in found.problems[0],
        "重なって" in found.problems[1],
        "出典" in found.problems[2],
        "記号だけ" in found.problems[3],
    ] == [True] * 4


def test_only_accepted_drafts_are_asked(tmp_path: Path) -> None:
    header = ("採用", *HEADER)
    marks = ["○", "", "×", "〇", "OK", "保留"]
    found = read(tmp_path, header, *((mark, str(n), "質問", "答え", "") for n, mark in enumerate(marks)))
    assert [g.id for g in found] == ["0", "3", "4"]
    with pytest.raises(InputError, match="「採用」に○"):
        read(tmp_path, header, ("", "1", "質問", "答え", ""))


def test_what_a_spreadsheet_was_kept_from_running_is_read_as_written(tmp_path: Path) -> None:
    with (tmp_path / "gold.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv_table(file, ("質問", "正解", "出典"), [("=何ですか", "-5度", "")])
    (gold,) = read_gold(tmp_path / "gold.csv").values
    assert (gold.question, gold.must) == ("=何ですか", (("-5度",),))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", "質問,回答欄\nx,y\n".encode(), "「質問」と「正解」の列がない"),
        ("a.csv", b"", "空"),
        ("a.csv", b"\x00\x01\x02\x03" * 50, "a.csv"),
        ("a.xlsx", b"PK\x03\x04broken", "a.xlsx"),
        ("a.xlsx", "質問,正解".encode(), "a.xlsx"),
        ("a.csv", '質問,正解\n"x,y\n'.encode() + b"z" * 200_000, "a.csv"),
    ],
)
def test_files_that_are_no_tables_are_refused(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_gold(tmp_path / name)
    with pytest.raises(InputError, match="見つかりません"):
        read_gold(tmp_path / f"none{name}")


def test_documents_are_found_by_what_people_call_them(assistant: Assistant) -> None:
    snapshot: Snapshot = assistant.snapshot

    def found(doc: str, quote: str = "") -> list[Evidence]:
        (gold,) = located([Gold(1, "x", "q", True, (), (Evidence(doc, quote),), False)], snapshot)
        return list(gold.evidence)

    for name in ("travel.txt", "travel", "旅費規程", "「旅費規程」", " 旅費 規程"):
        assert found(name, "帰着の日から５営業日") == [Evidence("travel.txt", "帰着の日から５営業日")]
    whole = found("旅費規程")
    assert {e.doc for e in whole} == {"travel.txt"}
    assert len(whole) == len(snapshot.passages("travel", snapshot.documents()[-1].version))
    article = found("旅費規程 第3条") + found("旅費規程第三条")
    assert len({e.quote for e in article}) == len(article) / 2
    assert "５営業日以内" in article[0].quote
    assert "日当は" not in "".join(e.quote for e in article)
    assert found("", "付与の日から2年") == [Evidence("", "付与の日から2年")]
    assert found("", "付与の日から二年") == [Evidence("leave.md", "付与の日から二年")]
    assert found("", "休暇規程")[0].doc == "leave.md"
    assert {e.doc for e in found("生成AI利用規程")} == {"genai2.txt"}
    assert found("genai1.txt", "部門長") == [Evidence("genai1.txt", "部門長")]
    assert found("就業規則", "x") == [Evidence("就業規則", "x")]
