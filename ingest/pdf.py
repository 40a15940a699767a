"""PDF files to documents: the text in reading order, its pages, and where every character stands on them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import numpy as np

from ingest.findings import Findings, reasons_of, without_text
from ingest.flow import Content, Item, Table, blocks_of, lines_of
from ingest.furniture import Sheet, without_furniture
from ingest.gridcells import tables_of
from ingest.inputs import Caution, Problem, SourceFile
from ingest.paragraphs import parted_by_spaces
from ingest.pdfium import PdfError, opened, pdfium, raw
from ingest.pdfsheet import PdfSheet, sheet_of
from ingest.pdftext import text_of_pages
from ingest.placed import Placed
from ingest.stretches import Stretch
from ingest.titles import title_of
from rag.errors import UnreadableFile
from rag.layout import Layout
from rag.types import Document, Page, Span

_MOST_PAGES = 5_000
_MOST_CHARACTERS = 20_000_000
_NO_TITLE = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel) ?-.*|.*\.[a-z]{2,5}|untitled.*|無題.*|名称未設定.*|document\d*|スライド ?\d+|\W*)",
    re.I,
)


def read_pdf(file: SourceFile) -> Iterator[Document | Problem]:
    """A PDF: its text in reading order with pages and boxes; pages that are only images are read by `ingest.ocr`.

    Raises:
        UnreadableFile: the file is encrypted, damaged, no PDF, or has no text that can be read.
    """
    with opened(file.path) as document:
        sheets, found = _sheets(document)
        metadata = _title_in_metadata(document)
    text = _text(sheets)
    if not text.text.strip():
        raise UnreadableFile(without_text(found))
    title = _title(metadata, text.text)
    yield file.document(text.text, title, _pages(sheets, text), Layout.from_rows(text.rows))
    for reason in reasons_of(found):
        yield Caution(file.source, reason)


def _sheets(document: pdfium.PdfDocument) -> tuple[list[PdfSheet], Findings]:
    found = Findings()
    count = len(document)
    spaced = "Skia" in document.get_metadata_value("Producer")
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    sheets: list[PdfSheet] = []
    characters = 0
    for number in range(1, count + 1):
        if number > _MOST_PAGES or characters > _MOST_CHARACTERS:
            found.left_out = [number, count]
            break
        try:
            sheet = sheet_of(document, number, spaced, found)
        except PdfError:
            found.damaged.append(number)
            sheet = PdfSheet(number, 1.0, 1.0)
        characters += sum(len(s.words.text) for s in sheet.stretches)
        sheets.append(sheet)
    return sheets, found


# From sheets to the document


def _text(sheets: Sequence[PdfSheet]) -> Placed:
    """The text of all pages in reading order, running heads and feet left out."""
    kept = without_furniture([Sheet(s.stretches, s.width, s.height) for s in sheets])
    spaced = parted_by_spaces(stretch.words.text for stretches in kept for stretch in stretches)
    items = [_items(sheet, stretches, spaced) for sheet, stretches in zip(sheets, kept, strict=True)]
    gutters: set[int] = set()
    for own in items:  # first of all, where columns part on any page
        blocks_of(own, gutters)
    return text_of_pages(
        [_content(sheet, stretches, own, gutters) for sheet, stretches, own in zip(sheets, kept, items, strict=True)], spaced
    )


def _items(sheet: PdfSheet, stretches: Sequence[Stretch], spaced: re.Pattern[str] | None) -> list[Item]:
    """The stretches of the page's main writing that lie outside of tables, and the tables."""
    if not stretches:
        return []
    main = sheet.stretches[0].way
    return [s for s in stretches if s.way == main and s.cell < 0] + [*tables_of(sheet.grids, stretches, sheet.number, spaced)]


def _content(sheet: PdfSheet, stretches: Sequence[Stretch], items: Sequence[Item], gutters: set[int]) -> list[Content]:
    if sheet.recognised is not None:
        return [sheet.recognised]
    content: list[Content] = []
    shape = round(sheet.width / 20), round(sheet.height / 20)
    for block in blocks_of(items, gutters):
        own = [i for i in block.items if not isinstance(i, Table)]
        found: list[Content] = [*lines_of(own, sheet.number, (block.column, *shape, own[0].way if own else 0))]
        found += [i for i in block.items if isinstance(i, Table)]
        content += sorted(found, key=lambda i: i.top if not isinstance(i, Placed) else 0.0)
    if stretches:
        main = sheet.stretches[0].way
        for way in sorted({s.way for s in stretches} - {main}):
            content += lines_of([s for s in stretches if s.way == way], sheet.number, (-2, *shape, way))
    return content


def _pages(sheets: Sequence[PdfSheet], text: Placed) -> tuple[Page, ...]:
    """The pages as spans that cover the text: each begins where its first word stands."""
    numbers, firsts = np.unique(text.rows[:, 0], return_index=True)
    first = dict(zip(numbers.tolist(), firsts.tolist(), strict=True))
    starts = [len(text.text)] * (len(sheets) + 1)
    for n in range(len(sheets) - 1, -1, -1):
        start = first.get(sheets[n].number, starts[n + 1])
        while start and text.rows[start - 1, 0] == 0 and text.text[start - 1] != "\n":
            start -= 1
        starts[n] = min(start, starts[n + 1])
    starts[0] = 0
    return tuple(
        Page(s.number, Span(starts[n], starts[n + 1]), "", s.width, s.height, s.confidence) for n, s in enumerate(sheets)
    )


def _title_in_metadata(document: pdfium.PdfDocument) -> str:
    title = " ".join(document.get_metadata_value("Title").split())
    return "" if _NO_TITLE.fullmatch(title) or "\ufffd" in title else title


def _title(metadata: str, text: str) -> str:
    """The title in the file's metadata where the opening of the text bears it out, for many are left from a template."""
    found = title_of(text)
    return metadata if metadata and (not found or _bare(metadata) in _bare(text[:2000])) else found


def _bare(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())
