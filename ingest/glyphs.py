"""The characters of a PDF page with their boxes, in the order of the file."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.pdfium import PageFrame, pdfium, raw
from rag.radicals import RADICALS

BOLD, GOTHIC = 1, 2
"""The bits of a glyph's style."""
UNREAD = 0xFFFD
"""What stands for a character whose meaning the file does not tell."""
_MOST = 200_000
_SKEW = 10

_HEAVY_NAME = re.compile(r"bold|heavy|black|demi|ボールド|[-_ ]?W[6-9]\b|-[BHEU]$", re.I)
_GOTHIC_NAME = re.compile(r"gothic|ゴシック|sans|kaku|meiryo|メイリオ|arial|helvetica|ud ?デジタル", re.I)
# The bullets that word processors take from symbol fonts.
_SYMBOLS = dict(
    zip(map(ord, "\uf0b7\uf06c\uf06e\uf0a7\uf075\uf0d8\uf0fc\uf0e8\uf0e0\uf076\uf071\uf0b2\uf02d"), "•●■▪◆➢✓➔→❖❑◇-", strict=True)
)
_HYPHENS = (0x02, 0xFFFE)
_KNOWN = ((0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF01, 0xFF9F))


@dataclass(frozen=True, slots=True, eq=False)
class Glyphs:
    """The n characters of a page: code points, boxes (n, 4) in points of the page as shown (left, top, right, bottom), sizes of the
    em in points, style bits, clockwise quarter turns (-1: askew), and how many of them cannot be read."""

    codes: NDArray[np.uint32]
    boxes: NDArray[np.float64]
    size: NDArray[np.float64]
    style: NDArray[np.uint8]
    turn: NDArray[np.int8]
    unread: int

    def text(self, index: NDArray[np.intp]) -> str:
        """The characters at these places."""
        return self.codes[index].astype("<u4").tobytes().decode("utf-32-le")


def _call(name: str, result: Any, *arguments: Any) -> Any:
    """A PDFium function that takes addresses as whole numbers: the bindings' own checks cost more than the calls."""
    return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(getattr(raw, name), ctypes.c_void_p).value or 0)


_PTR, _INT = ctypes.c_void_p, ctypes.c_int
_LOOSE_BOX = _call("FPDFText_GetLooseCharBox", _INT, _PTR, _INT, _PTR)
_TIGHT_BOX = _call("FPDFText_GetCharBox", _INT, _PTR, _INT, _PTR, _PTR, _PTR, _PTR)
_ORIGIN = _call("FPDFText_GetCharOrigin", _INT, _PTR, _INT, _PTR, _PTR)
_OWNER = _call("FPDFText_GetTextObject", _PTR, _PTR, _INT)
_UNICODE = _call("FPDFText_GetUnicode", ctypes.c_uint, _PTR, _INT)
_MAP_ERROR = _call("FPDFText_HasUnicodeMapError", _INT, _PTR, _INT)
_FONT = _call("FPDFTextObj_GetFont", _PTR, _PTR)
_RENDER_MODE = _call("FPDFTextObj_GetTextRenderMode", _INT, _PTR)


def glyphs_of(page: pdfium.PdfPage, frame: PageFrame) -> Glyphs:
    """The characters that stand on the page as it is shown; spaces that PDFium guesses are left out."""
    textpage = page.get_textpage()
    try:
        return _glyphs(textpage, frame)
    finally:
        textpage.close()


def _glyphs(textpage: pdfium.PdfTextPage, frame: PageFrame) -> Glyphs:
    handle = ctypes.cast(textpage.raw, ctypes.c_void_p).value or 0
    count = min(max(raw.FPDFText_CountChars(textpage), 0), _MOST)
    codes, boxes = _codes(textpage, handle, count), _loose_boxes(handle, count)
    empty = (boxes[:, 2] <= boxes[:, 0]) | (boxes[:, 3] <= boxes[:, 1])
    marks = ((codes >= 0x200B) & (codes <= 0x200F)) | np.isin(codes, (0xAD, 0xFEFF))
    kept = np.flatnonzero(~(marks | (empty & np.isin(codes, (0x20, 0x0A, 0x0D, 0x09, 0x3000, 0xA0)))))
    size, style, turn = _manner(textpage, handle, kept, frame)
    boxes = _sound(handle, kept, codes[kept], boxes[kept], size)
    codes, unread = _legible(handle, kept, codes[kept])
    boxes = frame.boxes(boxes)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    seen = (x >= 0) & (x <= frame.width) & (y >= 0) & (y <= frame.height)
    return Glyphs(codes[seen], boxes[seen], size[seen], style[seen], turn[seen], int(unread[seen].sum()))


def _codes(textpage: pdfium.PdfTextPage, handle: int, count: int) -> NDArray[np.uint32]:
    """The code point of each character; the second half of a surrogate pair becomes a zero-width mark, as which it is dropped."""
    buffer = (ctypes.c_ushort * (2 * count + 16))()
    if raw.FPDFText_GetText(textpage, 0, count, buffer) == count + 1:
        codes: NDArray[np.uint32] = np.frombuffer(bytes(buffer), np.uint16)[:count].astype(np.uint32)
    else:  # some characters are left out of the text or written as two
        codes = np.fromiter(map(_UNICODE, repeat(handle), range(count)), np.uint32, count)
    high = np.flatnonzero((codes[:-1] >= 0xD800) & (codes[:-1] < 0xDC00) & (codes[1:] >= 0xDC00) & (codes[1:] < 0xE000))
    codes[high] = 0x10000 + ((codes[high] - 0xD800) << 10) + (codes[high + 1] - 0xDC00)
    codes[high + 1] = 0x200B
    return codes


def _loose_boxes(handle: int, count: int) -> NDArray[np.float64]:
    """Boxes as wide as the advance and as high as the font, so that those of a line join; shape (count, 4): l, b, r, t."""
    found = np.zeros((count, 4), np.float32)
    start = found.ctypes.data
    for _ in map(_LOOSE_BOX, repeat(handle), range(count), range(start, start + 16 * count, 16)):
        pass
    return found[:, [0, 3, 2, 1]].astype(np.float64)  # FS_RECTF is left, top, right, bottom


def _sound(
    handle: int, kept: NDArray[np.intp], codes: NDArray[np.uint32], boxes: NDArray[np.float64], size: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The boxes, mended where a font tells no sensible height or width: the glyph's own outline, or for a full-width character the
    square of its em."""
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    full = ((codes >= 0x3000) & (codes <= 0x9FFF)) | ((codes >= 0xFF01) & (codes <= 0xFF60))
    shrunk = full & (np.minimum(wide, high) < 0.93 * size)
    edges = (ctypes.c_double * 6)()  # left, right, bottom, top, and the origin
    at = ctypes.addressof(edges)
    for i in np.flatnonzero(shrunk | (wide <= 0) | (high <= 0) | (np.maximum(wide, high) > 2.5 * size)):
        place = int(kept[i])
        _TIGHT_BOX(handle, place, at, at + 8, at + 16, at + 24)
        tight = np.array([edges[0], edges[2], edges[1], edges[3]])
        if not shrunk[i]:
            boxes[i] = tight
        elif np.abs(tight - boxes[i]).max() < 0.02 * size[i]:  # the font's own height is missing
            _ORIGIN(handle, place, at + 32, at + 40)
            x, y, em = edges[4], edges[5], size[i]
            square = np.array([x, y - 0.12 * em, x + em, y + 0.88 * em])
            boxes[i] = np.where((0, 0, 1, 1), np.maximum(tight, square), np.minimum(tight, square))
    return boxes


def _legible(handle: int, kept: NDArray[np.intp], codes: NDArray[np.uint32]) -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """The codes with radicals and symbols repaired, and which of them cannot be read."""
    codes = np.where(np.isin(codes, _HYPHENS), ord("-"), codes)
    for code in np.unique(codes[((codes >= 0x2E80) & (codes <= 0x2FDF)) | ((codes >= 0xF000) & (codes <= 0xF0FF))]):
        known = RADICALS.get(int(code)) or _SYMBOLS.get(int(code))
        if known:
            codes[codes == code] = ord(known)
    private = ((codes >= 0xE000) & (codes <= 0xF8FF)) | (codes >= 0xF0000)
    unread = private | (codes < 0x20) | ((codes >= 0xD800) & (codes < 0xE000)) | ((codes >= 0xFFFD) & (codes <= 0xFFFF))
    doubtful = ~unread
    for low, high in _KNOWN:
        doubtful &= (codes < low) | (codes > high)
    for i in np.flatnonzero(doubtful):
        unread[i] = _MAP_ERROR(handle, int(kept[i])) == 1
    return np.where(unread, UNREAD, codes).astype(np.uint32), unread


# The manner of writing, which is the same over a text object


def _manner(
    textpage: pdfium.PdfTextPage, handle: int, kept: NDArray[np.intp], frame: PageFrame
) -> tuple[NDArray[np.float64], NDArray[np.uint8], NDArray[np.int8]]:
    """Size, style and turn of the kept characters."""
    size, style, turn = np.ones(len(kept)), np.zeros(len(kept), np.uint8), np.zeros(len(kept), np.int8)
    places = kept.tolist()
    styles: dict[int, int] = {}
    start = 0
    while start < len(places):
        owner = _OWNER(handle, places[start])
        end = _end_of(partial(_owns, handle, places, owner), start, len(places))
        size[start:end], turn[start:end] = _matrix(textpage, places[start], frame.turns)
        if owner:
            font = _FONT(owner) or 0
            if font not in styles:
                styles[font] = _style(font)
            style[start:end] = styles[font] | (BOLD if _RENDER_MODE(owner) == 2 else 0)
        start = end
    return size, style, turn


def _owns(handle: int, places: list[int], owner: int | None, i: int) -> bool:
    return bool(_OWNER(handle, places[i]) == owner)


def _end_of(same: Callable[[int], bool], start: int, limit: int) -> int:
    """The end of the run that begins at `start`, found in steps that double and then halve: runs are long, calls are dear."""
    step, low = 1, start
    while low + step < limit and same(low + step):
        low, step = low + step, step * 2
    high = min(low + step, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if same(middle) else (low, middle)
    return high


def _matrix(textpage: pdfium.PdfTextPage, index: int, turns: int) -> tuple[float, int]:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(textpage, index, matrix)
    em = abs(raw.FPDFText_GetFontSize(textpage, index)) * math.hypot(matrix.c, matrix.d)
    angle = -math.degrees(math.atan2(matrix.b, matrix.a)) + 90 * turns
    quarter = round(angle / 90)
    return (em if 0.1 <= em <= 5000 else 10.0), (quarter % 4 if abs(angle - 90 * quarter) <= _SKEW else -1)


def _style(font: int) -> int:
    if not font:
        return 0
    buffer = ctypes.create_string_buffer(256)
    raw.FPDFFont_GetBaseFontName(ctypes.cast(font, raw.FPDF_FONT), buffer, 256)
    try:
        name = buffer.value.decode()
    except UnicodeDecodeError:
        name = buffer.value.decode("cp932", "replace")  # as Japanese Windows names its fonts
    return (BOLD if _HEAVY_NAME.search(name) else 0) | (GOTHIC if _GOTHIC_NAME.search(name) else 0)
