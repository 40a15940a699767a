"""Where the code points of a paged document stand on its pages, so that cited words can be drawn on the page's image."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNIT = 65535
"""Boxes are in this many parts of the page's width and height."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page; left, top, right and bottom are shares of the page's width and height, from its upper left corner."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The box of each code point of a text: `packed` is the compressed array of shape (len(text), 5), 16-bit whole numbers: page (from
    1), left, top, right, bottom in UNIT-ths. A code point that stands on no page (a line end put in) has page 0."""

    packed: bytes

    @classmethod
    def of(cls, boxes: Sequence[Box | None]) -> Layout:
        """The layout of a text, one box (or None) a code point."""
        rows = [
            (b.page, *(round(min(max(x, 0.0), 1.0) * UNIT) for x in (b.left, b.top, b.right, b.bottom))) if b else (0,) * 5
            for b in boxes
        ]
        return cls.from_rows(np.array(rows, np.uint16).reshape(-1, 5))

    @classmethod
    def from_rows(cls, rows: NDArray[np.integer[Any]]) -> Layout:
        """The layout of an array as `rows` gives it."""
        return cls(zlib.compress(np.ascontiguousarray(rows.astype("<u2").T).tobytes()))

    def rows(self) -> NDArray[np.uint16]:
        """The array, shape (len(text), 5)."""
        return _rows(self.packed)

    def page(self, start: int, end: int) -> int | None:
        """The page on which text[start:end] begins; None where none of it stands on a page."""
        pages = self.rows()[start:end, 0]
        return int(pages[np.argmax(pages > 0)]) or None if len(pages) else None

    def boxes(self, start: int, end: int) -> tuple[Box, ...]:
        """The boxes of text[start:end], those of neighbours on one line (or in one column of vertical writing) joined."""
        joined: list[NDArray[np.int64]] = []
        for row in self.rows()[start:end].astype(np.int64):
            if not row[0]:
                continue
            if joined and _same_line(joined[-1], row):
                joined[-1][1:3] = np.minimum(joined[-1][1:3], row[1:3])
                joined[-1][3:5] = np.maximum(joined[-1][3:5], row[3:5])
            else:
                joined.append(row.copy())
        return tuple(Box(int(r[0]), *(float(x) / UNIT for x in r[1:])) for r in joined)


@lru_cache(maxsize=8)
def _rows(packed: bytes) -> NDArray[np.uint16]:
    return np.frombuffer(zlib.decompress(packed), "<u2").reshape(5, -1).T


def _same_line(line: NDArray[np.int64], box: NDArray[np.int64]) -> bool:
    """Whether the box goes on from the line: near its end and over most of its height, or of its width where it is a column."""
    if line[0] != box[0]:
        return False
    (left, top, right, bottom), (x0, y0, x1, y1) = line[1:], box[1:]
    wide, high = max(1, x1 - x0), max(1, y1 - y0)
    row, column = bottom - top < 2 * high, right - left < 2 * wide
    beside = min(bottom, y1) - max(top, y0) > 0.5 * min(bottom - top, high) and abs(x0 - right) < 3 * wide and x0 >= left
    below = min(right, x1) - max(left, x0) > 0.5 * min(right - left, wide) and abs(y0 - bottom) < 3 * high and y0 >= top
    return bool((row and beside) or (column and below))
