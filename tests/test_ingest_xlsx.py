"""Tests of the reader for Excel: workbooks that openpyxl writes, some with parts changed to what only Excel writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from ingest import sheets
from ingest.inputs import Caution, Problem, SourceFile
from ingest.structure import parse
from ingest.xlsx import read_xls, read_xlsx
from rag.errors import UnreadableFile
from rag.types import Document


def read(path: Path) -> list[Document | Problem]:
    return list(read_xlsx(SourceFile(path, path.name, path.stem)))


def outcome(path: Path) -> str:
    """The text of a file, or why there is none."""
    try:
        return "".join(item.text for item in read(path) if isinstance(item, Document))
    except UnreadableFile as error:
        return str(error)


def save(path: Path, fill: Callable[[Worksheet], object]) -> Path:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "表"
    fill(sheet)
    book.save(path)
    return path


def rows(*values: tuple[object, ...]) -> Callable[[Worksheet], None]:
    def fill(sheet: Worksheet) -> None:
        for row in values:
            sheet.append(row)

    return fill


def read_text(path: Path) -> str:
    (document,) = read(path)
    assert isinstance(document, Document)
    return document.text.removeprefix("# 表\n\n")


def changed(path: Path, part: str, old: str, new: str) -> Path:
    """The file with words of one of its parts replaced; a part that is not there is added."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts.setdefault(part, old.encode())
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"


def travel(sheet: Worksheet) -> None:
    for row in (
        ("旅費支給表",),
        (),
        ("区分", "日当", None, "備考"),
        (None, "国内", "海外"),
        ("部長", 3000, 5000, "改行\nあり"),
        ("【その他】",),
        ("社員", 2000, 0.5, True),
        ("注：税込みの額とする。",),
        (),
        ("施行日", date(2026, 4, 1)),
    ):
        sheet.append(row)
    for area in ("A1:D1", "B3:C3", "A3:A4", "D3:D4"):
        sheet.merge_cells(area)
    sheet["B5"].number_format = '#,##0"円"'
    sheet["C7"].number_format = "0%"
    sheet["B10"].number_format = '[$-411]ggge"年"m"月"d"日"'


def test_sheets_read_as_they_are_seen(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        travel(sheet)
        book = sheet.parent
        assert isinstance(book, Workbook)
        book.create_sheet("空")
        book.create_sheet("別表第1").append(("甲", "乙"))

    (document,) = read(save(tmp_path / "旅費.xlsx", fill))
    assert isinstance(document, Document)
    first = (
        "# 表\n\n旅費支給表\n\n区分\t日当\t日当\t備考\n区分\t国内\t海外\t備考\n部長\t3,000円\t5000\t改行 あり\n【その他】\t\t\t\n"
        "社員\t2000\t50%\tTRUE\n注：税込みの額とする。\n\n施行日\t令和8年4月1日\n\n"
    )
    assert document.text == first + "別表第1\n\n甲\t乙\n"
    assert (document.id, document.title) == ("旅費", "旅費支給表")
    assert [(page.number, page.label, page.span.of(document.text)) for page in document.pages] == [
        (1, "表", first),
        (3, "別表第1", "別表第1\n\n甲\t乙\n"),
    ]


def test_the_structure_of_a_sheet_is_seen(tmp_path: Path) -> None:
    text = read_text(save(tmp_path / "a.xlsx", travel))
    structure = parse(text)
    row = next(unit for unit in structure.units if unit.span.of(text).startswith("部長"))
    assert row.kind == "row"
    assert row.context[0].of(text) == "区分\t日当\t日当\t備考"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([("題",), ("甲", "乙"), (1, 2)], "題\n甲\t乙\n1\t2\n"),
        ([(None, "甲", None, "乙"), (None, 1, None, 2)], "甲\t乙\n1\t2\n"),
        ([("甲", "乙"), (None, None), ("丙", None, "丁")], "甲\t乙\n\n丙\t丁\n"),
        ([("一",), ("二\n三",)], "一\n二\n三\n"),
        ([("甲", "乙"), ("注1",), ("注2",), ("丙", "丁")], "甲\t乙\n注1\n注2\n丙\t丁\n"),
        ([("甲", None, "乙"), (1, " ", 2)], "甲\t乙\n1\t2\n"),
        ([("甲\t乙", "丙")], "甲 乙\t丙\n"),
        ([("A_x0041_", "甲_x000D_\n乙")], "AA\t甲 乙\n"),
        ([(1.5, datetime(2026, 4, 1, 9, 30))], "1.5\t2026-04-01 9:30:00\n"),
        ([("⽤語", "x")], "用語\tx\n"),
    ],
)
def test_cells_and_lines(tmp_path: Path, values: list[tuple[object, ...]], text: str) -> None:
    assert read_text(save(tmp_path / "a.xlsx", rows(*values))) == text


@pytest.mark.parametrize(
    ("number", "shown"), [(14, "2026/4/1"), (28, "令和8年4月1日"), (31, "2026年4月1日"), (57, "R8.4.1"), (38, "46,113")]
)
def test_formats_that_a_file_names_by_number_are_the_japanese_ones(tmp_path: Path, number: int, shown: str) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = 46113
        sheet["A1"].number_format = "0.00"

    path = changed(save(tmp_path / "a.xlsx", fill), "xl/styles.xml", 'numFmtId="2"', f'numFmtId="{number}"')
    assert read_text(path) == f"{shown}\n"


def test_hidden_parts_are_left_out_and_named(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("甲", "乙", "丙"), (1, 2, 3), (4, 5, 6))(sheet)
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["B"].hidden = True
        book = sheet.parent
        assert isinstance(book, Workbook)
        for name, state in (("控え", "hidden"), ("奥", "veryHidden")):
            other = book.create_sheet(name)
            other["A1"] = "秘"
            other.sheet_state = state

    document, *cautions = read(save(tmp_path / "a.xlsx", fill))
    assert isinstance(document, Document)
    assert document.text == "# 表\n\n甲\t丙\n4\t6\n"
    said = [caution.reason for caution in cautions if isinstance(caution, Caution)]
    assert "「控え」「奥」" in said[0]
    assert "「表」の非表示の行1件と列1件" in said[1]


def test_what_a_reader_would_see_and_the_text_lacks_is_named(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        rows(("甲", "=SUM(1,2)"), ("旧", "新"))(sheet)
        sheet["A1"].comment = Comment("覚え", "誰か")
        sheet["A2"].font = Font(strike=True)
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=1, min_row=1))
        sheet.add_chart(chart)

    document, *cautions = read(save(tmp_path / "a.xlsx", fill))
    assert isinstance(document, Document)
    assert document.text == "# 表\n\n甲\n新\n"
    said = "".join(caution.reason for caution in cautions if isinstance(caution, Caution))
    for words in ("数式1件（B1）", "取り消し線の付いた文字が1か所", "コメント（メモ）が1件", "グラフ"):
        assert words in said


def test_cached_results_of_formulas_are_read(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", rows(("計", "=SUM(1,2)", "=1=1", '=""')))
    changed(path, SHEET, "<f>SUM(1,2)</f><v></v>", "<f>SUM(1,2)</f><v>3</v>")
    changed(path, SHEET, '<c r="C1"><f>1=1</f><v></v>', '<c r="C1" t="b"><f>1=1</f><v>1</v>')
    changed(path, SHEET, '<c r="D1"><f>""</f><v></v>', '<c r="D1" t="str"><f>""</f><v></v>')
    assert read_text(path) == "計\t3\tTRUE\n"


def test_raised_marks_are_kept_and_struck_out_words_left_out(tmp_path: Path) -> None:
    rich = CellRichText("甲地", TextBlock(InlineFont(vertAlign="superscript"), "注1"), TextBlock(InlineFont(strike=True), "旧"))
    document, caution = read(save(tmp_path / "a.xlsx", rows((rich, "証憑"))))
    assert isinstance(document, Document)
    assert document.text == "# 表\n\n甲地<sup>注1</sup>\t証憑\n"
    assert "取り消し線" in caution.reason  # type: ignore[union-attr]


def test_shared_strings_are_read_without_the_readings_of_kanji(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", rows((1, 0, 2, 9)))
    for column in "ABCD":
        changed(path, SHEET, f'r="{column}1" t="n"', f'r="{column}1" t="s"')
    name = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = f'<Relationship Id="rId99" Type="{name}" Target="/xl/sharedStrings.xml"/>'
    changed(path, "xl/_rels/workbook.xml.rels", "</Relationships>", f"{link}</Relationships>")
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strings = "<si><t>証憑</t><rPh sb='0' eb='2'><t>ショウヒョウ</t></rPh></si><si><r><t>領</t></r><r><t>収書</t></r></si><si/>"
    changed(path, "xl/sharedStrings.xml", "", f'<sst xmlns="{main}">{strings}</sst>')
    assert read_text(path) == "領収書\t証憑\n"


def test_a_workbook_of_macintosh_dates_and_references_left_out(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        sheet["A1"] = 44651
        sheet["A1"].number_format = "yyyy/m/d"

    path = save(tmp_path / "a.xlsx", fill)
    changed(path, "xl/workbook.xml", "<workbookPr/>", '<workbookPr date1904="1"/>')
    changed(path, SHEET, ' r="A1"', "")
    assert read_text(path) == "2026/4/1\n"


def test_a_wide_dimension_and_a_far_cell_take_no_time(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", lambda sheet: rows(("甲", "乙"))(sheet))
    changed(path, SHEET, 'ref="A1:B1"', 'ref="A1:XFD1048576"')
    changed(
        path,
        SHEET,
        "</sheetData>",
        '<row r="1048576"><c r="XFD1048576"><v>7</v></c></row></sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
    )
    start = time.process_time()
    assert read_text(path).startswith("甲\t乙")
    assert time.process_time() - start < 5


def test_repeats_and_blank_cells_are_bounded(tmp_path: Path) -> None:
    def fill(sheet: Worksheet) -> None:
        for n in range(1, 1500):
            sheet.cell(n, n, "甲")
            sheet.cell(n, 10 * n, "乙")
        sheet["A1"] = "長" * 30_000

    path = save(tmp_path / "a.xlsx", fill)
    changed(path, SHEET, "</sheetData>", "</sheetData><mergeCells>" + '<mergeCell ref="A1:XFD1048576"/>' * 5000 + "</mergeCells>")
    assert len(read_text(path)) < 12_000_000


def test_reading_ends_at_the_limit_with_a_caution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "CELLS", 3)
    document, caution = read(save(tmp_path / "a.xlsx", rows(("甲", "乙"), ("丙", "丁"), ("戊",))))
    assert isinstance(document, Document)
    assert "丙" in document.text
    assert "戊" not in document.text
    assert "途中まで" in caution.reason  # type: ignore[union-attr]


def test_a_workbook_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="文字も数値もない"):
        read(save(tmp_path / "a.xlsx", rows()))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04 cut"),
        ("b.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")),
        ("a.xlsm", b""),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"保存し直してください|差し替えてください"):
        read(tmp_path / name)


@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "xl/styles.xml", "[Content_Types].xml", "_rels/.rels"])
def test_damaged_parts_never_raise_anything_else(tmp_path: Path, part: str) -> None:
    path = save(tmp_path / "a.xlsx", travel)
    with ZipFile(path) as archive:
        half = archive.read(part).decode()
    changed(path, part, half, half[: len(half) // 2])
    assert outcome(path).endswith(("\n", "。"))


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("a.txt", "本文")
    with pytest.raises(UnreadableFile, match="Excel"):
        read(tmp_path / "a.xlsx")


def test_the_old_format_is_refused_and_the_new_one_read_under_its_suffix(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", rows(("甲", "乙"))).rename(tmp_path / "a.xls")
    assert isinstance(next(read_xls(SourceFile(path, path.name, "a"))), Document)
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match=r"\.xlsx 形式"):
        next(read_xls(SourceFile(path, path.name, "a")))
