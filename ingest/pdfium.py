"""The PDF library: opening a file, and where a point of a page's own coordinates stands on the page as it is shown."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from numpy.typing import NDArray
from pypdfium2 import raw

from rag.errors import UnreadableFile

__all__ = ["LOCK", "PageFrame", "PdfError", "frame_of", "opened", "pdfium", "raw"]

LOCK = threading.RLock()
"""PDFium is not safe to call from several threads at once."""

PdfError: type[Exception] = pdfium.PdfiumError

_REASONS = {
    raw.FPDF_ERR_PASSWORD: "パスワードで保護された PDF なので、パスワードを外して保存し直してください。",
    raw.FPDF_ERR_SECURITY: "対応していない方式で暗号化された PDF なので、暗号化を外して保存し直してください。",
}


@contextmanager
def opened(path: Path) -> Iterator[pdfium.PdfDocument]:
    """The open document, closed at the end; no other thread may use PDFium meanwhile.

    Raises:
        UnreadableFile: the file is encrypted, damaged or no PDF.
    """
    with LOCK:
        try:
            document = pdfium.PdfDocument(path)
        except PdfError as error:
            damaged = "PDF として開けない（壊れているか、途中で切れている）ので、元の PDF を取り直してください。"
            raise UnreadableFile(_REASONS.get(getattr(error, "err_code", None), damaged)) from error
        try:
            yield document
        finally:
            document.close()


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The size in points of a page as it is shown, the visible rectangle in its own coordinates, its clockwise quarter turns."""

    width: float
    height: float
    left: float
    bottom: float
    right: float
    top: float
    turns: int

    def shown(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Points of the page's own coordinates as points from the upper left corner of the page as it is shown."""
        if self.turns == 1:
            return y - self.bottom, x - self.left
        if self.turns == 2:
            return self.right - x, y - self.bottom
        if self.turns == 3:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def boxes(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes (left, bottom, right, top) of the page's own coordinates as left, top, right, bottom of the page as shown."""
        x0, y0 = self.shown(boxes[:, 0], boxes[:, 1])
        x1, y1 = self.shown(boxes[:, 2], boxes[:, 3])
        return np.stack([np.minimum(x0, x1), np.minimum(y0, y1), np.maximum(x0, x1), np.maximum(y0, y1)], axis=1)


def frame_of(page: pdfium.PdfPage) -> PageFrame:
    """Where the page's coordinates are shown; a page without a sound size counts as one point wide and high."""
    left, bottom, right, top = page.get_bbox()
    width, height = page.get_size()
    return PageFrame(max(width, 1.0), max(height, 1.0), left, bottom, right, top, page.get_rotation() // 90)
