"""The ruled lines of a PDF page: what draws the borders of tables."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.pdfium import PageFrame, pdfium, raw

THICK = 3.0
"""A filled shape up to this many points thick is a line."""
_SHORTEST = 4.0
_MOST_OBJECTS = 30_000
_MOST_POINTS = 2_000
_DEEPEST = 6

Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True, eq=False)
class Ruling:
    """The lines of a page in points of the page as shown: `across` rows are (y, left, right), `down` rows (x, top, bottom).
    `drawn` is how many things other than text the page shows, `pictured` the share of it that its largest image covers."""

    across: NDArray[np.float64]
    down: NDArray[np.float64]
    drawn: int
    pictured: float


def ruling_of(page: pdfium.PdfPage, frame: PageFrame) -> Ruling:
    """The lines along the page's edges that its paths draw, those inside form objects included."""
    walk = _Walk([], frame)
    walk.visit(page.raw, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, _SAME, 0)
    ends = np.array(walk.strokes, np.float64).reshape(-1, 4)
    boxes = frame.boxes(np.stack([ends[:, :2].min(1), ends[:, 2:].min(1), ends[:, :2].max(1), ends[:, 2:].max(1)], 1))
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    across = boxes[(high <= THICK) & (wide >= _SHORTEST)]
    down = boxes[(wide <= THICK) & (high >= _SHORTEST)]
    return Ruling(
        np.stack([across[:, [1, 3]].mean(1), across[:, 0], across[:, 2]], 1),
        np.stack([down[:, [0, 2]].mean(1), down[:, 1], down[:, 3]], 1),
        walk.drawn,
        walk.pictured / (frame.width * frame.height),
    )


@dataclass(slots=True)
class _Walk:
    """Collects strokes as (x0, x1, y0, y1) in the page's own coordinates."""

    strokes: list[tuple[float, float, float, float]]
    frame: PageFrame
    drawn: int = 0
    pictured: float = 0.0
    left: int = _MOST_OBJECTS

    def visit(self, owner: object, count: object, get: object, outer: Matrix, depth: int) -> None:
        for i in range(max(0, count(owner))):  # type: ignore[operator]
            self.left -= 1
            if self.left < 0:
                return
            item = get(owner, i)  # type: ignore[operator]
            kind = raw.FPDFPageObj_GetType(item)
            if kind == raw.FPDF_PAGEOBJ_TEXT:
                continue
            matrix = _product(_matrix(item), outer)
            if kind == raw.FPDF_PAGEOBJ_FORM:
                if depth < _DEEPEST:
                    self.visit(item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, matrix, depth + 1)
                continue
            self.drawn += 1
            if kind == raw.FPDF_PAGEOBJ_PATH:
                self._path(item, matrix)
            elif kind == raw.FPDF_PAGEOBJ_IMAGE:
                a, b, c, d = matrix[:4]
                self.pictured = max(self.pictured, abs(a * d - b * c))

    def _path(self, item: object, matrix: Matrix) -> None:
        points = _points(item, matrix)
        if not points:
            return
        fill, stroke = ctypes.c_int(), ctypes.c_int()
        raw.FPDFPath_GetDrawMode(item, fill, stroke)
        if stroke.value:
            self.strokes += [(a[0], b[0], a[1], b[1]) for shape in points for a, b in pairwise(shape)]
        elif fill.value:
            for shape in points:
                xs, ys = [x for x, _ in shape], [y for _, y in shape]
                if min(max(xs) - min(xs), max(ys) - min(ys)) <= THICK:
                    self.strokes.append((min(xs), max(xs), min(ys), max(ys)))


def _points(item: object, matrix: Matrix) -> list[list[tuple[float, float]]]:
    """The corners of the straight shapes of a path; shapes with curves have none."""
    shapes: list[list[tuple[float, float]]] = []
    count = raw.FPDFPath_CountSegments(item)
    x, y = ctypes.c_float(), ctypes.c_float()
    a, b, c, d, e, f = matrix
    for i in range(count if count <= _MOST_POINTS else 0):
        segment = raw.FPDFPath_GetPathSegment(item, i)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (a * x.value + c * y.value + e, b * x.value + d * y.value + f)
        if kind == raw.FPDF_SEGMENT_MOVETO or not shapes:
            shapes.append([point])
        elif kind == raw.FPDF_SEGMENT_LINETO:
            shapes[-1].append(point)
        else:
            shapes.append([point])  # what follows a curve begins anew
        if raw.FPDFPathSegment_GetClose(segment):
            shapes[-1].append(shapes[-1][0])
    return [shape for shape in shapes if len(shape) > 1]


def _matrix(item: object) -> Matrix:
    found = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(item, found):
        return _SAME
    return found.a, found.b, found.c, found.d, found.e, found.f


def _product(inner: Matrix, outer: Matrix) -> Matrix:
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u
