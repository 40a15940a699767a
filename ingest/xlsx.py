"""Excel workbooks (.xlsx, .xlsm) to text: each visible sheet a page, its cells as a reader of the sheet sees them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from zipfile import BadZipFile, ZipFile

from lxml import etree

from ingest.archive import checked_zip
from ingest.gridlines import Room, lines_of
from ingest.headlines import headline
from ingest.inputs import Caution, Problem, SourceFile
from ingest.paging import paged
from ingest.sheets import CELLS, Sheet, SheetPart, Workbook
from ingest.titles import title_of
from rag.errors import UnreadableFile
from rag.types import Document

_BROKEN = (KeyError, ValueError, EOFError, BadZipFile, zlib.error, etree.XMLSyntaxError)
_DRAWN = re.compile(r"xl/(?:charts/chart|media/|drawings/drawing)[^/]*$")
_COMMENTS = re.compile(r"xl/(?:[^/]+/)?comments?\d*\.xml$", re.I)
_COMMENT = re.compile(rb"<(?:\w+:)?comment ")
_NAMED = 5


def read_xlsx(file: SourceFile) -> Iterator[Document | Problem]:
    """The workbook as one document.

    Raises:
        UnreadableFile: the file is no .xlsx workbook, is encrypted or damaged, or shows nothing.
    """
    checked_zip(file.path)
    try:
        with ZipFile(file.path) as archive:
            yield from _read(file, archive)
    except _BROKEN as error:
        raise UnreadableFile("Excel のブックとして読めないので、Excel で開いて .xlsx 形式で保存し直してください。") from error


def read_xls(file: SourceFile) -> Iterator[Document | Problem]:
    """The old binary format is refused; a file of the new one that only has the old suffix is read."""
    with file.path.open("rb") as stream:
        is_zip = stream.read(4) == b"PK\x03\x04"
    if not is_zip:
        raise UnreadableFile("旧形式の Excel ブック（.xls）なので、Excel で開き、.xlsx 形式で保存し直してください。")
    yield from read_xlsx(file)


def _read(file: SourceFile, archive: ZipFile) -> Iterator[Document | Problem]:
    book = Workbook(archive)
    shown = [part for part in book.parts if part.is_visible]
    sheets = {part: book.read(part) for part in shown if not part.is_chart}
    room = Room()
    written = {part: lines_of(sheet, room) for part, sheet in sheets.items() if sheet.rows}
    if not any(written.values()):
        raise UnreadableFile("表示されるシートに文字も数値もないので、内容のあるシートを表示して保存し直してください。")
    text, pages = paged(
        (number, part.name, [headline(1, " ".join(part.name.split())), "", *written[part]])
        for number, part in enumerate(shown, 1)
        if written.get(part)
    )
    yield file.document(text, _title(next(filter(None, written.values()))), pages)
    yield from (Caution(file.source, reason) for reason in _reasons(archive, book, sheets))


def _title(lines: list[str]) -> str:
    """The title that stands above the first sheet's table."""
    above = next((n for n, line in enumerate(lines) if "\t" in line), len(lines))
    return title_of("\n".join(lines[:above]))


def _reasons(archive: ZipFile, book: Workbook, sheets: dict[SheetPart, Sheet]) -> Iterator[str]:
    """What of the workbook a reader would see or know that the text does not hold."""
    if book.is_cut:
        yield f"大きすぎるので、中身のあるセル{CELLS:,}個までを目安に途中まで読みました。ブックを分けてください。"
    if hidden := [part.name for part in book.parts if not part.is_visible]:
        yield f"非表示のシート{_names(hidden)}は読まなかったので、要る内容なら再表示して保存し直してください。"
    rows, columns, where = 0, 0, []
    for part, sheet in sheets.items():
        here = sum(number in sheet.hidden_rows for number in sheet.rows)
        across = len({column for row in sheet.rows.values() for column in row} & sheet.hidden_columns)
        rows, columns = rows + here, columns + across
        where += [part.name] if here or across else []
    if where:
        yield f"シート{_names(where)}の非表示の行{rows}件と列{columns}件は読まなかったので、要る内容なら再表示して保存し直してください。"
    for part, sheet in sheets.items():
        if sheet.uncached:
            cells = "、".join(sheet.uncached[:_NAMED]) + (" など" if len(sheet.uncached) > _NAMED else "")
            yield (
                f"シート「{part.name}」の数式{len(sheet.uncached)}件（{cells}）は計算結果が保存されておらず読めないので、"
                "Excel で開いて保存し直してください。"
            )
    if book.struck:
        yield f"取り消し線の付いた文字が{book.struck}か所あり、読まなかったので、要る内容なら取り消し線を外してください。"
    yield from _left_out(archive, book)


def _left_out(archive: ZipFile, book: Workbook) -> Iterator[str]:
    names = archive.namelist()
    if comments := sum(len(_COMMENT.findall(archive.read(name))) for name in names if _COMMENTS.match(name)):
        yield f"コメント（メモ）が{comments}件あり、読まなかったので、要る内容ならセルに書いて保存し直してください。"
    if any(_DRAWN.match(name) for name in names) or any(part.is_chart for part in book.parts):
        yield "図形・画像・グラフがあり、その中の文字は読まないので、要る内容ならセルに書いて保存し直してください。"


def _names(names: list[str]) -> str:
    return "".join(f"「{name}」" for name in names[:_NAMED]) + (f"など{len(names)}枚" if len(names) > _NAMED else "")
