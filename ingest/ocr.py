"""Recognising the text of a page's image, with Tesseract's Japanese models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from statistics import fmean, median

import numpy as np
from PIL import Image, ImageFilter

from ingest.inked import inked
from ingest.recognised import flowed
from ingest.tesseract import NoEnd, Word, characters, languages, run
from ingest.upright import placed_back, straightened, turned
from rag.errors import UnreadableFile
from rag.layout import Box

__all__ = ["MISSING", "Word", "available", "recognise", "text_of"]

MISSING = (
    "画像の文字を読み取る Tesseract がないので、「apt install tesseract-ocr tesseract-ocr-jpn」で入れてから取り込んでください。"
)
"""What to tell a user whose file needs recognition, as the reason of an UnreadableFile, where `available()` is False."""

_GOOD = 0.75
"""The mean confidence from which a reading is taken without trying others. Measured: 0.85 to 0.95 for right ones, 0.2 for a page
written down or turned when it is read across."""
_HOPELESS = 0.3
"""Below this mean confidence the model or the turn is wrong, and another size does not help."""
_EASY_PIXELS, _MOST_PIXELS = 12_000_000, 36_000_000
"""The first reading is of an image of so many pixels at most (A4 at 300 dpi has 9 million), another one of so many."""
_SMALL, _FIT, _LARGE = 22, 40, 64
"""Pixels of a character: below and above these Tesseract misreads more, about this size it reads best."""
_COLUMNS, _ONE_BLOCK = 3, 6
"""Tesseract's page segmentation modes: it finds columns and blocks itself, or takes the page as one block."""
_NOISE = 3
"""The median difference from the smoothed image (of 255) from which the smoothed image is read."""


def available() -> bool:
    """Whether the `tesseract` command is there with its Japanese model; looked up once."""
    return "jpn" in languages()


def recognise(image: Image.Image) -> tuple[Word, ...]:
    """The characters on the image in reading order; written across or down, whichever reads better, and of pages that lie on
    their side too. Empty where there are none, or where Tesseract finds no end (dense noise).

    Gives a sign of life (ingest.pulse) while it works. Raises UnreadableFile when Tesseract is missing or fails.
    """
    if not available():
        raise UnreadableFile(MISSING)
    page = _prepared(image)
    best: tuple[Word, ...] = ()
    with suppress(NoEnd):
        best = _across_or_down(page, 0)
        if _confidence(best) < _GOOD and (turn := _turn(page)):
            best = max(best, _across_or_down(page, turn), key=_confidence)
    return _scaled(best, image.width / page.width)


def text_of(words: Sequence[Word], width: float, height: float, page: int) -> tuple[str, list[Box | None], float]:
    """The text of recognised characters, the box of each of its code points (None for what stands on no page) and their mean
    confidence (0 to 1; 0.0 without any).

    `width` and `height` are those of the image in pixels, `page` is the page's number for the boxes. One paragraph is one line
    that ends with a line end; a blank line stands where the page leaves room.
    """
    pieces = flowed(words)
    text = "".join(piece.text if isinstance(piece, Word) else piece for piece in pieces)
    boxes: list[Box | None] = []
    for piece in pieces:
        if isinstance(piece, Word):
            box = Box(page, piece.left / width, piece.top / height, piece.right / width, piece.bottom / height)
            boxes += [box] * len(piece.text)
        else:
            boxes += [None] * len(piece)
    return text, boxes, _confidence([piece for piece in pieces if isinstance(piece, Word)])


def _confidence(words: Sequence[Word]) -> float:
    return fmean(w.confidence for w in words) if words else 0.0


def _read_well(words: Sequence[Word]) -> float:
    return sum(w.confidence for w in words)


# The image


def _prepared(image: Image.Image) -> Image.Image:
    """The image in grey on white, not too large, without fine noise."""
    grey = _grey(image)
    if (pixels := grey.width * grey.height) > _MOST_PIXELS:
        grey = _resized(grey, (_MOST_PIXELS / pixels) ** 0.5)
    x, y = grey.width // 2, grey.height // 2
    sample = grey.crop((max(0, x - 300), max(0, y - 300), min(grey.width, x + 300), min(grey.height, y + 300)))
    smooth = sample.filter(ImageFilter.MedianFilter(3))
    noise = np.median(np.abs(np.asarray(sample, np.int16) - np.asarray(smooth, np.int16)))
    return grey.filter(ImageFilter.MedianFilter(3)) if noise >= _NOISE else grey


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):  # more than 8 bits a pixel, which Pillow would cut off at 255
        values = np.asarray(image, np.float64)
        return Image.fromarray((255 * (values / max(values.max(), 1.0)).clip(0, 1)).astype(np.uint8))
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    return image.convert("L")


def _resized(image: Image.Image, factor: float) -> Image.Image:
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    return image.resize(size, Image.Resampling.BICUBIC)


# The readings


def _across_or_down(page: Image.Image, turn: int) -> tuple[Word, ...]:
    """What is read on the page when it is turned clockwise by so many degrees, written across or down.

    The model for vertical writing was trained on columns that lie on their side, the top to the left.
    """
    across = _read(page, "jpn", _COLUMNS, turn)
    if _confidence(across) >= _GOOD or "jpn_vert" not in languages():
        return across
    best = max(across, _read(page, "jpn_vert", _COLUMNS, (turn + 270) % 360), key=_confidence)
    if best is across:
        return across
    # With columns the segmentation at times leaves out whole lines of a page of vertical writing.
    whole = _read(page, "jpn_vert", _ONE_BLOCK, (turn + 270) % 360)
    return whole if _read_well(whole) > 1.03 * _read_well(best) else best


def _read(page: Image.Image, language: str, mode: int, turn: int) -> tuple[Word, ...]:
    """What one model reads on the turned page, or on it resized where its characters are small or large and that reads better."""
    upright, angle = straightened(turned(page, turn))
    pixels = page.width * page.height
    factor = min(1.0, (_EASY_PIXELS / pixels) ** 0.5)
    best = _read_at(factor, upright, language, mode)
    size = _size(best)
    if not _SMALL <= size * factor <= _LARGE and _confidence(best) > _HOPELESS:
        fit = min(_FIT / size, 4.0, (_MOST_PIXELS / pixels) ** 0.5)
        best = max(best, _read_at(fit, upright, language, mode), key=_confidence)
    return tuple(placed_back(w, page.size, turn, angle) for w in best)


def _read_at(factor: float, page: Image.Image, language: str, mode: int) -> tuple[Word, ...]:
    """What is read on the page made larger or smaller, where it stands on the page itself."""
    image = page if factor == 1.0 else _resized(page, factor)
    return _scaled(inked(characters(image, language, mode), image), 1 / factor)


def _size(words: Sequence[Word]) -> float:
    return median(max(w.right - w.left, w.bottom - w.top, 1.0) for w in words) if words else _FIT


def _scaled(words: Iterable[Word], factor: float) -> tuple[Word, ...]:
    return tuple(
        replace(w, left=w.left * factor, top=w.top * factor, right=w.right * factor, bottom=w.bottom * factor) for w in words
    )


def _turn(page: Image.Image) -> int:
    """By how many degrees clockwise the page has to be turned to stand upright; 0 where that cannot be told."""
    if "osd" not in languages():
        return 0
    try:
        found = re.search(r"Rotate: (90|180|270)\b", run(page, "-l", "osd", "--psm", "0"))
    except UnreadableFile:  # too few characters to tell
        return 0
    return int(found[1]) if found else 0
