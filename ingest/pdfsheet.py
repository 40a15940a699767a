"""One page of a PDF: its words with their places, or what is recognised on its image."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ingest.findings import Findings
from ingest.glyphs import Glyphs, glyphs_of
from ingest.gridcells import cells_of, grids_for
from ingest.grids import Grid
from ingest.pdfium import frame_of, pdfium, raw
from ingest.placed import Placed, Rows
from ingest.rules import Ruling, ruling_of
from ingest.stretches import Stretch, stretches_of
from ingest.writing import writings
from rag.layout import UNIT, Layout

_FEW = 20
"""A page that is mostly a picture and has fewer characters than this is a scan."""
_DPI, _LONGEST_SIDE = 300, 4_000
_DOUBTFUL = 0.8
_SHOWN_BY_ANNOTATIONS = (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP)


@dataclass(slots=True)
class PdfSheet:
    """What a page holds until all pages are read: its stretches and ruled tables, or the words recognised on its image."""

    number: int
    width: float
    height: float
    stretches: list[Stretch] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    recognised: Placed | None = None
    confidence: float | None = None


def sheet_of(document: pdfium.PdfDocument, number: int, spaced: bool, found: Findings) -> PdfSheet:
    page = _page(document, number - 1)
    try:
        frame = frame_of(page)
        glyphs, ruling = glyphs_of(page, frame), ruling_of(page, frame)
        sheet = PdfSheet(number, frame.width, frame.height)
        legible = len(glyphs.codes) - glyphs.unread
        scanned = legible < _FEW and ruling.pictured > 0.5
        if (legible <= glyphs.unread or scanned) and (ruling.drawn or glyphs.unread):
            _recognise(page, sheet, found)
        if sheet.recognised is None and legible > glyphs.unread:
            _write(sheet, glyphs, ruling, spaced)
        if sheet.recognised is None and glyphs.unread:
            found.unread[number] = glyphs.unread
        if (glyphs.turn < 0).any():
            found.askew.append(number)
        return sheet
    finally:
        page.close()


def _page(document: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    """The page with what its form fields, text boxes and stamps show drawn into it."""
    page = document[index]
    for n in range(min(raw.FPDFPage_GetAnnotCount(page), 1000)):
        annotation = raw.FPDFPage_GetAnnot(page, n)
        shown = raw.FPDFAnnot_GetSubtype(annotation) in _SHOWN_BY_ANNOTATIONS
        raw.FPDFPage_CloseAnnot(annotation)
        if shown:
            if raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
                page.close()
                page = document[index]
            break
    return page


def _write(sheet: PdfSheet, glyphs: Glyphs, ruling: Ruling, spaced: bool) -> None:
    """Put the stretches and the ruled tables of a page on its sheet."""
    rows = _rows(glyphs, sheet)
    for n, writing in enumerate(writings(glyphs, sheet.width, sheet.height)):
        cells = np.full(len(writing.index), -1, np.int32)
        if n == 0:
            sheet.grids = grids_for(ruling, writing.way, sheet.width, sheet.height)
            cells = cells_of(sheet.grids, writing.boxes)
        sheet.stretches += stretches_of(glyphs, writing, cells, rows, spaced)


def _rows(glyphs: Glyphs, sheet: PdfSheet) -> Rows:
    """The rows of the page's characters for the layout."""
    shares = glyphs.boxes / np.array([sheet.width, sheet.height, sheet.width, sheet.height])
    edges = np.round(np.clip(shares, 0.0, 1.0) * UNIT).astype(np.uint16)
    return np.concatenate([np.full((len(edges), 1), sheet.number, np.uint16), edges], axis=1)


def _recognise(page: pdfium.PdfPage, sheet: PdfSheet, found: Findings) -> None:
    """Read the page's image by optical character recognition where it is installed."""
    ocr = _ocr()
    if ocr is None:
        found.pictures.append(sheet.number)
        return
    scale = min(_DPI / 72, _LONGEST_SIDE / max(sheet.width, sheet.height))
    image = page.render(scale=scale).to_pil()
    text, boxes, confidence = ocr.text_of(ocr.recognise(image), image.width, image.height, sheet.number)
    if text.strip():
        sheet.recognised, sheet.confidence = Placed(text, Layout.of(boxes).rows()), confidence
        if confidence < _DOUBTFUL:
            found.doubtful.append(sheet.number)


def _ocr() -> Any:
    """The module that recognises characters; None where it or Tesseract is not installed."""
    try:
        module = importlib.import_module("ingest.ocr")
    except ImportError:
        return None
    return module if module.available() else None
