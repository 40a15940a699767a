"""A regulation as a Word file, an Excel workbook and PowerPoint slides, the same bytes at every run."""

from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from eval.specimen import Line, Rows, Rules, merges, written

if TYPE_CHECKING:
    from docx.document import Document

DAY = datetime(2026, 4, 1, 9, 0)
_STAMP = (2026, 4, 1, 9, 0, 0)
_LEVELS = {"chapter": 0, "article": 1, "paragraph": 2, "item": 3}
_NUMBERS = (
    ("decimalFullWidth", "第%1章", 1, ""),
    ("decimalFullWidth", "第%2条", 1, '<w:lvlRestart w:val="0"/>'),
    ("decimalFullWidth", "%3", 2, ""),
    ("japaneseCounting", "%4", 1, ""),
)
_LIST = 40
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_FOOTNOTES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
_FOOTNOTES_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"


def write_docx(rules: Rules, path: Path, chapters_on_pages: bool = False) -> None:
    """A Word file whose chapters, articles, paragraphs and items are numbered by Word itself.

    Footnotes and a tracked change are real ones; with `chapters_on_pages` each chapter after the first begins a page.
    """
    from docx import Document
    from docx.enum.text import WD_BREAK

    word = Document()
    word.core_properties.author, word.core_properties.title = "総務部", rules.title
    word.core_properties.created = word.core_properties.modified = DAY
    _number_by_word(word)
    for line in rules.lines:
        if line.kind == "table":
            _word_table(word, line.rows)
            continue
        if chapters_on_pages and line.kind == "chapter" and line.number > 1:
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
        style = {"title": "Title", "chapter": "Heading 1", "supplement": "Heading 1", "appendix": "Heading 1"}.get(line.kind)
        _word_line(word.add_paragraph(style=style)._p, line)
    if any(line.mark for line in rules.lines):
        _add_footnotes(word, [(line.mark, line.note) for line in rules.lines if line.mark])
    word.save(str(path))
    settle(path)


def _word_line(paragraph: Any, line: Line) -> None:
    from docx.oxml import parse_xml

    if line.kind in _LEVELS:
        numbering = f'<w:numPr {_W}><w:ilvl w:val="{_LEVELS[line.kind]}"/><w:numId w:val="{_LIST}"/></w:numPr>'
        paragraph.get_or_add_pPr().append(parse_xml(numbering))
    words = line.words if line.kind in _LEVELS else written(line, "")
    last = words[-1] if line.mark else ""
    words = words[:-1] if line.mark else words
    before, changed, after = words.partition(line.now) if line.now else (words, "", "")
    xml = _run(before)
    if changed:
        by = 'w:author="総務部" w:date="2026-03-02T09:00:00Z"'
        xml += f'<w:del w:id="901" {by}><w:r><w:delText>{escape(line.was)}</w:delText></w:r></w:del>'
        xml += f'<w:ins w:id="902" {by}>{_run(changed)}</w:ins>{_run(after)}'
    if line.mark:
        reference = f'<w:footnoteReference w:id="{line.mark}"/>'
        xml += f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>{reference}</w:r>{_run(last)}'
    for node in parse_xml(f"<w:p {_W}>{xml}</w:p>"):
        paragraph.append(node)


def _run(words: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{escape(words)}</w:t></w:r>' if words else ""


def _number_by_word(word: Document) -> None:
    from docx.oxml import parse_xml

    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:suff w:val="space"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/></w:lvl>'
        for n, (form, text, start, more) in enumerate(_NUMBERS)
    )
    root = word.part.numbering_part.element
    root.insert(0, parse_xml(f'<w:abstractNum {_W} w:abstractNumId="{900 + _LIST}">{levels}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {_W} w:numId="{_LIST}"><w:abstractNumId w:val="{900 + _LIST}"/></w:num>'))


def _word_table(word: Document, rows: Rows) -> None:
    table = word.add_table(len(rows), len(rows[0]), style="Table Grid")
    for r, row in enumerate(rows):
        for c, words in enumerate(row):
            table.cell(r, c).text = words
    for top, left, bottom, right in merges(rows):
        merged = table.cell(top, left).merge(table.cell(bottom, right))
        merged.text = rows[top][left]


def _add_footnotes(word: Document, notes: list[tuple[int, str]]) -> None:
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    xml = f'<w:footnotes {_W}><w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    for number, words in notes:
        reference = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:footnoteRef/></w:r>'
        xml += f'<w:footnote w:id="{number}"><w:p>{reference}{_run(" " + words)}</w:p></w:footnote>'
    blob = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{xml}</w:footnotes>'.encode()
    part = Part(PackURI("/word/footnotes.xml"), _FOOTNOTES_TYPE, blob, word.part.package)
    word.part.relate_to(part, _FOOTNOTES)


def write_xlsx(rules: Rules, path: Path) -> None:
    """A workbook with a sheet for each appendix: its title, its table with merged cells, its notes."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Side

    book = Workbook()
    book.remove(book.active)
    book.properties.creator, book.properties.title = "総務部", rules.title
    book.properties.created = book.properties.modified = DAY
    thin = Side(style="thin")
    sheet = None
    for line in rules.lines:
        if line.kind == "appendix":
            sheet = book.create_sheet(f"別表第{line.number}")
            sheet.append([f"{rules.title}　{written(line, '')}"])
            sheet.append([])
        elif line.kind == "table" and sheet is not None:
            first = sheet.max_row + 2 if sheet.max_row == 1 else sheet.max_row + 1
            for r, row in enumerate(line.rows):
                for c, words in enumerate(row, 1):
                    cell = sheet.cell(first + r, c, int(words) if words.isdecimal() and words.isascii() else words)
                    cell.border = Border(thin, thin, thin, thin)
                    cell.alignment = Alignment(wrap_text=True, vertical="center")
                    if isinstance(cell.value, int):
                        cell.number_format = '#,##0"円"'
            for top, left, bottom, right in merges(line.rows):
                sheet.merge_cells(start_row=first + top, start_column=left + 1, end_row=first + bottom, end_column=right + 1)
            for letter in "ABCDEFG"[: len(line.rows[0])]:
                sheet.column_dimensions[letter].width = 28
        elif line.kind == "clause" and sheet is not None:
            sheet.append([f"備考　{line.words}"])
    book.save(str(path))
    settle(path)


def write_pptx(rules: Rules, path: Path) -> None:
    """Slides: the title, then one a chapter with its lines, its table and its footnotes as the speaker's notes."""
    from pptx import Presentation
    from pptx.util import Emu, Pt

    show = Presentation()
    show.core_properties.author, show.core_properties.title = "総務部", rules.title
    show.core_properties.created = show.core_properties.modified = DAY
    show.core_properties.last_modified_by = "総務部"
    slide = show.slides.add_slide(show.slide_layouts[0])
    slide.shapes.title.text = rules.title
    slide.placeholders[1].text = "株式会社あおば計測"
    body: Any = None
    for line in rules.lines[1:]:
        if line.kind == "chapter":
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.shapes.title.text = line.words
            body = slide.placeholders[1].text_frame
            empty = True
        elif line.kind == "table":
            wide, high = show.slide_width, Pt(24) * len(line.rows)
            frame = slide.shapes.add_table(
                len(line.rows), len(line.rows[0]), Pt(30), show.slide_height - high - Pt(20), Emu(wide - Pt(60)), high
            )
            for r, row in enumerate(line.rows):
                for c, words in enumerate(row):
                    frame.table.cell(r, c).text = words
            for top, left, bottom, right in merges(line.rows):
                for r in range(top, bottom + 1):
                    for c in range(left, right + 1):
                        if (r, c) != (top, left):
                            frame.table.cell(r, c).text = ""
                frame.table.cell(top, left).merge(frame.table.cell(bottom, right))
        else:
            paragraph = body.paragraphs[0] if empty else body.add_paragraph()
            paragraph.text, paragraph.level, empty = line.words, int(line.kind == "item"), False
            paragraph.font.size = Pt(18)
            if line.note:
                notes = slide.notes_slide.notes_text_frame
                notes.text = f"{notes.text}\n{line.note}".strip()
    show.save(str(path))
    settle(path)


def settle(path: Path) -> None:
    """Write the package anew with one date for every part and for its last change."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    day = DAY.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    core = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + day, parts["docProps/core.xml"])
    parts["docProps/core.xml"] = core
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), data, zipfile.ZIP_DEFLATED)
